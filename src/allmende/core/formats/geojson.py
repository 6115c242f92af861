# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""GeoJSON features as texts (RFC 7946), in any CRS (OGC 18-058r1 §6.4), and JSON-FG 1.0.

Geometries of many rows are read, moved and written at once; what is left per row is the
encoding of its properties.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Raw, json

from allmende.core.crs import crs as crs_named
from allmende.core.crs import move_geometries, same_place
from allmende.core.formats.shape import Row, Shape
from allmende.model.document import CRS84, CRS84H, Entity, FieldType

FG_CORE = "http://www.opengis.net/spec/json-fg-1/1.0/conf/core"
FG_SCHEMAS = "http://www.opengis.net/spec/json-fg-1/1.0/conf/types-schemas"

_encode = json.Encoder().encode


def features(rows: Sequence[Row], shape: Shape) -> list[str]:
    """Each row as the text of a Feature, its geometry in the CRS of the shape."""
    places = geometry_texts([row.geometry for row in rows], shape)
    written = properties(rows, shape)
    return [
        f'{{"type":"Feature","id":{text(row.id)},"geometry":{place},"properties":{plain}}}'
        for row, place, plain in zip(rows, places, written, strict=True)
    ]


def properties(rows: Sequence[Row], shape: Shape) -> list[str]:
    """The properties of each row as the text of a JSON object with every column."""
    names, further = shape.names, shape.further
    if further:
        values: Iterable[Mapping[str, Any]] = (_readable(row.values, further) for row in rows)
    else:
        values = (row.values for row in rows)
    return [_encode({name: each.get(name) for name in names}).decode() for each in values]


def _readable(values: Mapping[str, Any], geometries: Sequence[str]) -> dict[str, Any]:
    """The values with further geometries as GeoJSON."""
    changed = dict(values)
    for name in geometries:
        value = values.get(name)
        if isinstance(value, bytes):
            changed[name] = Raw(geometry_text(value).encode())
    return changed


def geometry_text(wkb: bytes | None) -> str:
    """One geometry as GeoJSON in CRS84."""
    import shapely

    found: str | None = shapely.to_geojson(shapely.from_wkb(wkb))
    return found or "null"


def geometry_texts(wkb: Sequence[bytes | None], shape: Shape) -> list[str]:
    """Geometries as GeoJSON in the CRS of the shape, `null` where there is none."""
    if shape.geometry is None:
        return ["null"] * len(wkb)
    return [each or "null" for each in _moved(wkb, shape.crs)]


def _moved(wkb: Sequence[bytes | None], target: str) -> list[str | None]:
    import numpy as np
    import shapely

    found = shapely.from_wkb(np.array(wkb, dtype=object))
    moved = move_geometries(found, CRS84, target, wire=True)
    texts: list[str | None] = shapely.to_geojson(moved).tolist()
    return texts


def text(value: str) -> str:
    """A text as JSON."""
    return _encode(value).decode()


# --- JSON-FG ------------------------------------------------------------------------------


def fg_head(shape: Shape) -> dict[str, Any]:
    """The members of a JSON-FG feature collection that go before its features (OGC 21-045r1)."""
    head: dict[str, Any] = {
        "conformsTo": [FG_CORE, FG_SCHEMAS],
        "featureType": shape.entity.name,
        "coordRefSys": shape.crs,
    }
    if shape.schema:
        head["featureSchema"] = shape.schema
    return head


def fg_features(rows: Sequence[Row], shape: Shape) -> list[str]:
    """Each row as the text of a JSON-FG Feature.

    In CRS84 the geometry stands in `geometry`, in any other CRS in `place`.
    """
    texts = geometry_texts([row.geometry for row in rows], shape)
    plain = shape.crs in (CRS84, CRS84H)
    written = properties(rows, shape)
    return [
        f'{{"type":"Feature","id":{text(row.id)},"time":{_time(row.values, shape.entity)},'
        f'"geometry":{place if plain else "null"},"place":{"null" if plain else place},'
        f'"properties":{each}}}'
        for row, place, each in zip(rows, texts, written, strict=True)
    ]


def _time(values: Mapping[str, Any], entity: Entity) -> str:
    """The valid time of a row (OGC 21-045r1 §8.3): an instant, an interval or null."""
    if entity.time is None:
        return "null"
    spans = bool(entity.time.end) or _is_year(entity, entity.time.start)
    start = _moment(values, entity, entity.time.start, last=False)
    end = _moment(values, entity, entity.time.end or entity.time.start, last=True)
    if not start and not (spans and end):
        return "null"
    if spans:
        return _encode({"interval": [start or "..", end or ".."]}).decode()
    return _encode({"timestamp" if "T" in start else "date": start}).decode()


def _is_year(entity: Entity, name: str) -> bool:
    found = entity.find(name)
    return found is not None and found.type is FieldType.YEAR


def _moment(values: Mapping[str, Any], entity: Entity, name: str, *, last: bool) -> str:
    """A value as date or timestamp; a year as its first or last day."""
    value = values.get(name)
    if value is None:
        return ""
    if _is_year(entity, name):
        return f"{value:04d}-12-31" if last else f"{value:04d}-01-01"
    return str(value)


def is_plain(shape: Shape) -> bool:
    """Whether stored GeoJSON texts (CRS84) can be handed out as they are."""
    return same_place(shape.crs, CRS84) and not crs_named(shape.crs).swapped
