# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The things of citizens' sensors: moved without a trace, hidden, shown, erased with their places.

Of a citizen's thing there is one location and one feature, and both say the place as it is told
today. A place from before would tell more than the person wants to tell now.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec

from allmende.model.sensing.entities import Kind
from allmende.model.shapes import read_geojson
from allmende.store.collections.blobs import measure
from allmende.store.connection import Connection
from allmende.store.sensing import entities, features

_STREAMS = "select id from sense_datastream where thing = :thing"
_LOCATIONS = (
    "select location from sense_thing_location where thing = :thing union "
    "select location from sense_history_location where history in "
    "(select id from sense_history where thing = :thing)"
)
_FEATURES = (
    f"select id from sense_feature where location in ({_LOCATIONS}) union "
    "select feature from sense_datastream where thing = :thing and feature is not null union "
    f"select feature from sense_stream_feature where stream in ({_STREAMS})"
)


def ranges(db: Connection, streams: Collection[int]) -> dict[int, dict[str, Any]]:
    """The properties of datastreams, where `valid` and `plausible` stand."""
    rows = db.rows(
        f"select id, properties from sense_datastream where {db.dialect.any_of('id', 'ids')}",
        ids=db.dialect.list_value(list(streams)),
    )
    return {ident: msgspec.json.decode(text) for ident, text in rows if text}


def streams(db: Connection, thing: int) -> dict[str, int]:
    """Datastreams of a thing by their keys."""
    return dict(
        db.rows(
            "select key, id from sense_datastream where thing = :thing and key is not null "
            "order by id",
            thing=thing,
        )
    )


def own_streams(db: Connection, eui: str, thing: int) -> dict[str, int] | None:
    """Datastreams by their keys when a citizen has registered the device as this thing."""
    found = db.row(
        "select 1 from citizen_device where eui = :eui and thing = :thing", eui=eui, thing=thing
    )
    return streams(db, thing) if found else None


def forget_device(db: Connection, eui: str) -> None:
    """Removes a radio device with its messages; a network that still sends is met anew."""
    for table, column in (("sense_uplink", "device"), ("sense_session", "device")):
        db.run(
            f"delete from {table} where {column} in (select id from sense_device where eui = :eui)",
            eui=eui,
        )
    db.run("delete from sense_device where eui = :eui", eui=eui)


def locations(db: Connection, thing: int) -> list[int]:
    """Every location a thing has or had."""
    return [row[0] for row in db.rows(f"{_LOCATIONS} order by 1", thing=thing)]


def features_of(db: Connection, thing: int) -> list[int]:
    """Every feature its observations may have."""
    return [row[0] for row in db.rows(f"{_FEATURES} order by 1", thing=thing)]


def move(db: Connection, thing: int, place: dict[str, Any], name: str) -> None:
    """Writes the place over the one before, everywhere; the history begins anew."""
    wkb = read_geojson(place).wkb
    bounds = measure(wkb)[0] or (None, None, None, None)
    values = {
        "place": msgspec.json.encode(place).decode(),
        "shape": wkb,
        "name": name,
        **dict(zip(("west", "south", "east", "north"), bounds, strict=True)),
    }
    for kind, idents in (
        (Kind.LOCATION, locations(db, thing)),
        (Kind.FEATURE, features_of(db, thing)),
    ):
        names = ("name", "location" if kind == Kind.LOCATION else "feature")
        for ident in idents:
            entities.update(db, kind, ident, values, names)
    for stream in streams(db, thing).values():
        features.measure(db, stream)


def set_sight(db: Connection, thing: int, status: str, level: str) -> None:
    """Hides (`archived`) or shows (`published`) a thing with all that belongs to it.

    Its places are as open as `level`; what its datastreams are stays.
    """
    sets = {
        "sense_thing": [thing],
        "sense_history": [
            row[0] for row in db.rows("select id from sense_history where thing = :id", id=thing)
        ],
        "sense_location": locations(db, thing),
        "sense_feature": features_of(db, thing),
    }
    for table, idents in sets.items():
        if idents:
            db.run(
                f"update {table} set status = :status, metadata_access = :level, "
                f"data_access = :level where {db.dialect.any_of('id', 'ids')}",
                status=status,
                level=level,
                ids=db.dialect.list_value(idents),
            )
    db.run(
        "update sense_datastream set status = :status where thing = :thing",
        status=status,
        thing=thing,
    )
    entities.tell(db, Kind.THING, thing, ("properties",))
