# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Grids, tilesets and TileJSON (OGC 20-057, OGC 17-083r4, TileJSON 3.0)."""

import math
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer
from tests.interfaces.ogcapi.tiles.support import JENA, fill, get, tree, trees, write
from tests.interfaces.support import BASE, Served, served

from allmende.interfaces.ogcapi.tiles import tile_routes
from allmende.interfaces.ogcapi.tiles.grids import definition
from allmende.interfaces.ogcapi.tiles.sets import limits
from allmende.projections.tiles.grids import ADV_25832, GRIDS, MAX_ZOOM, WEB_MERCATOR

MVT = "application/vnd.mapbox-vector-tile"
HERE = f"{BASE}/ogc/collections/trees/tiles"


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Served]:
    async with served(tmp_path, tile_routes) as made:
        await fill(made.platform)
        yield made


def test_the_web_grid_is_the_registered_one() -> None:
    """Figures of annex D.1 of OGC 17-083r4."""
    found = definition(WEB_MERCATOR)
    assert len(found["tileMatrices"]) == MAX_ZOOM + 1
    first, last = found["tileMatrices"][0], found["tileMatrices"][18]
    assert first["scaleDenominator"] == pytest.approx(559082264.028717)
    assert first["cellSize"] == pytest.approx(156543.033928041)
    assert first["pointOfOrigin"] == pytest.approx([-20037508.3427892, 20037508.3427892])
    assert last["scaleDenominator"] == pytest.approx(2132.72958385)
    assert (last["matrixWidth"], last["matrixHeight"]) == (262144, 262144)


def test_the_german_grid_is_that_of_the_surveying_authorities() -> None:
    """Origin and resolutions under which TopPlusOpen and basemap.de are published."""
    found = definition(ADV_25832)["tileMatrices"]
    sizes = [4891.96981025128, 2445.98490512564, 1222.99245256282, 611.49622628141]
    assert [each["cellSize"] for each in found[:4]] == pytest.approx(sizes)
    assert found[0]["scaleDenominator"] == pytest.approx(17471320.7508974)
    assert found[14]["cellSize"] == pytest.approx(0.298582141738970)
    assert found[0]["pointOfOrigin"] == [-46133.17, 6301219.54]
    assert ADV_25832.box(0, 0, 0) == pytest.approx(
        (-46133.17, 5048875.26857567, 1206211.10142433, 6301219.54)
    )


@given(st.floats(6, 15), st.floats(47.3, 55), st.integers(0, MAX_ZOOM), st.sampled_from([*GRIDS]))
def test_a_place_lies_in_the_box_of_its_tile(lon: float, lat: float, zoom: int, name: str) -> None:
    grid = GRIDS[name]
    x, y = grid.plane(np.array([lon]), np.array([lat]))
    row, column = int(y[0] * 2**zoom), int(x[0] * 2**zoom)
    left, bottom, right, top = grid.box(zoom, row, column)
    east, north = Transformer.from_crs("OGC:CRS84", grid.epsg, always_xy=True).transform(lon, lat)
    assert left - 1e-3 <= east <= right + 1e-3
    assert bottom - 1e-3 <= north <= top + 1e-3


@pytest.mark.anyio
async def test_the_grids_are_published(site: Served) -> None:
    found = (await get(site, "/ogc/tileMatrixSets")).json()["tileMatrixSets"]
    assert [each["id"] for each in found] == ["WebMercatorQuad", "AdV_25832"]
    for each in found:
        answer = await get(site, each["links"][0]["href"].removeprefix(BASE))
        assert answer.json()["id"] == each["id"]
        assert answer.json()["crs"].startswith("http://www.opengis.net/def/crs/EPSG/0/")
    assert (await get(site, "/ogc/tileMatrixSets/Mars")).status_code == 404
    assert (await get(site, "/ogc/tileMatrixSets?foo=1")).status_code == 400


