# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What type the cells of one column have, and how they are written.

A type is proposed when nearly all cells can be read as it (ENOUGH); the rest is named in a
note and comes into quarantine or is kept raw later.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import time

from allmende.model.coerce import Reading, Unreadable
from allmende.model.document import FieldType
from allmende.model.sniff.moments import DATED, is_epoch, is_moment
from allmende.model.sniff.numbers import is_number, is_whole
from allmende.model.sniff.taking import ENOUGH, Column, mostly, take
from allmende.model.sniff.types import Note, note
from allmende.model.units import ucum

_ZERO_FIRST = re.compile(r"0\d+\Z", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d{1,3}(?:[.\u00a0 ]\d{3})+\Z|[+-]?\d+\Z", re.ASCII)
_MARKED = re.compile(r"(?=.*\d)(?=.*[A-Za-z/])[A-Za-z]{0,3}[ ./-]?\d+[ ./-]?(\w*)\Z", re.ASCII)
_SHAPED = re.compile(
    r"(?:SRID=\d+;)?(?:MULTI)?(?:POINT|LINESTRING|POLYGON)\s*Z?\s*\(|"
    r"(?:\\x)?(?:01|00)[0-9A-F]{40,}\Z|\{\s*\"(?:type|coordinates)\"",
    re.I,
)
_CLOCK = re.compile(r"\d{1,2}:\d\d(:\d\d)?\Z", re.ASCII)
_WEB = re.compile(r"https?://\S+\Z", re.I)
_YEARLY = re.compile(r"jahr|year|baujahr|jg\Z", re.I)
_CODED = re.compile(
    r"plz|postleitzahl|postcode|zip|ags|gemeindeschl|schluessel|telefon|phone|fax|nummer\Z|_nr\Z",
    re.I,
)
_SURE_YES_NO = ({"ja", "nein"}, {"wahr", "falsch"}, {"true", "false"}, {"yes", "no"})
_LOOSE_YES_NO = ({"j", "n"}, {"y", "n"}, {"t", "f"}, {"✓"}, {"✔"}, {"x"}, {"x", "0"}, {"1", "0"})


def decide(column: Column, declared: FieldType | None, table: Reading) -> None:
    """Finds the type of a column, its unit and its reading, and reads the cells."""
    column.reading = table
    if not column.cells:
        column.notes.append(_empty(column.name))
        column.type = declared or FieldType.STRING
        return
    if declared and declared not in (FieldType.STRING, FieldType.NUMBER) and take(column, declared):
        return
    if declared is FieldType.STRING:
        take(column, FieldType.STRING)
        return
    for attempt in _ATTEMPTS:
        if attempt(column):
            return
    take(column, FieldType.STRING)


def _is_shape(column: Column) -> bool:
    texts = column.texts
    if sum(bool(_SHAPED.match(each)) for each in texts) < ENOUGH * len(column.cells):
        return False
    return _take_shapes(column)


def _take_shapes(column: Column) -> bool:
    """Like take, but whatever CRS the cells name is taken here."""
    from allmende.model.coerce_shapes import read_shape

    values = []
    for cell in column.cells:
        try:
            values.append(read_shape(cell, ""))
        except Unreadable:
            continue
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
    return known and take(column, FieldType.BOOLEAN)


def _is_code(column: Column) -> bool:
    """Numbers that are names: with zeros in front, postcodes, telephone numbers."""
    texts = column.texts
    zeros = sum(bool(_ZERO_FIRST.match(each)) for each in texts)
    if zeros and not any(DATED.match(each) for each in texts[:20]):
        column.notes.append(
            note(
                "leading-zeros",
                "The numbers begin with zeros: they are kept as text.",
                "Die Zahlen beginnen mit Nullen: Sie bleiben Text.",
                on=column.name,
            )
        )
        return take(column, FieldType.STRING)
    odd = [each for each in texts if not _WHOLE.match(each)]
    if odd and len(odd) <= (1 - ENOUGH) * len(texts) and all(_is_marked(each) for each in odd):
        return take(column, FieldType.STRING)
    named = _CODED.search(column.name) and len(texts) == len(column.cells)
    if named and all(_WHOLE.match(each) for each in texts):
        return take(column, FieldType.STRING)
    return False


def _is_marked(text: str) -> bool:
    """Digits with letters that are no unit, `B 30`, `N78830/2`: numbers beside it are names."""
    found = _MARKED.match(text)
    return found is not None and not ucum(found[1] or "")


def _is_year(column: Column) -> bool:
    if not _YEARLY.search(column.name):
        return False
    if not take(column, FieldType.YEAR):
        return False
    likely = sum(1000 <= value <= 2200 for value in column.values)
    return bool(likely >= 0.5 * len(column.values))


def _is_clock(column: Column) -> bool:
    if any(isinstance(cell, time) for cell in column.cells):
        return take(column, FieldType.TIME)
    return mostly(column.texts, _CLOCK) and take(column, FieldType.TIME)


def _is_web(column: Column) -> bool:
    return mostly(column.texts, _WEB) and take(column, FieldType.URI)


def _is_json(column: Column) -> bool:
    texts = column.texts
    opened = sum(each[:1] in "{[" for each in texts)
    return bool(texts) and opened >= ENOUGH * len(texts) and take(column, FieldType.OBJECT)


_ATTEMPTS: tuple[Callable[[Column], bool], ...] = (
    _is_shape,
    _is_boolean,
    _is_code,
    is_epoch,
    is_moment,
    _is_clock,
    _is_year,
    is_whole,
    is_number,
    _is_web,
    _is_json,
)


def _empty(name: str) -> Note:
    return note(
        "empty-column", "The column holds no value.", "Die Spalte enthält keinen Wert.", on=name
    )
