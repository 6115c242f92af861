# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""How far each subscriber of the outbox has got; one worker at a time serves it."""

from __future__ import annotations

from msgspec import Struct

from allmende.store.connection import Connection, now


class Turn(Struct, frozen=True):
    """A worker's turn to serve a subscriber: where it goes on, and after how many failures."""

    name: str
    worker: str
    sequence: int
    tries: int


def subscribe(db: Connection, name: str, *, from_start: bool) -> None:
    """Adds a subscriber at the beginning or the present end of the outbox; a known one stays."""
    start = "0" if from_start else "(select coalesce(max(sequence), 0) from event)"
    db.run(
        "insert into subscription (name, sequence, lease_until, tries, retry_at) "
        f"values (:name, {start}, 0, 0, 0) on conflict (name) do nothing",
        name=name,
    )


def behind(db: Connection, names: list[str]) -> list[str]:
    """Subscribers with events to hear that nobody serves and that need not rest, by name."""
    rows = db.rows(
        "select name from subscription "
        "where sequence < (select coalesce(max(sequence), 0) from event) "
        f"and lease_until <= :at and retry_at <= :at and {db.dialect.any_of('name', 'names')} "
        "order by name",
        at=now(),
        names=db.dialect.list_value(names),
    )
    return [row[0] for row in rows]


def take_turn(db: Connection, name: str, worker: str, lease: int) -> Turn | None:
    """Takes the right to serve a subscriber for `lease` µs; None when another has it."""
    at = now()
    row = db.row(
        "update subscription set worker = :worker, lease_until = :until "
        "where name = :name and lease_until <= :at and retry_at <= :at "
        "returning sequence, tries",
        name=name,
        worker=worker,
        until=at + lease,
        at=at,
    )
    return Turn(name, worker, row[0], row[1]) if row else None


def advance(db: Connection, turn: Turn, sequence: int, lease: int) -> bool:
    """Everything up to `sequence` was heard; False when somebody else has the turn."""
    changed = db.run(
        "update subscription set sequence = :sequence, lease_until = :until, tries = 0, "
        "retry_at = 0 where name = :name and worker = :worker",
        sequence=sequence,
        until=now() + lease,
        name=turn.name,
        worker=turn.worker,
    )
    return changed == 1


def end_turn(db: Connection, turn: Turn, rest: int = 0) -> None:
    """Lets others serve the subscriber, after `rest` µs when it has failed."""
    db.run(
        "update subscription set worker = null, lease_until = 0, "
        "tries = case when :rest > 0 then tries + 1 else tries end, retry_at = :retry_at "
        "where name = :name and worker = :worker",
        rest=rest,
        retry_at=now() + rest if rest else 0,
        name=turn.name,
        worker=turn.worker,
    )
