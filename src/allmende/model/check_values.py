# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""One value at a time: the type of a field, strictly, and its canonical form.

Each function takes a value and returns it as it is stored, or raises Rejected.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from math import isfinite
from typing import Any

from allmende.model.document import Field, FieldType, GeometryType
from allmende.model.shapes import BadShape, Shape, fit, read_geojson, read_wkb

MAX_TEXT = 1_000_000
"""Characters in one text."""
MAX_URI = 4_000
"""Characters in one address."""
MAX_JSON_DEPTH = 32
"""Objects and arrays inside each other in a field of type object."""
MAX_JSON_VALUES = 10_000
"""Values in a field of type object."""
SMALLEST, LARGEST = -(2**63), 2**63 - 1
"""Integers that both engines can hold."""
ROUNDING = 1e-9
"""Degrees that coordinates may pass the end of the world by; doubles of some files do."""
FIRST_YEAR, LAST_YEAR = -9_999, 9_999

Convert = Callable[[Any], Any]

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\s<>\"{}|\\^`]+\Z")
_RUNS = ("javascript:", "vbscript:", "data:")
_TIME = re.compile(r"\d\d:\d\d(?::\d\d)?\Z", re.ASCII)
_DATETIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d", re.ASCII)


class Rejected(Exception):
    """A value that cannot be stored; `where` names the place inside the value ("[2]")."""

    def __init__(self, code: str, en: str, de: str, *, where: str = "", value: Any = None) -> None:
        super().__init__(en)
        self.code, self.text, self.where, self.value = code, {"en": en, "de": de}, where, value


def text(value: Any) -> str:
    """Unicode text without NUL and without half characters."""
    if type(value) is not str:
        raise _wrong("text", "ein Text")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise _characters() from None
    if "\0" in value:
        raise _characters()
    if len(value) > MAX_TEXT:
        raise Rejected(
            "length",
            f"The text has more than {MAX_TEXT:,} characters.",
            "Der Text hat mehr als eine Million Zeichen.",
        )
    return value


def integer(value: Any) -> int:
    """A whole number of 64 bits; 3.0 is one too."""
    if type(value) is float and value.is_integer():
        value = int(value)
    if type(value) is not int:
        raise _wrong("a whole number", "eine ganze Zahl")
    if not SMALLEST <= value <= LARGEST:
        raise Rejected(
            "number",
            "The number needs more than 64 bits.",
            "Die Zahl braucht mehr als 64 Bit.",
        )
    return value


def number(value: Any) -> float:
    """A finite number in double precision."""
    if type(value) is float and isfinite(value):
        return value
    if type(value) is int:
        try:
            return float(value)
        except OverflowError:
            value = float("inf")
    if type(value) is float:
        raise Rejected(
            "number", "The number is not finite.", "Die Zahl ist unendlich oder keine Zahl."
        )
    raise _wrong("a number", "eine Zahl")


def boolean(value: Any) -> bool:
    """True or False."""
    if value is True or value is False:
        return bool(value)
    raise _wrong("true or false", "wahr oder falsch")


def day(value: Any) -> str:
    """A day of the Gregorian calendar, YYYY-MM-DD."""
    if type(value) is str and len(value) == 10 and value[4] == "-" == value[7]:
        try:
            date.fromisoformat(value)
        except ValueError:
            pass
        else:
            return value
    raise _wrong("a date that exists, YYYY-MM-DD", "ein Datum, das es gibt, JJJJ-MM-TT")


def instant(value: Any) -> str:
    """A moment with its offset; returned in UTC, cut to milliseconds: …T12:00:00.000Z."""
    if type(value) is str and len(value) <= 40 and _DATETIME.match(value):
        try:
            found = datetime.fromisoformat(value)
            if found.tzinfo is not None:
                return found.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
        except (ValueError, OverflowError):
            pass
    raise _wrong(
        "a date and time with its offset, such as 2024-05-01T12:00:00Z",
        "Datum und Uhrzeit mit Zeitzone, etwa 2024-05-01T12:00:00Z",
    )


def clock(value: Any) -> str:
    """A time of day, HH:MM:SS."""
    if type(value) is str and _TIME.match(value):
        try:
            return time.fromisoformat(value).isoformat("seconds")
        except ValueError:
            pass
    raise _wrong("a time of day, HH:MM:SS", "eine Uhrzeit, HH:MM:SS")


