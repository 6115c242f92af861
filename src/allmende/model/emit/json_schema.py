# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The model as JSON Schema 2020-12: how a model is published.

What JSON Schema has no word for stands in keywords that begin with `x-`; those of OGC API
Features Part 5 (OGC 23-058) where that standard has one. Nothing remote is referred to.
`read` turns such a document into the same model again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from allmende.errors import InvalidInput
from allmende.model.document import (
    CRS84,
    Entity,
    Field,
    FieldType,
    GeometryType,
    Model,
)
from allmende.model.emit.geojson import geometry
from allmende.model.emit.place import Place, nested, words

DIALECT = "https://json-schema.org/draft/2020-12/schema"
TIME = r"^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$"
TYPES: dict[FieldType, dict[str, Any]] = {
    FieldType.STRING: {"type": "string"},
    FieldType.INTEGER: {"type": "integer"},
    FieldType.NUMBER: {"type": "number"},
    FieldType.BOOLEAN: {"type": "boolean"},
    FieldType.DATE: {"type": "string", "format": "date"},
    FieldType.DATETIME: {"type": "string", "format": "date-time"},
    FieldType.TIME: {"type": "string", "x-type": "time"},  # its format has no time zone
    FieldType.YEAR: {"type": "integer", "x-type": "year"},
    FieldType.URI: {"type": "string", "format": "uri"},
}
# The same on both sides: attribute of the model document → keyword of the schema.
_FIELD_WORDS = {
    "title": "x-title",
    "description": "x-description",
    "iri": "x-iri",
    "codes": "x-codes",
    "open_codes": "x-open-codes",
    "plausible": "x-plausible",
    "reference": "x-reference",
    "visibility": "x-visibility",
    "personal": "x-personal",
    "role": "x-role",
}
_RULES = {"min_length": "minLength", "max_length": "maxLength"}
_ENTITY_WORDS = {
    "title": "x-title",
    "description": "x-description",
    "iri": "x-iri",
    "key": "x-key",
    "label": "x-label",
    "time": "x-time",
}
_MODEL_WORDS = {
    "id": "x-id",
    "version": "x-version",
    "title": "x-title",
    "description": "x-description",
    "licence": "x-licence",
    "iri": "x-iri",
    "source": "x-source",
    "changes": "x-changes",
}


def emit(model: Model, place: Place) -> str:
    """The published document."""
    return json.dumps(schema(model, place), ensure_ascii=False, indent=2) + "\n"


def schema(model: Model, place: Place) -> dict[str, Any]:
    """The schema of a row of the main entity as plain values (geometry as GeoJSON)."""
    plain = msgspec.to_builtins(model)
    return {
        "$schema": DIALECT,
        "$id": place.model(model),
        **_named(model, place.language),
        **_words(plain, _MODEL_WORDS),
        "x-entities": [each.name for each in model.entities],
        "$ref": f"#/$defs/{model.entities[0].name}" if model.entities else True,
        "$defs": definitions(model, place.language),
    }


def definitions(model: Model, language: str, at: str = "#/$defs/") -> dict[str, Any]:
    """A schema for each entity and each kind of geometry in use; references begin with `at`."""
    found = {each.name: entity_schema(each, model, language, at) for each in model.entities}
    fields = (field for entity in model.entities for field in entity.fields)
    kinds = {field.geometry for field in fields if field.type is FieldType.GEOMETRY}
    return found | {geometry_name(kind): geometry(kind) for kind in sorted(kinds)}


def geometry_name(kind: GeometryType) -> str:
    """The name of a geometry's schema; no entity can be called so."""
    return f"geojson-{kind.lower()}"


def entity_schema(entity: Entity, model: Model, language: str, at: str) -> dict[str, Any]:
    """The schema of one entity; a field without a value is left out or null."""
    found: dict[str, Any] = {"type": "object", **_named(entity, language)}
    found |= _words(msgspec.to_builtins(entity), _ENTITY_WORDS)
    found["properties"] = {
        each.name: _with_ogc(_or_null(field_schema(each, model, language, at), each), each, number)
        | _role(each, entity)
        for number, each in enumerate(entity.fields, 1)
    }
    required = [each.name for each in entity.fields if each.required]
    return found | ({"required": required} if required else {})


def field_schema(field: Field, model: Model, language: str, at: str) -> dict[str, Any]:
    """The schema of a field's value, never null."""
    about = _named(field, language) | _words(msgspec.to_builtins(field), _FIELD_WORDS)
    if field.unit:
        about |= {"x-ogc-unit": field.unit, "x-ogc-unitLang": "UCUM"}
    value = _value(field, model, at)
    return {"type": "array", "items": value, **about} if field.many else value | about


def _value(field: Field, model: Model, at: str) -> dict[str, Any]:
    if field.type is FieldType.GEOMETRY:
        found: dict[str, Any] = {"$ref": at + geometry_name(field.geometry)}
        found["x-geometry"] = str(field.geometry)
        return found | ({"x-crs": field.crs} if field.crs != CRS84 else {})
    if field.type is FieldType.OBJECT:
        inner = nested(model, field)
        return {"$ref": at + inner.name} if inner else {"x-type": "object"}
    found = dict(TYPES[field.type])
    if field.codes and not field.open_codes:
        found["enum"] = [each.code for each in field.codes]
    for name in ("minimum", "maximum"):
        limit = getattr(field, name)
        if limit is not None:
            found[_limit_word(name, limit)] = limit
    found |= _words(msgspec.to_builtins(field), _RULES)
    if field.pattern:
        found["pattern"] = f"^(?:{field.pattern})$"
    elif field.type is FieldType.TIME:
        found["pattern"] = TIME
    return found


