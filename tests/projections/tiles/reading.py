# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Layers from plain lists, and tiles read back with a foreign decoder."""

import warnings
from collections.abc import Sequence
from typing import Any

import shapely

from allmende.projections.tiles.grids import EXTENT, WEB_MERCATOR, Grid
from allmende.projections.tiles.layer import Layer, Table

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import mapbox_vector_tile

Feature = dict[str, Any]


def table(geometries: Sequence[Any], first: int = 1, **cells: Sequence[Any]) -> Table:
    """Rows numbered from `first` with shapely geometries in CRS84."""
    wkb = [None if each is None else shapely.to_wkb(each) for each in geometries]
    fids = list(range(first, first + len(wkb)))
    return Table(fids, {name: list(values) for name, values in cells.items()}, wkb)


def layer(geometries: Sequence[Any], grid: Grid = WEB_MERCATOR, **cells: Sequence[Any]) -> Layer:
    return Layer.of(grid, table(geometries, **cells))


def read(tile: bytes) -> list[Feature]:
    """The features of a tile with one layer (or none), y down."""
    found = mapbox_vector_tile.decode(tile, default_options={"y_coord_down": True})
    assert len(found) <= 1
    for each in found.values():
        assert (each["extent"], each["version"]) == (EXTENT, 2)
        return list(each["features"])
    return []


def place_of(grid: Grid, lon: float, lat: float, zoom: int) -> tuple[int, int]:
    """Row and column of the tile a place lies in."""
    import numpy as np

    x, y = grid.plane(np.array([lon]), np.array([lat]))
    return int(y[0] * 2**zoom), int(x[0] * 2**zoom)


def cut(of: Layer, zoom: int, row: int, column: int, *names: str, **more: Any) -> list[Feature]:
    return read(of.tile("things", zoom, row, column, names, **more))
