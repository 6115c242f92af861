# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""In Debian's Chromium: devices are looked after without scripts at 360 px, and accessibly."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import uvicorn
from tests.portal import city
from tests.portal.importing import at_work
from tests.portal.test_browser import findings
from tests.portal.test_devices import SOIL, add_network, drain, send
from tests.support.lorawan import changed, uplink

from allmende.core.settings import Settings
from allmende.web.app import Application
from allmende.web.rooms import rooms

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
DEVICE = f"/de/devices/{uplink(SOIL).eui}"
PATHS = ("/de/devices", DEVICE, "/en/devices/networks", "/de/devices/networks/funk")


def prepare(folder: Path) -> Settings:
    """A city with a device that waits to be taken in, and a message nobody can read."""
    with at_work(folder) as client:
        secret = add_network(client, "funk", "chirpstack")
        for count in (1, 2, 5):
            send(client, secret, changed(SOIL, fCnt=count))
        send(client, secret, b'{"deviceInfo": "' + b"x" * 900 + b'"}')
        drain(client)
    return city.settings(folder)


@pytest.fixture(scope="module")
def own_city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The city on a free port."""
    folder = tmp_path_factory.mktemp("browser-devices")
    with ThreadPoolExecutor() as aside:  # in this thread runs the loop of the browser
        settings = aside.submit(prepare, folder).result()
    server = uvicorn.Server(
        uvicorn.Config(Application(settings, rooms()), port=0, log_level="error", lifespan="on")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture(scope="module")
def person(chromium: Browser, own_city: str) -> Iterator[Page]:
    """The narrow tab of a steward whose browser runs no scripts of pages."""
    size = {"width": 360, "height": 800}
    context = chromium.new_context(locale="de-DE", java_script_enabled=False, viewport=size)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{own_city}/de/login")
    page.fill("#login", city.LOGIN)
    page.fill("#password", city.PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url("**/de/account")
    yield page
    context.close()


def test_a_device_is_taken_in_without_scripts(person: Page, own_city: str) -> None:
    person.goto(f"{own_city}/de/devices?status=unknown")
    person.click("tbody a")
    person.fill("#name", "Linde am Markt")
    person.fill("#latitude", "50,927")
    person.fill("#longitude", "11,586")
    person.press("#longitude", "Enter")
    person.wait_for_url("**?done=adopted")
    assert person.locator("h1").inner_text() == "Linde am Markt"
    assert "in Betrieb" in person.content()


@pytest.mark.parametrize("path", PATHS)
def test_pages_fit_a_narrow_screen(person: Page, own_city: str, path: str) -> None:
    person.goto(own_city + path)
    wide = person.evaluate("document.documentElement.scrollWidth")
    assert wide <= 360, path


@pytest.mark.parametrize("path", PATHS)
def test_pages_are_accessible(chromium: Browser, person: Page, own_city: str, path: str) -> None:
    known = person.context.storage_state()
    context = chromium.new_context(storage_state=known, reduced_motion="reduce")
    page = context.new_page()
    page.goto(own_city + path)
    assert findings(page) == []
    context.close()
