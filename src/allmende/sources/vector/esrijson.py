# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Feature sets of ArcGIS servers: Esri JSON, whose rings say by their sense what they are."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Raw, Struct

from allmende.core.imports.types import (
    Column,
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
from allmende.model.document import FieldType

TYPES = {
    "esriFieldTypeOID": FieldType.INTEGER,
    "esriFieldTypeInteger": FieldType.INTEGER,
    "esriFieldTypeBigInteger": FieldType.INTEGER,
    "esriFieldTypeSmallInteger": FieldType.INTEGER,
    "esriFieldTypeDouble": FieldType.NUMBER,
    "esriFieldTypeSingle": FieldType.NUMBER,
    "esriFieldTypeString": FieldType.STRING,
    "esriFieldTypeGUID": FieldType.STRING,
    "esriFieldTypeGlobalID": FieldType.STRING,
    "esriFieldTypeDate": FieldType.DATETIME,
}
WEB_MERCATOR = {102100, 102113, 900913}

Ring = list[list[float]]


class Head(Struct):
    """What stands beside the features of an answer."""

    features: list[Raw] = []
    fields: list[dict[str, Any]] = []
    spatialReference: dict[str, Any] = {}
    objectIdFieldName: str = ""
    exceededTransferLimit: bool = False


def read(material: Material) -> Opened:
    """The one layer of an answer."""
    head = parse(material.data, material.name)

    def rows() -> Iterator[RawRow]:
        return counted(feature_rows(head, material.limits.vertices, 0), material.limits)

    found, placed = columns_of(rows(), material.limits)
    columns = declared(head) or found
    layer = Layer("features", columns, rows, geometry=placed, crs=crs_of(head.spatialReference))
    layer.count = len(head.features)
    if head.exceededTransferLimit:
        layer.notes.append(
            said(
                "The server has more rows than this answer; give the address of the layer.",
                "Der Server hat mehr Zeilen als diese Antwort; geben Sie die Adresse der Ebene an.",
            )
        )
    return Opened("esrijson", [layer])


def parse(data: bytes, name: str) -> Head:
    """The answer in parts. InvalidInput when it is none."""
    try:
        return msgspec.json.decode(data, type=Head)
    except (msgspec.DecodeError, RecursionError) as error:
        raise unreadable(name, f"no feature set, {error}", f"keine Objekte, {error}") from error


def declared(head: Head) -> list[Column]:
    """The columns as the answer declares them."""
    return [
        Column(str(each.get("name", "")), TYPES.get(str(each.get("type", ""))))
        for each in head.fields
    ]


def crs_of(reference: dict[str, Any]) -> str:
    """The CRS of a spatialReference; `latestWkid` is the EPSG code."""
    code = reference.get("latestWkid") or reference.get("wkid")
    if code in WEB_MERCATOR:
        return "EPSG:3857"
    if isinstance(code, int):
        return f"EPSG:{code}"
    return str(reference.get("wkt", ""))


def feature_rows(head: Head, vertices: int, before: int) -> Iterator[RawRow]:
    """The features as rows; `before` were on earlier pages."""
    dates = {str(f.get("name")) for f in head.fields if f.get("type") == "esriFieldTypeDate"}
    ident = head.objectIdFieldName or next(
        (str(f.get("name")) for f in head.fields if f.get("type") == "esriFieldTypeOID"), ""
    )
    for number, piece in enumerate(head.features, before + 1):
        try:
            feature = msgspec.json.decode(piece, type=dict[str, Any])
        except (msgspec.DecodeError, RecursionError) as error:
            text = said(f"The feature is broken: {error}.", f"Das Objekt ist defekt: {error}.")
            yield RawRow(number, {}, fault=Fault("broken-feature", text))
            continue
        cells = feature.get("attributes") or {}
        for name in dates & cells.keys():
            cells[name] = _moment(cells[name])
        row = RawRow(number, cells, id=str(cells[ident]) if cells.get(ident) is not None else "")
        try:
            row.geometry = geometry(feature.get("geometry"), [vertices])
        except wkb.BadShape as error:
            row.fault = shape_fault(error)
        except (TypeError, ValueError, KeyError, IndexError):
            row.fault = shape_fault(wkb.unknown_shape())
        yield row


def _moment(value: Any) -> Any:
    """Dates are milliseconds since 1970 in UTC."""
    from datetime import UTC, datetime, timedelta

    if not isinstance(value, int | float) or abs(value) > 2**47:
        return value
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=value)).isoformat()


def geometry(value: dict[str, Any] | None, left: list[int]) -> bytes | None:
    """The WKB of an Esri geometry; None when it is empty. BadShape, or KeyError and the like."""
    if not value:
        return None
    if "x" in value:
        if value["x"] in (None, "NaN"):
            return None
        point = [value["x"], value["y"]]
        return wkb.make(1, [*point, value["z"]] if value.get("z") is not None else point, left)
    if value.get("points"):
        return wkb.make(4, _plain(value, "points"), left)
    if value.get("paths"):
        paths = [_plain({**value, "paths": path}, "paths") for path in value["paths"]]
        return wkb.make(2, paths[0], left) if len(paths) == 1 else wkb.make(5, paths, left)
    if value.get("rings"):
        return _areas([_plain({**value, "rings": ring}, "rings") for ring in value["rings"]], left)
    if "curvePaths" in value or "curveRings" in value:
        raise wkb.BadShape(
            "Curves are not read; ask the source for straight lines.",
            "Kurven werden nicht gelesen; die Quelle soll gerade Linien liefern.",
            "curve",
        )
    return None


def _plain(value: dict[str, Any], name: str) -> Ring:
    """Positions with height where there is one, without measures."""
    size = 3 if value.get("hasZ") else 2
    return [position[:size] for position in value[name]]


def _areas(rings: list[Ring], left: list[int]) -> bytes:
    """Clockwise rings are outer ones; the others are holes of the outer ring that holds them."""
    outer = [[ring] for ring in rings if _area(ring) <= 0]
    holes = [ring for ring in rings if _area(ring) > 0]
    if not outer:  # written in the sense of GeoJSON
        outer, holes = [[ring] for ring in holes], []
    for hole in holes:
        home = next((part for part in outer if _inside(hole[0], part[0])), outer[0])
        home.append(hole)
    return wkb.make(3, outer[0], left) if len(outer) == 1 else wkb.make(6, outer, left)


def _area(ring: Ring) -> float:
    """Twice the signed area; negative when clockwise."""
    pairs = itertools.pairwise(ring)
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairs)


def _inside(point: list[float], ring: Ring) -> bool:
    x, y = point[:2]
    inside = False
    for a, b in itertools.pairwise(ring):
        if (a[1] > y) != (b[1] > y) and x < (b[0] - a[0]) * (y - a[1]) / (b[1] - a[1]) + a[0]:
            inside = not inside
    return inside
