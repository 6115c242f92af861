# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Under which law organisations give their data, and licences that ask for permission."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from allmende.model.filter import Filter
from allmende.store.catalogue import COLUMNS
from allmende.store.conditions import compile_filter
from allmende.store.connection import Connection, Row, now

OPEN, APPROVED, REFUSED, WITHDRAWN, ENDED = "open", "approved", "refused", "withdrawn", "ended"

_TEXT = msgspec.json.Decoder(dict[str, str])
_LIST = msgspec.json.Decoder(list[str])
_SELECT = (
    "select r.id, r.dataset, resource.organisation, r.ground, r.reason, r.asked_by, r.asked, "
    "r.months, r.language, r.status, r.decided, r.decided_by, r.decision, r.until, r.reminded, "
    "r.before from licence_reservation as r "
    "join resource on resource.kind = 'dataset' and resource.id = r.dataset"
)


class Owner(Struct, frozen=True):
    """What kind of owner an organisation is, its usual law, and how it wants to be named.

    `attribution` has words by language, "" for the name of the publisher; no language at all when
    nobody has to be named.
    """

    organisation: str
    kind: str
    regime: str
    attribution: dict[str, str]

    @property
    def named(self) -> bool:
        """Whether it wants to be named."""
        return bool(self.attribution)


class Reservation(Struct, frozen=True):
    """A licence that asks for permission: who asked why, how it was decided, until when.

    `before` are the licences of the files until then; times in µs UTC.
    """

    id: str
    dataset: str
    organisation: str
    ground: str
    reason: str
    asked_by: str
    asked: int
    months: int
    language: str
    status: str
    decided: int | None
    decided_by: str | None
    decision: str
    until: int | None
    reminded: int | None
    before: list[str]


# --- owners --------------------------------------------------------------------------


def owner(db: Connection, organisation: str) -> Owner | None:
    """What is said of an organisation; None when nothing is."""
    row = db.row(
        "select organisation, kind, regime, attribution from licence_owner "
        "where organisation = :organisation",
        organisation=organisation,
    )
    return Owner(row[0], row[1], row[2], _TEXT.decode(row[3])) if row else None


def save_owner(db: Connection, said: Owner) -> None:
    """Says it anew."""
    db.run(
        "insert into licence_owner (organisation, kind, regime, attribution) "
        "values (:organisation, :kind, :regime, :attribution) on conflict (organisation) "
        "do update set kind = excluded.kind, regime = excluded.regime, "
        "attribution = excluded.attribution",
        organisation=said.organisation,
        kind=said.kind,
        regime=said.regime,
        attribution=msgspec.json.encode(said.attribution).decode(),
    )


# --- reservations --------------------------------------------------------------------


def add(db: Connection, made: Reservation) -> None:
    """Stores a new wish for a reservation."""
    db.run(
        "insert into licence_reservation (id, dataset, ground, reason, asked_by, asked, months, "
        "language, status) values (:id, :dataset, :ground, :reason, :asked_by, :asked, :months, "
        ":language, :status)",
        id=made.id,
        dataset=made.dataset,
        ground=made.ground,
        reason=made.reason,
        asked_by=made.asked_by,
        asked=made.asked,
        months=made.months,
        language=made.language,
        status=made.status,
    )


def find(db: Connection, ident: str) -> Reservation | None:
    """One reservation by its id."""
    row = db.row(f"{_SELECT} where r.id = :id", id=ident)
    return _reservation(row) if row else None


def live(db: Connection, dataset: str) -> Reservation | None:
    """The reservation of a dataset that waits or lasts."""
    row = db.row(
        f"{_SELECT} where r.dataset = :dataset and (r.status = 'open' "
        "or (r.status = 'approved' and r.until > :at)) order by r.asked desc, r.id limit 1",
        dataset=dataset,
        at=now(),
    )
    return _reservation(row) if row else None


def listing(db: Connection, condition: Filter, limit: int) -> list[Reservation]:
    """Reservations of the datasets a condition allows; those that last first, then the newest."""
    where = compile_filter(condition, COLUMNS, db.dialect)
    rows = db.rows(
        f"{_SELECT} where {where.sql} order by case r.status when 'open' then 0 "
        "when 'approved' then 1 else 2 end, r.asked desc, r.id limit :limit",
        limit=limit,
        **where.params,
    )
    return [_reservation(row) for row in rows]


def settle(db: Connection, ident: str, before: str, **values: Any) -> bool:
    """Changes a reservation that is in this state; False when it is in another by now."""
    sets = ", ".join(f"{name} = :{name}" for name in values)
    changed = db.run(
        f"update licence_reservation set {sets} where id = :id and status = :state",
        id=ident,
        state=before,
        **values,
    )
    return changed == 1


def remember(db: Connection, ident: str, licences: list[str]) -> None:
    """Keeps the licences that the files had before."""
    db.run(
        "update licence_reservation set before = :licences where id = :id",
        id=ident,
        licences=msgspec.json.encode(licences).decode(),
    )


def over(db: Connection) -> list[Reservation]:
    """Reservations whose time is over and that are not marked as ended."""
    rows = db.rows(
        f"{_SELECT} where r.status = 'approved' and r.until <= :at order by r.until, r.id "
        "limit 500",
        at=now(),
    )
    return [_reservation(row) for row in rows]


def unapplied(db: Connection) -> list[Reservation]:
    """Reservations that last and whose files were not closed yet."""
    rows = db.rows(
        f"{_SELECT} where r.status = 'approved' and r.until > :at and r.before = '[]' "
        "order by r.id limit 500",
        at=now(),
    )
    return [_reservation(row) for row in rows]


def ending(db: Connection, before: int) -> list[Reservation]:
    """Reservations that end before a moment, of which nobody was reminded."""
    rows = db.rows(
        f"{_SELECT} where r.status = 'approved' and r.until > :at and r.until <= :before "
        "and r.reminded is null order by r.until, r.id limit 500",
        at=now(),
        before=before,
    )
    return [_reservation(row) for row in rows]


def _reservation(row: Row) -> Reservation:
    values: list[Any] = [*row[:15], _LIST.decode(row[15])]
    return Reservation(*values)
