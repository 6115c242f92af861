# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the codes of a datastream stand for: `levels` in its properties, as words and colours.

Rules write them with what they derive; anybody who writes a datastream may state them:
`{"levels": [{"code": "red", "label": {"en": "drought stress"}, "colour": "#d73027"}]}`.
"""

from __future__ import annotations

import re

import msgspec
from msgspec import Struct

MOST = 50  # levels of a datastream
MAX_CODE = 100  # characters
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}\Z")


class Level(Struct, frozen=True):
    """A code with its words by language and its colour (`#rrggbb`, or "" where it has none)."""

    code: str
    label: dict[str, str] = {}
    colour: str = ""


class _Stated(Struct):
    levels: list[Level] = []


_decode = msgspec.json.Decoder(_Stated).decode


def levels(properties: str | None) -> dict[str, Level]:
    """The levels by code from properties as JSON; none where they have another form."""
    if not properties or '"levels"' not in properties:
        return {}
    try:
        stated = _decode(properties).levels[:MOST]
    except msgspec.DecodeError:
        return {}
    return {
        each.code: Level(each.code, each.label, _colour(each.colour))
        for each in stated
        if len(each.code) <= MAX_CODE
    }


def _colour(text: str) -> str:
    return text.lower() if _COLOUR.match(text) else ""
