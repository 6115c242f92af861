# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What is followed with mailboxes that refuse letters: counted, ended, and how much was ended."""

from __future__ import annotations

from collections.abc import Sequence

from allmende.store import audit
from allmende.store.connection import Connection, now

ENDED = "follow-ended"
ACTOR = "system"


def accepted(db: Connection, email: str) -> None:
    """A letter was taken: earlier refusals count no more."""
    db.run(
        "update follow set refused = 0, refused_since = null where email = :email and refused > 0",
        email=email,
    )


def refused(db: Connection, email: str, times: int, span: int) -> int:
    """A letter was refused for good: ends what is followed with the address when that has
    happened so often in a row, over at least `span` µs. How much was ended."""
    at = now()
    db.run(
        "update follow set refused = refused + 1, refused_since = coalesce(refused_since, :at) "
        "where email = :email",
        email=email,
        at=at,
    )
    ended = db.rows(
        "select follow.id, follow.record, resource.id, resource.organisation from follow "
        "left join resource on resource.key = follow.record where follow.email = :email "
        "and follow.refused >= :times and follow.refused_since <= :before order by follow.id",
        email=email,
        times=times,
        before=at - span,
    )
    for ident, record, dataset, organisation in ended:
        db.run("delete from follow where id = :id", id=ident)
        db.run("insert into follow_ended (record, at) values (:record, :at)", record=record, at=at)
        target = f"dataset/{dataset}" if dataset else "search"
        audit.note(db, ACTOR, ENDED, target, organisation or "")
    return len(ended)


def ended_of(db: Connection, record: int, since: int) -> int:
    """How often following a dataset was ended since a moment (µs UTC)."""
    return int(
        db.value(
            "select count(*) from follow_ended where record = :record and at >= :since",
            record=record,
            since=since,
        )
    )


def ended(db: Connection, organisations: Sequence[str] | None, since: int) -> int:
    """The same for the datasets of these organisations; of everything, searches too, for None."""
    if organisations is None:
        return int(db.value("select count(*) from follow_ended where at >= :since", since=since))
    owned = db.dialect.any_of("resource.organisation", "organisations")
    return int(
        db.value(
            "select count(*) from follow_ended join resource on resource.key = follow_ended.record "
            f"where follow_ended.at >= :since and {owned}",
            since=since,
            organisations=db.dialect.list_value(list(organisations)),
        )
    )
