# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The filter tree over everything the search knows of a record: facets, dates, ids, text.

Unlike in SQL, a condition on a value that a record lacks is false and not unknown, as in
search engines: `Not` gives every other record.

Fields: the facets; `status`, `metadata_access`, `data_access`; `title` (folded, any
language); `points` of quality; `modified` and `issued` (ISO dates of the data); `created`
and `updated` (microseconds of the record), `id`, `uuid`; `Call("text", (words,))` for full
text; and `Call("range", (facet, low, high, brackets))` for one value of a facet between two,
with `brackets` like `[}` and an empty end open.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from pyroaring import BitMap

from allmende.errors import InvalidInput, LimitExceeded
from allmende.model import uuids
from allmende.model.filter import (
    COMPARE,
    And,
    Call,
    Compare,
    Everything,
    Filter,
    In,
    IsNull,
    Like,
    Not,
    Nothing,
    Or,
    check_size,
    like_regex,
    walk,
)
from allmende.projections.search.analysis import fold
from allmende.projections.search.bitmaps import FACETS, FIELDS, Bitmaps
from allmende.projections.search.document import Facts
from allmende.store import aliases, catalogue
from allmende.store.connection import Connection

MAX_LEAVES = 500
MAX_COSTLY = 20  # leaves that look through all values or ask the database
VALUES = frozenset({*FACETS, *FIELDS})
STORED = frozenset({"created", "updated", "id"})
DATES = frozenset({"modified", "issued"})

Leaf = Compare | In | Like | IsNull | Call


class Known(Protocol):
    """What a leaf is looked up in."""

    db: Connection
    bitmaps: Bitmaps

    @property
    def facts(self) -> Mapping[int, Facts]:
        """What is held in memory, by key."""

    def text(self, words: str) -> BitMap:
        """Visible records that have the words."""


def check_where(tree: Filter) -> None:
    """Raises LimitExceeded for a tree that would take too long."""
    check_size(tree)
    leaves = [node for node in walk(tree) if isinstance(node, Compare | In | Like | IsNull | Call)]
    costly = sum(1 for leaf in leaves if _is_costly(leaf))
    for number, most, en, de in (
        (len(leaves), MAX_LEAVES, "conditions", "Bedingungen"),
        (
            costly,
            MAX_COSTLY,
            "conditions with wildcards, ranges, ids or words",
            "Bedingungen mit Platzhaltern, Bereichen, Kennungen oder Wörtern",
        ),
    ):
        if number > most:
            raise LimitExceeded(
                f"The filter has {number} {en}, allowed are {most}.",
                f"Der Filter hat {number} {de}, erlaubt sind {most}.",
            )


def _is_costly(leaf: Leaf) -> bool:
    return not (isinstance(leaf, Compare | In) and leaf.field in VALUES and _is_equal(leaf))


def _is_equal(leaf: Leaf) -> bool:
    return isinstance(leaf, In) or (isinstance(leaf, Compare) and leaf.operator == "=")


def evaluate(tree: Filter, known: Known) -> BitMap:
    """Records that fit. Raises InvalidInput for a field the search does not know."""
    everything = known.bitmaps.everything
    match tree:
        case Everything():
            return everything
        case Nothing():
            return BitMap()
        case Not(part):
            return everything - evaluate(part, known)
        case And(parts):
            return BitMap.intersection(everything, *(evaluate(part, known) for part in parts))
        case Or(parts):
            return BitMap.union(BitMap(), *(evaluate(part, known) for part in parts))
        case Compare() | In() | Like() | IsNull() | Call():
            return _leaf(tree, known)
        case _:
            raise _unknown(type(tree).__name__)


