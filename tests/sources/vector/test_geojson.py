# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""GeoJSON as it is, not only as it should be."""

from __future__ import annotations

import gzip
import json
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.core.imports import Limits, Material, open_content
from allmende.core.imports.types import Layer
from allmende.errors import InvalidInput
from allmende.model.shapes import NUMBERS, point


def layer(document: Any, limits: Limits | None = None) -> Layer:
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    return open_content(Material(data, "a.geojson", limits=limits or Limits())).layer()


def collection(*geometries: Any, **more: Any) -> dict[str, Any]:
    features = [
        {"type": "Feature", "id": n, "properties": {"n": n}, "geometry": geometry}
        for n, geometry in enumerate(geometries, 1)
    ]
    return {"type": "FeatureCollection", "features": features, **more}


POINT = {"type": "Point", "coordinates": [11.58, 50.93]}
OPEN_RING = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1]]]}


def test_a_broken_feature_costs_only_itself() -> None:
    document = collection(
        POINT,
        OPEN_RING,
        {"type": "LineString", "coordinates": [[1, 2]]},
        {"type": "Circle", "coordinates": [1, 2]},
        {"type": "Point", "coordinates": ["a", 2]},
        None,
    )
    document["features"].append("no feature")
    rows = list(layer(document).rows())
    codes = [row.fault.code if row.fault else "" for row in rows]
    assert codes == [
        "",
        "ring-not-closed",
        "line-too-short",
        "no-geometry",
        "no-geometry",
        "",
        "broken-feature",
    ]
    assert rows[0].geometry == point(11.58, 50.93)
    assert "[[0,0],[1,0],[1,1],[0,1]]" in rows[1].cells["geometry"]


def test_heights_are_kept() -> None:
    line = {"type": "LineString", "coordinates": [[1, 2, 3], [4, 5, 6]]}
    shape = next(layer(collection(line)).rows()).geometry
    assert shape == struct.pack("<BII6d", 1, 1002, 2, 1, 2, 3, 4, 5, 6)


def test_the_older_crs_member_is_read() -> None:
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::25832"}}
    found = layer(collection(POINT, crs=crs))
    assert (found.crs, found.axis) == ("urn:ogc:def:crs:EPSG::25832", "xy")


def test_one_page_of_several_is_noted() -> None:
    found = layer(collection(POINT, links=[{"rel": "next", "href": "https://city.test/2"}]))
    assert "one page of several" in found.notes[0]["en"]
    assert layer(collection(POINT, links=[{"rel": "self"}, 3])).notes == []


def test_a_sequence_of_features_is_read() -> None:
    features = [json.dumps(each).encode() for each in collection(POINT, POINT)["features"]]
    for data in (b"\n".join(features) + b"\n", b"\x1e" + b"\n\x1e".join(features)):
        assert len(list(layer(data).rows())) == 2


def test_a_file_in_another_encoding_is_read_and_noted(shared_data: Path) -> None:
    data = (shared_data / "districts/landtagswahlkreis_37_jena1_osm.geojson").read_bytes()
    found = layer(data)
    assert len(list(found.rows())) == 20
    assert "cp1252" in found.notes[0]["en"]


def test_real_files_are_read_completely(shared_data: Path) -> None:
    numbers = {
        "pois/jena_osm_pois_2014-12.geojson": 1_930,
        "pois/jena_osm_landuse_2014-12.geojson.gz": 3_604,
        "trees/leipzig_connewitz.geojson": 1_139,
        "trees/muenster_baeume_ausschnitt.geojson": 2_103,
        "districts/jena_ortsteile.geojson": 30,
        "history/karlsruhe_streetnames.geojson": 1_827,
        "roadworks/chemnitz_baustellen.geojson": 14,
    }
    for name, number in numbers.items():
        data = (shared_data / name).read_bytes()
        rows = list(layer(gzip.decompress(data) if name.endswith("gz") else data).rows())
        assert len(rows) == number, name
        broken = [row.fault.code for row in rows if row.fault]
        assert broken == (["ring-not-closed"] if "streetnames" in name else [])


def test_the_number_of_vertices_has_a_limit() -> None:
    line = {"type": "LineString", "coordinates": [[n, 0] for n in range(50)]}
    row = next(layer(collection(line), Limits(vertices=49)).rows())
    assert row.fault is not None
    assert row.fault.code == "too-many-vertices"


@pytest.mark.parametrize("depth", [5, 20, 5_000])
def test_nested_collections_have_a_limit(depth: int) -> None:
    text = '{"type":"GeometryCollection","geometries":[' * depth + json.dumps(POINT) + "]}" * depth
    data = f'{{"type":"FeatureCollection","features":[{{"type":"Feature","geometry":{text}}}]}}'
    if depth > 1_000:
        with pytest.raises(InvalidInput):
            layer(data.encode())
        return
    row = next(layer(data.encode()).rows())
    assert (row.geometry is not None) == (depth == 5)
    assert (row.fault is not None) == (depth == 20)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
KINDS = st.sampled_from([*NUMBERS, "Circle", 3])


@given(KINDS, JSON, JSON)
def test_any_geometry_is_read_or_has_a_fault(kind: Any, coordinates: Any, parts: Any) -> None:
    geometry = {"type": kind, "coordinates": coordinates, "geometries": parts}
    row = next(layer(collection(geometry)).rows())
    assert row.fault is not None or row.geometry is None or row.geometry[0] == 1
