# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Measurements in Chromium: no axe finding, values that follow, charts read by keyboard."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import anyio
import pytest
import uvicorn
from tests.portal.test_browser import findings
from tests.portal.test_map_browser import show, until
from tests.support import measured
from tests.support.platforms import run_scenario, settings_for

from allmende.core import sensing
from allmende.core.platform import Platform
from allmende.core.sensing.staleness import now
from allmende.core.settings import Settings
from allmende.model.sensing.observation import Observation
from allmende.policy import SYSTEM
from allmende.web.app import Application
from allmende.web.rooms import rooms

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

PATHS = (
    "/things",
    "/things/{thing:station}",
    "/things/{thing:hostile}",
    "/datastreams/{air}?from=2024-06-20&to=2024-06-26",
    "/datastreams/{air}?period=all&grain=day",
    "/datastreams/{count}?period=week",
    "/datastreams/{state}?period=all",
    "/datastreams/{empty}",
    "/datastreams/{h}",
    "/datastreams/{r}",
    "/compare?stream={air}&stream={count}&period=all&q=citizen",
    "/map?values=1&layer=&feature=values-1/{air}",
)


class Town:
    """The settings of the city that measures, its ids, and where it is served."""

    def __init__(self, settings: Settings, ids: dict[str, int], address: str) -> None:
        self.settings, self.ids, self.address = settings, ids, address

    def path(self, template: str) -> str:
        for key, ident in self.ids.items():
            template = template.replace(f"{{{key}}}", str(ident))
        return template

    def observe(self, key: str, result: float) -> None:
        """Another process observes something now."""

        async def main() -> None:
            async with Platform.open(self.settings) as platform:
                found = Observation(datastream=self.ids[key], time=now(), result=result)
                await sensing.observe(platform, SYSTEM, [found])

        thread = threading.Thread(target=lambda: anyio.run(main))
        thread.start()
        thread.join(60)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """The city that measures on a free port."""
    folder = tmp_path_factory.mktemp("measured")
    settings = settings_for(
        "",
        folder,
        access_log=False,
        jobs=False,
        extra={"portal": {"city_name": "Jena", "bbox": [11.5, 50.86, 11.67, 50.98]}},
    )
    ids: dict[str, int] = {}

    async def scenario(platform: Platform) -> None:
        ids.update(await measured.fill(platform))

    run_scenario(settings, scenario, 120)
    config = uvicorn.Config(
        Application(settings, rooms()), port=0, log_level="error", lifespan="on"
    )
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.02)
    port = running.servers[0].sockets[0].getsockname()[1]
    yield Town(settings, ids, f"http://127.0.0.1:{port}")
    running.should_exit = running.force_exit = True
    thread.join(10)


@pytest.fixture(scope="module")
def tab(town: Town, chromium: Browser) -> Iterator[Page]:
    """A tab that fails the test when a page logs an error or asks another host."""
    context = chromium.new_context(locale="de-DE", reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    page.on("console", lambda said: pytest.fail(said.text) if said.type == "error" else None)
    page.on(
        "request",
        lambda asked: (
            pytest.fail(asked.url)
            if not asked.url.startswith((town.address, "data:", "blob:"))
            else None
        ),
    )
    yield page
    context.close()


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("path", PATHS)
def test_axe_finds_nothing(tab: Page, town: Town, path: str, language: str) -> None:
    show(tab, f"{town.address}/{language}{town.path(path)}")
    assert findings(tab) == []


def test_latest_values_follow_and_can_be_paused(tab: Page, town: Town) -> None:
    tab.goto(f"{town.address}/de{town.path('/things/{thing:citizen}')}")
    until(tab, "document.querySelector('[data-live]').dataset.now === 'on'")
    town.observe("c", 4321.5)
    until(tab, "document.querySelector('[data-field=result]').textContent === '4.321,5'")
    assert "gerade eben" in tab.inner_text(".streams-table")
    assert "veraltet" not in tab.inner_text(".streams-table")
    tab.get_by_role("button", name="Anhalten").click()
    assert tab.inner_text("[data-state]") == "Angehalten"
    town.observe("c", 7.0)
    tab.reload()
    assert tab.inner_text("[data-state]") == "Angehalten"
    assert tab.inner_text("[data-field=result]") == "7"
    tab.get_by_role("button", name="Fortsetzen").click()
    until(tab, "document.querySelector('[data-live]').dataset.now === 'on'")
    town.observe("c", 8.0)
    until(tab, "document.querySelector('[data-field=result]').textContent === '8'")


def test_a_chart_is_read_with_pointer_and_keyboard(tab: Page, town: Town) -> None:
    tab.set_viewport_size({"width": 1440, "height": 1000})
    tab.goto(f"{town.address}/de{town.path('/datastreams/{air}?from=2024-06-20&to=2024-06-21')}")
    slider = tab.get_by_label("Werte ablesen")
    slider.focus()
    until(tab, "document.querySelector('.chart-keys input').max !== '0'")
    tab.keyboard.press("ArrowLeft")
    said = slider.get_attribute("aria-valuetext") or ""
    assert tab.inner_text(".chart-read") == said
    assert "\u202f°C" in said
    tab.keyboard.press("Home")
    assert (slider.get_attribute("aria-valuetext") or "").startswith("20.06.2024, 10:48: 10")
    slider.blur()
    tab.locator("svg[data-chart]").hover(position={"x": 500, "y": 100}, force=True)
    until(tab, "!document.querySelector('.chart-read').hidden")


def test_charts_work_without_scripts(chromium: Browser, town: Town) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{town.address}/en{town.path('/datastreams/{air}')}")
    page.get_by_label("Steps").select_option("day")
    page.get_by_role("button", name="Show").click()
    assert "grain=day" in page.url
    assert page.locator("svg.chart path.line").count() == 1
    assert page.locator("[data-live]").is_hidden()
    page.get_by_role("link", name="All", exact=True).click()
    assert page.locator("#values ~ .table-scroll tbody tr").count() > 15
    context.close()


def test_a_value_on_the_map_opens_a_card(tab: Page, town: Town) -> None:
    tab.set_viewport_size({"width": 1440, "height": 1000})
    show(tab, f"{town.address}/de/map?values=1&layer=&lat=50.94&lon=11.6&z=16")
    box = tab.locator("alm-map canvas").bounding_box()
    assert box
    until(tab, "document.querySelector('alm-map').map.loaded()")
    tab.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    tab.wait_for_selector(".feature-card")
    assert "Thing citizen" in tab.inner_text(".feature-card")
    assert "Bürgermessung" in tab.inner_text(".feature-card")
