# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The shipped files are what the manifest and their column documentation say."""

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from allmende.demo import columns
from allmende.demo.forms import DatasetForm, DistributionForm, dataset_forms
from allmende.demo.shipped import FILES, content, manifest

BOX_OF_JENA = (11.4, 50.8, 11.8, 51.0)
BEYOND_JENA = {"land-use", "bus-routes"}  # rivers and regional lines go on

RECORDS = {
    "trees/trees.csv": 42_642,
    "tree-watering-sites/tree-watering-sites.csv": 173,
    "addresses/addresses.csv": 16_745,
    "polling-places/polling-places.csv": 87,
    "parking/parking.csv": 103,
    "stop-mapping/stop-mapping.csv": 7_131,
    "project-list/project-list.json": 44,
    "population/population.csv": 86_235,
    "population/statistical-districts.geojson": 41,
    "pois/pois.geojson": 1_930,
    "pois/playgrounds.geojson": 56,
    "pois/schools.geojson": 45,
    "pois/kindergartens.geojson": 58,
    "pois/toilets.geojson": 12,
    "pois/recycling.geojson": 103,
    "pois/benches.geojson": 340,
    "land-use/land-use.geojson": 3_604,
    "districts/districts.geojson": 30,
    "city-boundary/city-boundary.geojson": 1,
    "raster-500m/raster-500m.geojson": 531,
    "speed-limits/speed-limits.geojson": 1_411,
    "tram-routes/tram-routes.geojson": 17,
    "bus-routes/bus-routes.geojson": 36,
    "street-points/street-points.geojson": 871,
    "bicycle-counter/bicycle-counter.csv": 4 * 480,
    "soil-sensors/soil-sensors.csv": 51,
    "reference-areas/reference-areas.geojson": 16,
    "reference-areas/reference-areas-2025-12.geojson": 12,
    "sensor-trees/sensor-trees.geojson": 33,
    "air-quality-samples/air-quality-samples.csv": 4 * 13,
    "traffic-camera-samples/messages.json": 9,
    "lorawan-messages/chirpstack-uplinks.json": 7,
    "lorawan-messages/things-stack-uplinks.json": 4,
    "lora-drive-test/lora-drive-test.csv": 2_656,
    "lora-gateway-sites/lora-gateway-sites.geojson": 32,
}

Check = Callable[[str], object]
DATATYPES: dict[str, Check] = {
    "string": str,
    "integer": int,
    "decimal": Decimal,
    "date": date.fromisoformat,
    "dateTime": datetime.fromisoformat,
    "gYear": lambda text: date(int(text), 1, 1),
    "boolean": {"true": True, "false": False}.__getitem__,
}


def tables() -> Iterator[tuple[DatasetForm, DistributionForm]]:
    for form in dataset_forms():
        for file in form.distribution:
            if file.file.endswith(".csv"):
                yield form, file


def maps() -> list[str]:
    return [path for path in manifest() if path.endswith(".geojson")]


@pytest.mark.parametrize("path", manifest())
def test_size_and_checksum_are_those_of_the_file(path: str) -> None:
    data = content(path)
    assert len(data) == manifest()[path].bytes
    assert hashlib.sha256(data).hexdigest() == manifest()[path].sha256
    data.decode("utf-8")


@pytest.mark.parametrize("path", RECORDS)
def test_number_of_records(path: str) -> None:
    assert manifest()[path].records == RECORDS[path]
    assert counted(path) == RECORDS[path]


def counted(path: str) -> int:
    text = content(path).decode()
    if path.endswith(".csv"):
        return sum(1 for _ in csv.reader(io.StringIO(text))) - 1
    value = json.loads(text)
    if path.endswith(".geojson"):
        return len(value["features"])
    return len(value if isinstance(value, list) else value["projects"])


def test_nothing_lies_there_unlisted_and_the_package_stays_small() -> None:
    found = {path.relative_to(FILES).as_posix() for path in FILES.rglob("*") if path.is_file()}
    names = {name.removesuffix(".xz") for name in found} - {"manifest.json"}
    assert names == set(manifest())
    sizes = [(FILES / name).stat().st_size for name in found]
    assert max(sizes) <= 2_000_000
    assert sum(sizes) <= 8_000_000


