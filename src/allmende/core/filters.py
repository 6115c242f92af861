# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The filter of a request: its language, the CRS of its geometries, what it may ask for."""

from __future__ import annotations

from typing import Any

from allmende.core.crs import EDGE, Crs, axes, box_to_crs84, crs, move_geometries, same_place
from allmende.errors import InvalidInput
from allmende.model.cql2 import parse_json, parse_text
from allmende.model.document import CRS84, Entity, Field, FieldType
from allmende.model.filter import Bounds, Filter, Geometry
from allmende.model.geometry import has_geometry, relocate
from allmende.model.query import Box, Outline

TEXT, JSON = "cql2-text", "cql2-json"
LANGUAGES = (TEXT, JSON)
"""Values of `filter-lang` (OGC 19-079r2 §6.5)."""


def read_filter(text: str, language: str = TEXT, filter_crs: str = CRS84) -> Filter:
    """The tree of a filter, its geometries turned to longitude and latitude.

    `filter_crs` is the CRS of the geometry literals; their axes are in the order of that CRS
    (OGC 19-079r2 §6.6). Raises InvalidInput.
    """
    if language not in LANGUAGES:
        raise InvalidInput(
            f"“{language[:40]}” is no filter language; take one of {', '.join(LANGUAGES)}.",
            f"„{language[:40]}“ ist keine Filtersprache; möglich: {', '.join(LANGUAGES)}.",
        )
    tree = parse_text(text) if language == TEXT else parse_json(text)
    return in_crs84(tree, filter_crs) if filter_crs != CRS84 else tree


def in_crs84(tree: Filter, filter_crs: str) -> Filter:
    """The tree with its geometry literals turned from a CRS to longitude and latitude."""
    system = crs(filter_crs)
    if not has_geometry(tree) or (not system.swapped and same_place(system.uri, CRS84)):
        return tree

    def shape(wkb: bytes) -> bytes:
        return _moved(wkb, system)

    def box(given: Bounds) -> Bounds | Geometry:
        sides = (given.west, given.south, given.east, given.north)
        if system.geographic:
            return Bounds(*box_to_crs84(axes(sides, system), system.uri))
        return Geometry(_moved(_outline(sides), system))

    return relocate(tree, shape, box)


def box_in_crs84(sides: Box, uri: str) -> tuple[Box, Outline | None]:
    """The box (x, y) of a CRS as the box around it in CRS84, and its exact shape there.

    The shape is None where the box stays a box. Raises InvalidInput.
    """
    system = crs(uri)
    around = box_to_crs84(sides, uri)
    if system.geographic or around[0] > around[2]:
        return around, None
    wkb = _moved(_outline(axes(sides, system) if system.swapped else sides), system)
    west, south, east, north = (_side(sides, each, uri) for each in range(4))
    inside = (max(west[0]), max(south[1]), min(east[0]), min(north[1]))
    fits = inside[0] < inside[2] and inside[1] < inside[3]
    return around, Outline(wkb, inside if fits else None)


def _side(sides: Box, number: int, uri: str) -> Any:
    """Longitudes and latitudes along the west, south, east or north side of a box."""
    import numpy as np

    from allmende.core.crs import transformer

    x, y = np.linspace(sides[0], sides[2], EDGE), np.linspace(sides[1], sides[3], EDGE)
    fixed = np.full(EDGE, sides[number])
    return transformer(uri, CRS84).transform(*((fixed, y) if number in (0, 2) else (x, fixed)))


def _outline(sides: Box) -> bytes:
    """A box with points along its edges: they are bent on the way to another CRS."""
    import shapely

    length = max(sides[2] - sides[0], sides[3] - sides[1]) / EDGE
    edges = shapely.box(*sides)
    found: bytes = shapely.to_wkb(shapely.segmentize(edges, length) if length > 0 else edges)
    return found


def _moved(wkb: bytes, system: Crs) -> bytes:
    """A geometry in the axes of a CRS as longitude and latitude."""
    import numpy as np
    import shapely

    given = shapely.from_wkb(wkb)
    if system.swapped:
        given = shapely.transform(given, lambda xy: xy[:, ::-1])
    moved = move_geometries(np.array([given]), system.uri, CRS84)[0]
    if not np.isfinite(shapely.get_coordinates(moved)).all():
        raise InvalidInput(
            f"A geometry of the filter lies outside of {system.short}.",
            f"Eine Geometrie des Filters liegt außerhalb von {system.short}.",
        )
    found: bytes = shapely.to_wkb(moved, byte_order=1, flavor="iso")
    return found


def queryables(entity: Entity) -> list[Field]:
    """The fields of an entity that filters may ask for, in their order.

    Objects can only be asked whether they are there, so they are left out.
    """
    return [each for each in entity.fields if each.type is not FieldType.OBJECT]
