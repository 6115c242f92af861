# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The filter tree as CQL2 text (OGC 21-065r2 §8.2); `parse_text` reads it back."""

from __future__ import annotations

import re

from allmende.errors import InvalidInput
from allmende.model.cql2.from_text import RESERVED
from allmende.model.filter import (
    And,
    Array,
    Bounds,
    Call,
    Compare,
    Everything,
    Expression,
    Filter,
    Geometry,
    In,
    Instant,
    IsNull,
    Like,
    Not,
    Nothing,
    Or,
    Property,
    Span,
)

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
_BETWEEN = frozenset(["=", "<>", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "div", "^", "like"])


def to_text(tree: Filter) -> str:
    """The filter as people write it. InvalidInput for the few texts CQL2 cannot quote."""
    return _text(as_call(tree))


def as_call(tree: Expression) -> Expression:
    """The conditions on one field as calls."""
    match tree:
        case Compare(field, operator, value):
            return Call(operator, (Property(field), value))
        case In(field, values):
            return Call("in", (Property(field), Array(values)))
        case Like(field, pattern):
            return Call("like", (Property(field), pattern))
        case IsNull(field):
            return Call("isnull", (Property(field),))
        case _:
            return tree


def _text(node: Expression) -> str:
    match node:
        case Everything() | And(()) | True:
            return "TRUE"
        case Nothing() | Or(()) | False:
            return "FALSE"
        case And(parts):
            return " AND ".join(_inside(part) for part in parts)
        case Or(parts):
            return " OR ".join(_inside(part) for part in parts)
        case Not(part):
            return f"NOT {_inside(part)}"
        case Call(name, args):
            return _call(name, args)
        case _:
            return _value(node)


def _call(name: str, args: tuple[Expression, ...]) -> str:
    if name in _BETWEEN:
        word = name.upper() if name.isalpha() else name
        return f"{_inside(args[0])} {word} {_inside(args[1])}"
    if name == "between":
        return f"{_inside(args[0])} BETWEEN {_inside(args[1])} AND {_inside(args[2])}"
    if name == "isnull":
        return f"{_inside(args[0])} IS NULL"
    if name == "in":
        return f"{_inside(args[0])} IN {_text(args[1])}"
    return f"{name.upper()}({', '.join(_text(each) for each in args)})"


def _inside(node: Expression) -> str:
    """A part of an operation, in brackets when it is one itself."""
    node = as_call(node)
    compound = isinstance(node, And | Or | Not) or (
        isinstance(node, Call)
        and (node.name in _BETWEEN or node.name in ("between", "isnull", "in"))
    )
    return f"({_text(node)})" if compound else _text(node)


def _value(node: Expression) -> str:
    match node:
        case str():
            return _quoted(node)
        case int() | float():
            return repr(node)
        case Property(name):
            plain = _PLAIN.match(name) and name.lower() not in RESERVED
            return name if plain else '"' + name.replace('"', '""') + '"'
        case Instant(text):
            return f"DATE('{text}')" if node.is_day else f"TIMESTAMP('{text}')"
        case Span(start, end):
            return f"INTERVAL({_end(start)}, {_end(end)})"
        case Array(items):
            return f"({', '.join(_text(as_call(each)) for each in items)})"
        case Bounds(west, south, east, north):
            return f"BBOX({west!r}, {south!r}, {east!r}, {north!r})"
        case Geometry(wkb):
            return _wkt(wkb)
        case _:
            return to_text(node)


def _end(end: Expression | None) -> str:
    if end is None:
        return "'..'"
    return f"'{end.text}'" if isinstance(end, Instant) else _text(end)


def _quoted(text: str) -> str:
    if re.search(r"(?<!\\)\\(?:\\\\)*(?:'|\Z)", text):
        raise InvalidInput(
            "CQL2 cannot express a text with a backslash before a quote or at its end.",
            "CQL2 kann keinen Text mit \\ vor einem Anführungszeichen oder am Ende ausdrücken.",
        )
    return "'" + text.replace("'", "''") + "'"


def _wkt(wkb: bytes) -> str:
    import shapely

    found: str = shapely.to_wkt(shapely.from_wkb(wkb), rounding_precision=-1)
    return found
