# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""OpenAPI 3.1 of the rows of a collection of this model (OGC API Features Parts 1, 3, 4)."""

from __future__ import annotations

import json
from typing import Any

from allmende.model.document import Entity, Field, FieldType, Model
from allmende.model.emit.json_schema import DIALECT, definitions, field_schema, geometry_name
from allmende.model.emit.place import Place, class_name, is_public, title, words

_SCHEMAS = "#/components/schemas/"
FEATURE, PAGE, PROBLEM = "feature-of-entity", "page-of-features", "problem-details"
_PLAIN = (FieldType.OBJECT, FieldType.GEOMETRY)


def emit(model: Model, place: Place) -> str:
    """The document."""
    return json.dumps(description(model, place), ensure_ascii=False, indent=2) + "\n"


def description(model: Model, place: Place) -> dict[str, Any]:
    """The description as plain values."""
    entity = model.entity(place.entity)
    collection = place.collection or model.id
    info = {
        "title": words(model.title, place.language, model.id),
        "version": model.version,
        "description": words(model.description, place.language),
        "license": {"name": model.licence, "url": model.licence} if model.licence else None,
    }
    path = f"/collections/{collection}/items"
    return {
        "openapi": "3.1.0",
        "info": {name: value for name, value in info.items() if value},
        "jsonSchemaDialect": DIALECT,
        "servers": [{"url": f"{place.base}/ogc"}],
        "externalDocs": {"url": place.model(model)},
        "paths": {path: _rows(entity, place), path + "/{featureId}": _row(entity, place)},
        "components": {
            "schemas": _schemas(model, entity, place),
            "responses": {"Problem": _answer("What is wrong", PROBLEM, "application/problem+json")},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _ref(name: str) -> dict[str, str]:
    return {"$ref": _SCHEMAS + name}


def _schemas(model: Model, entity: Entity, place: Place) -> dict[str, Any]:
    found = definitions(model, place.language, _SCHEMAS)
    placed = entity.geometry
    geometry = _ref(geometry_name(placed.geometry)) if placed else None
    text = {"type": "string"}
    link = {
        "type": "object",
        "required": ["href", "rel"],
        "properties": {"href": text, "rel": text},
    }
    found[FEATURE] = {
        "type": "object",
        "required": ["type", "geometry", "properties"],
        "properties": {
            "type": {"const": "Feature"},
            "id": text,
            "geometry": {"anyOf": [geometry, {"type": "null"}]} if geometry else {"type": "null"},
            "properties": _properties(entity, found[entity.name]),
        },
    }
    found[PAGE] = {
        "type": "object",
        "required": ["type", "features"],
        "properties": {
            "type": {"const": "FeatureCollection"},
            "features": {"type": "array", "items": _ref(FEATURE)},
            "links": {"type": "array", "items": link},
            "numberMatched": {"type": "integer"},
            "numberReturned": {"type": "integer"},
        },
    }
    members = {name: text for name in ("type", "title", "detail", "code")}
    problem = {"type": "object", "properties": {**members, "status": {"type": "integer"}}}
    return found | {PROBLEM: problem}


def _properties(entity: Entity, whole: dict[str, Any]) -> dict[str, Any]:
    """The entity without its place, and required only what every reader may see."""
    placed = entity.geometry
    kept = {n: s for n, s in whole["properties"].items() if not placed or n != placed.name}
    needed = [each.name for each in entity.plain if each.required and is_public(each)]
    found = {name: value for name, value in whole.items() if name != "required"}
    return found | {"properties": kept} | ({"required": needed} if needed else {})


def _answer(about: str, schema: str, media_type: str = "application/geo+json") -> dict[str, Any]:
    return {"description": about, "content": {media_type: {"schema": _ref(schema)}}}


def _parameter(name: str, about: str, schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": about, "schema": schema, **more}


_BOX = {"type": "array", "minItems": 4, "maxItems": 6, "items": {"type": "number"}}
_COMMON = [
    _parameter("limit", "How many rows", {"type": "integer", "minimum": 1, "maximum": 10_000}),
    _parameter("bbox", "West, south, east, north in degrees", _BOX, style="form", explode=False),
    _parameter("datetime", "A time or an interval with /, RFC 3339", {"type": "string"}),
    _parameter("filter", "A condition in CQL2 text", {"type": "string"}),
    _parameter("sortby", "Properties, a minus in front for descending", {"type": "string"}),
]
_RESERVED = {each["name"] for each in _COMMON}
_BODY = {"required": True, "content": {"application/geo+json": {"schema": _ref(FEATURE)}}}
_REFUSED = {"default": {"$ref": "#/components/responses/Problem"}}
_MATCH = {"name": "If-Match", "in": "header", "schema": {"type": "string"},
          "description": "ETag of the state that was read"}  # fmt: skip


def _rows(entity: Entity, place: Place) -> dict[str, Any]:
    asked = [each for each in entity.plain if _is_asked_for(each)]
    empty = Model(id="none")
    equal = [
        _parameter(each.name, title(each, place.language), _plain(each, empty, place.language))
        for each in asked
    ]
    name = class_name(entity.name)
    return {
        "get": {
            "operationId": f"list{name}",
            "summary": title(entity, place.language),
            "parameters": [*_COMMON, *equal],
            "responses": {"200": _answer("A page of rows", PAGE), **_REFUSED},
        },
        "post": {
            "operationId": f"create{name}",
            "requestBody": _BODY,
            "security": [{"token": []}],
            "responses": {"201": _created(), **_REFUSED},
        },
    }


def _is_asked_for(field: Field) -> bool:
    plain = field.type not in _PLAIN and not field.many
    return plain and is_public(field) and field.name not in _RESERVED


def _plain(field: Field, model: Model, language: str) -> dict[str, Any]:
    found = field_schema(field, model, language, _SCHEMAS)
    return {name: value for name, value in found.items() if not name.startswith("x-")}


def _created() -> dict[str, Any]:
    where = {"description": "Address of the row", "schema": {"type": "string"}}
    return {"description": "Made", "headers": {"Location": where}}


def _row(entity: Entity, place: Place) -> dict[str, Any]:
    name = class_name(entity.name)
    done = {"204": {"description": "Done"}, **_REFUSED}
    secured = {"security": [{"token": []}], "parameters": [_MATCH], "responses": done}
    ident = {"name": "featureId", "in": "path", "required": True, "schema": {"type": "string"}}
    return {
        "parameters": [ident],
        "get": {
            "operationId": f"get{name}",
            "summary": title(entity, place.language),
            "responses": {"200": _answer("The row; ETag names its state", FEATURE), **_REFUSED},
        },
        "put": {"operationId": f"replace{name}", "requestBody": _BODY, **secured},
        "delete": {"operationId": f"delete{name}", **secured},
    }
