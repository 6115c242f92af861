# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Literals against their datatypes (XML Schema 1.1 part 2), and their order."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from allmende.model.namespaces import XSD
from allmende.model.rdf.terms import Literal, Object

_ZONE = r"(?:Z|[+-](?:0\d|1[0-3]):[0-5]\d|[+-]14:00)?"
_YEAR = r"-?(?:[1-9]\d{3,}|0\d{3})"
_MONTH, _DAY = r"(?:0[1-9]|1[0-2])", r"(?:0[1-9]|[12]\d|3[01])"
_CLOCK = r"(?:(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?|24:00:00(?:\.0+)?)"
_NUMBER = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)"
_DURATION = (
    r"-?P(?=.)(?:\d+Y)?(?:\d+M)?(?:\d+D)?"
    r"(?:T(?=.)(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?"
)

_FORMS: dict[str, re.Pattern[str]] = {
    XSD + name: re.compile(form, re.ASCII)
    for name, form in {
        "boolean": r"true|false|1|0",
        "decimal": _NUMBER,
        "integer": r"[+-]?\d+",
        "double": rf"{_NUMBER}(?:[eE][+-]?\d+)?|[+-]?INF|NaN",
        "float": rf"{_NUMBER}(?:[eE][+-]?\d+)?|[+-]?INF|NaN",
        "date": rf"{_YEAR}-{_MONTH}-{_DAY}{_ZONE}",
        "dateTime": rf"{_YEAR}-{_MONTH}-{_DAY}T{_CLOCK}{_ZONE}",
        "dateTimeStamp": rf"{_YEAR}-{_MONTH}-{_DAY}T{_CLOCK}{_ZONE[:-1]}",
        "time": rf"{_CLOCK}{_ZONE}",
        "gYear": rf"{_YEAR}{_ZONE}",
        "gYearMonth": rf"{_YEAR}-{_MONTH}{_ZONE}",
        "gMonth": rf"--{_MONTH}{_ZONE}",
        "gDay": rf"---{_DAY}{_ZONE}",
        "gMonthDay": rf"--{_MONTH}-{_DAY}{_ZONE}",
        "duration": _DURATION,
        "dayTimeDuration": r"-?P(?=.)(?:\d+D)?(?:T(?=.)(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?",
        "yearMonthDuration": r"-?P(?=.)(?:\d+Y)?(?:\d+M)?",
        "hexBinary": r"(?:[0-9A-Fa-f]{2})*",
        "base64Binary": r"(?:[A-Za-z0-9+/]\s*){2,}(?:=\s*){0,2}|",
        "anyURI": r"[^\s<>\"{}|\\^`]*",
        "language": r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*",
    }.items()
}
_BOUNDS: dict[str, tuple[int | None, int | None]] = {
    XSD + name: bounds
    for name, bounds in {
        "nonNegativeInteger": (0, None),
        "positiveInteger": (1, None),
        "nonPositiveInteger": (None, 0),
        "negativeInteger": (None, -1),
        "long": (-(2**63), 2**63 - 1),
        "int": (-(2**31), 2**31 - 1),
        "short": (-(2**15), 2**15 - 1),
        "byte": (-128, 127),
        "unsignedLong": (0, 2**64 - 1),
        "unsignedInt": (0, 2**32 - 1),
        "unsignedShort": (0, 2**16 - 1),
        "unsignedByte": (0, 255),
    }.items()
}
_INTEGER = _FORMS[XSD + "integer"]
MAX_DIGITS = 4_000
"""Characters of a number that is looked at as a number."""


@lru_cache(maxsize=65_536)
def well_formed(text: str, datatype: str) -> bool:
    """Whether a text is a value of its datatype; datatypes not known here take any text."""
    form = _FORMS.get(datatype)
    if form is not None:
        text = text.strip(" \t\r\n")
        return form.fullmatch(text) is not None and _exists(text, datatype)
    bounds = _BOUNDS.get(datatype)
    if bounds is None:
        return True
    text = text.strip(" \t\r\n")
    if len(text) > MAX_DIGITS or _INTEGER.fullmatch(text) is None:
        return False
    low, high = bounds
    return (low is None or int(text) >= low) and (high is None or int(text) <= high)


def _exists(text: str, datatype: str) -> bool:
    """Whether the day is one of the calendar; years beyond four digits are not looked up."""
    if datatype not in _DAYS or text[0] == "-" or text[4] != "-":
        return True
    if text[:4] == "0000":
        return False
    try:
        date.fromisoformat(text[:10])
    except ValueError:
        return False
    return True


_DAYS = frozenset({XSD + "date", XSD + "dateTime", XSD + "dateTimeStamp"})
_NUMBERS = frozenset({XSD + name for name in ("integer", "decimal")} | set(_BOUNDS))
_FLOATS = frozenset({XSD + "double", XSD + "float"})
Ordered = tuple[str, object]


def ordered(value: Object) -> Ordered | None:
    """The value of a literal with the name of its order; None when it has none.

    Numbers compare with numbers, moments with moments of the same kind (with or without
    zone), texts with texts.
    """
    if not isinstance(value, Literal) or not well_formed(value.value, value.datatype):
        return None
    text, _, datatype = value
    if datatype in _NUMBERS or datatype in _FLOATS:
        return _number(text.strip())
    read = _MOMENTS.get(datatype)
    if read is not None:
        return read(text.strip())
    if datatype == XSD + "string":
        return "text", text
    if datatype == XSD + "boolean":
        return "boolean", text.strip() in ("true", "1")
    return None


def _number(text: str) -> Ordered | None:
    if len(text) > MAX_DIGITS or text == "NaN":
        return None
    try:
        return "number", Decimal(text.replace("INF", "Infinity"))
    except InvalidOperation:
        return None


def _moment(text: str) -> Ordered | None:
    midnight = "T24:00:00" in text
    text = re.sub(r"T24:00:00(?:\.0+)?", "T00:00:00", text)
    text = re.sub(r"(\.\d{6})\d+", r"\1", text)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    found += timedelta(days=1) if midnight else timedelta()
    return ("moment", found) if found.tzinfo is None else ("instant", found.astimezone(UTC))


def _day(text: str) -> Ordered | None:
    zone = text[10:].replace("Z", "+00:00")
    try:
        found = datetime.fromisoformat(f"{text[:10]}T00:00:00{zone}")
    except ValueError:
        return None
    return ("day", found) if found.tzinfo is None else ("day-zone", found.astimezone(UTC))


def _year(text: str) -> Ordered | None:
    found = re.fullmatch(r"-?\d+", text)
    return ("year", int(text)) if found and len(text) < MAX_DIGITS else None


_MOMENTS: dict[str, Callable[[str], Ordered | None]] = {
    XSD + "dateTime": _moment,
    XSD + "dateTimeStamp": _moment,
    XSD + "date": _day,
    XSD + "gYear": _year,
}


def less(left: Object, right: Object, *, equal: bool) -> bool | None:
    """Whether left < right (or <=); None when the two cannot be compared."""
    one, two = ordered(left), ordered(right)
    if one is None or two is None or one[0] != two[0]:
        return None
    if _is_nan(one[1]) or _is_nan(two[1]):
        return None
    below: bool = one[1] < two[1]  # type: ignore[operator]
    return below or (equal and one[1] == two[1])


def _is_nan(value: object) -> bool:
    return isinstance(value, float) and math.isnan(value)
