# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Functions of filters that SQLite lacks: relations of geometries as WKB, capital letters."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import apsw
    from shapely.geometry.base import BaseGeometry

RELATIONS = (
    "equals",
    "disjoint",
    "touches",
    "within",
    "overlaps",
    "crosses",
    "intersects",
    "contains",
)


def register(db: apsw.Connection) -> None:
    """Makes the functions known to a connection of SQLite."""
    functions: dict[str, tuple[Any, int]] = {
        "wkb_relation": (relation, 3),
        "wkb_pattern": (pattern, 3),
        "wkb_distance": (distance, 2),
        "wkb_length": (length, 1),
        "raised": (raised, 1),
    }
    for name, (function, size) in functions.items():
        db.create_scalar_function(name, function, size, deterministic=True)


def relation(name: str, left: bytes | None, right: bytes | None) -> bool | None:
    """Whether a relation of RELATIONS holds between two geometries."""
    if left is None or right is None:
        return None
    return bool(getattr(_shape(left), name)(_shape(right)))


def pattern(left: bytes | None, right: bytes | None, wanted: str | None) -> bool | None:
    """Whether the DE-9IM matrix of two geometries fits a pattern; None for a wrong pattern."""
    if left is None or right is None or not is_pattern(wanted):
        return None
    import shapely

    return bool(shapely.relate_pattern(_shape(left), _shape(right), str(wanted).upper()))


def is_pattern(text: Any) -> bool:
    """Nine signs of T, F, *, 0, 1, 2."""
    return isinstance(text, str) and len(text) == 9 and set(text.upper()) <= set("TF*012")


def distance(left: bytes | None, right: bytes | None) -> float | None:
    """Shortest distance in degrees, the unit of the coordinates (OData 4.0, geo.distance)."""
    if left is None or right is None:
        return None
    return float(_shape(left).distance(_shape(right)))


def length(place: bytes | None) -> float | None:
    """Length in degrees of a line; 0 for points and areas."""
    if place is None:
        return None
    shape = _shape(place)
    return float(shape.length) if "Line" in shape.geom_type else 0.0


def raised(text: Any) -> str | None:
    """Capital letters of every script."""
    return None if text is None else str(text).upper()


@lru_cache(maxsize=4_096)
def _shape(wkb: bytes) -> BaseGeometry:
    import shapely

    found: BaseGeometry = shapely.from_wkb(wkb)
    shapely.prepare(found)
    return found
