# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Values as cells of a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import json

from allmende.core.crs import crs, move_geometries
from allmende.core.formats.shape import Row, Shape
from allmende.model.document import CRS84, Field, FieldType, GeometryType

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")  # what makes a spreadsheet calculate
SEPARATOR = "|"  # between several values of one cell


def inert(text: str) -> str:
    """A text that no spreadsheet takes for a formula: an apostrophe goes before one."""
    return f"'{text}" if text.startswith(FORMULA) else text


def scalar(value: Any, field: Field) -> Any:
    """A value that fits into one cell: text, number, boolean or None."""
    if value is None:
        return None
    if isinstance(value, bytes):
        import shapely

        return shapely.to_wkt(shapely.from_wkb(value), rounding_precision=8)
    if isinstance(value, list) and all(isinstance(each, str | int | float) for each in value):
        return SEPARATOR.join(cell(each) for each in value)
    if isinstance(value, list | dict) or field.type is FieldType.OBJECT:
        return json.encode(value).decode()
    return value


def cell(value: Any) -> str:
    """A scalar as text: `true` and `false` for booleans, empty for a missing value."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def has_points(shape: Shape) -> bool:
    """Whether places are written as two columns instead of WKT."""
    return shape.geometry is not None and shape.geometry.geometry is GeometryType.POINT


def place_names(shape: Shape) -> tuple[str, ...]:
    """The columns of the place: lon and lat, x and y, or the name of the geometry field."""
    if shape.geometry is None:
        return ()
    if not has_points(shape):
        return (shape.geometry.name,)
    return ("lon", "lat") if crs(shape.crs).geographic else ("x", "y")


def places(rows: Sequence[Row], shape: Shape) -> list[tuple[Any, ...]]:
    """The cells of the places, x before y in every CRS."""
    if shape.geometry is None:
        return [()] * len(rows)
    import numpy as np
    import shapely

    wanted = crs(shape.crs)
    found = shapely.from_wkb(np.array([row.geometry for row in rows], dtype=object))
    moved = move_geometries(found, CRS84, shape.crs)
    if not has_points(shape):
        return [(text,) for text in shapely.to_wkt(moved, rounding_precision=wanted.decimals)]
    both = np.round(np.column_stack([shapely.get_x(moved), shapely.get_y(moved)]), wanted.decimals)
    return [(None, None) if x != x else (x, y) for x, y in both.tolist()]
