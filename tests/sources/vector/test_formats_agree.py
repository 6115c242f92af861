# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""GDAL writes the same trees in every format and system; they are read as the same rows."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pyproj
import pytest
import shapely
from tests.support.importing import JENA, entity, mapping

from allmende.core.imports import Material, open_content
from allmende.core.imports.intake import Intake
from allmende.model.document import Field, FieldType

POINTS = [(11.586123, 50.928456), (11.59, 50.93), (11.6, 50.94)]
ART = ["Eiche & Co. <1>", "Größe", "Lärche"]
NUMBERS = [1, 2, 3]
THING = entity(
    Field(name="nr", type=FieldType.INTEGER),
    Field(name="art"),
    Field(name="place", type=FieldType.GEOMETRY),
)
DRIVERS = {
    "GeoJSON": "geojson",
    "GeoJSONSeq": "geojsonl",
    "GPKG": "gpkg",
    "FlatGeobuf": "fgb",
    "ESRI Shapefile": "shp",
    "GML": "gml",
    "LIBKML": "kml",
    "Parquet": "parquet",
}
DEGREES_ONLY = {"GeoJSONSeq", "LIBKML"}
CRS = ("EPSG:4326", "EPSG:25832", "EPSG:31468")


def written(driver: str, crs: str, folder: Path, **more: Any) -> bytes:
    turn = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    shapes = shapely.points([turn.transform(*point) for point in POINTS])
    if driver == "Parquet":
        return parquet(shapes, crs)
    path = folder / f"trees.{DRIVERS[driver]}"
    pyogrio.raw.write(
        path,
        geometry=shapely.to_wkb(shapes),
        field_data=[np.array(NUMBERS), np.array(ART, dtype=object)],
        fields=np.array(["nr", "art"]),
        crs=crs,
        geometry_type="Point",
        driver=driver,
        **more,
    )
    if driver != "ESRI Shapefile":
        return path.read_bytes()
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as packed:
        for part in folder.glob("trees.*"):
            packed.write(part, part.name)
    return kept.getvalue()


def parquet(shapes: Any, crs: str) -> bytes:
    import json

    import pyarrow as pa
    from pyarrow import parquet as pq

    authority, code = crs.split(":")
    ident = {"id": {"authority": authority, "code": int(code)}}
    column = {"encoding": "WKB", "geometry_types": ["Point"], "crs": ident}
    geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}
    table = pa.table({"nr": NUMBERS, "art": ART, "geometry": shapely.to_wkb(shapes).tolist()})
    kept = io.BytesIO()
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(geo)}), kept)
    return kept.getvalue()


def same(data: bytes) -> None:
    layer = open_content(Material(data, near=JENA)).layer()
    intake = Intake(THING, mapping(), layer, JENA)
    chunk = intake.take()
    assert chunk.refusals == []
    changes = sorted(chunk.changes, key=lambda change: change.values["nr"])
    assert [change.values["nr"] for change in changes] == NUMBERS
    assert [change.values["art"] for change in changes] == ART
    found = [shapely.from_wkb(change.values["place"]) for change in changes]
    assert [(p.x, p.y) for p in found] == [pytest.approx(point, abs=2e-8) for point in POINTS]


@pytest.mark.parametrize(
    ("driver", "crs"),
    [
        (driver, crs)
        for driver in DRIVERS
        for crs in CRS
        if crs == "EPSG:4326" or driver not in DEGREES_ONLY
    ],
)
def test_every_format_and_system_gives_the_same_rows(driver: str, crs: str, tmp_path: Path) -> None:
    same(written(driver, crs, tmp_path))


@pytest.mark.parametrize("version", ["GML2", "GML3", "GML3.2"])
@pytest.mark.parametrize("form", ["YES", "NO"])
@pytest.mark.parametrize("crs", CRS)
def test_every_generation_of_gml_gives_the_same_rows(
    version: str, form: str, crs: str, tmp_path: Path
) -> None:
    same(written("GML", crs, tmp_path, FORMAT=version, GML3_LONGSRS=form))
