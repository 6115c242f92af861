# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Geometries: well-known binary, GeoJSON and what is wrong with them.

Inside the house a geometry is WKB: little endian, ISO (OGC 06-103r4 §8), x y or x y z.
Here it is read from every kind of WKB (both byte orders, EWKB with its SRID; a measure M is
left out) and from GeoJSON (RFC 7946), checked, and turned back. No CRS is known here.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from math import isfinite
from typing import Any, NamedTuple

from msgspec import Struct

from allmende.model.document import GeometryType
from allmende.model.positions import (
    KINDS,
    MAX_COORDINATES,
    MAX_DEPTH,
    MEMBER,
    NUMBERS,
    BadShape,
    from_geojson,
    kind_of,
    open_ring,
    short_line,
    short_ring,
    too_deep,
    too_many,
)

__all__ = [
    "KINDS",
    "MAX_COORDINATES",
    "MAX_DEPTH",
    "NUMBERS",
    "BadShape",
    "Node",
    "Shape",
    "fault",
    "fit",
    "point",
    "read_geojson",
    "read_wkb",
    "swapped_axes",
    "to_geojson",
]

_POINT_HEAD = b"\x01\x01\x00\x00\x00"
_POINT = struct.Struct("<BIdd")
_POINT_Z = struct.Struct("<BIddd")
_XY = struct.Struct("<dd")

Flat = tuple[float, ...]


class Node(NamedTuple):
    """A geometry in parts: coordinates lie flat (x, y, x, y … or with z)."""

    kind: int  # 1 … 7 as in WKB
    flats: list[Flat]  # the point or line, or the rings
    members: list[Node]  # of a multi-geometry or collection


class Shape(Struct, frozen=True):
    """A geometry that was read: its bytes in the house's form and what is known of it."""

    wkb: bytes
    kind: GeometryType
    box: tuple[float, float, float, float]  # least x, least y, greatest x, greatest y
    has_z: bool = False
    srid: int = 0  # as EWKB gave it; 0 when it did not
    empty: bool = False


def point(x: float, y: float, z: float | None = None) -> bytes:
    """The WKB of a point."""
    if z is None:
        return _POINT.pack(1, 1, x, y)
    return _POINT_Z.pack(1, 1001, x, y, z)


def read_wkb(data: bytes) -> Shape:
    """The geometry in some WKB; BadShape when it is none, is cut off or has open rings."""
    if len(data) == 21 and data[:5] == _POINT_HEAD:
        x, y = _XY.unpack_from(data, 5)
        if isfinite(x) and isfinite(y):
            return Shape(data, GeometryType.POINT, (x, y, x, y))
    reader = _Reader(data)
    try:
        node, dimensions = reader.geometry(0)
    except struct.error as error:
        raise BadShape("The binary geometry is cut off.", "Die Geometrie bricht ab.") from error
    if reader.at != len(data):
        raise BadShape(
            "Bytes follow after the binary geometry.", "Nach der Geometrie folgen noch Bytes."
        )
    return _shape(node, dimensions, reader.srid, data if reader.plain else None)


def read_geojson(value: Any) -> Shape:
    """The geometry in a GeoJSON object (not a Feature); BadShape when it is none."""
    if value is None:
        kind_of(value)
    wkb = from_geojson(value)
    if wkb is None:
        return Shape(_nothing(kind_of(value)), KINDS[kind_of(value)], (0.0,) * 4, empty=True)
    return read_wkb(wkb)


def _nothing(kind: int) -> bytes:
    """The WKB of an empty geometry."""
    flats: list[Flat] = [()] if kind in (1, 2) else []
    return b"".join(_written(Node(kind, flats, []), 2))


def to_geojson(wkb: bytes, decimals: int | None = None) -> dict[str, Any]:
    """The GeoJSON geometry of WKB as read_wkb gives it, rounded to so many decimals."""
    node, dimensions = _Reader(wkb).geometry(0)
    return _to_geojson(node, dimensions, decimals)


