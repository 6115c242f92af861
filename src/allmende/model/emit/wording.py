# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What is said of a field in words, German and English, for documentation and diagrams."""

from __future__ import annotations

from collections.abc import Iterator

from allmende.model.document import Field, FieldType, GeometryType, Visibility
from allmende.model.emit.place import words

SAID: dict[str, tuple[str, str]] = {
    "string": ("Text", "text"),
    "integer": ("ganze Zahl", "whole number"),
    "number": ("Zahl", "number"),
    "boolean": ("ja oder nein", "yes or no"),
    "date": ("Datum", "date"),
    "datetime": ("Zeitpunkt", "date and time"),
    "time": ("Uhrzeit", "time of day"),
    "year": ("Jahr", "year"),
    "uri": ("Internetadresse (IRI)", "web address (IRI)"),
    "geometry": ("Geometrie", "geometry"),
    "object": ("Objekt", "object"),
    "Point": ("Punkt", "point"),
    "MultiPoint": ("mehrere Punkte", "points"),
    "LineString": ("Linie", "line"),
    "MultiLineString": ("mehrere Linien", "lines"),
    "Polygon": ("Fläche", "area"),
    "MultiPolygon": ("mehrere Flächen", "areas"),
    "GeometryCollection": ("mehrere Geometrien", "geometries"),
    "many": ("Liste", "list"),
    "required": ("Pflicht", "required"),
    "key": ("Schlüssel", "key"),
    "least": ("mindestens", "at least"),
    "most": ("höchstens", "at most"),
    "plausible": ("zu erwarten", "expected"),
    "characters": ("Zeichen", "characters"),
    "pattern": ("Muster", "pattern"),
    "refers": ("verweist auf", "refers to"),
    "internal": ("nur intern", "internal only"),
    "personal": ("personenbezogen", "personal data"),
    "open": ("auch andere Werte", "other values too"),
    "field": ("Feld", "Field"),
    "title": ("Bezeichnung", "Title"),
    "type": ("Art", "Type"),
    "unit": ("Einheit", "Unit"),
    "rules": ("Regeln", "Rules"),
    "about": ("Bedeutung", "Meaning"),
    "code": ("Wert", "Value"),
    "values": ("Werte von", "Values of"),
    "version": ("Fassung", "Version"),
    "licence": ("Lizenz", "Licence"),
    "true_from": ("Gültig von", "True from"),
    "until": ("bis", "until"),
    "changes": ("Neu in dieser Fassung", "New in this version"),
    "source": ("Quelle", "Source"),
    "diagram": ("Klassendiagramm", "Class diagram"),
    "fields": ("Felder", "fields"),
}


def say(code: str, language: str) -> str:
    """A word in German, or in English for every other language."""
    return SAID[code][0 if language == "de" else 1]


def type_words(field: Field, language: str) -> str:
    """The kind of value, as a person would say it."""
    found = say(str(field.type), language)
    if field.type is FieldType.GEOMETRY and field.geometry is not GeometryType.ANY:
        found = say(str(field.geometry), language)
    if field.type is FieldType.OBJECT and field.entity:
        found = field.entity
    return f"{say('many', language)}: {found}" if field.many else found


def number_words(value: object, language: str) -> str:
    """A number as it is written in the language; any other value as it is."""
    text = f"{value:g}" if isinstance(value, float) and abs(value) < 1e6 else str(value)
    decimal = isinstance(value, float) and language == "de"
    return text.replace(".", ",") if decimal else text


def rule_words(field: Field, language: str) -> Iterator[str]:
    """Every rule of a field as a short phrase; code lists are told elsewhere."""
    if field.required:
        yield say("required", language)
    if field.minimum is not None:
        yield f"{say('least', language)} {number_words(field.minimum, language)}"
    if field.maximum is not None:
        yield f"{say('most', language)} {number_words(field.maximum, language)}"
    for limit, word in ((field.min_length, "least"), (field.max_length, "most")):
        if limit is not None:
            yield f"{say(word, language)} {limit} {say('characters', language)}"
    if field.plausible is not None:
        yield f"{say('plausible', language)} {_span(field, language)}"
    if field.pattern:
        yield f"{say('pattern', language)} {field.pattern}"
    if field.reference:
        yield f"{say('refers', language)} {field.reference}"
    if field.shown_to is not Visibility.PUBLIC:
        yield say(str(field.shown_to), language)


def _span(field: Field, language: str) -> str:
    limits = field.plausible
    ends = (limits.minimum, limits.maximum) if limits else (None, None)
    return " … ".join("" if each is None else number_words(each, language) for each in ends).strip()


def meaning(field: Field, language: str) -> str:
    """Title and description in one."""
    parts = (words(field.title, language), words(field.description, language))
    return ": ".join(each for each in parts if each)