@pytest.mark.anyio
async def test_the_links_of_a_tileset_lead_to_its_tiles(site: Served) -> None:
    """From the list to the tileset to a tile within its limits, in each grid."""
    listed = (await get(site, "/ogc/collections/trees/tiles")).json()["tilesets"]
    assert [each["dataType"] for each in listed] == ["vector", "vector"]
    for each in listed:
        links = {link["rel"]: link for link in each["links"]}
        tileset = (await get(site, links["self"]["href"].removeprefix(BASE))).json()
        item = next(link for link in tileset["links"] if link["rel"] == "item")
        assert item["templated"] is True
        assert item["type"] == MVT
        (layer,) = tileset["layers"]
        assert (layer["id"], layer["geometryDimension"]) == ("trees", 0)
        assert layer["propertiesSchema"]["properties"]["height"] == {"type": "number"}
        assert "note" not in layer["propertiesSchema"]["properties"]
        numbers = set()
        limit = tileset["tileMatrixSetLimits"][13]
        assert limit["tileMatrix"] == "13"
        for row in range(limit["minTileRow"], limit["maxTileRow"] + 1):
            for column in range(limit["minTileCol"], limit["maxTileCol"] + 1):
                place = {"{tileMatrix}": "13", "{tileRow}": str(row), "{tileCol}": str(column)}
                path = item["href"].removeprefix(BASE)
                for name, value in place.items():
                    path = path.replace(name, value)
                numbers |= {found["id"] for found in await trees(site, path)}
        assert numbers == set(range(1, 51))


@pytest.mark.anyio
async def test_tilesets_of_several_collections(site: Served) -> None:
    assert len((await get(site, "/ogc/tiles")).json()["tilesets"]) == len(GRIDS)
    found = (await get(site, "/ogc/tiles/WebMercatorQuad")).json()
    assert [each["id"] for each in found["layers"]] == ["squares", "trees"]
    west, south = found["boundingBox"]["lowerLeft"]
    assert found["boundingBox"]["crs"] == WEB_MERCATOR.crs
    assert west == pytest.approx(11.57 * 20037508.34 / 180, abs=1000)
    assert south == pytest.approx(6607500, abs=5000)
    one = (await get(site, "/ogc/tiles/WebMercatorQuad?collections=squares")).json()
    assert [each["id"] for each in one["layers"]] == ["squares"]
    assert (await get(site, "/ogc/collections/notes/tiles")).status_code == 404


@pytest.mark.anyio
async def test_tilejson_names_layers_fields_and_the_state(site: Served) -> None:
    path = "/ogc/collections/trees/tiles/WebMercatorQuad/tilejson"
    found = (await get(site, path, headers={"accept-language": "en"})).json()
    assert found["tilejson"] == "3.0.0"
    (layer,) = found["vector_layers"]
    assert layer["id"] == "trees"
    assert layer["fields"]["species"] == "Species"
    west, south, east, north = found["bounds"]
    assert west < JENA[0] < east
    assert south < JENA[1] < north
    (tiles,) = found["tiles"]
    assert tiles.startswith(HERE + "/WebMercatorQuad/{z}/{y}/{x}?batch=")
    await write(site.platform, tree(1, height=2.0))
    assert (await get(site, path)).json()["tiles"] != [tiles]
    other = "/ogc/collections/trees/tiles/AdV_25832/tilejson"
    assert (await get(site, other)).status_code == 404


@given(
    st.tuples(st.floats(6, 15), st.floats(47, 55), st.floats(0, 2), st.floats(0, 2)),
    st.sampled_from([*GRIDS]),
)
def test_limits_hold_every_corner(box: tuple[float, float, float, float], name: str) -> None:
    west, south, wide, high = box
    grid = GRIDS[name]
    found = limits(grid, (west, south, west + wide, south + high))
    for lon, lat in ((west, south), (west + wide, south + high), (west + wide / 2, south + high)):
        x, y = grid.plane(np.array([lon]), np.array([lat]))
        for limit in (found[0], found[10]):
            size = 2 ** int(limit["tileMatrix"])
            column, row = math.floor(x[0] * size), math.floor(y[0] * size)
            assert limit["minTileCol"] <= column <= limit["maxTileCol"]
            assert limit["minTileRow"] <= row <= limit["maxTileRow"]
