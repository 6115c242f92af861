# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Foreign programs use the API: GDAL, OWSLib, QGIS, an OpenAPI validator."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from anyio import fail_after, run_process, to_thread
from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator
from tests.conftest import missing
from tests.interfaces.ogcapi.city import TREES, City, listening

pytestmark = pytest.mark.anyio

QGIS = Path(__file__).parent / "with_qgis.py"
PYTHON = Path("/usr/bin/python3")


def need_gdal() -> None:
    if shutil.which("ogr2ogr") is None:
        missing("gdal", "no ogr2ogr on the PATH")


async def output(*command: str | Path, **more: Any) -> str:
    """What a program prints; its complaints when it fails."""
    with fail_after(60):
        done = await run_process(
            [str(part) for part in command], check=False, stderr=subprocess.STDOUT, **more
        )
    assert done.returncode == 0, done.stdout.decode()
    return done.stdout.decode()


async def test_gdal_reads_a_collection(tmp_path: Path) -> None:
    need_gdal()
    async with listening(tmp_path) as api:
        source = f"OAPIF:{api.base}/ogc"
        layers = await output("ogrinfo", "-ro", source)
        assert "trees" in layers
        assert "secrets" not in layers
        said = await output("ogrinfo", "-ro", "-so", source, "trees", "-oo", "PAGE_SIZE=7")
        assert f"Feature Count: {TREES}" in said
        assert "species: String" in said
        assert "height: Real" in said
        assert "healthy: Integer(Boolean)" in said
        assert "Geometry: Point" in said
        assert "ERROR" not in said
        assert "Warning" not in said


async def test_gdal_copies_all_pages_and_parts(tmp_path: Path) -> None:
    need_gdal()
    async with listening(tmp_path) as api:
        source = f"OAPIF_COLLECTION:{api.base}/ogc/collections/trees"
        whole, part, some = (tmp_path / f"{name}.geojson" for name in ("whole", "part", "some"))
        await output("ogr2ogr", whole, source, "-oo", "PAGE_SIZE=7")
        assert len(json.loads(whole.read_text())["features"]) == TREES
        await output("ogr2ogr", part, source, "-spat", "11.5805", "50.92", "11.5835", "50.93")
        numbers = [
            each["properties"]["number"] for each in json.loads(part.read_text())["features"]
        ]
        assert numbers == [1, 2, 3]
        await output("ogr2ogr", some, source, "-where", "species = 'Tilia cordata'")
        assert len(json.loads(some.read_text())["features"]) == TREES // 3


READ = """
import json, pyogrio, shapely, sys
meta, _, places, _ = pyogrio.raw.read(sys.argv[1], CRS=sys.argv[2], max_features=1)
print(json.dumps([meta["crs"], *shapely.get_coordinates(shapely.from_wkb(places))[0].tolist()]))
"""


async def test_gdal_takes_another_crs_with_its_axes(tmp_path: Path) -> None:
    """A newer GDAL, that of pyogrio, asks for coordinates in EPSG:25832 and in EPSG:31468."""
    async with listening(tmp_path) as api:
        source = f"OAPIF_COLLECTION:{api.base}/ogc/collections/trees"
        for code, first, second in ((25832, 681_300, 5_644_200), (31468, 4_470_400, 5_643_500)):
            said = await output(sys.executable, "-c", READ, source, f"EPSG:{code}")
            name, x, y = json.loads(said.splitlines()[-1])
            assert name == f"EPSG:{code}"
            assert (x, y) == (pytest.approx(first, abs=900), pytest.approx(second, abs=900))


async def test_owslib_reads_features_and_records(tmp_path: Path) -> None:
    async with listening(tmp_path) as api:
        await to_thread.run_sync(_owslib, f"{api.base}/ogc")


