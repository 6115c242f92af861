# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What differs between two states of a record, in sentences of one language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from allmende.model.catalogue import Dataset, Distribution, Resource, Words, local
from allmende.model.vocabulary import vocabulary

MOST_LINES = 20
LONGEST = 160  # characters of one value

TEXTS: dict[str, dict[str, str]] = {
    "title": {
        "de": "Titel: „{before}“ heißt jetzt „{after}“.",
        "en": "Title: “{before}” is now “{after}”.",
    },
    "description": {
        "de": "Die Beschreibung wurde überarbeitet.",
        "en": "The description was revised.",
    },
    "modified": {"de": "Die Daten sind vom {after}.", "en": "The data are of {after}."},
    "license": {"de": "Lizenz: jetzt {after}.", "en": "Licence: now {after}."},
    "accrual_periodicity": {
        "de": "Wird aktualisiert: {after}.",
        "en": "Updated: {after}.",
    },
    "keyword": {"de": "Schlagwörter: {after}.", "en": "Keywords: {after}."},
    "version": {"de": "Version {after}.", "en": "Version {after}."},
    "new file": {"de": "Neu: {name}.", "en": "New: {name}."},
    "gone file": {"de": "Nicht mehr dabei: {name}.", "en": "No longer there: {name}."},
    "other file": {"de": "Geändert: {name}.", "en": "Changed: {name}."},
    "other": {"de": "Ebenfalls geändert: {names}.", "en": "Changed as well: {names}."},
    "more": {"de": "Und {number} weitere Änderungen.", "en": "And {number} more changes."},
    "file": {"de": "eine Datei", "en": "a file"},
    "nothing": {"de": "keine Angabe", "en": "not said"},
}
NAMES: dict[str, tuple[str, str]] = {
    "publisher": ("Herausgeber", "publisher"),
    "creator": ("Urheber", "creator"),
    "contact_point": ("Ansprechstelle", "contact"),
    "theme": ("Themen", "themes"),
    "hvd_category": ("Kategorie hochwertiger Daten", "high-value category"),
    "spatial": ("Gebiet", "area"),
    "temporal": ("Zeitraum", "period"),
    "access_rights": ("Zugang", "access"),
    "rights": ("Rechte", "rights"),
    "provenance": ("Herkunft der Daten", "how the data were made"),
    "landing_page": ("Seite des Datensatzes", "page of the dataset"),
    "issued": ("Tag der Veröffentlichung", "day of publication"),
    "in_series": ("Reihe", "series"),
    "version_notes": ("Hinweise zur Version", "notes on the version"),
    "conforms_to": ("Standard", "standard"),
    "availability": ("Verfügbarkeit", "availability"),
}
"""Fields that are only named when they have changed, in German and English."""

DETAILS = ("Einzelheiten", "details")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def changes(before: Resource, after: Resource, language: str) -> list[str]:
    """Sentences on what has changed, the weightiest first; none when nothing has."""
    found = [
        *_told(before, after, language),
        *_files(before, after, language),
        *_others(before, after, language),
    ]
    if len(found) > MOST_LINES:
        more = _say("more", language, number=len(found) - MOST_LINES + 1)
        found = [*found[: MOST_LINES - 1], more]
    return found


def _say(key: str, language: str, **values: object) -> str:
    """A sentence of `TEXTS` with its values, each in one line and not too long."""
    plain = {name: _line(str(value)) for name, value in values.items()}
    return TEXTS[key][language].format(**plain)


def _line(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _told(before: Resource, after: Resource, language: str) -> Iterator[str]:
    """The fields whose new value is told."""
    for name in ("title", "description", "modified", "license", "version", "keyword"):
        old, new = getattr(before, name, None), getattr(after, name, None)
        if old != new:
            values = {"before": _shown(name, old, language), "after": _shown(name, new, language)}
            if name not in ("title", "description") or values["before"] != values["after"]:
                yield _say(name, language, **values)
    old, new = (getattr(each, "accrual_periodicity", None) for each in (before, after))
    if old != new:
        yield _say("accrual_periodicity", language, after=_shown("frequency", new, language))


def _shown(name: str, value: Any, language: str) -> str:
    """A value as people read it."""
    nothing = TEXTS["nothing"][language]
    if not value:
        return nothing
    if name in ("title", "description"):
        return local(value, language, "de", "en")
    if name == "keyword":
        return ", ".join(_words(value, language)) or nothing
    if name in ("license", "frequency"):
        return vocabulary("licence" if name == "license" else name).label(value, language)
    return _date(value, language) if name == "modified" else str(value)


def _words(value: Words, language: str) -> list[str]:
    tag = next((tag for tag in (language, "de", "en") if value.get(tag)), "")
    return value.get(tag) or next((words for words in value.values() if words), [])


def _date(iso: str, language: str) -> str:
    """A date as people write it; what is no day stays as it is."""
    from babel.dates import format_date

    if not _DAY.match(iso):
        return iso
    try:
        return format_date(date.fromisoformat(iso[:10]), "long", locale=language)
    except ValueError:
        return iso


def _files(before: Resource, after: Resource, language: str) -> Iterator[str]:
    """What has become of the files and services of a dataset."""
    if not isinstance(before, Dataset) or not isinstance(after, Dataset):
        return
    old, new = _by_address(before), _by_address(after)
    for key, file in new.items():
        if key not in old:
            yield _say("new file", language, name=_name(file, language))
    for key, file in old.items():
        if key not in new:
            yield _say("gone file", language, name=_name(file, language))
        elif new[key] != file:
            yield _say("other file", language, name=_name(new[key], language))


def _by_address(dataset: Dataset) -> dict[str, Distribution]:
    found: dict[str, Distribution] = {}
    for number, file in enumerate(dataset.distribution):
        addresses = [*file.download_url, *file.access_url]
        found.setdefault(addresses[0] if addresses else f"{file.iri} {number}", file)
    return found


def _name(file: Distribution, language: str) -> str:
    title = local(file.title, language, "de", "en")
    if title:
        return title
    kind = vocabulary("file-type").label(file.format, language) if file.format else ""
    return kind or TEXTS["file"][language]


def _others(before: Resource, after: Resource, language: str) -> Iterator[str]:
    """One sentence that names the other fields that differ."""
    said = {"title", "description", "modified", "license", "version", "keyword"}
    said |= {"accrual_periodicity", "distribution"}
    place = 0 if language == "de" else 1
    names = []
    for name in after.__struct_fields__:
        if name not in said and getattr(before, name, None) != getattr(after, name, None):
            names.append(NAMES.get(name, DETAILS)[place])
    if names:
        yield _say("other", language, names=", ".join(dict.fromkeys(names)))
