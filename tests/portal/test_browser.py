# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""In Debian's Chromium: no axe finding on any page, and searching with the keyboard alone."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

import pytest
from tests.portal import city
from tests.portal.city import INSIDE, LANGUAGES, PATHS

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

WIDTHS = (360, 1440)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


@pytest.fixture(scope="module")
def tab(chromium: "Browser") -> Iterator["Page"]:
    """A browser tab that fails the test when a page logs an error."""
    context = chromium.new_context(locale="de-DE", reduced_motion="reduce")
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    yield page
    context.close()


def findings(page: "Page") -> list[tuple[str, Any]]:
    """What axe finds in both colour schemes at both widths, and sideways scrolling."""
    from axe_playwright_python.sync_playwright import Axe

    found: list[tuple[str, Any]] = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append((f"wider than {width}", page.url))
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            for violation in Axe().run(page).response["violations"]:
                nodes = [node["html"][:200] for node in violation["nodes"]]
                found.append((f"{violation['id']} at {width} {scheme}", nodes))
    return found


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PATHS)
def test_axe_finds_nothing(
    tab: "Page", server: str, paths: dict[str, str], path: str, language: str
) -> None:
    tab.goto(f"{server}/{language}{paths[path]}")
    assert findings(tab) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_nothing_in_the_light_page(tab: "Page", server: str, language: str) -> None:
    tab.goto(f"{server}/{language}/embed/datasets/trees")
    assert findings(tab) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_nothing_on_an_error(tab: "Page", server: str, language: str) -> None:
    tab.goto(f"{server}/{language}/no-such-page")
    assert findings(tab) == []


def test_searching_with_the_keyboard_alone(tab: "Page", server: str) -> None:
    tab.set_viewport_size({"width": 1440, "height": 900})
    tab.goto(f"{server}/de/")
    tab.keyboard.press("Tab")
    assert focused(tab) == "Direkt zum Inhalt"
    tab.keyboard.press("Enter")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.id") == "q"
    tab.keyboard.type("Baumkataster")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/de/datasets?q=Baumkataster*")
    for _ in range(80):
        tab.keyboard.press("Tab")
        assert shows_focus(tab), focused(tab)
        if focused(tab) == "Baumkataster der Stadt Jena":
            break
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/de/datasets/trees")
    assert tab.inner_text("h1") == "Baumkataster der Stadt Jena"


def focused(page: "Page") -> str:
    text: str = page.evaluate("document.activeElement.innerText || document.activeElement.id")
    return text.strip()


def shows_focus(page: "Page") -> bool:
    """Whether the focused element has an outline one can see."""
    found: bool = page.evaluate(
        "parseFloat(getComputedStyle(document.activeElement).outlineWidth) >= 2"
    )
    return found


def test_filters_work_without_scripts(chromium: "Browser", server: str) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{server}/de/datasets?q=baum")
    page.get_by_label("CSV", exact=False).first.check()
    page.get_by_role("button", name="Filter anwenden").click()
    assert "format=CSV" in page.url
    assert page.get_by_text("Filter entfernen: Format: CSV").count() == 1
    context.close()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", INSIDE)
def test_axe_finds_nothing_when_signed_in(
    tab: "Page", server: str, path: str, language: str
) -> None:
    if not tab.context.cookies():
        tab.goto(f"{server}/de/login")
        tab.fill("#login", city.LOGIN)
        tab.fill("#password", city.PASSWORD)
        tab.press("#password", "Enter")
        tab.wait_for_url("**/de/account")
    tab.goto(f"{server}/{language}{path}")
    assert findings(tab) == []
