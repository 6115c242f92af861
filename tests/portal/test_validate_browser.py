# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""In Debian's Chromium: metadata are checked with the keyboard alone, and axe likes the result."""

from typing import TYPE_CHECKING

import pytest
from tests.portal.test_browser import findings, focused, shows_focus

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

POOR = """@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
<https://example.org/d> a dcat:Dataset ; dct:title "Bäume"@de ; dct:publisher "Amt" ;
  dcat:theme <http://publications.europa.eu/resource/authority/data-theme/NOPE> ;
  dcat:distribution <https://example.org/a-very-long-address/that-goes-on/and-on/without-any-end> .
<https://example.org/a-very-long-address/that-goes-on/and-on/without-any-end>
  a dcat:Distribution ; dcat:byteSize "viel" .
"""


FOUND = {
    "de": ("Datensatz: „Beschreibung“ fehlt.", "Distribution: „Dateigröße“ muss", "7 Verstöße"),
    "en": ("Dataset:", "Distribution:", "7 violations"),
}


@pytest.mark.parametrize(("language", "press"), [("de", "Prüfen"), ("en", "Check")])
def test_metadata_are_checked_with_the_keyboard(
    chromium: "Browser", server: str, language: str, press: str
) -> None:
    found = FOUND[language]
    context = chromium.new_context(reduced_motion="reduce")
    tab = context.new_page()
    tab.goto(f"{server}/{language}/validate")
    for name in ("text", press):
        for _ in range(60):
            tab.keyboard.press("Tab")
            assert shows_focus(tab), focused(tab)
            if name in (focused(tab), tab.evaluate("document.activeElement.id")):
                break
        if name == "text":
            tab.keyboard.insert_text(POOR)
    tab.keyboard.press("Enter")
    tab.locator("#found").wait_for()
    said = tab.inner_text("main")
    assert all(each in said for each in found), said
    assert findings(tab) == []
    context.close()
