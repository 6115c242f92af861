# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What happened to observations, in the order of commits, for whoever follows."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from allmende.store.connection import Connection

CREATED, CHANGED, DELETED = 1, 2, 3

_INSERT = (
    "insert into obs.journal (action, datastream, number, n) "
    "values (:action, :datastream, :number, :n)"
)


class Entry(Struct, frozen=True):
    """Something that was done to `n` observations with consecutive numbers."""

    sequence: int
    action: int
    datastream: int
    number: int
    n: int


def note(db: Connection, action: int, stream: int, number: int, n: int = 1) -> None:
    """Writes an entry."""
    db.run(_INSERT, action=action, datastream=stream, number=number, n=n)


def note_all(db: Connection, action: int, entries: Sequence[tuple[int, int, int]]) -> None:
    """Writes entries (datastream, first number, how many)."""
    if len(entries) == 1:
        note(db, action, *entries[0])
        return
    db.run_many(
        _INSERT,
        [
            {"action": action, "datastream": stream, "number": number, "n": n}
            for stream, number, n in entries
        ],
    )


def after(db: Connection, sequence: int, limit: int = 1_000) -> list[Entry]:
    """The entries after a sequence."""
    rows = db.rows(
        "select sequence, action, datastream, number, n from obs.journal "
        "where sequence > :sequence order by sequence limit :limit",
        sequence=sequence,
        limit=limit,
    )
    return [Entry(*found) for found in rows]


def last(db: Connection) -> int:
    """Sequence of the newest entry; 0 when there is none."""
    return int(db.value("select coalesce(max(sequence), 0) from obs.journal"))


def first(db: Connection) -> int:
    """Sequence of the oldest entry that is kept; 0 when there is none."""
    return int(db.value("select coalesce(min(sequence), 0) from obs.journal"))


def prune(db: Connection, keep: int) -> int:
    """Forgets all but the newest `keep` entries; how many."""
    return db.run("delete from obs.journal where sequence <= :until", until=last(db) - keep)
