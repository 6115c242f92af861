# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The model for NGSI-LD (ETSI GS CIM 009): its @context, its data model and an example entity.

The data model is a JSON Schema of normalized entities in the manner of Smart Data Models,
but without references to other documents.
"""

from __future__ import annotations

import json
from typing import Any

from allmende.model.document import Entity, Field, FieldType, Model
from allmende.model.emit.geojson import geometry
from allmende.model.emit.json_schema import DIALECT, field_schema
from allmende.model.emit.place import Place, is_public, nested, title, words

CORE = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.8.jsonld"
_OWN = ("id", "type", "location", "scope")  # names the core context has given a meaning
_EXAMPLES: dict[FieldType, Any] = {
    FieldType.STRING: "text",
    FieldType.INTEGER: 1,
    FieldType.NUMBER: 1.5,
    FieldType.BOOLEAN: True,
    FieldType.DATE: {"@type": "Date", "@value": "2026-01-31"},
    FieldType.DATETIME: {"@type": "DateTime", "@value": "2026-01-31T12:00:00Z"},
    FieldType.TIME: {"@type": "Time", "@value": "12:00:00"},
    FieldType.YEAR: 2026,
    FieldType.URI: "https://example.org/",
    FieldType.OBJECT: {},
}
_POINT = {"type": "Point", "coordinates": [11.5864, 50.9271]}


def emit(model: Model, place: Place) -> str:
    """Context, data model and example in one JSON document."""
    entity = model.entity(place.entity)
    found = {
        "@context": context(model, entity, place),
        "dataModel": data_model(model, entity, place),
        "example": example(model, entity, place),
    }
    return json.dumps(found, ensure_ascii=False, indent=2) + "\n"


def attribute(entity: Entity, field: Field) -> str:
    """The attribute's name: the place on the map is `location`, reserved names get a mark."""
    if field is entity.geometry:
        return "location"
    return f"{field.name}_" if field.name in _OWN else field.name


def context(model: Model, entity: Entity, place: Place) -> list[Any]:
    """The terms of the model; the core context stands last, so that nothing changes it."""
    terms = {entity.name: place.class_iri(model, entity)}
    for field in entity.fields:
        name = attribute(entity, field)
        if name != "location":
            terms[name] = place.property_iri(model, entity, field)
    return [terms, CORE]


def data_model(model: Model, entity: Entity, place: Place) -> dict[str, Any]:
    """A schema of normalized entities; every reader sees the public attributes."""
    fields = [each for each in entity.fields if is_public(each)]
    required = [attribute(entity, each) for each in fields if each.required]
    parts = {attribute(entity, each): _schema(each, entity, model, place) for each in fields}
    return {
        "$schema": DIALECT,
        "title": title(entity, place.language),
        "description": words(entity.description, place.language),
        "type": "object",
        "required": ["id", "type", *required],
        "properties": {
            "id": {"type": "string", "pattern": "^urn:ngsi-ld:.+"},
            "type": {"const": entity.name},
            **parts,
        },
    }


def _kind(field: Field) -> tuple[str, str]:
    """The kind of attribute and the member that holds its value."""
    if field.type is FieldType.GEOMETRY:
        return "GeoProperty", "value"
    return ("Relationship", "object") if field.reference else ("Property", "value")


def _schema(field: Field, entity: Entity, model: Model, place: Place) -> dict[str, Any]:
    kind, member = _kind(field)
    value: dict[str, Any] = {}
    if field.type is FieldType.GEOMETRY:
        value = geometry(field.geometry)
    elif kind == "Relationship":
        value = {"type": ["string", "array"]}
    elif field.type not in (FieldType.DATE, FieldType.DATETIME, FieldType.TIME):
        plain = nested(model, field) is None
        value = field_schema(field, model, place.language, "#/") if plain else {}
        value = {name: each for name, each in value.items() if not name.startswith("x-")}
    found = {"type": {"const": kind}, member: value}
    if field.unit:
        found["unitCode"] = {"const": field.unit}
    said = {"title": title(field, place.language), "type": "object"}
    return said | {"required": ["type", member], "properties": found}


def example(model: Model, entity: Entity, place: Place) -> dict[str, Any]:
    """An entity with a value for every public attribute; one with a pattern has a stand-in."""
    found: dict[str, Any] = {"id": f"urn:ngsi-ld:{entity.name}:1", "type": entity.name}
    for field in entity.fields:
        kind, member = _kind(field)
        if is_public(field) and (kind != "GeoProperty" or field.geometry in ("Point", "Geometry")):
            made: dict[str, Any] = {"type": kind, member: _value(field, kind)}
            found[attribute(entity, field)] = made | (
                {"unitCode": field.unit} if field.unit else {}
            )
    return found | {"@context": context(model, entity, place)}


def _value(field: Field, kind: str) -> Any:
    if kind == "GeoProperty":
        return _POINT
    if kind == "Relationship":
        return f"urn:ngsi-ld:{field.reference}:1"
    value = field.codes[0].code if field.codes else _EXAMPLES[field.type]
    if isinstance(field.minimum, int | float) and not field.codes:
        value = field.minimum
    return [value] if field.many else value
