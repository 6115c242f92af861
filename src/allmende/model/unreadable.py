# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Why a cell cannot be read."""

from __future__ import annotations

from typing import Any

from allmende.model.document import Text
from allmende.model.findings import shorten

CODES: dict[str, Text] = {
    "not-text": {"en": "The cell holds no text", "de": "Die Zelle enthält keinen Text"},
    "not-a-number": {"en": "This is no number", "de": "Das ist keine Zahl"},
    "not-whole": {"en": "This is no whole number", "de": "Das ist keine ganze Zahl"},
    "ambiguous-number": {
        "en": "A point or comma may be decimal or group thousands",
        "de": "Punkt oder Komma: Dezimalstelle oder Tausender?",
    },
    "other-unit": {"en": "The number has another unit", "de": "Die Zahl hat eine andere Einheit"},
    "not-a-boolean": {"en": "Neither yes nor no", "de": "Weder ja noch nein"},
    "not-a-date": {"en": "This is no date that exists", "de": "Dieses Datum gibt es nicht"},
    "short-year": {"en": "The year has two digits", "de": "Das Jahr hat zwei Ziffern"},
    "date-with-time": {
        "en": "A time of day stands with the date",
        "de": "Beim Datum steht eine Uhrzeit",
    },
    "not-a-moment": {"en": "This is no date with time", "de": "Kein Datum mit Uhrzeit"},
    "ambiguous-moment": {
        "en": "The clocks were changed at that hour",
        "de": "In dieser Stunde wurde die Uhr umgestellt",
    },
    "not-a-time": {"en": "This is no time of day", "de": "Das ist keine Uhrzeit"},
    "not-a-year": {"en": "This is no year", "de": "Das ist kein Jahr"},
    "not-a-geometry": {"en": "This is no geometry", "de": "Das ist keine Geometrie"},
    "other-crs": {
        "en": "The geometry names another reference system",
        "de": "Die Geometrie nennt ein anderes Bezugssystem",
    },
    "not-json": {"en": "This is no JSON", "de": "Das ist kein JSON"},
}


class Unreadable(Exception):
    """A cell that cannot be read for certain: a stable code and a sentence in two languages."""

    def __init__(self, code: str, en: str, de: str) -> None:
        super().__init__(en)
        self.code, self.text = code, {"en": en, "de": de}


def quoted(cell: Any) -> str:
    """A cell as it is shown in a sentence."""
    return f"“{shorten(cell if isinstance(cell, str | int | float | bytes) else str(cell))}”"
