# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Who follows which dataset or search by letter, and how far each has been told."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from allmende.store.connection import Connection, Row, now

Kind = Literal["dataset", "search"]


class Follow(Struct, frozen=True, kw_only=True):
    """A dataset or a search that somebody follows; times in µs UTC.

    `told` is the last revision of the dataset, or the last event of the journal, that was
    told; `confirmed` is None until the person has opened the link in the first letter.
    """

    id: str
    account: str | None
    email: str
    language: str
    kind: Kind
    target: str
    record: int | None
    pace: str
    told: int
    told_at: int
    due: int
    confirmed: int | None
    created: int


_COLUMNS = (
    "id, account, email, language, kind, target, record, pace, told, told_at, due, confirmed, "
    "created"
)
_SELECT = "select " + ", ".join(f"follow.{name}" for name in _COLUMNS.split(", ")) + " from follow"


def _follow(row: Row) -> Follow:
    names = _COLUMNS.split(", ")
    return Follow(**dict(zip(names, row, strict=True)))


def add(db: Connection, follow: Follow) -> None:
    """Adds one; the same of the same person must not be there."""
    values = {name: getattr(follow, name) for name in _COLUMNS.split(", ")}
    listed = ", ".join(f":{name}" for name in values)
    db.run(f"insert into follow ({_COLUMNS}) values ({listed})", **values)


def find(db: Connection, ident: str) -> Follow | None:
    """One by its id."""
    row = db.row(f"{_SELECT} where id = :id", id=ident)
    return _follow(row) if row else None


def same(db: Connection, wanted: Follow) -> Follow | None:
    """The one with the same address, thing and account."""
    row = db.row(
        f"{_SELECT} where email = :email and kind = :kind and target = :target "
        "and coalesce(account, '') = :account",
        email=wanted.email,
        kind=wanted.kind,
        target=wanted.target,
        account=wanted.account or "",
    )
    return _follow(row) if row else None


def of_account(db: Connection, account: str) -> list[Follow]:
    """Everything an account follows, confirmed or not, the newest first."""
    rows = db.rows(f"{_SELECT} where account = :account order by created desc", account=account)
    return [_follow(row) for row in rows]


def of_address(db: Connection, email: str) -> int:
    """How much is followed with an address."""
    return int(db.value("select count(*) from follow where email = :email", email=email))


def is_proven(db: Connection, account: str, email: str) -> bool:
    """Whether the account has opened a link that was sent to the address."""
    return bool(
        db.value(
            "select 1 from follow where account = :account and email = :email "
            "and confirmed is not null limit 1",
            account=account,
            email=email,
        )
    )


def followers(db: Connection, record: int) -> int:
    """How many follow a dataset."""
    return int(
        db.value(
            "select count(*) from follow where record = :record and confirmed is not null",
            record=record,
        )
    )


def confirm(db: Connection, ident: str, told: int, told_at: int, due: int) -> bool:
    """The person has opened the link: from now on it is told; False when it is confirmed."""
    changed = db.run(
        "update follow set confirmed = :at, told = :told, told_at = :told_at, due = :due "
        "where id = :id and confirmed is null",
        id=ident,
        at=now(),
        told=told,
        told_at=told_at,
        due=due,
    )
    return changed == 1


def set_pace(db: Connection, ident: str, pace: str, language: str, due: int) -> None:
    """Changes how often letters come, and their language."""
    db.run(
        "update follow set pace = :pace, language = :language, due = :due where id = :id",
        id=ident,
        pace=pace,
        language=language,
        due=due,
    )


def told(db: Connection, before: Follow, upto: int, at: int, due: int) -> bool:
    """Notes that everything up to `upto` is told; False when somebody else has done so."""
    changed = db.run(
        "update follow set told = :upto, told_at = :at, due = :due "
        "where id = :id and told = :told and confirmed is not null",
        id=before.id,
        told=before.told,
        upto=upto,
        at=at,
        due=due,
    )
    return changed == 1


def untold(db: Connection, ident: str, since: int, since_at: int, upto: int) -> bool:
    """Takes back that a span was told, when nothing after it was; whether it did."""
    changed = db.run(
        "update follow set told = :since, told_at = :since_at, due = 0 "
        "where id = :id and told = :upto",
        id=ident,
        since=since,
        since_at=since_at,
        upto=upto,
    )
    return changed == 1


def rest(db: Connection, ident: str, due: int) -> None:
    """Looks at one again at `due`, without anything having been told."""
    db.run("update follow set due = :due where id = :id", id=ident, due=due)


def remove(db: Connection, ident: str) -> bool:
    """Forgets one; whether it was there."""
    return db.run("delete from follow where id = :id", id=ident) == 1


def forget_person(db: Connection, account: str, login: str) -> None:
    """Forgets everything that an account, or the address it signs in with, follows."""
    db.run(
        "delete from follow where account = :account or email = :login",
        account=account,
        login=login,
    )


def forget_unconfirmed(db: Connection, before: int) -> int:
    """Forgets what nobody has confirmed since a moment (µs UTC); how much."""
    return db.run("delete from follow where confirmed is null and created < :before", before=before)


def due_datasets(db: Connection, after: str, at: int, limit: int) -> list[Follow]:
    """Datasets that are to be told of and have changed, behind an id in the order of ids."""
    rows = db.rows(
        f"{_SELECT} join resource on resource.key = follow.record "
        "where follow.kind = 'dataset' and follow.due <= :at and follow.confirmed is not null "
        "and resource.revision > follow.told and follow.id > :after "
        "order by follow.id limit :limit",
        at=at,
        after=after,
        limit=limit,
    )
    return [_follow(row) for row in rows]


def due_searches(db: Connection, after: str, at: int, newest: int, limit: int) -> list[Follow]:
    """Searches that are to be looked at since the journal has gone on to `newest`."""
    rows = db.rows(
        f"{_SELECT} where kind = 'search' and due <= :at and confirmed is not null "
        "and told < :newest and id > :after order by id limit :limit",
        at=at,
        newest=newest,
        after=after,
        limit=limit,
    )
    return [_follow(row) for row in rows]


def revision_of(db: Connection, record: int) -> int:
    """Number of the newest revision of a record."""
    return int(db.value("select revision from resource where key = :key", key=record) or 0)


def newest(db: Connection) -> tuple[int, int]:
    """Sequence and time (µs UTC) of the newest event; the revision it tells of is not later."""
    row = db.row("select sequence, at from event order by sequence desc limit 1")
    return (row[0], row[1]) if row else (0, 0)


def changed_records(db: Connection, after: int, upto: int, limit: int) -> set[int]:
    """Keys of the records that changed in a part of the journal, at most so many."""
    rows = db.rows(
        "select distinct key from event where topic = 'resource' and sequence > :after "
        "and sequence <= :upto limit :limit",
        after=after,
        upto=upto,
        limit=limit,
    )
    return {row[0] for row in rows}
