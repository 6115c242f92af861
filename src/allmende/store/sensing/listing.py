# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Things and datastreams as lists show them, each with what may be seen of it in the same SQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from allmende.model.sensing.specs import CATEGORY, TRUTH
from allmende.store.connection import Connection
from allmende.store.sensing.frames import Sight

Box = tuple[float, float, float, float]

_THING = (
    "t.id, t.name, t.description, t.properties, t.origin, t.organisation, t.status, "
    "t.metadata_access"
)
_ORDERS = {
    "current": "case when newest >= :recent then 0 when newest is not null then 1 else 2 end, "
    "lowered_name, id",
    "name": "lowered_name, id",
    "newest": "newest desc nulls last, id",
}


class ThingRow(Struct, frozen=True):
    """A thing. `properties` is JSON text."""

    id: int
    name: str
    description: str
    properties: str | None
    origin: str
    organisation: str
    status: str
    access: str


class StreamRow(Struct, frozen=True):
    """A datastream with what it observes and by what; hidden parts are None."""

    id: int
    thing: int
    name: str
    description: str
    multi: int
    type: str
    unit: str  # JSON, of a MultiDatastream a list
    interval: int | None  # µs
    properties: str | None
    organisation: str
    access: str
    data_access: str
    property: int | None
    property_name: str | None
    property_definition: str | None
    property_description: str | None
    sensor: int | None
    sensor_name: str | None
    sensor_description: str | None
    sensor_metadata: str | None  # JSON
    licence_name: str | None
    licence_definition: str | None
    party_name: str | None
    readable: int  # 1: the subject may read the observations


class PlaceRow(Struct, frozen=True):
    """Where a thing is: GeoJSON text, or any JSON without bounds; CRS84."""

    thing: int
    name: str
    place: str
    west: float | None
    south: float | None
    east: float | None
    north: float | None


class Wanted(Struct, frozen=True, kw_only=True):
    """Which things a list shows."""

    text: str = ""
    property: int | None = None
    organisation: str = ""
    origin: str = ""
    box: Box | None = None
    dataset: str = ""  # that their property `dataset` names
    things: tuple[int, ...] | None = None
    order: str = "name"
    recent: int = 0  # µs UTC; ordered by `current`, things with a value since then come first


def things(
    db: Connection, sight: Sight, wanted: Wanted, limit: int, offset: int
) -> tuple[int, list[ThingRow]]:
    """How many things there are of those wanted, and a page of them."""
    where, params = _where(db, sight, wanted)
    total = int(db.value(f"select count(*) from sense_thing as t where {where}", **params))
    newest = (
        "(select max(s.last_time) from sense_datastream as d join obs.state as s "
        f"on s.datastream = d.id where d.thing = t.id and {_told(sight, 'd')})"
        if wanted.order != "name"
        else "0"
    )
    if wanted.order == "current":
        params["recent"] = wanted.recent
    rows = db.rows(
        f"select * from (select {_THING}, {db.dialect.lowered('t.name')} as lowered_name, "
        f"{newest} as newest from sense_thing as t where {where}) as listed "
        f"order by {_ORDERS[wanted.order]} limit :limit offset :offset",
        limit=limit,
        offset=offset,
        **params,
    )
    return total, [ThingRow(*row[:8]) for row in rows]


def _where(db: Connection, sight: Sight, wanted: Wanted) -> tuple[str, dict[str, Any]]:
    parts, params = [sight.entity("t")], dict(sight.params)
    if wanted.text:
        params["text"] = _anywhere(wanted.text.lower())
        lowered = db.dialect.lowered("t.name || ' ' || t.description")
        parts.append(f"{lowered} like :text escape '\\'")
    if wanted.dataset:
        named = msgspec.json.encode({"dataset": wanted.dataset}).decode()[1:-1]
        params["dataset"] = _anywhere(named)
        parts.append("t.properties like :dataset escape '\\'")
    if wanted.property is not None:
        params["property"] = wanted.property
        parts.append(
            "exists (select 1 from sense_datastream as d where d.thing = t.id "
            f"and d.observed_property = :property and {sight.entity('d')})"
        )
    for name in ("organisation", "origin"):
        if value := getattr(wanted, name):
            params[name] = value
            parts.append(f"t.{name} = :{name}")
    if wanted.box is not None:
        params |= dict(zip(("w", "s", "e", "n"), wanted.box, strict=True))
        parts.append(
            "exists (select 1 from sense_thing_location as tl join sense_location as l "
            f"on l.id = tl.location where tl.thing = t.id and {sight.entity('l')} "
            "and l.west <= :e and l.east >= :w and l.south <= :n and l.north >= :s)"
        )
    if wanted.things is not None:
        params["chosen"] = db.dialect.list_value(list(wanted.things))
        parts.append(db.dialect.any_of("t.id", "chosen"))
    return " and ".join(parts), params


