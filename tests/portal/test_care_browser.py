# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""In Debian's Chromium: a collection is kept up to date with the keyboard, at 360 px."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import uvicorn
from starlette.testclient import TestClient
from tests.portal import city
from tests.portal.importing import HEAD, ORIGIN, publish, table
from tests.portal.test_browser import findings

from allmende.core.settings import Settings
from allmende.web.app import Application
from allmende.web.rooms import rooms

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
TREES = "/de/collections/baeume"


def prepare(folder: Path) -> Settings:
    """A city with a collection of trees, one row of which was refused."""
    settings = city.build(folder)
    with TestClient(
        Application(settings, rooms()), base_url=city.BASE, follow_redirects=False
    ) as client:
        given = {"login": city.LOGIN, "password": city.PASSWORD, "next": "/de/account"}
        assert client.post("/de/login", data=given, headers=ORIGIN).status_code == 303
        publish(client, "baeume")
    return settings


@pytest.fixture(scope="module")
def own_city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The city on a free port."""
    folder = tmp_path_factory.mktemp("browser-care")
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


@pytest.fixture(scope="module")
def judge(chromium: Browser, person: Page) -> Iterator[Page]:
    """The same person's tab with scripts, in which axe looks at the pages."""
    size = {"width": 360, "height": 800}
    context = chromium.new_context(locale="de-DE", reduced_motion="reduce", viewport=size)  # type: ignore[arg-type]
    context.add_cookies(person.context.cookies())  # type: ignore[arg-type]
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    yield page
    context.close()


def look(judge: Page, address: str) -> None:
    """No finding in either language, nothing wider than the screen."""
    for language in ("de", "en"):
        judge.goto(address.replace("/de/", f"/{language}/"))
        assert findings(judge) == [], address
        judge.set_viewport_size({"width": 360, "height": 800})
        assert judge.evaluate("document.documentElement.scrollWidth") <= 360, address


def test_a_new_file_is_loaded(person: Page, judge: Page, own_city: str, tmp_path: Path) -> None:
    rows = table()
    rows[0] = (rows[0][0], "Silberlinde", *rows[0][2:])
    rows[3] = ("B-900", *rows[3][1:])
    content = "\r\n".join(";".join(row) for row in (HEAD, *rows, rows[1]))
    path = tmp_path / "neu.csv"
    path.write_bytes(content.encode("cp1252"))
    person.goto(own_city + TREES)
    person.get_by_role("link", name="Neue Zeilen laden").press("Enter")
    look(judge, person.url)
    person.set_input_files("#file", path)
    person.get_by_role("button", name="Lesen und vergleichen").press("Enter")
    person.wait_for_url("**/load/*")
    look(judge, person.url)
    assert person.locator(".import-numbers strong").all_inner_texts() == ["1", "1", "38", "1", "1"]
    person.locator("[name=mode][value=replace]").press("Space")
    person.get_by_role("button", name="Jetzt speichern").press("Enter")
    person.get_by_role("heading", name="Geladen").wait_for()
    look(judge, person.url)
    assert person.locator(".import-numbers strong").all_inner_texts() == ["1", "1", "38", "1", "1"]
    person.get_by_role("link", name="Zur Sammlung").press("Enter")
    assert "Silberlinde" in person.inner_text("main")


def test_a_row_is_edited_with_the_keyboard(person: Page, judge: Page, own_city: str) -> None:
    person.goto(f"{own_city}{TREES}/rows/B-002")
    person.get_by_role("link", name="Zeile bearbeiten").press("Enter")
    look(judge, person.url)
    person.get_by_label("Baumart").fill("Zeder")
    person.get_by_label("Baumart").press("Enter")
    person.wait_for_url("**/rows/B-002")
    assert "Zeder" in person.inner_text("main")
    person.get_by_role("link", name="Zeile entfernen").press("Enter")
    look(judge, person.url)
    person.get_by_role("link", name="Abbrechen").press("Enter")
    person.wait_for_url("**/rows/B-002")


def test_what_is_wrong_is_said_at_the_field(person: Page, judge: Page, own_city: str) -> None:
    look(judge, f"{own_city}{TREES}/add")
    judge.goto(f"{own_city}{TREES}/add")
    judge.get_by_label("Höhe").fill("hoch")
    judge.get_by_role("button", name="Speichern").press("Enter")
    judge.get_by_role("alert").wait_for()
    assert findings(judge) == []
    field = judge.get_by_label("Höhe")
    assert field.get_attribute("aria-invalid") == "true"
    described = (field.get_attribute("aria-describedby") or "").split()
    assert "keine Zahl" in judge.inner_text(f"#{described[-1]}")
    assert field.input_value() == "hoch"


@pytest.mark.parametrize("rest", ["", "/quarantine", "/about", "/status", "/status?to=archived"])
def test_pages_of_upkeep_have_no_barriers(judge: Page, own_city: str, rest: str) -> None:
    look(judge, f"{own_city}{TREES}{rest}")


def test_a_refused_row_is_put_right(person: Page, judge: Page, own_city: str) -> None:
    person.goto(f"{own_city}{TREES}/quarantine")
    person.get_by_role("link", name="Korrigieren").first.press("Enter")
    look(judge, person.url)
    person.get_by_label("Nr.").fill("B-777")
    person.get_by_role("button", name="Speichern").press("Enter")
    person.wait_for_url("**/rows/B-777")
