# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The map in Debian's Chromium: drawn, used with mouse and keyboard, no axe finding."""

import re
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import uvicorn
from tests.portal import map_city
from tests.portal.test_browser import findings

from allmende.web.app import Application
from allmende.web.rooms import rooms

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

PATHS = (
    "/map?layer=trees&layer=addresses&f.trees.height.from=20&feature=trees/23",
    "/map?q=Markt",
    "/map?layer=",
    "/map?layer=trees&view=print",
    "/collections",
    "/collections/trees?f.trees.height.from=hoch",
    "/collections/trees/rows/7",
    "/collections/trees/quality",
    "/collections/districts",
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The small city on a free port."""
    settings = map_city.build(tmp_path_factory.mktemp("map"))
    config = uvicorn.Config(
        Application(settings, rooms()), port=0, log_level="error", lifespan="on"
    )
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{running.servers[0].sockets[0].getsockname()[1]}"
    running.should_exit = True
    thread.join(10)


@pytest.fixture(scope="module")
def tab(server: str, chromium: "Browser") -> Iterator["Page"]:
    """A tab that fails the test when a page logs an error or asks another host."""
    context = chromium.new_context(locale="de-DE", reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    page.on("console", lambda said: pytest.fail(said.text) if said.type == "error" else None)
    page.on("request", lambda asked: _own(asked.url, server))
    yield page
    context.close()


def _own(address: str, server: str) -> None:
    if not address.startswith((server, "data:", "blob:")):
        pytest.fail(f"a foreign host is asked: {address}")


@pytest.fixture
def map_tab(tab: "Page", server: str) -> "Page":
    """The map of the small city, drawn, with its table of what is in view."""
    tab.set_viewport_size({"width": 1440, "height": 1000})
    tab.emulate_media(color_scheme="light")
    show(tab, f"{server}/de/map?layer=trees")
    tab.wait_for_url("**bbox=**")
    return tab


def show(tab: "Page", address: str) -> None:
    tab.goto(address)
    if tab.locator("alm-map[data-map]").count():
        tab.wait_for_selector("alm-map[data-ready]")


def drawn(tab: "Page", layer: str) -> int:
    """How many different rows of a layer are drawn, once the map has come to rest."""
    script = """async (layer) => {
      const { map } = document.querySelector("alm-map");
      if (!map.loaded() || map.isMoving()) await new Promise((done) => map.once("idle", done));
      const layers = map.getStyle().layers.map((each) => each.id)
        .filter((id) => id.startsWith(`layer:${layer}:`));
      return new Set(map.queryRenderedFeatures({ layers }).map((f) => f.properties._id)).size;
    }"""
    found: int = tab.evaluate(script, layer)
    return found


def until(tab: "Page", condition: str) -> None:
    """Waits for a condition of the page, looking at every frame (its policy forbids eval)."""
    script = f"""() => new Promise((done, fail) => {{
      const end = performance.now() + 20000;
      const look = () => {{
        if ({condition}) done();
        else if (performance.now() > end) fail(new Error("still not true"));
        else requestAnimationFrame(look);
      }};
      look();
    }})"""
    tab.evaluate(script)


def focused(tab: "Page") -> str:
    found: str = tab.evaluate("document.activeElement.id || document.activeElement.className")
    return found


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("path", PATHS)
def test_axe_finds_nothing(tab: "Page", server: str, path: str, language: str) -> None:
    show(tab, f"{server}/{language}{path}")
    assert findings(tab) == []


def test_all_trees_are_drawn_and_listed(map_tab: "Page") -> None:
    assert drawn(map_tab, "trees") == 120
    assert "von 120 auf der Karte" in map_tab.inner_text("#table-count")


def test_a_filter_works_on_map_table_and_address(map_tab: "Page") -> None:
    map_tab.click("#filter-trees summary")
    map_tab.fill("#trees-height-from", "25")
    map_tab.click("#apply-trees")
    map_tab.wait_for_url("**f.trees.height.from=25**")
    assert "von 29 auf der Karte" in map_tab.inner_text("#table-count")
    assert drawn(map_tab, "trees") == 29
    map_tab.go_back()
    until(map_tab, "document.querySelector('#table-count').textContent.includes('120')")
    assert drawn(map_tab, "trees") == 120


def test_layers_are_added_moved_and_taken_away(map_tab: "Page") -> None:
    map_tab.fill("#tree-search", "adress")
    map_tab.click("#add-addresses")
    map_tab.wait_for_url("**layer=addresses&layer=trees**")
    assert drawn(map_tab, "addresses") == 8
    map_tab.click("#down-addresses")
    map_tab.wait_for_url("**layer=trees&layer=addresses**")
    until(map_tab, "document.activeElement.id === 'up-addresses'")
    map_tab.click("#on-addresses")
    until(map_tab, "!location.search.includes('addresses')")
    assert map_tab.locator("#on-addresses").count() == 0


def test_opacity_shows_at_once_and_is_in_the_address(map_tab: "Page") -> None:
    map_tab.click("#about-trees summary")
    map_tab.focus("#opacity-trees")
    map_tab.keyboard.press("Home")
    map_tab.wait_for_url("**o.trees=0**")
    script = (
        "document.querySelector('alm-map').map.getPaintProperty('layer:trees:point',"
        "'circle-opacity')"
    )
    assert map_tab.evaluate(script) == 0


def test_a_feature_is_chosen_with_the_keyboard_alone(map_tab: "Page") -> None:
    place = map_city.trees()[6]["place"]["coordinates"]
    script = "(at) => document.querySelector('alm-map').map.jumpTo({ center: at, zoom: 18 })"
    map_tab.evaluate(script, place)
    drawn(map_tab, "trees")
    map_tab.focus(".maplibregl-canvas")
    map_tab.keyboard.press("Enter")
    map_tab.wait_for_url("**feature=trees%2F7**")
    until(map_tab, "document.activeElement.id === 'card-head'")
    assert "12,25" in map_tab.inner_text(".feature-card")
    map_tab.keyboard.press("Escape")
    until(map_tab, "!document.querySelector('.feature-card')")
    assert "maplibregl-canvas" in focused(map_tab)


def test_keys_move_the_map_and_the_table_follows(map_tab: "Page") -> None:
    map_tab.focus(".maplibregl-canvas")
    before = map_tab.url
    for _ in range(3):
        map_tab.keyboard.press("+")
    until(map_tab, "!document.querySelector('#table-count').textContent.includes('120')")
    assert map_tab.url != before
    assert "bbox=" in map_tab.url


def test_a_click_on_the_table_shows_the_place(map_tab: "Page") -> None:
    map_tab.locator(".rows-table a[data-box]").first.click()
    map_tab.wait_for_url("**feature=trees**")
    map_tab.wait_for_selector(".feature-card")
    assert map_tab.evaluate("document.querySelector('alm-map').map.getZoom()") > 15


def test_a_row_with_the_focus_is_shown_on_the_map(map_tab: "Page") -> None:
    map_tab.locator(".rows-table a[data-box]").first.focus()
    script = "document.querySelector('alm-map').map.getSource('hint')._data.geometry"
    assert map_tab.evaluate(script)["type"] == "Point"
    map_tab.focus("#place")
    assert map_tab.evaluate(script) is None


def test_an_address_is_found_with_the_keyboard(map_tab: "Page") -> None:
    map_tab.focus("#place")
    map_tab.keyboard.type("Erns-Abe-Str 7")
    map_tab.wait_for_selector("#places li")
    assert map_tab.get_attribute("#place", "aria-expanded") == "true"
    map_tab.keyboard.press("ArrowDown")
    assert map_tab.get_attribute("#place", "aria-activedescendant") == "places-0"
    map_tab.keyboard.press("Enter")
    map_tab.wait_for_url("**&at=**")
    assert map_tab.input_value("#place") == "Ernst-Abbe-Straße 7"
    map_tab.wait_for_selector(".maplibregl-marker")


def test_measuring_with_mouse_and_keyboard(map_tab: "Page") -> None:
    map_tab.click("[data-measure=length]")
    box = map_tab.locator("alm-map").bounding_box()
    assert box is not None
    for x in (500, 700):
        map_tab.mouse.click(box["x"] + x, box["y"] + 400)
    until(map_tab, "document.querySelector('#measured output').textContent.includes('m')")
    map_tab.focus(".maplibregl-canvas")
    map_tab.keyboard.press("Enter")
    sources = "document.querySelector('alm-map').map.getSource('measure')._data.features.length"
    assert map_tab.evaluate(sources) == 4
    map_tab.click("[data-end]")
    assert map_tab.evaluate(sources) == 0
    assert map_tab.locator(".feature-card").count() == 0


def test_lengths_and_areas_are_those_of_the_earth(map_tab: "Page") -> None:
    script = """async () => {
      const [script] = [...document.scripts].filter((s) => s.src.includes("map-page"));
      const address = script.src.replace(/map-page.*/, "map-measure.js");
      const { distance, area, said } = await import(address);
      return [distance([11.58, 50.92], [11.58, 50.93]),
        area([[11.58, 50.92], [11.59, 50.92], [11.59, 50.93], [11.58, 50.93]]),
        said(1234, false, "de"), said(12345, true, "en"), said(0.5, false, "de")];
    }"""
    length, area, *texts = map_tab.evaluate(script)
    assert length == pytest.approx(1112.0, rel=0.001)
    assert area == pytest.approx(779_400, rel=0.002)
    assert [t.replace("\N{NO-BREAK SPACE}", " ") for t in texts] == ["1,23 km", "1.23 ha", "0,5 m"]


def test_no_colour_scheme_is_forgotten(map_tab: "Page") -> None:
    script = "document.querySelector('alm-map').map.getPaintProperty('ground', 'background-color')"
    light = map_tab.evaluate(script)
    map_tab.emulate_media(color_scheme="dark")
    until(map_tab, f"{script} !== '{light}'")
    assert drawn(map_tab, "trees") == 120


def test_the_sheet_fits_on_one_page(tab: "Page", server: str) -> None:
    show(tab, f"{server}/de/map?layer=trees&view=print")
    tab.wait_for_selector("#print-now:not([hidden])")
    assert re.search(r"Maßstab etwa 1 : [\d.]+", tab.inner_text(".sheet footer"))
    assert "120 von 120 Objekten im Ausschnitt" in tab.inner_text(".sheet-side")
    paper = tab.pdf(prefer_css_page_size=True)
    assert paper.count(b"/Type /Page\n") == 1


def test_everything_stands_there_without_scripts(chromium: "Browser", server: str) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{server}/de/map?layer=trees")
    page.click("#filter-trees summary")
    page.fill("#trees-height-from", "25")
    page.click("#apply-trees")
    assert "von 29" in page.inner_text("#table-count")
    page.locator(".rows-table thead a").nth(2).click()
    assert "sort=height" in page.url
    assert "f.trees.height.from=25" in page.url
    page.fill("#place", "Markt 1")
    page.get_by_role("button", name="Finden").click()
    assert page.locator("#hits-head").count() == 1
    assert page.locator(".map-absent").is_visible()
    context.close()


def test_without_webgl_the_table_stays(chromium: "Browser", server: str) -> None:
    context = chromium.new_context()
    context.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
    page = context.new_page()
    page.goto(f"{server}/de/map?layer=trees")
    page.wait_for_selector(".map-absent:not([hidden])")
    assert page.locator(".rows-table tbody tr").count() == 25
    context.close()
