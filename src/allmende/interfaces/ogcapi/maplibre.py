# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The style of a collection in the style language of Mapbox and MapLibre (version 8)."""

from __future__ import annotations

from typing import Any

from allmende.core.collections import Collection
from allmende.core.tiles import Grid
from allmende.interfaces.ogcapi.common import Asked
from allmende.model.document import Entity, Field, FieldType
from allmende.model.style import PALETTE, REST, Class, Style, complete, drawn_as

DEEPEST = 16  # zoom from which tiles are enlarged
MAX_CODES = len(PALETTE)  # of a field that gets a style of its own
DEFAULT = "default"

Layer = dict[str, Any]


def styles(collection: Collection) -> dict[str, Style]:
    """The styles there are by id: the collection's own, and one for each short code list."""
    entity = collection.entity
    found = {DEFAULT: complete(collection.style, entity, collection.id)}
    for field in entity.plain:
        if 1 < len(field.codes) <= MAX_CODES and not field.many and field.name != DEFAULT:
            found[field.name] = complete(_by_codes(field), entity, collection.id)
    return found


def _by_codes(field: Field) -> dict[str, Any]:
    """A colour for each code."""
    return {
        "color": REST,
        "color_by": field.name,
        "classes": [
            {"value": code.code, "label": code.title, "color": color}
            for code, color in zip(field.codes, PALETTE, strict=False)
        ],
    }


def document(ask: Asked, collection: Collection, style: Style, grid: Grid) -> dict[str, Any]:
    """The style sheet; its tiles are those of this grid."""
    ident = collection.id
    tiles = ask.at("collections", ident, "tiles", grid.id) + "/{z}/{y}/{x}"
    source: dict[str, Any] = {
        "type": "vector",
        "tiles": [f"{tiles}?batch={collection.batch}"],
        "minzoom": 0,
        "maxzoom": DEEPEST,
        "attribution": ask.said(collection.attribution),
    }
    if collection.extent is not None:
        source["bounds"] = list(collection.extent)
    return {
        "version": 8,
        "name": ask.said(collection.title) or ident,
        "metadata": {"allmende:legend": legend(ask, collection, style)},
        "sources": {ident: source},
        "layers": layers(collection.entity, style, ident),
    }


def layers(entity: Entity, style: Style, ident: str) -> list[Layer]:
    """What is drawn: areas below lines below points."""
    color = colour(style, entity)
    kind = drawn_as(entity)
    found: list[Layer] = []
    if kind in ("area", "mixed"):
        paint: Layer = {"fill-color": color, "fill-opacity": style.opacity}
        found.append(_layer(ident, "area", "fill", paint, "Polygon" if kind == "mixed" else ""))
    if kind in ("area", "line", "mixed"):
        only = "" if kind != "mixed" else "Point"
        line = {"line-color": color, "line-width": style.width if kind != "area" else 1.0}
        found.append(_layer(ident, "line", "line", line, only, inside=False))
    if kind in ("point", "mixed"):
        circle = {
            "circle-color": color,
            "circle-radius": style.radius,
            "circle-stroke-color": "#ffffff",
            "circle-stroke-width": 1,
        }
        found.append(_layer(ident, "point", "circle", circle, "Point" if kind == "mixed" else ""))
    if style.min_zoom:
        for each in found:
            each["minzoom"] = style.min_zoom
    return found


def _layer(
    ident: str, name: str, kind: str, paint: Layer, only: str, *, inside: bool = True
) -> Layer:
    """One layer; `only` a geometry type, or with `inside` false all but that."""
    found: Layer = {
        "id": f"{ident}-{name}",
        "type": kind,
        "source": ident,
        "source-layer": ident,
        "paint": paint,
    }
    if only:
        found["filter"] = ["==" if inside else "!=", ["geometry-type"], only]
    return found


def colour(style: Style, entity: Entity) -> Any:
    """The colour, or the expression that chooses it: the first class that fits."""
    field = entity.find(style.color_by) if style.color_by else None
    chosen = [each for each in style.classes if each.value is not None or each.below is not None]
    if field is None or not chosen:
        return style.color
    found: list[Any] = ["case", ["!", ["has", field.name]], REST]
    for each in chosen:
        found += [_condition(each, field), each.color]
    rest = next((c.color for c in style.classes if c.value is None and c.below is None), REST)
    return [*found, rest]


def _condition(each: Class, field: Field) -> list[Any]:
    value = ["get", field.name]
    if each.below is not None:
        return ["<", ["to-number", value], each.below]
    numeric = field.type in (FieldType.INTEGER, FieldType.NUMBER, FieldType.YEAR)
    return ["==", ["to-number", value] if numeric else value, each.value]


def legend(ask: Asked, collection: Collection, style: Style) -> dict[str, Any]:
    """What the colours stand for."""
    field = collection.entity.find(style.color_by) if style.color_by else None
    found: dict[str, Any] = {
        "title": ask.said(collection.title) or collection.id,
        "geometry": drawn_as(collection.entity),
    }
    if field is None:
        return found | {"items": [{"color": style.color, "label": found["title"]}]}
    found |= {"field": field.name, "fieldTitle": ask.said(field.title) or field.name}
    if field.unit:
        found["unit"] = field.unit
    return found | {"items": [_entry(ask, each) for each in style.classes]}


def _entry(ask: Asked, each: Class) -> dict[str, Any]:
    said: dict[str, Any] = {"color": each.color, "label": ask.said(each.label)}
    if each.value is not None:
        said["value"] = each.value
    if each.below is not None:
        said["below"] = each.below
    return said
