# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Features of interest of observations that name none, and the area a datastream observes.

An observation without a feature has the one of its datastream, which is made from the place
its thing had first. Observations made after the thing has moved name the feature of the new
place themselves, so that the old ones stay where they were.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from allmende.model.sensing.entities import Kind
from allmende.model.sensing.observation import Observation
from allmende.store.connection import Connection, now
from allmende.store.events import emit
from allmende.store.sensing import reading

TOPIC = "sensing"


def defaults(db: Connection, streams: Iterable[int]) -> dict[int, int]:
    """The feature that new observations have to name, for streams whose thing has moved.

    Makes the feature of a stream that has none from the place of its thing; observations of
    the streams left out name no feature.
    """
    found: dict[int, int] = {}
    for stream, feature, made_from, places in _places(db, streams):
        if not places or made_from in places or (feature is not None and made_from is None):
            continue
        here = _feature_of(db, places[0])
        if feature is None:
            db.run(
                "update sense_datastream set feature = :feature where id = :id",
                feature=here,
                id=stream,
            )
            measure(db, stream)
        else:
            found[stream] = here
    return found


def _places(
    db: Connection, streams: Iterable[int]
) -> list[tuple[int, int | None, int | None, list[int]]]:
    """Per stream: its feature, the location that was made from, where the thing is now."""
    rows = db.rows(
        "select d.id, d.feature, f.location, l.id from sense_datastream as d "
        "left join sense_feature as f on f.id = d.feature "
        "left join sense_thing_location as t on t.thing = d.thing "
        "left join sense_location as l on l.id = t.location and l.shape is not null "
        f"where {db.dialect.any_of('d.id', 'ids')} order by d.id, l.id",
        ids=db.dialect.list_value(list(streams)),
    )
    found: dict[int, tuple[int, int | None, int | None, list[int]]] = {}
    for stream, feature, made_from, place in rows:
        entry = found.setdefault(stream, (stream, feature, made_from, []))
        if place is not None:
            entry[3].append(place)
    return list(found.values())


def _feature_of(db: Connection, location: int) -> int:
    """The feature made from a location; made now if there is none."""
    found = db.value(
        "select id from sense_feature where location = :id order by id limit 1", id=location
    )
    if found is not None:
        return int(found)
    shared = (
        "name, description, encoding, properties, place, west, south, east, north, shape, "
        "organisation, status, metadata_access, data_access"
    )
    moment = now()
    ident = int(
        db.value(
            f"insert into sense_feature (location, {shared}, created, changed) "
            f"select id, {shared}, :moment, :moment from sense_location where id = :id "
            "returning id",
            id=location,
            moment=moment,
        )
    )
    emit(db, TOPIC, "created", ident, Kind.FEATURE)
    return ident


def note(db: Connection, used: Mapping[int, Iterable[int]]) -> None:
    """Remembers which features observations of streams name, and lets the areas grow."""
    for stream, features in used.items():
        fresh = [
            feature
            for feature in sorted(set(features))
            if db.run(
                "insert into sense_stream_feature (stream, feature) values (:stream, :feature) "
                "on conflict do nothing",
                stream=stream,
                feature=feature,
            )
        ]
        if fresh:
            measure(db, stream)


def measure(db: Connection, stream: int) -> None:
    """Sets observedArea: the box around all features of a stream (18-088 table 8-8)."""
    row = db.row(
        "select min(west), min(south), max(east), max(north) from sense_feature where id in "
        "(select feature from sense_stream_feature where stream = :id union "
        "select feature from sense_datastream where id = :id)",
        id=stream,
    )
    if row is None or row[0] is None:
        values = dict.fromkeys(("west", "south", "east", "north", "area", "shape"))
    else:
        geometry, wkb = _box(*row)
        values = dict(zip(("west", "south", "east", "north"), row, strict=True))
        values |= {"area": geometry, "shape": wkb}
    db.run(
        "update sense_datastream set west = :west, south = :south, east = :east, north = :north, "
        "area = :area, shape = :shape where id = :id",
        id=stream,
        **values,
    )


def _box(west: float, south: float, east: float, north: float) -> tuple[str, bytes]:
    """GeoJSON and WKB: a point, a line or a rectangle."""
    import shapely

    if (west, south) == (east, north):
        shape = shapely.Point(west, south)
    elif west == east or south == north:
        shape = shapely.LineString([(west, south), (east, north)])
    else:
        shape = shapely.box(west, south, east, north)
    text = msgspec.json.encode(msgspec.json.decode(shapely.to_geojson(shape))).decode()
    return text, bytes(shapely.to_wkb(shape, flavor="iso"))


def forget_unused(db: Connection, stream: int) -> None:
    """Measures a stream anew after observations were deleted or changed.

    Nothing happens for a stream whose observations never named a feature.
    """
    rows = db.rows("select feature from sense_stream_feature where stream = :id", id=stream)
    known = {row[0] for row in rows}
    if not known:
        return
    left = {
        each.feature
        for each in reading.columns(db, stream).rows(stream)
        if each.feature is not None
    }
    for feature in known - left:
        db.run(
            "delete from sense_stream_feature where stream = :stream and feature = :feature",
            stream=stream,
            feature=feature,
        )
    if known - left:
        measure(db, stream)


def streams_of(db: Connection, feature: int) -> list[int]:
    """The datastreams with observations of a feature."""
    rows = db.rows(
        "select stream from sense_stream_feature where feature = :id union "
        "select id from sense_datastream where feature = :id order by 1",
        id=feature,
    )
    return [row[0] for row in rows]


def observations_of(db: Connection, stream: int, feature: int) -> list[Observation]:
    """The observations of a stream that belong to a feature."""
    own = db.value("select feature from sense_datastream where id = :id", id=stream) == feature
    return [
        each
        for each in reading.columns(db, stream).rows(stream)
        if each.feature == feature or (own and each.feature is None)
    ]


def release(db: Connection, feature: int) -> None:
    """Takes a feature away from the streams, after its observations are gone."""
    touched = streams_of(db, feature)
    db.run("delete from sense_stream_feature where feature = :id", id=feature)
    db.run("update sense_datastream set feature = null where feature = :id", id=feature)
    for stream in touched:
        measure(db, stream)


def forget_stream(db: Connection, stream: int) -> None:
    """Forgets which features a stream had; it is about to go."""
    db.run("delete from sense_stream_feature where stream = :id", id=stream)
