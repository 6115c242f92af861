# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Lines and areas: whole over all tiles, wound as the format wants, valid, never too small."""

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, shape
from tests.projections.tiles.reading import Feature, cut, layer, place_of, table

from allmende.projections.tiles.grids import EXTENT, GRIDS, WEB_MERCATOR, Grid
from allmende.projections.tiles.shapes import LEVELS, MAX_SHAPES, SPILL, TINY

JENA = (11.58, 50.93)
TILE = shapely.box(0, 0, EXTENT, EXTENT)


def plane(grid: Grid, geometry: Any, zoom: int) -> Any:
    """A geometry in units of a zoom, exactly."""
    scale = EXTENT * 2**zoom
    return shapely.transform(
        geometry, lambda at: np.stack(grid.plane(at[:, 0], at[:, 1]), axis=1) * scale
    )


def tiles(grid: Grid, geometry: Any, zoom: int) -> list[tuple[int, int]]:
    west, north, east, south = np.asarray(plane(grid, geometry, zoom).bounds) // EXTENT
    rows, columns = range(int(north), int(south) + 1), range(int(west), int(east) + 1)
    return [(row, column) for row in rows for column in columns]


def drawn(feature: Feature) -> Any:
    """What a tile shows of a feature: the part inside of the tile."""
    return shapely.intersection(shape(feature["geometry"]), TILE)


def moved(geometry: Any, row: int, column: int) -> Any:
    """From units of a tile to units of the zoom."""
    corner = np.array([column, row]) * EXTENT
    return shapely.transform(geometry, lambda at: at + corner)


def star(east: float, north: float, radius: float, corners: list[float]) -> Polygon:
    """A polygon round a place whose corners have these shares of the radius."""
    turns = np.linspace(0, 2 * np.pi, len(corners), endpoint=False)
    reach = radius * np.array(corners)
    return Polygon(
        np.stack([east + reach * np.cos(turns), north + reach * 0.6 * np.sin(turns)], axis=1)
    )


STARS = st.builds(
    star,
    st.floats(11.55, 11.6),
    st.floats(50.9, 50.95),
    st.floats(0.0005, 0.02),
    st.lists(st.floats(0.3, 1), min_size=3, max_size=40),
)


@given(STARS, st.integers(10, 15), st.sampled_from(sorted(GRIDS)))
def test_the_parts_in_all_tiles_are_the_whole(area: Polygon, zoom: int, name: str) -> None:
    """The same area, with no gap where two tiles meet."""
    grid = GRIDS[name]
    zoom = zoom - 5 if name != "WebMercatorQuad" else zoom
    of = layer([area], grid)
    whole = plane(grid, area, zoom)
    parts = [
        moved(drawn(each), row, column)
        for row, column in tiles(grid, area, zoom)
        for each in cut(of, zoom, row, column)
    ]
    together = shapely.union_all(parts, grid_size=1.0)
    lost = 3.5 * whole.length + 200  # by simplifying and laying on whole units
    assert abs(together.area - whole.area) <= lost
    if shapely.minimum_clearance(whole) > 20:
        assert shapely.difference(whole.buffer(-6), together).area == 0


@given(STARS, st.integers(0, 18))
def test_areas_are_valid_and_wound_right(area: Polygon, zoom: int) -> None:
    hole = star(area.centroid.x, area.centroid.y, 0.0002, [1] * 5)
    of = layer([area.difference(hole)])
    row, column = place_of(WEB_MERCATOR, *shapely.get_coordinates(area)[0], zoom)
    for each in cut(of, zoom, row, column):
        found = shape(each["geometry"])
        assert found.is_valid
        for part in getattr(found, "geoms", [found]):
            assert signed(part.exterior) > 0
            assert all(signed(ring) < 0 for ring in part.interiors)
            assert np.abs(shapely.get_coordinates(part)).max() <= EXTENT + SPILL


def signed(ring: Any) -> float:
    x, y = np.asarray(ring.coords).T
    return float((x[:-1] * y[1:] - x[1:] * y[:-1]).sum() / 2)


def test_broken_areas_are_mended_before_they_are_drawn() -> None:
    bow = Polygon([(11.5, 50.9), (11.6, 51.0), (11.6, 50.9), (11.5, 51.0)])
    spike = Polygon([(11.5, 50.9), (11.6, 50.9), (11.7, 50.9), (11.6, 50.9), (11.6, 51.0)])
    flat = Polygon([(11.5, 50.9), (11.6, 51.0), (11.5, 50.9), (11.5, 50.9)])
    of = layer([bow, spike, flat])
    found = {
        each["id"]: shape(each["geometry"])
        for each in cut(of, 9, *place_of(WEB_MERCATOR, 11.55, 50.95, 9))
    }
    assert all(each.is_valid for each in found.values())
    assert found[1].geom_type == "MultiPolygon"
    assert found[2].area > 0
    assert found.get(3) is None or found[3].area <= TINY**2


