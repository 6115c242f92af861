# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The names records brought along from elsewhere, written with every record and rebuilt."""

from __future__ import annotations

from collections.abc import Sequence

from allmende.model import leftover, uuids
from allmende.model.catalogue import Dataset, Resource
from allmende.model.filter import Everything
from allmende.store import aliases, catalogue
from allmende.store import search as stored
from allmende.store.connection import Connection
from allmende.store.records import Entry

REBUILD_BATCH = 200
STATE, VERSION = "aliases", "1"


def names_of(resource: Resource, original_id: str | None) -> list[str]:
    """UUIDs of a record and its distributions, and the name a CKAN client gave it."""
    found = uuids.aliases(resource, original_id)
    name = leftover.name_of(resource) if isinstance(resource, Dataset) else ""
    return [*found, leftover.alias(name)] if name else found


class AliasProjection:
    """Keeps the other names in step with the records."""

    def analyse(self, entry: Entry) -> list[str]:
        """UUIDs of the entry and of its distributions."""
        return names_of(entry.resource, entry.original_id)

    def write(self, db: Connection, key: int, entry: Entry, analysed: list[str]) -> None:
        """Stores them in the transaction that stores the record."""
        aliases.save(db, key, analysed)

    def outdated(self, db: Connection) -> list[int]:
        """Keys of the records to go through: all after an upgrade or a restore, else none."""
        if stored.state(db, STATE) == VERSION:
            return []
        return catalogue.keys(db, Everything())

    def rebuild(self, db: Connection, keys: Sequence[int]) -> None:
        """Stores the other names of records anew."""
        for record in catalogue.by_keys(db, Everything(), keys):
            aliases.save(db, record.key, names_of(record.resource, record.original_id))

    def finish_rebuild(self, db: Connection) -> None:
        """Notes that all records have been gone through."""
        stored.set_state(db, STATE, VERSION)
