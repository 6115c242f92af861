# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What can be wrong with a value of a row, and how it is said."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec import Struct

from allmende.errors import InvalidInput
from allmende.model.document import Text

SHORT = 100
"""Characters of a value that a finding shows."""

CODES: dict[str, Text] = {
    "missing": {"en": "A required value is missing", "de": "Ein Pflichtwert fehlt"},
    "type": {"en": "The value has another type", "de": "Der Wert hat einen anderen Typ"},
    "number": {
        "en": "The number is not finite or too large",
        "de": "Die Zahl ist nicht endlich oder zu groß",
    },
    "characters": {
        "en": "The text holds characters that cannot be stored",
        "de": "Der Text enthält nicht speicherbare Zeichen",
    },
    "too-small": {"en": "Below the minimum", "de": "Kleiner als erlaubt"},
    "too-large": {"en": "Above the maximum", "de": "Größer als erlaubt"},
    "implausible": {
        "en": "Outside of what can be true (warning)",
        "de": "Außerhalb des Plausiblen (Warnung)",
    },
    "length": {"en": "Too short, too long or too many", "de": "Zu kurz, zu lang oder zu viele"},
    "pattern": {"en": "Does not match the pattern", "de": "Passt nicht zum Muster"},
    "pattern-unchecked": {
        "en": "Too long for its pattern to be tried (warning)",
        "de": "Zu lang, um das Muster zu prüfen (Warnung)",
    },
    "unknown-code": {
        "en": "Not in the code list (warning if the list is open)",
        "de": "Nicht in der Codeliste (Warnung bei offener Liste)",
    },
    "geometry-unreadable": {"en": "This is no geometry", "de": "Das ist keine Geometrie"},
    "geometry-type": {
        "en": "Another type of geometry is wanted",
        "de": "Ein anderer Geometrietyp ist verlangt",
    },
    "geometry-range": {
        "en": "No longitude and latitude in degrees",
        "de": "Keine Länge und Breite in Grad",
    },
    "geometry-invalid": {
        "en": "The geometry is not valid, for example crosses itself (warning)",
        "de": "Die Geometrie ist ungültig, etwa überschneidet sie sich (Warnung)",
    },
    "outside-city": {
        "en": "Outside the city: check the coordinates (warning)",
        "de": "Außerhalb der Stadt: Koordinaten prüfen (Warnung)",
    },
    "unknown-field": {
        "en": "The entity has no such field",
        "de": "Die Entität hat kein solches Feld",
    },
}


class Finding(Struct, frozen=True, kw_only=True):
    """Something about one field of a row. `field` may be a place in it: `address.street`."""

    field: str
    code: str
    severity: Literal["error", "warning"] = "error"
    value: str | int | float | bool | None = None  # shortened; JSON text for all but scalars
    text: Text = {}


def shorten(value: Any) -> str | int | float | bool | None:
    """A value as a finding shows it: scalars as they are, long ones cut, the rest as JSON."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        fits = -(2**63) <= value < 2**63
        return value if fits else f"{value:.6g}" if isinstance(value, float) else "…"
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    if not isinstance(value, str):
        value = _as_json(value)
    clean: str = value[: SHORT + 1].encode("utf-8", "replace").decode().replace("\0", "�")
    return clean if len(clean) <= SHORT else clean[: SHORT - 1] + "…"


def _as_json(value: Any) -> str:
    try:
        return msgspec.json.encode(value).decode()
    except (TypeError, ValueError, OverflowError, RecursionError):
        return type(value).__name__


def warning(code: str, value: Any, en: str, de: str) -> Finding:
    """A doubt about a value; the field is named by the caller."""
    said = {"en": en, "de": de}
    return Finding(field="", code=code, severity="warning", value=shorten(value), text=said)


def unusable(en: str, de: str) -> InvalidInput:
    """The error for a model that cannot be compiled into checks."""
    return InvalidInput(
        f"The model cannot be used: {en}.", f"Modell unbrauchbar: {de}.", code="model"
    )
