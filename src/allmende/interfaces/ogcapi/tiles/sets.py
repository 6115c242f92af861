# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Tilesets: which tiles there are of what, and TileJSON for clients that read it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from allmende.core import collections, tiles
from allmende.core.collections import Collection
from allmende.core.operations import Parameter, operation
from allmende.core.tiles import GRIDS, MAX_ZOOM, WEB_MERCATOR, Grid
from allmende.errors import NotFound
from allmende.interfaces.ogcapi.common import Asked, answer, asked, link, plain
from allmende.interfaces.ogcapi.tiles.grids import GRID, F
from allmende.interfaces.ogcapi.tiles.links import JSON, MVT, grid_of, scheme, template
from allmende.model.document import Field, FieldType, GeometryType
from allmende.model.query import Box

DEEPEST = 16  # zoom from which clients enlarge tiles instead of asking for smaller ones
COLLECTION = Parameter("id", "path", "Id of the collection", required=True)
COLLECTIONS = Parameter(
    "collections", "query", f"Ids, comma between, at most {tiles.MAX_LAYERS}; else all"
)

_DIMENSIONS = {
    GeometryType.POINT: 0,
    GeometryType.MULTIPOINT: 0,
    GeometryType.LINESTRING: 1,
    GeometryType.MULTILINESTRING: 1,
    GeometryType.POLYGON: 2,
    GeometryType.MULTIPOLYGON: 2,
}
_TYPES = {
    FieldType.INTEGER: "integer",
    FieldType.YEAR: "integer",
    FieldType.NUMBER: "number",
    FieldType.BOOLEAN: "boolean",
}


@operation("The tilesets of one collection", tag="Tiles", parameters=(COLLECTION, F))
async def of_one(request: Request) -> Response:
    """OGC 20-057 §11, §9.2."""
    ask = asked(request)
    plain(ask)
    found = await drawn(ask, request.path_params["id"])
    return _listing(ask, ask.said(found.title) or found.id, found.id)


@operation("The tilesets of several collections together", tag="Tiles", parameters=(F,))
async def of_all(request: Request) -> Response:
    """OGC 20-057 §9.2, Requirements Class dataset-tilesets."""
    ask = asked(request)
    plain(ask)
    return _listing(ask, ask.platform.settings.site_name)


@operation("One tileset of a collection", tag="Tiles", parameters=(COLLECTION, GRID, F))
async def one_of_one(request: Request) -> Response:
    """OGC 20-057 §8, metadata of OGC 17-083r4 §9."""
    ask = asked(request)
    plain(ask)
    grid = grid_of(request.path_params["grid"])
    found = await drawn(ask, request.path_params["id"])
    return answer(ask, _tileset(ask, grid, [found], found.id))


@operation("One tileset of several collections", tag="Tiles", parameters=(GRID, COLLECTIONS, F))
async def one_of_all(request: Request) -> Response:
    """The tileset of the named collections, or of all."""
    ask = asked(request)
    plain(ask, names=("f", "collections"))
    grid = grid_of(request.path_params["grid"])
    found = await selected(ask, request.query_params.get("collections"))
    return answer(ask, _tileset(ask, grid, found))


@operation("TileJSON 3.0 of a collection", tag="Tiles", parameters=(COLLECTION, GRID, F))
async def tilejson(request: Request) -> Response:
    """For MapLibre and others; TileJSON knows the web's grid only, so others are 404."""
    ask = asked(request)
    plain(ask)
    grid = grid_of(request.path_params["grid"])
    found = await drawn(ask, request.path_params["id"])
    if grid is not WEB_MERCATOR:
        raise NotFound(
            f"TileJSON is for {WEB_MERCATOR.id} only.",
            f"TileJSON gibt es nur für {WEB_MERCATOR.id}.",
        )
    address = ask.at("collections", found.id, "tiles", grid.id) + "/{z}/{y}/{x}"
    body: dict[str, Any] = {
        "tilejson": "3.0.0",
        "name": ask.said(found.title) or found.id,
        "description": ask.said(found.description),
        "attribution": ask.said(found.attribution),
        "tiles": [f"{address}?batch={found.batch}"],
        "minzoom": 0,
        "maxzoom": DEEPEST,
        "vector_layers": [
            {
                "id": found.id,
                "description": ask.said(found.entity.description),
                "minzoom": 0,
                "maxzoom": DEEPEST,
                "fields": {each.name: ask.said(each.title) for each in tiles.carried(found.entity)},
            }
        ],
    }
    if found.extent:
        west, south, east, north = found.extent
        body["bounds"] = list(found.extent)
        body["center"] = [(west + east) / 2, (south + north) / 2, 11]
    return answer(ask, body)


# --- what is asked for ------------------------------------------------------------------------


async def drawn(ask: Asked, ident: str) -> Collection:
    """A collection that can be drawn. NotFound."""
    found = await collections.get(ask.platform, ask.subject, ident)
    if found.entity.geometry is None:
        raise NotFound(
            f"“{ident}” has no geometry, so there are no tiles of it.",
            f"„{ident}“ hat keine Geometrie, also gibt es keine Kacheln davon.",
        )
    return found


