# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""KML 2.2 and KMZ (OGC 07-147r2): every folder is a layer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from allmende.core.imports.packed import Packed
from allmende.core.imports.types import (
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
from allmende.model import positions as wkb
from allmende.sources.vector.xml import Node, features

TEXTS = ("name", "description", "address", "phoneNumber", "snippet")
MULTI = {1: 4, 2: 5, 3: 6}
PAIR = re.compile(r"([^:<>]{1,60}): ?(.*)", re.S)
BREAK = re.compile(r"<br\s*/?>|\n", re.I)


def read(material: Material) -> Opened:
    """One layer per folder that holds placemarks. NetworkLinks are not followed."""
    data = _document(material)
    found = _looks(data, material)
    layers = [_layer(name, look, data, material) for name, look in found.items()]
    if layers and b"<NetworkLink" in data:
        layers[0].notes.append(
            said(
                "The document links to others (NetworkLink); they were not read.",
                "Das Dokument verweist auf andere (NetworkLink); sie wurden nicht gelesen.",
            )
        )
    return Opened("kml", layers)


def _document(material: Material) -> bytes:
    if not material.data.startswith(b"PK"):
        return material.data
    inside = Packed(material.data, material.limits, material.name)
    names = [name for name in inside.names if name.lower().endswith(".kml")]
    if not names:
        raise unreadable(material.name, "it holds no KML", "sie enthält kein KML")
    return inside.read("doc.kml" if "doc.kml" in names else names[0])


def _is_placemark(path: list[Node]) -> bool:
    return path[-1].tag == "Placemark"


def _looks(data: bytes, material: Material) -> dict[str, Look]:
    """The layers, with their columns learned from their first rows."""
    found: dict[str, Look] = {}
    for each in features(data, _is_placemark):
        if isinstance(each, RawRow):
            if not found:
                raise unreadable(material.name, *(text.rstrip(".") for text in _texts(each)))
            continue
        look = found.setdefault(_layer_name(each[1]), Look(material.limits))
        if len(found) > material.limits.layers:
            raise over("layers", material.limits.layers)
        if look.hungry:
            look.add(_row(each[0], material.limits.vertices))
        look.count += 1
    return found


def _texts(row: RawRow) -> tuple[str, str]:
    text = row.fault.text if row.fault else {"en": "", "de": ""}
    return text["en"], text["de"]


def _layer_name(containers: list[Node]) -> str:
    """The names of the folders, outermost first; of the document when there is no folder."""
    folders = [each for each in containers if each.tag == "Folder"]
    holders = folders or [each for each in containers if each.tag == "Document"]
    return "/".join(each.attributes.get("name") or each.tag for each in holders) or "placemarks"


def _layer(name: str, look: Look, data: bytes, material: Material) -> Layer:
    def all_rows() -> Iterator[RawRow]:
        for each in features(data, _is_placemark):
            if isinstance(each, RawRow):
                yield each
            elif _layer_name(each[1]) == name:
                yield _row(each[0], material.limits.vertices)

    return Layer(
        name=name,
        columns=look.columns,
        rows=lambda: counted(all_rows(), material.limits),
        geometry=look.placed,
        crs="OGC:CRS84",
        count=look.count,
    )


def _row(placemark: Node, vertices: int) -> RawRow:
    cells: dict[str, str] = {tag: placemark.said(tag) for tag in TEXTS if placemark.said(tag)}
    ident = placemark.attributes.get("id", "")
    if ident:
        cells["id"] = ident
    for span in placemark.all("TimeStamp") + placemark.all("TimeSpan"):
        cells |= {each.tag: each.text for each in span.children if each.text}
    told = _extended(placemark)
    for name, value in {**described(cells.get("description", "")), **told}.items():
        cells.setdefault(name, value)
    row = RawRow(placemark.line, dict(cells), id=ident)
    try:
        row.geometry = _geometry(placemark, [vertices])
    except wkb.BadShape as error:
        row.fault = shape_fault(error)
    except (ValueError, IndexError):
        row.fault = shape_fault(wkb.unknown_shape())
    return row


def _extended(placemark: Node) -> dict[str, str]:
    """Data and SimpleData of ExtendedData (§9.2 f.)."""
    found: dict[str, str] = {}
    holder = placemark.child("ExtendedData")
    if holder is None:
        return found
    for each in holder.all("Data"):
        found[each.attributes.get("name", "")] = each.said("value")
    for schema in holder.all("SchemaData"):
        for each in schema.all("SimpleData"):
            found[each.attributes.get("name", "")] = each.text
    found.pop("", None)
    return found


def described(description: str) -> dict[str, str]:
    """Names and values of a description that is an HTML table or lines such as `name: value`."""
    if "<t" in description.lower():
        table = _Table()
        table.feed(description[:100_000])
        table.close()
        return {row[0]: row[1] for row in table.rows if len(row) == 2 and row[0]}
    lines = [line for line in BREAK.split(description) if line.strip()]
    pairs = [PAIR.fullmatch(line.strip()) for line in lines]
    if len(pairs) < 2 or not all(pairs):
        return {}
    return {pair[1].strip(): pair[2].strip() for pair in pairs if pair}


class _Table(HTMLParser):
    """The texts of the cells of all table rows."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th") and self.rows:
            self.rows[-1].append("")
            self._open = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._open = False

    def handle_data(self, data: str) -> None:
        if self._open and self.rows and self.rows[-1]:
            self.rows[-1][-1] = (self.rows[-1][-1] + data).strip()


# --- geometry ------------------------------------------------------------------------


def _geometry(node: Node, left: list[int]) -> bytes | None:
    found = [each for child in node.children if (each := _shape(child, left))]
    return found[0] if found else None


def _shape(node: Node, left: list[int]) -> bytes | None:
    match node.tag:
        case "Point":
            return _made(1, _positions(node)[:1], left)
        case "LineString" | "LinearRing":
            return _made(2, _positions(node), left)
        case "Polygon":
            return _made(3, _rings(node), left)
        case "MultiGeometry":
            return _multi([each for child in node.children if (each := _shape(child, left))])
        case _:
            return None


def _made(
    kind: int, coordinates: list[list[float]] | list[list[list[float]]], left: list[int]
) -> bytes | None:
    if not coordinates:
        return None
    return wkb.make(kind, coordinates[0] if kind == 1 else coordinates, left)


def _rings(polygon: Node) -> list[list[list[float]]]:
    holders = polygon.all("outerBoundaryIs") + polygon.all("innerBoundaryIs")
    return [_positions(ring) for holder in holders for ring in holder.all("LinearRing")]


def _positions(node: Node) -> list[list[float]]:
    """lon, lat and height; heights that are all 0 say nothing and are left out."""
    found = [[float(n) for n in word.split(",") if n] for word in node.said("coordinates").split()]
    if any(len(each) < 2 for each in found):
        raise wkb.unknown_shape()
    flat = all(len(each) < 3 or each[2] == 0 for each in found)
    return [each[:2] for each in found] if flat else found


def _multi(parts: list[bytes]) -> bytes | None:
    kinds = {int.from_bytes(part[1:5], "little") % wkb.Z for part in parts}
    kind = MULTI.get(kinds.pop(), 7) if len(kinds) == 1 else 7
    return wkb.collection(kind, parts)
