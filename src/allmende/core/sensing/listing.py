# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Things and datastreams as people look for them; what a subject may not see is not there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from allmende.core.platform import Platform
from allmende.core.sensing.querying_sight import Eyes
from allmende.errors import NotFound
from allmende.model.sensing.specs import Unit
from allmende.policy import Subject
from allmende.store import Connection
from allmende.store.sensing import journal, listing, state
from allmende.store.sensing.frames import Sight
from allmende.store.sensing.listing import PlaceRow, StreamRow, ThingRow, Wanted
from allmende.store.sensing.state import State

MOST_STREAMS = 200
"""Datastreams that are shown of one thing."""
LARGEST = 2**31 - 1  # id of an entity
MOST_AREA = 20_000
"""Characters of a polygon that is drawn."""
MOST_VALUED = 20_000
"""Datastreams of one observed property that are shown at once."""


class Listed(Struct, frozen=True):
    """A thing with its datastreams, their states by id (only where they may be read), its places.

    At most 200 datastreams.
    """

    thing: ThingRow
    streams: list[StreamRow]
    states: dict[int, State]
    places: list[PlaceRow]


class Page(Struct, frozen=True):
    """Some of the things that were asked for, and how many there are."""

    total: int
    things: list[Listed]


class Choices(Struct, frozen=True):
    """What a list can be narrowed by, each with its number of things."""

    properties: list[tuple[int, str, str, int, int]]  # id, name, definition, things, readable
    organisations: dict[str, int]
    origins: dict[str, int]


class Valued(Struct, frozen=True):
    """A datastream with its thing's name, what is known of it and where it is."""

    stream: StreamRow
    thing: ThingRow
    state: State | None
    place: PlaceRow | None


async def things(
    platform: Platform,
    subject: Subject,
    wanted: Wanted,
    *,
    limit: int = 25,
    offset: int = 0,
    area: bytes | None = None,
) -> Page:
    """Things by name or newest value; `area` (WKB, CRS84) keeps those inside of it."""
    return await platform.store.read(_things, Eyes(subject), wanted, limit, offset, area)


def _things(
    db: Connection, eyes: Eyes, wanted: Wanted, limit: int, offset: int, area: bytes | None
) -> Page:
    sight = eyes.look(db).sight
    if area is not None:
        wanted = replace(wanted, things=_inside(db, sight, area))
    total, rows = listing.things(db, sight, wanted, limit, offset)
    return Page(total, _listed(db, sight, rows))


def _inside(db: Connection, sight: Sight, area: bytes) -> tuple[int, ...]:
    """Things whose place lies in the area, by the middle of its bounds."""
    import shapely

    shape = shapely.from_wkb(area)
    shapely.prepare(shape)
    placed = [each for each in listing.places(db, sight, None) if each.west is not None]
    middles = shapely.points([middle(each) for each in placed]) if placed else []
    found = shapely.intersects(shape, middles) if placed else []
    return tuple(
        dict.fromkeys(each.thing for each, inside in zip(placed, found, strict=True) if inside)
    )


def middle(place: PlaceRow) -> tuple[float, float]:
    """Longitude and latitude of the middle of a place that has bounds."""
    west, south, east, north = (float(n or 0) for n in bounds(place))
    return (west + east) / 2, (south + north) / 2


def area_of(place: PlaceRow) -> dict[str, Any] | None:
    """The polygon of a place as GeoJSON; None where it is none or has very many points."""
    if len(place.place) > MOST_AREA or '"coordinates"' not in place.place:
        return None
    try:
        found = msgspec.json.decode(place.place)
    except msgspec.DecodeError:
        return None
    inner = found.get("geometry", found) if isinstance(found, dict) else None
    area = isinstance(inner, dict) and inner.get("type") in ("Polygon", "MultiPolygon")
    return inner if area else None


def bounds(place: PlaceRow) -> tuple[float | None, float | None, float | None, float | None]:
    """West, south, east, north."""
    return place.west, place.south, place.east, place.north


def _listed(db: Connection, sight: Sight, rows: Sequence[ThingRow]) -> list[Listed]:
    idents = [each.id for each in rows]
    if not idents:
        return []
    streams: dict[int, list[StreamRow]] = {}
    for stream in listing.streams(db, sight, things=idents):
        streams.setdefault(stream.thing, []).append(stream)
    streams = {thing: found[:MOST_STREAMS] for thing, found in streams.items()}
    readable = [each.id for found in streams.values() for each in found if each.readable]
    states = state.of(db, readable) if readable else {}
    places: dict[int, list[PlaceRow]] = {}
    for place in listing.places(db, sight, idents):
        places.setdefault(place.thing, []).append(place)
    return [
        Listed(
            row,
            mine := streams.get(row.id, []),
            {each.id: states[each.id] for each in mine if each.id in states},
            places.get(row.id, []),
        )
        for row in rows
    ]


