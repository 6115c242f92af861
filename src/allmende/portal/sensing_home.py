# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What is measured right now, for the home page: a few values, each of another kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from allmende.core import sensing
from allmende.core.sensing import listing
from allmende.core.sensing.listing import Valued
from allmende.core.sensing.staleness import is_stale, now
from allmende.model.sensing.calendar import DAY, HOUR
from allmende.model.sensing.levels import levels
from allmende.model.sensing.observation import Bucket, Flag
from allmende.portal import sensing_words as words
from allmende.portal.charts.chart import spark
from allmende.portal.page import Page
from allmende.portal.sensing_figures import shape_of
from allmende.portal.sensing_spark import Spark

LOOK = 200  # newest datastreams that are chosen from
SHOWN = 4
BACK = 3 * HOUR
"""What the last value is compared with (µs)."""
OLD = 365 * DAY
"""What was measured longer ago (µs) is not shown there."""
STEADY = 0.1
"""The share of the day's range up to which a change is none."""
TECHNICAL = ("battery", "device", "voltage", "rssi", "snr", "counter")
"""Words in the definition of what tells about the sensor and not about the city."""


@dataclass(frozen=True, slots=True)
class Glimpse:
    """A value on the home page; `trend` is the end of a key of words, or ""."""

    stream: Any
    title: str
    address: str
    thing: Any
    latest: words.Latest
    trend: str
    spark: Spark | None


async def glimpses(page: Page) -> list[Glimpse]:
    """At most four values, each of another observed property and if possible of another thing."""
    found = await listing.newest(page.platform, page.subject, LOOK)
    at = now()
    told = sorted((each for each in found if _tells(each)), key=lambda each: _order(each, at))
    by_property = {each.stream.property: each for each in reversed(told)}
    once = [each for each in told if by_property[each.stream.property] is each]
    by_thing = {each.thing.id: each for each in reversed(once)}
    once.sort(key=lambda each: by_thing[each.thing.id] is not each)
    return [await _glimpse(page, each, at) for each in once[:SHOWN]]


def _order(each: Valued, at: int) -> tuple[bool, bool, bool]:
    """Current before old, what is measured before what is played again, words before figures."""
    time = each.state.last_time if each.state else None
    old = time is None or is_stale(each.stream.interval, time, at)
    return old, _replayed(each), not levels(each.stream.properties)


def _replayed(each: Valued) -> bool:
    return each.thing.origin == "replay" or '"replay":true' in (each.stream.properties or "")


def _tells(each: Valued) -> bool:
    """Whether a value is one that people understand on its own."""
    state, definition = each.state, (each.stream.property_definition or "").lower()
    if state is None or state.observation is None or state.flag == Flag.BAD:
        return False
    if (state.last_time or 0) < now() - OLD:
        return False
    if isinstance(state.observation.result, list | dict | None):
        return False
    return not any(word in definition for word in TECHNICAL)


async def _glimpse(page: Page, each: Valued, at: int) -> Glimpse:
    state, stream = each.state, each.stream
    latest = words.latest(page, stream, state.observation if state else None, at)
    assert state is not None  # noqa: S101 - only those with a value are chosen
    assert latest is not None  # noqa: S101 - the same
    end = (state.last_time or 0) + 1
    drawn, buckets = None, list[Bucket]()
    if shape_of(stream, state.observation) == "line":
        buckets = await sensing.buckets(
            page.platform, page.subject, stream.id, "hour", end - DAY, end
        )
        drawn = _spark(page, buckets)
    tells = not latest.stale and not _replayed(each)
    return Glimpse(
        stream,
        words.title(page, stream),
        page.at(f"/datastreams/{stream.id}"),
        each.thing,
        latest,
        trend(buckets) if tells else "",
        drawn,
    )


def _spark(page: Page, buckets: Sequence[Bucket]) -> Spark | None:
    path = spark([(each.start, each.mean) for each in buckets], BACK)
    lows = [each.min for each in buckets if each.min is not None]
    highs = [each.max for each in buckets if each.max is not None]
    if not (path and lows and highs):
        return None
    return Spark(path, words.number(page, min(lows)), words.number(page, max(highs)))


def trend(buckets: Sequence[Bucket]) -> str:
    """Whether the mean of the last hour is above (`up`) or below (`down`) that of three hours
    before, or about the same (`level`); "" when either is missing."""
    means = {each.start: each.mean for each in buckets if each.mean is not None}
    if not means:
        return ""
    last = max(means)
    before = means.get(last - BACK)
    if before is None:
        return ""
    change, spread = means[last] - before, max(means.values()) - min(means.values())
    if abs(change) <= STEADY * spread:
        return "level"
    return "up" if change > 0 else "down"
