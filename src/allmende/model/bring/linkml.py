# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""LinkML schemas in YAML as a model. Imports of other files are not followed."""

from __future__ import annotations

import re
from typing import Any

from allmende.model.bring.types import (
    Brought,
    Names,
    Note,
    finished,
    note,
    put_pattern,
    text_of,
    wrong,
)
from allmende.model.bring.yaml_text import load
from allmende.model.document import VERSION, Code, Entity, Field, FieldType, Model
from allmende.model.sniff.names import usable

MAX_PARENTS = 30
_RANGES = {
    "string": FieldType.STRING,
    "ncname": FieldType.STRING,
    "integer": FieldType.INTEGER,
    "float": FieldType.NUMBER,
    "double": FieldType.NUMBER,
    "decimal": FieldType.NUMBER,
    "boolean": FieldType.BOOLEAN,
    "date": FieldType.DATE,
    "datetime": FieldType.DATETIME,
    "date_or_datetime": FieldType.DATETIME,
    "time": FieldType.TIME,
    "uri": FieldType.URI,
    "uriorcurie": FieldType.URI,
    "geojson": FieldType.GEOMETRY,
    "json": FieldType.OBJECT,
    "Any": FieldType.OBJECT,
}


def bring_linkml(data: bytes, *, name: str = "", language: str = "en") -> Brought:
    """The model in a LinkML schema. InvalidInput when it is none."""
    root = load(data)
    if not isinstance(root, dict) or not isinstance(root.get("classes"), dict):
        raise wrong("a LinkML schema has “classes”", "ein LinkML-Schema hat „classes“")
    maker = _Maker(root, language)
    entities = maker.entities()
    if not entities:
        raise wrong("no class has a slot", "keine Klasse hat ein Merkmal")
    title = name or str(root.get("name") or "model")
    version = str(root.get("version") or "")
    licence = root.get("license")
    ident = root.get("id")
    model = Model(
        id=usable(title).replace("_", "-")[:60].strip("-") or "model",
        version=version if VERSION.match(version) else "1.0.0",
        title=text_of(root.get("title"), language),
        description=text_of(root.get("description"), language),
        licence=licence if isinstance(licence, str) and ":" in licence else "",
        source=ident if isinstance(ident, str) else "",
        entities=entities,
    )
    return finished(model, maker.notes)


def _dict(value: Any) -> dict[str, Any]:
    """The members by name; LinkML allows nothing, a mapping or a list of names."""
    if isinstance(value, dict):
        return {str(name): each for name, each in value.items()}
    return {str(each): {} for each in value} if isinstance(value, list) else {}