def fault(wkb: bytes) -> str:
    """Why a geometry is not valid (OGC 06-103r4 §6.1), in GEOS' words; "" when it is."""
    if int.from_bytes(wkb[1:5], "little") % 1000 == 1:
        return ""
    import shapely

    found = str(shapely.is_valid_reason(shapely.from_wkb(wkb)))
    return "" if found == "Valid Geometry" else found


def fit(shape: Shape, kind: GeometryType) -> Shape | None:
    """The geometry as this type: alone ↔ the only one of many. None when that cannot be."""
    if kind in (shape.kind, GeometryType.ANY):
        return shape
    node, dimensions = _Reader(shape.wkb).geometry(0)
    wanted = NUMBERS[kind]
    if MEMBER.get(wanted) == node.kind:
        node = Node(wanted, [], [node])
    elif MEMBER.get(node.kind) == wanted and len(node.members) == 1:
        node = node.members[0]
    else:
        return None
    return _shape(node, dimensions, shape.srid, None)


def swapped_axes(wkb: bytes) -> bytes:
    """The same geometry with x and y exchanged."""
    node, dimensions = _Reader(wkb).geometry(0)
    return b"".join(_written(_swapped(node, dimensions), dimensions))


def _swapped(node: Node, dimensions: int) -> Node:
    flats = []
    for flat in node.flats:
        turned = list(flat)
        turned[::dimensions], turned[1::dimensions] = flat[1::dimensions], flat[::dimensions]
        flats.append(tuple(turned))
    return Node(node.kind, flats, [_swapped(each, dimensions) for each in node.members])


def _shape(node: Node, dimensions: int, srid: int, same: bytes | None) -> Shape:
    """Checked and measured; `same`: the bytes when they are already in the house's form."""
    west = south = float("inf")
    east = north = float("-inf")
    count = 0
    for flat in _flats(node):
        if not isfinite(sum(flat)):
            raise BadShape("A coordinate is no finite number.", "Eine Koordinate ist keine Zahl.")
        xs, ys = flat[::dimensions], flat[1::dimensions]
        if xs:
            count += len(xs)
            west, east = min(west, min(xs)), max(east, max(xs))
            south, north = min(south, min(ys)), max(north, max(ys))
    if count > MAX_COORDINATES:
        raise too_many()
    _rings(node, dimensions)
    wkb = same if same is not None else b"".join(_written(node, dimensions))
    empty = count == 0
    box = (0.0, 0.0, 0.0, 0.0) if empty else (west, south, east, north)
    return Shape(wkb, KINDS[node.kind], box, dimensions == 3, srid, empty)


def _flats(node: Node) -> Iterator[Flat]:
    yield from node.flats
    for member in node.members:
        yield from _flats(member)


def _rings(node: Node, dimensions: int) -> None:
    """Lines have two positions, rings four and end where they began (06-103r4 §6.1.11)."""
    if node.kind == 2 and 0 < len(node.flats[0]) < 2 * dimensions:
        raise short_line()
    if node.kind == 3:
        for ring in node.flats:
            if ring and len(ring) < 4 * dimensions:
                raise short_ring()
            if ring[:dimensions] != ring[-dimensions:]:
                raise open_ring()
    for member in node.members:
        _rings(member, dimensions)


