# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A thing with its place, streams, sensors and properties, made or brought up to date by keys."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from allmende.errors import Conflict
from allmende.model.sensing.specs import Place, PropertySpec, SensorSpec, StreamSpec, ThingSpec
from allmende.model.shapes import read_geojson
from allmende.policy import Level
from allmende.store.collections.blobs import measure
from allmende.store.connection import Connection, now
from allmende.store.sensing import features
from allmende.store.sensing.quality import interval_of

GEOJSON = "application/geo+json"

_ORDER = (Level.OPEN, Level.INTERNAL, Level.RESTRICTED)


class Registered(Struct, frozen=True):
    """Ids of a thing and of its datastreams by their keys, and whether anything changed."""

    thing: int
    streams: dict[str, int]
    changed: bool


def stricter(one: str, other: str) -> str:
    """The level that shows less."""
    return max(Level(one), Level(other), key=_ORDER.index)


def register(db: Connection, spec: ThingSpec) -> Registered:
    """Makes what is missing and changes what differs; nothing is deleted.

    Raises Conflict when the key is that of another organisation's thing.
    """
    writer = _Writer(db, spec)
    thing = writer.thing()
    place = writer.place(thing)
    streams = {each.key: writer.stream(thing, place, each) for each in spec.streams}
    writer.level(thing)
    _measure(db, list(streams.values()))
    return Registered(thing, streams, writer.changed)


def attach(db: Connection, thing: int, feature: int | None, spec: ThingSpec) -> dict[str, int]:
    """Makes the streams of a description at a thing that is there; their ids by key.

    Of the description only organisation, access, party, license and streams are used.
    """
    writer = _Writer(db, spec)
    return {each.key: writer.stream(thing, feature, each) for each in spec.streams}


def _measure(db: Connection, streams: list[int]) -> None:
    """Gives streams that have a feature their observedArea, if they lack it."""
    where = db.dialect.any_of("id", "ids")
    lacking = db.rows(
        f"select id from sense_datastream where area is null and feature is not null and {where}",
        ids=db.dialect.list_value(streams),
    )
    for (stream,) in lacking:
        features.measure(db, stream)


