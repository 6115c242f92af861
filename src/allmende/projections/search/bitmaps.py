# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Facets as bitmaps: which records have a value, and how many of a selection.

Every value of a facet or policy field is a set of record keys (roaring bitmaps, about
4 bytes a record and less). Counting a selection of many records goes through the most
frequent values first and stops when the rest cannot reach the list any more; when there are
more values than selected records, the records are counted one by one.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import NamedTuple

from msgspec import Struct
from pyroaring import BitMap

from allmende.errors import InvalidInput
from allmende.model.filter import (
    And,
    Compare,
    Everything,
    Filter,
    In,
    IsNull,
    Like,
    Not,
    Nothing,
    Or,
    Value,
    like_regex,
    matches,
)

# What the policy looks at; kind, catalogue and organisation are facets as well.
FIELDS = ("kind", "status", "metadata_access", "data_access", "organisation", "catalogue")
FACETS = (
    "kind",
    "type",
    "theme",
    "publisher",
    "licence",
    "format",
    "keyword",
    "catalogue",
    "openness",
    "hvd",
    "year",
    "organisation",
    "quality",
)
VALUES_A_RECORD = 2  # looking up a record costs as much as intersecting so many bitmaps
MAX_SLACK = 64  # changes over which a list of the most frequent values is kept


class FacetCount(Struct, frozen=True):
    """A value of a facet and the number of records that have it."""

    value: str
    count: int


class _Ranking(NamedTuple):
    """Values with their number of records as it was after `at` changes, the largest first."""

    values: list[tuple[int, str, BitMap]]
    fresh: list[tuple[int, str, BitMap]]  # values that have come since; always counted
    at: int


Values = Mapping[str, Iterable[str]]  # field or facet -> values of one record


