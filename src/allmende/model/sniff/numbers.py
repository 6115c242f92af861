# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Columns of numbers: whole ones, those with a decimal sign, with a unit, money."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

import msgspec

from allmende.model.document import FieldType
from allmende.model.sniff.taking import Column, mostly, take, take_best
from allmende.model.sniff.types import Note, note
from allmende.model.units import ucum

_NUMERIC = re.compile(
    r"[+\-−]?\s?(?P<before>(?:€|EUR|Euro)\s?)?[+\-−]?[\d.,'\u00a0 ]*\d\s*(?P<unit>\D{0,20})\Z",
    re.ASCII | re.I,
)
_NO_CENTS = re.compile(r"[.,]\s?[-–—−]{1,2}\s*")
MONEY = "EUR"


def is_whole(column: Column) -> bool:
    """Takes the column as whole numbers, when it holds them."""
    texts = column.texts
    if any(not _NUMERIC.match(each) for each in texts) and not mostly(texts, _NUMERIC):
        return False
    if any(isinstance(cell, float) and not cell.is_integer() for cell in column.cells):
        return False
    _find_unit(column)
    if column.unit == MONEY:  # cents may come later
        return False
    if any(len(re.sub(r"\D", "", each)) > 18 for each in texts):
        return False
    grouped = [each for each in texts if re.search(r"\d[.,]\d", each)]
    if grouped and not _all_grouped(grouped, column.reading.decimal):
        return False
    return take(column, FieldType.INTEGER)


def _all_grouped(texts: list[str], decimal: str) -> bool:
    """Whether every separator groups thousands: `1.234` beside decimal commas."""
    mark = {",": ".", ".": ","}.get(decimal)
    if mark is None:
        return False
    form = re.compile(rf"\D*\d{{1,3}}(?:{re.escape(mark)}\d{{3}})+(?![\d.,])")
    return all(form.match(each) for each in texts)


def is_number(column: Column) -> bool:
    """Takes the column as numbers, when it holds them."""
    texts = column.texts
    if not mostly(texts, _NUMERIC):
        return False
    if any(len(each) > 18 and each.isdigit() for each in texts):
        return False
    _find_unit(column)
    orders = _decimal_orders(column, texts)
    readings = [msgspec.structs.replace(column.reading, decimal=mark) for mark in orders]
    if not take_best(column, FieldType.NUMBER, readings):
        return False
    if column.unit != MONEY:
        column.notes += _ambiguous(column, texts, column.reading.decimal)
    return True


def _decimal_orders(column: Column, texts: list[str]) -> list[Literal["", ",", "."]]:
    """The decimal signs to try, the likely one first."""
    known = column.reading.decimal
    marks: dict[Literal["", ",", "."], int] = {
        ",": sum(bool(re.search(r"\d,\d", each)) for each in texts),
        ".": sum(bool(re.search(r"\d\.\d", each)) for each in texts),
    }
    if column.unit == MONEY or known:
        for mark in (",", "."):
            marked = [each for each in texts if re.search(r"\d[.,]\d", each)]
            if (column.unit == MONEY or mark == known) and marked and _all_grouped(marked, mark):
                return [mark]
    if marks["."] != marks[","] and not (marks["."] and marks[","]):
        return sorted(marks, key=lambda mark: -marks[mark])
    return sorted(marks, key=lambda mark: (mark != known, -marks[mark]))


def _ambiguous(column: Column, texts: list[str], mark: str) -> Iterable[Note]:
    if not mark:
        return
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
    found: set[str] = set()
    for each in column.texts[:500]:
        match = _NUMERIC.match(each)
        if match:
            after = _NO_CENTS.sub("", match["unit"], count=1)
            found |= {part.strip() for part in (match["before"] or "", after) if part.strip()}
    units = {ucum(each) for each in found}
    if len(units) == 1:
        column.unit = units.pop()
