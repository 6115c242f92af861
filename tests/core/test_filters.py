# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The CRS of a filter's geometries, and its language."""

import math

import pytest
import shapely

from allmende.core.filters import queryables, read_filter
from allmende.errors import InvalidInput
from allmende.model.document import CRS84, Entity, Field, FieldType
from allmende.model.filter import Bounds, Call, Geometry

EPSG = "http://www.opengis.net/def/crs/EPSG/0/"


def literal(text: str, crs: str) -> shapely.Geometry | Bounds:
    tree = read_filter(f"S_INTERSECTS(geom, {text})", filter_crs=crs)
    assert isinstance(tree, Call)
    found = tree.args[1]
    if isinstance(found, Bounds):
        return found
    assert isinstance(found, Geometry)
    return shapely.from_wkb(found.wkb)


def test_axes_are_those_of_the_crs() -> None:
    assert literal("POINT(50.9 11.6)", EPSG + "4326") == shapely.Point(11.6, 50.9)
    assert literal("POINT(11.6 50.9)", CRS84) == shapely.Point(11.6, 50.9)
    assert literal("BBOX(50, 11, 51, 12)", EPSG + "4326") == Bounds(11, 50, 12, 51)


def test_metres_become_degrees() -> None:
    point = literal("POINT(681600 5644100)", EPSG + "25832")
    assert math.isclose(point.x, 11.58, abs_tol=0.01)
    assert math.isclose(point.y, 50.92, abs_tol=0.01)


def test_a_box_in_metres_keeps_its_bent_edges() -> None:
    place = literal("BBOX(600000, 5600000, 700000, 5700000)", EPSG + "25832")
    inside = literal("POINT(650000 5600001)", EPSG + "25832")
    outside = literal("POINT(650000 5599990)", EPSG + "25832")
    assert place.contains(inside)
    assert not place.intersects(outside)


def test_all_parts_of_a_tree_are_moved() -> None:
    text = "NOT (S_WITHIN(g, POINT(50 11)) OR S_WITHIN(POINT(50 11), g)) AND a IN (1, 2)"
    expected = text.replace("50 11", "11 50")
    assert read_filter(text, filter_crs=EPSG + "4326") == read_filter(expected)


@pytest.mark.parametrize(
    ("text", "language", "crs"),
    [
        ("a = 1", "cql-text", CRS84),
        ("a = 1", "cql2-json", CRS84),
        ("a = 1", "cql2-text", "nowhere"),
        ("S_WITHIN(g, POINT(1e30 1e30))", "cql2-text", EPSG + "25832"),
    ],
)
def test_what_cannot_be_read_is_refused(text: str, language: str, crs: str) -> None:
    with pytest.raises(InvalidInput):
        read_filter(text, language, crs)


def test_fields_that_can_be_asked_for() -> None:
    kinds = (FieldType.STRING, FieldType.OBJECT, FieldType.GEOMETRY)
    entity = Entity(name="Tree", fields=[Field(name=str(kind), type=kind) for kind in kinds])
    assert [each.name for each in queryables(entity)] == ["string", "geometry"]
