# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Moments as Solr writes them: `2020-01-31T00:00:00Z`, `NOW`, `NOW/DAY-3MONTHS`. In UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from allmende.interfaces.ckan.refusals import SearchRefused

MOST_STEPS = 10
MONTHS = {"YEAR": 12, "MONTH": 1}
SPANS = {
    "DAY": timedelta(days=1),
    "DATE": timedelta(days=1),
    "HOUR": timedelta(hours=1),
    "MINUTE": timedelta(minutes=1),
    "SECOND": timedelta(seconds=1),
    "MILLI": timedelta(milliseconds=1),
    "MILLISECOND": timedelta(milliseconds=1),
}
PLACES = ("YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND")
_STEP = re.compile(r"(?:([+-])(\d{1,6})|/)([A-Z]+?)S?(?=[+/-]|$)")


def moment(text: str) -> int:
    """Microseconds of a moment since 1970 (UTC unless a zone is said). SearchRefused."""
    begin, steps = _parts(text)
    try:
        found = datetime.now(UTC) if begin.upper() == "NOW" else datetime.fromisoformat(begin)
        found = found if found.tzinfo else found.replace(tzinfo=UTC)
        for sign, number, unit in steps:
            found = _moved(found, int(sign + number), unit) if number else _cut(found, unit)
        return int(found.timestamp()) * 1_000_000 + found.microsecond
    except (ValueError, OverflowError, KeyError) as error:
        raise no_date(text) from error


def _parts(text: str) -> tuple[str, list[tuple[str, str, str]]]:
    """The moment to begin with, and the steps behind it."""
    found = re.fullmatch(r"(NOW|[^Z]+Z)((?:[+/-].*)?)", text, re.I | re.S)
    if found is None or not found[2]:
        return text, []
    rest = found[2].upper()
    steps = list(_STEP.finditer(rest))
    whole = "".join(each[0] for each in steps) == rest
    if not whole or len(steps) > MOST_STEPS:
        raise no_date(text)
    return found[1], [(each[1] or "", each[2] or "", each[3]) for each in steps]


def _moved(moment: datetime, number: int, unit: str) -> datetime:
    """Some years, months, days later; the end of a month stays one (31 January + 1 month)."""
    if unit not in MONTHS:
        return moment + number * SPANS[unit]
    months = moment.year * 12 + moment.month - 1 + number * MONTHS[unit]
    first = moment.replace(year=months // 12, month=months % 12 + 1, day=1)
    last = _moved(first, 1, "MONTH") - timedelta(days=1) if moment.day > 28 else None
    return first.replace(day=min(moment.day, last.day) if last else moment.day)


def _cut(moment: datetime, unit: str) -> datetime:
    """The beginning of the year, month, day, … that the moment is in."""
    kept = moment.timetuple()[: PLACES.index("DAY" if unit == "DATE" else unit) + 1]
    year, month, day, hour, minute, second = (*kept, *(0, 1, 1, 0, 0, 0)[len(kept) :])
    return datetime(year, month, day, hour, minute, second, tzinfo=moment.tzinfo)


def no_date(text: str) -> SearchRefused:
    """The error for what is no moment."""
    return SearchRefused(
        f"“{text[:40]}” is no date; write 2020-01-31T00:00:00Z or NOW-7DAYS.",
        f"„{text[:40]}“ ist kein Datum; schreiben Sie 2020-01-31T00:00:00Z oder NOW-7DAYS.",
    )
