# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""GeoJSON (RFC 7946 and the older form with `crs`) and GeoJSON text sequences (RFC 8142)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from msgspec import Raw, Struct

from allmende.core.imports.formats import as_utf8
from allmende.core.imports.types import (
    Fault,
    Layer,
    Material,
    Opened,
    RawRow,
    columns_of,
    counted,
    said,
    shape_fault,
    unreadable,
)
from allmende.model import positions as wkb
from allmende.model.document import Text


class _Collection(Struct):
    type: str
    features: list[Raw] | None = None
    crs: Any = None
    name: Any = None
    links: Any = None


class _Feature(Struct):
    type: str = ""
    id: str | int | float | None = None
    properties: dict[str, Any] | None = None
    geometry: Any = None


def read(material: Material) -> Opened:
    """One layer with every feature; a broken feature is a row with its fault."""
    data, encoding = as_utf8(material.data, material.options.encoding)
    notes = [_other_encoding(encoding)] if not encoding.startswith("utf-8") else []
    if data.lstrip(b"\x1e \r\n\t")[:1] == b"{" and _is_sequence(data):
        pieces, found = _sequence(data), _Collection(type="")
    else:
        found, pieces = _collection(material, data)

    if _has_next(found.links):
        notes.append(_one_page())

    def rows() -> Iterator[RawRow]:
        return counted(_rows(pieces, material), material.limits)

    columns, placed = columns_of(_rows(pieces, material), material.limits)
    name = found.name if isinstance(found.name, str) else ""
    layer = Layer(
        name=name or "features",
        columns=columns,
        rows=rows,
        geometry=placed,
        crs=_crs(found.crs),
        count=len(pieces),
        notes=notes,
    )
    return Opened("geojson", [layer])


def _is_sequence(data: bytes) -> bool:
    return data[:1] == b"\x1e" or _first_line_is_whole(data)


def _first_line_is_whole(data: bytes) -> bool:
    line, _, rest = data.strip().partition(b"\n")
    if not rest:
        return False
    try:
        msgspec.json.decode(line, type=Raw)
    except msgspec.DecodeError:
        return False
    return True


def _sequence(data: bytes) -> list[bytes]:
    separator = b"\x1e" if data[:1] == b"\x1e" else b"\n"
    return [piece for piece in data.split(separator) if piece.strip()]


def _collection(material: Material, data: bytes) -> tuple[_Collection, list[bytes]]:
    try:
        found = msgspec.json.decode(data, type=_Collection)
    except (msgspec.DecodeError, RecursionError) as error:
        raise unreadable(
            material.name, f"broken JSON, {error}", f"fehlerhaftes JSON, {error}"
        ) from error
    if found.type == "FeatureCollection":
        return found, [bytes(each) for each in found.features or []]
    return found, [data]


def _crs(member: Any) -> str:
    """The name in the `crs` member of GeoJSON 2008 §3; its numbers are always x before y."""
    try:
        named = member["properties"]["name"]
    except (TypeError, KeyError):
        return ""
    return named if isinstance(named, str) else ""


def _rows(pieces: Iterable[bytes], material: Material) -> Iterator[RawRow]:
    for number, piece in enumerate(pieces, 1):
        try:
            yield _row(number, piece, material.limits.vertices)
        except (msgspec.DecodeError, RecursionError) as error:
            en, de = f"The feature is broken: {error}.", f"Das Objekt ist defekt: {error}."
            raw = piece[:1_000].decode("utf-8", "replace")
            yield RawRow(number, {"feature": raw}, fault=Fault("broken-feature", said(en, de)))


def _row(number: int, piece: bytes, vertices: int) -> RawRow:
    feature = msgspec.json.decode(piece, type=_Feature)
    if feature.type in wkb.NUMBERS:  # a geometry alone
        feature = _Feature(geometry=msgspec.json.decode(piece))
    ident = _ident(feature.id)
    cells = feature.properties or {}
    if ident:
        cells.setdefault("id", feature.id)
    row = RawRow(number, cells, id=ident)
    try:
        row.geometry = wkb.from_geojson(feature.geometry, vertices)
    except wkb.BadShape as error:
        row.fault = shape_fault(error)
        row.cells["geometry"] = msgspec.json.encode(feature.geometry)[:1_000].decode()
    return row


def _ident(value: str | float | None) -> str:
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _has_next(links: Any) -> bool:
    listed = links if isinstance(links, list) else []
    return any(isinstance(each, dict) and each.get("rel") == "next" for each in listed)


def _one_page() -> Text:
    return said(
        "This is one page of several; give the address of the collection to read all of them.",
        "Dies ist eine von mehreren Seiten; mit der Adresse der Sammlung werden alle gelesen.",
    )


def _other_encoding(encoding: str) -> Text:
    return said(
        f"The file is not in UTF-8, as GeoJSON must be; it was read as {encoding}.",
        f"Die Datei ist nicht in UTF-8, wie GeoJSON es verlangt; gelesen als {encoding}.",
    )
