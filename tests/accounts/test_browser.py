# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""In Debian's Chromium: passkeys of a virtual device, one-time codes, keyboard alone, axe."""

import json
import re
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn
from msgspec.structs import replace
from tests.accounts import web
from tests.accounts.web import WORD
from tests.portal.test_browser import findings, focused, shows_focus
from tests.support.oidc import free_port

from allmende.core import passwords
from allmende.web.app import Application
from allmende.web.rooms import rooms

if TYPE_CHECKING:
    from playwright.sync_api import Browser, CDPSession, Page

pytestmark = pytest.mark.browser

SECURITY = "/de/account/security"
ADA = "ada@jena.example"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The city on a free port of `localhost`, a name that browsers trust without https."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("MEMORY_KIB", 8), ("PASSES", 1), ("LANES", 1)):
            patch.setattr(passwords, name, value)
        passwords._hasher.cache_clear()
        passwords._unknown.cache_clear()
        with running(tmp_path_factory.mktemp("people")) as address:
            yield address
    passwords._hasher.cache_clear()
    passwords._unknown.cache_clear()


@contextmanager
def running(folder: Path) -> Iterator[str]:
    port = free_port()
    address = f"http://localhost:{port}"
    with ThreadPoolExecutor(1) as apart:  # Playwright has a loop in this thread
        settings = replace(apart.submit(web.city, folder).result(), base_url=address)
    config = uvicorn.Config(
        Application(settings, rooms()), "127.0.0.1", port, log_level="error", lifespan="on"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.02)
    yield address
    server.should_exit = True
    thread.join(10)


@pytest.fixture
def tab(chromium: "Browser", place: str) -> Iterator["Page"]:
    """A new browser without cookies; it fails the test when a page logs an error."""
    context = chromium.new_context(locale="de-DE", reduced_motion="reduce", base_url=place)
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    page.set_viewport_size({"width": 1440, "height": 900})
    yield page
    context.close()


