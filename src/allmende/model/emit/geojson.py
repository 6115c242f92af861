# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""JSON Schemas of GeoJSON geometries (RFC 7946 §3.1), written out so that none is remote."""

from __future__ import annotations

from typing import Any

from allmende.model.document import GeometryType

_POSITION: dict[str, Any] = {
    "type": "array",
    "minItems": 2,
    "maxItems": 4,
    "items": {"type": "number"},
}


def _list(items: dict[str, Any], at_least: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = {"type": "array", "items": items}
    return found | {"minItems": at_least} if at_least else found


_LINE = _list(_POSITION, 2)
_AREA = _list(_list(_POSITION, 4))
_COORDINATES: dict[GeometryType, dict[str, Any]] = {
    GeometryType.POINT: _POSITION,
    GeometryType.MULTIPOINT: _list(_POSITION),
    GeometryType.LINESTRING: _LINE,
    GeometryType.MULTILINESTRING: _list(_LINE),
    GeometryType.POLYGON: _AREA,
    GeometryType.MULTIPOLYGON: _list(_AREA),
}


def geometry(kind: GeometryType) -> dict[str, Any]:
    """The schema of a geometry of this kind in CRS84 (longitude, latitude)."""
    if kind in _COORDINATES:
        return _of(str(kind), "coordinates", _COORDINATES[kind])
    simple = [geometry(each) for each in _COORDINATES]
    collection = _of("GeometryCollection", "geometries", _list({"oneOf": simple}))
    if kind is GeometryType.GEOMETRYCOLLECTION:
        return collection
    return {"title": "GeoJSON geometry", "oneOf": [*simple, collection]}


def _of(name: str, part: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "title": f"GeoJSON {name}",
        "type": "object",
        "required": ["type", part],
        "properties": {
            "type": {"const": name},
            part: schema,
            "bbox": {"type": "array", "minItems": 4, "maxItems": 6, "items": {"type": "number"}},
        },
    }
