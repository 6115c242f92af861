# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Where things are: districts to choose from, coordinates, a small map, their datasets."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import msgspec

from allmende.core import collections
from allmende.core.sensing import listing
from allmende.core.sensing.listing import Listed, PlaceRow, Wanted, middle
from allmende.errors import NotFound
from allmende.model.query import Query
from allmende.portal import map_layers
from allmende.portal import sensing_words as words
from allmende.portal.map_library import library
from allmende.portal.page import Page

DISTRICTS = "districts"  # the collection of areas one can choose from
MOST_DISTRICTS = 300
MOST_SHAPE = 50_000  # characters of a place that is drawn
MOST_THINGS = 20  # of a dataset that are linked
_THING = re.compile(r"/sensorthings/v1\.1/(Things|Datastreams)\((\d{1,9})\)")
CACHE = "sensing-districts"
ROOM = 0.004  # degrees around a point on the small map


@dataclass(frozen=True, slots=True)
class District:
    """An area by its row's id."""

    id: str
    name: str
    shape: bytes


@dataclass(frozen=True, slots=True)
class Place:
    """Where a thing is, in words and figures."""

    name: str
    lat: str
    lon: str
    on_map: str
    kind: str


async def districts(page: Page) -> list[District]:
    """The areas of the collection `districts`, as far as the subject sees them; by name."""
    try:
        seen = await collections.get(page.platform, page.subject, DISTRICTS)
    except NotFound:
        return []
    label = seen.entity.label or "name"
    if seen.entity.geometry is None or seen.entity.find(label) is None:
        return []
    kept: dict[Any, list[District]] = page.platform.caches.setdefault(CACHE, {})
    key = (seen.number, seen.batch, seen.levels)
    if key not in kept:
        query = Query(collection=DISTRICTS, fields=(label,), limit=MOST_DISTRICTS)
        rows = (await collections.page(page.platform, page.subject, query)).rows
        named = [
            District(row.id, str(row.values[label]), row.geometry)
            for row in rows
            if row.values.get(label) and row.geometry
        ]
        kept.clear()
        kept[key] = sorted(named, key=lambda each: each.name.casefold())
    return kept[key]


def place_of(page: Page, place: PlaceRow) -> Place:
    """A place as it is shown; without bounds it has no coordinates."""
    geometry = _geometry(place)
    kind = str(geometry.get("type", "")) if geometry else ""
    if place.west is None:
        return Place(place.name, "", "", "", kind)
    lon, lat = middle(place)
    pairs = [("at", f"{lat:.6f},{lon:.6f}"), ("lat", f"{lat:.5f}"), ("lon", f"{lon:.5f}")]
    exact = page.words.exact
    return Place(
        place.name,
        exact(round(lat, 5)),
        exact(round(lon, 5)),
        page.at("/map", [*pairs, ("z", "16")]),
        kind,
    )


def _geometry(place: PlaceRow) -> dict[str, Any] | None:
    try:
        found = msgspec.json.decode(place.place)
    except msgspec.DecodeError:
        return None
    if not isinstance(found, dict):
        return None
    inner = found.get("geometry")
    return inner if isinstance(inner, dict) else found


async def small_map(page: Page, listed: Listed) -> str:
    """The document of a small map with the places of a thing; "" when it has none."""
    placed = [each for each in listed.places if each.west is not None]
    if not placed or not library():
        return ""
    west = min(float(each.west or 0) for each in placed)
    south = min(float(each.south or 0) for each in placed)
    east = max(float(each.east or 0) for each in placed)
    north = max(float(each.north or 0) for each in placed)
    shapes = [_geometry(each) for each in placed if len(each.place) <= MOST_SHAPE]
    made = {
        "layers": await map_layers.below(page, ""),
        **map_layers.frame(page, page.words.plain("map.of", title=listed.thing.name)),
        "box": (west - ROOM, south - ROOM / 2, east + ROOM, north + ROOM / 2),
        "chosen": {
            "type": "FeatureCollection",
            "features": [
                {"type": "Feature", "properties": {}, "geometry": each} for each in shapes if each
            ],
        },
        "small": True,
    }
    return json.dumps(made, ensure_ascii=False, separators=(",", ":"))


async def of_dataset(page: Page, ident: str, accessed: list[str]) -> list[tuple[str, str]]:
    """Names and pages of what measures for a dataset.

    Things say it by their property `dataset`, the dataset by addresses below /sensorthings.
    """
    wanted = Wanted(dataset=ident)
    found = await listing.things(page.platform, page.subject, wanted, limit=MOST_THINGS)
    said = [(each.thing.name, page.at(f"/things/{each.thing.id}")) for each in found.things]
    base = page.platform.settings.base_url
    paths = [each.removeprefix(base) for each in accessed if each.startswith((base, "/"))]
    named = [match for path in paths if (match := _THING.match(path))]
    things = tuple(int(match[2]) for match in named if match[1] == "Things")
    streams = [int(match[2]) for match in named if match[1] == "Datastreams"]
    if things:
        wanted = Wanted(things=things)
        more = await listing.things(page.platform, page.subject, wanted, limit=MOST_THINGS)
        said += [(each.thing.name, page.at(f"/things/{each.thing.id}")) for each in more.things]
    for each in await listing.streams(page.platform, page.subject, streams[:MOST_THINGS]):
        name = f"{each.thing.name} – {words.title(page, each.stream)}"
        said.append((name, page.at(f"/datastreams/{each.stream.id}")))
    return list(dict.fromkeys(said))