class _Writer:
    def __init__(self, db: Connection, spec: ThingSpec) -> None:
        self.db, self.spec = db, spec
        self.moment = now()
        self.changed = False

    def thing(self) -> int:
        spec = self.spec
        owner = self.db.value("select organisation from sense_thing where key = :key", key=spec.key)
        if owner is not None and owner != spec.organisation:
            raise Conflict(
                f"The key “{spec.key}” names a thing of another organisation; choose another one.",
                f"Der Schlüssel „{spec.key}“ bezeichnet ein Ding einer anderen Organisation; bitte "
                "einen anderen wählen.",
            )
        return self.upsert(
            "sense_thing",
            {"key": spec.key},
            name=spec.name,
            description=spec.description,
            properties=_json(spec.properties),
            origin=spec.origin,
            party=spec.party,
            **self.access(spec.access),
        )

    def place(self, thing: int) -> int | None:
        """The feature that stands for the thing's place; the place itself is a location."""
        place = self.spec.place
        if place is None:
            return None
        text = msgspec.json.encode(place.geometry).decode()
        current = self.db.row(
            "select l.id, l.place from sense_thing_location as tl "
            "join sense_location as l on l.id = tl.location where tl.thing = :thing",
            thing=thing,
        )
        if current and current[1] == text:
            return self.feature(int(current[0]), place, text)
        location = self.insert("sense_location", **self.placed(place, text))
        self.db.run("delete from sense_thing_location where thing = :thing", thing=thing)
        self.db.run(
            "insert into sense_thing_location (thing, location) values (:thing, :location)",
            thing=thing,
            location=location,
        )
        history = self.insert(
            "sense_history", thing=thing, time=self.moment, **self.access(self.spec.access)
        )
        self.db.run(
            "insert into sense_history_location (history, location) values (:history, :location)",
            history=history,
            location=location,
        )
        return self.feature(location, place, text)

    def feature(self, location: int, place: Place, text: str) -> int:
        found = self.db.value(
            "select id from sense_feature where location = :location", location=location
        )
        if found is not None:
            return int(found)
        return self.insert("sense_feature", location=location, **self.placed(place, text))

    def placed(self, place: Place, text: str) -> dict[str, Any]:
        wkb = read_geojson(place.geometry).wkb
        bounds = measure(wkb)[0] or (None, None, None, None)
        return {
            "name": place.name or self.spec.name,
            "description": place.description,
            "encoding": GEOJSON,
            "place": text,
            "shape": wkb,
            **dict(zip(("west", "south", "east", "north"), bounds, strict=True)),
            **self.access(self.spec.access),
        }

    def stream(self, thing: int, feature: int | None, spec: StreamSpec) -> int:
        level = stricter(self.spec.access, spec.access or self.spec.access)
        interval = None if spec.interval is None else round(spec.interval * 1_000_000)
        interval = interval_of(self.db, thing, spec.key) or interval
        return self.upsert(
            "sense_datastream",
            {"thing": thing, "key": spec.key},
            name=spec.name,
            description=spec.description,
            properties=_json(spec.properties),
            observation_type=spec.type,
            unit=msgspec.json.encode(spec.unit).decode(),
            sensor=self.sensor(spec.sensor),
            observed_property=self.property(spec.property),
            feature=feature,
            interval=interval,
            party=self.spec.party,
            license=self.spec.license,
            **self.access(level),
        )

    def level(self, thing: int) -> None:
        """Places and past places follow the thing; no stream is more open than it."""
        level = self.spec.access
        own = (
            "select tl.location from sense_thing_location as tl where tl.thing = :thing and not "
            "exists (select 1 from sense_thing_location as o where o.location = tl.location "
            "and o.thing <> :thing)"
        )
        past = (
            "select hl.location from sense_history_location as hl join sense_history as h "
            "on h.id = hl.history where h.thing = :thing and not exists (select 1 from "
            "sense_thing_location as o where o.location = hl.location and o.thing <> :thing)"
        )
        for table, where in (
            ("sense_history", "thing = :thing"),
            ("sense_location", f"id in ({own} union {past})"),
            ("sense_feature", f"location in ({own} union {past})"),
        ):
            self.db.run(
                f"update {table} set metadata_access = :level, data_access = :level "
                f"where {where} and metadata_access <> :level",
                level=level,
                thing=thing,
            )
        for other in _ORDER[: _ORDER.index(Level(level))]:
            self.db.run(
                "update sense_datastream set metadata_access = :level, data_access = :level "
                "where thing = :thing and (metadata_access = :other or data_access = :other)",
                level=level,
                other=other,
                thing=thing,
            )

    def sensor(self, spec: SensorSpec) -> int:
        return self.upsert(
            "sense_sensor",
            {"key": spec.key},
            name=spec.name,
            description=spec.description,
            encoding=spec.encoding,
            metadata=msgspec.json.encode(spec.metadata).decode(),
            organisation=self.spec.organisation,
        )

    def property(self, spec: PropertySpec) -> int:
        return self.upsert(
            "sense_property",
            {"key": spec.definition},
            name=spec.name,
            description=spec.description,
            definition=spec.definition,
            organisation=self.spec.organisation,
        )

    def access(self, level: str) -> dict[str, str]:
        return {
            "organisation": self.spec.organisation,
            "metadata_access": level,
            "data_access": level,
        }

    def upsert(self, table: str, keys: dict[str, Any], **values: Any) -> int:
        """The id of the row with these keys, which has these values afterwards."""
        where = " and ".join(f"{name} = :{name}" for name in keys)
        names = list(values)
        found = self.db.row(f"select id, {', '.join(names)} from {table} where {where}", **keys)
        if found is None:
            return self.insert(table, **keys, **values)
        if list(found[1:]) != list(values.values()) and not self.shared(table, found, names):
            sets = ", ".join(f"{name} = :{name}" for name in names)
            self.db.run(
                f"update {table} set {sets}, changed = :changed where id = :id",
                id=found[0],
                changed=self.moment,
                **values,
            )
            self.changed = True
        return int(found[0])

    def shared(self, table: str, found: tuple[Any, ...], names: list[str]) -> bool:
        """Whether a sensor or property is another organisation's, which alone changes it."""
        if table not in ("sense_sensor", "sense_property"):
            return False
        return bool(found[1 + names.index("organisation")] != self.spec.organisation)

    def insert(self, table: str, **values: Any) -> int:
        self.changed = True
        values |= {"created": self.moment, "changed": self.moment}
        listed = ", ".join(values)
        params = ", ".join(f":{name}" for name in values)
        return int(
            self.db.value(
                f"insert into {table} ({listed}) values ({params}) returning id", **values
            )
        )


def _json(value: dict[str, Any]) -> str | None:
    return msgspec.json.encode(value).decode() if value else None
