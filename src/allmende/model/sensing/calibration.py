# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Calibrations of a sensor, each for a time: what it should have shown for what it showed.

One of three forms: `linear: [offset, factor]` gives offset + factor·x, `polynomial: [c0, c1,
…]` gives c0 + c1·x + c2·x² …, `table: [[x, y], …]` goes along straight lines between points and
refuses what lies outside of them.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Annotated

from msgspec import Meta, Struct

MOST_POINTS = 500
Numbers = Annotated[tuple[float, ...], Meta(min_length=1, max_length=10)]
Points = Annotated[tuple[tuple[float, float], ...], Meta(min_length=2, max_length=MOST_POINTS)]


class Calibration(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"start": "from"}
):
    """A calibration from a day on (UTC, inclusive) until another (exclusive)."""

    start: date | None = None
    to: date | None = None
    linear: tuple[float, float] | None = None
    polynomial: Numbers | None = None
    table: Points | None = None
    note: str = ""

    def __post_init__(self) -> None:
        """ValueError when it has not exactly one form, or its table or time runs backwards."""
        forms = (self.linear, self.polynomial, self.table)
        if sum(each is not None for each in forms) != 1:
            raise ValueError("Expected exactly one of linear, polynomial and table")
        if self.table is not None and any(
            one[0] >= two[0] for one, two in zip(self.table, self.table[1:], strict=False)
        ):
            raise ValueError("Expected a table with growing first values")
        if self.start and self.to and self.start >= self.to:
            raise ValueError("Expected “to” after “from”")

    @property
    def name(self) -> str:
        """Its form and first day, for the parameters of an observation."""
        form = "linear" if self.linear else "polynomial" if self.polynomial else "table"
        return f"{form} {self.start.isoformat()}" if self.start else form

    def applies(self, time: int) -> bool:
        """Whether it holds at a time (µs UTC)."""
        day = datetime.fromtimestamp(time // 1_000_000, UTC).date()
        return (self.start is None or self.start <= day) and (self.to is None or day < self.to)

    def value(self, shown: float) -> float:
        """The right value. ValueError when it has none there."""
        if self.table is not None:
            found = _between(self.table, shown)
        else:
            found = 0.0
            for factor in reversed(self.linear or self.polynomial or ()):
                found = found * shown + factor
        if not math.isfinite(found):
            raise ValueError(f"the calibration has no value for {shown:g}")
        return found


def calibration_at(calibrations: Sequence[Calibration], time: int) -> Calibration | None:
    """The one that holds at a time (µs UTC); of several the last in the list."""
    return next((each for each in reversed(calibrations) if each.applies(time)), None)


def _between(points: Sequence[tuple[float, float]], shown: float) -> float:
    xs = [each[0] for each in points]
    if not xs[0] <= shown <= xs[-1]:
        raise ValueError(f"{shown:g} lies outside of the calibration table")
    place = min(bisect_right(xs, shown), len(xs) - 1)
    (x0, y0), (x1, y1) = points[place - 1], points[place]
    return y0 + (y1 - y0) * (shown - x0) / (x1 - x0)
