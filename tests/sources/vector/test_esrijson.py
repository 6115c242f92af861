# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Feature sets of ArcGIS servers."""

from __future__ import annotations

import json
from typing import Any

import pytest
import shapely

from allmende.core.imports import Material, open_content
from allmende.core.imports.types import Layer

SQUARE = [[0, 0], [0, 4], [4, 4], [4, 0], [0, 0]]
HOLE = [[1, 1], [2, 1], [2, 2], [1, 2], [1, 1]]
FAR = [[9, 9], [9, 10], [10, 10], [10, 9], [9, 9]]


def layer(*geometries: Any) -> Layer:
    document = {
        "spatialReference": {"wkid": 102100, "latestWkid": 3857},
        "fields": [
            {"name": "OBJECTID", "type": "esriFieldTypeOID"},
            {"name": "am", "type": "esriFieldTypeDate"},
        ],
        "features": [
            {"attributes": {"OBJECTID": n, "am": 1_577_880_000_000}, "geometry": geometry}
            for n, geometry in enumerate(geometries, 1)
        ],
    }
    return open_content(Material(json.dumps(document).encode())).layer()


@pytest.mark.parametrize(
    ("geometry", "wkt"),
    [
        ({"x": 1, "y": 2}, "POINT (1 2)"),
        ({"x": 1, "y": 2, "z": 3}, "POINT Z (1 2 3)"),
        ({"points": [[1, 2], [3, 4]]}, "MULTIPOINT ((1 2), (3 4))"),
        ({"paths": [[[1, 2], [3, 4]]]}, "LINESTRING (1 2, 3 4)"),
        ({"hasM": True, "paths": [[[1, 2, 9], [3, 4, 9]]]}, "LINESTRING (1 2, 3 4)"),
        ({"rings": [SQUARE, HOLE]}, shapely.Polygon(SQUARE, [HOLE]).wkt),
        (
            {"rings": [FAR, HOLE, SQUARE]},
            shapely.MultiPolygon([(FAR, []), (SQUARE, [HOLE])]).wkt,
        ),
        ({"rings": [HOLE]}, shapely.Polygon(HOLE).wkt),
    ],
)
def test_geometries(geometry: Any, wkt: str) -> None:
    found = shapely.from_wkb(next(layer(geometry).rows()).geometry)
    assert found.wkt == wkt


def test_dates_numbers_and_system() -> None:
    found = layer({"x": 1, "y": 2}, {"curvePaths": [[1]]}, {"paths": [3]}, None)
    rows = list(found.rows())
    assert found.crs == "EPSG:3857"
    assert (rows[0].id, rows[0].cells["am"]) == ("1", "2020-01-01T12:00:00+00:00")
    assert [row.fault.code if row.fault else "" for row in rows] == ["", "curve", "no-geometry", ""]
