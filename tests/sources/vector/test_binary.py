# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""GeoPackage, Shapefile, FlatGeobuf and Parquet, written by GDAL and PyArrow."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely

from allmende.core.imports import Limits, Material, open_content
from allmende.errors import InvalidInput
from allmende.model.document import FieldType

ENDINGS = {"GPKG": "gpkg", "FlatGeobuf": "fgb", "ESRI Shapefile": "shp"}


def write(folder: Path, driver: str, **more: object) -> bytes:
    points = shapely.points([681_700.0, 681_701.0], [5_645_000.0, 5_645_001.0])
    path = folder / f"baum.{ENDINGS[driver]}"
    pyogrio.raw.write(
        path,
        geometry=shapely.to_wkb(points),
        field_data=[
            np.array([7, 8]),
            np.array(["Bäume", "Größe"], dtype=object),
            np.array(["2022-01-02", "2022-03-04"], dtype="datetime64[D]"),
        ],
        fields=np.array(["nr", "art", "am"]),
        crs="EPSG:25832",
        geometry_type="Point",
        driver=driver,
        **more,
    )
    if driver != "ESRI Shapefile":
        return path.read_bytes()
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as packed:
        for part in sorted(folder.glob("baum.*")):
            packed.write(part, f"stadt/{part.name.upper()}")
    return kept.getvalue()


@pytest.mark.parametrize("driver", ENDINGS)
def test_files_of_gdal_are_read(driver: str, tmp_path: Path) -> None:
    layer = open_content(Material(write(tmp_path, driver))).layer()
    assert layer.crs == "EPSG:25832"
    assert layer.count == 2
    rows = sorted(layer.rows(), key=lambda row: row.cells["nr"])
    assert [row.cells["art"] for row in rows] == ["Bäume", "Größe"]
    assert [row.cells["am"] for row in rows] == ["2022-01-02", "2022-03-04"]
    assert str(shapely.from_wkb(rows[0].geometry)) == "POINT (681700 5645000)"


def test_a_shapefile_in_another_encoding_says_so_in_cpg(tmp_path: Path) -> None:
    data = write(tmp_path, "ESRI Shapefile", encoding="CP1252")
    assert next(open_content(Material(data)).layer().rows()).cells["art"] == "Bäume"


def test_a_shapefile_without_its_table_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "ESRI Shapefile")
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as packed:
        packed.write(tmp_path / "baum.shp", "baum.shp")
        packed.write(tmp_path / "baum.shx", "baum.shx")
    with pytest.raises(InvalidInput, match=r"baum\.dbf is missing"):
        open_content(Material(kept.getvalue()))


def test_rows_of_a_geopackage_have_their_number(tmp_path: Path) -> None:
    layer = open_content(Material(write(tmp_path, "GPKG"))).layer()
    assert [row.id for row in layer.rows()] == ["1", "2"]
    assert layer.columns[0].name == "fid"


def test_broken_files_end_only_their_process(tmp_path: Path) -> None:
    whole = write(tmp_path, "GPKG")
    with pytest.raises(InvalidInput):
        open_content(Material(whole[:100] + b"x" * 5_000, "a.gpkg"))
    with pytest.raises(InvalidInput):
        open_content(Material(b"fgb\x03fgb\x00" + b"\xff" * 500, "a.fgb"))
    with pytest.raises(InvalidInput):
        open_content(Material(b"PAR1" + b"\xff" * 500, "a.parquet"))


def test_a_format_that_leads_elsewhere_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a,b\n1,2\n")
    virtual = f'<OGRVRTDataSource><OGRVRTLayer name="secret"><SrcDataSource>{tmp_path}/secret.csv'
    with pytest.raises(InvalidInput):
        open_content(
            Material(virtual.encode() + b"</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>")
        )


def test_only_the_driver_that_is_needed_is_there(tmp_path: Path) -> None:
    from allmende.core.imports import confined
    from allmende.sources.vector.binary import environment

    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    child = "allmende.sources.vector.gdal_child"
    request = {"do": "drivers", "environment": environment("GPKG")}
    answers = confined.ask(child, tmp_path / "a.csv", request, Limits(), "a.csv")
    assert next(answers) == ["GPKG"]
    request = {"do": "layers", "encoding": "", "environment": environment("GPKG")}
    with pytest.raises(InvalidInput):
        list(confined.ask(child, tmp_path / "a.csv", request, Limits(), "a.csv"))


def parquet(crs: object = "none") -> bytes:
    import json

    import pyarrow as pa
    from pyarrow import parquet as pq

    points = [each.wkb for each in shapely.points([11.5, 11.6], [50.9, 51.0])]
    table = pa.table({"nr": [1, 2], "art": ["Eiche", None], "geometry": points})
    column: dict[str, object] = {"encoding": "WKB", "geometry_types": ["Point"]}
    if crs != "none":
        column["crs"] = crs
    geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}
    kept = io.BytesIO()
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(geo)}), kept)
    return kept.getvalue()


def test_geoparquet_is_read() -> None:
    layer = open_content(Material(parquet())).layer()
    assert layer.crs == "OGC:CRS84"
    assert [(c.name, c.type) for c in layer.columns] == [
        ("nr", FieldType.INTEGER),
        ("art", FieldType.STRING),
    ]
    rows = list(layer.rows())
    assert rows[1].cells == {"nr": 2, "art": None}
    assert str(shapely.from_wkb(rows[1].geometry)) == "POINT (11.6 51)"


def test_the_crs_of_geoparquet_counts() -> None:
    named = {"id": {"authority": "EPSG", "code": 25832}}
    assert open_content(Material(parquet(named))).layer().crs == "EPSG:25832"
    assert open_content(Material(parquet(None))).layer().crs == ""


CHATTY = """
import sys
def answer(path, request):
    for _ in range(20_000):
        print("a warning that nobody reads", file=sys.stderr)
    yield 1
    raise SystemExit("too much was said")
"""


def test_a_process_that_says_too_much_is_not_stuck(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from allmende.core.imports import confined

    (tmp_path / "chatty_child.py").write_text(CHATTY)
    monkeypatch.syspath_prepend(str(tmp_path))
    answers = confined.ask("chatty_child", tmp_path / "a", {}, Limits(), "a")
    assert next(answers) == 1
    with pytest.raises(InvalidInput, match="too much was said"):
        next(answers)
