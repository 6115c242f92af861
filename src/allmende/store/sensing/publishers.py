# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""How far those who pass on what happens have got; one process at a time does it."""

from __future__ import annotations

from msgspec import Struct

from allmende.store import events
from allmende.store.connection import Connection, now
from allmende.store.sensing import journal


class Turn(Struct, frozen=True):
    """A process's turn: what it has passed on, in the outbox and in the journal."""

    name: str
    worker: str
    event: int
    entry: int


def take_turn(db: Connection, name: str, worker: str, lease: int) -> Turn | None:
    """Takes or keeps the turn for `lease` µs; None while another process has it.

    A name that is new begins with what happens from now on.
    """
    db.run(
        "insert into sense_publisher (name, event, entry) values (:name, :event, :entry) "
        "on conflict (name) do nothing",
        name=name,
        event=events.last_sequence(db),
        entry=journal.last(db),
    )
    at = now()
    row = db.row(
        "update sense_publisher set worker = :worker, lease_until = :until where name = :name "
        "and (worker = :worker or lease_until <= :at) returning event, entry",
        name=name,
        worker=worker,
        until=at + lease,
        at=at,
    )
    return Turn(name, worker, row[0], row[1]) if row else None


def advance(db: Connection, turn: Turn, event: int, entry: int, lease: int) -> Turn | None:
    """Everything up to here was passed on; None when another process has the turn now."""
    moved = db.run(
        "update sense_publisher set event = :event, entry = :entry, lease_until = :until "
        "where name = :name and worker = :worker",
        name=turn.name,
        worker=turn.worker,
        event=event,
        entry=entry,
        until=now() + lease,
    )
    return Turn(turn.name, turn.worker, event, entry) if moved else None


def end_turn(db: Connection, turn: Turn) -> None:
    """Lets another process go on at once."""
    db.run(
        "update sense_publisher set lease_until = 0 where name = :name and worker = :worker",
        name=turn.name,
        worker=turn.worker,
    )
