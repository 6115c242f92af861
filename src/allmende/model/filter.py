# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The filter tree: one small language that every protocol's filter is turned into.

CQL2, OData `$filter`, CKAN `fq`, the portal's forms and the policy all become these
nodes. The store compiles a tree to SQL with parameters, the search index evaluates it
over bitmaps, and `matches` evaluates it over one record. Field names are those of the
collection's model; a back end refuses names it does not know.

Compare, In, Like and IsNull ask one field. Everything else that CQL2 (OGC 21-065r2) can
say is a `Call` over expressions: fields, values, instants, spans, geometries, arrays and
further calls, named as in CQL2 JSON: `=`, `between`, `casei`, `s_within`, `t_before`, `+`.

Comparison with a missing value is never true, as in SQL; use `IsNull` to ask for it.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

from msgspec import Struct

from allmende.errors import LimitExceeded

MAX_DEPTH = 64
"""Levels of nesting in a filter."""
MAX_NODES = 5_000
"""Fields, values, calls and conditions in a filter."""

Value = str | int | float | bool

Operator = Literal["=", "<>", "<", "<=", ">", ">="]


class Everything(Struct, frozen=True, tag=True):
    """Matches every record."""


class Nothing(Struct, frozen=True, tag=True):
    """Matches no record."""


class Compare(Struct, frozen=True, tag=True):
    """`field operator value`."""

    field: str
    operator: Operator
    value: Value


class In(Struct, frozen=True, tag=True):
    """The field has one of the values."""

    field: str
    values: tuple[Value, ...]


class Like(Struct, frozen=True, tag=True):
    """The field matches a pattern with `%` (any text), `_` (one character), `\\` to escape."""

    field: str
    pattern: str


class IsNull(Struct, frozen=True, tag=True):
    """The field has no value."""

    field: str


class And(Struct, frozen=True, tag=True):
    """Every part matches; an empty tuple matches everything."""

    parts: tuple[Filter, ...]


class Or(Struct, frozen=True, tag=True):
    """At least one part matches; an empty tuple matches nothing."""

    parts: tuple[Filter, ...]


class Not(Struct, frozen=True, tag=True):
    """The part does not match."""

    part: Filter


class Property(Struct, frozen=True, tag=True):
    """The value of a field; as a condition, a boolean field that is true."""

    name: str


class Call(Struct, frozen=True, tag=True):
    """An operation or function over expressions; the name in small letters."""

    name: str
    args: tuple[Expression, ...]


class Instant(Struct, frozen=True, tag=True):
    """A day `YYYY-MM-DD` or a moment `YYYY-MM-DDTHH:MM:SS.sssZ`."""

    text: str

    @property
    def is_day(self) -> bool:
        """Whether it lasts a whole day."""
        return len(self.text) == 10


class Span(Struct, frozen=True, tag=True):
    """From one instant to another, both belong to it; None is an open end."""

    start: Property | Instant | Call | None
    end: Property | Instant | Call | None


class Geometry(Struct, frozen=True, tag=True):
    """A geometry as WKB; longitude and latitude unless it still waits for its CRS."""

    wkb: bytes


class Bounds(Struct, frozen=True, tag=True):
    """A box; west is larger than east when it crosses the antimeridian."""

    west: float
    south: float
    east: float
    north: float


class Array(Struct, frozen=True, tag=True):
    """A set of values."""

    items: tuple[Expression, ...]


Filter = Everything | Nothing | Compare | In | Like | IsNull | And | Or | Not | Call | Property
Expression = Value | Instant | Span | Geometry | Bounds | Array | Filter

COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def all_of(*parts: Filter) -> Filter:
    """Conjunction without needless nesting."""
    kept = tuple(part for part in parts if not isinstance(part, Everything))
    if any(isinstance(part, Nothing) for part in kept):
        return Nothing()
    if not kept:
        return Everything()
    return kept[0] if len(kept) == 1 else And(kept)


def any_of(*parts: Filter) -> Filter:
    """Disjunction without needless nesting."""
    kept = tuple(part for part in parts if not isinstance(part, Nothing))
    if any(isinstance(part, Everything) for part in kept):
        return Everything()
    if not kept:
        return Nothing()
    return kept[0] if len(kept) == 1 else Or(kept)


def parts_of(node: Expression | None) -> tuple[Expression | None, ...]:
    """What lies directly inside a node."""
    match node:
        case And(parts) | Or(parts):
            return parts
        case Not(part):
            return (part,)
        case Call(_, args) | Array(args):
            return args
        case Span(start, end):
            return (start, end)
        case In(_, values):
            return values
        case _:
            return ()


def walk(tree: Expression) -> Iterator[Expression]:
    """All nodes of a tree."""
    waiting: list[Expression | None] = [tree]
    while waiting:
        node = waiting.pop()
        if node is not None:
            yield node
            waiting.extend(parts_of(node))


def depth(tree: Expression) -> int:
    """Levels of nesting; a leaf has depth 1, a list of values does not count."""
    level, deepest = [tree], 0
    while level:
        deepest += 1
        level = [part for node in level for part in parts_of(node) if isinstance(part, Struct)]
    return deepest


def check_size(tree: Expression) -> None:
    """Raises LimitExceeded when a tree is too deep or has too many nodes."""
    if sum(1 for _ in walk(tree)) > MAX_NODES:
        raise LimitExceeded(
            f"The filter has more than {MAX_NODES} parts.",
            f"Der Filter hat mehr als {MAX_NODES} Teile.",
        )
    if depth(tree) > MAX_DEPTH:
        raise LimitExceeded(
            f"The filter is nested deeper than {MAX_DEPTH} levels.",
            f"Der Filter ist tiefer als {MAX_DEPTH} Ebenen geschachtelt.",
        )


def matches(tree: Filter, record: Mapping[str, Any]) -> bool:
    """Whether one record matches, with SQL's three-valued logic (unknown counts as no)."""
    from allmende.model.evaluate import truth

    return truth(tree, record) is True


def like_regex(pattern: str) -> Any:
    """The `re.Pattern` that a `Like` pattern stands for; a backslash at the end is itself."""
    import re

    runs, run, rest = [], "", iter(pattern)
    for char in rest:
        if char == "%":
            runs.append(run)
            run = ""
        elif char == "_":
            run += "."
        else:
            run += re.escape(next(rest, char) if char == "\\" else char)
    if not runs:
        return re.compile(run, re.DOTALL)
    # Each run is looked for once, from where the one before ended, so the time is bounded.
    first, *middle = runs
    return re.compile(
        first + "".join(f"(?>.*?{each})" for each in middle if each) + ".*" + run, re.DOTALL
    )
