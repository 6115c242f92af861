# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The audit log: who did what. Rows are only added; the database itself refuses changes."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from allmende.store.connection import Connection, now

KEPT_DAYS = 365


class AuditEntry(Struct, frozen=True):
    """One deed: time (µs UTC), ids of who and what, the organisation and how it ended."""

    sequence: int
    at: int
    actor: str
    action: str
    target: str
    organisation: str
    outcome: str


def note(
    db: Connection,
    actor: str,
    action: str,
    target: str,
    organisation: str = "",
    outcome: str = "done",
) -> None:
    """Adds a deed in the transaction of the change itself."""
    db.run(
        "insert into audit (at, actor, action, target, organisation, outcome) "
        "values (:at, :actor, :action, :target, :organisation, :outcome)",
        at=now(),
        actor=actor,
        action=action,
        target=target,
        organisation=organisation,
        outcome=outcome,
    )


def entries(
    db: Connection, organisations: Sequence[str] | None, before: int | None, limit: int
) -> list[AuditEntry]:
    """The newest deeds of these organisations (None: of all) with a sequence below `before`."""
    conditions = ["true"]
    if organisations is not None:
        conditions.append(db.dialect.any_of("organisation", "organisations"))
    if before is not None:
        conditions.append("sequence < :before")
    params = {
        "organisations": db.dialect.list_value(organisations or []),
        "before": before,
        "limit": limit,
    }
    used = {name: value for name, value in params.items() if value is not None}
    rows = db.rows(
        "select sequence, at, actor, action, target, organisation, outcome from audit "
        f"where {' and '.join(conditions)} order by sequence desc limit :limit",
        **used,
    )
    return [AuditEntry(*row) for row in rows]


def forget_old(db: Connection) -> int:
    """Deletes what is older than a year and a day; how many rows."""
    oldest = now() - (KEPT_DAYS + 1) * 86_400 * 1_000_000
    return db.run("delete from audit where at < :oldest", oldest=oldest)
