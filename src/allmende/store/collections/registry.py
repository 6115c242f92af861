# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Which collections there are. Whoever may not see the dataset does not see its collection."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec

from allmende.model.canonical import from_json
from allmende.model.catalogue import Dataset, ResourceKind
from allmende.model.document import Entity
from allmende.model.filter import Filter
from allmende.model.query import Interval
from allmende.policy import Level, Status
from allmende.store.catalogue import COLUMNS
from allmende.store.collections import tables
from allmende.store.collections.types import Registered
from allmende.store.conditions import Condition, compile_filter
from allmende.store.connection import Connection, Dialect, Row, now

_ENTITY = msgspec.json.Decoder(Entity)
_SELECT = (
    "select c.number, c.id, c.dataset, c.organisation, c.model, c.model_version, c.entity, "
    "c.style, c.batch, c.rows, c.west, c.south, c.east, c.north, c.period_start, c.period_end, "
    "c.created, c.changed, resource.key, resource.revision, resource.status, "
    "resource.metadata_access, resource.data_access from geo.collection as c "
    "join resource on resource.kind = 'dataset' and resource.id = c.dataset"
)


class Stamp(msgspec.Struct, frozen=True):
    """What changes whenever a collection or the dataset it belongs to does."""

    number: int
    batch: int
    changed: int
    dataset_key: int
    dataset_revision: int
    organisation: str


def stamp(db: Connection, condition: Filter, ident: str) -> Stamp | None:
    """The stamp of a collection, when the condition on its dataset allows it."""
    where = _allowed(condition, db.dialect)
    row = db.row(
        "select c.number, c.batch, c.changed, resource.key, resource.revision, "
        "resource.organisation from geo.collection as c join resource "
        "on resource.kind = 'dataset' and resource.id = c.dataset "
        f"where c.id = :id and {where.sql}",
        id=ident,
        **where.params,
    )
    return Stamp(*row) if row else None


@lru_cache(maxsize=2_000)
def _allowed(condition: Filter, dialect: Dialect) -> Condition:
    """A condition of the policy; the same ones come again and again."""
    return compile_filter(condition, COLUMNS, dialect)


def find(db: Connection, condition: Filter, ident: str) -> Registered | None:
    """A collection, when the condition on its dataset allows it."""
    where = compile_filter(condition, COLUMNS, db.dialect)
    row = db.row(f"{_SELECT} where c.id = :id and {where.sql}", id=ident, **where.params)
    return _registered(row) if row else None


def listing(db: Connection, condition: Filter) -> list[Registered]:
    """All collections whose dataset the condition allows, by id."""
    where = compile_filter(condition, COLUMNS, db.dialect)
    rows = db.rows(f"{_SELECT} where {where.sql} order by c.id", **where.params)
    return [_registered(row) for row in rows]


def of_dataset(db: Connection, dataset: str) -> list[str]:
    """Ids of the collections that belong to a dataset."""
    rows = db.rows("select id from geo.collection where dataset = :d order by id", d=dataset)
    return [row[0] for row in rows]


def exists(db: Connection, ident: str) -> bool:
    """Whether there is a collection of this id, for whomever; a name is given once."""
    found = db.row(
        "select 1 from geo.collection where replace(id, '-', '_') = :id",
        id=ident.replace("-", "_"),
    )
    return found is not None


def dataset(db: Connection, key: int) -> Dataset | None:
    """The dataset record with this key."""
    text = db.value("select document from resource where key = :key", key=key)
    found = from_json(text, ResourceKind.DATASET) if text else None
    return found if isinstance(found, Dataset) else None


def add(db: Connection, found: dict[str, Any], entity: Entity, title: str) -> int:
    """Registers a collection and makes its tables; its number."""
    moment = now()
    db.run(
        "insert into geo.collection (id, dataset, organisation, model, model_version, entity, "
        "style, last_fid, batch, rows, created, changed) values (:id, :dataset, :organisation, "
        ":model, :model_version, :entity, :style, 0, 0, 0, :created, :created)",
        entity=msgspec.json.encode(entity).decode(),
        created=moment,
        **found,
    )
    tables.make(db, found["id"], entity, title)
    return int(db.value("select number from geo.collection where id = :id", id=found["id"]))


def change(db: Connection, number: int, **values: Any) -> None:
    """Sets columns of a collection."""
    listed = ", ".join(f"{name} = :{name}" for name in values)
    db.run(f"update geo.collection set {listed} where number = :number", number=number, **values)


def remove(db: Connection, found: Registered) -> None:
    """Removes a collection with all its rows, their history and what was refused."""
    tables.drop(db, found.id, found.entity)
    for table in ("row_quarantine", "row_batch"):
        db.run(f"delete from geo.{table} where collection = :number", number=found.number)
    db.run("delete from geo.collection where number = :number", number=found.number)


def _registered(row: Row) -> Registered:
    placed = row[10] is not None
    timed = row[14] is not None or row[15] is not None
    return Registered(
        number=row[0],
        id=row[1],
        dataset=row[2],
        organisation=row[3],
        model=row[4],
        model_version=row[5],
        entity=_ENTITY.decode(row[6]),
        style=msgspec.json.decode(row[7]) if row[7] else None,
        batch=row[8],
        rows=row[9],
        extent=(row[10], row[11], row[12], row[13]) if placed else None,
        period=Interval(row[14] or "", row[15] or "") if timed else None,
        created=row[16],
        changed=row[17],
        dataset_key=row[18],
        dataset_revision=row[19],
        status=Status(row[20]),
        metadata_access=Level(row[21]),
        data_access=Level(row[22]),
    )
