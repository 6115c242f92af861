# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The values of a datastream in a time: what is drawn, the table beside it, the statistics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from allmende.core import sensing
from allmende.core.sensing.listing import Valued
from allmende.model.sensing.observation import USABLE, Bucket, Flag, Observation
from allmende.model.sensing.series import Columns
from allmende.model.sensing.specs import ANY, CATEGORY, COUNT, TRUTH
from allmende.portal.charts.series import (
    Figure,
    Gap,
    Grain,
    Series,
    Shape,
    end_of,
    of_buckets,
    of_categories,
    of_columns,
)
from allmende.portal.page import Page
from allmende.portal.sensing_period import FIGURES, MOST, Span


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: a single observation, or the figures of an interval."""

    start: int
    end: int
    observation: Observation | None = None
    bucket: Bucket | None = None


@dataclass(slots=True)
class Statistics:
    """Figures of a whole time; times µs UTC, None where there is nothing."""

    n: int = 0
    good: int = 0
    mean: float | None = None
    sum: float | None = None
    min: float | None = None
    max: float | None = None
    min_time: int | None = None
    max_time: int | None = None
    exact: bool = True  # the times of min and max are those of single observations


@dataclass(slots=True)
class Loaded:
    """Everything a page says about a datastream in a time; rows are the newest first."""

    series: Series | None
    rows: list[Row] = field(default_factory=list)
    statistics: Statistics = field(default_factory=Statistics)
    gaps: list[Gap] = field(default_factory=list)
    span: Span | None = None
    cut: bool = False  # there are more observations than are shown
    flags: dict[Flag, int] = field(default_factory=dict)


def shape_of(stream: Any, latest: Observation | None) -> Shape | None:
    """How a datastream is drawn; None when its results are no numbers, truths or categories."""
    if stream.multi:
        return None
    if stream.type in (CATEGORY, TRUTH):
        return "steps"
    if stream.type == COUNT:
        return "bars"
    result = latest.result if latest else None
    if stream.type == ANY and isinstance(result, str | bool):
        return "steps"
    return None if stream.type == ANY and isinstance(result, list | dict) else "line"


def figure_for(stream: Any, asked: str) -> Figure:
    """The figure of intervals that is drawn: what is asked, what the datastream says, its kind.

    A datastream says it by its property `figure` (mean, min, max or sum); counts are summed.
    """
    said = asked or _properties(stream.properties).get("figure")
    return next(
        (each for each in FIGURES if each == said), "sum" if stream.type == COUNT else "mean"
    )


def _properties(text: str | None) -> dict[str, Any]:
    if not text:
        return {}
    try:
        found = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return {}
    return found if isinstance(found, dict) else {}


async def load(page: Page, valued: Valued, span: Span, asked: str = "") -> Loaded:
    """The values of a datastream, in longer steps than asked for where there are too many."""
    stream, state = valued.stream, valued.state
    latest = state.observation if state else None
    shape = shape_of(stream, latest)
    if shape in (None, "steps"):
        return await _single(page, valued, replace(span, grain="raw", coarser=False), shape)
    assert shape is not None  # noqa: S101 - told apart above
    if span.grain == "raw":
        found = await _columns(page, stream.id, span)
        if len(found) <= MOST:
            return of_numbers(found, valued, span, shape)
        span = replace(span, grain="hour", coarser=True)
    return await _of_intervals(page, valued, span, shape, figure_for(stream, asked))


async def _columns(page: Page, ident: int, span: Span) -> Columns:
    return await sensing.columns(
        page.platform,
        page.subject,
        ident,
        span.start,
        span.end,
        descending=True,
        limit=MOST + 1,
    )


async def _single(page: Page, valued: Valued, span: Span, shape: Shape | None) -> Loaded:
    """Single observations that are no numbers; the newest ones when there are too many."""
    found = await _columns(page, valued.stream.id, span)
    cut = len(found) > MOST
    found = found.part(1, len(found)) if cut else found
    if shape:
        made = of_steps(found, valued, span)
    else:
        made = _with_rows(None, found, valued.stream.id, span)
        made.statistics = _counted(found)
    made.cut = cut
    return made


def of_steps(found: Columns, valued: Valued, span: Span) -> Loaded:
    """What is told of observations that are categories or truths."""
    usable = [at for at, flag in enumerate(found.flags.tolist()) if flag in USABLE]
    results, times = found.results(), found.times.tolist()
    usable = [at for at in usable if results[at] is not None]
    series = of_categories(
        [results[at] for at in usable],
        [times[at] for at in usable],
        span.end,
        valued.stream.interval,
    )
    made = _with_rows(series, found, valued.stream.id, span)
    made.gaps = series.gaps
    made.statistics = _counted(found)
    return made


def _counted(found: Columns) -> Statistics:
    flags = found.flags.tolist()
    return Statistics(len(flags), sum(flag in USABLE for flag in flags))


def _with_rows(series: Series | None, found: Columns, ident: int, span: Span) -> Loaded:
    rows = [Row(each.time, each.end or each.time, each) for each in found.rows(ident)]
    rows.reverse()
    flags: dict[Flag, int] = {}
    for code in found.flags.tolist():
        flag = Flag(code) if code in list(Flag) else Flag.UNCHECKED
        flags[flag] = flags.get(flag, 0) + 1
    return Loaded(series, rows, span=span, flags=flags)


def of_numbers(found: Columns, valued: Valued, span: Span, shape: Shape) -> Loaded:
    """What is told of observations that are numbers."""
    series = of_columns(found, valued.stream.interval, shape)
    made = _with_rows(series, found, valued.stream.id, span)
    made.gaps = series.gaps
    statistics = _counted(found)
    points = series.points
    if points:
        values = [point.value or 0.0 for point in points]
        statistics.sum = sum(values)
        statistics.mean = statistics.sum / len(values)
        statistics.min, statistics.max = min(values), max(values)
        statistics.min_time = points[values.index(statistics.min)].start
        statistics.max_time = points[values.index(statistics.max)].start
    made.statistics = statistics
    return made


async def _of_intervals(
    page: Page, valued: Valued, span: Span, shape: Shape, figure: Figure
) -> Loaded:
    zone = page.platform.settings.timezone
    grain: Grain = span.grain
    assert grain != "raw"  # noqa: S101 - single observations are not read here
    found = await sensing.buckets(
        page.platform, page.subject, valued.stream.id, grain, span.start, span.end
    )
    series = of_buckets(found, grain, figure, shape, zone)
    rows = [Row(each.start, end_of(each.start, grain, zone), bucket=each) for each in found]
    rows.reverse()
    made = Loaded(series, rows, gaps=series.gaps, span=span)
    made.statistics = await _whole(page, valued, found, grain)
    bad = sum(each.n - each.good for each in found)
    made.flags = {Flag.BAD: bad} if bad else {}
    return made


async def _whole(page: Page, valued: Valued, found: Sequence[Bucket], grain: Grain) -> Statistics:
    """The statistics of intervals; the times of the extremes are looked up in their interval."""
    made = Statistics(sum(each.n for each in found), sum(each.good for each in found))
    kept = [each for each in found if each.sum is not None]
    if not kept:
        return made
    made.sum = sum(each.sum or 0.0 for each in kept)
    made.mean = made.sum / max(sum(each.good for each in kept), 1)
    lowest = min(kept, key=lambda each: each.min or 0.0)
    highest = max(kept, key=lambda each: each.max or 0.0)
    made.min, made.max = lowest.min, highest.max
    made.min_time = await _moment_of(page, valued, lowest, lowest.min, grain, made)
    made.max_time = await _moment_of(page, valued, highest, highest.max, grain, made)
    return made


async def _moment_of(
    page: Page, valued: Valued, bucket: Bucket, value: float | None, grain: Grain, into: Statistics
) -> int:
    """When a value was observed within an interval; its beginning when that is not kept."""
    if bucket.n <= MOST:
        end = end_of(bucket.start, grain, page.platform.settings.timezone)
        found = await _columns(page, valued.stream.id, Span(bucket.start, end, "raw", ""))
        for time, each, flag in zip(
            found.times.tolist(), found.values.tolist(), found.flags.tolist(), strict=True
        ):
            if each == value and flag in USABLE:
                return int(time)
    into.exact = False
    return bucket.start
