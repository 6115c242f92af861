# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The index in memory: facets, orders, extents, words; it follows the database by itself.

Every search first asks for the newest change (one indexed row) and takes over what other
writers, also those of other processes, have committed. Only the full text stays in the
database.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import cast

from pyroaring import BitMap

from allmende.model.filter import Filter
from allmende.model.mqa import band
from allmende.projections.search.bitmaps import Bitmaps, FacetCount, Values
from allmende.projections.search.document import Facts, decode
from allmende.projections.search.extents import Extents
from allmende.projections.search.fulltext import Lookup, MatchCache, TextHits, find
from allmende.projections.search.orders import Order
from allmende.projections.search.places import Box, Period, intersects, overlaps
from allmende.projections.search.query import Found, SearchQuery, check
from allmende.projections.search.ranking import Known, ranked
from allmende.projections.search.suggest import completions, corrections
from allmende.projections.search.vocabulary import Vocabulary
from allmende.projections.search.where import evaluate
from allmende.store import aliases, scores
from allmende.store import search as stored
from allmende.store.connection import Connection

_NONE: dict[str, str] = {}
_NO_LISTS: dict[str, list[str]] = {}
_NO_QUALITY: dict[str, tuple[str, ...]] = {}


class SearchIndex:
    """What is held in memory of all records; may be used by several threads."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._sequence = 0
        self._facts: dict[int, Facts] = {}
        self._bitmaps = Bitmaps()
        self._boxes: Extents[Box] = Extents(intersects)
        self._periods: Extents[Period] = Extents(overlaps)
        self._orders = {
            "modified": Order(descending=True),
            "issued": Order(descending=True),
            "title": Order(),
            "quality": Order(descending=True),
        }
        self._publishers: dict[str, dict[str, str]] = {}
        self._vocabulary = Vocabulary()
        self._matches = MatchCache()
        self._listed: dict[str, tuple[int, list[int]]] = {}  # column -> at sequence, all keys

    def __len__(self) -> int:
        return len(self._facts)

    def search(self, db: Connection, condition: Filter, query: SearchQuery) -> Found:
        """Answers a query about the records that the condition (the policy) allows.

        Raises InvalidInput or LimitExceeded for a query that cannot be answered.
        """
        check(query)
        with self._lock:
            self.refresh(db)
            return self._search(db, condition, query)

    def complete(self, db: Connection, condition: Filter, text: str, limit: int = 10) -> list[str]:
        """Titles and keywords of allowed records that go on as the text begins."""
        with self._lock:
            self.refresh(db)
            visible = self._bitmaps.evaluate(condition)
            lookup = self._matches.lookup(db, self._sequence)
            return completions(
                text, limit, visible, self._vocabulary, lookup, self._facts, self._bitmaps
            )

    def visible(self, db: Connection, condition: Filter) -> BitMap:
        """Keys of the records that a condition allows, as the search sees it."""
        with self._lock:
            self.refresh(db)
            return self._bitmaps.evaluate(condition)

    def facts(self, db: Connection) -> dict[int, Facts]:
        """Everything the memory holds, for checks."""
        with self._lock:
            self.refresh(db)
            return dict(self._facts)

    def refresh(self, db: Connection) -> None:
        """Takes over everything that was committed since the last time."""
        with self._lock:
            self._refresh(db)

    def _refresh(self, db: Connection) -> None:
        newest = stored.sequence(db)
        if newest == self._sequence:
            return
        self._vocabulary.add(stored.new_words(db, self._sequence))
        points = scores.points_after(db, self._sequence)
        self._take_over(stored.changes(db, self._sequence), points)
        self._sequence = newest

    def _take_over(
        self, changes: Iterable[tuple[int, str | None]], points: Mapping[int, int]
    ) -> None:
        new: dict[int, Facts] = {}
        with _no_collection():
            for key, facts in changes:
                if facts is None:
                    self._forget(key)
                else:
                    new[key] = decode(facts)
                    new[key].points = points.get(key, -1)
            self._put_all(new)

    def _put_all(self, new: dict[int, Facts]) -> None:
        self._bitmaps.put_many({key: self._values(each) for key, each in new.items()})
        for key, found in new.items():
            self._put(key, found)
        self._orders["modified"].put_many({key: each.modified for key, each in new.items()})
        self._orders["issued"].put_many({key: each.issued for key, each in new.items()})
        self._orders["title"].put_many({key: each.order for key, each in new.items()})
        self._orders["quality"].put_many({key: _padded(each) for key, each in new.items()})

    def _put(self, key: int, facts: Facts) -> None:
        self._facts[key] = facts
        if facts.publisher:
            self._publishers.update(
                dict.fromkeys(facts.facets.get("publisher", ()), facts.publisher)
            )
        facts.fields, facts.facets = _NONE, _NO_LISTS  # the bitmaps have them now
        self._boxes.put(key, facts.boxes)
        self._periods.put(key, facts.periods or _moment(facts))

    def _values(self, facts: Facts) -> Values:
        quality = {"quality": (band(facts.points),)} if facts.points >= 0 else _NO_QUALITY
        return {**{name: (each,) for name, each in facts.fields.items()}, **facts.facets, **quality}

    def _forget(self, key: int) -> None:
        self._facts.pop(key, None)
        self._bitmaps.remove(key)
        self._boxes.remove(key)
        self._periods.remove(key)
        for order in self._orders.values():
            order.remove(key)

    # --- answering -----------------------------------------------------------------------

    def _search(self, db: Connection, condition: Filter, query: SearchQuery) -> Found:
        visible = self._bitmaps.evaluate(condition)
        if query.kinds:
            visible = visible & self._bitmaps.having_any("kind", map(str, query.kinds))
        lookup = self._matches.lookup(db, self._sequence)
        if query.where is not None:
            visible = visible & evaluate(query.where, _Known(self, db, visible, lookup))
        hits = find(query.text, visible, self._vocabulary, lookup)
        base = self._inside(query, hits.records)
        chosen = {name: self._chosen(query, name) for name in query.facets if query.facets[name]}
        selection = BitMap.intersection(base, *chosen.values())
        suggestions = corrections(hits, query.text, visible, self._vocabulary, lookup)
        facets = {name: self._count(query, name, base, chosen) for name in query.counted}
        return Found(
            total=len(selection),
            keys=self._page(db, query, hits, selection),
            facets=facets,
            publishers={
                each.value: self._publishers[each.value]
                for each in facets.get("publisher", ())
                if each.value in self._publishers
            },
            mode=hits.mode,
            ignored=[group.text for group in hits.ignored],
            suggestions=suggestions,
        )

    def _inside(self, query: SearchQuery, records: BitMap) -> BitMap:
        if query.bbox is not None:
            records = records & self._boxes.meeting(query.bbox)
        if query.start or query.end:
            records = records & self._periods.meeting((query.start or "", query.end or ""))
        return records

    def _chosen(self, query: SearchQuery, name: str) -> BitMap:
        having = self._bitmaps.having_all if name in query.all_values else self._bitmaps.having_any
        return having(name, query.facets[name])

    def _count(
        self, query: SearchQuery, name: str, base: BitMap, chosen: dict[str, BitMap]
    ) -> list[FacetCount]:
        """Counts leave out the facet's own choice, unless all of its values are demanded."""
        others = [
            records
            for other, records in chosen.items()
            if other != name or name in query.all_values
        ]
        selection = BitMap.intersection(base, *others)
        chosen_values = query.facets.get(name, ())
        return self._bitmaps.count(name, selection, query.facet_limit, chosen_values)

    def _page(
        self, db: Connection, query: SearchQuery, hits: TextHits, selection: BitMap
    ) -> list[int]:
        end = query.offset + query.limit
        if query.limit == 0 or not selection:
            return []
        if query.sort != "relevance":
            return self._sorted(db, query, selection)
        newest = self._orders["modified"]
        if hits.wide is None:
            return newest.page(selection, query.offset, query.limit)

        def rest(records: BitMap, number: int) -> list[int]:
            return newest.page(records, 0, number)

        open_ = self._bitmaps.having("data_access", "open")

        def rows(keys: list[int]) -> dict[int, int]:
            return stored.rows_here(db, [key for key in keys if key in open_])

        known = Known(self._matches.scores(db), rest, rows)
        return ranked(db, hits, selection, self._facts, known, end)[query.offset :]

    def _sorted(self, db: Connection, query: SearchQuery, selection: BitMap) -> list[int]:
        start, number = query.offset, query.limit
        turned = query.backwards != (query.sort in ("updated", "created"))  # kept oldest first
        if turned:
            end = len(selection) - query.offset
            start, number = max(0, end - query.limit), max(0, min(query.limit, end))
        if query.sort in self._orders:
            page = self._orders[query.sort].page(selection, start, number)
        else:
            listed = (key for key in self._all_by(db, query.sort) if key in selection)
            page = list(islice(listed, start, start + number))
        return page[::-1] if turned else page

    def _all_by(self, db: Connection, column: str) -> list[int]:
        """All keys in the order of a column, ascending; made anew after a change."""
        at, keys = self._listed.get(column, (-1, []))
        if at != self._sequence:
            keys = aliases.ordered(db, cast(aliases.Column, column))
            self._listed[column] = (self._sequence, keys)
        return keys

    def values(self, db: Connection, condition: Filter, name: str) -> dict[str, int]:
        """Every value of a facet that allowed records have, with their number."""
        with self._lock:
            self.refresh(db)
            visible = self._bitmaps.evaluate(condition)
            counted = (
                (value, records.intersection_cardinality(visible))
                for value, records in self._bitmaps.values(name).items()
            )
            return {value: number for value, number in counted if number}


class _Known:
    """What the conditions of a query are looked up in."""

    def __init__(self, index: SearchIndex, db: Connection, visible: BitMap, lookup: Lookup) -> None:
        self.db = db
        self.bitmaps = index._bitmaps
        self.facts = index._facts
        self._visible, self._vocabulary, self._lookup = visible, index._vocabulary, lookup

    def text(self, words: str) -> BitMap:
        """Visible records that have all the words."""
        hits = find(words, self._visible, self._vocabulary, self._lookup)
        return BitMap() if hits.mode in ("none", "partial") else hits.records


@contextmanager
def _no_collection() -> Iterator[None]:
    """Many new objects and no cycles: the collector would only look through them in vain."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _padded(facts: Facts) -> str:
    """Points as a text that sorts like a number; empty for what has no score."""
    return f"{facts.points:03}" if facts.points >= 0 else ""


def _moment(facts: Facts) -> list[Period]:
    """The time of a record that does not say which time it speaks about."""
    date = facts.issued or facts.modified
    return [(date, date)] if date else []