class Bitmaps:
    """The values of all records. Keys are positive and below 2^32."""

    def __init__(self) -> None:
        self.everything = BitMap()
        self._sets: dict[str, dict[str, BitMap]] = {}
        self._records: dict[int, dict[str, tuple[str, ...]]] = {}
        self._spelled: dict[str, str] = {}  # each value once in memory
        self._ranked: dict[str, _Ranking] = {}
        self._changes = 0

    def put(self, key: int, values: Values) -> None:
        """Sets the values of a record."""
        self.put_many({key: values})

    def put_many(self, records: Mapping[int, Values]) -> None:
        """Sets the values of records; the keys of each value are gathered, then added at once."""
        gathered: dict[str, dict[str, list[int]]] = {}
        for key, values in records.items():
            self.remove(key)
            self._records[key] = {
                name: _gather(gathered.setdefault(name, {}), given, key, self._spelled)
                for name, given in values.items()
            }
        for name, lists in gathered.items():
            self._add(name, lists)
        self.everything.update(records)

    def remove(self, key: int) -> None:
        """Forgets a record."""
        self._changes += 1
        for name, given in self._records.pop(key, _NOTHING).items():
            for value in given:
                found = self._sets[name][value]
                found.discard(key)
                if not found:
                    del self._sets[name][value]
        self.everything.discard(key)

    def _add(self, name: str, lists: Mapping[str, list[int]]) -> None:
        """Adds records to the values of a facet or field."""
        sets = self._sets.setdefault(name, {})
        for value, keys in lists.items():
            found = sets.get(value)
            if found is not None:
                found.update(keys)
                continue
            sets[value] = made = BitMap(keys)
            if name in self._ranked:
                self._ranked[name].fresh.append((0, value, made))

    def having(self, name: str, value: str) -> BitMap:
        """Records that have a value; not to be changed."""
        return self._sets.get(name, {}).get(value) or _EMPTY

    def having_any(self, name: str, values: Iterable[str]) -> BitMap:
        """Records that have at least one of the values."""
        return BitMap.union(_EMPTY, *(self.having(name, value) for value in values))

    def having_all(self, name: str, values: Iterable[str]) -> BitMap:
        """Records that have every one of the values."""
        return BitMap.intersection(self.everything, *(self.having(name, value) for value in values))

    def values(self, name: str) -> Mapping[str, BitMap]:
        """All values of a facet with their records; not to be changed."""
        return self._sets.get(name, {})

    def count(
        self, name: str, selection: BitMap, limit: int, always: Iterable[str] = ()
    ) -> list[FacetCount]:
        """The most frequent values in a selection, then by value; `always` is kept in the list."""
        by_record = len(selection) * VALUES_A_RECORD < len(self.values(name))
        count = self._count_records if by_record else self._count_values
        top = count(name, selection, limit)
        listed = {each.value for each in top}
        for value in always:
            if value not in listed:
                number = self.having(name, value).intersection_cardinality(selection)
                top.append(FacetCount(value, number))
        return top

    def _count_records(self, name: str, selection: BitMap, limit: int) -> list[FacetCount]:
        counter = Counter(
            chain.from_iterable(self._records[key].get(name, ()) for key in selection)
        )
        best = heapq.nsmallest(limit, counter.items(), key=lambda item: (-item[1], item[0]))
        return [FacetCount(value, number) for value, number in best]

    def _count_values(self, name: str, selection: BitMap, limit: int) -> list[FacetCount]:
        best: list[tuple[int, str]] = []
        floor = 1
        ranking = self._ranking(name)
        slack = self._changes - ranking.at
        for possible, value, records in chain(ranking.fresh, ranking.values):
            if possible + slack < floor and possible:
                break
            number = records.intersection_cardinality(selection)
            if number >= floor:
                best.append((-number, value))
                if len(best) >= 2 * limit:
                    best = heapq.nsmallest(limit, best)
                    floor = -best[-1][0]
        return [FacetCount(value, -number) for number, value in heapq.nsmallest(limit, best)]

    def _ranking(self, name: str) -> _Ranking:
        ranking = self._ranked.get(name)
        if ranking is None or self._changes - ranking.at > MAX_SLACK:
            sets = self._sets.get(name, {})
            values = [(len(records), value, records) for value, records in sets.items()]
            values.sort(key=lambda item: -item[0])
            ranking = self._ranked[name] = _Ranking(values, [], self._changes)
        return ranking

    # --- the filter tree ---------------------------------------------------------------

    def evaluate(self, tree: Filter) -> BitMap:
        """Records that match a filter over the fields (see FIELDS), as SQL would say."""
        return self._truth(tree)[0]

    def _truth(self, tree: Filter) -> tuple[BitMap, BitMap]:
        """The records for which the tree is true and those for which it is false."""
        match tree:
            case Everything():
                return self.everything, _EMPTY
            case Nothing():
                return _EMPTY, self.everything
            case Not(part):
                true, false = self._truth(part)
                return false, true
            case And(parts):
                pairs = [self._truth(part) for part in parts]
                return (
                    BitMap.intersection(self.everything, *(true for true, _ in pairs)),
                    BitMap.union(_EMPTY, *(false for _, false in pairs)),
                )
            case Or(parts):
                pairs = [self._truth(part) for part in parts]
                return (
                    BitMap.union(_EMPTY, *(true for true, _ in pairs)),
                    BitMap.intersection(self.everything, *(false for _, false in pairs)),
                )
            case Compare() | In() | Like() | IsNull():
                return self._leaf(tree)
            case _:
                raise InvalidInput(
                    "The search takes comparisons of one field with values only.",
                    "Die Suche nimmt nur Vergleiche eines Feldes mit Werten.",
                )

    def _leaf(self, tree: Compare | In | Like | IsNull) -> tuple[BitMap, BitMap]:
        if tree.field not in FIELDS:
            raise InvalidInput(
                f"The search has no field “{tree.field}”; known are: {', '.join(FIELDS)}.",
                f"Die Suche kennt kein Feld „{tree.field}“; bekannt sind: {', '.join(FIELDS)}.",
            )
        sets = self._sets.get(tree.field, {})
        known = BitMap.union(_EMPTY, *sets.values())
        if isinstance(tree, IsNull):
            return self.everything - known, known
        true = BitMap.union(_EMPTY, *(found for value, found in sets.items() if _fits(tree, value)))
        return true, known - true


def _gather(
    lists: dict[str, list[int]], given: Iterable[str], key: int, spelled: dict[str, str]
) -> tuple[str, ...]:
    """Notes the record at each of its values; gives the one copy of them that is kept."""
    mine = tuple([spelled.setdefault(value, value) for value in given])
    for value in mine:
        keys = lists.get(value)
        if keys is None:
            lists[value] = [key]
        else:
            keys.append(key)
    return mine


def _fits(tree: Compare | In | Like, value: Value) -> bool:
    if isinstance(tree, Like):
        return like_regex(tree.pattern).fullmatch(str(value)) is not None
    return matches(tree, {tree.field: value})


_EMPTY = BitMap()
_NOTHING: dict[str, tuple[str, ...]] = {}
