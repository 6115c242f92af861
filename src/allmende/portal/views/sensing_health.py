# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""How well everything that measures is doing: a table to sort and narrow, and the same as CSV."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from starlette.responses import Response

from allmende.core.formats.cells import inert
from allmende.core.sensing import health, importing_serving
from allmende.core.sensing.health import STATES, ThingHealth
from allmende.portal.page import Crumb, Page

SHOWN = 100
MAX_TEXT = 100
_ORDERS: dict[str, Callable[[ThingHealth], Any]] = {
    "status": lambda each: (STATES.index(each.status), each.name.casefold()),
    "name": lambda each: each.name.casefold(),
    "last": lambda each: (-(each.last_time or -(2**62)), each.name.casefold()),
    "arrived": lambda each: (2 if each.arrived is None else each.arrived, each.name.casefold()),
    "flagged": lambda each: (-(each.flagged or 0), each.name.casefold()),
}


@dataclass(frozen=True, slots=True)
class Form:
    """What the table is narrowed and sorted by, as it stands in the address."""

    text: str
    status: str
    order: str
    page: int

    def pairs(self, **changes: str) -> list[tuple[str, str]]:
        """The query of an address that says the same, but for some changes."""
        named = {"q": self.text, "status": self.status, "sort": self.order} | changes
        defaults = {"sort": "status"}
        return [(name, value) for name, value in named.items() if value != defaults.get(name, "")]


def _form(page: Page) -> Form:
    query = page.request.query_params
    status, order, number = (query.get(name, "") for name in ("status", "sort", "page"))
    return Form(
        text=query.get("q", "").strip()[:MAX_TEXT],
        status=status if status in STATES else "",
        order=order if order in _ORDERS else "status",
        page=int(number) if number.isascii() and number.isdecimal() and len(number) < 5 else 1,
    )


def _chosen(found: list[ThingHealth], form: Form) -> list[ThingHealth]:
    wanted = form.text.casefold()
    kept = [
        each
        for each in found
        if form.status in ("", each.status) and (not wanted or wanted in each.name.casefold())
    ]
    return sorted(kept, key=_ORDERS[form.order])


async def table(page: Page) -> Response:
    """The table."""
    form = _form(page)
    found = await health.overview(page.platform, page.subject)
    chosen = _chosen(found, form)
    pages = max(1, -(-len(chosen) // SHOWN))
    at = min(max(form.page, 1), pages)
    here = "/devices/health"
    counted = Counter(each.status for each in found)
    title = str(page.words("health.title"))
    return page.render(
        "sensing_health.html",
        title=title,
        crumbs=[Crumb(str(page.words("sense.title")), page.at("/things")), Crumb(title)],
        form=form,
        total=len(chosen),
        states=[(each, counted[each]) for each in STATES],
        rows=[(each, page.at(f"/things/{each.thing}")) for each in _part(chosen, at)],
        orders={name: page.at(here, form.pairs(sort=name)) for name in _ORDERS},
        power=any(each.power for each in found),
        listeners=await importing_serving.planned(page.platform, page.subject),
        file=page.at("/devices/health.csv", form.pairs()),
        before=page.at(here, form.pairs(page=str(at - 1))) if at > 1 else "",
        after=page.at(here, form.pairs(page=str(at + 1))) if at < pages else "",
    )


def _part(chosen: list[ThingHealth], at: int) -> list[ThingHealth]:
    return chosen[(at - 1) * SHOWN : at * SHOWN]


async def as_csv(page: Page) -> Response:
    """The datastreams of the same things as a table for programs and spreadsheets."""
    found = _chosen(await health.overview(page.platform, page.subject), _form(page))
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(
        ["thing", "thing_name", "datastream", "datastream_name", "origin", "organisation",
         "thing_status", "status", "last_time", "arrived_7d", "flagged_7d", "eui", "battery"]
    )  # fmt: skip
    for thing in found:
        power = thing.power
        for each in thing.streams:
            writer.writerow([_cell(value) for value in (
                thing.thing, thing.name, each.stream, each.name, thing.origin, thing.organisation,
                thing.status, each.status, _iso(each.last_time), each.arrived, each.flagged,
                power.eui if power else "", power.battery if power else None,
            )])  # fmt: skip
    headers = {
        "Content-Disposition": 'attachment; filename="health.csv"',
        "Cache-Control": "no-store",
    }
    return Response("\ufeff" + text.getvalue(), 200, headers, "text/csv; charset=utf-8")


def _cell(value: object) -> str:
    """A cell that no spreadsheet takes for a formula."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4g}"
    return inert(value) if isinstance(value, str) else str(value)


def _iso(time: int | None) -> str:
    if time is None:
        return ""
    return datetime.fromtimestamp(time // 1_000_000, UTC).isoformat().replace("+00:00", "Z")
