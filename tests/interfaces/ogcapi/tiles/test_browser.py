# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""MapLibre draws the tiles in a real browser and counts what it has drawn."""

import asyncio
import importlib.util
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
import uvicorn
from tests.conftest import missing
from tests.interfaces.ogcapi.tiles.support import JENA, fill
from tests.interfaces.support import BASE

from allmende.core.platform import Platform
from allmende.core.settings import Settings
from allmende.interfaces.ogcapi.tiles import tile_routes
from allmende.policy import ANONYMOUS, Subject
from allmende.web.app import Application, Rooms
from allmende.web.signin import Credentials

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Route

pytestmark = pytest.mark.browser

PAGE = '<!doctype html><div id="map" style="width: 800px; height: 600px"></div>'
SCRIPT = """
const map = new maplibregl.Map({container: "map", center: %s, zoom: 13, style: {
  version: 8, sources: {}, layers: []}});
map.on("load", () => {
  map.addSource("trees", {type: "vector", url: "%s/trees/tiles/WebMercatorQuad/tilejson"});
  map.addSource("squares", {type: "vector", url: "%s/squares/tiles/WebMercatorQuad/tilejson"});
  map.addLayer({id: "squares", type: "fill", source: "squares", "source-layer": "squares"});
  map.addLayer({id: "trees", type: "circle", source: "trees", "source-layer": "trees",
    filter: ["==", ["get", "kind"], "street"]});
  map.once("idle", () => {
    const drawn = map.queryRenderedFeatures({layers: ["trees"]});
    window.found = {trees: drawn.map(f => [f.id, f.properties]),
      squares: map.queryRenderedFeatures({layers: ["squares"]}).map(f => f.properties.name)};
  });
});
map.on("error", (e) => { window.wrong = String(e.error); });
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The tiles on a free port, served from a thread."""
    settings = Settings(data=tmp_path_factory.mktemp("tiles"), access_log=False)

    async def load() -> None:
        async with Platform.open(settings) as platform:
            await fill(platform)

    async def anybody(_platform: Platform, _shown: Credentials) -> Subject:
        return ANONYMOUS

    asyncio.run(load())
    app = Application(settings, Rooms(routes=lambda _: tile_routes(), authenticate=anybody))
    running = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="on"))
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{running.servers[0].sockets[0].getsockname()[1]}"
    running.should_exit = True
    thread.join(10)


def script() -> Path:
    """MapLibre as its package has it."""
    found = importlib.util.find_spec("maplibre")
    path = Path(found.origin or "").parent / "srcjs" / "maplibre-gl.js" if found else None
    if path is None or not path.is_file():
        missing("maplibre", "the package maplibre is not installed")
        raise AssertionError
    return path


def here(route: "Route") -> dict[str, object]:
    """TileJSON with the address of the tiles on the free port."""
    found = route.fetch().json()
    (tiles,) = found["tiles"]
    parts = urlsplit(route.request.url)
    return {**found, "tiles": [tiles.replace(BASE, f"{parts.scheme}://{parts.netloc}")]}


def test_maplibre_draws_every_tree(address: str, chromium: "Browser") -> None:
    page = chromium.new_page()
    page.route("**/tilejson", lambda route: route.fulfill(json=here(route)))
    page.set_content(PAGE)
    page.add_script_tag(path=script())
    base = f"{address}/ogc/collections"
    page.evaluate(f"() => {{{SCRIPT % (json.dumps(list(JENA)), base, base)}}}")
    page.wait_for_function("window.found || window.wrong", timeout=60_000)
    assert page.evaluate("window.wrong") is None
    found = page.evaluate("window.found")
    page.close()
    assert sorted({number for number, _ in found["trees"]}) == list(range(1, 51))
    assert {properties["species"] for _, properties in found["trees"]} == {"Tilia cordata"}
    assert {properties["height"] for _, properties in found["trees"]} == {12.5}
    assert set(found["squares"]) == {"middle"}