def test_holes_and_islands_stay() -> None:
    ring = shapely.box(11.5, 50.9, 11.6, 51).difference(shapely.box(11.53, 50.93, 11.57, 50.97))
    island = shapely.box(11.54, 50.94, 11.56, 50.96)
    of = layer([MultiPolygon([ring, island])], name=["x"])
    (found,) = cut(of, 8, *place_of(WEB_MERCATOR, 11.55, 50.95, 8), "name")
    expected = plane(WEB_MERCATOR, MultiPolygon([ring, island]), 8)
    assert shape(found["geometry"]).area == pytest.approx(expected.area, rel=0.03)
    assert found["properties"] == {"name": "x"}


@given(
    st.lists(st.tuples(st.floats(11.5, 11.6), st.floats(50.9, 50.95)), min_size=2, max_size=20),
    st.integers(9, 13),
)
def test_lines_are_whole_over_all_tiles(places: list[tuple[float, float]], zoom: int) -> None:
    line = LineString(places)
    of = layer([line])
    whole = plane(WEB_MERCATOR, line, zoom)
    if whole.length < 20:
        return
    parts = [
        moved(drawn(each), row, column)
        for row, column in tiles(WEB_MERCATOR, line, zoom)
        for each in cut(of, zoom, row, column)
    ]
    together = shapely.union_all([part for part in parts if not part.is_empty])
    assert shapely.difference(shapely.union_all([whole]), together.buffer(5)).length == 0
    assert shapely.difference(together, whole.buffer(5)).length == 0


def test_many_tiny_areas_become_pixels_and_one_is_enough() -> None:
    random = np.random.default_rng(3)
    east, north = random.normal(JENA[0], 0.05, 12_000), random.normal(JENA[1], 0.03, 12_000)
    of = layer(list(shapely.box(east, north, east + 1e-4, north + 1e-4)))
    found = cut(of, 9, *place_of(WEB_MERCATOR, *JENA, 9))
    assert 100 < len(found) <= MAX_SHAPES
    sizes = [np.ptp(shapely.get_coordinates(shape(each["geometry"])), axis=0) for each in found]
    assert {tuple(size) for size in sizes} == {(TINY, TINY)}
    near = cut(of, 17, *place_of(WEB_MERCATOR, east[0] + 5e-5, north[0] + 5e-5, 17))
    assert 1 in {each["id"] for each in near}


def test_one_collection_may_have_points_lines_and_areas() -> None:
    things = [
        Point(JENA),
        LineString([JENA, (11.6, 50.94)]),
        star(*JENA, 0.01, [1, 0.5, 1, 0.5]),
        shapely.GeometryCollection([Point(JENA), LineString([JENA, (11.59, 50.92)])]),
    ]
    of = layer(things, kind=["a", "b", None, "d"])
    found = cut(of, 10, *place_of(WEB_MERCATOR, *JENA, 10), "kind")
    assert sorted(
        (each["id"], each["geometry"]["type"], each["properties"].get("kind", "")) for each in found
    ) == [
        (1, "Point", "a"),
        (2, "LineString", "b"),
        (3, "Polygon", ""),
        (4, "LineString", "d"),
        (4, "Point", "d"),
    ]


def test_changed_areas_are_as_if_read_anew() -> None:
    random = np.random.default_rng(5)
    areas = [
        star(*place, 0.002, list(random.uniform(0.4, 1, 9)))
        for place in random.normal(JENA, 0.01, (200, 2))
    ]
    of = layer(areas[:150], n=list(range(150)))
    row, column = place_of(WEB_MERCATOR, *JENA, 12)
    cut(of, 12, row, column)  # a zoom that is kept
    now = of.changed([1, 2], table(areas[150:], first=150, n=list(range(150, 200))))
    kept = [(number, areas[number - 1], number - 1) for number in range(3, 150)]
    kept += [(number, areas[number], number) for number in range(150, 200)]
    again = layer([area for _, area, _ in kept], n=[n for *_, n in kept])
    found = {each["properties"]["n"]: each["geometry"] for each in cut(now, 12, row, column, "n")}
    assert found == {
        each["properties"]["n"]: each["geometry"] for each in cut(again, 12, row, column, "n")
    }
    assert len(found) > 20


def test_what_reaches_over_the_pole_or_out_of_the_grid_does_no_harm() -> None:
    world = shapely.box(-180, -90, 180, 90)
    of = layer([world, Point(0, 0)])
    assert {each["id"] for each in cut(of, 0, 0, 0)} == {1, 2}
    of = layer([world, Point(9, 50)], GRIDS["AdV_25832"])
    assert 2 in {each["id"] for each in cut(of, 0, 0, 0)}


def test_only_so_many_zooms_are_kept() -> None:
    of = layer([star(*JENA, 0.01, [1, 0.5, 1])])
    for zoom in range(12):
        cut(of, zoom, *place_of(WEB_MERCATOR, *JENA, zoom))
        assert len(of.areas._levels) == min(zoom + 1, LEVELS)
