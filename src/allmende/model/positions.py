# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Positions become geometries: ISO WKB, little endian (OGC 06-103r4 §8.2), made in one pass.

Numbers are written as they come, in the axis order and CRS of the source. A geometry gets a
height only when every position has one.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from itertools import chain
from math import isfinite
from typing import Any

from allmende.model.document import GeometryType

MAX_COORDINATES = 1_000_000
"""Positions in one geometry."""
MAX_DEPTH = 8
"""Collections inside collections."""

KINDS = {
    1: GeometryType.POINT,
    2: GeometryType.LINESTRING,
    3: GeometryType.POLYGON,
    4: GeometryType.MULTIPOINT,
    5: GeometryType.MULTILINESTRING,
    6: GeometryType.MULTIPOLYGON,
    7: GeometryType.GEOMETRYCOLLECTION,
}
NUMBERS = {kind.value: number for number, kind in KINDS.items()}
MEMBER = {4: 1, 5: 2, 6: 3}
"""The kind that lies inside each multi-geometry."""
Z = 1000
"""What the number of a kind is larger by when it has a height."""

_NUMERIC = frozenset((int, float))
Position = Sequence[float]


class BadShape(Exception):
    """What is no geometry; `reason` says why, in English and German, `code` in one word."""

    def __init__(self, en: str, de: str, code: str = "no-geometry") -> None:
        super().__init__(en)
        self.reason = {"en": en, "de": de}
        self.code = code


def from_geojson(value: Any, most: int = MAX_COORDINATES) -> bytes | None:
    """The WKB of a GeoJSON geometry (RFC 7946 §3.1); None for null and empty ones. BadShape."""
    if value is None:
        return None
    try:
        return _geometry(value, 3 if _is_high(value, 0) else 2, [most])
    except (TypeError, ValueError, KeyError, IndexError, struct.error, OverflowError) as error:
        raise unknown_shape() from error


def kind_of(value: Any) -> int:
    """The number of a GeoJSON geometry's type. BadShape."""
    said = value.get("type") if isinstance(value, dict) else None
    kind = NUMBERS.get(said, 0) if isinstance(said, str) else 0
    if not kind:
        raise BadShape(
            "This is no GeoJSON geometry: “type” has to be Point, LineString, Polygon, "
            "MultiPoint, MultiLineString, MultiPolygon or GeometryCollection.",
            "Das ist keine GeoJSON-Geometrie: „type“ muss Point, LineString, Polygon, "
            "MultiPoint, MultiLineString, MultiPolygon oder GeometryCollection sein.",
        )
    return kind


def _is_high(value: Any, depth: int) -> bool:
    kind = kind_of(value)
    if depth > MAX_DEPTH:
        raise too_deep()
    if kind == 7:
        return all(_is_high(each, depth + 1) for each in _array(value.get("geometries")))
    return _all_have_height(kind, _array(value.get("coordinates")))


def _array(value: Any) -> Sequence[Any]:
    if not isinstance(value, list | tuple):
        raise BadShape("Coordinates are missing.", "Koordinaten fehlen.")
    return value


def _geometry(value: dict[str, Any], dimension: int, left: list[int]) -> bytes | None:
    kind = NUMBERS[value["type"]]
    if kind == 7:
        found = [_geometry(each, dimension, left) for each in value["geometries"]]
        return collection(7, [each for each in found if each])
    coordinates = value["coordinates"]
    return _shape(kind, coordinates, dimension, left) if coordinates else None


def make(kind: int, coordinates: Any, left: list[int] | None = None) -> bytes:
    """The WKB of nested positions; `left` counts down the vertices that may still come.

    BadShape, and TypeError, ValueError, IndexError or struct.error for what is no numbers.
    """
    dimension = 3 if _all_have_height(kind, coordinates) else 2
    return _shape(kind, coordinates, dimension, left if left is not None else [MAX_COORDINATES])


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
            raise short_line()
        return head + _counted(coordinates, dimension, left)
    if kind == 3:
        rings = [_ring(ring, dimension, left) for ring in coordinates]
        return head + struct.pack("<I", len(rings)) + b"".join(rings)
    parts = [_shape(MEMBER[kind], part, dimension, left) for part in coordinates]
    return head + struct.pack("<I", len(parts)) + b"".join(parts)


def _ring(ring: Sequence[Position], dimension: int, left: list[int]) -> bytes:
    if len(ring) < 4:
        raise short_ring()
    if list(ring[0][:dimension]) != list(ring[-1][:dimension]):
        raise open_ring()
    return _counted(ring, dimension, left)


def _counted(positions: Sequence[Position], dimension: int, left: list[int]) -> bytes:
    return struct.pack("<I", len(positions)) + _numbers(positions, dimension, left)


def _numbers(positions: Sequence[Position], dimension: int, left: list[int]) -> bytes:
    left[0] -= len(positions)
    if left[0] < 0:
        raise too_many()
    flat = list(chain.from_iterable(position[:dimension] for position in positions))
    if len(flat) != len(positions) * dimension or not _NUMERIC.issuperset(map(type, flat)):
        raise BadShape(
            "A position has to be two or three numbers: longitude, latitude, height.",
            "Eine Position sind zwei oder drei Zahlen: Länge, Breite, Höhe.",
        )
    if not all(map(isfinite, flat)):
        raise BadShape("A coordinate is no finite number.", "Eine Koordinate ist keine Zahl.")
    return struct.pack(f"<{len(flat)}d", *flat)


def collection(kind: int, parts: Sequence[bytes]) -> bytes | None:
    """A geometry of geometries; None without parts."""
    if not parts:
        return None
    high = all(struct.unpack_from("<I", part, 1)[0] >= Z for part in parts)
    return struct.pack("<BII", 1, kind + (Z if high else 0), len(parts)) + b"".join(parts)


def first_position(wkb: bytes) -> tuple[float, float] | None:
    """The first position of a geometry in the form of the house."""
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


def unknown_shape() -> BadShape:
    """The error for something that is no geometry."""
    return BadShape("The geometry cannot be understood.", "Die Geometrie ist nicht verständlich.")


def short_line() -> BadShape:
    """The error for a line that is a point."""
    return BadShape(
        "A line has only one position.", "Eine Linie hat nur eine Position.", "line-too-short"
    )


def short_ring() -> BadShape:
    """The error for a ring around nothing (OGC 06-103r4 §6.1.11)."""
    return BadShape(
        "A ring of a polygon has fewer than four positions.",
        "Ein Ring einer Fläche hat weniger als vier Positionen.",
        "ring-too-short",
    )


def open_ring() -> BadShape:
    """The error for a ring that does not end where it begins."""
    return BadShape(
        "A ring of a polygon is not closed: its last position has to be its first.",
        "Ein Ring einer Fläche ist offen: Die letzte Position muss die erste sein.",
        "ring-not-closed",
    )


def too_many() -> BadShape:
    """The error for more positions than MAX_COORDINATES or what a reader allows."""
    return BadShape(
        f"The geometry has more than {MAX_COORDINATES:,} positions: simplify or split it.",
        "Die Geometrie hat mehr als eine Million Positionen: vereinfachen oder aufteilen.",
        "too-many-vertices",
    )


def too_deep() -> BadShape:
    """The error for collections inside collections without end."""
    return BadShape(
        f"Collections lie more than {MAX_DEPTH} deep in each other.",
        f"Sammlungen liegen mehr als {MAX_DEPTH} tief ineinander.",
    )
