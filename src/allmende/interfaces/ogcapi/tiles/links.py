# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Addresses of grids and tiles."""

from __future__ import annotations

from allmende.core.tiles import GRIDS, Grid, no_grid
from allmende.interfaces.ogcapi.common import Asked, Link, link

MVT = "application/vnd.mapbox-vector-tile"
SCHEME = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme"
JSON = "application/json"


def scheme(ask: Asked, grid: Grid) -> Link:
    """To the definition of a grid."""
    return link(ask.at("tileMatrixSets", grid.id), SCHEME, JSON, grid.title)


def template(ask: Asked, grid: Grid, ident: str = "") -> str:
    """The address of tiles with the variables of the standard."""
    base = ask.at("collections", ident, "tiles", grid.id) if ident else ask.at("tiles", grid.id)
    return base + "/{tileMatrix}/{tileRow}/{tileCol}"


def grid_of(name: str) -> Grid:
    """The grid with this id. NotFound."""
    if name not in GRIDS:
        raise no_grid(name)
    return GRIDS[name]
