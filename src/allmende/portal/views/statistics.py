# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""How often datasets are used: a page for everybody, and one by day for who looks after one."""

from __future__ import annotations

from starlette.responses import Response

from allmende.core import catalogue, following, usage
from allmende.core.participation import cares
from allmende.core.usage import FEWEST, Number
from allmende.core.usage_counting import KINDS
from allmende.model.catalogue import ResourceKind
from allmende.portal.page import Crumb, Page
from allmende.portal.present import title_of

PERIODS = (7, 30, 90, 365)
SHOWN = 100


def number_of(page: Page) -> object:
    """A number in words of the page's language, for templates; None is few."""

    def shown(number: Number) -> str:
        few = page.words("use.few", n=FEWEST)
        return str(few) if number is None else page.words.number(number)

    return shown


def days_of(page: Page, default: int = 30) -> int:
    """The period that the address asks for."""
    return int(page.choice("days", map(str, PERIODS), str(default)))


async def overview(page: Page) -> Response:
    """The most used datasets of a period, and all together by month."""
    days = days_of(page)
    found = await usage.statistics(page.platform, page.subject, days)
    title = str(page.words("use.title"))
    return page.render(
        "statistics.html",
        title=title,
        crumbs=[Crumb(title)],
        found=found,
        rows=[
            (title_of(each.record, page), each.record, each.uses) for each in found.datasets[:SHOWN]
        ],
        days=days,
        periods=PERIODS,
        kinds=KINDS,
        shown=number_of(page),
        ended=await following.ended(page.platform, page.subject),
        own=any(cares(page.subject, each) for each in page.subject.roles),
    )


async def of_dataset(page: Page) -> Response:
    """The numbers of one dataset by day."""
    ident = page.request.path_params["id"]
    days = days_of(page, 90)
    found = await usage.days_of(page.platform, page.subject, ident, days)
    record = await catalogue.get(page.platform, page.subject, ResourceKind.DATASET, ident)
    title = str(page.words("use.title"))
    name = title_of(record, page)
    return page.render(
        "statistics_days.html",
        title=name.text,
        crumbs=[Crumb(title, page.at("/statistics")), Crumb(name.text)],
        name=name,
        record=record,
        found=found,
        days=days,
        periods=PERIODS,
        kinds=KINDS,
        shown=number_of(page),
        ended=await following.ended_of(page.platform, record),
        followers=usage.told(await following.followers(page.platform, record)),
    )
