# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The outbox: what was committed, in the order of the commits."""

from __future__ import annotations

from itertools import takewhile

from msgspec import Struct

from allmende.store.connection import Connection, now


class Event(Struct, frozen=True):
    """Something that was committed."""

    sequence: int
    at: int
    topic: str
    action: str
    key: int
    id: str


def emit(db: Connection, topic: str, action: str, key: int, ident: str) -> None:
    """Puts an event into the outbox; it exists when the transaction commits."""
    db.run(
        "insert into event (at, topic, action, key, id) values (:at, :topic, :action, :key, :id)",
        at=now(),
        topic=topic,
        action=action,
        key=key,
        id=ident,
    )


def events_after(db: Connection, sequence: int, limit: int = 1000) -> list[Event]:
    """The next events in the order of their commits."""
    rows = db.rows(
        "select sequence, at, topic, action, key, id from event where sequence > :sequence "
        "order by sequence limit :limit",
        sequence=sequence,
        limit=limit,
    )
    return [Event(*row) for row in rows]


def forget_old(db: Connection, before: int, most: int = 10_000) -> int:
    """Deletes the oldest events, at most so many, from before a moment (µs); how many went.

    What a subscriber has not heard yet stays, and so does the newest: the count goes on from it.
    """
    rows = db.rows(
        "select sequence, at from event where sequence < (select max(sequence) from event) "
        "and sequence <= coalesce((select min(sequence) from subscription), "
        "(select max(sequence) from event)) order by sequence limit :most",
        most=most,
    )
    old = [sequence for sequence, _ in takewhile(lambda row: row[1] < before, rows)]
    return db.run("delete from event where sequence <= :last", last=old[-1]) if old else 0


def last_sequence(db: Connection) -> int:
    """Sequence of the newest event; 0 when there is none."""
    return int(db.value("select coalesce(max(sequence), 0) from event"))
