# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Rows as documents, read back by foreign programs: pyarrow, GDAL, calamine, the csv module."""

import csv
import io
import json
import shutil
import subprocess
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import anyio
import pytest
import shapely
from msgspec import Struct
from python_calamine import CalamineWorkbook
from tests.conftest import missing

from allmende.core import formats
from allmende.core.formats import FORMATS, Row, Shape, document, features, shape_of
from allmende.core.formats.document import DOWNLOADS
from allmende.core.negotiation import Format
from allmende.errors import Busy, LimitExceeded
from allmende.model.document import (
    Entity,
    Field,
    FieldType,
    GeometryType,
    ValidTime,
)

UTM = "http://www.opengis.net/def/crs/EPSG/0/25832"
LATLON = "http://www.opengis.net/def/crs/EPSG/0/4326"


class Tree(Struct):
    id: str
    values: dict[str, Any]
    geometry: bytes | None = None


def entity(kind: GeometryType = GeometryType.POINT) -> Entity:
    return Entity(
        name="Tree",
        time=ValidTime(start="planted"),
        fields=[
            Field(name="species", title={"de": "Art", "en": "Species"}),
            Field(name="height", type=FieldType.NUMBER, unit="m"),
            Field(name="planted", type=FieldType.DATE),
            Field(name="seen", type=FieldType.DATETIME),
            Field(name="at", type=FieldType.TIME),
            Field(name="year", type=FieldType.YEAR),
            Field(name="healthy", type=FieldType.BOOLEAN),
            Field(name="tags", many=True),
            Field(name="more", type=FieldType.OBJECT),
            Field(name="geometry", type=FieldType.GEOMETRY, geometry=kind),
            Field(name="crown", type=FieldType.GEOMETRY, geometry=GeometryType.POLYGON),
        ],
    )


POINT = shapely.to_wkb(shapely.Point(11.5862, 50.9271))
CROWN = shapely.to_wkb(shapely.box(11.5, 50.9, 11.6, 51))
FULL = Tree(
    "1~a",
    {
        "species": "=cmd|'/c calc'!A1",
        "height": -12.5,
        "planted": "1987-03-01",
        "seen": "2026-05-01T10:20:30.500Z",
        "at": "07:30:00",
        "year": 1987,
        "healthy": True,
        "tags": ["a", "b"],
        "more": {"k": [1]},
        "crown": CROWN,
    },
    POINT,
)
EMPTY = Tree('2"ü', {})
ROWS = [FULL, EMPTY]


async def _chunks(rows: Sequence[Row]) -> AsyncIterator[Sequence[Row]]:
    yield []
    for row in rows:
        yield [row]


def written(chosen: Format, shape: Shape, rows: Sequence[Row] = ROWS) -> bytes:
    async def collect() -> bytes:
        return b"".join([piece async for piece in document(chosen, shape, _chunks(rows))])

    return anyio.run(collect)


@pytest.fixture
def shape() -> Shape:
    return shape_of("trees", entity())


def test_a_feature_has_every_column(shape: Shape) -> None:
    first, second = (json.loads(text) for text in features(ROWS, shape))
    assert first["id"] == "1~a"
    assert first["geometry"] == {"type": "Point", "coordinates": [11.5862, 50.9271]}
    assert list(first["properties"]) == list(shape.names)
    assert first["properties"]["tags"] == ["a", "b"]
    assert first["properties"]["crown"]["type"] == "Polygon"
    assert second == {
        "type": "Feature",
        "id": '2"ü',
        "geometry": None,
        "properties": dict.fromkeys(shape.names),
    }


def test_coordinates_follow_the_crs_and_its_axes() -> None:
    moved = json.loads(features(ROWS, shape_of("trees", entity(), crs=UTM))[0])
    assert moved["geometry"]["coordinates"] == [681744.208, 5644903.536]
    turned = json.loads(features(ROWS, shape_of("trees", entity(), crs=LATLON))[0])
    assert turned["geometry"]["coordinates"] == [50.9271, 11.5862]


def test_fields_and_geometry_can_be_left_out() -> None:
    shape = shape_of("trees", entity(), fields=("year", "species"), geometry=False)
    first = json.loads(features(ROWS, shape)[0])
    assert first["geometry"] is None
    assert first["properties"] == {"species": FULL.values["species"], "year": 1987}


