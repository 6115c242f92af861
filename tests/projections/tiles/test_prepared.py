# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Points written beforehand: their tiles say the same as those made from the columns."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from tests.conftest import missing
from tests.projections.tiles.reading import Feature, layer, place_of, read, table

from allmende.projections.tiles import prepared
from allmende.projections.tiles.grids import ADV_25832, GRIDS, WEB_MERCATOR
from allmende.projections.tiles.layer import Layer
from allmende.projections.tiles.points import MAX_ZOOMS

JENA = (11.58, 50.93)
COUNT = 3_000


def city(count: int = COUNT, spread: float = 0.02) -> list[Any]:
    random = np.random.default_rng(3)
    places = random.normal(JENA, (spread, spread / 2), (count, 2))
    return list(shapely.points(places))


def cells(lacking: int = 3) -> dict[str, list[Any]]:
    """Properties of every kind; some fields are missing here and there."""
    random = np.random.default_rng(5)
    found: dict[str, list[Any]] = {
        "_id": [f"{number:06}" for number in range(COUNT)],
        "name": [f"tree {number}" for number in range(COUNT)],  # of several lengths
        "many": [f"value {each}" for each in random.integers(0, 1_300, COUNT)],
        "felled": [bool(each) for each in random.integers(0, 2, COUNT)],
        "nothing": [None] * COUNT,
    }
    for number in range(lacking):
        values = random.integers(-3, 40 * (number + 1), COUNT).tolist()
        found[f"some{number}"] = [each if each % 5 else None for each in values]
    return found


def same(one: list[Feature], other: list[Feature]) -> bool:
    def ordered(features: list[Feature]) -> list[str]:
        return sorted(json.dumps(each, sort_keys=True) for each in features)

    return ordered(one) == ordered(other)


@pytest.mark.parametrize("name", sorted(GRIDS))
@pytest.mark.parametrize("lacking", [0, 3, 5])
def test_every_tile_says_the_same(name: str, lacking: int) -> None:
    grid, values = GRIDS[name], cells(lacking)
    of = layer(city(), grid, **values)
    ready = of.prepared(list(values))
    assert ready is not None
    ready.fewest = 0
    for zoom in (0, 9, 13, 14, 15, 20):
        row, column = place_of(grid, *JENA, zoom)
        for near in (-1, 0, 1):
            if not 0 <= column + near < 2**zoom:
                continue
            tile = ready.tile("things", zoom, row, column + near)
            assert tile is not None
            direct = of.tile("things", zoom, row, column + near, list(values))
            assert same(read(tile), read(direct)), (zoom, near)


def test_a_filter_chooses() -> None:
    values = cells()
    of = layer(city(), **values)
    ready = of.prepared(["_id", "some1"])
    assert ready is not None
    ready.fewest = 0
    wanted = of.rows_of(range(1, COUNT, 7))
    row, column = place_of(WEB_MERCATOR, *JENA, 14)
    tile = ready.tile("things", 14, row, column, wanted)
    direct = of.tile("things", 14, row, column, ["_id", "some1"], wanted)
    assert tile is not None
    assert 0 < len(read(tile)) < COUNT / 7
    assert same(read(tile), read(direct))
    assert ready.tile("things", 14, row, column, of.rows_of([])) == b""


def test_after_changes_new_rows_are_there_and_old_ones_not() -> None:
    values = cells()
    of = layer(city(), **values)
    more = {name: each[:10] for name, each in values.items()}
    now = of.changed([1, 2, 3], table([shapely.Point(JENA)] * 10, COUNT + 1, **more))
    ready = now.prepared(list(values))
    assert ready is not None
    ready.fewest = 0
    row, column = place_of(WEB_MERCATOR, *JENA, 10)
    tile = ready.tile("things", 10, row, column)
    assert tile is not None
    assert {each["id"] for each in read(tile)} >= set(range(COUNT + 1, COUNT + 11))
    assert same(read(tile), read(now.tile("things", 10, row, column, list(values))))


def test_large_ids_and_several_points_per_row() -> None:
    places = [shapely.MultiPoint([each, JENA]) for each in city(300)]
    found = table(places, 2**40, _id=[f"{number:03}" for number in range(300)])
    of = Layer.of(WEB_MERCATOR, found)
    ready = of.prepared(["_id"])
    assert ready is not None
    row, column = place_of(WEB_MERCATOR, *JENA, 9)
    tile = ready.tile("things", 9, row, column)
    assert tile is not None
    assert len(read(tile)) == 600
    assert same(read(tile), read(of.tile("things", 9, row, column, ["_id"])))


def test_what_cannot_be_written_beforehand_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    places = city()
    names = [f"T-{number}" if number % 7 else None for number in range(COUNT)]
    assert layer(places, name=names).prepared(["name"]) is None
    assert layer(places, **cells(12)).prepared(list(cells(12))) is None
    assert layer([*places, shapely.box(11, 50, 12, 51)]).prepared([]) is None
    assert layer(places).prepared([]) is None
    assert layer([]).prepared([]) is None
    of = layer(places, **cells())
    assert of.prepared(["_id"]) is not None
    monkeypatch.setattr(prepared, "MAX_BYTES", 1_000)
    assert of.prepared(["_id"]) is None


def test_tiles_that_are_better_made_from_the_columns() -> None:
    of = layer(city(), **cells())
    ready = of.prepared(["_id", "some2"])
    assert ready is not None
    assert ready.tile("things", 20, *place_of(WEB_MERCATOR, *JENA, 20)) is None  # few points
    count = 10_100
    crowd = layer(city(count), _id=[f"{number:05}" for number in range(count)])
    ready = crowd.prepared(["_id"])
    assert ready is not None
    assert ready.tile("things", 0, 0, 0) is None  # to be thinned


def test_memory_is_told_and_only_some_zooms_are_kept() -> None:
    of = layer(city(), ADV_25832, **cells())
    ready = of.prepared(["_id"])
    assert ready is not None
    for zoom in range(12):
        assert ready.tile("things", zoom, *place_of(ADV_25832, *JENA, zoom)) is not None
    kept = sum(part.nbytes for each in ready.zooms.values() for part in each)
    assert len(ready.zooms) == MAX_ZOOMS
    assert ready.nbytes >= ready.matrix.nbytes
    assert kept <= 24 * COUNT < of.points.nbytes


def test_gdal_reads_rows_that_were_filled_up(tmp_path: Path) -> None:
    program = shutil.which("ogr2ogr")
    if program is None:
        missing("gdal", "no ogr2ogr on the PATH (Debian's gdal-bin)")
        return
    values = cells(5)
    of = layer(city(COUNT, 0.001), **values)
    ready = of.prepared(list(values))
    assert ready is not None
    ready.fewest = 0
    row, column = place_of(WEB_MERCATOR, *JENA, 12)
    tile = ready.tile("trees", 12, row, column)
    assert tile is not None
    path = tmp_path / "12" / str(column) / f"{row}.mvt"
    path.parent.mkdir(parents=True)
    path.write_bytes(tile)
    done = subprocess.run(
        [program, "-f", "GeoJSON", "/vsistdout/", f"MVT:{path}", "trees", "-oo", "CLIP=NO"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)["features"]
    assert sorted(each["properties"]["mvt_id"] for each in found) == list(range(1, COUNT + 1))
    for each in found:
        number = each["properties"].pop("mvt_id") - 1
        told = {name: value for name, value in each["properties"].items() if value is not None}
        row_of = {name: column[number] for name, column in values.items()}
        assert told == {name: value for name, value in row_of.items() if value is not None}
