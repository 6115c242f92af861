# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Rules for work that comes again, written for people, and the moments they mean.

    every 6h                      also s, m, d, w; at least ten seconds
    daily 03:15 Europe/Berlin     the zone may be missing; then it is UTC
    weekly mon 03:15 Europe/Berlin
    monthly 1 03:15 Europe/Berlin days 1 to 28

When clocks are changed a local time that does not exist is read with the offset before the
gap, and of one that comes twice the first is meant (RFC 5545 §3.3.5).
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct

from allmende.errors import InvalidInput

SECOND = 1_000_000
DAY = 86_400 * SECOND
SHORTEST = 10 * SECOND
LONGEST = 366 * DAY
UNITS = {"s": SECOND, "m": 60 * SECOND, "h": 3_600 * SECOND, "d": DAY, "w": 7 * DAY}
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MOST_DAYS_BETWEEN = {"daily": 1, "weekly": 7, "monthly": 31}

_EVERY = re.compile(r"every (\d{1,6})([smhdw])")
_CLOCK = re.compile(
    r"(?:daily|weekly (?P<weekday>[a-z]{3})|monthly (?P<day>\d{1,2})) "
    r"(?P<hour>\d\d):(?P<minute>\d\d)(?: (?P<zone>[A-Za-z0-9_+/-]{1,64}))?"
)


class Rule(Struct, frozen=True):
    """A rule that was understood. Either `every` (µs) or a time of day in a zone."""

    every: int = 0
    word: str = ""
    weekday: int = 0
    day: int = 0
    at: time = time(0)
    zone: str = "UTC"

    @property
    def longest_pause(self) -> int:
        """The longest time between two moments, in µs."""
        return self.every or MOST_DAYS_BETWEEN[self.word] * DAY


@lru_cache(maxsize=500)
def parse(text: str) -> Rule:
    """The meaning of a rule. InvalidInput with the forms that are understood."""
    words = " ".join(text.split())
    if match := _EVERY.fullmatch(words):
        every = int(match[1]) * UNITS[match[2]]
        if SHORTEST <= every <= LONGEST:
            return Rule(every=every)
    elif match := _CLOCK.fullmatch(words):
        rule = _clock_rule(words.partition(" ")[0], match)
        if rule is not None:
            return rule
    raise InvalidInput(
        f"The schedule “{text[:100]}” is not understood. Write “every 6h”, “daily 03:15 "
        "Europe/Berlin”, “weekly mon 03:15 Europe/Berlin” or “monthly 1 03:15 Europe/Berlin”.",
        f"Der Zeitplan „{text[:100]}“ ist nicht verständlich. Schreiben Sie „every 6h“, „daily "
        "03:15 Europe/Berlin“, „weekly mon 03:15 Europe/Berlin“ oder „monthly 1 03:15 "
        "Europe/Berlin“.",
        code="schedule",
    )


def _clock_rule(word: str, match: re.Match[str]) -> Rule | None:
    hour, minute = int(match["hour"]), int(match["minute"])
    weekday, day, zone = match["weekday"], int(match["day"] or 0), match["zone"] or "UTC"
    sound = hour < 24 and minute < 60 and (word != "monthly" or 1 <= day <= 28)
    if not sound or (weekday and weekday not in WEEKDAYS) or not _is_zone(zone):
        return None
    number = WEEKDAYS.index(weekday) if weekday else 0
    return Rule(word=word, weekday=number, day=day, at=time(hour, minute), zone=zone)


def next_after(rule: Rule, after: int, planned: int | None = None) -> int:
    """The first moment later than `after`, in µs UTC.

    An interval counts on from the `planned` moment, so that it does not drift; without one it
    begins at `after`.
    """
    if rule.every:
        start = after if planned is None or planned > after else planned
        return start + ((after - start) // rule.every + 1) * rule.every
    zone = ZoneInfo(rule.zone)
    day = datetime.fromtimestamp(after // SECOND, zone).date() - timedelta(days=1)
    while not (_fits(rule, day) and _moment(day, rule.at, zone) > after):
        day += timedelta(days=1)
    return _moment(day, rule.at, zone)


def following(rule: Rule, planned: int, now: int) -> int | None:
    """The moment that takes the place of the planned one; None while that is still to come.

    Missed moments are not made up for. A moment further away than the rule can mean (the
    clock was wrong when it was planned) is planned anew.
    """
    if planned <= now:
        return next_after(rule, now, planned)
    if planned - now > rule.longest_pause + DAY:
        return next_after(rule, now)
    return None


def _fits(rule: Rule, day: date) -> bool:
    if rule.word == "weekly":
        return day.weekday() == rule.weekday
    return rule.word != "monthly" or day.day == rule.day


def _moment(day: date, at: time, zone: ZoneInfo) -> int:
    local = datetime.combine(day, at, zone)
    return int(local.astimezone(UTC).timestamp()) * SECOND


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
