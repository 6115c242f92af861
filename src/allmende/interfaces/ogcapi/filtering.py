# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""CQL2 filters in requests: names checked, geometries brought to CRS84."""

from __future__ import annotations

from collections.abc import Collection as Names
from typing import Any, cast

from msgspec.structs import replace

from allmende.core.crs import Crs, box_to_crs84, move_geometries
from allmende.errors import InvalidInput
from allmende.interfaces.ogcapi.asking import queryable
from allmende.model.cql2 import parse_json, parse_text
from allmende.model.document import CRS84, Entity
from allmende.model.filter import (
    And,
    Array,
    Bounds,
    Call,
    Compare,
    Filter,
    Geometry,
    In,
    IsNull,
    Like,
    Not,
    Or,
    Property,
    walk,
)


def parse(text: str, language: str, system: Crs, entity: Entity) -> Filter:
    """The tree of a filter over the queryables of an entity, geometries in CRS84.

    Raises InvalidInput for what cannot be understood and for unknown names.
    """
    tree = parse_json(text) if language == "cql2-json" else parse_text(text)
    check_fields(tree, [each.name for each in queryable(entity)])
    if system.uri == CRS84:
        return tree
    return cast(Filter, _moved(tree, system))


def check_fields(tree: Filter, known: Names[str]) -> None:
    """Raises InvalidInput when a filter names a field that is not there."""
    for node in walk(tree):
        if isinstance(node, Property):
            name = node.name
        elif isinstance(node, Compare | In | Like | IsNull):
            name = node.field
        else:
            continue
        if name not in known:
            raise InvalidInput(
                f"The filter names “{name[:80]}”, which is not there; there are: "
                f"{', '.join(known)}.",
                f"Der Filter nennt „{name[:80]}“, das es nicht gibt; es gibt: {', '.join(known)}.",
                code="unknown-field",
            )


def _moved(node: Any, system: Crs) -> Any:
    """The node with its geometries in CRS84; they came in the order of axes of the CRS."""
    match node:
        case And(parts):
            return And(tuple(_moved(part, system) for part in parts))
        case Or(parts):
            return Or(tuple(_moved(part, system) for part in parts))
        case Not(part):
            return Not(_moved(part, system))
        case Call(_, args):
            return replace(node, args=tuple(_moved(arg, system) for arg in args))
        case Array(items):
            return Array(tuple(_moved(item, system) for item in items))
        case Geometry(wkb):
            return Geometry(_geometry(wkb, system))
        case Bounds(west, south, east, north):
            box = (west, south, east, north)
            if system.swapped:
                box = (south, west, north, east)
            return Bounds(*box_to_crs84(box, system.uri))
    return node


def _geometry(wkb: bytes, system: Crs) -> bytes:
    import numpy as np
    import shapely

    found = shapely.from_wkb(np.array([wkb], dtype=object))
    if system.swapped:
        found = shapely.transform(found, lambda positions: positions[:, ::-1])
    if not system.geographic:  # straight edges are bent on the way
        found = shapely.segmentize(found, _step(found))
    moved = move_geometries(found, system.uri, CRS84)
    if not np.isfinite(shapely.get_coordinates(moved)).all():
        raise InvalidInput(
            f"A geometry of the filter lies outside of the area of {system.short}.",
            f"Eine Geometrie des Filters liegt außerhalb des Gebiets von {system.short}.",
        )
    return bytes(shapely.to_wkb(moved[0], flavor="iso"))


def _step(geometries: Any) -> float:
    """Length of the pieces that edges are cut into: a fiftieth of the geometry."""
    import shapely

    west, south, east, north = shapely.total_bounds(geometries)
    return max(float(east - west), float(north - south)) / 50 or 1.0
