# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Requests for data that are not open, what is said about them, and what they have opened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from allmende.policy import Grant
from allmende.store.connection import Connection, now

OPEN, ASKED, GRANTED = "open", "asked", "granted"
REFUSED, WITHDRAWN, REVOKED, ENDED = "refused", "withdrawn", "revoked", "ended"
WAITING = (OPEN, ASKED)

_SELECT = (
    "select r.id, r.dataset, resource.organisation, r.account, r.purpose_kind, r.purpose, "
    "r.months, r.language, r.status, r.created, r.changed, r.decided, r.decided_by, r.until, "
    "r.terms, r.reminded from access_request as r "
    "join resource on resource.kind = 'dataset' and resource.id = r.dataset"
)


class Request(Struct, frozen=True):
    """A request; `organisation` is the one that owns the dataset today. Times in µs UTC."""

    id: str
    dataset: str
    organisation: str
    account: str | None
    purpose_kind: str
    purpose: str
    months: int
    language: str
    status: str
    created: int
    changed: int
    decided: int | None
    decided_by: str | None
    until: int | None
    terms: str
    reminded: int | None


class Said(Struct, frozen=True):
    """One step of the talk between who asks and who owns; `side` is asker or owner."""

    number: int
    at: int
    side: str
    actor: str
    action: str
    words: str


# --- what is open to whom ------------------------------------------------------------


def grants(db: Connection, account: str) -> tuple[Grant, ...]:
    """What is opened to a person now, by dataset."""
    rows = db.rows(
        "select dataset, max(until) from access_request where account = :account "
        "and status = 'granted' and until > :at group by dataset order by dataset",
        account=account,
        at=now(),
    )
    return tuple(Grant(*row) for row in rows)


# --- requests ------------------------------------------------------------------------


def add(db: Connection, request: Request) -> None:
    """Stores a new request."""
    db.run(
        "insert into access_request (id, dataset, account, purpose_kind, purpose, months, "
        "language, status, created, changed) values (:id, :dataset, :account, :kind, :purpose, "
        ":months, :language, :status, :created, :created)",
        id=request.id,
        dataset=request.dataset,
        account=request.account,
        kind=request.purpose_kind,
        purpose=request.purpose,
        months=request.months,
        language=request.language,
        status=request.status,
        created=request.created,
    )


def find(db: Connection, ident: str) -> Request | None:
    """One request by its id."""
    row = db.row(f"{_SELECT} where r.id = :id", id=ident)
    return Request(*row) if row else None


def of_account(db: Connection, account: str, dataset: str | None = None) -> list[Request]:
    """The requests of a person (for one dataset), the newest first."""
    only = " and r.dataset = :dataset" if dataset is not None else ""
    given: dict[str, Any] = {"dataset": dataset} if dataset is not None else {}
    rows = db.rows(
        f"{_SELECT} where r.account = :account{only} order by r.created desc, r.id",
        account=account,
        **given,
    )
    return [Request(*row) for row in rows]


def of_organisations(
    db: Connection, organisations: Sequence[str] | None, limit: int
) -> list[Request]:
    """Requests for datasets of organisations (None: of all): those that wait first, oldest first;
    then the others, newest first."""
    where, given = "true", {}
    if organisations is not None:
        where = db.dialect.any_of("resource.organisation", "organisations")
        given["organisations"] = db.dialect.list_value(list(organisations))
    rows = db.rows(
        f"{_SELECT} where {where} order by case r.status when 'open' then 0 when 'asked' then 1 "
        "else 2 end, case when r.status in ('open', 'asked') then r.created else -r.changed end, "
        "r.id limit :limit",
        limit=limit,
        **given,
    )
    return [Request(*row) for row in rows]


def waiting(db: Connection, organisations: Sequence[str] | None) -> int:
    """How many requests wait for these organisations (None: for all)."""
    where, given = "true", {}
    if organisations is not None:
        where = db.dialect.any_of("resource.organisation", "organisations")
        given["organisations"] = db.dialect.list_value(list(organisations))
    return int(
        db.value(
            "select count(*) from access_request as r join resource on resource.kind = 'dataset' "
            f"and resource.id = r.dataset where r.status = 'open' and {where}",
            **given,
        )
    )