class _Maker:
    def __init__(self, root: dict[str, Any], language: str) -> None:
        self.language = language
        self.notes: list[Note] = []
        self.classes = {name: _dict(each) for name, each in _dict(root["classes"]).items()}
        self.slots = {name: _dict(each) for name, each in _dict(root.get("slots")).items()}
        self.enums = {name: _dict(each) for name, each in _dict(root.get("enums")).items()}
        self.types = {name: _dict(each) for name, each in _dict(root.get("types")).items()}
        self.prefixes = _dict(root.get("prefixes"))
        default = root.get("default_range")
        self.default = default if isinstance(default, str) else "string"
        self.names = Names()
        self.called: dict[str, str] = {}
        self.known: dict[str, dict[str, dict[str, Any]]] = {}
        imports = root.get("imports") or []
        for each in imports if isinstance(imports, list) else []:
            if str(each) != "linkml:types":
                self.notes.append(_not_imported(str(each)))

    def entities(self) -> list[Entity]:
        """The classes that are not abstract; the root of the tree first."""
        wanted = [name for name, each in self.classes.items() if not _hidden(each)]
        wanted.sort(key=lambda name: self.classes[name].get("tree_root") is not True)
        for name in wanted:
            self.called[name] = self.names.give(name)
        return [found for name in wanted if (found := self._entity(name)).fields]

    def _entity(self, name: str) -> Entity:
        given = self.classes[name]
        entity = Entity(name=self.called[name], iri=self._iri(given.get("class_uri")))
        entity.title = text_of(given.get("title"), self.language) | _titles(given)
        entity.description = text_of(given.get("description"), self.language)
        names = Names()
        for slot, about in self._slots(name, []).items():
            field = self._field(names.give(slot), about)
            entity.fields.append(field)
            if about.get("identifier") is True or about.get("key") is True:
                entity.key = [field.name]
                field.required = True
        for each in _dict(given.get("unique_keys")).values():
            keys = _dict(each).get("unique_key_slots")
            named = [str(key) for key in keys] if isinstance(keys, list) else []
            if not entity.key and named and all(entity.find(key) for key in named):
                entity.key = named
        return entity

    def _slots(self, name: str, seen: list[str]) -> dict[str, dict[str, Any]]:
        """The slots of a class with those it inherits; later ones refine earlier ones."""
        if name in self.known:
            return self.known[name]
        given = self.classes.get(name)
        if given is None or name in seen or len(seen) > MAX_PARENTS:
            return {}
        found: dict[str, dict[str, Any]] = {}
        mixins = given.get("mixins")
        above = [given.get("is_a"), *(mixins if isinstance(mixins, list) else [])]
        for parent in above:
            if isinstance(parent, str):
                found |= self._slots(parent, [*seen, name])
        for slot in _dict(given.get("slots")):
            found[slot] = self._inherited(slot, [])
        for slot, about in _dict(given.get("attributes")).items():
            found[slot] = _dict(about)
        for slot, about in _dict(given.get("slot_usage")).items():
            if slot in found:
                found[slot] = found[slot] | _dict(about)
        self.known[name] = found
        return found

    def _inherited(self, slot: str, seen: list[str]) -> dict[str, Any]:
        given = self.slots.get(slot, {})
        parent = given.get("is_a")
        if isinstance(parent, str) and parent not in seen and len(seen) < MAX_PARENTS:
            return self._inherited(parent, [*seen, slot]) | given
        return given

    def _field(self, name: str, about: dict[str, Any]) -> Field:
        field = Field(name=name, iri=self._iri(about.get("slot_uri")))
        field.title = text_of(about.get("title"), self.language) | _titles(about)
        field.description = text_of(about.get("description"), self.language)
        field.required = about.get("required") is True
        field.many = about.get("multivalued") is True
        self._range(field, about)
        ordered = field.type in (FieldType.INTEGER, FieldType.NUMBER)
        for limit in ("minimum", "maximum"):
            value = about.get(f"{limit}_value")
            if ordered and isinstance(value, int | float) and not isinstance(value, bool):
                setattr(field, limit, value)
        if field.type in (FieldType.STRING, FieldType.URI):
            put_pattern(field, about.get("pattern"), self.notes)
        unit = _dict(about.get("unit")).get("ucum_code")
        field.unit = unit if isinstance(unit, str) else ""
        return field

    def _range(self, field: Field, about: dict[str, Any]) -> None:
        wanted = about.get("range")
        wanted = wanted if isinstance(wanted, str) else self.default
        for _ in range(MAX_PARENTS):
            if wanted in _RANGES or wanted not in self.types:
                break
            wanted = str(
                self.types[wanted].get("typeof") or self.types[wanted].get("base") or "string"
            )
            wanted = {"str": "string", "int": "integer", "bool": "boolean"}.get(wanted, wanted)
        if wanted in self.classes:
            self._to_class(field, wanted, about)
        elif wanted in self.enums:
            field.codes = self._codes(self.enums[wanted])
        elif wanted in _RANGES:
            field.type = _RANGES[wanted]
            field.many = field.many and field.type is not FieldType.GEOMETRY
        else:
            self.notes.append(_unknown_range(field.name, wanted))

    def _to_class(self, field: Field, wanted: str, about: dict[str, Any]) -> None:
        """An object inside, or the id of a row when the class has one and is not inlined."""
        inlined = about.get("inlined") is True or about.get("inlined_as_list") is True
        slots = self._slots(wanted, [])
        has_id = any(each.get("identifier") is True for each in slots.values())
        if inlined or not has_id:
            field.type, field.entity = FieldType.OBJECT, self.called.get(wanted, "")
            field.entity = field.entity if slots else ""
        else:
            field.reference = self.called.get(wanted, wanted)

    def _codes(self, given: dict[str, Any]) -> list[Code]:
        found = []
        for code, each in _dict(given.get("permissible_values")).items():
            about = _dict(each)
            title = text_of(about.get("title") or about.get("description"), self.language)
            found.append(Code(code=code, title=title, iri=self._iri(about.get("meaning"))))
        return found

    def _iri(self, written: Any) -> str:
        """The full IRI of a name with a prefix."""
        if not isinstance(written, str) or ":" not in written:
            return ""
        prefix, _, local = written.partition(":")
        base = self.prefixes.get(prefix)
        base = base.get("prefix_reference") if isinstance(base, dict) else base
        if isinstance(base, str) and not local.startswith("//"):
            return base + local
        return written if re.match(r"(https?|urn):", written) else ""


def _hidden(given: dict[str, Any]) -> bool:
    return given.get("abstract") is True or given.get("mixin") is True


def _titles(given: dict[str, Any]) -> dict[str, str]:
    """Titles in other languages, as our own emitter writes them: `title_de`."""
    found = {}
    for name, each in _dict(given.get("annotations")).items():
        value = each.get("value") if isinstance(each, dict) else each
        tag = re.fullmatch(r"title_([a-z]{2,3})", name)
        if tag and isinstance(value, str):
            found[tag[1]] = value
    return found


def _not_imported(what: str) -> Note:
    return note(
        "import",
        f"The schema imports {what[:100]}, which is not read: what it defines is text.",
        f"Das Schema importiert {what[:100]}; das wird nicht gelesen, Werte von dort sind Text.",
    )


def _unknown_range(name: str, wanted: str) -> Note:
    return note(
        "unknown-type",
        f"The range {wanted[:60]} is not known; it is taken as text.",
        f"Der Wertebereich {wanted[:60]} ist nicht bekannt; er gilt als Text.",
        on=name,
    )
