# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the codes of a datastream stand for, in the words of the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from allmende.model.sensing import levels as stated
from allmende.portal.page import Page

MAX_WORDS = 80


@dataclass(frozen=True, slots=True)
class Level:
    """A code with its words in the page's language and its colour (#rrggbb or "")."""

    code: str
    text: str
    colour: str


def levels(page: Page, properties: str | None) -> dict[str, Level]:
    """The levels by code; none where a datastream says none."""
    return {
        code: Level(code, (page.said(each.label).text or code)[:MAX_WORDS], each.colour)
        for code, each in stated.levels(properties).items()
    }


def said(page: Page, known: dict[str, Level], result: Any) -> str | None:
    """The words for a result of a datastream with levels; None where it has none.

    A code without a level stands for: no value.
    """
    if not known or not isinstance(result, str):
        return None
    return known[result].text if result in known else str(page.words("sense.no-level"))


def script(page: Page, known: dict[str, Level]) -> str:
    """The same for the script of live values, as JSON: code → words and colour."""
    if not known:
        return ""
    named = {each.code: (each.text, each.colour) for each in known.values()}
    named[""] = (str(page.words("sense.no-level")), "")
    return msgspec.json.encode(named).decode()