def _limit_word(name: str, limit: object) -> str:
    return f"format{name.capitalize()}" if isinstance(limit, str) else name


def _or_null(found: dict[str, Any], field: Field) -> dict[str, Any]:
    """The schema with null allowed when the field need not have a value."""
    if field.required:
        return found
    if "$ref" in found:
        return {"anyOf": [{"$ref": found.pop("$ref")}, {"type": "null"}], **found}
    if "type" in found:
        found["type"] = [found["type"], "null"]
    if "enum" in found:
        found["enum"] = [*found["enum"], None]
    return found


def _with_ogc(found: dict[str, Any], field: Field, number: int) -> dict[str, Any]:
    """The keywords of OGC API Features Part 5 beside our own."""
    found["x-ogc-propertySeq"] = number
    if field.iri:
        found["x-ogc-definition"] = field.iri
    return found


def _role(field: Field, entity: Entity) -> dict[str, Any]:
    role = ogc_role(field, entity)
    return {"x-ogc-role": role} if role else {}


def ogc_role(field: Field, entity: Entity) -> str:
    """What the field does for a feature (OGC 23-058 §7.2.3): id, geometry, time, reference."""
    if entity.key == [field.name]:
        return "id"
    if field is entity.geometry:
        return "primary-geometry"
    if entity.time and field.name in (entity.time.start, entity.time.end):
        if not (entity.time.start and entity.time.end):
            return "primary-instant"
        return f"primary-interval-{'start' if field.name == entity.time.start else 'end'}"
    return "reference" if field.reference else ""


def _named(thing: Model | Entity | Field, language: str) -> dict[str, str]:
    found = {
        "title": words(thing.title, language),
        "description": words(thing.description, language),
    }
    return {name: text for name, text in found.items() if text}


def _words(plain: Mapping[str, Any], keywords: Mapping[str, str]) -> dict[str, Any]:
    return {word: plain[name] for name, word in keywords.items() if name in plain}


# --- and back ------------------------------------------------------------------------


def read(document: Mapping[str, Any]) -> Model:
    """The model a published schema was made from. Raises InvalidInput when it is no such one."""
    definitions = document.get("$defs", {})
    names = document.get("x-entities")
    if not isinstance(names, list) or not isinstance(definitions, Mapping):
        raise _foreign()
    try:
        plain = _taken(document, _MODEL_WORDS)
        plain["entities"] = [_entity(name, definitions[name]) for name in names]
        return msgspec.convert(plain, Model)
    except (KeyError, TypeError, AttributeError, msgspec.ValidationError) as error:
        raise InvalidInput(
            f"The JSON Schema is not a model as this platform publishes it: {error}.",
            f"Das JSON-Schema ist kein Modell, wie diese Plattform es veröffentlicht: {error}.",
            code="model-schema",
        ) from error


def _foreign() -> InvalidInput:
    return InvalidInput(
        "The JSON Schema lacks x-id, x-version and x-entities; import it as a foreign model.",
        "Dem JSON-Schema fehlen x-id, x-version und x-entities; bitte als fremdes Modell einlesen.",
        code="model-schema",
    )


def _taken(found: Mapping[str, Any], keywords: Mapping[str, str]) -> dict[str, Any]:
    return {name: found[word] for name, word in keywords.items() if word in found}


def _entity(name: str, found: Mapping[str, Any]) -> dict[str, Any]:
    required = set(found.get("required", ()))
    ordered = sorted(found["properties"].items(), key=lambda pair: pair[1]["x-ogc-propertySeq"])
    fields = [_field(each, schema, each in required) for each, schema in ordered]
    return _taken(found, _ENTITY_WORDS) | {"name": name, "fields": fields}


def _field(name: str, found: Mapping[str, Any], required: bool) -> dict[str, Any]:
    many = "items" in found
    value = found["items"] if many else found
    plain = _taken(found, _FIELD_WORDS) | _taken(value, _RULES)
    plain |= {"name": name, "required": required, "many": many}
    if "x-ogc-unit" in found:
        plain["unit"] = found["x-ogc-unit"]
    plain |= _typed(value)
    for limit in ("minimum", "maximum"):
        for word in (limit, f"format{limit.capitalize()}"):
            if word in value:
                plain[limit] = value[word]
    pattern = value.get("pattern", "")
    whole = re.fullmatch(r"\^\(\?:(.*)\)\$", pattern, re.S)
    if whole:
        plain["pattern"] = whole[1]
    return plain


def _typed(value: Mapping[str, Any]) -> dict[str, Any]:
    if "x-geometry" in value:
        crs = {"crs": value["x-crs"]} if "x-crs" in value else {}
        return {"type": "geometry", "geometry": value["x-geometry"], **crs}
    reference = value.get("$ref") or next(
        (each["$ref"] for each in value.get("anyOf", ()) if "$ref" in each), None
    )
    if reference:
        return {"type": "object", "entity": reference.rpartition("/")[2]}
    if "x-type" in value:
        return {"type": value["x-type"]}
    kind = value["type"]
    plain = kind[0] if isinstance(kind, list) else kind
    formats = {"date": "date", "date-time": "datetime", "uri": "uri"}
    return {"type": formats.get(value.get("format", ""), plain)}
