# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What is known of how well datastreams are doing, in one look."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from allmende.model.filter import Filter
from allmende.store.conditions import compile_filter
from allmende.store.connection import Connection
from allmende.store.sensing.frames import GUARDED
from allmende.store.sensing.streams import DATASET

_OF_STREAM = {name: f"d.{name}" for name in GUARDED} | {"dataset": DATASET.format("d")}


class Row(Struct, frozen=True):
    """A datastream with its thing; `n`, `good` are of the days since some time (µs UTC)."""

    stream: int
    name: str
    interval: int | None
    thing: int
    thing_name: str
    origin: str
    organisation: str
    total: int
    first_time: int | None
    last_time: int | None
    n: int
    good: int


class Power(Struct, frozen=True):
    """The device behind a thing: when it was heard, and how its battery is."""

    device: int
    name: str
    eui: str
    last_seen: int
    battery: float | None
    low: bool
    lost: int


def streams(db: Connection, seen: Filter, since: int, limit: int) -> list[Row]:
    """Datastreams a condition allows that no rule writes, by thing and name."""
    allowed = compile_filter(seen, _OF_STREAM, db.dialect)
    rows = db.rows(
        "select d.id, d.name, d.interval, t.id, t.name, t.origin, d.organisation, "
        "coalesce(s.n, 0), s.first_time, s.last_time, coalesce(r.n, 0), coalesce(r.good, 0) "
        "from sense_datastream as d join sense_thing as t on t.id = d.thing "
        "left join obs.state as s on s.datastream = d.id "
        "left join (select datastream, sum(n) as n, sum(good) as good from obs.rollup "
        "where grain = 2 and start >= :since group by datastream) as r on r.datastream = d.id "
        f"where {allowed.sql} and not exists (select 1 from sense_rule_output as o "
        "where o.stream = d.id) order by t.name, t.id, d.id limit :limit",
        since=since,
        limit=limit,
        **allowed.params,
    )
    return [
        Row(*row[:7], *(None if each is None else int(each) for each in row[7:])) for row in rows
    ]


def powers(db: Connection, organisations: Sequence[str] | None) -> dict[int, Power]:
    """Devices of organisations (None: of all) by their things."""
    where, values = "thing is not null and status = 'active'", {}
    if organisations is not None:
        where += f" and {db.dialect.any_of('organisation', 'organisations')}"
        values["organisations"] = db.dialect.list_value(list(organisations))
    rows = db.rows(
        "select thing, id, name, eui, last_seen, battery, battery_low, lost from sense_device "
        f"where {where} order by id",
        **values,
    )
    return {
        thing: Power(device, name, eui, seen, battery, bool(low), lost)
        for thing, device, name, eui, seen, battery, low, lost in rows
    }
