# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Geometries in cells: WKT, EWKT, WKB and EWKB in hexadecimal digits, GeoJSON."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from allmende.model.document import CRS84
from allmende.model.shapes import BadShape, Shape, point, read_geojson, read_wkb, swapped_axes
from allmende.model.unreadable import Unreadable, quoted

MAX_TEXT = 64_000_000

_NUMBER = r"([-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d{1,3})?)"
_SRID = re.compile(r"SRID\s?=\s?(\d{1,6})\s?;\s?", re.I | re.ASCII)
_POINT = re.compile(rf"POINT\s?\(\s?{_NUMBER}\s+{_NUMBER}\s?\)\Z", re.I | re.ASCII)
_WKT = re.compile(r"(MULTI)?(POINT|LINESTRING|POLYGON)|GEOMETRYCOLLECTION", re.I)
_HEX = re.compile(r"(?:\\x|0x)?((?:[0-9A-Fa-f]{2}){5,})\Z", re.ASCII)
_GEOGRAPHIC = {4326, 4979, 4258}


def read_shape(cell: Any, crs: str, *, swapped: bool = False) -> bytes | None:
    """The WKB in a cell, its axes as x y in the CRS of the field; None when it is empty.

    Without a CRS whatever the cell says of its own is taken.
    """
    if isinstance(cell, str) and len(cell) <= MAX_TEXT:
        found = _POINT.match(cell)
        if found and not swapped:
            return point(float(found[1]), float(found[2]))
    try:
        shape = _shape(cell)
    except BadShape as error:
        raise Unreadable("not-a-geometry", error.reason["en"], error.reason["de"]) from error
    if crs and shape.srid and not _same(shape.srid, crs):
        raise Unreadable(
            "other-crs",
            f"The geometry says EPSG:{shape.srid}, the field {crs}.",
            f"Die Geometrie nennt EPSG:{shape.srid}, das Feld {crs}.",
        )
    if shape.empty:
        return None
    return swapped_axes(shape.wkb) if swapped else shape.wkb


def _shape(cell: Any) -> Shape:
    if isinstance(cell, bytes):
        return read_wkb(cell)
    if isinstance(cell, dict):
        return read_geojson(cell)
    if not isinstance(cell, str) or len(cell) > MAX_TEXT:
        raise _none(cell)
    if cell.startswith("{"):
        try:
            return read_geojson(msgspec.json.decode(cell))
        except (msgspec.DecodeError, RecursionError) as error:
            raise _none(cell) from error
    digits = _HEX.match(cell)
    if digits:
        return read_wkb(bytes.fromhex(digits[1]))
    return _from_wkt(cell)


def _from_wkt(cell: str) -> Shape:
    head = _SRID.match(cell)
    text = cell[head.end() :] if head else cell
    if not _WKT.match(text):
        raise _none(cell)
    import shapely

    try:
        read = shapely.from_wkt(text)
    except shapely.errors.ShapelyError as error:
        raise _none(cell) from error
    found = read_wkb(shapely.to_wkb(read, byte_order=1, flavor="iso", output_dimension=4))
    return msgspec.structs.replace(found, srid=int(head[1])) if head else found


def _same(srid: int, crs: str) -> bool:
    if crs == CRS84:
        return srid in _GEOGRAPHIC
    found = re.search(r"(\d{4,6})\D*\Z", crs)
    return found is not None and int(found[1]) == srid


def _none(cell: Any) -> BadShape:
    return BadShape(
        f"{quoted(cell)} is no geometry (WKT, WKB or GeoJSON).",
        f"{quoted(cell)} ist keine Geometrie (WKT, WKB oder GeoJSON).",
    )
