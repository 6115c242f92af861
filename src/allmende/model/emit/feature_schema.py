# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The schema of a collection's features as OGC API Features Part 5 wants it (OGC 23-058).

It is logical: a geometry is a property with a format of its own, whatever the encoding.
Whoever calls gives an entity that has only the fields the reader may see.
"""

from __future__ import annotations

from typing import Any

from allmende.model.document import Entity, Field, FieldType, Model
from allmende.model.emit.json_schema import DIALECT, field_schema, ogc_role
from allmende.model.emit.place import title, words

_FOREIGN = ("x-title", "x-description", "x-visibility", "x-personal", "x-role", "x-iri")


def feature_schema(
    entity: Entity, address: str, *, model: Model | None = None, language: str = "en"
) -> dict[str, Any]:
    """The document at `/collections/{id}/schema`; `address` is its own address.

    `model` is needed only when fields hold entities of it; they are written out in place.
    """
    names = model or Model(id="model", entities=[entity])
    found: dict[str, Any] = {
        "$schema": DIALECT,
        "$id": address,
        "type": "object",
        "title": title(entity, language),
    }
    about = words(entity.description, language)
    found |= {"description": about} if about else {}
    found["properties"] = {
        each.name: _property(each, entity, names, language, number)
        for number, each in enumerate(entity.fields, 1)
    }
    required = [each.name for each in entity.fields if each.required]
    return found | ({"required": required} if required else {}) | {"additionalProperties": False}


def _property(
    field: Field, entity: Entity, model: Model, language: str, number: int
) -> dict[str, Any]:
    found = _inner(field, model, language, (entity.name,))
    found["title"] = title(field, language)
    found["x-ogc-propertySeq"] = number
    role = ogc_role(field, entity)
    if role:
        found["x-ogc-role"] = role
    if field.iri:
        found["x-ogc-definition"] = field.iri
    if field.reference:
        found["x-ogc-collectionId"] = field.reference
    return found


def _inner(field: Field, model: Model, language: str, above: tuple[str, ...]) -> dict[str, Any]:
    """A field's schema with entities inside written out; one within itself is any object."""
    if field.type is FieldType.GEOMETRY:
        return _geometry(field, language)
    found = field_schema(field, model, language, "#/")
    for word in _FOREIGN:
        found.pop(word, None)
    value = found["items"] if field.many else found
    if field.type is FieldType.OBJECT:
        value.pop("$ref", None)
        value["type"] = "object"
        inner = next((each for each in model.entities if each.name == field.entity), None)
        if inner and inner.name not in above:
            deeper = (*above, inner.name)
            value["properties"] = {
                each.name: _inner(each, model, language, deeper) for each in inner.fields
            }
    return found


def _geometry(field: Field, language: str) -> dict[str, Any]:
    kind = "any" if field.geometry == "Geometry" else field.geometry.lower()
    found = {"title": title(field, language), "format": f"geometry-{kind}"}
    about = words(field.description, language)
    return found | ({"description": about} if about else {})
