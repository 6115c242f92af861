# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Coordinate reference systems of sources: how they are written, guessed and turned to lon, lat.

Coordinates leave here as longitude and latitude in degrees (OGC CRS84). Where the official
grid BeTA2007 is installed for PROJ, Gauss-Krüger is exact to centimetres, else the best
transformation by parameters is used; `Reprojector.accuracy` says how good it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from allmende.errors import InvalidInput

if TYPE_CHECKING:
    from pyproj import CRS, Transformer

WKT_LIMIT = 20_000
LON_LAT = "OGC:CRS84"
AUTHORITY_ORDER = re.compile(r"urn:(x-)?ogc:def:crs:epsg|opengis\.net/def/crs/epsg", re.I)
CODE = re.compile(r"(?:epsg|crs)(?:\.xml)?[^A-Za-z]*?(\d{4,6})\s*\Z", re.I)
BARE = re.compile(r"\d{4,6}\Z")
NAMES = {  # of the German surveying administrations (AdV) and of others
    "crs84": LON_LAT,
    "wgs84": LON_LAT,
    "wgs 84": LON_LAT,
    "etrs89_utm31": "EPSG:25831",
    "etrs89_utm32": "EPSG:25832",
    "etrs89_utm33": "EPSG:25833",
    "etrs89_lat-lon": "EPSG:4258",
    "de_dhdn_3gk2": "EPSG:31466",
    "de_dhdn_3gk3": "EPSG:31467",
    "de_dhdn_3gk4": "EPSG:31468",
    "de_dhdn_3gk5": "EPSG:31469",
}
ALREADY = {LON_LAT, "EPSG:4326", "EPSG:4979"}


def normal(text: str) -> str:
    """How we write a CRS: `EPSG:n`, `OGC:CRS84` or WKT. InvalidInput when it is not known."""
    given = text.strip()
    if re.search(r"CRS:?84h?\Z", given, re.I):
        return LON_LAT
    found = CODE.search(given) or BARE.match(given)
    if found and len(given) < 200:
        code = f"EPSG:{found.group(found.lastindex or 0)}"
        _crs(code)
        return code
    name = NAMES.get(given.lower().rpartition(":")[2])
    if name:
        return name
    if "[" in given and len(given) <= WKT_LIMIT:
        return _named(given)
    raise unknown(given)


def _named(wkt: str) -> str:
    """The EPSG code of a WKT when it has one for certain, else the WKT."""
    found = _crs(wkt)
    code = found.to_epsg(min_confidence=70)
    return f"EPSG:{code}" if code else wkt


@lru_cache(maxsize=100)
def _crs(text: str) -> CRS:
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        if text == LON_LAT:
            return CRS.from_authority("OGC", "CRS84")
        if text.startswith("EPSG:"):
            return CRS.from_epsg(int(text[5:]))
        return CRS.from_wkt(text)
    except CRSError as error:
        raise unknown(text) from error


def unknown(text: str) -> InvalidInput:
    """The error for a CRS that cannot be used."""
    return InvalidInput(
        f"The coordinate reference system “{text[:100]}” is not known; write it as EPSG:25832.",
        f"Das Koordinatenreferenzsystem „{text[:100]}“ ist nicht bekannt; schreiben Sie es als "
        "EPSG:25832.",
        code="import-crs",
    )


def north_first(text: str) -> bool:
    """Whether numbers written under this name of a CRS stand north before east.

    True for the URN and http forms of CRSs whose axes the EPSG defines so (OGC 09-048r5);
    the short form EPSG:4326 has meant east before north since WFS 1.0.
    """
    if not AUTHORITY_ORDER.search(text):
        return False
    return by_definition(normal(text))


def by_definition(code: str) -> bool:
    """Whether the first axis of a CRS points north."""
    axes = _crs(code).axis_info
    return bool(axes) and axes[0].direction.lower() in ("north", "south")


# --- guessing ------------------------------------------------------------------------

STRIPS = (  # smallest x, largest x, code: numbers that say which strip they lie in
    (2_400_000, 2_700_000, "EPSG:31466"),
    (3_300_000, 3_700_000, "EPSG:31467"),
    (4_300_000, 4_700_000, "EPSG:31468"),
    (5_300_000, 5_700_000, "EPSG:31469"),
    (32_200_000, 32_950_000, "EPSG:4647"),
    (33_200_000, 33_950_000, "EPSG:5650"),
)
NORTHINGS = (5_200_000, 6_150_000)  # of Germany in UTM and Gauss-Krüger
UTM = ("EPSG:25832", "EPSG:25833")


