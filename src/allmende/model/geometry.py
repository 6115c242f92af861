# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Geometries in a filter tree: as bytes, as a box, in another CRS."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allmende.model.filter import (
    And,
    Array,
    Bounds,
    Call,
    Expression,
    Filter,
    Geometry,
    Not,
    Nothing,
    Or,
    Property,
)
from allmende.model.query import Box
from allmende.model.relations import SPATIAL
from allmende.model.shapes import read_wkb

_CLOSE = frozenset(SPATIAL) - {"s_disjoint"}


def wkb_of(given: Geometry | Bounds | bytes) -> bytes:
    """The bytes of a literal; a box over the antimeridian becomes two polygons."""
    if isinstance(given, Geometry):
        return given.wkb
    if isinstance(given, bytes):
        return given
    import shapely

    if given.west <= given.east:
        shape = shapely.box(given.west, given.south, given.east, given.north)
    else:
        halves = ((given.west, 180.0), (-180.0, given.east))
        shape = shapely.MultiPolygon(
            [shapely.box(west, given.south, east, given.north) for west, east in halves]
        )
    found: bytes = shapely.to_wkb(shape, byte_order=1, flavor="iso")
    return found


def box_of(given: Geometry | Bounds) -> Box:
    """The box around a literal, west never larger than east."""
    if isinstance(given, Geometry):
        return read_wkb(given.wkb).box
    if given.west > given.east:
        return (-180.0, given.south, 180.0, given.north)
    return (given.west, given.south, given.east, given.north)


def spatial_prefilter(tree: Filter, field: str = "") -> Box | None:
    """A box which the geometry of every matching row meets; None when there is none.

    With `field` only conditions on this geometry count. Meant for a spatial index: it never
    excludes a match, but rows inside may still not match.
    """
    match tree:
        case And(parts):
            boxes = [box for part in parts if (box := spatial_prefilter(part, field))]
            return min(boxes, key=_area, default=None)
        case Or(parts):
            inside = [
                spatial_prefilter(part, field) for part in parts if not isinstance(part, Nothing)
            ]
            found = [box for box in inside if box]
            return _hull(found) if found and len(found) == len(inside) else None
        case Call(name, (Property(asked), (Geometry() | Bounds()) as place)) | Call(
            name, ((Geometry() | Bounds()) as place, Property(asked))
        ) if name in _CLOSE and field in ("", asked):
            return box_of(place)
        case _:
            return None


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _hull(boxes: list[Box]) -> Box:
    wests, souths, easts, norths = zip(*boxes, strict=True)
    return (min(wests), min(souths), max(easts), max(norths))


def relocate(
    tree: Filter,
    shape: Callable[[bytes], bytes],
    box: Callable[[Bounds], Bounds | Geometry],
) -> Filter:
    """The tree with every geometry literal turned by `shape` and every box by `box`."""

    def turned(node: Any) -> Any:
        match node:
            case Geometry(wkb):
                return Geometry(shape(wkb))
            case Bounds():
                return box(node)
            case Call(name, args):
                return Call(name, tuple(turned(each) for each in args))
            case Array(items):
                return Array(tuple(turned(each) for each in items))
            case And(parts):
                return And(tuple(turned(each) for each in parts))
            case Or(parts):
                return Or(tuple(turned(each) for each in parts))
            case Not(part):
                return Not(turned(part))
            case _:
                return node

    changed: Filter = turned(tree)
    return changed


def has_geometry(tree: Expression) -> bool:
    """Whether a tree holds a geometry literal, so that its CRS matters."""
    from allmende.model.filter import walk

    return any(isinstance(node, Geometry | Bounds) for node in walk(tree))
