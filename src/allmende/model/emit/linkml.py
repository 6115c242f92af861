# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The model as a LinkML schema in YAML."""

from __future__ import annotations

from typing import Any

from allmende.model.document import Entity, Field, FieldType, Model
from allmende.model.emit.place import Place, nested, words
from allmende.model.emit.yaml_text import dump

_RANGES = {
    FieldType.STRING: "string",
    FieldType.INTEGER: "integer",
    FieldType.NUMBER: "double",
    FieldType.BOOLEAN: "boolean",
    FieldType.DATE: "date",
    FieldType.DATETIME: "datetime",
    FieldType.TIME: "time",
    FieldType.YEAR: "integer",
    FieldType.URI: "uri",
    FieldType.GEOMETRY: "geojson",
    FieldType.OBJECT: "json",
}


def emit(model: Model, place: Place) -> str:
    """The schema; titles in other languages are annotations."""
    enums = {
        _enum(entity, field): _codes(field, place.language)
        for entity in model.entities
        for field in entity.fields
        if field.codes and not field.open_codes
    }
    found = {
        "id": place.model(model),
        "name": model.id,
        "title": words(model.title, place.language),
        "description": words(model.description, place.language),
        "version": model.version,
        "license": model.licence,
        "source": model.source,
        "prefixes": {"linkml": "https://w3id.org/linkml/", "own": place.names(model)},
        "default_prefix": "own",
        "default_range": "string",
        "imports": ["linkml:types"],
        "types": {
            "geojson": _type("A GeoJSON geometry"),
            "json": _type("Any JSON value"),
        },
        "enums": enums,
        "classes": {each.name: _class(model, each, place.language) for each in model.entities},
    }
    return dump({name: value for name, value in found.items() if value})


def _type(about: str) -> dict[str, str]:
    return {"uri": "rdf:JSON", "base": "str", "description": about}


def _other(text: dict[str, str], language: str) -> dict[str, str]:
    return {f"title_{tag}": each for tag, each in text.items() if tag != language and each}


def _class(model: Model, entity: Entity, language: str) -> dict[str, Any]:
    slots = {
        each.name: _slot(model, entity, each, rank, language)
        for rank, each in enumerate(entity.fields, 1)
    }
    keys = {"main": {"unique_key_slots": list(entity.key)}} if len(entity.key) > 1 else {}
    found = {
        "title": words(entity.title, language),
        "description": words(entity.description, language),
        "class_uri": entity.iri,
        "annotations": _other(entity.title, language),
        "unique_keys": keys,
        "attributes": slots,
    }
    return {name: value for name, value in found.items() if value}


def _slot(model: Model, entity: Entity, field: Field, rank: int, language: str) -> dict[str, Any]:
    inner = nested(model, field)
    closed = field.codes and not field.open_codes
    kind = inner.name if inner else _RANGES[field.type]
    limits = {
        f"{name}_value": limit
        for name in ("minimum", "maximum")
        if isinstance(limit := getattr(field, name), int | float)
    }
    found = {
        "title": words(field.title, language),
        "description": words(field.description, language),
        "slot_uri": field.iri,
        "annotations": _other(field.title, language),
        "rank": rank,
        "range": _enum(entity, field) if closed else kind,
        "identifier": entity.key == [field.name],
        "required": field.required,
        "multivalued": field.many,
        "inlined_as_list": bool(inner and field.many),
        "inlined": bool(inner),
        "pattern": f"^(?:{field.pattern})$" if field.pattern else "",
        "unit": {"ucum_code": field.unit} if field.unit else {},
    }
    return {name: value for name, value in found.items() if value} | limits


def _enum(entity: Entity, field: Field) -> str:
    return f"{entity.name}.{field.name}"


def _codes(field: Field, language: str) -> dict[str, Any]:
    values = {}
    for each in field.codes:
        about = {"title": words(each.title, language), "meaning": each.iri}
        values[str(each.code)] = {name: value for name, value in about.items() if value}
    return {"permissible_values": values}
