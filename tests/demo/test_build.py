# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The build tool: repeatable, exact in its coordinates, careful with what it leaves out."""

import csv
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tools import build_demo
from tools.demo import osm, sensors
from tools.demo.formats import german_date, german_number, plain, table, turned
from tools.demo.utm import to_degrees

from allmende.demo.shipped import content, manifest


def test_building_again_gives_the_shipped_files(shared_data: Path) -> None:
    made = {each.path: each for each in build_demo.build(shared_data)}
    assert set(made) == set(manifest())
    for path, each in made.items():
        assert each.data == content(path), path


def test_packing_and_manifest(tmp_path: Path) -> None:
    small = table("a/small.csv", ["n", "lon", "lat"], [[1, 11.5, 50.9]])
    large = table("a/large.csv", ["n"], [[number] for number in range(60_000)])
    (tmp_path / "left-over").write_text("old")
    first = build_demo.write([small, large], tmp_path)
    names = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert names == {"small.csv", "large.csv.xz", "manifest.json"}
    told = (tmp_path / "manifest.json").read_text()
    assert build_demo.write([large, small], tmp_path) == first
    assert (tmp_path / "manifest.json").read_text() == told
    assert '"bbox": [\n   11.5,' in told


def test_coordinates_are_those_the_city_published(shared_data: Path) -> None:
    path = shared_data / "trees/jena_sensorstandorte_2023-06.csv"
    with path.open(encoding="utf-8-sig", newline="") as source:
        rows = list(csv.DictReader(source, delimiter=";"))
    assert len(rows) == 173
    for row in rows:
        easting, northing = map(float, re.findall(r"[\d.]+", row["the_geom"]))
        expected = tuple(map(float, re.findall(r"[\d.]+", row["geom_4326"])[:2]))
        assert to_degrees(easting, northing) == pytest.approx(expected, abs=6e-8)  # half a cm


def test_central_meridian_and_equator() -> None:
    assert to_degrees(500_000, 0) == (9.0, 0.0)
    east, north = to_degrees(600_000, 5_600_000)
    west, same = to_degrees(400_000, 5_600_000)
    assert east + west == pytest.approx(18, abs=1e-7)
    assert north == same


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_survive_the_table(value: float) -> None:
    assert float(plain(value)) == value


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (None, ""),
        (True, "true"),
        (False, "false"),
        (24.0, "24"),
        (1.5, "1.5"),
        (" a\r\nb ", "a\nb"),
    ],
)
def test_cells(cell: str | float | bool | None, text: str) -> None:
    assert plain(cell) == text


def test_german_spellings() -> None:
    assert german_date("07.11.2022") == "2022-11-07"
    assert german_date(" ") is None
    assert german_number("1,5") == 1.5
    assert german_number("") is None


def test_rings_are_wound_and_closed() -> None:
    clockwise = [[0.0, 0.0], [0.0, 1.0], [1.0, 1.0]]
    assert turned(clockwise, outer=True) == [[0.0, 0.0], [1.0, 1.0], [0.0, 1.0], [0.0, 0.0]]
    assert turned(clockwise, outer=False) == [*clockwise, [0.0, 0.0]]


@pytest.mark.parametrize(
    ("operator", "kept"),
    [("Studentenwerk Thüringen", True), ("Erika Mustermann", False), ("Muster GmbH", True)],
)
def test_only_organisations_stay_operators(operator: str, kept: bool) -> None:
    assert ("operator" in osm.chosen({"operator": operator})) is kept


def test_practices_lose_their_name_and_everybody_the_telephone() -> None:
    practice = {"amenity": "doctors", "name": "Dr. Muster", "contact:phone": "1", "note": "x"}
    assert osm.chosen(practice) == {"amenity": "doctors"}
    assert osm.chosen({"amenity": "school", "name": "Nordschule"})["name"] == "Nordschule"


def test_tokens_are_taken_out_at_any_depth() -> None:
    message = {"a": [{"uplink_token": "x", "rssi": -90}], "context": "y"}
    assert sensors.without_tokens(message) == {"a": [{"rssi": -90}]}
