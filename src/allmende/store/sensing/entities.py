# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Rows of the entities of SensorThings: the statements follow from the list of kinds.

Everything here is a part of somebody's transaction and asks nobody for permission; who may
read or write is decided by `core.sensing`. Observations are stored elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Struct

from allmende.model.filter import Filter
from allmende.model.sensing.entities import TYPES, EntityType, Kind, Link
from allmende.store.conditions import Condition, compile_filter
from allmende.store.connection import Connection, Dialect, now
from allmende.store.events import emit
from allmende.store.sensing.streams import DATASET

TOPIC = "sensing"
STREAMS = (Kind.DATASTREAM, Kind.MULTI_DATASTREAM)
GUARDED = {name: name for name in ("organisation", "status", "metadata_access", "data_access")}
"""The columns that decide who sees a row, as fields of a filter."""
_ASKED = GUARDED | {"dataset": DATASET.format("sense_datastream")}
"""With what only datastreams are asked for."""


class Found(Struct, frozen=True):
    """A row: whose it is, who may see it, and its columns."""

    kind: Kind
    id: int
    organisation: str
    status: str
    metadata_access: str
    data_access: str
    values: dict[str, Any]


def find(db: Connection, kind: Kind, ident: int, condition: Filter) -> Found | None:
    """The entity, when the condition on its visibility allows it."""
    entity = TYPES[kind]
    where = _allowed(condition, db.dialect)
    names = columns(entity)
    guarded = ", ".join(GUARDED)
    row = db.row(
        f"select {guarded}, {', '.join(names)} from {entity.table} "
        f"where id = :id{_multi(kind)} and {where.sql}",
        id=ident,
        **where.params,
    )
    if row is None:
        return None
    values = dict(zip(names, row[4:], strict=True))
    return Found(kind, ident, row[0], row[1], row[2], row[3], values)


@lru_cache(maxsize=2_000)
def _allowed(condition: Filter, dialect: Dialect) -> Condition:
    """A condition of the policy; the same ones come again and again."""
    return compile_filter(condition, _ASKED, dialect)


@lru_cache(maxsize=64)
def columns(entity: EntityType) -> tuple[str, ...]:
    """The columns of the properties and of the links to one."""
    own = [each.column for each in entity.attributes if each.column]
    ones = [each.column for each in entity.links if not each.many and each.column]
    more = ["feature", "key"] if entity.kind in STREAMS else []
    more += ["location"] if entity.kind == Kind.FEATURE else []
    return tuple(dict.fromkeys([*own, *ones, *more]))


def _multi(kind: Kind) -> str:
    """Datastreams of both kinds stand in one table."""
    if kind not in STREAMS:
        return ""
    return f" and multi = {int(kind == Kind.MULTI_DATASTREAM)}"


def insert(db: Connection, kind: Kind, values: Mapping[str, Any]) -> int:
    """A new row with these columns; its id."""
    moment = now()
    given = {**values, "created": moment, "changed": moment}
    if kind in STREAMS:
        given["multi"] = int(kind == Kind.MULTI_DATASTREAM)
    ident = int(
        db.value(
            f"insert into {TYPES[kind].table} ({', '.join(given)}) "
            f"values ({', '.join(f':{name}' for name in given)}) returning id",
            **given,
        )
    )
    emit(db, TOPIC, "created", ident, kind)
    return ident


def update(
    db: Connection, kind: Kind, ident: int, values: Mapping[str, Any], names: Iterable[str] = ()
) -> None:
    """Changes columns of a row; `names` are the properties whose change is told."""
    sets = ", ".join(f"{name} = :{name}" for name in values)
    db.run(
        f"update {TYPES[kind].table} set {sets}{', ' if sets else ''}changed = :moment_ "
        "where id = :id_",
        id_=ident,
        moment_=now(),
        **values,
    )
    emit(db, TOPIC, "changed", ident, f"{kind} {','.join(names)}".strip())


def tell(db: Connection, kind: Kind, ident: int, names: Iterable[str]) -> None:
    """Tells followers that links of an entity changed."""
    emit(db, TOPIC, "changed", ident, f"{kind} {','.join(names)}")


# --- links -----------------------------------------------------------------------------------


def linked(db: Connection, kind: Kind, link: Link, ident: int) -> list[int]:
    """Ids of the entities a link leads to, in their order; not those of observations by column."""
    if link.through:
        order = "place, " if link.through == "sense_stream_property" else ""
        sql = (
            f"select {link.other} from {link.through} where {link.own} = :id "
            f"order by {order}{link.other}"
        )
    elif link.many:
        sql = (
            f"select id from {TYPES[link.target].table} where {link.column} = :id"
            f"{_multi(link.target)} order by id"
        )
    else:
        sql = (
            f"select {link.column} from {TYPES[kind].table} where id = :id "
            f"and {link.column} is not null"
        )
    return [row[0] for row in db.rows(sql, id=ident)]


