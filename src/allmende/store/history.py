# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Who is behind the ids in the history of records, and the end of a record for good."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from allmende.model.catalogue import ResourceKind
from allmende.store import changes, search
from allmende.store.connection import Connection
from allmende.store.events import emit


class Author(Struct, frozen=True):
    """Who has changed something: a person, a program with a token, the platform, or gone.

    `name` is empty for who is gone and for the platform.
    """

    kind: str  # "person", "program", "platform" or "gone"
    name: str = ""


def authors(db: Connection, idents: Sequence[str]) -> dict[str, Author]:
    """Who these ids are, each once; empty ids are left out."""
    wanted = sorted({each for each in idents if each})
    found = {each: Author("platform" if each == "system" else "gone") for each in wanted}
    for table, kind in (("account", "person"), ("service_token", "program")):
        rows = db.rows(
            f"select id, name from {table} where {db.dialect.any_of('id', 'ids')}",
            ids=db.dialect.list_value(wanted),
        )
        found.update({ident: Author(kind, name) for ident, name in rows})
    return found


def number_at(db: Connection, key: int, moment: int) -> int | None:
    """Number of the revision that a record was in at a moment (µs UTC); None before the first."""
    found = db.value(
        "select max(number) from revision where resource = :key and at <= :moment",
        key=key,
        moment=moment,
    )
    return int(found) if found is not None else None


def members(db: Connection, kind: ResourceKind, ident: str) -> int:
    """How many records and collections belong to a catalogue or dataset."""
    if kind is ResourceKind.CATALOG:
        sql = "select count(*) from resource where catalogue = :id"
    elif kind is ResourceKind.DATASET:
        sql = "select count(*) from geo.collection where dataset = :id"
    else:
        return 0
    return int(db.value(sql, id=ident))


def erase(db: Connection, key: int, kind: ResourceKind, ident: str) -> None:
    """Removes a record with its revisions, its files' names and what was worked out of it."""
    search.remove(db, key)
    changes.note_erased(db, key)
    db.run("delete from search_alias where key = :key", key=key)
    if kind is ResourceKind.DATASET:
        db.run("delete from stored_file where dataset = :id", id=ident)
        db.run("delete from deleted_file where dataset = :id", id=ident)
    db.run("delete from resource where key = :key", key=key)
    emit(db, "resource", "erased", key, f"{kind}/{ident}")