@pytest.mark.parametrize(
    ("form", "file"), [pytest.param(*each, id=each[1].file) for each in tables()]
)
def test_table_fits_its_columns(form: DatasetForm, file: DistributionForm) -> None:
    metadata = json.loads(columns.metadata(form, file))
    described = metadata["tableSchema"]["columns"]
    reader = csv.reader(io.StringIO(content(f"{form.id}/{file.file}").decode()), strict=True)
    assert next(reader) == [column["titles"] for column in described]
    checks = [DATATYPES[column["datatype"]] for column in described]
    keys = [file.key.index(name) if name in file.key else None for name in file.columns]
    seen = set()
    for number, row in enumerate(reader, start=2):
        assert len(row) == len(checks), number
        for check, cell in zip(checks, row, strict=True):
            if cell:
                check(cell)
        key = tuple(cell for cell, part in zip(row, keys, strict=True) if part is not None)
        assert not key or key not in seen, key
        seen.add(key)


def test_every_column_is_explained_in_two_languages() -> None:
    for form, file in tables():
        for name, told in file.columns.items():
            assert len(told) in (3, 4), f"{form.id}/{file.file}: {name}"
            assert all(told)


@pytest.mark.parametrize("path", maps())
def test_geojson_follows_rfc_7946(path: str) -> None:
    value = json.loads(content(path))
    assert set(value) == {"type", "bbox", "features"}
    west, south, east, north = value["bbox"]
    if path.partition("/")[0] not in BEYOND_JENA:
        assert BOX_OF_JENA[0] < west < east < BOX_OF_JENA[2]
        assert BOX_OF_JENA[1] < south < north < BOX_OF_JENA[3]
    for item in value["features"]:
        assert item["type"] == "Feature"
        assert isinstance(item["properties"], dict)
        for x, y in positions(item["geometry"]["coordinates"]):
            assert west <= x <= east
            assert south <= y <= north
        for outer, ring in rings(item["geometry"]):
            assert len(ring) >= 4
            assert ring[0] == ring[-1]
            assert area(ring) >= 0 if outer else area(ring) <= 0


def positions(coordinates: Any) -> Iterator[tuple[float, float]]:
    if isinstance(coordinates[0], int | float):
        x, y = coordinates
        yield x, y
    else:
        for part in coordinates:
            yield from positions(part)


def rings(geometry: dict[str, Any]) -> Iterator[tuple[bool, list[list[float]]]]:
    polygons = {"Polygon": [geometry["coordinates"]], "MultiPolygon": geometry["coordinates"]}
    for polygon in polygons.get(geometry["type"], []):
        for index, ring in enumerate(polygon):
            yield index == 0, ring


def area(ring: list[list[float]]) -> float:
    return sum(ax * by - bx * ay for (ax, ay), (bx, by) in pairwise(ring))


def test_what_the_tree_register_says_about_itself() -> None:
    trees = list(csv.DictReader(io.StringIO(content("trees/trees.csv").decode())))
    assert sum(1 for tree in trees if tree["gefaellt_am"]) == 4_690
    assert sum(1 for tree in trees if not tree["datlr"]) == 10_087
    planted = [int(tree["pflanzjahr"]) for tree in trees if tree["pflanzjahr"]]
    assert (min(planted), max(planted)) == (1, 2810)  # absurd values stay for others to flag
    assert max(Decimal(tree["baumhoehe"]) for tree in trees) == 91


def test_an_uplink_finds_its_sensor_and_the_sensor_its_area() -> None:
    uplink = json.loads(content("lorawan-messages/chirpstack-uplinks.json"))[6]
    eui = uplink["deviceInfo"]["devEui"].upper()
    sensors = json.loads(content("soil-sensors/soil-sensors.geojson"))["features"]
    (sensor,) = [item for item in sensors if item["properties"].get("eui") == eui]
    areas = json.loads(content("reference-areas/reference-areas.geojson"))["features"]
    x, y = sensor["geometry"]["coordinates"]
    inside = [
        item["properties"]["name"]
        for item in areas
        for outer, ring in rings(item["geometry"])
        if outer and contains(ring, x, y)
    ]
    assert len(inside) == 1


def contains(ring: list[list[float]], x: float, y: float) -> bool:
    inside = False
    for (ax, ay), (bx, by) in pairwise(ring):
        if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
            inside = not inside
    return inside
