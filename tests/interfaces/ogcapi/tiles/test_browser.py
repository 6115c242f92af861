# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""MapLibre draws the tiles in a real browser and counts what it has drawn."""

import importlib.util
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.conftest import missing
from tests.interfaces.ogcapi.tiles.support import JENA

if TYPE_CHECKING:
    from playwright.sync_api import Browser

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


def script() -> Path:
    """MapLibre as its package has it."""
    found = importlib.util.find_spec("maplibre")
    path = Path(found.origin or "").parent / "srcjs" / "maplibre-gl.js" if found else None
    if path is None or not path.is_file():
        missing("maplibre", "the package maplibre is not installed")
        raise AssertionError
    return path


def test_maplibre_draws_every_tree(address: str, chromium: "Browser") -> None:
    page = chromium.new_page()
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
