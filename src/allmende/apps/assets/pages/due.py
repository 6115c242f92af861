# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Which inspections are due, by district: overdue, until a day, later, unknown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from starlette.responses import Response

from allmende.apps.assets import figures
from allmende.apps.assets.figures import IN_USE, NONE, Chosen, cube, read
from allmende.apps.assets.pages import form
from allmende.apps.assets.pages.overview import Number, with_axis
from allmende.portal.map_values import Shown
from allmende.portal.page import Crumb, Page

AHEAD = timedelta(days=90)
OLD = timedelta(days=365)
Span = tuple[str, str]
"""First and last day; empty for an open end."""


@dataclass(frozen=True, slots=True)
class LineView:
    """A district with its four numbers."""

    label: Shown
    numbers: list[Number]


async def due(page: Page) -> Response:
    """The list by district."""
    made = await cube(page.platform, page.subject)
    chosen = with_axis(read(page.request.query_params), "status", IN_USE)
    query = page.request.query_params
    fresh = _reference(made.newest)
    today = day_of(query.get("on", "")) or fresh
    until = day_of(query.get("until", "")) or min(today, date.max - AHEAD) + AHEAD
    spans = _spans(today, until)
    counts: dict[str | None, list[int]] = {}
    for district, day, count in figures.due(made, chosen):
        numbers = counts.setdefault(district, [0] * (len(spans) + 1))
        numbers[_which(day, spans)] += count
    title = str(page.words("assets.due-title"))
    order = sorted(counts, key=lambda each: (each is None, str(each)))
    whole = [sum(each) for each in zip(*counts.values(), strict=True)]
    return page.render(
        "assets/due.html",
        title=title,
        crumbs=[Crumb(str(page.words("assets.title")), page.at("/assets")), Crumb(title)],
        controls=[c for c in form.controls(page, made, chosen) if c.name != "status"],
        on=today.isoformat(),
        until=until.isoformat(),
        old=page.words.day(made.newest) if _is_old(made.newest) else "",
        until_text=page.words.day(until.isoformat()),
        lines=[
            _line(page, with_axis(chosen, "district", each), counts[each], spans,
                  form.said(page, made, "district", each))
            for each in order
        ],
        whole=_line(page, chosen, whole, spans, Shown(str(page.words("assets.whole")))),
        attribution=page.said(made.collection.attribution),
    )  # fmt: skip


def _is_old(newest: str) -> bool:
    """Whether nothing is known of inspections of the last year."""
    return newest != "" and _today() - date.fromisoformat(newest) > OLD


def _reference(newest: str) -> date:
    """The day that overdue is counted from: today, of older registers their last known day."""
    return date.fromisoformat(newest) if _is_old(newest) else _today()


def _today() -> date:
    return datetime.now(UTC).date()


def day_of(text: str) -> date | None:
    """A day of the form 2026-05-31; None when it is none."""
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:
        return None


def _spans(today: date, until: date) -> list[Span]:
    """Overdue, due until the day, later."""
    yesterday, tomorrow = _before(today), _next(until)
    return [
        ("", yesterday.isoformat()),
        (today.isoformat(), until.isoformat()),
        (max(today, tomorrow).isoformat(), ""),
    ]


def _before(day: date) -> date:
    return day if day == date.min else day - timedelta(days=1)


def _next(day: date) -> date:
    return day if day == date.max else day + timedelta(days=1)


def _which(day: str | None, spans: list[Span]) -> int:
    """The span a day lies in; the last number is for days that are not known."""
    if day is None:
        return len(spans)
    for at, (first, last) in enumerate(spans):
        if (not first or day >= first) and (not last or day <= last):
            return at
    return len(spans) - 1


def _line(page: Page, there: Chosen, counts: list[int], spans: list[Span], name: Shown) -> LineView:
    asked = [{"due_from": first, "due_to": last} for first, last in spans]
    numbers = [
        Number(page.words.number(count), form.list_address(page, there, more) if count else "")
        for count, more in zip(counts, [*asked, {"due": NONE}], strict=False)
    ]
    return LineView(name, numbers)
