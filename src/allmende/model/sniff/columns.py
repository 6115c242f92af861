# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What type the cells of one column have, and how they are written.

A type is proposed when nearly all cells can be read as it (ENOUGH); the rest is named in a
note and comes into quarantine or is kept raw later.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date, datetime, time
from typing import Any, Literal

import msgspec
from msgspec import Struct, field

from allmende.model.coerce import Reading, Unreadable, reader
from allmende.model.document import Field, FieldType
from allmende.model.sniff.types import Note, note
from allmende.model.units import ucum

ENOUGH = 0.95

_ZERO_FIRST = re.compile(r"0\d+\Z", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d{1,3}(?:[.\u00a0 ]\d{3})+\Z|[+-]?\d+\Z", re.ASCII)
_NUMERIC = re.compile(r"[+\-−]?[\d.,'\u00a0 ]*\d\s*(\D{0,20})\Z", re.ASCII)
_SHAPED = re.compile(
    r"(?:SRID=\d+;)?(?:MULTI)?(?:POINT|LINESTRING|POLYGON)\s*Z?\s*\(|"
    r"(?:\\x)?(?:01|00)[0-9A-F]{40,}\Z|\{\s*\"(?:type|coordinates)\"",
    re.I,
)
_DATED = re.compile(
    r"\d{1,4}[-./]\s?\d{1,2}[-./]\s?\d{1,4}|\d{1,2}\.? [A-Za-zä]{3,9}\.? \d{4}|\d{8}\Z"
)
_CLOCK = re.compile(r"\d{1,2}:\d\d(:\d\d)?\Z", re.ASCII)
_WEB = re.compile(r"https?://\S+\Z", re.I)
_YEARLY = re.compile(r"jahr|year|baujahr|jg\Z", re.I)
_CODED = re.compile(
    r"plz|postleitzahl|postcode|zip|ags|gemeindeschl|schluessel|telefon|phone|fax|nummer\Z|_nr\Z",
    re.I,
)
_TIMED = re.compile(r"zeit|time|stamp|datum|date|epoch", re.I)
_SURE_YES_NO = ({"ja", "nein"}, {"wahr", "falsch"}, {"true", "false"}, {"yes", "no"})
_LOOSE_YES_NO = ({"j", "n"}, {"y", "n"}, {"t", "f"}, {"✓"}, {"✔"}, {"x"}, {"x", "0"}, {"1", "0"})


class Column(Struct):
    """The cells of a column and what was found out about it."""

    index: int
    header: str
    name: str
    cells: list[Any]  # without missing ones
    missing: int
    type: FieldType = FieldType.STRING
    unit: str = ""
    reading: Reading = field(default_factory=Reading)
    values: list[Any] = field(default_factory=list)  # as far as they could be read
    notes: list[Note] = field(default_factory=list)

    @property
    def texts(self) -> list[str]:
        """The cells that are text."""
        return [cell for cell in self.cells if isinstance(cell, str)]


def decide(column: Column, declared: FieldType | None, table: Reading) -> None:
    """Finds the type of a column, its unit and its reading, and reads the cells."""
    column.reading = table
    if not column.cells:
        column.notes.append(_empty(column.name))
        column.type = declared or FieldType.STRING
        return
    if (
        declared
        and declared not in (FieldType.STRING, FieldType.NUMBER)
        and _take(column, declared)
    ):
        return
    if declared is FieldType.STRING:
        _take(column, FieldType.STRING)
        return
    for attempt in _ATTEMPTS:
        if attempt(column):
            return
    _take(column, FieldType.STRING)


def _take(column: Column, kind: FieldType, reading: Reading | None = None) -> bool:
    """Reads the cells as this type; false, and nothing is changed, when too few can be."""
    used = reading or column.reading
    read = reader(Field(name=column.name, type=kind, unit=column.unit, crs="EPSG:0"), used)
    values, bad = [], []
    for cell in column.cells:
        try:
            values.append(read(cell))
        except Unreadable as error:
            bad.append((cell, error))
            if len(bad) > (1 - ENOUGH) * len(column.cells):
                return False
    column.type, column.reading, column.values = kind, used, values
    if bad:
        column.notes.append(_unread(column, kind, bad))
    return True


def _is_shape(column: Column) -> bool:
    texts = column.texts
    if sum(bool(_SHAPED.match(each)) for each in texts) < ENOUGH * len(column.cells):
        return False
    return _take_shapes(column)


def _take_shapes(column: Column) -> bool:
    """Like _take, but the SRID that texts name is found out here and not compared."""
    from allmende.model.coerce_shapes import read_shape

    said = re.match(r"SRID=(\d+);", column.texts[0], re.I)
    crs = f"EPSG:{said[1]}" if said else "EPSG:0"
    values = []
    for cell in column.cells:
        try:
            values.append(read_shape(cell, crs))
        except Unreadable as error:
            if error.code != "other-crs":
                continue
            values.append(read_shape(re.sub(r"^SRID=\d+;", "", str(cell), flags=re.I), crs))
    if len(values) < ENOUGH * len(column.cells):
        return False
    column.type, column.values = FieldType.GEOMETRY, [each for each in values if each]
    return bool(column.values)


def _is_boolean(column: Column) -> bool:
    words = {str(cell).casefold().removesuffix(".0") for cell in set(map(str, column.cells))}
    if not words <= column.reading.true | column.reading.false:
        return False
    named = re.match(r"(ist|hat|is|has|ob|aktiv|active)(_|\Z)", column.name)
    spelled = words - {"0", "1"}
    sure = bool(spelled) and any(spelled <= pair for pair in _SURE_YES_NO)
    loose = any(words == pair for pair in _LOOSE_YES_NO)
    if not spelled and not named:
        return False
    known = sure or loose or named is not None
    return known and _take(column, FieldType.BOOLEAN)


def _is_code(column: Column) -> bool:
    """Numbers that are names: with zeros in front, postcodes, telephone numbers."""
    texts = column.texts
    zeros = sum(bool(_ZERO_FIRST.match(each)) for each in texts)
    if zeros and not any(_DATED.match(each) for each in texts[:20]):
        column.notes.append(
            note(
                "leading-zeros",
                "The numbers begin with zeros: they are kept as text.",
                "Die Zahlen beginnen mit Nullen: Sie bleiben Text.",
                on=column.name,
            )
        )
        return _take(column, FieldType.STRING)
    named = _CODED.search(column.name) and len(texts) == len(column.cells)
    if named and all(_WHOLE.match(each) for each in texts):
        return _take(column, FieldType.STRING)
    return False


def _is_epoch(column: Column) -> bool:
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
            if _take(column, FieldType.DATETIME, changed):
                column.notes.append(_epoch(column.name))
                return True
    return False


def _is_year(column: Column) -> bool:
    if not _YEARLY.search(column.name):
        return False
    if not _take(column, FieldType.YEAR):
        return False
    likely = sum(1000 <= value <= 2200 for value in column.values)
    return bool(likely >= 0.5 * len(column.values))


def _is_whole(column: Column) -> bool:
    texts = column.texts
    if any(not _NUMERIC.match(each) for each in texts) and not _mostly(texts, _NUMERIC):
        return False
    if any(isinstance(cell, float) and not cell.is_integer() for cell in column.cells):
        return False
    _find_unit(column)
    if any(len(re.sub(r"\D", "", each)) > 18 for each in texts):
        return False
    grouped = [each for each in texts if re.search(r"\d[.,]\d", each)]
    if grouped and not _all_grouped(grouped, column.reading.decimal):
        return False
    return _take(column, FieldType.INTEGER)


def _all_grouped(texts: list[str], decimal: str) -> bool:
    """Whether every separator groups thousands: `1.234` beside decimal commas."""
    mark = {",": ".", ".": ","}.get(decimal)
    if mark is None:
        return False
    form = re.compile(rf"[+-]?\d{{1,3}}(?:{re.escape(mark)}\d{{3}})+\b")
    return all(form.match(each) for each in texts)


def _is_number(column: Column) -> bool:
    texts = column.texts
    if not _mostly(texts, _NUMERIC):
        return False
    if any(len(each) > 18 and each.isdigit() for each in texts):
        return False
    _find_unit(column)
    marks: dict[Literal["", ",", "."], int] = {
        ",": sum(bool(re.search(r"\d,\d", each)) for each in texts),
        ".": sum(bool(re.search(r"\d\.\d", each)) for each in texts),
    }
    orders = sorted(marks, key=lambda mark: (mark != column.reading.decimal, -marks[mark]))
    if marks["."] != marks[","] and not (marks["."] and marks[","]):
        orders = sorted(marks, key=lambda mark: -marks[mark])
    for mark in orders:
        if _take(column, FieldType.NUMBER, msgspec.structs.replace(column.reading, decimal=mark)):
            column.notes += _ambiguous(column, texts, mark)
            return True
    return False


def _ambiguous(column: Column, texts: list[str], mark: str) -> Iterable[Note]:
    form = re.compile(rf"[+-]?\d{{1,3}}{re.escape(mark)}\d{{3}}\Z")
    marked = [each for each in texts if mark in each]
    if marked and all(form.match(each) for each in marked):
        yield note(
            "ambiguous-number",
            f"“{marked[0]}” is read with “{mark}” as decimal sign; it could group thousands.",
            f"„{marked[0]}“ wird mit „{mark}“ als Dezimalzeichen gelesen; Tausender sind möglich.",
            on=column.name,
        )


def _find_unit(column: Column) -> None:
    """The unit that stands after the numbers, when it is the same everywhere."""
    if column.unit:
        return
    found = {
        match[1].strip()
        for each in column.texts[:500]
        if (match := _NUMERIC.match(each)) and match[1]
    }
    units = {ucum(each) for each in found}
    if len(units) == 1:
        column.unit = units.pop()


def _is_moment(column: Column) -> bool:
    if any(isinstance(cell, datetime) for cell in column.cells):
        return _take(column, FieldType.DATE) or _take(column, FieldType.DATETIME)
    if any(isinstance(cell, date) for cell in column.cells):
        return _take(column, FieldType.DATE)
    texts = column.texts
    if not _mostly(texts, _DATED) or len(texts) < ENOUGH * len(column.cells):
        return False
    if all(len(each) == 8 and each.isdigit() for each in texts) and not _TIMED.search(column.name):
        return False
    for kind in (FieldType.DATE, FieldType.DATETIME):
        for reading in _date_readings(column.reading, texts):
            if _take(column, kind, reading):
                column.notes += _about_dates(column, kind, texts)
                return True
    return False


def _date_readings(base: Reading, texts: list[str]) -> Iterable[Reading]:
    for pivot in (None, 70):
        for order in ("dmy", "mdy", "ymd"):
            yield msgspec.structs.replace(base, date_order=order, pivot=pivot)


def _about_dates(column: Column, kind: FieldType, texts: list[str]) -> Iterable[Note]:
    if column.reading.pivot is not None:
        yield note(
            "short-year",
            "Years have two digits: those below 70 are read as 20xx. Check it.",
            "Jahre haben zwei Ziffern: unter 70 gelten sie als 20xx. Bitte prüfen.",
            on=column.name,
        )
    slashed = [each for each in texts if re.match(r"\d{1,2}/\d{1,2}/", each)]
    both = all(int(each.split("/")[0]) <= 12 and int(each.split("/")[1]) <= 12 for each in slashed)
    if slashed and both:
        yield note(
            "ambiguous-date",
            f"“{slashed[0]}” is read with the day first; the month may come first.",
            f"„{slashed[0]}“ wird mit dem Tag zuerst gelesen; vielleicht steht der Monat zuerst.",
            on=column.name,
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


def _is_clock(column: Column) -> bool:
    if any(isinstance(cell, time) for cell in column.cells):
        return _take(column, FieldType.TIME)
    return _mostly(column.texts, _CLOCK) and _take(column, FieldType.TIME)


def _is_web(column: Column) -> bool:
    return _mostly(column.texts, _WEB) and _take(column, FieldType.URI)


def _is_json(column: Column) -> bool:
    texts = column.texts
    opened = sum(each[:1] in "{[" for each in texts)
    return bool(texts) and opened >= ENOUGH * len(texts) and _take(column, FieldType.OBJECT)


def _mostly(texts: list[str], form: re.Pattern[str]) -> bool:
    return sum(bool(form.match(each)) for each in texts) >= ENOUGH * len(texts)


_ATTEMPTS: tuple[Callable[[Column], bool], ...] = (
    _is_shape,
    _is_boolean,
    _is_code,
    _is_epoch,
    _is_moment,
    _is_clock,
    _is_year,
    _is_whole,
    _is_number,
    _is_web,
    _is_json,
)


def _empty(name: str) -> Note:
    return note(
        "empty-column", "The column holds no value.", "Die Spalte enthält keinen Wert.", on=name
    )


def _epoch(name: str) -> Note:
    return note(
        "epoch",
        "The numbers are read as seconds or milliseconds since 1970.",
        "Die Zahlen gelten als Sekunden oder Millisekunden seit 1970.",
        on=name,
    )


def _unread(column: Column, kind: FieldType, bad: list[tuple[Any, Unreadable]]) -> Note:
    cell = str(bad[0][0])[:40]
    return note(
        "some-unreadable",
        f"{len(bad)} of {len(column.cells)} cells cannot be read as {kind}, such as “{cell}”.",
        f"{len(bad)} von {len(column.cells)} Zellen sind nicht als {kind} lesbar, etwa „{cell}“.",
        on=column.name,
    )
