# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Names of coordinate reference systems, order of axes, and coordinates on the way."""

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from allmende.core.crs import (
    OFFERED,
    axes,
    box_to_crs84,
    crs,
    move_geometries,
    uri_of,
)
from allmende.errors import InvalidInput
from allmende.model.document import CRS84, CRS84H

EPSG = "http://www.opengis.net/def/crs/EPSG/0/"


@pytest.mark.parametrize(
    "text",
    [
        EPSG + "25832",
        "https://www.opengis.net/def/crs/EPSG/0/25832",
        "http://www.opengis.net/def/crs/EPSG/9.9.1/25832",
        "urn:ogc:def:crs:EPSG::25832",
        "EPSG:25832",
        "epsg:25832",
        "[EPSG:25832]",
    ],
)
def test_one_system_has_many_names(text: str) -> None:
    assert uri_of(text) == EPSG + "25832"


def test_crs84_is_known_by_its_names() -> None:
    assert uri_of("OGC:CRS84") == CRS84
    assert uri_of("urn:ogc:def:crs:OGC:1.3:CRS84") == CRS84
    assert uri_of("http://www.opengis.net/def/crs/OGC/0/CRS84h") == CRS84H


@pytest.mark.parametrize("text", ["", "25832", "utm", EPSG, "EPSG:", "EPSG:99999", "EPSG:7837"])
def test_what_is_no_system_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        crs(text)


def test_the_order_of_axes_is_that_of_the_register() -> None:
    swapped = {crs(uri).code for uri in OFFERED if crs(uri).swapped}
    assert swapped == {"4326", "4258", "31468"}
    assert not crs(CRS84H).swapped
    assert crs("EPSG:25832").decimals == 3
    assert crs("EPSG:4258").decimals == 8


def test_a_known_point_arrives() -> None:
    """Jena, Holzmarkt; the expected values were worked out with cs2cs."""
    point = shapely.points([[11.5862, 50.9271]])
    x, y = shapely.get_coordinates(move_geometries(point, CRS84, EPSG + "25832"))[0]
    assert (x, y) == (681_744.208, 5_644_903.536)
    lat, lon = shapely.get_coordinates(move_geometries(point, CRS84, EPSG + "4326", wire=True))[0]
    assert (lat, lon) == (50.9271, 11.5862)
    north, east = shapely.get_coordinates(move_geometries(point, CRS84, EPSG + "31468", wire=True))[
        0
    ]
    assert north > 5_000_000 > east > 4_000_000


def test_heights_stay() -> None:
    both = shapely.from_wkt(["POINT Z (11 51 155.5)", "POINT (11 51)"])
    moved = move_geometries(both, CRS84, EPSG + "25832")
    assert shapely.has_z(moved).tolist() == [True, False]
    assert shapely.get_coordinates(moved[:1], include_z=True)[0][2] == 155.5
    same = shapely.get_coordinates(moved)
    assert same[0].tolist() == same[1].tolist()


def test_nothing_is_done_where_nothing_has_to_be() -> None:
    point = shapely.points([[11, 51]])
    assert move_geometries(point, CRS84, CRS84) is point
    assert move_geometries(point, CRS84, EPSG + "4326") is point


@given(st.floats(6, 15), st.floats(47, 55))
def test_there_and_back_is_less_than_a_centimetre(lon: float, lat: float) -> None:
    point = shapely.points([[lon, lat]])
    for name in ("25832", "25833", "3857", "5650"):
        moved = move_geometries(point, CRS84, EPSG + name)
        back = shapely.get_coordinates(move_geometries(moved, EPSG + name, CRS84))[0]
        assert back.tolist() == pytest.approx([lon, lat], abs=1e-7)


def test_boxes_are_read_in_the_order_of_the_axes() -> None:
    assert axes((50, 11, 51, 12), crs("EPSG:4326")) == (11, 50, 12, 51)
    assert axes((11, 50, 12, 51), crs(CRS84)) == (11, 50, 12, 51)
    assert axes((11, 50, 0, 12, 51, 900), crs(CRS84H)) == (11, 50, 12, 51)


def test_a_box_stays_round_its_content() -> None:
    box = (600_000.0, 5_600_000.0, 700_000.0, 5_700_000.0)
    west, south, east, north = box_to_crs84(box, EPSG + "25832")
    edge = shapely.segmentize(shapely.box(*box), 500)
    moved = move_geometries(shapely.points(shapely.get_coordinates(edge)), EPSG + "25832", CRS84)
    xs, ys = shapely.get_coordinates(moved).T
    # between the points of an edge the bow is less than a hundredth of a per cent of it
    assert west <= xs.min() + 1e-4
    assert south <= ys.min() + 1e-4
    assert east >= xs.max() - 1e-4
    assert north >= ys.max() - 1e-4


def test_a_box_outside_of_its_system_is_refused() -> None:
    with pytest.raises(InvalidInput):
        box_to_crs84((1e15, 1e15, 2e15, 2e15), EPSG + "25832")
