# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""References and combinations of JSON Schema resolved into one plain schema at a time."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urldefrag

from allmende.errors import LimitExceeded
from allmende.model.bring.commons import known
from allmende.model.bring.types import note
from allmende.model.document import GeometryType
from allmende.model.sniff.types import Note

MAX_DEPTH = 40
MAX_STEPS = 100_000
"""Schemas looked at; references can make a small file large."""

Schema = dict[str, Any]

_SHAPES = {kind.value for kind in GeometryType}
_OGC = {"geometry-" + kind.value.lower(): kind.value for kind in GeometryType}
_OGC |= {"geometry-any": "Geometry", "geojson": "Geometry"}


class Resolver:
    """Follows what is inside the document; what is outside becomes any object, with a note."""

    def __init__(self, root: Schema, notes: list[Note]) -> None:
        self.root, self.notes = root, notes
        self.base = str(root.get("$id") or root.get("id") or "")
        self.told: set[str] = set()
        self.steps = 0

    def plain(self, schema: Any, depth: int = 0) -> Schema:
        """The schema without $ref, allOf, anyOf, oneOf and if, as far as that can be said."""
        self._step()
        if not isinstance(schema, dict) or depth > MAX_DEPTH:
            return {}
        shape = shape_of(schema)
        if shape:
            return {"x-geometry": shape, **_about(schema)}
        found = {name: value for name, value in schema.items() if name not in _COMBINING}
        if isinstance(schema.get("$ref"), str):
            target = self.plain(self.target(schema["$ref"]), depth + 1)
            found = _merged(target, found)
            found.setdefault("x-ref", schema["$ref"])
        for part in _list(schema.get("allOf")):
            found = _merged(found, self.plain(part, depth + 1))
        for word in ("anyOf", "oneOf"):
            parts = [self.plain(each, depth + 1) for each in _list(schema.get(word))]
            if parts:
                found = _merged(self.chosen(parts, found), found)
        return found

    def target(self, ref: str) -> Any:
        """What a reference leads to."""
        address, fragment = urldefrag(ref)
        if address and address != urldefrag(self.base)[0]:
            return self._remote(ref)
        if not fragment:
            return {key: value for key, value in self.root.items() if key != "$id"}
        if not fragment.startswith("/"):
            return self._anchored(self.root, fragment, 0) or self._lost(ref)
        value: Any = self.root
        for step in fragment[1:].split("/"):
            step = unquote(step).replace("~1", "/").replace("~0", "~")
            if isinstance(value, list) and step.isdigit() and int(step) < len(value):
                value = value[int(step)]
            elif isinstance(value, dict) and step in value:
                value = value[step]
            else:
                return self._lost(ref)
        return value

    def chosen(self, parts: list[Schema], around: Schema) -> Schema:
        """One schema for alternatives: without null, without what is the same."""
        kept = [each for each in parts if each.get("type") != "null" and each]
        if not kept:
            return {}
        shapes = {each["x-geometry"] for each in kept if "x-geometry" in each}
        if shapes and all("x-geometry" in each for each in kept):
            return {"x-geometry": shapes.pop() if len(shapes) == 1 else "Geometry"}
        kinds = {str(each.get("type")) for each in kept}
        many = [each for each in kept if each.get("type") == "array"]
        if len(kept) == 1:
            return kept[0]
        if len(kinds) == 1:
            return _alike(kept)
        if len(many) == 1 and len(kept) == 2:
            return many[0]  # one value or a list of such values
        if kinds <= {"integer", "number"}:
            return {"type": "number"}
        return {"x-mixed": sorted(kinds), **_about(around)}

    def _remote(self, ref: str) -> Schema:
        found = known(ref)
        if found is not None:
            return found
        if ref not in self.told:
            self.told.add(ref)
            self.notes.append(
                note(
                    "remote-reference",
                    f"{ref[:200]} lies elsewhere and is not fetched: any object is allowed there.",
                    f"{ref[:200]} liegt woanders und wird nicht geholt: dort ist alles erlaubt.",
                )
            )
        return {}

    def _lost(self, ref: str) -> Schema:
        if ref not in self.told:
            self.told.add(ref)
            self.notes.append(
                note(
                    "lost-reference",
                    f"{ref[:200]} leads nowhere: any object is allowed there.",
                    f"{ref[:200]} führt ins Leere: dort ist alles erlaubt.",
                )
            )
        return {}

    def _step(self) -> None:
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise LimitExceeded(
                f"The schema unfolds to more than {MAX_STEPS} parts: split or simplify it.",
                f"Das Schema entfaltet sich zu über {MAX_STEPS} Teilen: teilen oder vereinfachen.",
                code="model-limit",
            )

    def _anchored(self, value: Any, name: str, depth: int) -> Schema | None:
        self._step()
        if depth > MAX_DEPTH:
            return None
        if isinstance(value, dict):
            if name in (value.get("$anchor"), value.get("$dynamicAnchor")):
                return value
            if "#" + name in (value.get("id"), value.get("$id")):
                return value
        inner = (
            value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        )
        return next(
            (found for each in inner if (found := self._anchored(each, name, depth + 1))), None
        )


_COMBINING = {"$ref", "allOf", "anyOf", "oneOf", "$id", "$defs", "definitions"}


def shape_of(schema: Schema) -> str:
    """The kind of geometry a schema describes, "" when it describes none."""
    said = schema.get("x-geometry")
    if said in _SHAPES:
        return str(said)
    form = schema.get("format")
    if isinstance(form, str) and form in _OGC:
        return next((kind for kind in _SHAPES if kind.lower() == _OGC[form].lower()), "Geometry")
    inner = schema.get("properties")
    if not isinstance(inner, dict) or not {"type", "coordinates"} <= inner.keys():
        return ""
    kind = inner["type"] if isinstance(inner["type"], dict) else {}
    kinds = [kind["const"]] if "const" in kind else _list(kind.get("enum"))
    named = [each for each in kinds if each in _SHAPES]
    if kinds and not named:
        return ""
    return named[0] if len(named) == 1 else "Geometry"


def _about(schema: Schema) -> Schema:
    return {name: schema[name] for name in ("title", "description", "x-ngsi") if name in schema}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _alike(parts: list[Schema]) -> Schema:
    """Alternatives of the same type: rules that differ are left out, code lists joined."""
    first, *rest = parts
    found = {
        name: value
        for name, value in first.items()
        if all(each.get(name) == value for each in rest)
    }
    if all("enum" in each for each in parts):
        codes = [code for each in parts for code in _list(each["enum"])]
        found["enum"] = list(dict.fromkeys(code for code in codes if isinstance(code, str | int)))
    if first.get("type") == "object":
        properties: Schema = {}
        for each in reversed(parts):
            inner = each.get("properties")
            properties |= inner if isinstance(inner, dict) else {}
        found["properties"] = properties
    return found


def _merged(under: Schema, over: Schema) -> Schema:
    """Both schemas hold; where they name the same, the second is stronger."""
    found = {**under, **over}
    for name in ("properties", "patternProperties"):
        if isinstance(under.get(name), dict) and isinstance(over.get(name), dict):
            found[name] = {**under[name], **over[name]}
    required = [*_list(under.get("required")), *_list(over.get("required"))]
    if required:
        found["required"] = list(dict.fromkeys(each for each in required if isinstance(each, str)))
    return found
