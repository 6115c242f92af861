# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Boxes and periods."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.projections.search.extents import Extents
from allmende.projections.search.places import box_of, day, intersects, overlaps

JENA = (11.5, 50.86, 11.67, 51.0)


@pytest.mark.parametrize(
    "geometry",
    [
        "POLYGON((11.5 50.86, 11.67 50.86, 11.67 51.0, 11.5 51.0, 11.5 50.86))",
        "<http://www.opengis.net/def/crs/OGC/1.3/CRS84> "
        "POLYGON ((11.5 50.86, 11.67 50.86, 11.67 51.0, 11.5 51.0, 11.5 50.86))",
        '{"type":"Polygon","coordinates":[[[11.5,50.86],[11.67,50.86],[11.67,51.0],[11.5,51.0]]]}',
        "POLYGON Z((11.5 50.86 9, 11.67 50.86 9, 11.67 51.0 9, 11.5 51.0 9))",
    ],
)
def test_boxes_of_geometries(geometry: str) -> None:
    assert box_of(geometry) == JENA


@pytest.mark.parametrize(
    "geometry", ["", "Jena", "{", "[]", '{"a":1}', "POINT(4466999 5643999)", '{"coordinates":"x"}']
)
def test_what_is_no_place_has_no_box(geometry: str) -> None:
    assert box_of(geometry) is None


@given(st.text(max_size=80))
def test_no_text_breaks_the_reader(text: str) -> None:
    for geometry in (text, "{" + text):
        box = box_of(geometry)
        assert box is None or (box[0] <= box[2] and box[1] <= box[3])


def test_boxes_touch() -> None:
    assert intersects(JENA, (11.6, 50.9, 12, 52))
    assert intersects(JENA, (11.67, 51.0, 12, 52))
    assert not intersects(JENA, (11.7, 50.9, 12, 52))
    assert not intersects(JENA, (11.5, 51.1, 12, 52))


def test_a_box_over_the_180th_meridian() -> None:
    fiji = (177.0, -19.0, 179.0, -16.0)
    assert intersects(fiji, (175.0, -20.0, -175.0, -10.0))
    assert not intersects(JENA, (175.0, -90.0, -175.0, 90.0))


@pytest.mark.parametrize(
    ("period", "wanted", "share"),
    [
        (("2020", "2021"), ("2021-06-01", ""), True),
        (("2020-01-01", "2020-12-31"), ("2020", "2020"), True),
        (("2020", ""), ("2035", ""), True),
        (("", "2010"), ("2011", ""), False),
        (("2020-06-15T10:00:00", "2020-06-15T12:00:00"), ("2020-06-15", "2020-06-15"), True),
        (("2020", "2020"), ("2021", ""), False),
        (("2020", "2020"), ("", "2019-12"), False),
    ],
)
def test_periods(period: tuple[str, str], wanted: tuple[str, str], share: bool) -> None:
    assert overlaps(period, wanted) is share


def test_dates_are_cut_to_what_is_compared() -> None:
    assert day("2021-01-05T12:00:00.123+01:00") == "2021-01-05T12:00:00"
    assert day("2021") == "2021"
    assert day("gestern") == day(None) == ""


def test_records_by_extent() -> None:
    extents = Extents(overlaps)
    extents.put(1, [("2020", "2021")])
    extents.put(2, [("2020", "2021"), ("1990", "1990")])
    extents.put(2, [("1990", "1990")])
    assert list(extents.meeting(("2021", "2021"))) == [1]
    assert list(extents.meeting(("", "2030"))) == [1, 2]
    extents.remove(1)
    extents.remove(7)
    assert list(extents.meeting(("", ""))) == [2]
