# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""In Debian's Chromium: a dataset is made, published and corrected with the keyboard alone."""

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
from tests.portal.importing import messy_csv
from tests.portal.test_browser import findings, focused, shows_focus

from allmende.web.app import Application
from allmende.web.rooms import rooms

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
FORM = "/de/edit/dataset/brunnen-im-park"


@pytest.fixture(scope="module")
def own_city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A city on a free port."""
    folder = tmp_path_factory.mktemp("browser-editing")
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


def signed_in(browser: Browser, address: str, **options: bool) -> Page:
    """A narrow tab of a steward."""
    context = browser.new_context(
        locale="de-DE",
        reduced_motion="reduce",
        viewport={"width": 360, "height": 800},
        **options,  # type: ignore[arg-type]
    )
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    page.goto(f"{address}/de/login")
    page.keyboard.press("Tab")
    page.focus("#login")
    page.keyboard.type(city.LOGIN)
    page.keyboard.press("Tab")
    page.keyboard.type(city.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/de/account")
    return page


@pytest.fixture(scope="module")
def person(chromium: Browser, own_city: str) -> Iterator[Page]:
    """Somebody without scripts and without a mouse."""
    page = signed_in(chromium, own_city, java_script_enabled=False)
    yield page
    page.context.close()


@pytest.fixture(scope="module")
def judge(chromium: Browser, own_city: str) -> Iterator[Page]:
    """The same person with scripts, in whose tab axe looks at pages."""
    page = signed_in(chromium, own_city)
    yield page
    page.context.close()


def tab_to(page: Page, name: str) -> None:
    """Presses Tab until the element with this id or text has the focus; it is always seen."""
    for _ in range(300):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == name or focused(page) == name:
            assert shows_focus(page), name
            return
    pytest.fail(f"{name} cannot be reached with the keyboard")


def test_from_nothing_to_published_with_the_keyboard(
    person: Page, own_city: str, tmp_path: Path
) -> None:
    path = tmp_path / "Brunnen im Park.dat"
    path.write_bytes(messy_csv())
    person.goto(f"{own_city}/de/my-data")
    tab_to(person, "Neuer Datensatz")
    person.keyboard.press("Enter")
    person.wait_for_url("**/de/edit/dataset")
    tab_to(person, "title.de")
    person.keyboard.type("Brunnen im Park")
    tab_to(person, "description.de")
    person.keyboard.type("Alle Brunnen in den Parks der Stadt mit Lage.")
    tab_to(person, "Als Entwurf speichern")
    person.keyboard.press("Enter")
    person.wait_for_url("**/files?new=1")
    tab_to(person, "file")
    person.set_input_files("#file", path)
    tab_to(person, "Hochladen")
    person.keyboard.press("Enter")
    person.wait_for_url("**/files/0?*")
    assert "40 Zeilen" in person.inner_text("main") or "41 Zeilen" in person.inner_text("main")
    tab_to(person, "license")
    person.keyboard.type("dl-de/zero")
    tab_to(person, "Speichern")
    person.keyboard.press("Enter")
    person.wait_for_url(f"**{FORM}?saved=1")
    tab_to(person, "Veröffentlichen")
    person.keyboard.press("Enter")
    person.wait_for_url("**/de/datasets/brunnen-im-park")
    assert person.inner_text("h1") == "Brunnen im Park"


def test_a_correction_with_a_reason(person: Page, own_city: str) -> None:
    person.goto(f"{own_city}/de/datasets/brunnen-im-park")
    tab_to(person, "Bearbeiten")
    person.keyboard.press("Enter")
    person.wait_for_url(f"**{FORM}")
    tab_to(person, "title.de")
    person.keyboard.press("End")
    person.keyboard.type(" und am Markt")
    tab_to(person, "reason")
    person.keyboard.type("Der Markt fehlte.")
    tab_to(person, "Speichern")
    person.keyboard.press("Enter")
    person.wait_for_url("**/de/datasets/brunnen-im-park")
    assert person.inner_text("h1") == "Brunnen im Park und am Markt"


def test_a_mistake_is_reached_from_the_list_above(person: Page, own_city: str) -> None:
    person.goto(f"{own_city}{FORM}")
    tab_to(person, "temporal.0.start")
    person.keyboard.press("Control+a")
    person.keyboard.type("vorgestern")
    tab_to(person, "Speichern")
    person.keyboard.press("Enter")
    person.get_by_role("alert").wait_for()
    person.get_by_role("alert").get_by_role("link").first.press("Enter")
    person.keyboard.press("Shift+Tab")
    person.keyboard.press("Tab")
    field = person.locator("[id='temporal.0.start']")
    assert field.get_attribute("aria-invalid") == "true"
    assert field.input_value() == "vorgestern"


def test_the_check_follows_the_typing(judge: Page, own_city: str) -> None:
    judge.goto(f"{own_city}/de/edit/dataset")
    assert "Pflichtangaben fehlen" in judge.inner_text("#check")
    judge.locator("[id='title.de']").press_sequentially("Umwelt und Bäume")
    judge.locator("[id='description.de']").press_sequentially("Was in der Stadt wächst.")
    judge.get_by_text("Alle Pflichtangaben sind da.").wait_for()
    offer = judge.locator("button[value$='data-theme/ENVI']")
    offer.press("Enter")
    ticked = judge.get_by_label("Umwelt", exact=True)
    ticked.and_(judge.locator(":checked")).wait_for()
    assert judge.locator("[id='title.de']").input_value() == "Umwelt und Bäume"


@pytest.mark.parametrize(
    "path",
    [
        "/de/my-data",
        "/en/edit/dataset/trees",
        "/de/edit/dataset/trees/files/0",
    ],
)
def test_axe_finds_nothing(judge: Page, own_city: str, path: str) -> None:
    judge.goto(own_city + path)
    assert findings(judge) == []


def test_many_at_once_and_two_versions_are_accessible(
    judge: Page, person: Page, own_city: str
) -> None:
    judge.goto(f"{own_city}/de/my-data?q=Brunnen+im+Park")
    judge.get_by_role("checkbox", name="Brunnen im Park und am Markt auswählen").press("Space")
    judge.get_by_role("button", name="Ausgewählte ändern").press("Enter")
    judge.get_by_label("Schlagwörter hinzufügen").fill("Wasser")
    judge.get_by_role("button", name="Vorschau").press("Enter")
    judge.get_by_role("button", name="Jetzt ändern").wait_for()
    assert findings(judge) == []
    person.goto(f"{own_city}{FORM}")
    judge.get_by_role("button", name="Jetzt ändern").press("Enter")
    judge.get_by_text("Geändert: 1").wait_for()
    judge.goto(f"{own_city}{FORM}")
    judge.locator("[id='description.de']").fill("Die erste Fassung.")
    judge.get_by_role("button", name="Speichern", exact=True).press("Enter")
    judge.wait_for_url("**/de/datasets/brunnen-im-park")
    person.locator("[id='description.de']").fill("Die zweite Fassung.")
    person.get_by_role("button", name="Speichern", exact=True).press("Enter")
    person.get_by_role("heading", name="Zwei Fassungen").wait_for()
    assert "Die erste Fassung." in person.inner_text("main")
    person.get_by_label("Ihre Fassung").press("Space")
    person.get_by_role("button", name="Mit dieser Auswahl weiter").press("Enter")
    person.wait_for_url("**/de/datasets/brunnen-im-park")
    assert "Die zweite Fassung." in person.inner_text("main")


def test_a_file_is_removed_and_deleted(judge: Page, own_city: str) -> None:
    form = f"{own_city}{FORM}/files/0"
    judge.goto(form)
    assert findings(judge) == []
    judge.get_by_role("button", name="Entfernen und Datei löschen").press("Enter")
    judge.get_by_role("alert").get_by_text("warum die Datei gelöscht").wait_for()
    judge.get_by_role("button", name="Aus dem Datensatz entfernen").press("Enter")
    judge.wait_for_url(f"**{FORM}?saved=1")
    judge.goto(f"{own_city}{FORM}/files")
    assert findings(judge) == []
    judge.get_by_label("Warum soll").fill("Aus Versehen mit Namen")
    judge.get_by_role("button", name="Endgültig löschen").press("Enter")
    judge.get_by_text("Die Datei ist gelöscht.").wait_for()
    judge.goto(f"{own_city}/de/datasets?sort=unbekannt")
    judge.get_by_text("„sort=unbekannt“").wait_for()
    assert findings(judge) == []
