# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Geometries as ISO WKB, little endian (OGC 06-103r4 §8.2): made from GeoJSON and from parts.

Coordinates are written as they come, in the axis order and CRS of the source.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from itertools import chain
from math import isfinite
from typing import Any

from allmende.core.imports.types import Fault, said

TYPES = {
    "Point": 1,
    "LineString": 2,
    "Polygon": 3,
    "MultiPoint": 4,
    "MultiLineString": 5,
    "MultiPolygon": 6,
    "GeometryCollection": 7,
}
PARTS = {4: 1, 5: 2, 6: 3}
DEPTH = 8  # of collections within collections
Z = 1000

Position = Sequence[float]


class BadGeometry(Exception):
    """A geometry that is none; `fault` says why."""

    def __init__(self, code: str, en: str, de: str) -> None:
        super().__init__(en)
        self.fault = Fault(code, said(en, de))


def from_geojson(value: Any, vertices: int = 1_000_000) -> bytes | None:
    """The WKB of a GeoJSON geometry (RFC 7946 §3.1); None for an empty one. BadGeometry."""
    if value is None:
        return None
    try:
        return _write(value, [vertices], 0)
    except (TypeError, ValueError, KeyError, IndexError, struct.error, OverflowError) as error:
        raise unknown_shape() from error


def _write(value: dict[str, Any], left: list[int], depth: int) -> bytes | None:
    kind = TYPES.get(value["type"])
    if kind is None or depth > DEPTH:
        raise unknown_shape()
    if kind == 7:
        found = [_write(each, left, depth + 1) for each in value["geometries"]]
        return collection(7, [each for each in found if each])
    coordinates = value["coordinates"]
    if not coordinates:
        return None
    return make(kind, coordinates, left)


def make(kind: int, coordinates: Any, left: list[int] | None = None) -> bytes:
    """The WKB of nested positions; `left` counts down the vertices that may still come."""
    dimension = 3 if _all_have_height(kind, coordinates) else 2
    return _shape(kind, coordinates, dimension, left if left is not None else [1_000_000])


def _all_have_height(kind: int, coordinates: Any) -> bool:
    if kind == 1:
        return len(coordinates) >= 3
    if kind in (2, 4):
        return all(len(position) >= 3 for position in coordinates)
    return all(_all_have_height(2 if kind != 6 else 3, part) for part in coordinates)


def _shape(kind: int, coordinates: Any, dimension: int, left: list[int]) -> bytes:
    head = struct.pack("<BI", 1, kind + (Z if dimension == 3 else 0))
    if kind == 1:
        return head + _numbers([coordinates], dimension, left)
    if kind == 2:
        if len(coordinates) < 2:
            raise BadGeometry(
                "line-too-short",
                "A line needs two positions.",
                "Eine Linie braucht zwei Positionen.",
            )
        return head + _counted(coordinates, dimension, left)
    if kind == 3:
        rings = [_ring(ring, dimension, left) for ring in coordinates]
        return head + struct.pack("<I", len(rings)) + b"".join(rings)
    parts = [_shape(PARTS[kind], part, dimension, left) for part in coordinates]
    return head + struct.pack("<I", len(parts)) + b"".join(parts)


def _ring(ring: Sequence[Position], dimension: int, left: list[int]) -> bytes:
    if len(ring) < 4:
        raise BadGeometry(
            "ring-too-short",
            "A ring of an area needs four positions.",
            "Ein Ring einer Fläche braucht vier Positionen.",
        )
    if list(ring[0][:2]) != list(ring[-1][:2]):
        raise BadGeometry(
            "ring-not-closed",
            "A ring of an area does not end where it begins.",
            "Ein Ring einer Fläche endet nicht, wo er beginnt.",
        )
    return _counted(ring, dimension, left)


def _counted(positions: Sequence[Position], dimension: int, left: list[int]) -> bytes:
    return struct.pack("<I", len(positions)) + _numbers(positions, dimension, left)


def _numbers(positions: Sequence[Position], dimension: int, left: list[int]) -> bytes:
    left[0] -= len(positions)
    if left[0] < 0:
        raise BadGeometry(
            "too-many-vertices",
            "The geometry has too many vertices.",
            "Die Geometrie hat zu viele Stützpunkte.",
        )
    flat = list(chain.from_iterable(position[:dimension] for position in positions))
    if len(flat) != len(positions) * dimension or not all(map(isfinite, flat)):
        raise unknown_shape()
    return struct.pack(f"<{len(flat)}d", *flat)


def collection(kind: int, parts: Sequence[bytes]) -> bytes | None:
    """A geometry of geometries; None without parts."""
    if not parts:
        return None
    high = all(struct.unpack_from("<I", part, 1)[0] >= Z for part in parts)
    return struct.pack("<BII", 1, kind + (Z if high else 0), len(parts)) + b"".join(parts)


def point(x: float, y: float) -> bytes:
    """A point."""
    return struct.pack("<BIdd", 1, 1, x, y)


def first_position(wkb: bytes) -> tuple[float, float] | None:
    """The first position of a geometry that this module has made."""
    at = 0
    while at + 5 <= len(wkb):
        kind = struct.unpack_from("<I", wkb, at + 1)[0] % Z
        at += 5
        if kind == 1:
            return struct.unpack_from("<dd", wkb, at)
        if kind in (2, 3):
            at += 4 if kind == 2 else 8
            return struct.unpack_from("<dd", wkb, at)
        at += 4
    return None


def unknown_shape() -> BadGeometry:
    """The error for something that is no geometry."""
    return BadGeometry(
        "no-geometry",
        "The geometry cannot be understood.",
        "Die Geometrie ist nicht verständlich.",
    )
