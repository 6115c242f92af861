# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Cells of tables become JSON values: decimal commas, German dates, „ja“ and WKT.

A `Reading` says how the cells of a table are written. Nothing is guessed here: what cannot
be read for certain raises Unreadable, and the row is kept as it came. Cells are text, or
already numbers, booleans and dates where the format has them (spreadsheets).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from math import isfinite
from typing import Any, Literal

import msgspec
from msgspec import Struct

from allmende.model import coerce_dates, coerce_shapes
from allmende.model.coerce_numbers import read_number
from allmende.model.document import Field, FieldType
from allmende.model.unreadable import CODES, Unreadable, quoted

__all__ = ["CODES", "Reading", "Unreadable", "read_value", "reader"]

MISSING = frozenset(
    {"", "-", "--", "---", "–", "—", ".", "\\n", "null", "(null)", "nan", "n/a", "#n/a", "#nv"}
    | {"#n/v", "k.a.", "k.a", "k. a.", "o. a.", "keine angabe", "ohne angabe"}
)
TRUE = frozenset(["ja", "j", "wahr", "true", "t", "yes", "y", "x", "1", "✓", "✔"])
FALSE = frozenset(["nein", "n", "falsch", "false", "f", "no", "0"])


class Reading(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How the cells of a table or of one column are written."""

    decimal: Literal["", ",", "."] = ""  # "": 1,5 and 1.5 are read, 1.234 is refused
    date_order: Literal["dmy", "mdy", "ymd"] = "dmy"
    pivot: int | None = None  # years of two digits below it are 20xx; None: they are refused
    epoch: Literal["", "s", "ms"] = ""  # moments as a number since 1970
    time_zone: str = "Europe/Berlin"  # of moments written without an offset
    true: frozenset[str] = TRUE  # in small letters
    false: frozenset[str] = FALSE
    missing: frozenset[str] = MISSING
    separator: str = "|"  # between the values of a field with many
    swapped: bool = False  # geometries stand as y x (north first)


Reader = Callable[[Any], Any]


def read_value(field: Field, cell: Any, reading: Reading) -> Any:
    """The JSON value of a cell, None when it says that there is none.

    A geometry comes as WKB in the CRS of the field, axes as x y. Raises Unreadable.
    """
    return reader(field, reading)(cell)


def reader(field: Field, reading: Reading) -> Reader:
    """The function that reads the cells of a field; made once for many rows."""
    convert = _converter(field, reading)
    missing = reading.missing
    several = _several(convert, reading.separator) if field.many else convert

    def read(cell: Any) -> Any:
        if cell is None:
            return None
        if isinstance(cell, str):
            cell = cell.strip(" \t\r\n\u00a0\ufeff")
            if not cell or cell.casefold() in missing:
                return None
        elif isinstance(cell, float) and not isfinite(cell):
            return None
        return several(cell)

    return read


def _several(convert: Reader, separator: str) -> Reader:
    """Reads many values: a JSON array, or values with the separator between them."""

    def read(cell: Any) -> list[Any]:
        if isinstance(cell, str) and cell[:1] == "[":
            cell = _object(cell)
        if isinstance(cell, list):
            return [convert(part) for part in cell]
        parts = cell.split(separator) if isinstance(cell, str) and separator else [cell]
        if isinstance(cell, str) and cell[:1] == "{":
            parts = [cell]
        return [convert(part.strip() if isinstance(part, str) else part) for part in parts]

    return read


def _converter(field: Field, reading: Reading) -> Reader:
    makers: dict[FieldType, Callable[[Field, Reading], Reader]] = {
        FieldType.STRING: lambda *_: _text,
        FieldType.URI: lambda *_: _text,
        FieldType.INTEGER: _integer,
        FieldType.NUMBER: _number,
        FieldType.BOOLEAN: _boolean,
        FieldType.DATE: _date,
        FieldType.DATETIME: _moment,
        FieldType.TIME: lambda *_: coerce_dates.read_time,
        FieldType.YEAR: _year,
        FieldType.GEOMETRY: _geometry,
        FieldType.OBJECT: lambda *_: _object,
    }
    return makers[field.type](field, reading)


def _text(cell: Any) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return str(int(cell))
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date().isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, int | float):
        return str(cell)
    if isinstance(cell, dict | list):
        return msgspec.json.encode(cell).decode()
    raise Unreadable("not-text", f"{quoted(cell)} is no text.", f"{quoted(cell)} ist kein Text.")


def _number(field: Field, reading: Reading) -> Reader:
    return lambda cell: float(read_number(cell, reading.decimal, field.unit))


def _integer(field: Field, reading: Reading) -> Reader:
    def read(cell: Any) -> int:
        if isinstance(cell, str) and cell.isascii() and cell.isdigit() and len(cell) < 19:
            return int(cell)
        found = read_number(cell, reading.decimal, field.unit)
        if found != int(found):
            raise Unreadable(
                "not-whole",
                f"{quoted(cell)} is no whole number.",
                f"{quoted(cell)} ist keine ganze Zahl.",
            )
        return int(found)

    return read


def _boolean(field: Field, reading: Reading) -> Reader:
    def read(cell: Any) -> bool:
        if isinstance(cell, bool):
            return cell
        if isinstance(cell, float) and cell.is_integer():
            cell = int(cell)
        word = str(cell).casefold()
        if word in reading.true:
            return True
        if word in reading.false:
            return False
        raise Unreadable(
            "not-a-boolean",
            f"{quoted(cell)} is neither yes nor no.",
            f"{quoted(cell)} ist weder ja noch nein.",
        )

    return read


def _date(field: Field, reading: Reading) -> Reader:
    return lambda cell: coerce_dates.read_date(cell, reading.date_order, reading.pivot)


def _moment(field: Field, reading: Reading) -> Reader:
    return coerce_dates.Moments(
        reading.date_order, reading.pivot, reading.time_zone, reading.epoch
    ).read


def _year(field: Field, reading: Reading) -> Reader:
    def read(cell: Any) -> int:
        if isinstance(cell, str) and cell.isdecimal() and len(cell) <= 5:
            return int(cell)
        if isinstance(cell, int | float) and not isinstance(cell, bool) and cell == int(cell):
            return int(cell)
        raise Unreadable(
            "not-a-year", f"{quoted(cell)} is no year.", f"{quoted(cell)} ist kein Jahr."
        )

    return read


def _geometry(field: Field, reading: Reading) -> Reader:
    return lambda cell: coerce_shapes.read_shape(cell, field.crs, swapped=reading.swapped)


def _object(cell: Any) -> Any:
    if isinstance(cell, dict | list | bool | int | float):
        return cell
    try:
        return msgspec.json.decode(cell if isinstance(cell, str) else b"")
    except (msgspec.DecodeError, RecursionError) as error:
        raise Unreadable(
            "not-json", f"{quoted(cell)} is no JSON.", f"{quoted(cell)} ist kein JSON."
        ) from error
