# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The filter tree: one small language that every protocol's filter is turned into.

CQL2, OData `$filter`, CKAN `fq`, the portal's forms and the policy all become these
nodes. The store compiles a tree to SQL with parameters, the search index evaluates it
over bitmaps, and `matches` evaluates it over one record. Field names are those of the
collection's model; a back end refuses names it does not know.

Comparison with a missing value is never true, as in SQL; use `IsNull` to ask for it.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any, Literal

from msgspec import Struct

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


Filter = Everything | Nothing | Compare | In | Like | IsNull | And | Or | Not

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
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


def depth(tree: Filter) -> int:
    """Levels of nesting; a leaf has depth 1."""
    if isinstance(tree, And | Or):
        return 1 + max((depth(part) for part in tree.parts), default=0)
    if isinstance(tree, Not):
        return 1 + depth(tree.part)
    return 1


def matches(tree: Filter, record: Mapping[str, Value | None]) -> bool:
    """Whether one record matches, with SQL's three-valued logic (unknown counts as no)."""
    return _truth(tree, record) is True


def _truth(tree: Filter, record: Mapping[str, Value | None]) -> bool | None:
    match tree:
        case Everything():
            return True
        case Nothing():
            return False
        case And(parts):
            return _all([_truth(part, record) for part in parts])
        case Or(parts):
            return _any([_truth(part, record) for part in parts])
        case Not(part):
            truth = _truth(part, record)
            return None if truth is None else not truth
        case IsNull(field):
            return record.get(field) is None
        case _:
            return _leaf(tree, record.get(tree.field))


def _leaf(tree: Compare | In | Like, value: Value | None) -> bool | None:
    if value is None:
        return None
    match tree:
        case Compare(_, op, wanted):
            return _COMPARE[op](value, wanted)
        case In(_, values):
            return value in values
        case Like(_, pattern):
            return like_regex(pattern).fullmatch(str(value)) is not None


def _all(truths: list[bool | None]) -> bool | None:
    if False in truths:
        return False
    return None if None in truths else True


def _any(truths: list[bool | None]) -> bool | None:
    if True in truths:
        return True
    return None if None in truths else False


def like_regex(pattern: str) -> Any:
    """The `re.Pattern` that a `Like` pattern stands for."""
    import re

    out, escaped = [], False
    for char in pattern:
        if escaped:
            out.append(re.escape(char))
            escaped = False
        elif char == "\\":
            escaped = True
        else:
            out.append({"%": ".*", "_": "."}.get(char) or re.escape(char))
    return re.compile("".join(out), re.DOTALL)
