# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What people have made of datasets: applications, articles, research."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from allmende.model.filter import Filter
from allmende.store.catalogue import COLUMNS
from allmende.store.conditions import compile_filter
from allmende.store.connection import Connection, Row, now


class Showcase(Struct, kw_only=True):
    """One thing that was made of datasets; `records` are their keys. Times in µs UTC.

    `picture_type` is the media type of its picture, empty without one.
    """

    id: str
    kind: str
    title: str
    text: str
    link: str
    language: str
    maker: str
    email: str
    account: str | None
    state: str
    picture_type: str = ""
    created: int = 0
    decided: int | None = None
    decided_by: str = ""
    records: list[int] = []


_COLUMNS = (
    "id, kind, title, text, link, language, maker, email, account, state, picture_type, created, "
    "decided, decided_by"
)
_SELECT = "select " + ", ".join(f"showcase.{n}" for n in _COLUMNS.split(", ")) + " from showcase"


def _showcases(db: Connection, rows: Sequence[Row]) -> list[Showcase]:
    names = _COLUMNS.split(", ")
    found = [Showcase(**dict(zip(names, row, strict=True))) for row in rows]
    for each in found:
        each.records = [
            row[0]
            for row in db.rows(
                "select record from showcase_dataset where showcase = :id order by record",
                id=each.id,
            )
        ]
    return found


def add(db: Connection, made: Showcase, picture: bytes | None) -> None:
    """Keeps one with its picture and its datasets."""
    values = {name: getattr(made, name) for name in _COLUMNS.split(", ")}
    values["created"] = now()
    listed = ", ".join(f":{name}" for name in values)
    db.run(
        f"insert into showcase ({_COLUMNS}, picture) values ({listed}, :picture)",
        picture=picture,
        **values,
    )
    db.run_many(
        "insert into showcase_dataset (showcase, record) values (:showcase, :record)",
        [{"showcase": made.id, "record": record} for record in made.records],
    )


def find(db: Connection, ident: str) -> Showcase | None:
    """One by its id."""
    found = _showcases(db, db.rows(f"{_SELECT} where id = :id", id=ident))
    return found[0] if found else None


def picture(db: Connection, ident: str) -> tuple[bytes, str] | None:
    """The picture of one and its media type."""
    row = db.row("select picture, picture_type from showcase where id = :id", id=ident)
    return (bytes(row[0]), row[1]) if row and row[0] is not None else None


_SEEN = (
    "exists (select 1 from showcase_dataset as used join resource on resource.key = used.record "
    "where used.showcase = showcase.id and {})"
)


def listing(
    db: Connection, condition: Filter, state: str, limit: int, offset: int
) -> list[Showcase]:
    """Those in a state with a dataset that the condition allows, the newest first."""
    where = compile_filter(condition, COLUMNS, db.dialect)
    rows = db.rows(
        f"{_SELECT} where showcase.state = :state and {_SEEN.format(where.sql)} "
        "order by showcase.created desc, showcase.id limit :limit offset :offset",
        state=state,
        limit=limit,
        offset=offset,
        **where.params,
    )
    return _showcases(db, rows)


def count(db: Connection, condition: Filter, state: str) -> int:
    """How many of them there are."""
    where = compile_filter(condition, COLUMNS, db.dialect)
    return int(
        db.value(
            "select count(*) from showcase where showcase.state = :state "
            f"and {_SEEN.format(where.sql)}",
            state=state,
            **where.params,
        )
    )


def waiting(db: Connection) -> int:
    """How many wait to be looked at."""
    return int(db.value("select count(*) from showcase where state = 'waiting'"))


def of_record(db: Connection, record: int, limit: int) -> list[Showcase]:
    """What was published that uses a dataset, the newest first."""
    rows = db.rows(
        f"{_SELECT} join showcase_dataset as used on used.showcase = showcase.id "
        "where used.record = :record and state = 'published' "
        "order by created desc, id limit :limit",
        record=record,
        limit=limit,
    )
    return _showcases(db, rows)


def of_account(db: Connection, account: str) -> list[Showcase]:
    """What an account has sent in."""
    return _showcases(db, db.rows(f"{_SELECT} where account = :id order by created", id=account))


def decide(db: Connection, ident: str, state: str, actor: str) -> None:
    """Publishes one, takes it back or refuses it."""
    db.run(
        "update showcase set state = :state, decided = :at, decided_by = :actor where id = :id",
        id=ident,
        state=state,
        at=now(),
        actor=actor,
    )


def remove(db: Connection, ident: str) -> bool:
    """Forgets one with its picture."""
    return db.run("delete from showcase where id = :id", id=ident) == 1


def forget_person(db: Connection, account: str, login: str) -> None:
    """Takes a person out: what is not published goes, of the rest name and address."""
    named = {"account": account, "login": login}
    mine = "(account = :account or email = :login)"
    db.run(f"delete from showcase where {mine} and state <> 'published'", **named)
    db.run(f"update showcase set maker = '', email = '', account = null where {mine}", **named)


def forget_refused(db: Connection, before: int) -> int:
    """Forgets what was refused before a moment (µs UTC); how much."""
    return db.run(
        "delete from showcase where state = 'refused' and decided < :before", before=before
    )
