# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Do collections agree with themselves, and what can be made anew from their rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from allmende.model.document import Entity
from allmende.model.query import Query
from allmende.store.collections import reading
from allmende.store.collections.dumping import fill_index
from allmende.store.collections.measuring import measure
from allmende.store.collections.tables import Names
from allmende.store.collections.types import Target
from allmende.store.connection import Connection, now

Texts = Callable[[Mapping[str, Any], bytes | None], tuple[str, str | None]]
"""The ready-made texts (`_public`, `_shape`) of the values and the geometry of a row."""


def _registered(db: Connection, ident: str = "") -> list[tuple[int, str, Entity, int]]:
    rows = db.rows(
        "select number, id, entity, rows from geo.collection where id = :id or :id = '' "
        "order by number",
        id=ident,
    )
    return [(row[0], row[1], msgspec.json.decode(row[2], type=Entity), row[3]) for row in rows]


def sizes(db: Connection) -> list[tuple[str, int]]:
    """Ids of all collections and how many rows each is said to have."""
    return [(ident, rows) for _, ident, _, rows in _registered(db)]


def differences(db: Connection) -> list[str]:
    """Collections whose count or spatial index does not match their rows."""
    found = []
    for _, ident, entity, rows in _registered(db):
        names = Names(ident, entity, db.dialect.name)
        there = int(db.value(f"select count(*) from {names.table}"))
        if there != rows:
            found.append(f"{ident}: {there} rows, {rows} noted")
        if names.index and names.engine == "sqlite":
            listed = db.value(f"select count(*) from {names.index}")
            placed = db.value(
                f"select count(*) from {names.table} where {names.geometry} is not null"
            )
            empty = db.value(
                f"select count(*) from {names.index} where id not in "
                f"(select _fid from {names.table})"
            )
            if listed > placed or empty:
                found.append(f"{ident}: spatial index")
    return found


def without_dataset(db: Connection) -> list[str]:
    """Collections whose dataset is not in the catalogue."""
    rows = db.rows(
        "select c.id from geo.collection as c left join resource on resource.kind = 'dataset' "
        "and resource.id = c.dataset where resource.key is null order by c.id"
    )
    return [row[0] for row in rows]


def rewrite(
    db: Connection, ident: str, after: int, limit: int, texts: Callable[[Entity], Texts]
) -> tuple[int, int]:
    """Writes the ready-made texts of the next rows; the last number and how many rows."""
    registered = _registered(db, ident)
    if not registered:
        return after, 0
    entity = registered[0][2]
    names = Names(ident, entity, db.dialect.name)
    make = texts(entity)
    query = Query(collection=ident, after=reading.mark(after), limit=limit)
    rows, _ = reading.page(db, entity, query)
    made = []
    for row in rows:
        public, shape = make(row.values, row.geometry)
        made.append({"fid": row.fid, "public": public, "shape": shape})
    db.run_many(
        f"update {names.table} set _public = :public, _shape = :shape where _fid = :fid "
        "and (_public <> :public or _shape is distinct from :shape)",
        made,
    )
    return (rows[-1].fid if rows else after), len(rows)


def finish(db: Connection, ident: str) -> None:
    """Makes the spatial index, the count, the extent and the period anew."""
    for number, name, entity, _ in _registered(db, ident):
        names = Names(name, entity, db.dialect.name)
        if names.engine == "sqlite":
            fill_index(db, names)
        db.run(
            f"update geo.collection set rows = (select count(*) from {names.table}) "
            "where number = :number",
            number=number,
        )
        measure(db, Target(number, name, entity), now())
