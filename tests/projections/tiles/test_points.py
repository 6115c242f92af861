# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Points: every one in the tiles it belongs to, with its properties, and none too many."""

from collections import Counter
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from tests.projections.tiles.reading import cut, layer, place_of, read, table

from allmende.projections.tiles.features import COUNT
from allmende.projections.tiles.grids import ADV_25832, EXTENT, GRIDS, MAX_ZOOM, WEB_MERCATOR
from allmende.projections.tiles.layer import Layer
from allmende.projections.tiles.points import BUFFER, MAX_CELL, MAX_POINTS

JENA = (11.58, 50.93)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
)
PLACES = st.tuples(st.floats(11.5, 11.6), st.floats(50.9, 50.95))


def city(count: int, spread: float = 0.02) -> Any:
    random = np.random.default_rng(7)
    return shapely.points(
        random.normal(JENA[0], spread, count), random.normal(JENA[1], spread / 2, count)
    )


def tiles_of(of: Layer, zoom: int) -> list[tuple[int, int]]:
    """Rows and columns of the tiles with something in them, and those around."""
    shift = np.uint64(32 - zoom)
    cells = zip((of.points.y >> shift).tolist(), (of.points.x >> shift).tolist(), strict=True)
    near = {(row + a, column + b) for row, column in cells for a in (-1, 0, 1) for b in (-1, 0, 1)}
    return [
        (row, column) for row, column in near if 0 <= min(row, column) <= max(row, column) < 2**zoom
    ]


@given(
    st.lists(PLACES, min_size=1, max_size=30),
    st.integers(0, MAX_ZOOM),
    st.sampled_from(sorted(GRIDS)),
)
def test_every_point_is_in_its_tile_and_in_those_whose_buffer_reaches_it(
    places: list[tuple[float, float]], zoom: int, name: str
) -> None:
    grid = GRIDS[name]
    of = layer([shapely.Point(place) for place in places], grid)
    x, y = grid.plane(*np.array(places).T)
    at = np.stack([np.floor(x * 2.0**32), np.floor(y * 2.0**32)]).astype(np.int64) >> (20 - zoom)
    found: Counter[tuple[int, int, int, int, int]] = Counter()
    for row, column in tiles_of(of, zoom):
        for each in cut(of, zoom, row, column):
            found[each["id"], row, column, *each["geometry"]["coordinates"]] += 1
    expected: Counter[tuple[int, int, int, int, int]] = Counter()
    for number, (px, py) in enumerate(at.T.tolist(), 1):
        for row, column in tiles_of(of, zoom):
            left, top = px - column * EXTENT, py - row * EXTENT
            if -BUFFER <= left < EXTENT + BUFFER and -BUFFER <= top < EXTENT + BUFFER:
                expected[number, row, column, left, top] += 1
    assert found == expected


@given(st.lists(st.tuples(SCALARS, SCALARS, SCALARS), min_size=1, max_size=60))
def test_properties_come_back_as_they_were(rows: list[tuple[Any, Any, Any]]) -> None:
    cells = dict(zip("abc", map(list, zip(*rows, strict=True)), strict=True))
    of = layer([shapely.Point(JENA)] * len(rows), **cells)
    found = {
        each["id"]: each["properties"]
        for each in cut(of, 14, *place_of(WEB_MERCATOR, *JENA, 14), *"abc")
    }
    for number, values in enumerate(rows, 1):
        there = {
            name: value for name, value in zip("abc", values, strict=True) if value is not None
        }
        assert found[number] == there
        assert all(type(found[number][name]) is type(value) for name, value in there.items())


@pytest.mark.parametrize("fields", [1, 3, 14])
def test_missing_values_in_every_mixture(fields: int) -> None:
    """A few mixtures are written as matrices, many as a stream; both read the same."""
    random = np.random.default_rng(fields)
    cells = {
        f"field{number}": [int(each) if each < 5 else None for each in random.integers(0, 8, 500)]
        for number in range(fields)
    }
    of = layer(city(500, 0.0001), **cells)
    found = cut(of, 12, *place_of(WEB_MERCATOR, *JENA, 12), *cells)
    assert len(found) == 500
    for each in found:
        values = {name: cells[name][each["id"] - 1] for name in cells}
        assert each["properties"] == {name: v for name, v in values.items() if v is not None}