def device(page: "Page", **more: Any) -> tuple["CDPSession", str]:
    """A device with a fingerprint reader that says yes; the session it belongs to, and its id."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        **more,
    }
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session, made["authenticatorId"]


def sign_in(page: "Page", login: str = ADA) -> None:
    page.goto("/de/login")
    page.fill("#login", login)
    page.fill("#password", WORD)
    with page.expect_navigation():
        page.press("#password", "Enter")


def tab_to(page: "Page", name: str) -> None:
    """Goes on with the Tab key until the control with this name or id has the focus."""
    for _ in range(80):
        page.keyboard.press("Tab")
        assert shows_focus(page), focused(page)
        if name in (" ".join(focused(page).split()), page.evaluate("document.activeElement.id")):
            return
    raise AssertionError(f"Tab does not come to {name}")


# --- passkeys ------------------------------------------------------------------------


def test_a_passkey_is_added_and_used_with_the_keyboard_alone(tab: "Page") -> None:
    session, ident = device(tab)
    sign_in(tab)
    tab.goto(SECURITY)
    tab_to(tab, "passkey-name")
    tab.keyboard.type("Mein Telefon")
    tab_to(tab, "Passkey hinzufügen")
    tab.keyboard.press("Enter")
    tab.locator("strong", has_text="Mein Telefon").wait_for()
    (kept,) = session.send("WebAuthn.getCredentials", {"authenticatorId": ident})["credentials"]
    assert (kept["rpId"], kept["isResidentCredential"]) == ("localhost", True)
    tab.context.clear_cookies()
    tab.goto("/de/login")
    tab_to(tab, "Mit Passkey anmelden")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/de/account")
    tab.goto(SECURITY)
    assert tab.locator("li", has_text="dieser").filter(has_text="Passkey").count() == 1
    tab_to(tab, "Entfernen Mein Telefon")
    with tab.expect_navigation():
        tab.keyboard.press("Enter")
    assert tab.locator("strong", has_text="Mein Telefon").count() == 0
    tab.context.clear_cookies()
    tab.goto("/de/login")
    tab.get_by_role("button", name="Mit Passkey anmelden").click()
    tab.get_by_role("alert").wait_for()
    assert "allmende" not in {each["name"] for each in tab.context.cookies()}


def test_a_device_that_does_not_know_its_owner_is_refused_in_words(tab: "Page") -> None:
    sign_in(tab)
    device(tab, isUserVerified=False)
    tab.goto(SECURITY)
    tab.fill("#passkey-name", "Fremd")
    tab.get_by_role("button", name="Passkey hinzufügen").click()
    told = tab.locator("form[data-passkey] [role=alert]")
    told.wait_for()
    assert told.inner_text().startswith("Das hat nicht geklappt")
    assert tab.locator("li", has_text="Fremd").count() == 0


def test_without_scripts_nothing_is_offered_that_does_not_work(
    chromium: "Browser", place: str
) -> None:
    context = chromium.new_context(java_script_enabled=False, base_url=place)
    page = context.new_page()
    sign_in(page)
    page.goto(SECURITY)
    assert not page.locator("form[data-passkey]").is_visible()
    assert page.locator("[data-no-passkeys]").is_visible()
    page.get_by_role("button", name="Zweiten Faktor einrichten").click()
    assert page.locator("#code").is_visible()
    context.close()


# --- one-time codes ------------------------------------------------------------------


def test_a_second_factor_with_the_keyboard_alone(tab: "Page") -> None:
    sign_in(tab, "gerd@gera.example")
    tab.goto(SECURITY)
    tab_to(tab, "Zweiten Faktor einrichten")
    tab.keyboard.press("Enter")
    tab.locator("#code").wait_for()
    picture = tab.locator("img[src^='data:image/svg']")
    assert picture.evaluate("image => image.naturalWidth") > 100
    shown = tab.content()
    assert findings(tab) == []
    tab_to(tab, "code")
    tab.keyboard.type("12 34")
    tab.keyboard.press("Enter")
    tab.get_by_role("alert").wait_for()
    tab_to(tab, "code")
    tab.keyboard.type(web.code_for(shown))
    tab.keyboard.press("Enter")
    tab.locator("#codes").wait_for()
    codes = re.findall(r"\b(?:[a-z0-9]{4}-){3}[a-z0-9]{4}\b", tab.inner_text("main"))
    assert len(codes) == 10
    assert findings(tab) == []
    tab.context.clear_cookies()
    sign_in(tab, "gerd@gera.example")
    tab.wait_for_url("**/de/login/second?**")
    assert findings(tab) == []
    tab_to(tab, "code")
    tab.keyboard.type(codes[3])
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/de/account")


# --- people --------------------------------------------------------------------------


def test_somebody_is_invited_and_accepts_with_the_keyboard_alone(tab: "Page") -> None:
    sign_in(tab)
    tab.goto("/de/people")
    tab_to(tab, "email")
    tab.keyboard.type("neu@jena.example")
    tab_to(tab, "role")
    tab.keyboard.type("Mit")
    tab_to(tab, "Einladen")
    tab.keyboard.press("Enter")
    tab.locator("#link").wait_for()
    found = re.search(r"http://localhost:\d+/de/invitation\?code=[\w-]+", tab.inner_text("main"))
    assert found
    assert findings(tab) == []
    tab.context.clear_cookies()
    tab.goto(found[0])
    assert findings(tab) == []
    tab_to(tab, "name")
    tab.keyboard.type("Neue Person")
    tab_to(tab, "password")
    tab.keyboard.type(WORD)
    tab.keyboard.press("Tab")
    tab.keyboard.press("Space")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/de/account")
    assert "Neue Person" in tab.inner_text("main")


PAGES = (
    "/account",
    "/account/security",
    "/account/data",
    "/login/again?level=high&next=/account",
    "/people",
    "/people/log",
    "/people/organisations",
    "/people/organisations/parks",
    "/logged-out",
)


@pytest.mark.parametrize(("language", "pages"), [("de", PAGES), ("en", PAGES[1:5:3])])
def test_axe_finds_nothing_on_pages_about_people(
    tab: "Page", language: str, pages: tuple[str, ...]
) -> None:
    sign_in(tab)
    tab.goto(f"/{language}/people")
    person = tab.locator("tbody a", has_text="Bob").get_attribute("href")
    assert person
    tab.goto(f"/{language}/people/organisations/parks")
    if not tab.get_by_role("heading", name="Baumpflege").count():
        tab.fill("#team-name", "Baumpflege")
        tab.press("#team-name", "Enter")
        tab.get_by_role("heading", name="Baumpflege").wait_for()
    wrong = {}
    for path in (*(f"/{language}{each}" for each in pages), person):
        answer = tab.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        if found := findings(tab):
            wrong[path] = found
    assert not wrong, json.dumps(wrong, indent=1)
