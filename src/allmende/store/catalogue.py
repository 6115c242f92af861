# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Reading the catalogue: resources and their revisions.

Every function takes the compiled policy as a filter and puts it into the same statement
that reads the rows.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from allmende.model.canonical import from_json
from allmende.model.catalogue import ResourceKind
from allmende.model.filter import Filter
from allmende.policy import Level, Status
from allmende.store.conditions import compile_filter
from allmende.store.connection import Connection, Row
from allmende.store.records import Record, Revision

COLUMNS: dict[str, str] = {
    name: f"resource.{name}"
    for name in (
        "key",
        "kind",
        "id",
        "iri",
        "catalogue",
        "original_id",
        "organisation",
        "status",
        "metadata_access",
        "data_access",
        "origin",
        "created",
        "updated",
    )
} | {"dataset": "(case when resource.kind = 'dataset' then resource.id end)"}

_READ = (
    "key, kind, id, catalogue, original_id, organisation, status, metadata_access, data_access, "
    "legal_basis, origin, revision, created, updated, repairs, document"
)
_SELECT = "select " + ", ".join(f"resource.{name}" for name in _READ.split(", ")) + " from resource"


# Looking a word up takes a tenth of the time of making a member of it.
_KINDS = {each.value: each for each in ResourceKind}
_STATUS = {each.value: each for each in Status}
_LEVELS = {each.value: each for each in Level}


def _record(row: Row) -> Record:
    kind = _KINDS[row[1]]
    return Record(
        key=row[0],
        kind=kind,
        id=row[2],
        catalogue=row[3],
        original_id=row[4],
        organisation=row[5],
        status=_STATUS[row[6]],
        metadata_access=_LEVELS[row[7]],
        data_access=_LEVELS[row[8]],
        legal_basis=row[9],
        origin=row[10],
        revision=row[11],
        created=row[12],
        updated=row[13],
        repairs_json=row[14],
        resource=from_json(row[15], kind),
    )


def find(db: Connection, condition: Filter, kind: ResourceKind, ident: str) -> Record | None:
    """The record with this address, when the condition allows it."""
    where = compile_filter(condition, COLUMNS, db.dialect)
    row = db.row(
        f"{_SELECT} where resource.kind = :kind and resource.id = :id and {where.sql}",
        kind=str(kind),
        id=ident,
        **where.params,
    )
    return _record(row) if row else None


def by_iri(db: Connection, condition: Filter, iri: str) -> Record | None:
    """The first record with this IRI, when the condition allows it."""
    where = compile_filter(condition, COLUMNS, db.dialect)
    row = db.row(
        f"{_SELECT} where resource.iri = :iri and {where.sql} order by resource.key limit 1",
        iri=iri,
        **where.params,
    )
    return _record(row) if row else None


def by_keys(db: Connection, condition: Filter, keys: Sequence[int]) -> list[Record]:
    """The records with these keys that the condition allows, in the order of the keys."""
    where = compile_filter(condition, COLUMNS, db.dialect)
    found = db.rows(
        f"{_SELECT} where {db.dialect.any_of('resource.key', 'keys')} and {where.sql}",
        keys=db.dialect.list_value(list(keys)),
        **where.params,
    )
    records = {row[0]: row for row in found}
    return [_record(records[key]) for key in keys if key in records]


def page(db: Connection, condition: Filter, after: int, limit: int) -> list[Record]:
    """The next records by key after `after`."""
    where = compile_filter(condition, COLUMNS, db.dialect)
    rows = db.rows(
        f"{_SELECT} where resource.key > :after and {where.sql} order by resource.key limit :limit",
        after=after,
        limit=limit,
        **where.params,
    )
    return [_record(row) for row in rows]


def count(db: Connection, condition: Filter) -> int:
    """How many records the condition allows."""
    where = compile_filter(condition, COLUMNS, db.dialect)
    return int(db.value(f"select count(*) from resource where {where.sql}", **where.params))


def keys(db: Connection, condition: Filter) -> list[int]:
    """Keys of all records the condition allows, in their order."""
    where = compile_filter(condition, COLUMNS, db.dialect)
    rows = db.rows(f"select key from resource where {where.sql} order by key", **where.params)
    return [row[0] for row in rows]


def counts(db: Connection) -> dict[str, int]:
    """Number of records by kind, whatever their status; for the metrics."""
    return {row[0]: row[1] for row in db.rows("select kind, count(*) from resource group by kind")}


def source_rdf(db: Connection, key: int) -> bytes | None:
    """The N-Triples a record was made from."""
    packed = db.value("select source_rdf from resource where key = :key", key=key)
    return zlib.decompress(packed) if packed else None


def revisions(db: Connection, key: int) -> list[Revision]:
    """The changes of a record, newest first, without their documents."""
    rows = db.rows(f"{_REVISION} where resource = :key order by number desc", key=key)
    return [_revision(row) for row in rows]


def revision(db: Connection, kind: ResourceKind, key: int, number: int) -> Revision | None:
    """One change of a record with the state after it."""
    row = db.row(f"{_REVISION} where resource = :key and number = :number", key=key, number=number)
    if row is None:
        return None
    packed = db.value(
        "select document from revision where resource = :key and number = :number",
        key=key,
        number=number,
    )
    found = _revision(row)
    found.resource = from_json(zlib.decompress(packed), kind)
    return found


_REVISION = (
    "select number, at, actor, action, reason, status, metadata_access, data_access, "
    "legal_basis, released_by, organisation from revision"
)


def _revision(row: Row) -> Revision:
    return Revision(
        number=row[0],
        at=row[1],
        actor=row[2],
        action=row[3],
        reason=row[4],
        status=Status(row[5]),
        metadata_access=Level(row[6]),
        data_access=Level(row[7]),
        legal_basis=row[8],
        released_by=row[9],
        organisation=row[10],
    )
