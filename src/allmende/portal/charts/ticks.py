# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Round places on an axis: numbers in steps of 1, 2, 2.5 or 5, times at hours, days, months."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil, floor, isfinite, log10
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from allmende.model.sensing import calendar
from allmende.model.sensing.calendar import DAY, HOUR, SECOND

MOST = 40  # places on one axis, whatever happens
YEAR = 365 * DAY
LARGEST, SMALLEST = 1e300, 1e-280  # beyond, steps are no numbers any more

Kind = Literal["second", "minute", "hour", "day", "month", "year"]


class Numbers(NamedTuple):
    """An axis of numbers: its two ends, the places between them and their decimals."""

    low: float
    high: float
    places: list[float]
    decimals: int


class Times(NamedTuple):
    """Places on an axis of time (µs UTC) and how they are written."""

    places: list[int]
    kind: Kind


def numbers(low: float, high: float, wanted: int = 5, *, zero: bool = False) -> Numbers:
    """An axis that holds [low, high] and ends at round numbers; `zero` lets it begin at 0."""
    if not (isfinite(low) and isfinite(high)):
        low, high = 0.0, 1.0
    low, high = (min(max(each, -LARGEST), LARGEST) for each in (low, high))
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    span = high - low
    least = max(abs(low), abs(high)) * 1e-12 + SMALLEST
    if span <= least:
        grow = max(abs(low) * 0.1, 1.0) if low else 1.0
        low, high = (low, low + 2 * grow) if zero and low == 0 else (low - grow, high + grow)
    step = _step((high - low) / wanted)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    count = min(last - first, MOST)
    places = [(first + at) * step for at in range(int(count) + 1)]
    return Numbers(places[0], places[-1], places, max(0, _decimals(step)))


def _step(rough: float) -> float:
    size = 10.0 ** floor(log10(rough))
    return next(size * each for each in (1, 2, 2.5, 5, 10) if size * each >= rough * 0.999)


def _decimals(step: float) -> int:
    shown = f"{step:.3g}"
    size = floor(log10(step))
    return -size + (1 if "25" in shown.replace(".", "") else 0)


_FIXED: tuple[tuple[int, Kind], ...] = (
    (SECOND, "second"),
    (5 * SECOND, "second"),
    (15 * SECOND, "second"),
    (60 * SECOND, "minute"),
    (5 * 60 * SECOND, "minute"),
    (15 * 60 * SECOND, "minute"),
    (30 * 60 * SECOND, "minute"),
)
_LOCAL: tuple[tuple[int, Kind, int], ...] = (
    (HOUR, "hour", 1),
    (2 * HOUR, "hour", 2),
    (3 * HOUR, "hour", 3),
    (6 * HOUR, "hour", 6),
    (12 * HOUR, "hour", 12),
    (DAY, "day", 1),
    (2 * DAY, "day", 2),
    (7 * DAY, "day", 7),
    (14 * DAY, "day", 14),
    (30 * DAY, "month", 1),
    (61 * DAY, "month", 2),
    (91 * DAY, "month", 3),
    (182 * DAY, "month", 6),
    (YEAR, "year", 1),
    (2 * YEAR, "year", 2),
    (5 * YEAR, "year", 5),
    (10 * YEAR, "year", 10),
    (25 * YEAR, "year", 25),
    (50 * YEAR, "year", 50),
)


def times(start: int, end: int, zone: str, wanted: int = 8) -> Times:
    """Places in [start, end]; hours and longer begin where those of the zone do."""
    rough = max(end - start, 1) / wanted
    for length, kind in _FIXED:
        if length >= rough:
            first = -(-start // length) * length
            return Times(list(range(first, end + 1, length))[:MOST], kind)
    length, kind, count = next((each for each in _LOCAL if each[0] >= rough), _LOCAL[-1])
    return Times(_local(start, end, ZoneInfo(zone), kind, count), kind)


def _local(start: int, end: int, zone: ZoneInfo, kind: Kind, count: int) -> list[int]:
    """Places by the clock and the calendar of a zone."""
    at = _begin(calendar.moment(start).astimezone(zone), kind, count)
    found: list[int] = []
    for _ in range(10 * MOST):
        time = calendar.micros(at.replace(tzinfo=zone))
        if time > end or len(found) >= MOST:
            break
        if time >= start and (not found or time > found[-1]):
            found.append(time)
        at = _next(at, kind, count)
    return found


def _begin(given: datetime, kind: Kind, count: int) -> datetime:
    at = given.replace(minute=0, second=0, microsecond=0, tzinfo=None, fold=0)
    if kind == "hour":
        return at.replace(hour=at.hour // count * count)
    at = at.replace(hour=0)
    if kind == "day":
        weekly = at.weekday() if count % 7 == 0 else (at.toordinal() % count)
        return at - timedelta(days=weekly)
    if kind == "month":
        return at.replace(day=1, month=(at.month - 1) // count * count + 1)
    return at.replace(day=1, month=1, year=max(at.year // count * count, 1))


def _next(at: datetime, kind: Kind, count: int) -> datetime:
    if kind in ("hour", "day"):
        return at + (timedelta(hours=count) if kind == "hour" else timedelta(days=count))
    if kind == "month":
        month = at.month - 1 + count
        return at.replace(year=at.year + month // 12, month=month % 12 + 1)
    return at.replace(year=at.year + count)
