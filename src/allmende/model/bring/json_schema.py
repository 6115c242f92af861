# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""JSON Schema (drafts 4, 6, 7, 2019-09, 2020-12) and Smart Data Models as a model.

Nothing is fetched: what lies elsewhere becomes a field that takes any JSON, with a note,
except for the shared definitions of the Smart Data Models and of GeoJSON, which are known.
"""

from __future__ import annotations

import re
from typing import Any

from allmende.model.bring.own import plain
from allmende.model.bring.schema_fields import about, scalar
from allmende.model.bring.schema_refs import Resolver, Schema
from allmende.model.bring.types import (
    MAX_ENTITIES,
    Brought,
    Names,
    Note,
    field_name,
    finished,
    note,
    text_of,
    too_large,
    wrong,
)
from allmende.model.document import VERSION, Entity, Field, FieldType, Model
from allmende.model.sniff.names import usable

MAX_NESTING = 12
_SDM = re.compile(r"/(?P<repo>dataModel\.[\w-]+)/(?P<name>\w+)/schema\.json\Z")


def bring_json_schema(data: bytes, *, name: str = "", language: str = "en") -> Brought:
    """The model in a JSON Schema or in the `model.yaml` of a Smart Data Model. InvalidInput."""
    return from_schema(plain(data), name=name, language=language)


def from_schema(root: Any, *, name: str = "", language: str = "en") -> Brought:
    """The same for plain values."""
    if not isinstance(root, dict):
        raise wrong("a JSON Schema is an object", "ein JSON-Schema ist ein Objekt")
    if isinstance(root.get("x-entities"), list):
        from allmende.model.emit.json_schema import read

        return finished(read(root), [])
    root, given = _of_openapi(root)
    notes: list[Note] = []
    maker = _Maker(Resolver(root, notes), notes, language)
    title = given or name or _name_of(root)
    maker.begin(root, title)
    if not maker.entities:
        raise wrong(
            "no object with properties is described", "kein Objekt mit Eigenschaften beschrieben"
        )
    source = str(root.get("$id") or root.get("id") or "")
    version = str(root.get("$schemaVersion") or root.get("version") or root.get("x-version") or "")
    model = Model(
        id=usable(title).replace("_", "-")[:60].strip("-") or "model",
        version=version if VERSION.match(version) else "1.0.0",
        title=text_of(root.get("title"), language),
        description=text_of(root.get("description"), language),
        source=source if source.startswith("http") else "",
        entities=maker.entities,
    )
    return finished(model, notes)


def _of_openapi(root: Schema) -> tuple[Schema, str]:
    """The schema in a `model.yaml`: one name with the schema below it."""
    if len(root) == 1 and not {"properties", "$ref", "allOf", "type"} & root.keys():
        ((name, inner),) = root.items()
        if isinstance(inner, dict) and {"properties", "allOf"} & inner.keys():
            return inner, str(name)
    return root, ""


def _name_of(root: Schema) -> str:
    found = _SDM.search(str(root.get("$id") or root.get("id") or ""))
    if found:
        return found["name"]
    ident = str(root.get("$id") or root.get("id") or "").rstrip("/#").rpartition("/")[2]
    ident = re.sub(r"(\.schema)?\.json\Z", "", ident)
    title = root.get("title")
    return str(title) if isinstance(title, str) and title.strip() else ident or "model"


class _Maker:
    """Turns schemas into entities; a schema that is referred to twice becomes one entity."""

    def __init__(self, resolver: Resolver, notes: list[Note], language: str) -> None:
        self.resolver, self.notes, self.language = resolver, notes, language
        self.entities: list[Entity] = []
        self.names = Names()
        self.made: dict[str, str] = {}

    def begin(self, root: Schema, title: str) -> None:
        """The root as the first entity; if it describes no object, the definitions."""
        schema = self.resolver.plain(root)
        items = schema.get("items")
        if schema.get("type") == "array" and isinstance(items, dict):
            schema = self.resolver.plain(items)
        if _is_entity(schema):
            self.entity(schema, title, 0)
            return
        for word in ("$defs", "definitions"):
            defined = root.get(word)
            for name, each in defined.items() if isinstance(defined, dict) else ():
                inner = self.resolver.plain(each)
                ref = f"#/{word}/{name}"
                if _is_entity(inner) and ref not in self.made:
                    self.entity({**inner, "x-ref": ref}, str(name), 0)

    def entity(self, schema: Schema, title: str, depth: int) -> str:
        """Makes an entity and returns its name."""
        ref = schema.get("x-ref")
        if isinstance(ref, str) and ref in self.made:
            return self.made[ref]
        entity = Entity(name=self.names.give(_pascal(title)))
        if isinstance(ref, str):
            self.made[ref] = entity.name
        self.entities.append(entity)
        if len(self.entities) > MAX_ENTITIES:
            raise too_large()
        entity.title = text_of(schema.get("title"), self.language) or {self.language: title[:200]}
        entity.description = text_of(schema.get("description"), self.language)
        required = schema.get("required")
        required = required if isinstance(required, list) else []
        names = Names()
        for name, each in schema["properties"].items():
            field = self.field(str(name), each, names, depth)
            if _is_type_mark(field, entity, depth):
                continue
            field.required = name in required
            entity.fields.append(field)
        _key(entity, schema)
        return entity.name

    def field(self, name: str, given: Any, names: Names, depth: int) -> Field:
        """The field of a property."""
        schema = self.resolver.plain(given)
        used = names.give(name)
        if used != name:
            self.notes.append(_renamed(name, used))
        if schema.get("type") != "array":
            return self._single(used, name, schema, depth)
        items = schema.get("items")
        inner = self.resolver.plain(items) if isinstance(items, dict) else {}
        if not inner or inner.get("type") == "array":
            field = Field(name=used, type=FieldType.OBJECT)
            self.notes.append(_any_json(used))
        else:
            field = self._single(used, name, inner, depth)
            field.many = field.type is not FieldType.GEOMETRY
        outer = Field(name=used)
        about(outer, schema, self.language)
        field.title = outer.title or field.title
        field.description = outer.description or field.description
        field.unit, field.iri = outer.unit or field.unit, outer.iri or field.iri
        return field

    def _single(self, used: str, name: str, schema: Schema, depth: int) -> Field:
        if not _is_entity(schema) or "x-geometry" in schema:
            return scalar(used, schema, self.notes, self.language)
        field = Field(name=used, type=FieldType.OBJECT)
        about(field, schema, self.language)
        if depth >= MAX_NESTING:
            self.notes.append(_any_json(used))
            return field
        ref = str(schema.get("x-ref") or "")
        title = schema.get("title") if isinstance(schema.get("title"), str) else ""
        named = field_name(ref.rpartition("/")[2]) if ref.startswith("#/") else title or name
        field.entity = self.entity(schema, named, depth + 1)
        return field


def _is_entity(schema: Schema) -> bool:
    inner = schema.get("properties")
    return (
        isinstance(inner, dict)
        and bool(inner)
        and schema.get("type", "object")
        in (
            "object",
            ["object", "null"],
            ["null", "object"],
        )
    )


def _is_type_mark(field: Field, entity: Entity, depth: int) -> bool:
    """Whether this is the NGSI `type` whose only value is the name of the entity."""
    codes = [each.code for each in field.codes]
    return depth == 0 and field.name == "type" and codes == [entity.name]


def _key(entity: Entity, schema: Schema) -> None:
    ident = entity.find("id") or entity.find("identifier")
    if ident and ident.required and not ident.many and ident.type is not FieldType.OBJECT:
        entity.key = [ident.name]
    if entity.find("name") and not entity.label:
        entity.label = "name"
    key = schema.get("x-key")
    if isinstance(key, list) and all(entity.find(str(each)) for each in key):
        entity.key = [str(each) for each in key]


def _pascal(text: str) -> str:
    words = re.split(r"[^A-Za-z0-9]+", usable_case(text))
    return "".join(word[:1].upper() + word[1:] for word in words if word)[:60] or "Entity"


def usable_case(text: str) -> str:
    """ASCII letters with their case, for names of entities."""
    return text if text.isascii() else usable(text)


def _renamed(name: str, used: str) -> Note:
    return note(
        "renamed",
        f"“{name[:80]}” cannot be a name here and is called “{used}”.",
        f"„{name[:80]}“ geht hier nicht als Name und heißt „{used}“.",
        on=used,
    )


def _any_json(name: str) -> Note:
    return note(
        "any-json",
        "Its shape cannot be said here: any JSON is allowed there.",
        "Der Aufbau ist hier nicht ausdrückbar: dort ist alles erlaubt.",
        on=name,
    )
