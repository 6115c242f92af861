# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Small lines of the last week beside the values of datastreams."""

from __future__ import annotations

from dataclasses import dataclass

from allmende.core import sensing
from allmende.core.sensing.listing import Valued
from allmende.model.sensing.calendar import DAY, HOUR
from allmende.portal.charts.chart import spark
from allmende.portal.page import Page
from allmende.portal.sensing_figures import shape_of
from allmende.portal.sensing_words import number

MOST = 60  # lines of one page
BACK = 7 * DAY


@dataclass(frozen=True, slots=True)
class Spark:
    """A line of hourly means, and in words what it shows."""

    path: str
    low: str
    high: str


async def of(page: Page, streams: list[Valued]) -> dict[int, Spark]:
    """The lines of those datastreams that are numbers, by id."""
    found: dict[int, Spark] = {}
    for each in streams[:MOST]:
        state = each.state
        latest = state.observation if state else None
        if state is None or state.last_time is None or shape_of(each.stream, latest) != "line":
            continue
        end = state.last_time + 1
        buckets = await sensing.buckets(
            page.platform, page.subject, each.stream.id, "hour", end - BACK, end
        )
        path = spark([(bucket.start, bucket.mean) for bucket in buckets], 3 * HOUR)
        lows = [bucket.min for bucket in buckets if bucket.min is not None]
        highs = [bucket.max for bucket in buckets if bucket.max is not None]
        if path and lows and highs:
            found[each.stream.id] = Spark(path, number(page, min(lows)), number(page, max(highs)))
    return found
