# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The model as a Mermaid class diagram."""

from __future__ import annotations

from collections.abc import Iterator

from allmende.model.document import Entity, Field, FieldType, Model
from allmende.model.emit.links import links
from allmende.model.emit.place import Place, line, title


def emit(model: Model, place: Place) -> str:
    """The text of the diagram."""
    lines = ["classDiagram"]
    for entity in model.entities:
        lines += _class(entity, place.language)
    for each in links(model):
        many = "*" if each.many else "1" if each.required else "0..1"
        arrow = "*--" if each.inside else "-->"
        lines.append(f'    {each.source} {arrow} "{many}" {each.target} : {each.name}')
    return "\n".join(lines) + "\n"


def _class(entity: Entity, language: str) -> Iterator[str]:
    yield f'    class {entity.name}["{_label(title(entity, language))}"]'
    for field in entity.fields:
        yield f"    {entity.name} : {_type(field)} {field.name}{' *' if field.required else ''}"


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
