# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Feature collections in GML 2, 3.1 and 3.2, as WFS servers send them (OGC 07-036, 02-069)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from allmende.core.imports.crs import north_first
from allmende.core.imports.types import (
    Fault,
    Layer,
    Look,
    Material,
    Opened,
    RawRow,
    counted,
    over,
    said,
    shape_fault,
    unreadable,
)
from allmende.errors import InvalidInput
from allmende.model import positions as wkb
from allmende.sources.vector.gml_geometry import GEOMETRIES, shape, srs_name
from allmende.sources.vector.xml import Node, features

MEMBERS = {"featureMember", "featureMembers", "member"}
LEFT_OUT = {"boundedBy", "metaDataProperty"}
FLAT_DEPTH = 4  # of elements within a property that become columns a.b.c


def read(material: Material) -> Opened:
    """One layer per kind of feature."""
    found: dict[str, Look] = {}
    for each in features(material.data, _is_feature):
        if isinstance(each, RawRow):
            if not found and each.fault:
                said = each.fault.text
                raise unreadable(material.name, said["en"].rstrip("."), said["de"].rstrip("."))
            continue
        node = each[0]
        look = found.setdefault(node.tag, Look(material.limits))
        if len(found) > material.limits.layers:
            raise over("layers", material.limits.layers)
        look.crs = look.crs or srs_name(node) or _outer_srs(each[1])
        if look.hungry:
            look.add(_row(node, look.crs, material.limits.vertices))
        look.count += 1
    return Opened("gml", [_layer(name, look, material) for name, look in found.items()])


def _is_feature(path: list[Node]) -> bool:
    return len(path) > 1 and path[-2].tag in MEMBERS and path[-1].tag != "FeatureCollection"


def _outer_srs(containers: list[Node]) -> str:
    return next((c.attributes["srsName"] for c in containers if "srsName" in c.attributes), "")


def _layer(name: str, look: Look, material: Material) -> Layer:
    def all_rows() -> Iterator[RawRow]:
        for each in features(material.data, _is_feature):
            if isinstance(each, RawRow):
                yield each
            elif each[0].tag == name:
                yield _row(each[0], look.crs, material.limits.vertices)

    return Layer(
        name=name,
        columns=look.columns,
        rows=lambda: counted(all_rows(), material.limits),
        geometry=look.placed,
        crs=look.crs,
        axis=_axis(look.crs),
        count=look.count,
    )


def _axis(crs: str) -> str:
    try:
        return "yx" if crs and north_first(crs) else "xy"
    except InvalidInput:
        return "xy"


def _row(node: Node, crs: str, vertices: int) -> RawRow:
    cells: dict[str, Any] = {}
    ident = node.attributes.get("id") or node.attributes.get("fid", "")
    if ident:
        cells["gml_id"] = ident
    row = RawRow(node.line, cells, id=ident)
    for child in node.children:
        if child.tag in LEFT_OUT:
            continue
        inner = next((each for each in child.children if each.tag in GEOMETRIES), None)
        if inner is None:
            _flatten(child, child.tag, cells, 0)
        elif row.geometry is None and row.fault is None:
            _place(row, inner, crs, vertices)
    return row


def _place(row: RawRow, inner: Node, crs: str, vertices: int) -> None:
    own = srs_name(inner)
    if own and own != crs:
        row.fault = Fault(
            "crs-differs",
            said(
                f"The geometry is in {own}, the others are in {crs}.",
                f"Die Geometrie ist in {own}, die anderen sind in {crs}.",
            ),
        )
        return
    try:
        row.geometry = shape(inner, [vertices])
    except wkb.BadShape as error:
        row.fault = shape_fault(error)
    except (ValueError, IndexError):
        row.fault = shape_fault(wkb.unknown_shape())


def _flatten(node: Node, name: str, cells: dict[str, Any], depth: int) -> None:
    """A property as columns: its text, its reference, or what lies inside it."""
    if node.children and depth < FLAT_DEPTH:
        for child in node.children:
            plain = child.tag if child.tag != node.tag else "value"
            _flatten(child, f"{name}.{plain}", cells, depth + 1)
        return
    value: Any = node.text or node.attributes.get("href") or None
    if name in cells and value is not None:
        before = cells[name]
        value = [*before, value] if isinstance(before, list) else [before, value]
    cells[name] = value