def _leaf(leaf: Leaf, known: Known) -> BitMap:
    if isinstance(leaf, Call) and leaf.name == "range":
        return _of_range(leaf, known.bitmaps)
    if isinstance(leaf, Call):
        if leaf.name != "text" or not isinstance(leaf.args[0], str):
            raise _unknown(leaf.name)
        return known.text(leaf.args[0])
    if leaf.field in VALUES:
        return _of_values(leaf, known.bitmaps)
    if leaf.field in STORED:
        return BitMap(catalogue.keys(known.db, leaf))
    if leaf.field == "uuid" and isinstance(leaf, Compare | In):
        return _of_uuids(leaf, known.db) & known.bitmaps.everything
    if leaf.field == "points" and isinstance(leaf, Compare):
        return _of_points(leaf, known.facts)
    if leaf.field == "title" or leaf.field in DATES:
        return _of_facts(leaf, known.facts)
    raise _unknown(leaf.field)


def _of_values(leaf: Compare | In | Like | IsNull, bitmaps: Bitmaps) -> BitMap:
    name = leaf.field
    if isinstance(leaf, In):
        return bitmaps.having_any(name, map(str, leaf.values))
    if isinstance(leaf, Compare) and leaf.operator == "=":
        return bitmaps.having_any(name, [str(leaf.value)])
    if isinstance(leaf, IsNull):
        return bitmaps.everything - BitMap.union(BitMap(), *bitmaps.values(name).values())
    found = [records for value, records in bitmaps.values(name).items() if _fits(leaf, [value])]
    return BitMap.union(BitMap(), *found)


def _of_range(leaf: Call, bitmaps: Bitmaps) -> BitMap:
    name, low, high, brackets = map(str, leaf.args)
    if name not in VALUES:
        raise _unknown(name)
    above = COMPARE[">=" if brackets[:1] == "[" else ">"]
    below = COMPARE["<=" if brackets[-1:] == "]" else "<"]
    found = [
        records
        for value, records in bitmaps.values(name).items()
        if (not low or above(value, low)) and (not high or below(value, high))
    ]
    return BitMap.union(BitMap(), *found)


def _of_uuids(leaf: Compare | In, db: Connection) -> BitMap:
    wanted = [leaf.value] if isinstance(leaf, Compare) else leaf.values
    found: set[int] = set()
    for each in map(str, wanted):
        found.update(aliases.keys_of(db, each.lower()))
        key = uuids.key_of(each)
        if key is not None and key < 1 << 32:
            found.add(key)
    return BitMap(found)


def _of_points(leaf: Compare, facts: Mapping[int, Facts]) -> BitMap:
    fits, wanted = COMPARE[leaf.operator], leaf.value
    if not isinstance(wanted, int):
        raise _unknown("points")
    return BitMap(
        key for key, each in facts.items() if each.points >= 0 and fits(each.points, wanted)
    )


def _of_facts(leaf: Compare | In | Like | IsNull, facts: Mapping[int, Facts]) -> BitMap:
    if leaf.field == "title":
        leaf = _folded(leaf)
        return BitMap(key for key, each in facts.items() if _fits(leaf, each.titles))
    name = leaf.field
    dates = ((key, getattr(each, name)) for key, each in facts.items())
    return BitMap(key for key, date in dates if _fits(leaf, [date] if date else []))


def _folded(leaf: Compare | In | Like | IsNull) -> Compare | In | Like | IsNull:
    """The condition on titles as they are kept: folded, with single blanks."""
    match leaf:
        case Compare(field, operator, value):
            return Compare(field, operator, " ".join(fold(str(value)).split()))
        case Like(field, pattern):
            return Like(field, fold(pattern))
        case In(field, values):
            return In(field, tuple(fold(str(each)) for each in values))
        case _:
            return leaf


def _fits(leaf: Compare | In | Like | IsNull, values: Iterable[str]) -> bool:
    if isinstance(leaf, IsNull):
        return not any(values)
    if isinstance(leaf, Like):
        pattern = like_regex(leaf.pattern)
        return any(pattern.fullmatch(value) for value in values)
    if isinstance(leaf, In):
        return any(value in leaf.values for value in values)
    wanted = str(leaf.value)
    return any(COMPARE[leaf.operator](value, wanted) for value in values)


def _unknown(name: str) -> InvalidInput:
    return InvalidInput(
        f"The search cannot filter by “{name}”.", f"Die Suche kann nicht nach „{name}“ filtern."
    )
