# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The OpenAPI document of the OGC API: an address for each collection the client sees, with
a parameter for each of its fields."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from allmende import __version__
from allmende.core.collections import Collection
from allmende.core.formats import FORMATS, GEOJSON, JSON_FG
from allmende.core.problems import MEDIA_TYPE
from allmende.interfaces.ogcapi.asking import LIMIT, MAX_LIMIT, by_parameter, offered
from allmende.interfaces.ogcapi.common import SCHEMA, Asked
from allmende.interfaces.ogcapi.openapi_schemas import schemas
from allmende.interfaces.ogcapi.record import CATALOGUE
from allmende.model.document import Field
from allmende.model.emit.json_schema import TYPES
from allmende.model.emit.place import words

OPENAPI_30 = "application/vnd.oai.openapi+json;version=3.0"
OPENAPI_31 = "application/vnd.oai.openapi+json;version=3.1"
_JSON = "application/json"

Said = dict[str, Any]


def document(ask: Asked, known: Sequence[Collection], version: str) -> Said:
    """The description for the collections the subject sees."""
    licence: Said = {"name": "EUPL-1.2"}
    if version >= "3.1":
        licence["identifier"] = "EUPL-1.2"
    return {
        "openapi": version,
        "info": {
            "title": ask.platform.settings.site_name,
            "version": __version__,
            "license": licence,
        },
        "servers": [{"url": ask.root}],
        "tags": [{"name": "API"}, *({"name": each.id} for each in known), {"name": CATALOGUE}],
        "paths": _common() | _catalogue() | _paths(ask, known),
        "components": {
            "parameters": _parameters(ask),
            "schemas": schemas(),
            "responses": {
                "Problem": {
                    "description": "What went wrong and what to do (RFC 9457)",
                    "content": {MEDIA_TYPE: {"schema": _ref("schemas/problem")}},
                }
            },
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _ref(name: str) -> Said:
    return {"$ref": f"#/components/{name}"}


def _common() -> Said:
    kinds = {
        "/": ("landing", "Landing page", _JSON, "landingPage"),
        "/conformance": ("conformance", "Conformance classes", _JSON, "confClasses"),
        "/api": ("api", "This document", OPENAPI_30, "object"),
        "/collections": ("collections", "Collections", _JSON, "collections"),
    }
    return {
        path: {"get": _get("API", ident, summary, {kind: schema}, ["f"])}
        for path, (ident, summary, kind, schema) in kinds.items()
    }


def _paths(ask: Asked, known: Iterable[Collection]) -> Said:
    paths: Said = {}
    for each in known:
        title = ask.said(each.title) or each.id
        paths |= _collection(each, title) | _further(each, title)
    return paths


_MANY = (
    "f", "limit", "bbox", "bbox-crs", "crs", "datetime", "filter", "filter-lang", "filter-crs",
    "properties", "exclude-properties", "skipGeometry", "sortby", "q", "ids", "as-of", "after",
)  # fmt: skip
_PLAIN = ("f", "crs", "properties", "exclude-properties", "skipGeometry", "as-of")


def _collection(collection: Collection, title: str) -> Said:
    ident, key = collection.id, collection.id.replace("-", "_")
    here = f"/collections/{ident}"
    own = [_own(each) for each in by_parameter(collection.entity)]
    features = {GEOJSON.media_type: "featureCollection"} | {
        each.media_type: "file" for each in FORMATS if each != GEOJSON
    }
    one = {GEOJSON.media_type: "feature", JSON_FG.media_type: "feature"}
    items = _get(ident, f"{key}_items", f"Features: {title}", features, _MANY, own)
    item = _get(ident, f"{key}_item", f"One feature: {title}", one, _PLAIN)
    item["parameters"].insert(0, _ref("parameters/row"))
    return {
        here: {"get": _get(ident, f"{key}", title, {_JSON: "collection"}, ["f"])},
        **{
            f"{here}/{what}": {
                "get": _get(ident, f"{key}_{what}", f"{what}: {title}", {SCHEMA: "object"}, ["f"])
            }
            for what in ("schema", "queryables", "sortables")
        },
        f"{here}/items": {"get": items, "post": _write(ident, f"{key}_create", "Make", "201")},
        f"{here}/items/{{row}}": {
            "get": item,
            "put": _write(ident, f"{key}_replace", "Replace", "204", row=True),
            "patch": _write(ident, f"{key}_patch", "Change", "204", row=True),
            "delete": _write(ident, f"{key}_delete", "Remove", "204", row=True, body=False),
        },
    }


_BESIDES = (
    ("changes", "What changed", _JSON, False),
    ("items/{row}/history", "All states of a feature", _JSON, False),
    ("styles", "Styles", _JSON, True),
    ("styles/{style}", "One style", "application/vnd.mapbox.style+json", True),
    ("styles/{style}/legend", "Legend of a style", _JSON, True),
    ("tiles", "Tilesets", _JSON, True),
    ("tiles/{grid}", "One tileset", _JSON, True),
    (
        "tiles/{grid}/{zoom}/{tileRow}/{tileCol}",
        "Vector tile",
        "application/vnd.mapbox-vector-tile",
        True,
    ),
)
"""Further addresses of a collection: path, summary, media type, whether it needs a place."""


def _further(collection: Collection, title: str) -> Said:
    paths: Said = {}
    for path, summary, kind, placed in _BESIDES:
        if placed and collection.entity.geometry is None:
            continue
        ident = "_".join(re.findall(r"\w+", f"{collection.id} {path}"))
        schema = "file" if "tile" in kind else "object"
        names = ["f"] if kind == _JSON else []
        said = _get(collection.id, ident, f"{summary}: {title}", {kind: schema}, names)
        said["parameters"] += [_in_path(name) for name in re.findall(r"{(\w+)}", path)]
        paths[f"/collections/{collection.id}/{path}"] = {"get": said}
    return paths


def _in_path(name: str) -> Said:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _catalogue() -> Said:
    here = f"/collections/{CATALOGUE}"
    records = {GEOJSON.media_type: "featureCollection"}
    names = (
        "f",
        "limit",
        "bbox",
        "datetime",
        "q",
        "ids",
        "type",
        "externalIds",
        "sortby",
        "filter",
    )
    one = _get(CATALOGUE, "record", "One record", {GEOJSON.media_type: "feature"}, ["f"])
    one["parameters"].insert(0, _ref("parameters/row"))
    return {
        here: {"get": _get(CATALOGUE, "catalogue", "Records", {_JSON: "collection"}, ["f"])},
        f"{here}/items": {"get": _get(CATALOGUE, "records", "Records", records, names)},
        f"{here}/items/{{row}}": {"get": one},
    }


def _get(
    tag: str,
    ident: str,
    summary: str,
    answers: dict[str, str],
    names: Iterable[str],
    own: Sequence[Said] = (),
) -> Said:
    content = {kind: {"schema": _ref(f"schemas/{name}")} for kind, name in answers.items()}
    return {
        "tags": [tag],
        "operationId": ident,
        "summary": summary,
        "parameters": [*(_ref(f"parameters/{name}") for name in names), *own],
        "responses": {
            "200": {"description": "The answer", "content": content},
            "default": _ref("responses/Problem"),
        },
    }


def _write(
    tag: str, ident: str, summary: str, status: str, *, row: bool = False, body: bool = True
) -> Said:
    kind = "application/merge-patch+json" if summary == "Change" else GEOJSON.media_type
    said: Said = {
        "tags": [tag],
        "operationId": ident,
        "summary": f"{summary} a feature",
        "parameters": [],
        "responses": {status: {"description": "Done"}, "default": _ref("responses/Problem")},
        "security": [{"token": []}],
    }
    if row:
        said["parameters"] = [_ref("parameters/row"), _ref("parameters/If-Match")]
    if body:
        said["parameters"].append(_ref("parameters/Content-Crs"))
        content = {kind: {"schema": _ref("schemas/feature")}}
        if summary == "Change":
            content = {kind: {"schema": {"type": "object"}}}
        said["requestBody"] = {"required": True, "content": content}
    return said


def _own(field: Field) -> Said:
    schema = {word: value for word, value in TYPES[field.type].items() if not word.startswith("x-")}
    if field.codes and not field.open_codes:
        schema["enum"] = [each.code for each in field.codes]
    return {
        "name": field.name,
        "in": "query",
        "description": words(field.title, "en", field.name),
        "required": False,
        "style": "form",
        "explode": True,
        "schema": schema,
    }


def _parameters(ask: Asked) -> Said:
    systems = list(offered(ask.platform.settings))
    uri = {"type": "string", "format": "uri", "enum": systems, "default": systems[0]}
    text, names = {"type": "string"}, {"type": "array", "items": {"type": "string"}}
    box = {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 6}
    limit = {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": LIMIT}
    kinds: dict[str, tuple[Said, str]] = {
        "f": (text, "Format, by its ending"),
        "limit": (limit, "Features of a page"),
        "bbox": (box, "Box that the geometry meets"),
        "bbox-crs": (uri, "CRS of bbox"),
        "crs": (uri, "CRS of the answer"),
        "datetime": (text, "Instant or interval that the valid time meets"),
        "filter": (text, "Filter in CQL2"),
        "filter-lang": (
            {"type": "string", "enum": ["cql2-text", "cql2-json"], "default": "cql2-text"},
            "Language of the filter",
        ),
        "filter-crs": (uri, "CRS of geometries in the filter"),
        "properties": (names, "Fields to give"),
        "exclude-properties": (names, "Fields to leave out"),
        "skipGeometry": ({"type": "boolean", "default": False}, "Without geometries"),
        "sortby": (names, "Fields to sort by; with a minus descending"),
        "q": (names, "Words to look for"),
        "ids": (names, "Ids of features"),
        "type": (names, "Kinds of records"),
        "externalIds": (names, "Ids at the source"),
        "as-of": (text, "The state at this moment"),
        "after": (text, "Where the page before ended"),
    }
    found = {
        name: {"name": name, "in": "query", "description": about, "required": False}
        | ({"style": "form", "explode": False} if schema.get("type") == "array" else {})
        | {"schema": schema}
        for name, (schema, about) in kinds.items()
    }
    found["row"] = {"name": "row", "in": "path", "required": True, "schema": text}
    for name in ("If-Match", "Content-Crs"):
        found[name] = {"name": name, "in": "header", "required": False, "schema": text}
    return found
