# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The geometries of GML 2, 3.1 and 3.2 (OGC 07-036 §10) as WKB, axes as they are written."""

from __future__ import annotations

from allmende.model import positions as wkb
from allmende.sources.vector.xml import Node

Position = list[float]

GEOMETRIES = {
    *("Point", "LineString", "LinearRing", "Curve", "CompositeCurve", "Polygon", "Surface"),
    *("MultiPoint", "MultiLineString", "MultiCurve", "MultiPolygon", "MultiSurface"),
    *("MultiGeometry", "CompositeSurface"),
}
MULTI = {1: 4, 2: 5, 3: 6}
STRAIGHT = {"LineStringSegment", "LineString", "LinearRing", "GeodesicString"}


def srs_name(node: Node) -> str:
    """The first srsName in or below an element."""
    if "srsName" in node.attributes:
        return node.attributes["srsName"]
    for child in node.children:
        if child.tag != "boundedBy" and (found := srs_name(child)):
            return found
    return ""


def shape(node: Node, left: list[int], dimension: int = 2) -> bytes | None:
    """The WKB of a geometry element. BadShape, ValueError or IndexError when it is none."""
    dimension = int(node.attributes.get("srsDimension", dimension))
    match node.tag:
        case "Point":
            found = positions(node, dimension)
            return wkb.make(1, found[0], left) if found else None
        case "LineString" | "LinearRing" | "Curve" | "CompositeCurve":
            found = line(node, dimension)
            return wkb.make(2, found, left) if found else None
        case "Polygon" | "PolygonPatch" | "Rectangle" | "Triangle":
            rings = _rings(node, dimension)
            return wkb.make(3, rings, left) if rings else None
        case _:
            return _many(node, left, dimension)


def _many(node: Node, left: list[int], dimension: int) -> bytes | None:
    parts: list[bytes] = []
    for holder in node.children:
        for each in holder.children if holder.tag[0].islower() else [holder]:
            if part := shape(each, left, dimension):
                parts.append(part)
    if node.tag in ("Surface", "CompositeSurface") and len(parts) == 1:
        return parts[0]
    kinds = {int.from_bytes(part[1:5], "little") % wkb.Z for part in parts}
    kind = MULTI.get(kinds.pop(), 7) if len(kinds) == 1 else 7
    return wkb.collection(kind, parts)


def _rings(node: Node, dimension: int) -> list[list[Position]]:
    outer = node.all("exterior") + node.all("outerBoundaryIs")
    holders = outer + node.all("interior") + node.all("innerBoundaryIs")
    return [line(ring, dimension) for holder in holders for ring in holder.children]


def line(node: Node, dimension: int) -> list[Position]:
    """The positions of a line, ring or curve made of straight parts."""
    dimension = int(node.attributes.get("srsDimension", dimension))
    if node.tag in STRAIGHT:
        return positions(node, dimension)
    found: list[Position] = []
    for holder in node.children:
        inside = holder.children if holder.tag[0].islower() else [holder]
        for each in inside:
            if each.tag not in STRAIGHT | {"Curve", "CompositeCurve", "Ring"}:
                raise wkb.BadShape(
                    f"Curves of the kind {each.tag} are not read; ask the source for straight "
                    "lines.",
                    f"Kurven der Art {each.tag} werden nicht gelesen; die Quelle soll gerade "
                    "Linien liefern.",
                    "curve",
                )
            part = line(each, dimension)
            found += part[1:] if found and part and found[-1] == part[0] else part
    return found


def positions(node: Node, dimension: int) -> list[Position]:
    """The positions in posList, pos, coordinates or coord."""
    listed = node.child("posList")
    if listed is not None:
        step = int(listed.attributes.get("srsDimension", dimension))
        if step not in (2, 3):
            raise wkb.unknown_shape()
        flat = [float(word) for word in listed.text.split()]
        if len(flat) % step:
            raise wkb.unknown_shape()
        return [flat[at : at + step] for at in range(0, len(flat), step)]
    found = [[float(word) for word in each.text.split()] for each in node.all("pos")]
    found += [_coord(each) for each in node.all("coord")]
    for each in node.all("coordinates"):
        found += _coordinates(each)
    for holder in node.all("pointMember") + node.all("pointProperty"):
        for each in holder.children:
            found += positions(each, dimension)
    if any(len(each) < 2 for each in found):
        raise wkb.unknown_shape()
    return found


def _coord(node: Node) -> Position:
    return [float(child.text) for child in node.children if child.tag in ("X", "Y", "Z")]


def _coordinates(node: Node) -> list[Position]:
    """Positions as in GML 2: separators can be told (OGC 02-069 §4.3.2)."""
    between = node.attributes.get("cs", ",")
    decimal = node.attributes.get("decimal", ".")
    tuples = node.attributes.get("ts", " ")
    words = node.text.replace("\n", " ").replace(tuples, " ").split()
    return [[float(n.replace(decimal, ".")) for n in word.split(between) if n] for word in words]
