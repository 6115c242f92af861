# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Geometries as GEOS sees them: every kind of WKB and GeoJSON, there and back."""

import json

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from allmende.model.document import GeometryType
from allmende.model.shapes import (
    BadShape,
    fault,
    fit,
    point,
    read_geojson,
    read_wkb,
    swapped_axes,
    to_geojson,
)

KINDS = [
    "POINT (11 50)",
    "POINT Z (11 50 3)",
    "POINT EMPTY",
    "LINESTRING (0 0, 1 1)",
    "LINESTRING EMPTY",
    "POLYGON ((0 0, 1 0, 1 1, 0 0), (0.6 0.2, 0.8 0.2, 0.8 0.4, 0.6 0.2))",
    "POLYGON EMPTY",
    "POLYGON Z ((0 0 1, 1 0 1, 1 1 1, 0 0 1))",
    "MULTIPOINT ((0 0), (1 1))",
    "MULTILINESTRING ((0 0, 1 1), (2 2, 3 3))",
    "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)))",
    "GEOMETRYCOLLECTION (POINT (1 2), LINESTRING (0 0, 1 1))",
    "GEOMETRYCOLLECTION EMPTY",
]


@pytest.mark.parametrize("text", KINDS)
@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("flavor", ["iso", "extended"])
def test_every_wkb_becomes_the_same(text: str, order: int, flavor: str) -> None:
    shape = shapely.set_srid(shapely.from_wkt(text), 4326)
    extended = flavor == "extended"
    data = shapely.to_wkb(shape, byte_order=order, flavor=flavor, include_srid=extended)
    read = read_wkb(data)
    assert read.wkb == shapely.to_wkb(shape, byte_order=1, flavor="iso")
    assert (read.srid, read.empty) == (4326 if extended else 0, shape.is_empty)
    assert read.has_z == shape.has_z
    if not shape.is_empty:
        assert read.box == shape.bounds


@pytest.mark.parametrize("text", [each for each in KINDS if "EMPTY" not in each])
def test_geojson_there_and_back(text: str) -> None:
    shape = shapely.from_wkt(text)
    wkb = shapely.to_wkb(shape, byte_order=1, flavor="iso")
    found = to_geojson(wkb)
    assert found == json.loads(shapely.to_geojson(shape))
    assert read_geojson(found).wkb == wkb


def test_measures_are_left_out() -> None:
    data = shapely.to_wkb(shapely.from_wkt("LINESTRING ZM (1 2 3 4, 5 6 7 8)"), flavor="iso")
    assert to_geojson(read_wkb(data).wkb)["coordinates"] == [[1, 2, 3], [5, 6, 7]]


def test_decimals_and_swapped_axes() -> None:
    assert to_geojson(point(11.123456, 50.5), 3)["coordinates"] == [11.123, 50.5]
    assert swapped_axes(point(50, 11, 7)) == point(11, 50, 7)


def test_one_of_many() -> None:
    alone = read_wkb(shapely.to_wkb(shapely.from_wkt(KINDS[5])))
    many = fit(alone, GeometryType.MULTIPOLYGON)
    assert many
    assert many.kind is GeometryType.MULTIPOLYGON
    assert fit(many, GeometryType.POLYGON) == alone
    assert fit(alone, GeometryType.POINT) is None


def test_faults_are_named() -> None:
    bow = shapely.to_wkb(shapely.from_wkt("POLYGON ((0 0, 1 1, 1 0, 0 1, 0 0))"))
    assert "Self-intersection" in fault(bow)
    assert fault(point(1, 2)) == fault(point(1, 2, 3)) == ""


@given(st.binary(max_size=80))
def test_no_bytes_upset_it(data: bytes) -> None:
    for each in (data, b"\x01" + data, b"\x01\x06\x00\x00\x00" + data):
        try:
            found = read_wkb(each)
        except BadShape:
            continue
        assert read_wkb(found.wkb).wkb == found.wkb


JSON = st.recursive(
    st.none() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=12,
)


@given(st.sampled_from([each.value for each in GeometryType]), JSON)
def test_no_geojson_upsets_it(kind: str, coordinates: object) -> None:
    try:
        found = read_geojson({"type": kind, "coordinates": coordinates, "geometries": coordinates})
    except BadShape:
        return
    assert shapely.from_wkb(found.wkb).geom_type == found.kind.value
