# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Dates, moments and times of day as people write them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from allmende.errors import InvalidInput
from allmende.model.unreadable import Unreadable, quoted

_MONTHS = {
    word: number
    for number, words in enumerate(
        (
            "jan januar january jän jänner",
            "feb februar february",
            "mär märz mrz march mar maerz",
            "apr april",
            "mai may",
            "jun juni june",
            "jul juli july",
            "aug august",
            "sep sept september",
            "okt oktober oct october",
            "nov november",
            "dez dezember dec december",
        ),
        1,
    )
    for word in words.split()
}
_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)", re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)(?!\d)", re.ASCII)
_YEAR_LAST = re.compile(r"(\d{1,2})([./-])\s?(\d{1,2})\2\s?(\d{4}|\d\d)(?!\d)", re.ASCII)
_WORDS = re.compile(r"(\d{1,2})\.?\s?([A-Za-zäÄ]{3,9})\.?,?\s(\d{4})(?!\d)", re.ASCII)
_CLOCK = re.compile(
    r"(\d{1,2})[:.](\d\d)(?:[:.](\d\d)(?:[.,](\d{1,9}))?)?\s?(am|pm|uhr|h)?\Z", re.ASCII | re.I
)
_ZONE = re.compile(r"\s?(Z|UTC|GMT|MEZ|MESZ|CET|CEST|[+-]\d\d(?::?\d\d)?)\Z", re.ASCII | re.I)
_NAMED = {"z": 0, "utc": 0, "gmt": 0, "mez": 1, "cet": 1, "mesz": 2, "cest": 2}
_PLACES = {"dmy": (0, 1, 2), "mdy": (1, 0, 2), "ymd": (2, 1, 0)}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read_date(cell: Any, order: str, pivot: int | None) -> str:
    """The day in a cell, YYYY-MM-DD. A time of day beside it has to be midnight."""
    if isinstance(cell, datetime):
        if cell.time() != time():
            raise _with_time(cell)
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if not isinstance(cell, str) or len(cell) > 60:
        raise _no_date(cell)
    found, rest = _leading_date(cell, order, pivot)
    if rest and _clock(_ZONE.sub("", rest).lstrip("Tt, ")) != time():
        raise _with_time(cell) if _clock(_ZONE.sub("", rest).lstrip("Tt, ")) else _no_date(cell)
    return found.isoformat()


def first_day(cell: str, order: str) -> str:
    """The day a text begins with, YYYY-MM-DD, years of two digits as 20xx; "" for none."""
    try:
        return _leading_date(cell, order, 100)[0].isoformat()
    except Unreadable:
        return ""


def _leading_date(cell: str, order: str, pivot: int | None) -> tuple[date, str]:
    """The date a text begins with, and what follows it."""
    for pattern in (_YEAR_FIRST, _YEAR_LAST, _WORDS, _COMPACT):
        match = pattern.match(cell)
        if match:
            year, month, day = _parts(pattern, match, order, pivot, cell)
            try:
                return date(year, month, day), cell[match.end() :]
            except ValueError as error:
                raise _no_date(cell) from error
    raise _no_date(cell)


def _parts(
    pattern: re.Pattern[str], match: re.Match[str], order: str, pivot: int | None, cell: str
) -> tuple[int, int, int]:
    if pattern is _YEAR_FIRST:
        return int(match[1]), int(match[3]), int(match[4])
    if pattern is _COMPACT:
        return int(match[1]), int(match[2]), int(match[3])
    if pattern is _WORDS:
        return int(match[3]), _MONTHS.get(match[2].casefold(), 0), int(match[1])
    given = match[1], match[3], match[4]
    if order == "ymd" and len(match[4]) == 4:
        order = "dmy"
    if order == "mdy" and match[2] == ".":
        order = "dmy"  # with points the day stands first everywhere
    day, month, year = (given[at] for at in _PLACES[order])
    return _year(year, pivot, cell), int(month), int(day)


def _year(digits: str, pivot: int | None, cell: str) -> int:
    if len(digits) == 4:
        return int(digits)
    if pivot is None:
        raise Unreadable(
            "short-year",
            f"The year in {quoted(cell)} has two digits: say which century is meant.",
            f"Das Jahr in {quoted(cell)} hat zwei Ziffern: bitte das Jahrhundert angeben.",
        )
    return int(digits) + (2000 if int(digits) < pivot else 1900)


