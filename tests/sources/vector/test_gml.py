# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""GML of several generations and the order of its axes."""

from __future__ import annotations

import pytest
import shapely

from allmende.core.imports import Material, open_content
from allmende.core.imports.types import Layer

NAMES = (
    'xmlns:wfs="http://www.opengis.net/wfs/2.0" xmlns:gml="http://www.opengis.net/gml/3.2" '
    'xmlns:app="http://city.test/app"'
)


def layer(features: str, name: str = "") -> Layer:
    body = f"<wfs:FeatureCollection {NAMES}>{features}</wfs:FeatureCollection>"
    return open_content(Material(body.encode())).layer(name)


def member(inside: str, kind: str = "Tree") -> str:
    return f'<wfs:member><app:{kind} gml:id="t.1">{inside}</app:{kind}></wfs:member>'


def place(geometry: str) -> str:
    return f"<app:geom>{geometry}</app:geom>"


def shape(geometry: str) -> str:
    row = next(layer(member(place(geometry))).rows())
    assert row.fault is None, row.fault
    return str(shapely.from_wkb(row.geometry))


@pytest.mark.parametrize(
    ("geometry", "wkt"),
    [
        ("<gml:Point><gml:pos>1 2</gml:pos></gml:Point>", "POINT (1 2)"),
        ("<gml:Point><gml:pos>1 2 3</gml:pos></gml:Point>", "POINT Z (1 2 3)"),
        ("<gml:Point><gml:coordinates>1,2</gml:coordinates></gml:Point>", "POINT (1 2)"),
        (
            '<gml:Point><gml:coordinates decimal="," cs=";">1,5;2</gml:coordinates></gml:Point>',
            "POINT (1.5 2)",
        ),
        (
            '<gml:LineString srsDimension="3"><gml:posList>1 2 3 4 5 6</gml:posList>'
            "</gml:LineString>",
            "LINESTRING Z (1 2 3, 4 5 6)",
        ),
        (
            "<gml:Curve><gml:segments><gml:LineStringSegment><gml:posList>0 0 1 1</gml:posList>"
            "</gml:LineStringSegment><gml:LineStringSegment><gml:posList>1 1 2 0</gml:posList>"
            "</gml:LineStringSegment></gml:segments></gml:Curve>",
            "LINESTRING (0 0, 1 1, 2 0)",
        ),
        (
            "<gml:Surface><gml:patches><gml:PolygonPatch><gml:exterior><gml:LinearRing>"
            "<gml:posList>0 0 4 0 4 4 0 0</gml:posList></gml:LinearRing></gml:exterior>"
            "<gml:interior><gml:LinearRing><gml:posList>2 1 3 1 3 2 2 1</gml:posList>"
            "</gml:LinearRing></gml:interior></gml:PolygonPatch></gml:patches></gml:Surface>",
            "POLYGON ((0 0, 4 0, 4 4, 0 0), (2 1, 3 1, 3 2, 2 1))",
        ),
        (
            "<gml:MultiPoint><gml:pointMember><gml:Point><gml:pos>1 2</gml:pos></gml:Point>"
            "</gml:pointMember><gml:pointMember><gml:Point><gml:pos>3 4</gml:pos></gml:Point>"
            "</gml:pointMember></gml:MultiPoint>",
            "MULTIPOINT ((1 2), (3 4))",
        ),
        (
            "<gml:MultiSurface><gml:surfaceMember><gml:Polygon><gml:exterior><gml:LinearRing>"
            "<gml:posList>0 0 4 0 4 4 0 0</gml:posList></gml:LinearRing></gml:exterior>"
            "</gml:Polygon></gml:surfaceMember></gml:MultiSurface>",
            "MULTIPOLYGON (((0 0, 4 0, 4 4, 0 0)))",
        ),
    ],
)
def test_geometries_of_every_generation(geometry: str, wkt: str) -> None:
    assert shape(geometry) == wkt


@pytest.mark.parametrize(
    ("name", "axis"),
    [
        ("EPSG:4326", "xy"),
        ("http://www.opengis.net/gml/srs/epsg.xml#4326", "xy"),
        ("urn:ogc:def:crs:EPSG::4326", "yx"),
        ("http://www.opengis.net/def/crs/EPSG/0/4326", "yx"),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", "xy"),
        ("urn:ogc:def:crs:EPSG::25832", "xy"),
        ("urn:ogc:def:crs:EPSG::31468", "yx"),
        ("urn:adv:crs:ETRS89_UTM32", "xy"),
    ],
)
def test_the_order_of_axes_follows_the_name(name: str, axis: str) -> None:
    point = f'<gml:Point srsName="{name}"><gml:pos>1 2</gml:pos></gml:Point>'
    found = layer(member(place(point)))
    assert (found.crs, found.axis) == (name, axis)


def test_kinds_of_features_are_layers_and_properties_columns() -> None:
    inside = (
        "<gml:boundedBy><gml:Envelope/></gml:boundedBy><app:art>Eiche</app:art>"
        '<app:in href="#x"/><app:address><app:Address><app:street>Anger</app:street>'
        "</app:Address></app:address><app:name>a</app:name><app:name>b</app:name>"
    )
    found = layer(member(inside) + member("", "Bench"), "Tree")
    row = next(found.rows())
    assert row.id == "t.1"
    assert row.cells == {
        "gml_id": "t.1",
        "art": "Eiche",
        "in": "#x",
        "address.Address.street": "Anger",
        "name": ["a", "b"],
    }


def test_curves_and_foreign_systems_cost_only_their_row() -> None:
    arc = "<gml:Curve><gml:segments><gml:Arc/></gml:segments></gml:Curve>"
    first = '<gml:Point srsName="EPSG:25832"><gml:pos>1 2</gml:pos></gml:Point>'
    other = '<gml:Point srsName="EPSG:25833"><gml:pos>1 2</gml:pos></gml:Point>'
    found = list(layer("".join(member(place(each)) for each in (first, arc, other))).rows())
    assert [row.fault.code if row.fault else "" for row in found] == ["", "curve", "crs-differs"]
