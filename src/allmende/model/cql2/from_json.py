# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""CQL2 JSON (OGC 21-065r2 §8.3) to the filter tree."""

from __future__ import annotations

import math
from typing import Any

import msgspec

from allmende.errors import InvalidInput, LimitExceeded
from allmende.model.cql2.build import call, day, finished, geometry, moment, span
from allmende.model.filter import MAX_DEPTH, Array, Bounds, Expression, Filter, Property

MAX_LENGTH = 1_000_000
"""Characters of a filter."""


def parse_json(text: str | bytes) -> Filter:
    """The tree of a filter in CQL2 JSON. InvalidInput when it cannot be understood."""
    check_length(text)
    try:
        given = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise InvalidInput(
            f"The filter is not JSON: {error}.", f"Der Filter ist kein JSON: {error}."
        ) from error
    return from_json(given)


def from_json(given: Any) -> Filter:
    """The tree of a filter that was read from JSON."""
    return finished(_expression(given, 0))


def check_length(text: str | bytes) -> None:
    """Raises LimitExceeded when a filter is too long."""
    if len(text) > MAX_LENGTH:
        raise LimitExceeded(
            f"The filter is longer than {MAX_LENGTH} characters.",
            f"Der Filter ist länger als {MAX_LENGTH} Zeichen.",
        )


def number(given: float) -> int | float:
    """A number of a filter; a whole one is an integer however it was written."""
    if isinstance(given, int):
        return given if abs(given) < 2**63 else float(given)
    if not math.isfinite(given):
        raise InvalidInput("A number is too large.", "Eine Zahl ist zu groß.")
    return int(given) if given.is_integer() and abs(given) < 2**53 else given


def box(numbers: Any) -> Bounds:
    """The box of four numbers, or of six with heights, which are left out."""
    if (
        not isinstance(numbers, list)
        or len(numbers) not in (4, 6)
        or not all(isinstance(each, int | float) and math.isfinite(each) for each in numbers)
    ):
        raise InvalidInput("BBOX has four or six numbers.", "BBOX hat vier oder sechs Zahlen.")
    half = len(numbers) // 2
    west, south, east, north = map(float, (*numbers[:2], *numbers[half : half + 2]))
    if south > north:
        raise InvalidInput(
            "BBOX: the third number of the corners must not be less than the first.",
            "BBOX: die untere Ecke liegt über der oberen.",
        )
    return Bounds(west, south, east, north)


def _expression(given: Any, level: int) -> Expression:
    if level > MAX_DEPTH:
        raise LimitExceeded(
            f"The filter is nested deeper than {MAX_DEPTH} levels.",
            f"Der Filter ist tiefer als {MAX_DEPTH} Ebenen geschachtelt.",
        )
    match given:
        case bool() | str():
            return given
        case int() | float():
            return number(given)
        case list():
            return Array(tuple(_expression(each, level + 1) for each in given))
        case dict():
            return _object(given, level + 1)
        case _:
            raise InvalidInput(
                "A filter has no null; ask with the operation isNull.",
                "In Filtern gibt es kein null; fragen Sie mit der Operation isNull.",
            )


def _object(given: dict[str, Any], level: int) -> Expression:
    match given:
        case {"op": str(name), "args": list(args)}:
            return call(name, [_expression(each, level) for each in args])
        case {"property": str(name)}:
            return Property(name)
        case {"date": str(text)}:
            return day(text)
        case {"timestamp": str(text)}:
            return moment(text)
        case {"interval": [start, end]}:
            return span(*(e if isinstance(e, str) else _expression(e, level) for e in (start, end)))
        case {"bbox": numbers}:
            return box(numbers)
        case {"type": str()}:
            return geometry(given)
        case _:
            raise InvalidInput(
                f"An object with {', '.join(list(given)[:5]) or 'nothing'} is no part of CQL2.",
                f"Ein Objekt mit {', '.join(list(given)[:5]) or 'nichts'} gehört nicht zu CQL2.",
            )
