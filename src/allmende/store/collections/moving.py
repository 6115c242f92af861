# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A collection moves to another description: new tables, every row converted, the past too.

All in one transaction. Numbers and ids stay; the revision of a row grows by one, so that
whoever holds an old copy notices, and the state before goes to the past like any other. A
row that does not fit goes into quarantine and ends like one that is removed. Of a past state
that does not fit, the values that do are kept.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from allmende.model.document import Entity
from allmende.model.query import Query
from allmende.store.collections import reading, registry, tables
from allmende.store.collections.books import close_batch, keep_refused, open_batch
from allmende.store.collections.dumping import fill_index
from allmende.store.collections.measuring import measure
from allmende.store.collections.tables import Names
from allmende.store.collections.types import (
    Cause,
    PastRow,
    Prepared,
    Refusal,
    Registered,
    Row,
    Target,
)
from allmende.store.collections.writing import insert_statement, parameters
from allmende.store.connection import Connection, now

STEP = 1_000

Convert = Callable[[Row], Prepared | Refusal]
Salvage = Callable[[Row], Prepared]
"""The row with the values that fit, for the past."""


def move(
    db: Connection,
    found: Registered,
    entity: Entity,
    version: tuple[str, str],
    cause: Cause,
    convert: Convert,
    salvage: Salvage,
) -> tuple[int, list[Refusal]]:
    """Moves a collection to an entity of a model (id, version).

    How many rows fit, and the ones that did not.
    """
    moment = now()
    batch = open_batch(db, found.number, cause, moment)
    rows, past = _rows(db, found), reading.past(db, found.id, found.entity)
    tables.drop(db, found.id, found.entity)
    tables.make(db, found.id, entity, found.id)
    names = Names(found.id, entity, db.dialect.name)
    refused = _put(db, names, rows, convert, (moment, batch))
    gone = {each.id for each in refused}
    past += [PastRow(row, moment, batch, int(row.id in gone)) for row in rows]
    _put_past(db, names, past, salvage)
    if db.dialect.name == "sqlite":
        fill_index(db, names)
    kept = len(rows) - len(refused)
    registry.change(
        db,
        found.number,
        entity=msgspec.json.encode(entity).decode(),
        model=version[0],
        model_version=version[1],
        rows=kept,
        batch=batch,
        changed=moment,
    )
    measure(db, Target(found.number, found.id, entity), moment)
    keep_refused(db, found.number, batch, cause.source, refused)
    close_batch(db, batch, {"updated": kept, "refused": len(refused)})
    return kept, refused


def _rows(db: Connection, found: Registered) -> list[Row]:
    rows: list[Row] = []
    after = reading.mark(0)
    while after:
        query = Query(collection=found.id, after=after, limit=STEP)
        chunk, after = reading.page(db, found.entity, query)
        rows += chunk
    return rows


def _put(
    db: Connection, names: Names, rows: list[Row], convert: Convert, when: tuple[int, int]
) -> list[Refusal]:
    made, refused = [], []
    for row in rows:
        ready = convert(row)
        if isinstance(ready, Refusal):
            refused.append(ready)
        else:
            made.append(parameters(db, ready, (row.fid, row.revision + 1, *when)))
    db.run_many(insert_statement(db, names), made)
    return refused


def _put_past(db: Connection, names: Names, past: list[PastRow], salvage: Salvage) -> None:
    made = []
    for each in past:
        row = each.row
        values = parameters(db, salvage(row), (row.fid, row.revision, row.since, row.batch))
        made.append(values | {"until": each.until, "ended_by": each.ended_by, "gone": each.gone})
    db.run_many(insert_statement(db, names, past=True), made)
