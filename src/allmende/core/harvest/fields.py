# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Values of flat records (CKAN packages, table rows) → values of the catalogue, with repairs.

A `Fields` collects what had to be put right, in the codes of `model.repair`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

import msgspec

from allmende.core.harvest.words import concept
from allmende.model import dates, repair_iri
from allmende.model.catalogue import Repair, Text
from allmende.model.namespaces import AUTHORITY


def plain(value: Any) -> str:
    """A value as trimmed text; None becomes the empty text."""
    return "" if value is None else str(value).strip()


def many(value: Any) -> list[Any]:
    """A list from a list, a JSON list in a text, or a single value; empty values fall out."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        with suppress(msgspec.DecodeError):
            value = msgspec.json.decode(value)
    if isinstance(value, (list, tuple)):
        return [item for item in value if item not in (None, "", [], {})]
    return [] if value in (None, "", {}) else [value]


def nested(value: Any) -> dict[str, Any]:
    """An object from an object, a list of one, or JSON text; empty when it is none."""
    if isinstance(value, str) and value.lstrip().startswith(("{", "[")):
        try:
            value = msgspec.json.decode(value)
        except msgspec.DecodeError:
            return {}
    if isinstance(value, list) and value:
        value = value[0]
    return value if isinstance(value, dict) else {}


class Fields:
    """Reads the values of one flat record by name; the first filled name counts."""

    def __init__(self, values: Mapping[str, Any], path: str = "") -> None:
        self.values = values
        self.path = path
        self.repairs: list[Repair] = []

    def below(self, values: Mapping[str, Any], path: str) -> Fields:
        """Fields of a part (a resource of a package) that report into the same list."""
        part = Fields(values, path)
        part.repairs = self.repairs
        return part

    def raw(self, *names: str) -> Any:
        """The first value that is not empty, or None."""
        for name in names:
            value = self.values.get(name)
            if value not in (None, "", [], {}):
                return value
        return None

    def text(self, *names: str) -> str:
        """The first value that is not empty, as trimmed text."""
        return plain(self.raw(*names))

    def note(self, code: str, field: str, before: str, after: str = "") -> None:
        """Record what was put right."""
        self.repairs.append(Repair(code, self.path + field, before[:500], after[:500]))

    def words(self, language: str, *names: str) -> Text:
        """A text in one language, or in several when the value is an object by language."""
        value = self.raw(*names)
        if isinstance(value, dict):
            return {k.lower(): plain(v) for k, v in value.items() if plain(v)}
        text = plain(value)
        return {language: text} if text else {}

    def date(self, field: str, *names: str) -> str | None:
        """A date in ISO 8601, or None; unreadable ones are set aside."""
        text = self.text(*names)
        if not text:
            return None
        found = dates.iso(text)
        if found is None:
            self.note("set-aside", field, text)
        elif found != text:
            self.note("date-format", field, text, found)
        return found

    def links(self, field: str, value: Any) -> list[str]:
        """Absolute addresses; what is none is set aside."""
        return [link for item in many(value) if (link := self.link(field, plain(item)))]

    def link(self, field: str, text: str) -> str | None:
        """One absolute address, or None when there is none."""
        if not text:
            return None
        found = repair_iri.cleaned(text) or repair_iri.from_text(text)
        if found is None:
            self.note("iri-invalid", field, text)
        elif found != text:
            self.note("iri-characters", field, text, found)
        return found

    def email(self, field: str, text: str) -> list[str]:
        """A list with the `mailto:` address, or empty."""
        if not text:
            return []
        found = repair_iri.email(text)
        if found is None:
            self.note("set-aside", field, text)
            return []
        return [found]

    def concepts(self, field: str, table: str, values: Iterable[Any]) -> list[str]:
        """IRIs of a vocabulary for words; unknown words are set aside."""
        found: list[str] = []
        for value in values:
            iri = self.concept(field, table, plain(value))
            if iri and iri not in found:
                found.append(iri)
        return found

    def concept(self, field: str, table: str, text: str) -> str | None:
        """The IRI of a vocabulary for one word, or None."""
        if not text:
            return None
        iri = concept(table, text)
        if iri is None:
            self.note("set-aside", field, text)
        elif iri != text:
            self.note("text-for-concept", field, text, iri)
        return iri

    def number(self, field: str, *names: str) -> int | None:
        """A whole number of at least 0, or None."""
        text = self.text(*names)
        if not text:
            return None
        try:
            value = int(float(text))
        except (ValueError, OverflowError):
            value = -1
        if value < 0:
            self.note("set-aside", field, text)
            return None
        return value


def media_type(text: str) -> str | None:
    """The IANA address of a media type such as `text/csv`, or None."""
    from allmende.model.namespaces import IANA_MEDIA_TYPE

    value = text.partition(";")[0].strip().lower()
    head, slash, tail = value.partition("/")
    known = {"application", "text", "image", "audio", "video", "model", "multipart", "font"}
    if head not in known or not slash or not tail or any(c.isspace() for c in value):
        return None
    return IANA_MEDIA_TYPE + value


def access_right(code: str) -> str:
    """The IRI of an access right of the EU list, e.g. `PUBLIC`."""
    return f"{AUTHORITY}access-right/{code}"