def test_geojson_as_a_whole(shape: Shape) -> None:
    found = json.loads(written(formats.GEOJSON, shape))
    assert (found["type"], len(found["features"])) == ("FeatureCollection", 2)
    assert "crs" not in found
    moved = json.loads(written(formats.GEOJSON, shape_of("trees", entity(), crs=UTM)))
    assert moved["crs"]["properties"]["name"] == "urn:ogc:def:crs:EPSG::25832"


def test_json_fg(shape: Shape) -> None:
    found = json.loads(written(formats.JSON_FG, shape))
    assert found["featureType"] == "Tree"
    assert found["conformsTo"][0].endswith("json-fg-1/1.0/conf/core")
    first, second = found["features"]
    assert first["time"] == {"date": "1987-03-01"}
    assert second["time"] is None
    assert (first["geometry"]["type"], first["place"]) == ("Point", None)
    moved = json.loads(written(formats.JSON_FG, shape_of("trees", entity(), crs=UTM)))
    assert moved["coordRefSys"] == UTM
    first = moved["features"][0]
    assert (first["geometry"], first["place"]["coordinates"][0]) == (None, 681744.208)


@pytest.mark.parametrize(
    ("time", "values", "said"),
    [
        (ValidTime(start="year"), {"year": 1987}, {"interval": ["1987-01-01", "1987-12-31"]}),
        (ValidTime(start="seen"), {"seen": "2026-01-01T00:00:00Z"}, "timestamp"),
        (
            ValidTime(start="planted", end="felled"),
            {"planted": "1987-03-01"},
            {"interval": ["1987-03-01", ".."]},
        ),
        (
            ValidTime(start="planted", end="felled"),
            {"felled": "2001-03-01"},
            {"interval": ["..", "2001-03-01"]},
        ),
        (ValidTime(start="planted", end="felled"), {}, None),
    ],
)
def test_json_fg_says_when_a_row_is_true(time: ValidTime, values: Any, said: Any) -> None:
    timed = entity()
    timed.fields.append(Field(name="felled", type=FieldType.DATE))
    timed.time = time
    row = Tree("1", values)
    found = json.loads(formats.fg_features([row], shape_of("trees", timed))[0])["time"]
    assert said in found if said == "timestamp" else found == said


def test_csv_holds_no_formulas(shape: Shape) -> None:
    lines = list(csv.reader(io.StringIO(written(formats.CSV, shape).decode(), newline="")))
    assert lines[0] == ["id", *shape.names, "lon", "lat"]
    found = dict(zip(lines[0], lines[1], strict=True))
    assert found["species"].startswith("'=")
    assert found["height"] == "-12.5"
    assert (found["healthy"], found["tags"], found["more"]) == ("true", "a|b", '{"k":[1]}')
    assert (found["lon"], found["lat"]) == ("11.5862", "50.9271")
    assert found["crown"].startswith("POLYGON")
    assert lines[2] == ['2"ü', *[""] * (len(lines[0]) - 1)]


def test_csv_has_wkt_for_other_geometries() -> None:
    shape = shape_of("trees", entity(GeometryType.ANY), crs=UTM)
    lines = list(csv.reader(io.StringIO(written(formats.CSV, shape).decode(), newline="")))
    assert lines[0][-1] == "geometry"
    assert lines[1][-1] == "POINT (681744.208 5644903.536)"
    points = shape_of("trees", entity(), crs=UTM)
    assert written(formats.CSV, points).splitlines()[0].endswith(b",x,y")


def test_a_result_without_rows_is_a_whole_document(shape: Shape) -> None:
    assert json.loads(written(formats.GEOJSON, shape, []))["features"] == []
    assert json.loads(written(formats.JSON_FG, shape, []))["features"] == []
    assert written(formats.CSV, shape, []).count(b"\n") == 1
    for chosen in (formats.XLSX, formats.GPKG, formats.FLATGEOBUF, formats.PARQUET):
        assert len(written(chosen, shape, [])) > 100


