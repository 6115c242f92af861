# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Columns of dates and moments, and the order in which day, month and year are written."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime

import msgspec

from allmende.model.coerce import Reading
from allmende.model.document import FieldType
from allmende.model.sniff.taking import ENOUGH, Column, mostly, take, take_best
from allmende.model.sniff.types import Note, note

DATED = re.compile(
    r"\d{1,4}[-./]\s?\d{1,2}[-./]\s?\d{1,4}|\d{1,2}\.? [A-Za-zä]{3,9}\.? \d{4}|\d{8}\Z"
)
_PARTED = re.compile(r"(\d{1,2})([./-])\s?(\d{1,2})\2\s?(?:\d{4}|\d\d)(?!\d)", re.ASCII)
_TIMED = re.compile(r"zeit|time|stamp|datum|date|epoch", re.I)


def is_moment(column: Column) -> bool:
    """Takes the column as days or moments, when it holds them."""
    if any(isinstance(cell, datetime) for cell in column.cells):
        return take(column, FieldType.DATE) or take(column, FieldType.DATETIME)
    if any(isinstance(cell, date) for cell in column.cells):
        return take(column, FieldType.DATE)
    texts = column.texts
    if not mostly(texts, DATED) or len(texts) < ENOUGH * len(column.cells):
        return False
    if all(len(each) == 8 and each.isdigit() for each in texts) and not _TIMED.search(column.name):
        return False
    for kind in (FieldType.DATE, FieldType.DATETIME):
        for pivot in (None, 70):
            if take_best(column, kind, _date_readings(column.reading, texts, pivot)):
                column.notes += _about_dates(column, kind, texts)
                return True
    return False


def _date_readings(base: Reading, texts: list[str], pivot: int | None) -> Iterable[Reading]:
    """Readings in the order of what the days above 12 say; what was told before counts first."""
    orders = {"dmy": 0, "mdy": 0, "ymd": 0}
    for each in texts:
        match = _PARTED.match(each)
        if match:
            first, second = int(match[1]), int(match[3])
            orders["ymd"] += first > 31
            orders["dmy"] += 12 < first <= 31
            orders["mdy"] += second > 12 >= first
    told = base.date_order if base.date_order != "dmy" else ""
    for order in sorted(orders, key=lambda each: (each != told, -orders[each])):
        yield msgspec.structs.replace(base, date_order=order, pivot=pivot)


def unclear_date(texts: Iterable[str]) -> str:
    """A date of which nobody can tell whether the day or the month comes first; "" for none.

    One day above 12 tells it for the whole column. With points the day is first, and year
    first (ISO 8601) is never unclear.
    """
    found = ""
    for each in texts:
        match = _PARTED.match(each)
        if match is None or match[2] == ".":
            continue
        if int(match[1]) > 12 or int(match[3]) > 12:
            return ""
        if int(match[1]) != int(match[3]):
            found = found or each
    return found


def _about_dates(column: Column, kind: FieldType, texts: list[str]) -> Iterable[Note]:
    if column.reading.pivot is not None:
        yield note(
            "short-year",
            "Years have two digits: those below 70 are read as 20xx. Check it.",
            "Jahre haben zwei Ziffern: unter 70 gelten sie als 20xx. Bitte prüfen.",
            on=column.name,
        )
    unclear = unclear_date(texts)
    if unclear:
        yield note(
            "ambiguous-date",
            f"“{unclear}” is read with the day first; the month may come first. Say which.",
            f"„{unclear}“ wird mit dem Tag zuerst gelesen; vielleicht steht der Monat zuerst. "
            "Bitte angeben.",
            on=column.name,
            example=unclear,
        )
    if kind is FieldType.DATETIME and not any(
        re.search(r"(Z|[+-]\d\d:?\d\d)\Z", each) for each in texts
    ):
        yield note(
            "local-time",
            f"Times have no offset: they are read as {column.reading.time_zone}.",
            f"Zeiten ohne Zeitzone: gelesen als {column.reading.time_zone}.",
            on=column.name,
        )


def is_epoch(column: Column) -> bool:
    """Takes the column as moments, when it counts seconds or milliseconds since 1970."""
    if not _TIMED.search(column.name):
        return False
    try:
        numbers = [float(cell) for cell in column.cells]
    except (TypeError, ValueError):
        return False
    low, high = min(numbers), max(numbers)
    for unit, factor in (("s", 1.0), ("ms", 1000.0)):
        if 6e8 * factor < low <= high < 4e9 * factor:
            changed = msgspec.structs.replace(column.reading, epoch=unit)
            if take(column, FieldType.DATETIME, changed):
                column.notes.append(_epoch(column.name))
                return True
    return False


def _epoch(name: str) -> Note:
    return note(
        "epoch",
        "The numbers are read as seconds or milliseconds since 1970.",
        "Die Zahlen gelten als Sekunden oder Millisekunden seit 1970.",
        on=name,
    )