def guess(x: float, y: float, near: tuple[float, float] | None = None) -> str:
    """The CRS that German coordinates are most likely in; empty when nothing fits.

    `near` is a place (lon, lat) that tells UTM zones and Web Mercator apart.
    """
    if abs(x) <= 180 and abs(y) <= 90:
        return LON_LAT
    fits: list[str] = []
    if NORTHINGS[0] <= y <= NORTHINGS[1]:
        for low, high, code in STRIPS:
            if low <= x <= high:
                return code
        if 200_000 <= x <= 950_000:
            fits += UTM
    if 550_000 <= x <= 1_750_000 and 5_900_000 <= y <= 7_400_000:
        fits.append("EPSG:3857")
    if len(fits) > 1 and near:
        return min(fits, key=lambda code: _distance(code, x, y, near))
    return fits[0] if fits else ""


def _distance(code: str, x: float, y: float, near: tuple[float, float]) -> float:
    lon, lat = Reprojector(code).one(x, y)
    return abs(lon - near[0]) + abs(lat - near[1])


def with_zone(code: str, x: float) -> str:
    """The CRS with the zone before the easting when the number begins with the zone."""
    zones = {"EPSG:25832": ("EPSG:4647", 32), "EPSG:25833": ("EPSG:5650", 33)}
    if code in zones and x // 1_000_000 == zones[code][1]:
        return zones[code][0]
    return code


# --- reprojecting --------------------------------------------------------------------


@lru_cache(maxsize=32)
def _transformer(code: str) -> Transformer:
    import pyproj
    from pyproj._network import set_network_enabled

    set_network_enabled(active=False)
    return pyproj.Transformer.from_crs(_crs(code), _crs(LON_LAT), always_xy=True)


class Reprojector:
    """Turns coordinates of one CRS, x before y, into lon and lat."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.same = code in ALREADY
        self.accuracy: float | None = 0.0 if self.same else None  # metres; None: not known

    def one(self, x: float, y: float) -> tuple[float, float]:
        """One position."""
        lons, lats = self.many([x], [y])
        return float(lons[0]), float(lats[0])

    def many(self, xs: Sequence[float], ys: Sequence[float]) -> tuple[Any, Any]:
        """Positions by their columns; infinite where there is no answer."""
        if self.same:
            return xs, ys
        way = _transformer(self.code)
        lons, lats = way.transform(xs, ys)
        if self.accuracy is None and len(xs):  # of the operation that this thread has used
            used = way.get_last_used_operation().accuracy
            self.accuracy = float(used) if used >= 0 else None
        return lons, lats

    def geometries(self, found: Sequence[bytes], *, swap: bool = False) -> list[bytes | None]:
        """Geometries as WKB in lon, lat; None where there is no answer.

        `swap` turns north before east round first.
        """
        if self.same and not swap:
            return list(found)
        import numpy
        import shapely

        def turn(points: Any) -> Any:
            xs, ys = (points[:, 1], points[:, 0]) if swap else (points[:, 0], points[:, 1])
            lons, lats = self.many(xs, ys)
            return numpy.column_stack([lons, lats, *points[:, 2:].T])

        shapes = shapely.from_wkb(list(found))
        has_z = shapely.has_z(shapes)
        out: list[bytes | None] = [None] * len(shapes)
        for high in (False, True):
            at = numpy.flatnonzero(has_z == high)
            if not len(at):
                continue
            turned = shapely.transform(shapes[at], turn, include_z=high)
            packed = shapely.to_wkb(turned, output_dimension=3, byte_order=1, flavor="iso")
            bounds = shapely.bounds(turned)
            for index, wkb, box in zip(at, packed, bounds, strict=True):
                out[index] = wkb if numpy.isfinite(box).all() else None
        return out


def geographic(code: str) -> bool:
    """Whether coordinates are in degrees."""
    return bool(_crs(code).is_geographic)


def area(code: str) -> tuple[float, float, float, float]:
    """Where a CRS is made for: west, south, east, north in degrees; the world when not known."""
    found = _crs(code).area_of_use
    west, south, east, north = found.bounds if found else (-180.0, -90.0, 180.0, 90.0)
    return west, south, east, north
