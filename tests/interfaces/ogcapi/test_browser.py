# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""MapLibre draws collections by the style sheets of the API and finds nothing wrong with them."""

import importlib.util
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import pytest
from tests.conftest import missing
from tests.interfaces.ogcapi.city import TREES, City, listening

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

PAGE = '<!doctype html><div id="map" style="width: 800px; height: 600px"></div>'
SCRIPT = """([style, center]) => {
  window.wrong = [];
  const map = new maplibregl.Map({container: "map", center, zoom: 12.5, style});
  map.on("error", (event) => window.wrong.push(String(event.error)));
  map.once("idle", () => {
    const drawn = map.queryRenderedFeatures();
    window.found = {
      layers: [...new Set(drawn.map((each) => each.layer.id))].sort(),
      colours: [...new Set(drawn.map((each) => {
        const {paint} = each.layer;
        return (paint["circle-color"] || paint["line-color"] || paint["fill-color"]).toString();
      }))].sort(),
      ids: [...new Set(drawn.map((each) => each.id))].length,
    };
  });
}"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The API of the city, served from a thread."""
    ready, stop = threading.Event(), threading.Event()
    running: list[City] = []

    async def serve() -> None:
        async with listening(tmp_path_factory.mktemp("city")) as found:
            running.append(found)
            ready.set()
            await anyio.to_thread.run_sync(stop.wait)

    thread = threading.Thread(target=anyio.run, args=(serve,), daemon=True)
    thread.start()
    assert ready.wait(60)
    yield f"{running[0].base}/ogc/collections"
    stop.set()
    thread.join(20)


def script() -> Path:
    """MapLibre as its package has it."""
    found = importlib.util.find_spec("maplibre")
    path = Path(found.origin or "").parent / "srcjs" / "maplibre-gl.js" if found else None
    if path is None or not path.is_file():
        missing("maplibre", "the package maplibre is not installed")
        raise AssertionError
    return path


@pytest.mark.parametrize(
    ("style", "layers", "colours", "ids"),
    [
        ("trees/styles/default", ["trees-point"], 2, TREES),
        ("trees/styles/kind", ["trees-point"], 2, TREES),
        ("houses/styles/default", ["houses-area", "houses-line"], 1, 5),
    ],
)
def test_maplibre_draws_by_our_style(
    address: str, chromium: "Browser", style: str, layers: list[str], colours: int, ids: int
) -> None:
    page = chromium.new_page()
    page.set_content(PAGE)
    page.add_script_tag(path=script())
    page.evaluate(SCRIPT, [f"{address}/{style}", [11.593, 50.933]])
    page.wait_for_function("window.found || window.wrong.length", timeout=60_000)
    assert page.evaluate("window.wrong") == []
    found = page.evaluate("window.found")
    page.close()
    assert found["layers"] == layers
    assert (found["ids"], len(found["colours"])) == (ids, colours)
