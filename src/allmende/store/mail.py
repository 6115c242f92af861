# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Letters that wait to be sent. A letter is here until it is sent or given up, not longer."""

from __future__ import annotations

from msgspec import Struct

from allmende.store.connection import Connection, now


class Waiting(Struct, frozen=True):
    """A letter that waits; `created` in µs UTC. A kind says who writes it when it is sent."""

    id: int
    recipient: str
    subject: str
    body: str
    created: int
    kind: str = ""


def add(db: Connection, recipient: str, subject: str, body: str, kind: str = "") -> int:
    """Puts a letter in; its number."""
    return int(
        db.value(
            "insert into mail (recipient, subject, body, created, kind) "
            "values (:recipient, :subject, :body, :at, :kind) returning id",
            recipient=recipient,
            subject=subject,
            body=body,
            at=now(),
            kind=kind,
        )
    )


def waiting(db: Connection, ident: int) -> Waiting | None:
    """A letter by its number; None when it is sent."""
    row = db.row(
        "select id, recipient, subject, body, created, kind from mail where id = :id", id=ident
    )
    return Waiting(*row) if row else None


def older(db: Connection, kind: str, before: int) -> list[Waiting]:
    """Letters of a kind put in before a moment (µs UTC), the newest first."""
    rows = db.rows(
        "select id, recipient, subject, body, created, kind from mail "
        "where kind = :kind and created < :before order by id desc",
        kind=kind,
        before=before,
    )
    return [Waiting(*row) for row in rows]


def count(db: Connection) -> int:
    """How many letters wait."""
    return int(db.value("select count(*) from mail"))


def remove(db: Connection, ident: int) -> None:
    """Forgets a letter."""
    db.run("delete from mail where id = :id", id=ident)


def forget_to(db: Connection, recipient: str) -> None:
    """Forgets all letters to somebody."""
    db.run("delete from mail where recipient = :recipient", recipient=recipient)


def forget_old(db: Connection, before: int) -> int:
    """Forgets letters put in before a moment (µs UTC); how many."""
    return db.run("delete from mail where created < :before", before=before)
