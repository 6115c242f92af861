# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Batches that are answered later, with their answers."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from allmende.store.connection import Connection, Row


class Batch(Struct, frozen=True):
    """A batch: when work on it was last heard of (µs UTC, 0: interrupted), and its answer.

    `status` is that of the answer, 0 while there is none.
    """

    id: str
    made: int
    seen: int
    status: int
    kind: str
    body: bytes


def insert(db: Connection, ident: str, subject: str, at: int) -> None:
    """Notes a batch that is worked on from now on."""
    db.run(
        "insert into sense_batch (id, subject, made, seen, status, kind) "
        "values (:id, :subject, :at, :at, 0, '')",
        id=ident,
        subject=subject,
        at=at,
    )


def count(db: Connection, subject: str) -> int:
    """How many batches of a subject there are, done or not."""
    return int(
        db.value("select count(*) from sense_batch where subject = :subject", subject=subject)
    )


def beat(db: Connection, ident: str, at: int) -> bool:
    """Notes that it is worked on; False when it was given up."""
    sql = "update sense_batch set seen = :at where id = :id and status = 0"
    return db.run(sql, id=ident, at=at) > 0


def finish(db: Connection, ident: str, status: int, kind: str, body: bytes) -> None:
    """Keeps the answer, unless the batch was given up."""
    db.run(
        "update sense_batch set status = :status, kind = :kind, body = :body "
        "where id = :id and status = 0",
        id=ident,
        status=status,
        kind=kind,
        body=body,
    )


def interrupt(db: Connection, idents: Sequence[str]) -> None:
    """Notes that nobody works on these any more."""
    for ident in idents:
        db.run("update sense_batch set seen = 0 where id = :id and status = 0", id=ident)


def get(db: Connection, ident: str, subject: str, since: int) -> Batch | None:
    """A batch of a subject that was made since a moment."""
    row = db.row(
        "select id, made, seen, status, kind, body from sense_batch "
        "where id = :id and subject = :subject and made >= :since",
        id=ident,
        subject=subject,
        since=since,
    )
    return None if row is None else _batch(row)


def _batch(row: Row) -> Batch:
    ident, made, seen, status, kind, body = row
    return Batch(ident, made, seen, status, kind, bytes(body or b""))


def remove(db: Connection, ident: str, subject: str) -> bool:
    """Forgets a batch of a subject and its answer; work on it ends."""
    sql = "delete from sense_batch where id = :id and subject = :subject"
    return db.run(sql, id=ident, subject=subject) > 0


def forget(db: Connection, before: int) -> int:
    """Forgets what was made before a moment; how many."""
    return db.run("delete from sense_batch where made < :before", before=before)
