# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What CQL2 text and CQL2 JSON have in common: operations and their arguments as nodes."""

from __future__ import annotations

from typing import Any

from allmende.errors import InvalidInput, LimitExceeded
from allmende.model.filter import (
    And,
    Array,
    Call,
    Everything,
    Expression,
    Filter,
    Geometry,
    Instant,
    Not,
    Nothing,
    Or,
    Property,
    Span,
    check_size,
    walk,
)
from allmende.model.functions import FUNCTIONS
from allmende.model.relations import SPATIAL
from allmende.model.shapes import BadShape, read_geojson
from allmende.model.temporal import RELATIONS, instant

MAX_VERTICES = 20_000
"""Positions of all geometries in a filter."""

ARRAYS = ("a_equals", "a_contains", "a_containedby", "a_overlaps")

_VALUES = ("=", "<>", "<", "<=", ">", ">=", "like", "+", "-", "*", "/", "%", "div", "^", "in")
ARITY: dict[str, int] = {
    **dict.fromkeys((*_VALUES, *SPATIAL, *RELATIONS, "t_disjoint", *ARRAYS), 2),
    **dict.fromkeys(FUNCTIONS, 1),
    "between": 3,
    "isnull": 1,
    "not": 1,
}
"""The operations and functions that are known, and how many arguments they take."""


def call(name: str, args: list[Expression]) -> Expression:
    """The node of an operation or function. InvalidInput when there is none like this."""
    known = name.lower()
    if known in ("and", "or"):
        parts = tuple(condition(each) for each in args)
        return And(parts) if known == "and" else Or(parts)
    arity = ARITY.get(known)
    if arity is None:
        raise InvalidInput(
            f"There is no function “{name[:60]}”; known are: {', '.join(FUNCTIONS)}.",
            f"Es gibt keine Funktion „{name[:60]}“; bekannt sind: {', '.join(FUNCTIONS)}.",
        )
    if len(args) != arity:
        raise InvalidInput(
            f"“{known}” takes {arity} arguments, not {len(args)}.",
            f"„{known}“ hat {arity} Argumente, nicht {len(args)}.",
        )
    if known == "not":
        return Not(condition(args[0]))
    if known in ARRAYS:
        args = [_array(each) for each in args]
    return Call(known, tuple(args))


def _array(given: Expression) -> Expression:
    """In text the brackets of an array with one value cannot be told from others."""
    plain = isinstance(given, str | int | float | Instant)
    return Array((given,)) if plain else given


def condition(given: Expression) -> Filter:
    """An expression where a condition has to stand."""
    match given:
        case bool():
            return Everything() if given else Nothing()
        case And() | Or() | Not() | Call() | Property() | Everything() | Nothing():
            return given
        case _:
            raise InvalidInput(
                "A filter is a condition such as height > 10, not only a value.",
                "Ein Filter ist eine Bedingung wie height > 10, nicht nur ein Wert.",
            )


def span(start: Any, end: Any) -> Span:
    """An interval of two ends: texts, `..`, or nodes."""
    return Span(_end(start), _end(end))


def _end(given: Any) -> Property | Instant | Call | None:
    if isinstance(given, str):
        return None if given in ("..", "") else instant(given)
    if isinstance(given, Property | Instant | Call):
        return given
    raise InvalidInput(
        "An interval has two ends: dates, times, fields or '..'.",
        "Ein Intervall hat zwei Enden: Daten, Zeitpunkte, Felder oder '..'.",
    )


def day(text: Any) -> Instant:
    """The instant of `DATE('…')`."""
    found = instant(str(text))
    return found if found.is_day else Instant(found.text[:10])


def moment(text: Any) -> Instant:
    """The instant of `TIMESTAMP('…')`."""
    found = instant(str(text))
    if found.is_day:
        raise InvalidInput(
            f"TIMESTAMP needs a time, as in '{found.text}T12:00:00Z'.",
            f"TIMESTAMP braucht eine Uhrzeit, zum Beispiel '{found.text}T12:00:00Z'.",
        )
    return found


def geometry(given: dict[str, Any]) -> Geometry:
    """The literal of a GeoJSON geometry."""
    try:
        shape = read_geojson(given)
    except BadShape as error:
        raise InvalidInput(error.reason["en"], error.reason["de"]) from error
    if shape.empty:
        raise InvalidInput("A geometry is empty.", "Eine Geometrie ist leer.")
    return Geometry(shape.wkb)


def finished(given: Expression) -> Filter:
    """The tree as a whole, checked against the limits."""
    tree = condition(given)
    check_size(tree)
    shapes = [each.wkb for each in walk(tree) if isinstance(each, Geometry)]
    if sum(map(len, shapes)) > MAX_VERTICES * 16 and _vertices(shapes) > MAX_VERTICES:
        raise too_many_vertices()
    return tree


def _vertices(shapes: list[bytes]) -> int:
    import shapely

    return int(shapely.get_num_coordinates(shapely.from_wkb(shapes)).sum())


def too_many_vertices() -> InvalidInput:
    """The error for geometries that are too detailed."""
    return LimitExceeded(
        f"The geometries of the filter have more than {MAX_VERTICES} positions.",
        f"Die Geometrien des Filters haben mehr als {MAX_VERTICES} Positionen.",
    )
