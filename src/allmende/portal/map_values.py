# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Values of rows as people of a language write them: dates, numbers with units, code titles."""

import json
from dataclasses import dataclass
from typing import Any

from allmende.model.document import Entity, Field, FieldType
from allmende.portal.markup import said
from allmende.portal.page import Page
from allmende.portal.present import web

UNITS = {
    "Cel": "°C",
    "deg": "°",
    "m2": "m²",
    "m3": "m³",
    "km2": "km²",
    "har": "ha",
    "m/s": "m/s",
    "km/h": "km/h",
    "ug/m3": "µg/m³",
    "mg/m3": "mg/m³",
    "dB[SPL]": "dB",
    "EUR": "€",
    "EUR/a": "€ / a",
    "1": "",
    "{count}": "",
    "[ppm]": "ppm",
}
"""UCUM codes that people write otherwise; the rest is shown as it is."""

MAX_CELL = 300  # characters of a value in a table
_NUMBERS = {FieldType.INTEGER, FieldType.NUMBER}


@dataclass(frozen=True, slots=True)
class Shown:
    """A value to be shown: text, its language if another, and an address if it is one."""

    text: str
    lang: str | None = None
    address: str | None = None


def unit(field: Field) -> str:
    """The unit as people write it: `m²` for `m2`."""
    return UNITS.get(field.unit, field.unit)


def label(field: Field, page: Page) -> Shown:
    """The title of a field, else its name."""
    found = page.said(field.title)
    return Shown(found.text or field.name, found.lang if found.text else None)


def is_number(field: Field) -> bool:
    """Whether its values stand right-aligned in a table."""
    return field.type in _NUMBERS and not field.codes and not field.many


def show(field: Field, value: Any, page: Page, entity: Entity | None = None) -> Shown:
    """One value, without its unit; empty for a missing one."""
    if value is None or value == []:
        return Shown("")
    if field.many and isinstance(value, list):
        texts = [_one(field, each, page, entity).text for each in value[:50]]
        return Shown(page.words.joined(texts))
    return _one(field, value, page, entity)


def measured(field: Field, value: Any, page: Page, entity: Entity | None = None) -> Shown:
    """One value with its unit: `12,5 m`."""
    found = show(field, value, page, entity)
    sign = unit(field)
    if not found.text or not sign:
        return found
    gap = "" if sign == "°" else "\N{NARROW NO-BREAK SPACE}"
    return Shown(f"{found.text}{gap}{sign}", found.lang, found.address)


def _one(field: Field, value: Any, page: Page, entity: Entity | None) -> Shown:
    code = next((c for c in field.codes if c.code == value), None)
    if code is not None and code.title:
        found = said(code.title, page.language)
        return Shown(found.text, found.lang)
    match value:
        case bool():
            return Shown(str(page.words("value.yes" if value else "value.no")))
        case int() | float():
            return Shown(_number(field, value, page, entity))
        case str():
            return _text(field, value, page)
        case bytes():
            return Shown("")
        case _:
            return Shown(json.dumps(value, ensure_ascii=False)[:MAX_CELL])


def _number(field: Field, value: float, page: Page, entity: Entity | None) -> str:
    """Numbers that name something are not grouped: years, keys, codes."""
    named = entity is not None and (field.name in entity.key or field.name == entity.label)
    if field.type is FieldType.YEAR or field.codes or named:
        return str(value)
    if field.type is FieldType.INTEGER:
        return page.words.number(int(value))
    return page.words.exact(float(f"{value:.10g}")) if abs(value) < 1e15 else f"{value:g}"


def _text(field: Field, value: str, page: Page) -> Shown:
    if field.type in (FieldType.DATE, FieldType.DATETIME):
        return Shown(page.words.date(value))
    if field.type is FieldType.TIME:
        return Shown(value[:5] if value.endswith(":00") else value)
    if field.type is FieldType.URI or value.startswith(("https://", "http://")):
        return Shown(value, None, web(value))
    return Shown(value)