def test_a_field_with_a_value_for_every_row_is_carried() -> None:
    names = [f"T-{number:05}" if number % 7 else None for number in range(3000)]
    of = layer(city(3000, 0.0001), name=names)
    found = cut(of, 12, *place_of(WEB_MERCATOR, *JENA, 12), "name")
    assert {each["id"]: each["properties"].get("name") for each in found} == dict(
        enumerate(names, 1)
    )


def test_fields_that_are_not_asked_for_or_not_there_stay_away() -> None:
    of = layer([shapely.Point(JENA)], a=["x"], b=["y"])
    (found,) = cut(of, 3, *place_of(WEB_MERCATOR, *JENA, 3), "b", "unknown")
    assert found["properties"] == {"b": "y"}


def test_too_many_points_become_one_per_pixel_and_class_and_stay_countable() -> None:
    count = 42_642
    kinds = [f"kind{number % 3}" for number in range(count)]
    of = layer(city(count), kind=kinds)
    for zoom in (0, 8, 11, 12):
        row, column = place_of(WEB_MERCATOR, *JENA, zoom)
        tile = of.tile("trees", zoom, row, column, ["kind"], None, "kind")
        found = read(tile)
        assert len(found) <= 2 * MAX_POINTS
        assert len(tile) < 700_000
        inside = [each for each in found if max(each["geometry"]["coordinates"]) < EXTENT]
        inside = [each for each in inside if min(each["geometry"]["coordinates"]) >= 0]
        start, end = of.points.span(zoom, row, column)
        assert sum(each["properties"].get(COUNT, 1) for each in inside) == end - start
        assert {each["properties"]["kind"] for each in found} == {"kind0", "kind1", "kind2"}


def test_thinning_keeps_a_point_in_every_large_cell() -> None:
    of = layer(city(50_000, 0.005))
    row, column = place_of(WEB_MERCATOR, *JENA, 11)
    size = 2**MAX_CELL
    kept = {
        tuple(c // size for c in each["geometry"]["coordinates"])
        for each in cut(of, 11, row, column)
    }
    start, end = of.points.span(11, row, column)
    there = zip(
        ((of.points.x[start:end] >> 9).astype(int) - column * EXTENT) // size,
        ((of.points.y[start:end] >> 9).astype(int) - row * EXTENT) // size,
        strict=True,
    )
    assert set(there) <= kept


def test_a_filter_comes_before_thinning() -> None:
    of = layer(city(30_000, 0.001))
    wanted = of.rows_of(range(1, 101))
    found = cut(of, 10, *place_of(WEB_MERCATOR, *JENA, 10), wanted=wanted)
    assert sorted(each["id"] for each in found) == list(range(1, 101))


def test_points_outside_of_the_grid_are_nowhere() -> None:
    places = [(11.5, 90.0), (11.5, -90.0), (181.0, 0.0), (-70.0, -30.0), JENA]
    for grid, inside in ((WEB_MERCATOR, 2), (ADV_25832, 1)):
        of = layer([shapely.Point(place) for place in places], grid)
        assert len(of.points) == inside
        assert len(cut(of, 0, 0, 0)) == inside


def test_rows_without_or_with_an_empty_geometry_are_nowhere() -> None:
    of = layer([None, shapely.Point(), shapely.MultiPoint([JENA, JENA])], a=["x", "y", "z"])
    found = cut(of, 5, *place_of(WEB_MERCATOR, *JENA, 5), "a")
    assert [(each["id"], each["properties"]["a"]) for each in found] == [(3, "z")] * 2
    assert layer([]).tile("things", 0, 0, 0, []) == b""


def test_changes_give_the_same_as_reading_anew() -> None:
    places = list(city(900))
    names = [f"tree {number}" for number in range(900)]
    of = layer(places, name=names)
    moved = table(places[:5], first=896, name=["moved"] * 5)
    now = of.changed([3, 4], moved)
    assert now.rows == 905
    row, column = place_of(WEB_MERCATOR, *JENA, 9)
    found = {each["id"]: each for each in cut(now, 9, row, column, "name")}
    assert len(found) == 898
    assert not {3, 4} & set(found)
    for number in range(896, 901):
        first = found.get(number - 895)
        assert found[number]["properties"] == {"name": "moved"}
        if first:
            assert found[number]["geometry"] == first["geometry"]
    assert cut(of, 9, row, column, "name") != list(found.values())  # the layer before stays
