# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Car parks: free spaces as ParkAPI gives them (version 1, 2 and 3) and GeoJSON of cities.

A car park is a thing with its place; free spaces and its state are streams, the capacity is
a property of it. A list without live numbers makes the things only.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from allmende.core.sensing.importing_json import document, members, number, text
from allmende.core.sensing.importing_kinds import bounded
from allmende.core.sensing.importing_mapping import options_of
from allmende.core.sensing.importing_times import Clock, NoTime
from allmende.core.sensing.importing_types import (
    Item,
    Material,
    Note,
    Problem,
    Row,
    over,
    problem,
    short,
    unreadable,
)
from allmende.core.sensing.importing_words import key_of, point, stream
from allmende.model.sensing.observation import Flag
from allmende.model.sensing.specs import COUNT, Place, SensorSpec, StreamSpec, ThingSpec

KIND = "parking"
SENSOR = SensorSpec(key="parking", name="ParkAPI", description="Parkleitsystem")

IDS = ("id", "lot_id", "uid", "original_uid")
NAMES = ("name", "parkhaus_name", "title")
FREE = ("free", "num_free", "realtime_free_capacity", "freie_parkplaetze")
TOTAL = ("total", "capacity", "count", "realtime_capacity", "gesamte_parkplaetze")
TIMES = ("last_updated", "timestamp", "realtime_data_updated_at", "stand_freieparkplaetze")
STATES = ("state", "status", "realtime_opening_status", "echtzeit_status")
KINDS = ("lot_type", "type", "art")
LISTS = ("lots", "items", "features")


class Options(Struct, frozen=True, forbid_unknown_fields=True):
    """What the list does not say: who gives it (for the keys), zone of times without offset."""

    source: str = ""
    zone: str = "UTC"


def read(material: Material) -> Iterator[Item]:
    """Car parks with their free spaces. InvalidInput when it is no list of them."""
    options = options_of(material.options, Options)
    return bounded(_items(material, options), material.now)


def _items(material: Material, options: Options) -> Iterator[Item]:
    given = document(KIND, material.data)
    whole = members(given)
    places = given if isinstance(given, list) else None
    if places is None:
        places = next((whole[name] for name in LISTS if isinstance(whole.get(name), list)), None)
    if places is None:
        raise unreadable(KIND, "a list of car parks is missing", "eine Liste von Parkplätzen fehlt")
    if len(places) > material.limits.things:
        raise over("things", material.limits.things)
    clock = Clock(options.zone)
    live = 0
    for line, each in enumerate(places, 1):
        for item in _lot(line, _flat(each), whole, options, clock, material.language):
            live += isinstance(item, Row)
            yield item
    if not live and places:
        yield Note(
            {
                "en": "The list has no live numbers; only the car parks were taken.",
                "de": "Die Liste enthält keine aktuellen Zahlen; übernommen wurden nur die "
                "Parkplätze.",
            }
        )


def _flat(given: Any) -> dict[str, Any]:
    """A record, or a GeoJSON feature with the members of its properties."""
    found = members(given)
    if "properties" not in found:
        return found
    flat = dict(members(found["properties"]))
    flat.setdefault("id", found.get("id"))
    return {**flat, "geometry": found.get("geometry")}


def _lot(
    line: int,
    given: dict[str, Any],
    whole: dict[str, Any],
    options: Options,
    clock: Clock,
    language: str,
) -> Iterator[Item]:
    ident = text(_first(given, IDS)) or text(_first(given, NAMES))
    if not key_of(ident):
        yield problem(line, "The car park has no id.", "Der Parkplatz hat keine Kennung.")
        return
    key = f"{KIND}:{key_of(options.source)}:{ident}" if options.source else f"{KIND}:{ident}"
    free, state = _first(given, FREE), text(_first(given, STATES))
    total = number(_first(given, TOTAL))
    streams = _streams(free is not None, bool(state), language)
    yield _thing(key, ident, given, streams, total, language)
    if not streams:
        return
    try:
        time = clock.read(_first(given, TIMES) or _first(whole, TIMES))
    except NoTime as error:
        yield Problem(line, error.text, ident)
        return
    if state:
        yield Row(thing=key, stream="state", time=time, result=state, line=line)
    if free is not None:
        yield _free(line, key, time, free, total)


def _free(line: int, key: str, time: int, given: Any, total: float | None) -> Item:
    free = number(given)
    if free is None or not free.is_integer() or free < 0:
        shown = short(given)
        return problem(
            line,
            f"“{shown}” is no number of free spaces.",
            f"„{shown}“ ist keine Anzahl freier Stellplätze.",
            "free",
        )
    many = total is not None and free > total
    return Row(
        thing=key,
        stream="free",
        time=time,
        result=int(free),
        line=line,
        flag=Flag.SUSPECT if many else Flag.UNCHECKED,
        rule="capacity" if many else "",
    )


def _streams(free: bool, state: bool, language: str) -> tuple[StreamSpec, ...]:
    made = []
    if free:
        made.append(stream("free", "parking-free", SENSOR, language, type=COUNT))
    if state:
        made.append(stream("state", "parking-state", SENSOR, language))
    return tuple(made)


def _thing(
    key: str,
    ident: str,
    given: dict[str, Any],
    streams: tuple[StreamSpec, ...],
    total: float | None,
    language: str,
) -> ThingSpec:
    name = text(_first(given, NAMES)) or ident
    properties: dict[str, Any] = {"id": ident}
    if total is not None and total >= 0:
        properties["capacity"] = int(total)
    kind, address = text(_first(given, KINDS)), text(given.get("address"))
    if kind:
        properties["type"] = kind
    if address:
        properties["address"] = address
    return ThingSpec(
        key=key,
        name=name,
        description="Parkplatz" if language == "de" else "Car park",
        organisation="",
        place=_place(given, name),
        properties=properties,
        streams=streams,
    )


def _place(given: dict[str, Any], name: str) -> Place | None:
    coordinates = members(given.get("geometry")).get("coordinates")
    if members(given.get("geometry")).get("type") == "Point" and isinstance(coordinates, list):
        return point(coordinates[0], coordinates[1], name) if len(coordinates) >= 2 else None
    where = members(given.get("coords")) or given
    return point(
        _first(where, ("lng", "lon", "longitude")), _first(where, ("lat", "latitude")), name
    )


def _first(given: dict[str, Any], names: tuple[str, ...]) -> Any:
    return next((given[name] for name in names if given.get(name) is not None), None)