class _Reader:
    """Walks through WKB; `plain` stays true while it is what the house would write."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at, self.plain, self.srid, self.count = data, 0, True, 0, 0

    def geometry(self, depth: int) -> tuple[Node, int]:
        if depth > MAX_DEPTH:
            raise too_deep()
        kind, dimensions, measured, order = self._head()
        if kind == 1:
            flat = self._doubles(1, dimensions, measured, order)
            return Node(1, [() if _nan(flat) else flat], []), dimensions
        if kind == 2:
            return Node(2, [self._line(dimensions, measured, order)], []), dimensions
        count = self._number(order)
        self._limit(count)
        if kind == 3:
            rings = [self._line(dimensions, measured, order) for _ in range(count)]
            return Node(3, rings, []), dimensions
        return Node(kind, [], self._members(kind, count, dimensions, depth)), dimensions

    def _members(self, kind: int, count: int, dimensions: int, depth: int) -> list[Node]:
        members = []
        for _ in range(count):
            member, deep = self.geometry(depth + 1)
            if deep != dimensions or MEMBER.get(kind, member.kind) != member.kind:
                raise BadShape(
                    "The parts of the geometry do not fit together.",
                    "Die Teile der Geometrie passen nicht zusammen.",
                )
            members.append(member)
        return members

    def _head(self) -> tuple[int, int, bool, str]:
        mark = self.data[self.at : self.at + 1]
        if mark not in (b"\x00", b"\x01"):
            raise BadShape("These bytes are no geometry (WKB).", "Das ist keine Geometrie (WKB).")
        order = "<" if mark == b"\x01" else ">"
        self.at += 1
        number = self._number(order)
        high, number = number & 0xE0000000, number & 0x1FFFFFFF
        if high & 0x20000000:
            self.srid = self._number(order)
        family, kind = divmod(number, 1000)
        if kind not in KINDS or family > 3:
            raise BadShape(
                "Only points, lines, polygons and their collections can be read (no curves).",
                "Lesbar sind Punkte, Linien, Flächen und deren Sammlungen (keine Bögen).",
            )
        measured = bool(high & 0x40000000) or family in (2, 3)
        deep = bool(high & 0x80000000) or family in (1, 3)
        self.plain = self.plain and order == "<" and not high and not measured
        return kind, 3 if deep else 2, measured, order

    def _line(self, dimensions: int, measured: bool, order: str) -> Flat:
        count = self._number(order)
        self._limit(count)
        return self._doubles(count, dimensions, measured, order)

    def _doubles(self, count: int, dimensions: int, measured: bool, order: str) -> Flat:
        stride = dimensions + measured
        flat: Flat = struct.unpack_from(f"{order}{count * stride}d", self.data, self.at)
        self.at += count * stride * 8
        if measured:
            return tuple(each for at, each in enumerate(flat) if at % stride < dimensions)
        return flat

    def _number(self, order: str) -> int:
        found: int = struct.unpack_from(order + "I", self.data, self.at)[0]
        self.at += 4
        return found

    def _limit(self, count: int) -> None:
        self.count += count
        if self.count > MAX_COORDINATES:
            raise too_many()


def _nan(flat: Flat) -> bool:
    """Whether a point is empty: all its coordinates are NaN (06-103r4 §8.2.3 by custom)."""
    return all(each != each for each in flat)


def _written(node: Node, dimensions: int) -> Iterator[bytes]:
    yield struct.pack("<BI", 1, node.kind + (1000 if dimensions == 3 else 0))
    if node.kind == 1:
        flat = node.flats[0] or (float("nan"),) * dimensions
        yield struct.pack(f"<{dimensions}d", *flat)
        return
    if node.kind != 2:
        yield struct.pack("<I", len(node.flats) + len(node.members))
    for flat in node.flats:
        yield struct.pack(f"<I{len(flat)}d", len(flat) // dimensions, *flat)
    for member in node.members:
        yield from _written(member, dimensions)


def _to_geojson(node: Node, dimensions: int, decimals: int | None) -> dict[str, Any]:
    kind = KINDS[node.kind].value
    if node.kind == 7:
        inner = [_to_geojson(each, dimensions, decimals) for each in node.members]
        return {"type": kind, "geometries": inner}
    if node.members or node.kind > 3:
        parts = [_to_geojson(each, dimensions, decimals) for each in node.members]
        return {"type": kind, "coordinates": [each["coordinates"] for each in parts]}
    lines = [_listed(flat, dimensions, decimals) for flat in node.flats]
    if node.kind == 1:
        return {"type": kind, "coordinates": lines[0][0] if lines[0] else []}
    return {"type": kind, "coordinates": lines if node.kind == 3 else lines[0]}


def _listed(flat: Flat, dimensions: int, decimals: int | None) -> list[list[float]]:
    rounded = flat if decimals is None else tuple(round(each, decimals) for each in flat)
    return [list(rounded[at : at + dimensions]) for at in range(0, len(rounded), dimensions)]
