# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A collection of trees and one of squares behind the tile addresses."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from httpx2 import Response
from msgspec.structs import replace
from tests.interfaces.support import Served
from tests.projections.tiles.reading import Feature, mapbox_vector_tile, place_of

from allmende.core import collections
from allmende.core.collections import Change, CollectionEntry
from allmende.core.platform import Platform
from allmende.model.document import (
    Code,
    Entity,
    Field,
    FieldType,
    GeometryType,
    Model,
    Visibility,
)
from allmende.policy import SYSTEM
from allmende.projections.tiles.grids import GRIDS

JENA = (11.58, 50.93)
TREE = Entity(
    name="Tree",
    title={"de": "Baum", "en": "Tree"},
    key=["number"],
    label="species",
    fields=[
        Field(name="number", type=FieldType.INTEGER, required=True),
        Field(name="species", title={"de": "Art", "en": "Species"}),
        Field(name="height", type=FieldType.NUMBER, unit="m"),
        Field(name="kind", codes=[Code(code="street"), Code(code="park")]),
        Field(name="remark"),
        Field(name="tags", many=True),
        Field(name="note", visibility=Visibility.INTERNAL),
        Field(name="owner", personal=True),
        Field(name="place", type=FieldType.GEOMETRY, geometry=GeometryType.POINT),
    ],
)
SQUARE = Entity(
    name="Square",
    key=["name"],
    fields=[
        Field(name="name", required=True),
        Field(name="area", type=FieldType.GEOMETRY, geometry=GeometryType.POLYGON),
    ],
)
LIST = Entity(name="Note", key=["name"], fields=[Field(name="name", required=True)])


def tree(number: int, at: tuple[float, float] = JENA, **values: Any) -> Change:
    given = {
        "number": number,
        "species": "Tilia cordata",
        "height": 12.5,
        "kind": "street",
        "note": "secret note",
        "owner": "Erika Muster",
        "place": {"type": "Point", "coordinates": list(at)},
    }
    return Change(values=given | values)


async def make(platform: Platform, ident: str, entity: Entity, **more: Any) -> None:
    model = Model(id=ident, entities=[entity])
    entry = CollectionEntry(id=ident, model=model, organisation="jena", **more)
    await collections.create(platform, SYSTEM, entry)


async def fill(platform: Platform) -> None:
    """Two collections with a geometry, one without."""
    await make(platform, "trees", TREE)
    await make(platform, "squares", SQUARE)
    await make(platform, "notes", LIST)
    random = np.random.default_rng(4)
    near = random.normal(JENA, 0.002, (50, 2))
    changes = [tree(number, tuple(at)) for number, at in enumerate(near.tolist(), 1)]
    await write(platform, *changes)
    ring = [[11.57, 50.92], [11.6, 50.92], [11.6, 50.94], [11.57, 50.94], [11.57, 50.92]]
    square = Change(values={"name": "middle", "area": {"type": "Polygon", "coordinates": [ring]}})
    await collections.write(platform, SYSTEM, "squares", [square])


async def write(platform: Platform, *changes: Change) -> None:
    await collections.write(platform, SYSTEM, "trees", list(changes))


def moved(change: Change, at: tuple[float, float]) -> Change:
    values = {**change.values, "place": {"type": "Point", "coordinates": list(at)}}
    return replace(change, values=values)


def address(
    zoom: int, at: tuple[float, float] = JENA, grid: str = "WebMercatorQuad", of: str = "trees"
) -> str:
    row, column = place_of(GRIDS[grid], *at, zoom)
    base = f"/ogc/collections/{of}/tiles" if of else "/ogc/tiles"
    return f"{base}/{grid}/{zoom}/{row}/{column}"


async def get(
    site: Served, path: str, token: str = "", headers: dict[str, str] | None = None, **query: str
) -> Response:
    sent = {"accept-encoding": "identity", **(headers or {})}
    if token:
        sent["authorization"] = f"Bearer {token}"
    return await site.client.get(path, params=query or None, headers=sent)


def layers(response: Response) -> dict[str, list[Feature]]:
    assert response.status_code in (200, 204), response.text
    if response.status_code == 204:
        return {}
    assert response.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    found = mapbox_vector_tile.decode(response.content, default_options={"y_coord_down": True})
    return {name: each["features"] for name, each in found.items()}


async def trees(site: Served, path: str, token: str = "", **query: str) -> Sequence[Feature]:
    return layers(await get(site, path, token, **query)).get("trees", [])