def add_pairs(db: Connection, link: Link, ident: int, others: Iterable[int]) -> None:
    """Links an entity with others through a table of pairs; pairs that are there stay."""
    ordered = link.through == "sense_stream_property" and link.own == "stream"
    more, value = (", place", ", :place") if ordered else ("", "")
    db.run_many(
        f"insert into {link.through} ({link.own}, {link.other}{more}) "
        f"values (:own, :other{value}) on conflict do nothing",
        [
            {"own": ident, "other": other, **({"place": place} if ordered else {})}
            for place, other in enumerate(others)
        ],
    )


def remove_pairs(
    db: Connection, link: Link, ident: int, others: Iterable[int] | None = None
) -> int:
    """Takes pairs away, all of an entity or those with `others`; how many there were."""
    some, params = "", {}
    if others is not None:
        some = f" and {db.dialect.any_of(link.other, 'others')}"
        params["others"] = db.dialect.list_value(list(others))
    return db.run(f"delete from {link.through} where {link.own} = :id{some}", id=ident, **params)


# --- removal ---------------------------------------------------------------------------------

_PAIRS = tuple(
    sorted(
        {
            (entity.kind, link.through, link.own)
            for entity in TYPES.values()
            for link in entity.links
            if link.through
        }
    )
)


def erase(db: Connection, kind: Kind, ident: int) -> None:
    """Takes a row away with its pairs; what points to it must be gone or led elsewhere."""
    for owner, through, own in _PAIRS:
        if owner == kind:
            db.run(f"delete from {through} where {own} = :id", id=ident)
    db.run(f"delete from {TYPES[kind].table} where id = :id", id=ident)
    emit(db, TOPIC, "deleted", ident, kind)


def cut(db: Connection, kind: Kind, column: str, ident: int) -> None:
    """Empties the column of every row of a kind that points to an id."""
    db.run(f"update {TYPES[kind].table} set {column} = null where {column} = :id", id=ident)


def pointing(db: Connection, kind: Kind, column: str, ident: int) -> list[int]:
    """Ids of the rows of a kind whose column points to an id, whoever may see them."""
    return [
        row[0]
        for row in db.rows(
            f"select id from {TYPES[kind].table} where {column} = :id{_multi(kind)} order by id",
            id=ident,
        )
    ]


def owners(db: Connection, kind: Kind, idents: list[int]) -> set[str]:
    """The organisations these rows belong to."""
    rows = db.rows(
        f"select distinct organisation from {TYPES[kind].table} "
        f"where {db.dialect.any_of('id', 'ids')}",
        ids=db.dialect.list_value(idents),
    )
    return {row[0] for row in rows}


def forget_observations(db: Connection, first: int, last: int) -> None:
    """Takes relations and memberships of observations with ids in [first, last] away."""
    bounds = {"first": first, "last": last}
    db.run("delete from sense_group_member where observation between :first and :last", **bounds)
    relations = db.rows(
        "select id from sense_relation where subject between :first and :last "
        "or object between :first and :last",
        **bounds,
    )
    for (ident,) in relations:
        erase(db, Kind.RELATION, ident)


# --- places and their history ----------------------------------------------------------------


def last_place(db: Connection, thing: int) -> int | None:
    """The time of the newest HistoricalLocation of a thing, µs UTC."""
    found = db.value("select max(time) from sense_history where thing = :id", id=thing)
    return None if found is None else int(found)


def encodings(db: Connection, locations: list[int]) -> dict[int, str]:
    """The encodingType of each location."""
    rows = db.rows(
        f"select id, encoding from sense_location where {db.dialect.any_of('id', 'ids')}",
        ids=db.dialect.list_value(locations),
    )
    return dict(rows)


def data_types(db: Connection, streams: list[int]) -> dict[int, list[str]]:
    """The types of the parts of MultiDatastreams, in their order."""
    if not streams:
        return {}
    rows = db.rows(
        f"select id, data_types from sense_datastream where {db.dialect.any_of('id', 'ids')}",
        ids=db.dialect.list_value(streams),
    )
    return {ident: msgspec.json.decode(text) for ident, text in rows if text}


def close(db: Connection, thing: int, metadata_access: str, data_access: str) -> None:
    """Makes streams, history and places of a thing at most as open as itself."""
    order = {"open": 0, "internal": 1, "restricted": 2}
    scopes = (
        ("sense_datastream", "thing = :id"),
        ("sense_history", "thing = :id"),
        (
            "sense_location",
            "id in (select location from sense_thing_location where thing = :id)",
        ),
        (
            "sense_feature",
            "location in (select location from sense_thing_location where thing = :id)",
        ),
    )
    for table, scope in scopes:
        for column, level in (("metadata_access", metadata_access), ("data_access", data_access)):
            wider = [name for name, rank in order.items() if rank < order[level]]
            if wider:
                db.run(
                    f"update {table} set {column} = :level where {scope} "
                    f"and {db.dialect.any_of(column, 'wider')}",
                    id=thing,
                    level=level,
                    wider=db.dialect.list_value(wider),
                )
