# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The model as a Mermaid class diagram. Names that begin with a word of Mermaid get a mark."""

from __future__ import annotations

from collections.abc import Iterator

from allmende.model.document import Entity, Field, FieldType, Model
from allmende.model.emit.links import links
from allmende.model.emit.place import Place, line, title

_WORDS = ("note", "link", "click", "cssClass", "callback", "call", "href", "class", "namespace",
          "style", "direction", "end", "default", "acc")  # fmt: skip
_ARROWS = ("o", "x")


def emit(model: Model, place: Place) -> str:
    """The text of the diagram."""
    lines = ["classDiagram"]
    for entity in model.entities:
        lines += _class(entity, place.language)
    for each in links(model):
        many = "*" if each.many else "1" if each.required else "0..1"
        arrow = "*--" if each.inside else "-->"
        lines.append(f'    {_id(each.source)} {arrow} "{many}" {_id(each.target)} : {each.name}')
    return "\n".join(lines) + "\n"


def _class(entity: Entity, language: str) -> Iterator[str]:
    label = _label(title(entity, language)) or entity.name
    yield f'    class {_id(entity.name)}["{label}"]'
    for field in entity.fields:
        mark = " *" if field.required else ""
        yield f"    {_id(entity.name)} : {_type(field)} {field.name}{mark}"


def _id(name: str) -> str:
    """A name that the language does not take for one of its own words or arrows."""
    return f"{name}_" if name in _ARROWS else f"E_{name}" if name.startswith(_WORDS) else name


def _label(text: str) -> str:
    """A text without the characters that end a label."""
    escaped = line(text).replace("#", "#35;").replace('"', "#quot;")
    return escaped.replace("`", "#96;").replace("]", "#93;").replace("[", "#91;")


def _type(field: Field) -> str:
    kind = str(field.type)
    if field.type is FieldType.GEOMETRY:
        kind = str(field.geometry)
    elif field.type is FieldType.OBJECT and field.entity:
        kind = field.entity
    return kind + "[]" * field.many
