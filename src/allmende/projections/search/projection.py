# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The search as a projection of the catalogue: written with every record, rebuilt, checked."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from allmende.model.filter import Everything
from allmende.projections.search.document import document
from allmende.projections.search.index import SearchIndex
from allmende.store import catalogue
from allmende.store import search as stored
from allmende.store.connection import Connection
from allmende.store.records import Entry, Record, entry_of
from allmende.store.search import Document

REBUILD_BATCH = 200
ANALYSIS = 3  # to be raised when stems, facets or facts are worked out differently


class SearchProjection:
    """Keeps the search in step with the records; `index` answers the questions."""

    def __init__(self, language: str = "de") -> None:
        self.language = language
        self.index = SearchIndex()
        self._noted = False

    def analyse(self, entry: Entry) -> Document:
        """Stems, words and facets of an entry; runs outside of the writer's thread."""
        return document(entry, self.language)

    def write(self, db: Connection, key: int, entry: Entry, analysed: Document) -> None:
        """Stores the analysis in the transaction that stores the record."""
        if not self._noted:
            self._note_maker(db)
        stored.index(db, key, analysed)

    def _note_maker(self, db: Connection) -> None:
        """A new index is of this version from its first record on."""
        if stored.sequence(db) == 0:
            stored.set_state(db, "made_by", self.made_by)
        self._noted = True

    # --- rebuilding: record by record, so that the search answers all the time ------------

    @property
    def made_by(self) -> str:
        """What the stored analysis depends on; when it changes, the index is made anew."""
        return f"{ANALYSIS}/{self.language}"

    def outdated(self, db: Connection) -> list[int]:
        """Keys of the records to analyse: all after a change of the program, else missing ones."""
        keys = catalogue.keys(db, Everything())
        if stored.state(db, "made_by") != self.made_by:
            return keys
        indexed = stored.indexed_keys(db)
        return [key for key in keys if key not in indexed]

    def rebuild(self, db: Connection, keys: Sequence[int]) -> int:
        """Analyses records anew and replaces what the index has of them; the number of them."""
        records = catalogue.by_keys(db, Everything(), keys)
        for record in records:
            stored.index(db, record.key, document(entry_of(record), self.language))
        return len(records)

    def finish_rebuild(self, db: Connection) -> int:
        """Forgets what belongs to no record any more; the number of forgotten records."""
        gone = stored.indexed_keys(db) - set(catalogue.keys(db, Everything()))
        for key in gone:
            stored.remove(db, key)
        stored.drop_unused_words(db)
        stored.set_state(db, "made_by", self.made_by)
        return len(gone)

    # --- checking -------------------------------------------------------------------------

    def check(self, db: Connection, keys: Sequence[int] | None = None) -> list[Difference]:
        """Differences between the records and the index; all records, or those with these keys."""
        wanted = catalogue.keys(db, Everything()) if keys is None else list(keys)
        texts = stored.indexed_keys(db)
        kept = dict(stored.changes(db, 0))
        found = [] if keys is not None else _surplus(set(wanted), texts)
        for place in range(0, len(wanted), REBUILD_BATCH):
            records = catalogue.by_keys(db, Everything(), wanted[place : place + REBUILD_BATCH])
            for record in records:
                found += self._differences(record, texts, kept)
        return found

    def _differences(
        self, record: Record, texts: set[int], kept: dict[int, str | None]
    ) -> list[Difference]:
        if record.key not in texts or kept.get(record.key) is None:
            return [Difference(record.key, record.id, "missing")]
        expected = document(entry_of(record), self.language).facts
        if kept[record.key] != expected:
            return [Difference(record.key, record.id, "outdated")]
        return []


class Difference(Struct, frozen=True):
    """A record whose index is `missing`, `outdated`, or `surplus` (there is no record)."""

    key: int
    id: str
    problem: str


def _surplus(present: set[int], texts: set[int]) -> list[Difference]:
    return [Difference(key, "", "surplus") for key in sorted(texts - present)]