def _owslib(address: str) -> None:
    from owslib.ogcapi.features import Features
    from owslib.ogcapi.records import Records

    api = Features(address)
    assert (
        "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core"
        in (api.conformance()["conformsTo"])
    )
    assert api.api()["openapi"].startswith("3.0")
    assert "trees" in api.feature_collections()
    assert api.collection("trees")["id"] == "trees"
    assert "species" in api.collection_queryables("trees")["properties"]
    found = api.collection_items("trees", bbox=[11.5805, 50.92, 11.5835, 50.93], limit=2)
    assert (found["numberMatched"], found["numberReturned"]) == (3, 2)
    filtered = api.collection_items("trees", filter="species = 'Tilia cordata' AND height > 20")
    assert filtered["numberMatched"] == 2
    assert api.collection_item("trees", "3")["id"] == "3"
    records = Records(address)
    assert records.records() == ["catalogue"]
    assert records.collection_item("catalogue", "noise")["properties"]["type"] == "dataset"
    assert records.collection_items("catalogue", q="Lärmkarte")["numberMatched"] == 1


async def test_owslib_writes(tmp_path: Path) -> None:
    async with listening(tmp_path) as api:
        await to_thread.run_sync(_owslib_writes, f"{api.base}/ogc")


def _owslib_writes(address: str) -> None:
    from owslib.ogcapi.features import Features

    headers = {"Authorization": "Bearer steward-jena", "Content-Type": "application/geo+json"}
    api = Features(address, headers=headers)
    feature = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [11.6, 50.93]},
        "properties": {"number": 300, "species": "Alnus"},
    }
    assert api.collection_item_create("trees", json.dumps(feature))
    assert api.collection_item("trees", "300")["properties"]["species"] == "Alnus"
    feature["properties"] = {"number": 300, "species": "Salix"}
    assert api.collection_item_update("trees", "300", json.dumps(feature))
    assert api.collection_item("trees", "300")["properties"]["species"] == "Salix"
    assert api.collection_item_delete("trees", "300")


async def test_qgis_opens_a_collection(tmp_path: Path) -> None:
    probe = "import qgis.core"
    known = PYTHON.exists() and not subprocess.run(
        [PYTHON, "-c", probe], capture_output=True, check=False
    ).returncode  # fmt: skip
    if not known:
        missing("qgis", "Debian's python3-qgis is not installed")
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "QT_QPA_PLATFORM": "offscreen",
        "HOME": str(tmp_path),
        "XDG_RUNTIME_DIR": str(tmp_path),
    }
    async with listening(tmp_path) as api:
        said = await output(PYTHON, QGIS, f"{api.base}/ogc", "trees", env=environment)
    line = next(line for line in said.splitlines() if line.startswith("FOUND "))
    found = json.loads(line.removeprefix("FOUND "))
    assert found["valid"], found["error"]
    assert {"species", "height", "number"} <= set(found["fields"])
    assert found["boxed"] == [1, 2, 3]
    assert found["all"] == TREES


async def test_the_description_is_valid_openapi(api: City) -> None:
    for query, checker in (("", OpenAPIV30SpecValidator), ("?f=json31", OpenAPIV31SpecValidator)):
        found = await api.json(f"/ogc/api{query}")
        checker(found).validate()
        items = found["paths"]["/collections/trees/items"]["get"]
        own = [each["name"] for each in items["parameters"] if "name" in each]
        assert {"species", "height"} <= set(own)
        assert "note" not in own
        assert "limit" not in [
            each.get("name")
            for each in found["paths"]["/collections/houses/items"]["get"]["parameters"]
        ]


async def test_every_described_address_answers(api: City) -> None:
    found = await api.json("/ogc/api")
    tile = {"grid": "WebMercatorQuad", "zoom": "14", "tileRow": "5464", "tileCol": "8719"}
    for path, item in found["paths"].items():
        if "get" not in item:
            continue
        row = "h%2F1" if "houses" in path else "trees" if "catalogue" in path else "1"
        for name, value in {**tile, "row": row, "style": "default"}.items():
            path = path.replace(f"{{{name}}}", value)
        answer = await api.get("/ogc" + path.rstrip("/"))
        assert answer.status_code in (200, 204), path