async def selected(ask: Asked, names: str | None) -> list[Collection]:
    """The named collections in their order, or all that can be drawn."""
    if names is not None:
        wanted = dict.fromkeys(part.strip() for part in names.split(",") if part.strip())
        return [await drawn(ask, name) for name in list(wanted)[: tiles.MAX_LAYERS + 1]]
    found = await collections.listing(ask.platform, ask.subject)
    return [each for each in found if each.entity.geometry is not None]


# --- documents --------------------------------------------------------------------------------


def _listing(ask: Asked, title: str, ident: str = "") -> Response:
    at = ask.at("collections", ident, "tiles") if ident else ask.at("tiles")
    found = [
        {
            **_head(grid, title),
            "links": [
                link(f"{at}/{grid.id}", "self", JSON, title),
                scheme(ask, grid),
                link(template(ask, grid, ident), "item", MVT, title, templated=True),
            ],
        }
        for grid in GRIDS.values()
    ]
    return answer(ask, {"tilesets": found, "links": [link(at, "self", JSON, title)]})


def _head(grid: Grid, title: str) -> dict[str, Any]:
    found = {"title": title, "dataType": "vector", "crs": grid.crs}
    return found | ({"tileMatrixSetURI": grid.uri} if grid.uri else {})


def _tileset(
    ask: Asked, grid: Grid, found: Sequence[Collection], ident: str = ""
) -> dict[str, Any]:
    title = ask.said(found[0].title) if ident else ask.platform.settings.site_name
    at = ask.at("collections", ident, "tiles") if ident else ask.at("tiles")
    links = [
        link(f"{at}/{grid.id}", "self", JSON, title),
        scheme(ask, grid),
        link(template(ask, grid, ident), "item", MVT, title, templated=True),
    ]
    if ident and grid is WEB_MERCATOR:
        links.append(link(f"{at}/{grid.id}/tilejson", "describedby", JSON, "TileJSON"))
    body = _head(grid, title) | {
        "tileMatrixSetId": grid.id,
        "links": links,
        "layers": [_layer(ask, each) for each in found],
    }
    box = _union([each.extent for each in found if each.extent])
    if box is None:
        return body
    left, bottom, right, top = in_plane(grid, box)
    body["boundingBox"] = {
        "lowerLeft": [left, bottom],
        "upperRight": [right, top],
        "crs": grid.crs,
    }
    middle = [(left + right) / 2, (bottom + top) / 2]
    body["centerPoint"] = {"coordinates": middle, "crs": grid.crs}
    body["tileMatrixSetLimits"] = limits(grid, box)
    return body


def _layer(ask: Asked, each: Collection) -> dict[str, Any]:
    kind = each.entity.geometry.geometry if each.entity.geometry else GeometryType.ANY
    body: dict[str, Any] = {
        "id": each.id,
        "title": ask.said(each.title) or each.id,
        "dataType": "vector",
        "minTileMatrix": "0",
        "maxTileMatrix": str(MAX_ZOOM),
        "propertiesSchema": {
            "type": "object",
            "properties": {field.name: _schema(field) for field in tiles.carried(each.entity)},
        },
    }
    if kind in _DIMENSIONS:
        body["geometryDimension"] = _DIMENSIONS[kind]
    return body


def _schema(field: Field) -> dict[str, str]:
    return {"type": _TYPES.get(field.type, "string")}


def _union(boxes: Sequence[Box]) -> Box | None:
    if not boxes:
        return None
    west, south, east, north = zip(*boxes, strict=True)
    return min(west), min(south), max(east), max(north)


def in_plane(grid: Grid, box: Box) -> Box:
    """A box of CRS84 as one in the grid's CRS that holds it, within the grid."""
    x, y = _shares(grid, box)
    left, right = (grid.left + at * grid.side for at in x)
    top, bottom = (grid.top - at * grid.side for at in y)
    return left, bottom, right, top


def limits(grid: Grid, box: Box) -> list[dict[str, Any]]:
    """The first and last rows and columns with something in them, per zoom (17-083r4 §8)."""
    x, y = _shares(grid, box)
    return [
        {
            "tileMatrix": str(zoom),
            "minTileRow": int(y[0] * 2**zoom),
            "maxTileRow": int(y[1] * 2**zoom),
            "minTileCol": int(x[0] * 2**zoom),
            "maxTileCol": int(x[1] * 2**zoom),
        }
        for zoom in range(MAX_ZOOM + 1)
    ]


def _shares(grid: Grid, box: Box) -> tuple[tuple[float, float], tuple[float, float]]:
    """Smallest and largest x and y of a box as fractions of the grid's side."""
    import numpy as np

    west, south, east, north = box
    lon, lat = np.linspace(west, east, 9), np.linspace(south, north, 9)
    x, y = grid.plane(  # the sides of the box are curves in other projections
        np.concatenate([lon, lon, np.full(9, west), np.full(9, east)]),
        np.clip(np.concatenate([np.full(9, south), np.full(9, north), lat, lat]), -85, 85),
    )
    ends = [
        tuple(np.clip([part.min(), part.max()], 0, 1 - 1e-12).tolist())
        for part in (np.nan_to_num(x, nan=0.0), np.nan_to_num(y, nan=0.0))
    ]
    return ends[0], ends[1]
