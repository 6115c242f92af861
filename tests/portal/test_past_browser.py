# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""In Debian's Chromium: corrected, undone, released and archived with the keyboard at 360 px."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import uvicorn
from tests.portal.test_browser import findings
from tests.portal.test_past import _settings, prepared

from allmende.core.settings import Settings
from allmende.web.app import Application
from allmende.web.rooms import rooms

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def own_city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, str]]]:
    """The city of the other tests on a free port, and the secrets of its people's sessions."""
    folder: Path = tmp_path_factory.mktemp("browser-past")
    with ThreadPoolExecutor() as aside:  # in this thread runs the loop of the browser
        keys = aside.submit(prepared, folder).result()
    app = Application(_settings(folder), rooms())
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="on"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", keys
    server.should_exit = True
    thread.join(10)


def tab_of(chromium: Browser, own_city: tuple[str, dict[str, str]], who: str, js: bool) -> Page:
    """A narrow tab in which somebody is signed in."""
    base, keys = own_city
    size = {"width": 360, "height": 800}
    context = chromium.new_context(
        locale="de-DE",
        java_script_enabled=js,
        reduced_motion="reduce",
        viewport=size,  # type: ignore[arg-type]
    )
    cookie = {"name": Settings().session_cookie, "value": keys[who], "url": base}
    context.add_cookies([cookie])  # type: ignore[list-item]
    return context.new_page()


def test_undone_released_and_archived_with_the_keyboard(
    chromium: Browser, own_city: tuple[str, dict[str, str]]
) -> None:
    person = tab_of(chromium, own_city, "grace", js=False)
    person.goto(own_city[0] + "/de/datasets/trees")

    def follow(name: str) -> None:
        person.get_by_role("link", name=name).first.press("Enter")

    def push(name: str) -> None:
        person.get_by_role("button", name=name, exact=True).press("Enter")

    follow("Ganzer Verlauf")
    person.wait_for_url("**/history")
    person.locator("#from").press("End")  # the oldest
    push("Vergleichen")
    person.wait_for_url("**/1...3")
    person.locator("#reason").type("Alter Titel war richtig")
    push("Fassung 1 wiederherstellen")
    person.wait_for_url("**/releases/w-*")
    push("Zur Freigabe einreichen")
    person.get_by_text("eingereicht").first.wait_for()
    address = person.url
    person.context.close()

    person = tab_of(chromium, own_city, "stella", js=False)
    person.goto(own_city[0] + "/de/releases")
    follow("Bäume")
    person.wait_for_url(address)
    push("Freigeben")
    person.wait_for_url("**/releases?done=released")
    person.goto(own_city[0] + "/de/datasets/trees")
    assert person.locator("h1").inner_text() == "Bäume"
    follow("Veröffentlichen, verbergen, archivieren")
    follow("Archivieren")
    person.locator("#reason").type("Steht jetzt woanders")
    push("Archivieren")
    person.wait_for_url("**/de/datasets/trees")
    person.context.clear_cookies()
    answer = person.goto(own_city[0] + "/de/datasets/trees")
    assert answer is not None
    assert answer.status == 410
    assert person.get_by_text("Steht jetzt woanders").count() == 1
    person.context.close()


@pytest.mark.parametrize(
    "path",
    [
        "/de/dataservices/wfs/history",
        "/en/series/years/history/1",
        "/de/series/years/status?to=archive",
        "/en/releases/rules",
    ],
)
def test_axe_finds_nothing(
    chromium: Browser, own_city: tuple[str, dict[str, str]], path: str
) -> None:
    judge = tab_of(chromium, own_city, "anna", js=True)
    judge.on("pageerror", lambda error: pytest.fail(str(error)))
    judge.goto(own_city[0] + path)
    assert findings(judge) == []
    judge.context.close()