async def thing(platform: Platform, subject: Subject, ident: int) -> Listed:
    """One thing. NotFound when there is none or it is hidden."""
    found = None
    if ident <= LARGEST:
        found = await platform.store.read(_thing, Eyes(subject), ident)
    if found is None:
        raise NotFound(
            f"There is no measuring point with the number {ident}.",
            f"Es gibt keine Messstelle mit der Nummer {ident}.",
        )
    return found


def _thing(db: Connection, eyes: Eyes, ident: int) -> Listed | None:
    sight = eyes.look(db).sight
    row = listing.thing(db, sight, ident)
    return _listed(db, sight, [row])[0] if row else None


async def streams(platform: Platform, subject: Subject, idents: Sequence[int]) -> list[Valued]:
    """Datastreams in the order of their ids as given; those that are hidden are left out."""
    wanted = [ident for ident in idents if ident <= LARGEST]
    found = await platform.store.read(_streams, Eyes(subject), wanted, None) if wanted else []
    by_id = {each.stream.id: each for each in found}
    return [by_id[ident] for ident in dict.fromkeys(idents) if ident in by_id]


async def stream(platform: Platform, subject: Subject, ident: int) -> Valued:
    """One datastream. NotFound when there is none or it is hidden."""
    found = await streams(platform, subject, [ident])
    if not found:
        raise NotFound(
            f"There is no datastream with the id {ident}.",
            f"Es gibt keinen Datenstrom mit der Kennung {ident}.",
        )
    return found[0]


async def newest(platform: Platform, subject: Subject, limit: int) -> list[Valued]:
    """The datastreams with the newest values that the subject may read, newest first."""
    idents = await platform.store.read(_newest, Eyes(subject), limit)
    return await streams(platform, subject, idents)


def _newest(db: Connection, eyes: Eyes, limit: int) -> list[int]:
    return listing.newest(db, eyes.look(db).sight, limit)


async def valued(platform: Platform, subject: Subject, property: int) -> list[Valued]:
    """The datastreams of an observed property whose observations may be read."""
    if property > LARGEST:
        return []
    found = await platform.store.read(_streams, Eyes(subject), None, property)
    return [each for each in found if each.stream.readable]


def _streams(
    db: Connection, eyes: Eyes, idents: list[int] | None, property: int | None
) -> list[Valued]:
    sight = eyes.look(db).sight
    rows = listing.streams(db, sight, idents=idents, property=property, limit=MOST_VALUED)
    states = state.of(db, [each.id for each in rows if each.readable]) if rows else {}
    owners = list(dict.fromkeys(each.thing for each in rows))
    wanted = Wanted(things=tuple(owners))
    owned = listing.things(db, sight, wanted, len(owners), 0)[1] if owners else []
    things = {each.id: each for each in owned}
    places: dict[int, PlaceRow] = {}
    for place in listing.places(db, sight, owners) if owners else ():
        if place.west is not None:
            places.setdefault(place.thing, place)
    return [
        Valued(each, things[each.thing], states.get(each.id), places.get(each.thing))
        for each in rows
        if each.thing in things
    ]


async def components(
    platform: Platform, subject: Subject, stream: StreamRow
) -> list[tuple[str, Unit]]:
    """Name and unit of each result of a MultiDatastream, in the order of the results."""
    names = await platform.store.read(_components, Eyes(subject), stream.id)
    try:
        units = msgspec.json.decode(stream.unit, type=list[Unit])
    except msgspec.DecodeError:
        units = []
    count = max(len(names), len(units))
    names += [""] * (count - len(names))
    units += [Unit()] * (count - len(units))
    pairs = zip(names, units, strict=True)
    return [(name or str(at), unit) for at, (name, unit) in enumerate(pairs, 1)]


def _components(db: Connection, eyes: Eyes, stream: int) -> list[str]:
    return listing.components(db, eyes.look(db).sight, stream)


async def choices(platform: Platform, subject: Subject) -> Choices:
    """What the list of things can be narrowed by."""
    return await platform.store.read(_choices, Eyes(subject))


def _choices(db: Connection, eyes: Eyes) -> Choices:
    sight = eyes.look(db).sight
    organisations, origins = listing.owners(db, sight)
    return Choices(listing.properties(db, sight), organisations, origins)


__all__ = [
    "Choices",
    "Listed",
    "Page",
    "PlaceRow",
    "StreamRow",
    "ThingRow",
    "Valued",
    "Wanted",
    "area_of",
    "bounds",
    "choices",
    "components",
    "kept_since",
    "middle",
    "newest",
    "stream",
    "streams",
    "thing",
    "things",
    "unit_of",
    "valued",
]


async def kept_since(platform: Platform, subject: Subject) -> int:
    """The oldest sequence of what happened that is still known; 0 when nothing is."""
    return await platform.store.read(journal.first)


def unit_of(stream: StreamRow) -> Unit:
    """The unit of a datastream; an empty one of a MultiDatastream or when it cannot be read."""
    try:
        return msgspec.json.decode(stream.unit, type=Unit)
    except msgspec.DecodeError:
        return Unit()