def _anywhere(text: str) -> str:
    """A pattern for what holds a text."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def _told(sight: Sight, alias: str) -> str:
    return f"{sight.entity(alias)} and {sight.data(alias)}"


def thing(db: Connection, sight: Sight, ident: int) -> ThingRow | None:
    """A thing, or None when it is not there for who looks."""
    row = db.row(
        f"select {_THING} from sense_thing as t where t.id = :id and {sight.entity('t')}",
        id=ident,
        **sight.params,
    )
    return ThingRow(*row) if row else None


def newest(db: Connection, sight: Sight, limit: int) -> list[int]:
    """Ids of the datastreams that were observed last, as far as their values may be read."""
    rows = db.rows(
        "select d.id from obs.state as s join sense_datastream as d on d.id = s.datastream "
        "join sense_thing as t on t.id = d.thing where d.multi = 0 and s.last_time is not null "
        f"and {_told(sight, 'd')} and {sight.entity('t')} "
        "order by s.last_time desc, d.id limit :limit",
        limit=limit,
        **sight.params,
    )
    return [int(row[0]) for row in rows]


def streams(
    db: Connection,
    sight: Sight,
    *,
    things: Sequence[int] | None = None,
    idents: Sequence[int] | None = None,
    property: int | None = None,
    limit: int = 1_000_000,
) -> list[StreamRow]:
    """Datastreams of things, by their ids, or of an observed property, by name."""
    where, params = [sight.entity("d"), sight.entity("t")], dict(sight.params)
    for column, values in (("d.thing", things), ("d.id", idents)):
        if values is not None:
            where.append(db.dialect.any_of(column, "listed"))
            params["listed"] = db.dialect.list_value(list(values))
    if property is not None:
        where.append("d.observed_property = :property")
        params["property"] = property
    rows = db.rows(
        "select d.id, d.thing, d.name, d.description, d.multi, d.observation_type, d.unit, "
        "d.interval, d.properties, d.organisation, d.metadata_access, d.data_access, "
        "p.id, p.name, p.definition, p.description, "
        "s.id, s.name, s.description, s.metadata, l.name, l.definition, y.name, "
        f"case when {sight.data('d')} then 1 else 0 end "
        "from sense_datastream as d join sense_thing as t on t.id = d.thing "
        f"left join sense_property as p on p.id = d.observed_property and {sight.entity('p')} "
        f"left join sense_sensor as s on s.id = d.sensor and {sight.entity('s')} "
        f"left join sense_license as l on l.id = d.license and {sight.entity('l')} "
        f"left join sense_party as y on y.id = d.party and {sight.entity('y')} "
        f"where {' and '.join(where)} order by d.thing, d.name, d.id limit :limit",
        limit=limit,
        **params,
    )
    return [StreamRow(*row) for row in rows]


def components(db: Connection, sight: Sight, stream: int) -> list[str]:
    """Names of the observed properties of a MultiDatastream by place; "" where one is hidden."""
    rows = db.rows(
        "select p.name from sense_stream_property as sp left join sense_property as p "
        f"on p.id = sp.property and {sight.entity('p')} where sp.stream = :stream "
        "order by sp.place, sp.property",
        stream=stream,
        **sight.params,
    )
    return [str(row[0] or "") for row in rows]


def places(db: Connection, sight: Sight, things: Sequence[int] | None) -> list[PlaceRow]:
    """The present places of things (of all, when None)."""
    where, params = [sight.entity("l"), sight.entity("t")], dict(sight.params)
    if things is not None:
        where.append(db.dialect.any_of("tl.thing", "listed"))
        params["listed"] = db.dialect.list_value(list(things))
    rows = db.rows(
        "select tl.thing, l.name, l.place, l.west, l.south, l.east, l.north "
        "from sense_thing_location as tl join sense_location as l on l.id = tl.location "
        f"join sense_thing as t on t.id = tl.thing where {' and '.join(where)} "
        "order by tl.thing, l.id",
        **params,
    )
    return [PlaceRow(*row) for row in rows]


def properties(db: Connection, sight: Sight) -> list[tuple[int, str, str, int, int]]:
    """Observed properties that are in use: id, name, definition, things, streams with numbers."""
    return [
        (ident, name, definition, things, readable)
        for ident, name, definition, things, readable in db.rows(
            "select p.id, p.name, p.definition, count(distinct d.thing), "
            f"sum(case when {sight.data('d')} and d.multi = 0 and d.observation_type <> :truth "
            "and (d.observation_type <> :category or d.properties like :levels) then 1 else 0 end) "
            "from sense_datastream as d join sense_thing as t on t.id = d.thing "
            "join sense_property as p on p.id = d.observed_property "
            f"where {sight.entity('d')} and {sight.entity('t')} and {sight.entity('p')} "
            "group by p.id, p.name, p.definition order by p.name, p.id",
            category=CATEGORY,
            truth=TRUTH,
            levels='%"levels"%',
            **sight.params,
        )
    ]


def owners(db: Connection, sight: Sight) -> tuple[dict[str, int], dict[str, int]]:
    """How many things there are by organisation and by origin."""
    rows = db.rows(
        "select t.organisation, t.origin, count(*) from sense_thing as t "
        f"where {sight.entity('t')} group by t.organisation, t.origin",
        **sight.params,
    )
    organisations: dict[str, int] = {}
    origins: dict[str, int] = {}
    for organisation, origin, n in rows:
        organisations[organisation] = organisations.get(organisation, 0) + n
        origins[origin] = origins.get(origin, 0) + n
    return organisations, origins
