# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Which messages of a counter's life were heard: what comes twice, and what is missing.

Rules
- A counter that was heard and whose time is not later than the newest one is a repetition.
- A counter at or below the highest, with a time clearly later than the newest one, means that
  the device counts anew (a battery was changed); its life is another epoch then.
- The same counter as the newest one within five minutes is the same message sent again.
- What stands before the first heard counter is not missing: nobody listened.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

MINUTE = 60_000_000
AGAIN = 5 * MINUTE
LATER = MINUTE
MOST_RANGES = 1_000  # with more, the oldest hole is forgotten


class Heard(Struct):
    """Counters heard in one epoch as [first, last] ranges that grow, and the newest time."""

    ranges: list[list[int]] = []
    last_time: int = 0

    @property
    def highest(self) -> int:
        """The highest counter; -1 of none."""
        return self.ranges[-1][1] if self.ranges else -1

    @property
    def lost(self) -> int:
        """How many counters are missing between the first and the highest."""
        pairs = zip(self.ranges, self.ranges[1:], strict=False)
        return sum(two[0] - one[1] - 1 for one, two in pairs)

    @property
    def gaps(self) -> list[tuple[int, int]]:
        """The missing counters as (first, last)."""
        pairs = zip(self.ranges, self.ranges[1:], strict=False)
        return [(one[1] + 1, two[0] - 1) for one, two in pairs]


def judge(heard: Heard, counter: int, time: int) -> Literal["new", "repeated", "restarted"]:
    """What a message with a counter and a time (µs UTC) is after those that were heard."""
    if not heard.ranges or counter > heard.highest:
        return "new"
    if counter == heard.highest and time <= heard.last_time + AGAIN:
        return "repeated"
    if time > heard.last_time + LATER:
        return "restarted"
    return "repeated" if _contains(heard, counter) else "new"


def add(heard: Heard, counter: int, time: int) -> None:
    """Notes a new counter."""
    heard.last_time = max(heard.last_time, time)
    ranges = heard.ranges
    place = len(ranges)
    while place and ranges[place - 1][0] > counter:
        place -= 1
    before = ranges[place - 1] if place else None
    after = ranges[place] if place < len(ranges) else None
    joins_before = before is not None and before[1] == counter - 1
    joins_after = after is not None and after[0] == counter + 1
    if before is not None and joins_before and after is not None and joins_after:
        before[1] = after[1]
        del ranges[place]
    elif before is not None and joins_before:
        before[1] = counter
    elif after is not None and joins_after:
        after[0] = counter
    else:
        ranges.insert(place, [counter, counter])
    if len(ranges) > MOST_RANGES:
        ranges[0][1] = ranges[1][1]
        del ranges[1]


def _contains(heard: Heard, counter: int) -> bool:
    return any(first <= counter <= last for first, last in reversed(heard.ranges))
