# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Which datastreams there are, and which of them a subject sees."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from msgspec import Struct

from allmende.model.filter import Filter
from allmende.store.conditions import Condition, compile_filter
from allmende.store.connection import Connection, Dialect

DATASET = (
    "(select 'thing-' || whole.id from sense_thing as whole where whole.id = {0}.thing "
    "and whole.data_access = {0}.data_access and whole.status = {0}.status)"
)
"""The dataset of a datastream as SQL: that of its thing, when it is as open as the thing."""
COLUMNS = {name: name for name in ("organisation", "status", "metadata_access", "data_access")} | {
    "dataset": DATASET.format("sense_datastream")
}
_SELECT = (
    "select d.id, d.thing, d.organisation, d.multi, d.observation_type, d.feature, d.interval, "
    "(select count(*) from sense_stream_property as p where p.stream = d.id) "
    "from sense_datastream as d"
)


class Stream(Struct, frozen=True):
    """What is needed to write to a datastream."""

    id: int
    thing: int
    organisation: str
    multi: int
    type: str
    feature: int | None
    interval: int | None  # µs
    parts: int  # properties of a MultiDatastream


@lru_cache(maxsize=500)
def allowed(condition: Filter, dialect: Dialect) -> Condition:
    """A condition of the policy on the table of datastreams, by its own name."""
    return compile_filter(condition, COLUMNS, dialect)


def of(db: Connection, idents: Sequence[int]) -> dict[int, Stream]:
    """Datastreams by id, whoever sees them; for writing, where rights are checked apart."""
    if len(idents) == 1:
        rows = db.rows(f"{_SELECT} where d.id = :id", id=idents[0])
    else:
        where = db.dialect.any_of("d.id", "ids")
        rows = db.rows(f"{_SELECT} where {where}", ids=db.dialect.list_value(list(idents)))
    return {found[0]: Stream(*found) for found in rows}


def seen(db: Connection, condition: Filter, idents: Sequence[int] | None) -> list[int]:
    """Those of the datastreams (of all, when None) that a condition allows, by id."""
    where = allowed(condition, db.dialect)
    if idents is None:
        rows = db.rows(
            f"select id from sense_datastream where {where.sql} order by id", **where.params
        )
    elif len(idents) == 1:
        rows = db.rows(
            f"select id from sense_datastream where id = :id and {where.sql}",
            id=idents[0],
            **where.params,
        )
    else:
        some = db.dialect.any_of("id", "ids")
        rows = db.rows(
            f"select id from sense_datastream where {some} and {where.sql} order by id",
            ids=db.dialect.list_value(list(idents)),
            **where.params,
        )
    return [found[0] for found in rows]
