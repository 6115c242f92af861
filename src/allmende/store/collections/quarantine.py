# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""One refused row, and how the next file of a collection is to be read."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from allmende.model.findings import Finding
from allmende.store.collections import books
from allmende.store.collections.tables import Names
from allmende.store.collections.types import Prepared, Quarantined, Target
from allmende.store.connection import Connection


def refused(db: Connection, collection: int, key: int) -> Quarantined | None:
    """The refused row with this key."""
    found = books.quarantined(db, collection, key - 1, 1)
    return found[0] if found and found[0].key == key else None


def reword(db: Connection, collection: int, key: int, findings: Sequence[Finding]) -> None:
    """Says anew what is wrong with a refused row."""
    db.run(
        "update geo.row_quarantine set findings = :findings "
        "where collection = :collection and key = :key",
        findings=msgspec.json.encode(findings).decode(),
        collection=collection,
        key=key,
    )


def hashes(db: Connection, target: Target, changes: Sequence[Prepared]) -> dict[str, bytes]:
    """The hash of every row that is there already, by id."""
    names = Names(target.id, target.entity, db.dialect.name)
    rows = db.rows(
        f"select _id, _hash from {names.table} where {db.dialect.any_of('_id', 'ids')}",
        ids=db.dialect.list_value([each.id for each in changes]),
    )
    return {row[0]: bytes(row[1]) for row in rows}


def mapping(db: Connection, collection: int) -> str:
    """The mapping of the last file as JSON; empty when none was kept."""
    found = db.value("select mapping from geo.collection where number = :number", number=collection)
    return str(found or "")
