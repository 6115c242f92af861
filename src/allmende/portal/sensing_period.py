# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Which time a chart shows and in which steps, read from the address; every view is a link."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import cast
from zoneinfo import ZoneInfo

from starlette.datastructures import QueryParams

from allmende.core.sensing import State
from allmende.model.sensing import calendar
from allmende.model.sensing.calendar import DAY, HOUR
from allmende.portal.charts.series import Figure, Grain

PERIODS = {"day": DAY, "week": 7 * DAY, "month": 30 * DAY, "year": 365 * DAY}
NAMES = (*PERIODS, "all")
GRAINS: tuple[Grain, ...] = ("raw", "hour", "day", "month")
FIGURES: tuple[Figure, ...] = ("mean", "min", "max", "sum")
LENGTHS = {"hour": HOUR, "day": DAY, "month": 30 * DAY}
SMOOTH = 800
"""Points of a chart that are drawn when nothing else is asked for."""
MOST = 4_000
"""Points of a chart at most; longer times are drawn in longer steps."""
PER_PAGE = 50
MOST_PAGES = 100_000


@dataclass(frozen=True, slots=True)
class Choice:
    """What the address says; empty where it says nothing."""

    period: str = ""
    first: date | None = None
    last: date | None = None
    grain: str = ""
    figure: str = ""
    page: int = 1
    wrong: bool = False

    def pairs(self) -> list[tuple[str, str]]:
        """The query of an address that says the same."""
        found = [("period", self.period)] if self.period else []
        if self.first:
            found.append(("from", self.first.isoformat()))
        if self.last:
            found.append(("to", self.last.isoformat()))
        if self.grain:
            found.append(("grain", self.grain))
        if self.figure:
            found.append(("show", self.figure))
        if self.page > 1:
            found.append(("page", str(self.page)))
        return found


@dataclass(frozen=True, slots=True)
class Span:
    """A time [start, end) in µs UTC, and the steps in which it is shown."""

    start: int
    end: int
    grain: Grain
    name: str  # a period, or "" for days that were chosen
    coarser: bool = False  # shorter steps were asked for than can be drawn


def read(query: QueryParams) -> Choice:
    """The choice of an address; what cannot be read is passed over, wrong days are told."""
    wrong: list[str] = []
    first, last = _day(query.get("from", ""), wrong), _day(query.get("to", ""), wrong)
    if first and last and first > last:
        first, last = last, first
    period, grain, figure = (query.get(name, "") for name in ("period", "grain", "show"))
    number = query.get("page", "")
    return Choice(
        period if period in NAMES and not (first or last) else "",
        first,
        last,
        grain if grain in GRAINS else "",
        figure if figure in FIGURES else "",
        max(1, min(int(number), MOST_PAGES)) if number.isdecimal() and len(number) < 8 else 1,
        bool(wrong),
    )


def _day(text: str, wrong: list[str]) -> date | None:
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        wrong.append(text)
        return None
    if not 1900 <= found.year < 2100:
        wrong.append(text)
        return None
    return found


def span(choice: Choice, states: list[State], zone: str, *, raw_only: bool = False) -> Span:
    """The time that is shown of datastreams with these states.

    Named periods end with the last value, so that a series that has ended is seen as well.
    """
    begun = [each.first_time for each in states if each.first_time is not None]
    ended = [each.last_time for each in states if each.last_time is not None]
    first = min(begun, default=0)
    last = max(ended, default=0)
    name = choice.period
    if choice.first or choice.last:
        start = _midnight(choice.first, zone) if choice.first else first
        end = _midnight(choice.last + timedelta(days=1), zone) if choice.last else last + 1
    else:
        name = name or "week"
        end = last + 1
        start = first if name == "all" else end - PERIODS[name]
    end = max(end, start + 1)
    grain, coarser = _grain(choice.grain, states, start, end)
    if raw_only:
        grain, coarser = "raw", False
    return Span(start, end, grain, name if not (choice.first or choice.last) else "", coarser)


def _midnight(day: date, zone: str) -> int:
    return calendar.micros(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)))


def _grain(asked: str, states: list[State], start: int, end: int) -> tuple[Grain, bool]:
    """The steps that are asked for, or longer ones where they would be too many to draw."""
    counts = {"raw": max((_expected(each, start, end) for each in states), default=0.0)}
    begun = [each.first_time for each in states if each.first_time is not None]
    ended = [each.last_time for each in states if each.last_time is not None]
    inside = min(end, max(ended, default=end)) - max(start, min(begun, default=start))
    counts |= {name: inside / length for name, length in LENGTHS.items()}
    limit = MOST if asked else SMOOTH
    if any(each.raw_from > start for each in states):
        counts["raw"] = MOST + 1.0  # single observations are gone, their figures are kept
    known: tuple[Grain, ...] = GRAINS[GRAINS.index(cast(Grain, asked)) :] if asked else GRAINS
    for grain in known:
        if counts[grain] <= (limit if grain != "day" else MOST):
            return grain, bool(asked) and grain != asked
    return "month", bool(asked) and asked != "month"


def _expected(state: State, start: int, end: int) -> float:
    """About how many values lie in a time, if they are spread evenly."""
    if state.first_time is None or state.last_time is None:
        return 0.0
    length = max(state.last_time - state.first_time, 1)
    inside = min(end, state.last_time + 1) - max(start, state.first_time)
    return state.n * max(inside, 0) / length


def days(found: Span, zone: str) -> tuple[date, date]:
    """The first and the last local day of a span, for the fields of a form."""
    local = ZoneInfo(zone)
    first = calendar.moment(found.start).astimezone(local).date()
    last = calendar.moment(found.end - 1).astimezone(local).date()
    return first, last


def beside(choice: Choice, found: Span, zone: str) -> tuple[Choice, Choice]:
    """The same length of days before and after."""
    first, last = days(found, zone)
    length = (last - first).days + 1
    return tuple(  # type: ignore[return-value]
        replace(choice, period="", page=1, first=_clamped(a), last=_clamped(b))
        for a, b in (
            (first.toordinal() - length, first.toordinal() - 1),
            (last.toordinal() + 1, last.toordinal() + length),
        )
    )


_FIRST, _LAST = date(1900, 1, 1).toordinal(), date(2099, 12, 31).toordinal()


def _clamped(day: int) -> date:
    return date.fromordinal(min(max(day, _FIRST), _LAST))
