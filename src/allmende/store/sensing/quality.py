# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Parameters of checks: per observed property, per datastream, and in a datastream's properties."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from allmende.store.connection import Connection, now

_SELECT = (
    "select d.id, d.thing, d.observation_type, d.interval, d.properties, d.organisation, "
    "p.definition, qp.checks, qs.checks from sense_datastream as d "
    "left join sense_property as p on p.id = d.observed_property "
    "left join sense_quality as qp on qp.property = d.observed_property "
    "left join sense_quality as qs on qs.stream = d.id"
)


class Judged(Struct, frozen=True):
    """A datastream with everything that says how its results are judged."""

    id: int
    thing: int
    type: str
    interval: int | None  # µs
    properties: dict[str, Any]
    organisation: str
    definition: str
    of_property: dict[str, Any]
    of_stream: dict[str, Any]


def of(db: Connection, streams: Sequence[int]) -> dict[int, Judged]:
    """Datastreams by id."""
    if len(streams) == 1:
        rows = db.rows(f"{_SELECT} where d.id = :id", id=streams[0])
    else:
        rows = db.rows(
            f"{_SELECT} where {db.dialect.any_of('d.id', 'ids')}",
            ids=db.dialect.list_value(list(streams)),
        )
    return {row[0]: _judged(row) for row in rows}


def lively(db: Connection, since: int, after: int, limit: int) -> list[Judged]:
    """Datastreams behind an id to which something came since a time (µs UTC), by id."""
    rows = db.rows(
        f"{_SELECT} join obs.state as s on s.datastream = d.id where s.seen >= :since "
        "and d.id > :after and d.multi = 0 order by d.id limit :limit",
        since=since,
        after=after,
        limit=limit,
    )
    return [_judged(row) for row in rows]


def _judged(row: Sequence[Any]) -> Judged:
    return Judged(
        id=row[0],
        thing=row[1],
        type=row[2],
        interval=row[3],
        properties=_read(row[4]),
        organisation=row[5],
        definition=row[6] or "",
        of_property=_read(row[7]),
        of_stream=_read(row[8]),
    )


def _read(text: str | None) -> dict[str, Any]:
    found = msgspec.json.decode(text) if text else {}
    return found if isinstance(found, dict) else {}


def at_thing(db: Connection, thing: int, definition: str) -> list[tuple[int, dict[str, Any]]]:
    """Datastreams of a property at a thing, with their properties."""
    rows = db.rows(
        "select d.id, d.properties from sense_datastream as d join sense_property as p "
        "on p.id = d.observed_property where d.thing = :thing and p.definition = :definition "
        "order by d.id",
        thing=thing,
        definition=definition,
    )
    return [(int(row[0]), _read(row[1])) for row in rows]


def put(
    db: Connection,
    checks: dict[str, Any],
    who: str,
    *,
    stream: int | None = None,
    observed: int | None = None,
) -> None:
    """Sets the parameters of a datastream or of an observed property; empty ones remove them."""
    column, ident = ("stream", stream) if stream is not None else ("property", observed)
    db.run(f"delete from sense_quality where {column} = :id", id=ident)
    if checks:
        db.run(
            f"insert into sense_quality ({column}, checks, changed_by, changed) "
            "values (:id, :checks, :who, :at)",
            id=ident,
            checks=msgspec.json.encode(checks).decode(),
            who=who,
            at=now(),
        )
    if stream is not None and checks.get("interval"):
        db.run(
            "update sense_datastream set interval = :interval where id = :id",
            interval=round(checks["interval"] * 1_000_000),
            id=stream,
        )


def interval_of(db: Connection, thing: int, key: str) -> int | None:
    """The interval (µs) that somebody has set for the datastream of a key; None if nobody has."""
    text = db.value(
        "select q.checks from sense_quality as q join sense_datastream as d on d.id = q.stream "
        "where d.thing = :thing and d.key = :key",
        thing=thing,
        key=key,
    )
    said = _read(text).get("interval")
    return None if said is None else round(said * 1_000_000)


def property_of(db: Connection, ident: int) -> tuple[str, str] | None:
    """Organisation and definition of an observed property."""
    row = db.row("select organisation, definition from sense_property where id = :id", id=ident)
    return (row[0], row[1]) if row else None