def _clock(text: str) -> time | None:
    """A time of day as written, None when it is none."""
    match = _CLOCK.match(text.strip())
    if match is None:
        return None
    hour, half = int(match[1]), (match[5] or "").lower()
    if half in ("am", "pm"):
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "pm" else 0)
    micro = int((match[4] or "0").ljust(6, "0")[:6])
    try:
        return time(hour, int(match[2]), int(match[3] or 0), micro)
    except ValueError:
        return None


def read_time(cell: Any) -> str:
    """The time of day in a cell, HH:MM:SS."""
    if isinstance(cell, datetime):
        cell = cell.time() if cell.date() in (date(1899, 12, 30), date(1899, 12, 31)) else cell
    if isinstance(cell, timedelta) and timedelta() <= cell < timedelta(days=1):
        cell = (datetime.min + cell).time()
    found = cell if isinstance(cell, time) else _clock(cell) if isinstance(cell, str) else None
    if found is None or found.microsecond:
        raise Unreadable(
            "not-a-time",
            f"{quoted(cell)} is no time of day such as 07:30.",
            f"{quoted(cell)} ist keine Uhrzeit wie 07:30.",
        )
    return found.isoformat("seconds")


class Moments:
    """Reads dates with their time; those without an offset are local to a time zone."""

    def __init__(self, order: str, pivot: int | None, zone: str, epoch: str) -> None:
        self.order, self.pivot, self.epoch = order, pivot, epoch
        try:
            self.zone = ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise InvalidInput(
                f"The time zone “{zone}” is not known; write Europe/Berlin.",
                f"Die Zeitzone „{zone}“ ist nicht bekannt; etwa Europe/Berlin.",
                code="time-zone",
            ) from error

    def read(self, cell: Any) -> str:
        """The moment in UTC with milliseconds. A date without a time is none."""
        try:
            found = self._moment(cell).astimezone(UTC)
        except (OverflowError, ValueError) as error:
            raise _no_moment(cell) from error
        return found.isoformat(timespec="milliseconds")[:-6] + "Z"

    def _moment(self, cell: Any) -> datetime:
        if isinstance(cell, datetime):
            return cell if cell.tzinfo else self._local(cell, cell)
        if self.epoch and not isinstance(cell, bool | date):
            return self._since_1970(cell)
        if not isinstance(cell, str) or len(cell) > 60:
            raise _no_moment(cell)
        day, rest = _leading_date(cell, self.order, self.pivot)
        zone = _ZONE.search(rest)
        clock = _clock(_ZONE.sub("", rest).lstrip("Tt, "))
        if clock is None:
            raise _no_moment(cell)
        naive = datetime.combine(day, clock)
        return naive.replace(tzinfo=_offset(zone[1])) if zone else self._local(naive, cell)

    def _since_1970(self, cell: Any) -> datetime:
        try:
            number = float(cell)
        except (TypeError, ValueError) as error:
            raise _no_moment(cell) from error
        return EPOCH + timedelta(seconds=number if self.epoch == "s" else number / 1000)

    def _local(self, naive: datetime, cell: Any) -> datetime:
        """The moment of a local time; refused where the clock shows it twice or never."""
        first, second = (naive.replace(tzinfo=self.zone, fold=fold) for fold in (0, 1))
        if first.utcoffset() != second.utcoffset():
            raise Unreadable(
                "ambiguous-moment",
                f"{quoted(cell)} lies in the hour when clocks are changed: give the offset.",
                f"{quoted(cell)} liegt in der Stunde der Zeitumstellung: bitte mit Zeitzone.",
            )
        return first


def _offset(written: str) -> tzinfo:
    hours = _NAMED.get(written.lower())
    if hours is not None:
        return timezone(timedelta(hours=hours))
    digits = written[1:].replace(":", "").ljust(4, "0")
    span = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-span if written[0] == "-" else span)


def _no_date(cell: Any) -> Unreadable:
    return Unreadable(
        "not-a-date",
        f"{quoted(cell)} is no date that exists.",
        f"{quoted(cell)} ist kein Datum, das es gibt.",
    )


def _with_time(cell: Any) -> Unreadable:
    return Unreadable(
        "date-with-time",
        f"{quoted(cell)} has a time of day, the field holds days only.",
        f"{quoted(cell)} enthält eine Uhrzeit, das Feld nur Tage.",
    )


def _no_moment(cell: Any) -> Unreadable:
    return Unreadable(
        "not-a-moment",
        f"{quoted(cell)} is no date with a time.",
        f"{quoted(cell)} ist kein Datum mit Uhrzeit.",
    )
