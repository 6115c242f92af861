# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The place of a citizen's sensor as it is told to others."""

from __future__ import annotations

import math
from typing import Any

from allmende.core import collections
from allmende.core.platform import Platform
from allmende.errors import InvalidInput, NotFound
from allmende.model.query import Outline, Query
from allmende.model.sensing.citizen_places import DISTRICT, told
from allmende.policy import ANONYMOUS


async def told_place(
    platform: Platform, longitude: float, latitude: float, detail: str
) -> tuple[dict[str, Any], str]:
    """A GeoJSON point in CRS84 and the name of the area, if it is told by one.

    InvalidInput when the place is none or lies in no area.
    """
    if not (math.isfinite(longitude) and math.isfinite(latitude)):
        raise _no_place()
    if not (-180 <= longitude <= 180 and -85 <= latitude <= 85):
        raise _no_place()
    if detail != DISTRICT:
        return _point(*told(longitude, latitude, detail)), ""
    found = await _area(platform, longitude, latitude)
    if found is None:
        raise InvalidInput(
            "The place lies in none of the city's districts; choose another accuracy.",
            "Der Ort liegt in keinem Stadtteil; bitte eine andere Genauigkeit wählen.",
        )
    (west, north), name = found
    return _point(west, north), name


async def has_districts(platform: Platform) -> bool:
    """Whether a place can be told by its district."""
    ident = platform.settings.citizen_districts
    if not ident:
        return False
    try:
        await collections.get(platform, ANONYMOUS, ident)
    except NotFound:
        return False
    return True


async def _area(
    platform: Platform, longitude: float, latitude: float
) -> tuple[tuple[float, float], str] | None:
    """A point inside the area around a place, the same for all of it, and its name."""
    if not await has_districts(platform):
        return None
    import shapely

    here = shapely.Point(longitude, latitude)
    query = Query(
        collection=platform.settings.citizen_districts,
        bbox=(longitude, latitude, longitude, latitude),
        outline=Outline(bytes(shapely.to_wkb(here, flavor="iso"))),
        limit=1,
    )
    page = await collections.page(platform, ANONYMOUS, query)
    for row in page.rows:
        if row.geometry is None:
            continue
        inside = shapely.from_wkb(row.geometry).representative_point()
        label = page.collection.entity.label
        name = str(row.values.get(label) or row.id) if label else str(row.id)
        return (round(inside.x, 6), round(inside.y, 6)), name
    return None


def _point(longitude: float, latitude: float) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [longitude, latitude]}


def _no_place() -> InvalidInput:
    return InvalidInput(
        "The place needs a longitude and a latitude in degrees, such as 11.5860 and 50.9270.",
        "Der Ort braucht Länge und Breite in Grad, zum Beispiel 11,5860 und 50,9270.",
    )