def settle(db: Connection, ident: str, before: Sequence[str], **values: Any) -> bool:
    """Changes a request that has one of these states; False when it has another by now."""
    moment = now()
    sets = ", ".join(f"{name} = :{name}" for name in values)
    states = ", ".join(f":state{at}" for at in range(len(before)))
    changed = db.run(
        f"update access_request set {sets}, changed = :moment where id = :id "
        f"and status in ({states})",
        id=ident,
        moment=moment,
        **values,
        **{f"state{at}": each for at, each in enumerate(before)},
    )
    return changed == 1


def forget_account(db: Connection, account: str) -> None:
    """Takes a person out of their requests; that there were requests stays counted."""
    db.run(
        "delete from access_word where request in "
        "(select id from access_request where account = :account)",
        account=account,
    )
    db.run(
        "update access_request set purpose = '', terms = '', account = null, changed = :at, "
        "status = case when status in ('open', 'asked') then 'withdrawn' "
        "when status = 'granted' then 'ended' else status end where account = :account",
        account=account,
        at=now(),
    )


def forget_dataset(db: Connection, dataset: str) -> None:
    """Deletes what was asked for, granted and reserved of a dataset that is erased.

    Its id may be given again, and then nothing of it may be open to anybody.
    """
    db.run(
        "delete from access_word where request in "
        "(select id from access_request where dataset = :dataset)",
        dataset=dataset,
    )
    db.run("delete from access_request where dataset = :dataset", dataset=dataset)
    db.run("delete from licence_reservation where dataset = :dataset", dataset=dataset)


# --- what is said --------------------------------------------------------------------


def say(db: Connection, ident: str, side: str, actor: str, action: str, words: str) -> None:
    """Adds a step to the talk."""
    db.run(
        "insert into access_word (request, number, at, side, actor, action, words) "
        "select :id, coalesce(max(number), 0) + 1, :at, :side, :actor, :action, :words "
        "from access_word where request = :id",
        id=ident,
        at=now(),
        side=side,
        actor=actor,
        action=action,
        words=words,
    )


def said(db: Connection, ident: str) -> list[Said]:
    """The steps of a request in their order."""
    rows = db.rows(
        "select number, at, side, actor, action, words from access_word "
        "where request = :id order by number",
        id=ident,
    )
    return [Said(*row) for row in rows]


# --- what ends -----------------------------------------------------------------------


def over(db: Connection) -> list[Request]:
    """Grants whose time is over and that are not marked as ended."""
    rows = db.rows(
        f"{_SELECT} where r.status = 'granted' and r.until <= :at order by r.until, r.id "
        "limit 1000",
        at=now(),
    )
    return [Request(*row) for row in rows]


def ending(db: Connection, before: int) -> list[Request]:
    """Grants that end before a moment, of which nobody was told yet."""
    rows = db.rows(
        f"{_SELECT} where r.status = 'granted' and r.until > :at and r.until <= :before "
        "and r.reminded is null order by r.until, r.id limit 1000",
        at=now(),
        before=before,
    )
    return [Request(*row) for row in rows]


# --- numbers -------------------------------------------------------------------------


def counts(db: Connection) -> list[tuple[str, int, str, int]]:
    """Requests for datasets everybody knows of: organisation, day (of the time), status, how many.

    Days are counted from 1970-01-01 UTC.
    """
    rows = db.rows(
        "select resource.organisation, r.created / 86400000000, "
        "case when r.decided is null and r.status = 'ended' then 'withdrawn' else r.status end, "
        "count(*) from access_request as r "
        "join resource on resource.kind = 'dataset' and resource.id = r.dataset "
        "where resource.metadata_access = 'open' and resource.status = 'published' "
        "group by 1, 2, 3 order by 1, 2, 3"
    )
    return [(organisation, int(day), status, int(n)) for organisation, day, status, n in rows]
