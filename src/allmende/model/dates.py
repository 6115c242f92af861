# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Dates as they come and as they should be: ISO 8601 strings in the precision given."""

from __future__ import annotations

import re
from calendar import monthrange
from functools import lru_cache

from allmende.model.namespaces import XSD

_ISO = re.compile(
    r"(-?\d{4})(?:-(\d\d)(?:-(\d\d)"
    r"(?:T(\d\d):(\d\d):(\d\d)(\.\d+)?)?)?)?"
    r"(Z|[+-]\d\d:\d\d)?\Z"
)
_TIME = re.compile(
    r"(\d{4})-(\d\d?)-(\d\d?)(?:T|\s+)\s*(GMT|UTC)?\s*"
    r"(\d\d?):(\d\d)(?::(\d\d)(\.\d+)?)?\s*(Z|GMT|UTC|[+-]\d\d:?\d\d)?\Z",
    re.IGNORECASE,
)
_GERMAN = re.compile(
    r"(\d\d?)\.\s*(\d\d?)\.\s*(\d{4})(?:,?\s+(\d\d?):(\d\d)(?::(\d\d))?(?:\s*Uhr)?)?\Z"
)
_SLASHES = re.compile(r"(\d{4})/(\d\d?)/(\d\d?)\Z")
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T?(\d\d)(\d\d)(\d\d)(Z)?)?\Z")


@lru_cache(maxsize=8192)
def datatype(value: str) -> str | None:
    """The XSD datatype an ISO string has (gYear, gYearMonth, date, dateTime), None if none."""
    match = _ISO.match(value)
    if match is None or not _possible(match):
        return None
    _, month, day, hour = match.group(1, 2, 3, 4)
    if hour is not None:
        return XSD + "dateTime"
    if day is not None:
        return XSD + "date"
    return XSD + ("gYear" if month is None else "gYearMonth")


def _possible(match: re.Match[str]) -> bool:
    year, month, day = (int(part) if part else 1 for part in match.group(1, 2, 3))
    if not 1 <= month <= 12 or not 1 <= day <= _days(year, month):
        return False
    hour, minute, second = (int(part) if part else 0 for part in match.group(4, 5, 6))
    if hour == 24:
        return minute == second == 0
    return hour < 24 and minute < 60 and second < 60


def _days(year: int, month: int) -> int:
    return monthrange(year if 1 <= year <= 9999 else 2000 + year % 400, month)[1]


def iso(value: str) -> str | None:
    """The date in ISO 8601, read from one of the usual other spellings; None if unreadable.

    Understood: blanks for the T, `GMT`/`UTC` before or after the time, missing leading
    zeros, `31.12.2020`, `31.12.2020 12:00`, `2020/12/31`, `20201231`, `20201231T120000Z`.
    """
    text = value.strip()
    if datatype(text):
        return text
    for read in (_from_time, _from_german, _from_slashes, _from_compact):
        found = read(text)
        if found is not None:
            return found if datatype(found) else None
    return None


def _from_time(text: str) -> str | None:
    match = _TIME.match(text)
    if match is None:
        return None
    year, month, day, before, hour, minute, second, fraction, after = match.groups()
    fraction = (fraction or "").rstrip("0").rstrip(".")
    zone = after or before or ""
    if zone.upper() in {"GMT", "UTC", "Z"}:
        zone = "Z"
    elif len(zone) == 5:
        zone = f"{zone[:3]}:{zone[3:]}"
    return f"{_day(year, month, day)}T{int(hour):02}:{minute}:{second or '00'}{fraction}{zone}"


def _from_german(text: str) -> str | None:
    match = _GERMAN.match(text)
    if match is None:
        return None
    day, month, year, hour, minute, second = match.groups()
    date = _day(year, month, day)
    return f"{date}T{int(hour):02}:{minute}:{second or '00'}" if hour else date


def _from_slashes(text: str) -> str | None:
    match = _SLASHES.match(text)
    return _day(*match.groups()) if match else None


def _from_compact(text: str) -> str | None:
    match = _COMPACT.match(text)
    if match is None:
        return None
    year, month, day, hour, minute, second, zone = match.groups()
    date = _day(year, month, day)
    return f"{date}T{hour}:{minute}:{second}{zone or ''}" if hour else date


def _day(year: str, month: str, day: str) -> str:
    return f"{year}-{int(month):02}-{int(day):02}"
