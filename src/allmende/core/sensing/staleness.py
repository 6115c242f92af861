# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Whether a value is too old to tell anything about now."""

from __future__ import annotations

from datetime import UTC, datetime

from allmende.model.sensing import calendar
from allmende.model.sensing.calendar import DAY, HOUR

LATE = 3
"""Intervals after which a value is awaited in vain."""


def now() -> int:
    """µs UTC."""
    return calendar.micros(datetime.now(UTC))


def is_stale(interval: int | None, time: int, at: int) -> bool:
    """Whether a value of `time` is old at `at` (µs): three intervals late and two hours.

    A day where the datastream has no interval.
    """
    late = max(LATE * interval, 2 * HOUR) if interval else DAY
    return at - time > late
