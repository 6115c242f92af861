# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Times as sources write them, read into integer microseconds UTC.

Local times without an offset are those of a zone. Once a year an hour comes twice; which
of the two is meant follows from the order of the lines, unless something else is asked
for. Once a year an hour does not exist; a time in it is a fault.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from allmende.core.sensing.importing_types import Text, short
from allmende.errors import InvalidInput
from allmende.model.sensing.calendar import DAY, SECOND
from allmende.model.sensing.observation import EARLIEST, LATEST

Twice = Literal["order", "first", "second", "refuse"]
"""Which of two equal local times is meant; `order` reads the lines as they come."""

UNIX = {"unix": SECOND, "unix-ms": 1_000}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PLAIN_EPOCH = datetime(1970, 1, 1)
_MICRO = timedelta(microseconds=1)
_OFFSET = re.compile(r"(?:UTC)?([+-])(\d{1,2}):?(\d{2})?\Z")
_GERMAN = re.compile(
    r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?:,?[ T]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?(?: Uhr)?\Z"
)
_MIDNIGHT = re.compile(r"(.*[ T])24:00(?::00)?\Z")


class NoTime(ValueError):
    """What stands there is no time, or none that is known; `text` says why."""

    def __init__(self, en: str, de: str) -> None:
        super().__init__(en)
        self.text: Text = {"en": en, "de": de}


def zone_of(name: str) -> tzinfo:
    """The zone of an IANA name or an offset such as +01:00. InvalidInput for any other."""
    match = _OFFSET.match(name)
    if match is not None:
        length = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
        if length < timedelta(hours=24):
            return timezone(-length if match[1] == "-" else length)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidInput(
            f"“{short(name)}” is no time zone; write Europe/Berlin, UTC or +01:00.",
            f"„{short(name)}“ ist keine Zeitzone; zum Beispiel Europe/Berlin, UTC oder +01:00.",
        ) from None


class Clock:
    """Reads the times of one source, line after line.

    `form` is empty for what can be told (ISO 8601, 31.12.2024 23:45), else `unix`,
    `unix-ms` or a pattern of strptime. `doubtful` counts local times that exist twice.
    """

    def __init__(self, zone: str, form: str = "", twice: Twice = "order") -> None:
        self.zone, self.form, self.twice = zone_of(zone), form, twice
        self.name = zone
        self.doubtful = 0
        self._last: dict[str, _Last] = {}

    def read(self, given: Any, series: str = "") -> int:
        """µs UTC. `series` names what the line belongs to where several are mixed. NoTime."""
        if self.form in UNIX:
            return _counted(given, UNIX[self.form])
        if isinstance(given, int | float) and not isinstance(given, bool) and not self.form:
            return _counted(given, UNIX["unix-ms" if given >= 1e11 else "unix"])
        if not isinstance(given, str):
            raise _no_time(given)
        found = self._parsed(given.strip())
        if found.tzinfo is not None:
            return checked((found - _EPOCH) // _MICRO, given)
        return checked(self._local(found, given, series), given)

    def _parsed(self, text: str) -> datetime:
        try:
            if self.form:
                return datetime.strptime(text, self.form)
            return _told(text)
        except (ValueError, OverflowError):
            raise _no_time(text) from None

    def _local(self, found: datetime, given: str, series: str) -> int:
        plain = (found - _PLAIN_EPOCH) // _MICRO
        first = self._offset(found.replace(fold=0))
        second = self._offset(found.replace(fold=1))
        last = self._last.setdefault(series, _Last())
        if first == second:
            last.sure(plain)
            return plain - first
        if first < second:
            raise NoTime(
                f"The time {short(given)} does not exist in {self.name}: clocks were put "
                "forward; give the zone in which the times are, for instance +01:00.",
                f"Die Zeit {short(given)} gibt es in {self.name} nicht: die Uhren wurden "
                "vorgestellt; bitte die Zeitzone der Zeiten angeben, zum Beispiel +01:00.",
            )
        self.doubtful += 1
        return plain - (second if self._fold(plain, last, given) else first)

    def _fold(self, plain: int, last: _Last, given: str) -> bool:
        if self.twice == "refuse":
            raise NoTime(
                f"The time {short(given)} exists twice in {self.name}; the source does not say "
                "which is meant.",
                f"Die Zeit {short(given)} gibt es in {self.name} zweimal; die Quelle sagt nicht, "
                "welche gemeint ist.",
            )
        if self.twice != "order":
            return self.twice == "second"
        return last.fold(plain)

    def _offset(self, found: datetime) -> int:
        offset = self.zone.utcoffset(found)
        return 0 if offset is None else offset // _MICRO


class _Last:
    """The last local time of a series, to tell the first of two equal hours from the second."""

    __slots__ = ("back", "plain", "second", "within")

    def __init__(self) -> None:
        self.plain: int | None = None
        self.back = False  # newest lines come first
        self.within = False  # the last one was a time that exists twice
        self.second = False

    def sure(self, plain: int) -> None:
        if self.plain is not None and not self.within and plain != self.plain:
            self.back = plain < self.plain
        self.plain, self.within = plain, False

    def fold(self, plain: int) -> bool:
        """Whether the second hour is meant."""
        if self.plain is None or abs(plain - self.plain) > DAY:
            self.second = self.back
        elif not self.within:
            self.second = self.back = plain < self.plain
        elif plain <= self.plain and not self.back:
            self.second = True
        elif plain >= self.plain and self.back:
            self.second = False
        self.plain, self.within = plain, True
        return self.second


def checked(time: int, given: Any) -> int:
    """The time when it is between 1900 and 2100; NoTime otherwise."""
    if not EARLIEST <= time < LATEST:
        raise NoTime(
            f"The time {short(given)} is not between 1900 and 2100.",
            f"Die Zeit {short(given)} liegt nicht zwischen 1900 und 2100.",
        )
    return time


def _counted(given: Any, unit: int) -> int:
    if isinstance(given, bool):
        raise _no_time(given)
    try:
        return checked(round(float(given) * unit), given)
    except (TypeError, ValueError, OverflowError):
        raise _no_time(given) from None


def _told(text: str) -> datetime:
    ends = _MIDNIGHT.match(text)
    if ends is not None:
        return _told(ends[1] + "00:00") + timedelta(days=1)
    match = _GERMAN.match(text)
    if match is None:
        return datetime.fromisoformat(text)
    day, month, year, hour, minute, second = (int(each or 0) for each in match.groups())
    return datetime(year, month, day, hour, minute, second)


def _no_time(given: Any) -> NoTime:
    return NoTime(f"“{short(given)}” is no time.", f"„{short(given)}“ ist kein Zeitpunkt.")
