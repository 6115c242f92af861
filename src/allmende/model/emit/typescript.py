# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A TypeScript module with the types of a model and a client that needs nothing but `fetch`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files

from allmende.model.document import Entity, Field, FieldType, Model
from allmende.model.emit.place import Place, always_there, class_name, line, nested, title, words

_TYPES = {
    FieldType.INTEGER: "number",
    FieldType.NUMBER: "number",
    FieldType.YEAR: "number",
    FieldType.BOOLEAN: "boolean",
    FieldType.GEOMETRY: "Geometry",
    FieldType.OBJECT: "unknown",
}
_CLASSES = {
    "Array", "AsyncGenerator", "BASE", "COLLECTION", "Error", "Feature", "Features", "Geometry",
    "JSON", "Page", "Promise", "RawFeature", "Record", "RequestInit", "Response", "ServerError",
    "String", "URLSearchParams", "Wanted",
}  # fmt: skip


def emit(model: Model, place: Place) -> str:
    """The module."""
    language = place.language
    entity = model.entity(place.entity)
    runtime = files("allmende.model.emit").joinpath("client.ts.txt").read_text("utf-8")
    about = f"{words(model.title, language, model.id)} ({model.id} {model.version})."
    head = f"Made from {place.model(model)}\n * It may be used without any condition."
    parts = [
        f"/**\n * {_inert(about)}\n *\n * {head}\n */\n",
        f"export const BASE = {json.dumps(place.base)};",
        f"export const COLLECTION = {json.dumps(place.collection or model.id)};\n",
        *(_interface(each, model, language) for each in model.entities),
        runtime,
        "/** The rows on the server. */",
        'export function connect(base = BASE, collection = COLLECTION, token = ""): '
        f"Features<{type_of(entity)}> {{",
        "  const path = `/ogc/collections/${encodeURIComponent(collection)}/items`;",
        '  return new Features(base.replace(/\\/+$/, "") + path, token);',
        "}",
    ]
    return "\n".join(parts) + "\n"


def _inert(text: str) -> str:
    """A text that can stand in a comment."""
    return line(text).replace("*/", "* /")


def type_of(entity: Entity) -> str:
    """The name of an entity's interface."""
    found = class_name(entity.name)
    return found + "_" if found in _CLASSES else found


def _interface(entity: Entity, model: Model, language: str) -> str:
    about = words(entity.description, language) or title(entity, language)
    lines = [f"/** {_inert(about)} */", f"export interface {type_of(entity)} {{"]
    for field in entity.plain:
        lines += _member(field, model, language)
    return "\n".join([*lines, "}\n"])


def _member(field: Field, model: Model, language: str) -> Iterator[str]:
    parts = [words(field.title, language), words(field.description, language)]
    parts.append(f"[{field.unit}]" if field.unit else "")
    remark = _inert(" ".join(each for each in parts if each))
    if remark:
        yield f"  /** {remark} */"
    kind = _type(field, model)
    kind = f"({kind})[]" if field.many and "|" in kind else kind + "[]" * field.many
    yield f"  {field.name}{f': {kind}' if always_there(field) else f'?: {kind} | null'};"


def _type(field: Field, model: Model) -> str:
    inner = nested(model, field)
    if inner:
        return type_of(inner)
    if field.codes and not field.open_codes:
        return " | ".join(json.dumps(each.code) for each in field.codes)
    return _TYPES.get(field.type, "string")
