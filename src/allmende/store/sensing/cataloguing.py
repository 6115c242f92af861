# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the catalogue says of things is read here, many at once."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from allmende.model.filter import Filter
from allmende.store.connection import Connection
from allmende.store.sensing.streams import allowed


class Measuring(Struct, frozen=True):
    """A thing. Box in CRS84, or None."""

    id: int
    name: str
    description: str
    properties: str | None  # JSON
    organisation: str
    status: str
    metadata_access: str
    data_access: str
    west: float | None
    south: float | None
    east: float | None
    north: float | None
    place: str | None


class Series(Struct, frozen=True):
    """A datastream of a thing that is as open as the thing; times µs UTC."""

    id: int
    thing: int
    name: str
    description: str
    interval: int | None
    property: str | None
    definition: str | None
    licence: str | None  # definition of the licence
    first_time: int | None
    last_time: int | None


_PLACE = (
    "select min(l.{0}) from sense_thing_location as tl "
    "join sense_location as l on l.id = tl.location where tl.thing = t.id"
)
_EAST = _PLACE.replace("min(", "max(")


def things(db: Connection, after: int, limit: int) -> list[Measuring]:
    """Things with ids above `after`, by id."""
    rows = db.rows(
        f"{_SELECT} where t.id > :after order by t.id limit :most", after=after, most=limit
    )
    return [Measuring(*row) for row in rows]


def named(db: Connection, idents: Sequence[int]) -> list[Measuring]:
    """Things by their ids."""
    where = db.dialect.any_of("t.id", "ids")
    rows = db.rows(
        f"{_SELECT} where {where} order by t.id", ids=db.dialect.list_value(list(idents))
    )
    return [Measuring(*row) for row in rows]


_SELECT = (
    "select t.id, t.name, t.description, t.properties, t.organisation, t.status, "
    f"t.metadata_access, t.data_access, ({_PLACE.format('west')}), ({_PLACE.format('south')}), "
    f"({_EAST.format('east')}), ({_EAST.format('north')}), ({_PLACE.format('name')}) "
    "from sense_thing as t"
)


def series(db: Connection, idents: Sequence[int]) -> list[Series]:
    """The datastreams of these things that are as open as their thing, by id."""
    where = db.dialect.any_of("d.thing", "ids")
    rows = db.rows(
        "select d.id, d.thing, d.name, d.description, d.interval, p.name, p.definition, "
        "l.definition, s.first_time, s.last_time from sense_datastream as d "
        "join sense_thing as t on t.id = d.thing "
        "left join sense_property as p on p.id = d.observed_property "
        "left join sense_license as l on l.id = d.license "
        "left join obs.state as s on s.datastream = d.id "
        f"where {where} and d.metadata_access = t.metadata_access "
        "and d.data_access = t.data_access and d.status = t.status order by d.id",
        ids=db.dialect.list_value(list(idents)),
    )
    return [Series(*row) for row in rows]


def things_of(db: Connection, streams: Sequence[int]) -> list[int]:
    """The things of datastreams."""
    where = db.dialect.any_of("id", "ids")
    rows = db.rows(
        f"select distinct thing from sense_datastream where {where}",
        ids=db.dialect.list_value(list(streams)),
    )
    return [found[0] for found in rows]


def described(db: Connection, origin: str) -> list[str]:
    """Ids of the datasets that were made here and are not archived."""
    rows = db.rows(
        "select id from resource where origin = :origin and kind = 'dataset' "
        "and status <> 'archived' order by id",
        origin=origin,
    )
    return [found[0] for found in rows]


class Head(Struct, frozen=True):
    """What a file says of a datastream. `unit` is JSON."""

    id: int
    thing: int
    name: str
    unit: str
    property: str | None


def heads(
    db: Connection, seen: Filter, idents: Sequence[int] | None, thing: int | None
) -> list[Head]:
    """Datastreams by their ids or of a thing, those that a condition allows, by id."""
    guarded = allowed(seen, db.dialect)
    params = dict(guarded.params)
    if idents is not None:
        where = db.dialect.any_of("d.id", "ids")
        params["ids"] = db.dialect.list_value(list(idents))
    else:
        where = "d.thing = :of_thing"
        params["of_thing"] = thing
    rows = db.rows(
        "select d.id, d.thing, d.name, d.unit, p.name from sense_datastream as d "
        "left join sense_property as p on p.id = d.observed_property "
        f"where {where} and d.id in (select id from sense_datastream where {guarded.sql}) "
        "order by d.id",
        **params,
    )
    return [Head(*row) for row in rows]
