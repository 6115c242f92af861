# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The pages of the assets in a real browser: narrow and wide, checked by axe, by keyboard."""

import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from tests.apps import assets_city as city
from tests.support.platforms import run_scenario

from allmende.apps.assets.sync import sync_all
from allmende.core.platform import Platform
from allmende.web.app import Application
from allmende.web.rooms import rooms

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
PAGES = ("/de/assets", "/en/assets/list", "/de/assets/due")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("assets")
    made = city.settings(str(folder / "store"), folder)

    async def scenario(platform: Platform) -> None:
        await city.build(platform)
        await sync_all(platform)

    run_scenario(made, scenario)
    config = uvicorn.Config(Application(made, rooms()), port=0, log_level="error", lifespan="on")
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{running.servers[0].sockets[0].getsockname()[1]}"
    running.should_exit = True
    thread.join(10)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1440])
def test_pages_fit_and_are_accessible(
    server: str, chromium: "Browser", width: int, scheme: str
) -> None:
    context = chromium.new_context(
        viewport={"width": width, "height": 800},
        color_scheme=scheme,  # type: ignore[arg-type]
        java_script_enabled=True,
    )
    page = context.new_page()
    for address in PAGES:
        page.goto(server + address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
        found = Axe().run(page).response["violations"]
        assert [each["id"] for each in found] == [], address
    context.close()


def test_it_works_without_scripts_and_by_keyboard(server: str, chromium: "Browser") -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{server}/en/assets")
    page.focus("#f-kind")
    page.keyboard.type("Tree")
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.locator("button:focus").count():
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**kind=tree**")
    assert page.locator("main").inner_text().count("3 assets.") == 1
    page.locator("tbody a").first.press("Enter")
    page.wait_for_url("**/assets/list**")
    assert page.locator("tbody tr").count() == 3
    context.close()
