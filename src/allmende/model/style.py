# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""How a collection looks on a map: one small description for map, legend and styles.

A collection may carry a style as JSON: `color` for everything, or `color_by` a field with
`classes`: a class holds for one `value`, or for numbers `below` a limit (the first that fits,
in their order); a class with neither takes the rest. What is left out is filled in here, so
that every client that draws the collection draws the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from zlib import crc32

from msgspec import Struct, ValidationError, convert

from allmende.model.document import Entity, Field, GeometryType, Text

COLOUR = re.compile(r"#[0-9a-fA-F]{6}\Z")
MAX_CLASSES = 200
PALETTE = ("#0072b2", "#b5490f", "#00795a", "#a8447c", "#3b6fb6", "#8a6100", "#6a51a3", "#54733a")
"""Colours for collections without one; told apart with colour blindness, 3:1 on light ground."""
REST = "#7a8580"
"""What no class is for."""

_AREAS = {GeometryType.POLYGON, GeometryType.MULTIPOLYGON}
_LINES = {GeometryType.LINESTRING, GeometryType.MULTILINESTRING}
_POINTS = {GeometryType.POINT, GeometryType.MULTIPOINT}


class Class(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One colour and what it stands for."""

    color: str
    value: str | int | float | bool | None = None
    below: float | None = None
    label: Text = {}


class Style(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How the features of a collection are drawn; lengths in CSS pixels."""

    color: str = ""
    color_by: str = ""
    classes: tuple[Class, ...] = ()
    radius: float = 5.0
    width: float = 2.0
    opacity: float = 0.45  # of areas; their edge is drawn in full
    min_zoom: int = 0
    label: str = ""  # the field that is written beside the features


def complete(raw: Mapping[str, Any] | None, entity: Entity, ident: str) -> Style:
    """The style of a collection with nothing left out; what cannot be used is passed over.

    Classes over a field the subject does not see fall away with it.
    """
    style = _read(raw)
    field = entity.find(style.color_by) if style.color_by else None
    if style.color_by and field is None:
        style = _changed(style, color_by="", classes=())
    if field is not None:
        style = _changed(style, classes=tuple(_named(each, field) for each in style.classes))
    if style.label and entity.find(style.label) is None:
        style = _changed(style, label="")
    if not COLOUR.match(style.color):
        rest = next((c.color for c in style.classes if c.value is None and c.below is None), "")
        style = _changed(style, color=rest or (REST if style.classes else colour_of(ident)))
    return style


def colour_of(ident: str) -> str:
    """The colour of a collection that was given none: always the same for the same id."""
    return PALETTE[crc32(ident.encode()) % len(PALETTE)]


def drawn_as(entity: Entity) -> str:
    """`point`, `line`, `area` or `mixed`: what the legend shows; `mixed` when it may be any."""
    kind = entity.geometry.geometry if entity.geometry else GeometryType.ANY
    for name, kinds in (("area", _AREAS), ("line", _LINES), ("point", _POINTS)):
        if kind in kinds:
            return name
    return "mixed"


def _read(raw: Mapping[str, Any] | None) -> Style:
    try:
        style = convert(dict(raw or {}), Style, strict=False)
    except ValidationError:
        return Style()
    kept = tuple(each for each in style.classes[:MAX_CLASSES] if COLOUR.match(each.color))
    return _changed(style, classes=kept)


def _named(each: Class, field: Field) -> Class:
    """The class with a label: the code's title, its own, the value, or “< limit unit”.

    The title comes first, so that legend, filter and table use the same words.
    """
    known = next((code for code in field.codes if str(code.code) == str(each.value)), None)
    if each.value is not None and known is not None and known.title:
        return Class(color=each.color, value=each.value, label=known.title)
    if each.label:
        return each
    if each.below is not None:
        text = f"< {each.below:g} {field.unit}".strip()
        return Class(color=each.color, below=each.below, label={"und": text})
    if each.value is None:
        return Class(color=each.color, label={"de": "sonstige", "en": "other"})
    return Class(color=each.color, value=each.value, label={"und": str(each.value)})


def _changed(style: Style, **changes: Any) -> Style:
    from msgspec.structs import replace

    return replace(style, **changes)
