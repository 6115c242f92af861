# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Real districts and their borders: nothing is lost between tiles."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from shapely.geometry import shape
from tests.projections.tiles.reading import cut, layer

from allmende.projections.tiles.grids import EXTENT, GRIDS
from allmende.projections.tiles.layer import Layer

TILE = shapely.box(0, 0, EXTENT, EXTENT)


def things(path: Path, kinds: tuple[str, ...]) -> list[Any]:
    found = json.loads(path.read_text("utf-8"))["features"]
    shapes = [shape(each["geometry"]) for each in found if each["geometry"]]
    return [each for each in shapes if each.geom_type in kinds]


def measured(of: Layer, geometries: list[Any], zoom: int, measure: str) -> Counter[int]:
    """What all tiles of a zoom together show of each feature, in units."""
    west, south, east, north = shapely.total_bounds(geometries)
    x, y = of.grid.plane(np.array([west, east, west, east]), np.array([south, north, north, south]))
    side, shown = 2**zoom, Counter[int]()
    for row in range(int(y.min() * side), int(y.max() * side) + 1):
        for column in range(int(x.min() * side), int(x.max() * side) + 1):
            for each in cut(of, zoom, row, column):
                part = shapely.intersection(shape(each["geometry"]), TILE)
                shown[each["id"]] += getattr(part, measure)
    return shown


@pytest.mark.parametrize(("name", "zoom"), [("WebMercatorQuad", 12), ("AdV_25832", 8)])
def test_districts_keep_their_area(shared_data: Path, name: str, zoom: int) -> None:
    grid = GRIDS[name]
    areas = things(
        shared_data / "districts/jena_statistische_bezirke.geojson", ("Polygon", "MultiPolygon")
    )
    assert len(areas) > 30
    of = layer(areas, grid)
    shown = measured(of, areas, zoom, "area")
    for number, area in enumerate(areas, 1):
        placed = shapely.transform(
            area, lambda at: np.stack(grid.plane(*at.T), axis=1) * EXTENT * 2**zoom
        )
        assert shown[number] == pytest.approx(placed.area, rel=0.002)


def test_lines_keep_their_length(shared_data: Path) -> None:
    grid = GRIDS["WebMercatorQuad"]
    areas = things(shared_data / "districts/jena_ortsteile.geojson", ("Polygon", "MultiPolygon"))
    lines = [area.boundary for area in areas]
    assert lines
    shown = measured(layer(lines, grid), lines, 14, "length")
    for number, line in enumerate(lines, 1):
        placed = shapely.transform(
            line, lambda at: np.stack(grid.plane(*at.T), axis=1) * EXTENT * 2**14
        )
        assert shown[number] == pytest.approx(placed.length, rel=0.02, abs=20)
