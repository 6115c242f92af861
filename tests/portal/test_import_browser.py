# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""In Debian's Chromium: an unknown spreadsheet becomes a published collection, without scripts."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import uvicorn
from tests.portal import city
from tests.portal.importing import messy_csv, workbook
from tests.portal.test_browser import findings

from allmende.web.app import Application
from allmende.web.rooms import rooms

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

SHOTS = os.environ.get("ALLMENDE_SHOTS", "")


@pytest.fixture(scope="module")
def own_city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A city of its own on a free port."""
    folder = tmp_path_factory.mktemp("browser-import")
    with ThreadPoolExecutor() as aside:  # in this thread runs the loop of the browser
        settings = aside.submit(city.build, folder).result()
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
    """The tab of a steward whose browser runs no scripts of pages."""
    context = chromium.new_context(locale="de-DE", java_script_enabled=False)
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
    context = chromium.new_context(locale="de-DE", reduced_motion="reduce")
    context.add_cookies(person.context.cookies())  # type: ignore[arg-type]
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    yield page
    context.close()


def look(judge: Page, address: str, name: str) -> None:
    """No finding in either language; a picture of both widths when somebody wants to see it."""
    for language in ("de", "en"):
        judge.goto(address.replace("/de/", f"/{language}/"))
        assert findings(judge) == [], name
        if SHOTS:
            judge.emulate_media(color_scheme="light")
            for width in (360, 1440):
                judge.set_viewport_size({"width": width, "height": 900})
                path = Path(SHOTS) / f"{name}-{language}-{width}.png"
                judge.screenshot(path=path, full_page=True)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_from_an_unknown_spreadsheet_to_a_collection(
    person: Page, judge: Page, own_city: str, tmp_path: Path, kind: str
) -> None:
    file = tmp_path / f"Baumkataster 2025.{kind}"
    file.write_bytes(messy_csv() if kind == "csv" else workbook())
    page = person
    page.goto(f"{own_city}/de/import")
    look(judge, page.url, f"{kind}-1-start")
    page.set_input_files("#file", str(file))
    page.get_by_role("button", name="Lesen und weiter").click()
    page.wait_for_url("**/de/import/*")
    look(judge, page.url, f"{kind}-2-columns")
    page.get_by_role("button", name="Weiter zur Beschreibung").click()
    assert page.get_by_role("alert").inner_text().count("Kontrolleur") == 1
    card = page.locator("fieldset", has_text="Kontrolleur")
    card.get_by_label("Wer sieht es?").select_option("personal")
    number = page.locator("fieldset", has_text="Nr.").first
    number.get_by_label("benennt die Zeile").check()
    page.get_by_role("button", name="Weiter zur Beschreibung").click()
    page.wait_for_url("**/about")
    look(judge, page.url, f"{kind}-3-about")
    page.fill("#description-de", "Alle Bäume an Straßen, mit Art, Höhe und Pflanzdatum.")
    page.fill("#ident", f"baeume-{kind}")
    page.select_option("#licence", label="dl-de/zero-2-0")
    page.get_by_role("button", name="Probelauf starten").click()
    page.wait_for_url("**/check")
    look(judge, page.url, f"{kind}-4-check")
    page.get_by_role("button", name="Jetzt veröffentlichen").click()
    page.wait_for_url(f"**/de/collections/baeume-{kind}")
    assert page.inner_text("h1") == "Baumkataster 2025"
    judge.goto(page.url)
    judge.get_by_role("link", name="Auf der Karte öffnen").or_(
        judge.locator("a[href*='/map?']").first
    ).first.wait_for()
    assert judge.locator("tbody tr").count() > 5
    if SHOTS:
        judge.wait_for_timeout(1500)
        judge.screenshot(path=Path(SHOTS) / f"{kind}-5-collection.png", full_page=True)


PAGES = (
    "/de/models",
    "/de/models/baeume-csv",
    "/de/models/baeume-csv/1.0.0/edit",
    "/de/models/baeume-csv/1.0.0/diff/1.0.0",
    "/de/models/baeume-csv/1.0.0/move/baeume-csv",
    "/de/sql",
    "/de/sql?query=select+*+from+baeume_csv",
    "/de/sql?query=drop+table+x",
)


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_on_models_and_sql(judge: Page, own_city: str, path: str) -> None:
    name = path.partition("?")[0].replace("/de/", "").replace("/", "-")
    look(judge, own_city + path, f"{name}{'-answer' if '*' in path else ''}")
