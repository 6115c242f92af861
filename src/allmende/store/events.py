# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The outbox: what was committed, in the order of the commits."""

from __future__ import annotations

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


def last_sequence(db: Connection) -> int:
    """Sequence of the newest event; 0 when there is none."""
    return int(db.value("select coalesce(max(sequence), 0) from event"))