def test_xlsx(shape: Shape, tmp_path: Path) -> None:
    path = tmp_path / "trees.xlsx"
    path.write_bytes(written(formats.XLSX, shape))
    book = CalamineWorkbook.from_path(str(path))
    assert book.sheet_names == ["trees", "Felder"]
    head, first, *_ = book.get_sheet_by_name("trees").to_python()
    found = dict(zip(head, first, strict=True))
    assert found["species"] == FULL.values["species"]
    assert str(found["planted"]) == "1987-03-01"
    assert str(found["seen"]).startswith("2026-05-01 10:20:30")
    assert (found["healthy"], found["height"], found["year"]) == (True, -12.5, 1987)
    assert (found["lon"], found["lat"]) == (11.5862, 50.9271)
    assert ["height", "", "m", ""] in book.get_sheet_by_name("Felder").to_python()


def test_xlsx_has_a_last_row(shape: Shape, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("allmende.core.formats.workbook.MAX_ROWS", 1)
    with pytest.raises(LimitExceeded):
        written(formats.XLSX, shape)


def test_parquet(shape: Shape, tmp_path: Path) -> None:
    from pyarrow import parquet

    path = tmp_path / "trees.parquet"
    path.write_bytes(written(formats.PARQUET, shape))
    table = parquet.read_table(path)
    about = json.loads(table.schema.metadata[b"geo"])
    column = about["columns"][about["primary_column"]]
    assert about["version"] == "1.1.0"
    assert column["geometry_types"] == ["Point"]
    assert column["bbox"] == [11.5862, 50.9271, 11.5862, 50.9271]
    assert "crs" not in column  # the standard's default: OGC:CRS84
    first = table.to_pylist()[0]
    assert first["tags"] == ["a", "b"]
    assert first["planted"].isoformat() == "1987-03-01"
    assert shapely.from_wkb(first[about["primary_column"]]).x == 11.5862
    path.write_bytes(written(formats.PARQUET, shape_of("trees", entity(), crs=UTM)))
    about = json.loads(parquet.read_schema(path).metadata[b"geo"])
    assert about["columns"]["geometry_"[:8]]["crs"]["id"] == {"authority": "EPSG", "code": 25832}


@pytest.mark.parametrize("chosen", [formats.GPKG, formats.FLATGEOBUF])
@pytest.mark.parametrize("target", ["", UTM, LATLON])
def test_gdal_reads_what_gdal_wrote_and_says_where_it_lies(
    chosen: Format, target: str, tmp_path: Path
) -> None:
    """An older GDAL of the system reads the file of the newer one inside the package."""
    if shutil.which("ogrinfo") is None:
        missing("gdal", "no ogrinfo on the PATH")
    shape = shape_of("street-trees", entity(), **({"crs": target} if target else {}))
    path = tmp_path / f"trees.{chosen.endings[0]}"
    path.write_bytes(written(chosen, shape))
    command = ["ogrinfo", "-ro", "-al", str(path)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "Layer name: street_trees" in said
    assert "Geometry: Point" in said
    assert "Feature Count: 2" in said
    assert "healthy: Integer(Boolean)" in said
    assert 'tags (String) = ["a","b"]' in said
    place = "681744.208" if target == UTM else "POINT (11.5862 50.9271)"
    assert place in said
    assert ('ID["EPSG",25832]' if target == UTM else 'ID["EPSG",4326]') in said


def test_tables_without_place_have_none(tmp_path: Path) -> None:
    shape = shape_of("trees", entity(), geometry=False)
    for chosen in FORMATS:
        assert written(chosen, shape)


def test_fields_called_like_ours_stay(tmp_path: Path) -> None:
    from pyarrow import parquet

    named = Entity(
        name="T",
        fields=[
            Field(name="ID"),
            Field(name="place", type=FieldType.GEOMETRY),
            Field(name="geometry"),
        ],
    )
    shape = shape_of("t", named)
    path = tmp_path / "t.parquet"
    path.write_bytes(written(formats.PARQUET, shape, [Tree("1", {"ID": "x"}, POINT)]))
    assert parquet.read_schema(path).names == ["_id", "ID", "geometry", "_geometry"]


def test_only_some_documents_are_written_at_a_time(
    shape: Shape, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        running = [document(formats.CSV, shape, _chunks(ROWS)) for _ in range(DOWNLOADS)]
        for each in running:
            await anext(each)
        with pytest.raises(Busy):
            await anext(document(formats.CSV, shape, _chunks(ROWS)))
        for each in running:
            await each.aclose()
        await anext(document(formats.CSV, shape, _chunks(ROWS)))

    anyio.run(scenario)
