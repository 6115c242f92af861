# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Where things are: GeoJSON of locations and features as columns for queries and maps."""

from __future__ import annotations

from typing import Any

import msgspec

from allmende.errors import InvalidInput

GEOJSON = frozenset(
    {"application/geo+json", "application/vnd.geo+json", "application/vnd.geo+json;version=1.0"}
)
BOX = ("west", "south", "east", "north")
Bounds = tuple[float, float, float, float]


def encoding(text: str) -> str:
    """An encodingType without what does not matter for comparing: the names of GeoJSON."""
    bare = text.strip().lower().replace(" ", "")
    return "application/geo+json" if bare in GEOJSON else bare


def place(columns: dict[str, Any]) -> None:
    """Adds geometry and bounding box (CRS84) of a location or feature to its columns.

    Only GeoJSON is looked into; anything else is kept as it is (18-088 table 8-5). Raises
    InvalidInput for GeoJSON that is none or lies outside of the world.
    """
    if columns.get("place") is None:
        return
    if encoding(columns["encoding"]) != "application/geo+json":
        columns.update(dict.fromkeys((*BOX, "shape")))
        return
    bounds, wkb = shape(msgspec.json.decode(columns["place"]))
    columns.update(zip(BOX, bounds, strict=True), shape=wkb)


def shape(given: Any) -> tuple[Bounds, bytes]:
    """Bounding box and WKB of a GeoJSON geometry or of the geometry of a Feature."""
    import shapely

    geometry = given.get("geometry") if _is_feature(given) else given
    if not isinstance(geometry, dict) or "type" not in geometry:
        raise _wrong("it has no type", "es hat keinen type")
    try:
        found = shapely.from_geojson(msgspec.json.encode(geometry))
    except (shapely.errors.GEOSException, ValueError, TypeError) as error:
        raise _wrong("its coordinates cannot be read", "die Lage ist unlesbar") from error
    if found is None or found.is_empty:
        raise _wrong("it is empty", "es ist leer")
    west, south, east, north = (float(each) for each in found.bounds)
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise _wrong(
            "longitude and latitude (in this order) are not on this world",
            "Länge und Breite (in dieser Folge) liegen nicht auf der Erde",
        )
    return (west, south, east, north), bytes(shapely.to_wkb(found, flavor="iso"))


def _is_feature(given: Any) -> bool:
    return isinstance(given, dict) and given.get("type") == "Feature"


def _wrong(why: str, warum: str) -> InvalidInput:
    return InvalidInput(
        f"The place is not valid GeoJSON: {why}.", f"Der Ort ist kein gültiges GeoJSON: {warum}."
    )
