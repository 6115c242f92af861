# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Hours, days, months and years as intervals of microseconds since 1970-01-01 UTC.

Hours begin on the hour in UTC; days, months and years at midnight in the city's time zone,
so that a day of daylight saving has 23 or 25 hours.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

SECOND = 1_000_000
HOUR = 3_600 * SECOND
DAY = 24 * HOUR

Period = Literal["day", "month", "year"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment(micros: int) -> datetime:
    """The time in UTC, exactly (also before 1970)."""
    return _EPOCH + timedelta(microseconds=micros)


def micros(given: datetime) -> int:
    """Microseconds since 1970 of a time with an offset, exactly."""
    return (given - _EPOCH) // timedelta(microseconds=1)


def hour_of(time: int) -> int:
    """Beginning of the hour."""
    return time - time % HOUR


def month_of(time: int) -> int:
    """The month in UTC as a number such as 202406."""
    return _month(time // DAY)


@lru_cache(maxsize=4_096)
def _month(day: int) -> int:
    found = _EPOCH + timedelta(days=day)
    return found.year * 100 + found.month


def month_start(month: int) -> int:
    """Beginning of a month in UTC."""
    return micros(datetime(month // 100, month % 100, 1, tzinfo=UTC))


def next_month(month: int) -> int:
    """The month after."""
    return month + 1 if month % 100 < 12 else month + 89


def day_of(time: int, zone: str) -> int:
    """Beginning of the local day. Zones whose offset is no whole hour are rounded to it."""
    return period_of(time, "day", zone)


def period_of(time: int, period: Period, zone: str) -> int:
    """Beginning of the local day, month or year in which a time lies."""
    return _period(time // HOUR, period, zone)


@lru_cache(maxsize=65_536)
def _period(hour: int, period: Period, zone: str) -> int:
    local = (_EPOCH + timedelta(hours=hour)).astimezone(_zone(zone))
    begins = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    if period != "day":
        begins = begins.replace(day=1)
    if period == "year":
        begins = begins.replace(month=1)
    return micros(begins)


def next_period(start: int, period: Period, zone: str) -> int:
    """Beginning of the period after the one that begins at `start`."""
    local = moment(start).astimezone(_zone(zone))
    day = date(local.year, local.month, local.day)
    if period == "day":
        day += timedelta(days=1)
    elif period == "month":
        day = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    else:
        day = date(day.year + 1, 1, 1)
    return micros(datetime(day.year, day.month, day.day, tzinfo=_zone(zone)))


@lru_cache(maxsize=16)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
