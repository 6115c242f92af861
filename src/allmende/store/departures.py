# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What stands where a published record was: who took it away, when, why, and what replaces it."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from allmende.model.catalogue import ResourceKind, Text
from allmende.model.filter import Filter
from allmende.policy import Status
from allmende.store import catalogue
from allmende.store.catalogue_writes import Existing
from allmende.store.conditions import compile_filter
from allmende.store.connection import Connection, now
from allmende.store.records import Entry

_ALL = "kind, id, title, organisation, metadata_access, at, actor, reason, replaced_by, erased"
_AS_PUBLISHED = {
    "organisation": "departure.organisation",
    "status": "'published'",
    "metadata_access": "departure.metadata_access",
    "data_access": "departure.metadata_access",
}


class Departure(Struct, frozen=True, kw_only=True):
    """A record that was published and is archived or erased; `at` is µs UTC.

    `title` is empty when it is erased; `actor` is an id, `replaced_by` an address or empty.
    """

    kind: ResourceKind
    id: str
    title: Text
    organisation: str
    at: int
    actor: str
    reason: str
    replaced_by: str
    erased: bool


def find(db: Connection, condition: Filter, kind: ResourceKind, ident: str) -> Departure | None:
    """What has left this address, when the condition allowed it while it was published."""
    where = compile_filter(condition, _AS_PUBLISHED, db.dialect)
    row = db.row(
        "select kind, id, title, organisation, at, actor, reason, replaced_by, erased "
        f"from departure where kind = :kind and id = :id and {where.sql}",
        kind=str(kind),
        id=ident,
        **where.params,
    )
    if row is None:
        return None
    title = msgspec.json.decode(row[2], type=dict[str, str])
    return Departure(
        kind=ResourceKind(row[0]),
        id=row[1],
        title=title,
        organisation=row[3],
        at=row[4],
        actor=row[5],
        reason=row[6],
        replaced_by=row[7],
        erased=bool(row[8]),
    )


def follow(db: Connection, before: Existing, entry: Entry, actor: str) -> None:
    """Keeps what stands in a record's place in step with a change of the record."""
    was, becomes = before.status == Status.ARCHIVED, entry.status == Status.ARCHIVED
    if becomes and before.status == Status.PUBLISHED:
        _add(db, before, entry, actor)
    elif was and not becomes:
        forget(db, entry.kind, before.id)
    elif was and becomes and str(entry.metadata_access) != before.policy[2]:
        db.run(
            "update departure set metadata_access = :level where kind = :kind and id = :id",
            level=str(entry.metadata_access),
            kind=str(entry.kind),
            id=before.id,
        )


def _add(db: Connection, before: Existing, entry: Entry, actor: str) -> None:
    last = catalogue.revision(db, entry.kind, before.key, before.revision)
    title = last.resource.title if last is not None and last.resource is not None else {}
    names = _ALL.split(", ")
    sets = ", ".join(f"{name} = excluded.{name}" for name in names)
    db.run(
        f"insert into departure ({_ALL}) values ({', '.join(f':{name}' for name in names)}) "
        f"on conflict (kind, id) do update set {sets}",
        kind=str(entry.kind),
        id=before.id,
        title=msgspec.json.encode(title).decode(),
        organisation=before.organisation,
        metadata_access=before.policy[2],
        at=now(),
        actor=actor,
        reason=entry.reason,
        replaced_by="",
        erased=0,
    )


def replace(db: Connection, kind: ResourceKind, ident: str, address: str) -> None:
    """Says what replaces a record that has left."""
    db.run(
        "update departure set replaced_by = :address where kind = :kind and id = :id",
        address=address,
        kind=str(kind),
        id=ident,
    )


def erase(db: Connection, kind: ResourceKind, ident: str, actor: str, reason: str) -> None:
    """Notes that a record that has left is gone for good; its title is forgotten."""
    db.run(
        "update departure set title = '{}', erased = 1, actor = :actor, reason = :reason, "
        "at = :at where kind = :kind and id = :id",
        actor=actor,
        reason=reason,
        at=now(),
        kind=str(kind),
        id=ident,
    )


def forget(db: Connection, kind: ResourceKind, ident: str) -> None:
    """Takes the sign away."""
    db.run("delete from departure where kind = :kind and id = :id", kind=str(kind), id=ident)
