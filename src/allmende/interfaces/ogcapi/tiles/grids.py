# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The grids tiles are cut in, as tile matrix sets (OGC 17-083r4, JSON encoding)."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from allmende.core.operations import Parameter, operation
from allmende.core.tiles import GRIDS, MAX_ZOOM, Grid
from allmende.interfaces.ogcapi.common import answer, asked, link, plain
from allmende.interfaces.ogcapi.tiles.links import JSON, grid_of

PIXELS = 256  # of a tile in the definitions; vector tiles may be drawn at any size
GRID = Parameter(
    "grid", "path", "Id of a tile matrix set", {"type": "string", "enum": list(GRIDS)}, True
)
F = Parameter("f", "query", "Format: json", {"type": "string", "enum": ["json"]})


@operation("The tile matrix sets that tiles are offered in", tag="Tiles", parameters=(F,))
async def listing(request: Request) -> Response:
    """All grids (OGC 20-057 §10.2)."""
    ask = asked(request)
    plain(ask)
    found = [
        _named(grid)
        | {"links": [link(ask.at("tileMatrixSets", grid.id), "self", JSON, grid.title)]}
        for grid in GRIDS.values()
    ]
    here = link(ask.at("tileMatrixSets"), "self", JSON)
    return answer(ask, {"tileMatrixSets": found, "links": [here]})


@operation("One tile matrix set", tag="Tiles", parameters=(GRID, F))
async def one(request: Request) -> Response:
    """One grid with all its zooms."""
    ask = asked(request)
    plain(ask)
    grid = grid_of(request.path_params["grid"])
    return answer(ask, definition(grid))


def _named(grid: Grid) -> dict[str, Any]:
    found = {"id": grid.id, "title": grid.title, "crs": grid.crs}
    return found | ({"uri": grid.uri} if grid.uri else {})


def definition(grid: Grid) -> dict[str, Any]:
    """The tile matrix set as JSON (OGC 17-083r4 §7)."""
    found: dict[str, Any] = _named(grid) | {"orderedAxes": list(grid.axes)}
    if grid.well_known:
        found["wellKnownScaleSet"] = grid.well_known
    found["tileMatrices"] = [_matrix(grid, zoom) for zoom in range(MAX_ZOOM + 1)]
    return found


def _matrix(grid: Grid, zoom: int) -> dict[str, Any]:
    return {
        "id": str(zoom),
        "scaleDenominator": grid.scale(zoom, PIXELS),
        "cellSize": grid.resolution(zoom, PIXELS),
        "cornerOfOrigin": "topLeft",
        "pointOfOrigin": [grid.left, grid.top],
        "tileWidth": PIXELS,
        "tileHeight": PIXELS,
        "matrixWidth": 2**zoom,
        "matrixHeight": 2**zoom,
    }
