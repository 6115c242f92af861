# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The main entity as a Frictionless Table Schema, for the CSV files beside it."""

from __future__ import annotations

import json
from typing import Any

from allmende.model.document import Entity, Field, FieldType, Model
from allmende.model.emit.place import Place, words

_TYPES = {
    FieldType.URI: ("string", "uri"),
    FieldType.GEOMETRY: ("geojson", ""),
    FieldType.DATETIME: ("datetime", "%Y-%m-%dT%H:%M:%S.%fZ"),
}
_CONSTRAINTS = {"min_length": "minLength", "max_length": "maxLength"}
_ORDERED = {FieldType.INTEGER, FieldType.NUMBER, FieldType.DATE, FieldType.DATETIME,
            FieldType.TIME, FieldType.YEAR}  # fmt: skip


def emit(model: Model, place: Place) -> str:
    """The descriptor."""
    found = descriptor(model.entity(place.entity), place.language)
    return json.dumps(found, ensure_ascii=False, indent=2) + "\n"


def descriptor(entity: Entity, language: str) -> dict[str, Any]:
    """The descriptor as plain values; lists and objects are JSON text in their cells."""
    found: dict[str, Any] = {"fields": [_field(each, language) for each in entity.fields]}
    if entity.iri:
        found["rdfType"] = entity.iri
    if entity.key:
        found["primaryKey"] = list(entity.key)
    return found | {"missingValues": [""]}


def _field(field: Field, language: str) -> dict[str, Any]:
    kind, form = _TYPES.get(field.type, (str(field.type), ""))
    found = {
        "name": field.name,
        "type": "array" if field.many else kind,
        "format": "" if field.many else form,
        "title": words(field.title, language),
        "description": words(field.description, language),
        "rdfType": field.iri,
        "unit": field.unit,
        "constraints": _constraints(field),
    }
    return {name: value for name, value in found.items() if value}


def _constraints(field: Field) -> dict[str, Any]:
    found: dict[str, Any] = {"required": True} if field.required else {}
    if field.many:
        return found
    limits = {"minimum": field.minimum, "maximum": field.maximum}
    if field.type in _ORDERED:
        found |= {name: value for name, value in limits.items() if value is not None}
    if field.type in (FieldType.STRING, FieldType.URI):
        lengths = {word: getattr(field, name) for name, word in _CONSTRAINTS.items()}
        found |= {name: value for name, value in lengths.items() if value is not None}
        found |= {"pattern": field.pattern} if field.pattern else {}
    if field.codes and not field.open_codes:
        found["enum"] = [each.code for each in field.codes]
    return found