def year(value: Any) -> int:
    """A year of the Gregorian calendar; 0 is 1 BC."""
    found = integer(value)
    if not FIRST_YEAR <= found <= LAST_YEAR:
        raise _wrong(
            f"a year from {FIRST_YEAR} to {LAST_YEAR}", f"ein Jahr von {FIRST_YEAR} bis {LAST_YEAR}"
        )
    return found


def uri(value: Any) -> str:
    """An absolute address or name (RFC 3986), none that a browser would run."""
    found = text(value)
    if len(found) > MAX_URI:
        raise Rejected(
            "length",
            f"The address has more than {MAX_URI} characters.",
            f"Die Adresse hat mehr als {MAX_URI} Zeichen.",
        )
    if not _URI.match(found) or found.lower().startswith(_RUNS):
        raise _wrong(
            "a complete address, such as https://…", "eine vollständige Adresse, https://…"
        )
    return found


def anything(value: Any) -> Any:
    """Any JSON that is not too deep and not too large."""
    budget = [MAX_JSON_VALUES]
    _walk(value, 0, budget)
    return value


def _walk(value: Any, depth: int, budget: list[int]) -> None:
    budget[0] -= 1
    if depth > MAX_JSON_DEPTH or budget[0] < 0:
        raise Rejected(
            "length",
            f"The object is deeper than {MAX_JSON_DEPTH} or has over {MAX_JSON_VALUES} values.",
            f"Das Objekt ist tiefer als {MAX_JSON_DEPTH} oder hat über {MAX_JSON_VALUES} Werte.",
        )
    if type(value) is dict:
        for key, inner in value.items():
            text(key)
            _walk(inner, depth + 1, budget)
    elif type(value) is list:
        for inner in value:
            _walk(inner, depth + 1, budget)
    elif type(value) is str:
        text(value)
    elif type(value) is float:
        number(value)
    elif type(value) is int:
        integer(value)
    elif value is not None and type(value) is not bool:
        raise _wrong("JSON", "JSON")


def geometry(kind: GeometryType) -> Convert:
    """A reader of WKB or GeoJSON in lon, lat to WKB of this kind; None when it is empty."""

    def read(value: Any) -> bytes | None:
        try:
            shape = read_wkb(value) if isinstance(value, bytes) else read_geojson(value)
        except BadShape as error:
            raise Rejected("geometry-unreadable", error.reason["en"], error.reason["de"]) from error
        if shape.empty:
            return None
        fitting = shape if kind is GeometryType.ANY or kind is shape.kind else fit(shape, kind)
        if fitting is None:
            raise Rejected(
                "geometry-type",
                f"The geometry is a {shape.kind}, it has to be a {kind}.",
                f"Die Geometrie ist vom Typ {shape.kind}, sie muss vom Typ {kind} sein.",
            )
        _on_earth(fitting)
        return fitting.wkb

    return read


def _on_earth(shape: Shape) -> None:
    west, south, east, north = shape.box
    lon, lat = 180 + ROUNDING, 90 + ROUNDING
    if west < -lon or east > lon or south < -lat or north > lat:
        raise Rejected(
            "geometry-range",
            f"The coordinates ({west:.7g} {south:.7g}) are no longitude and latitude in degrees: "
            "name the reference system of the source, or swap the axes.",
            f"Die Koordinaten ({west:.7g} {south:.7g}) sind keine Länge und Breite in Grad: "
            "Bezugssystem der Quelle angeben oder Achsen tauschen.",
        )


def _wrong(en: str, de: str) -> Rejected:
    return Rejected("type", f"The value has to be {en}.", f"Der Wert muss sein: {de}.")


def _characters() -> Rejected:
    return Rejected(
        "characters",
        "The text holds a NUL or half a character: store it in UTF-8 again.",
        "Der Text enthält ein NUL oder halbe Zeichen: bitte neu in UTF-8 speichern.",
    )


_TYPES: dict[FieldType, Convert] = {
    FieldType.STRING: text,
    FieldType.INTEGER: integer,
    FieldType.NUMBER: number,
    FieldType.BOOLEAN: boolean,
    FieldType.DATE: day,
    FieldType.DATETIME: instant,
    FieldType.TIME: clock,
    FieldType.YEAR: year,
    FieldType.URI: uri,
    FieldType.OBJECT: anything,
}


def converter(each: Field) -> Convert:
    """The function for the type of this field; objects that lie inside are not its matter."""
    if each.type is FieldType.GEOMETRY:
        return geometry(each.geometry)
    return _TYPES[each.type]
