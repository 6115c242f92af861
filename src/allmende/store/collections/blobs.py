# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Geometry as GeoPackage stores it, as GeoJSON text, and its bounds.

A GeoPackage blob (OGC 12-128r18 §2.1.3) is the letters GP, version 0, flags, the CRS, for
everything but points an envelope, and then WKB. Coordinates are longitude and latitude.
"""

from __future__ import annotations

import struct
from functools import cache
from typing import Any

from allmende.errors import InvalidRecord

SRS = 4326
DIGITS = 8  # of a degree in GeoJSON texts: about a millimetre

_POINT_HEAD = b"GP\x00\x01" + struct.pack("<i", SRS)
_EMPTY_HEAD = b"GP\x00\x11" + struct.pack("<i", SRS)
_ENVELOPED = b"GP\x00\x03" + struct.pack("<i", SRS)
_ENVELOPE = struct.Struct("<4d")
_XY = struct.Struct("<2d")
_POINT = b"\x01\x01\x00\x00\x00"
_HEAD = 8
_ENVELOPE_BYTES = (0, 32, 48, 48, 64)

Bounds = tuple[float, float, float, float]


def to_blob(wkb: bytes, bounds: Bounds | None) -> bytes:
    """The GeoPackage blob of a geometry with these bounds (west, south, east, north)."""
    if bounds is None:
        return _EMPTY_HEAD + wkb
    if wkb.startswith(_POINT):
        return _POINT_HEAD + wkb
    west, south, east, north = bounds
    return _ENVELOPED + _ENVELOPE.pack(west, east, south, north) + wkb


def from_blob(blob: bytes | None) -> bytes | None:
    """The WKB inside a GeoPackage blob."""
    if blob is None:
        return None
    return blob[_HEAD + _ENVELOPE_BYTES[(blob[3] >> 1) & 7] :]


def measure(wkb: bytes) -> tuple[Bounds | None, str]:
    """Bounds (None when empty) and GeoJSON text of a geometry.

    Raises InvalidRecord when the bytes are no geometry.
    """
    if wkb.startswith(_POINT) and len(wkb) == 21:
        x, y = _XY.unpack_from(wkb, 5)
        if x == x and y == y:
            return (x, y, x, y), f'{{"type":"Point","coordinates":[{_short(x)},{_short(y)}]}}'
    return _measure_any(wkb)


def _short(number: float) -> str:
    text = repr(round(number, DIGITS))
    return text[:-2] if text.endswith(".0") else text


def _measure_any(wkb: bytes) -> tuple[Bounds | None, str]:
    shapely, rounded = _tools()
    try:
        shape = shapely.from_wkb(wkb)
    except shapely.errors.ShapelyError as error:
        raise InvalidRecord(
            f"The geometry cannot be read: {error}.",
            f"Die Geometrie ist nicht lesbar: {error}.",
            code="geometry-invalid",
        ) from error
    text: str = shapely.to_geojson(rounded(shape))
    if shape.is_empty:
        return None, text
    west, south, east, north = shape.bounds
    return (west, south, east, north), text


@cache
def _tools() -> tuple[Any, Any]:
    import numpy
    import shapely

    def rounded(shape: Any) -> Any:
        return shapely.transform(
            shape, lambda xy: numpy.round(xy, DIGITS), include_z=bool(shape.has_z)
        )

    return shapely, rounded
