# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a chart is drawn from: points of single observations or of the figures of intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import isfinite
from statistics import median
from typing import Literal, NamedTuple

from allmende.model.sensing import calendar
from allmende.model.sensing.calendar import HOUR, Period
from allmende.model.sensing.observation import Bucket, Flag
from allmende.model.sensing.series import Columns

Grain = Literal["raw", "hour", "day", "month"]
Shape = Literal["line", "bars", "steps"]
Figure = Literal["mean", "min", "max", "sum"]

PATIENCE = 3  # intervals without a value that are no gap yet


class Point(NamedTuple):
    """A value from `start` to `end` (µs UTC); `low` and `high` are those inside of it."""

    start: int
    end: int
    value: float | None
    low: float | None
    high: float | None


class Flagged(NamedTuple):
    """Something about a value that has to be seen: where, and its flag."""

    time: int
    value: float | None
    flag: Flag


class Gap(NamedTuple):
    """A time without values, µs UTC."""

    start: int
    end: int


class Step(NamedTuple):
    """A category from `start` to `end`; `name` is its text."""

    start: int
    end: int
    name: str


@dataclass(slots=True)
class Series:
    """One line, row of bars or steps of a chart."""

    shape: Shape
    points: list[Point] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    flagged: list[Flagged] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    name: str = ""
    unit: str = ""
    right: bool = False
    number: int = 1
    banded: bool = False

    @property
    def values(self) -> list[float]:
        """Every number that has to have a place on the axis."""
        found = []
        for point in self.points:
            found += [each for each in (point.value, point.low, point.high) if each is not None]
        return found


def usable(value: float | None) -> float | None:
    """The number, or None when it is not one that can be drawn."""
    return value if value is not None and isfinite(value) else None


def of_columns(found: Columns, interval: int | None, shape: Shape) -> Series:
    """Single observations; what is flagged as bad is marked and not joined."""
    times, flags = found.times.tolist(), found.flags.tolist()
    values = [None if at in found.texts else value for at, value in enumerate(found.values)]
    reach = _reach(times, interval)
    made = Series(shape)
    good: list[int] = []
    for time, raw, code in zip(times, values, flags, strict=True):
        flag = Flag(code) if code in _FLAGS else Flag.UNCHECKED
        value = None if raw is None else usable(float(raw))
        if flag >= Flag.SUSPECT:
            made.flagged.append(Flagged(time, value, flag))
        if value is None or flag == Flag.BAD:
            continue
        good.append(time)
        width = interval or reach
        end = time + width if shape == "bars" else time
        made.points.append(Point(time, end, value, None, None))
    made.gaps = _silences(good, reach)
    return made


_FLAGS = {int(each) for each in Flag}


def _reach(times: Sequence[int], interval: int | None) -> int:
    """The usual time between two values (µs), at least a second."""
    steps = [b - a for a, b in pairwise(times) if b > a]
    usual = int(median(steps)) if steps else 0
    return max(usual, interval or 0, 1_000_000)


def _silences(times: Sequence[int], reach: int) -> list[Gap]:
    return [Gap(a, b) for a, b in pairwise(times) if b - a > PATIENCE * reach]


def of_buckets(
    found: Sequence[Bucket], grain: Grain, figure: Figure, shape: Shape, zone: str
) -> Series:
    """Figures of intervals; a band from smallest to largest where the mean is drawn."""
    made = Series(shape, banded=shape == "line" and figure == "mean")
    before: int | None = None
    for each in found:
        end = end_of(each.start, grain, zone)
        value = usable(figure_of(each, figure))
        if each.good < each.n:
            made.flagged.append(Flagged((each.start + end) // 2, None, Flag.BAD))
        if value is None:
            continue
        if before is not None and each.start > before:
            made.gaps.append(Gap(before, each.start))
        before = end
        low, high = (usable(each.min), usable(each.max)) if made.banded else (None, None)
        made.points.append(Point(each.start, end, value, low, high))
    return made


def figure_of(bucket: Bucket, figure: Figure) -> float | None:
    """One figure of an interval."""
    return bucket.mean if figure == "mean" else getattr(bucket, figure)


def end_of(start: int, grain: Grain, zone: str) -> int:
    """The end of the interval that begins at `start`."""
    if grain in ("raw", "hour"):
        return start + (HOUR if grain == "hour" else 0)
    period: Period = "day" if grain == "day" else "month"
    return calendar.next_period(start, period, zone)


def of_categories(
    results: Sequence[object], times: Sequence[int], end: int, interval: int | None
) -> Series:
    """Categories and truths as steps; each lasts until the next one or until a gap."""
    made = Series("steps")
    reach = PATIENCE * _reach(times, interval)
    made.gaps = _silences(times, reach // PATIENCE)
    for at, (time, result) in enumerate(zip(times, results, strict=True)):
        after = times[at + 1] if at + 1 < len(times) else min(end, time + reach)
        until = max(min(after, time + reach), time)
        name = result if isinstance(result, str) else _said(result)
        last = made.steps[-1] if made.steps else None
        if last is not None and last.name == name and last.end == time:
            made.steps[-1] = Step(last.start, until, name)
        else:
            made.steps.append(Step(time, until, name))
    return made


def _said(result: object) -> str:
    return (
        {True: "true", False: "false"}.get(result, "") if isinstance(result, bool) else str(result)
    )
