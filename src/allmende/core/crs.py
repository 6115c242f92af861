# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Coordinate reference systems: their names, the order of their axes, and the way between them.

Inside the program coordinates are always x, y (east, north). A CRS whose first axis points
north, such as EPSG:4326 or EPSG:31468, is `swapped`: on the wire its pairs are y, x. Only
interfaces that give coordinates with a CRS by name (OGC API Features Part 2) look at that.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from allmende.errors import InvalidInput
from allmende.model.document import CRS84, CRS84H
from allmende.model.query import Box

if TYPE_CHECKING:
    from pyproj import Transformer

Positions = Any  # a NumPy array of shape (n, 2) or (n, 3)

OFFERED = (CRS84, *(f"http://www.opengis.net/def/crs/EPSG/0/{code}" for code in (
    4326, 4258, 25832, 25833, 3857, 31468, 5650,
)))  # fmt: skip
"""What interfaces offer unless the settings say more."""

EDGE = 21  # points put on each edge of a box before it is transformed

_URI = re.compile(
    r"https?://www\.opengis\.net/def/crs/(?P<authority>EPSG|OGC)/(?P<version>[\w.]+)/(?P<code>\w+)\Z"
)
_URN = re.compile(r"urn:ogc:def:crs:(?P<authority>EPSG|OGC):(?P<version>[\w.]*):(?P<code>\w+)\Z")
_SHORT = re.compile(r"\[?(?P<authority>EPSG|OGC)[:/](?P<code>\w+)\]?\Z", re.IGNORECASE)


class Crs(Struct, frozen=True):
    """A coordinate reference system."""

    uri: str
    authority: str  # EPSG or OGC
    code: str
    name: str
    geographic: bool  # degrees
    swapped: bool  # the first axis points north
    decimals: int  # of a coordinate: about 1 mm

    @property
    def short(self) -> str:
        """As in EPSG:25832."""
        return f"{self.authority}:{self.code}"


def uri_of(text: str) -> str:
    """The HTTP URI of a CRS given as URI, URN, `EPSG:25832` or `[EPSG:25832]`.

    Raises InvalidInput when the text is none of these.
    """
    found = _URI.match(text) or _URN.match(text) or _SHORT.match(text)
    if found is None:
        raise InvalidInput(
            f"“{text[:80]}” names no coordinate reference system; write for example "
            "http://www.opengis.net/def/crs/EPSG/0/25832.",
            f"„{text[:80]}“ benennt kein Koordinatenreferenzsystem; zum Beispiel "
            "http://www.opengis.net/def/crs/EPSG/0/25832.",
        )
    authority, code = found["authority"].upper(), found["code"].upper()
    if authority == "EPSG":
        return f"http://www.opengis.net/def/crs/EPSG/0/{code}"
    return {"CRS84": CRS84, "CRS84H": CRS84H}.get(code, text)


def crs(text: str) -> Crs:
    """The system with this name. Raises InvalidInput when it is unknown."""
    return _crs(uri_of(text))


@lru_cache(maxsize=256)
def _crs(uri: str) -> Crs:
    if uri in (CRS84, CRS84H):
        return Crs(uri, "OGC", "CRS84" if uri == CRS84 else "CRS84h", "WGS 84", True, False, 8)
    import pyproj

    authority, code = uri.split("/")[-3], uri.split("/")[-1]
    try:
        found = pyproj.CRS.from_authority(authority, code)
    except pyproj.exceptions.CRSError as error:
        raise InvalidInput(
            f"There is no coordinate reference system {authority}:{code[:20]}.",
            f"Es gibt kein Koordinatenreferenzsystem {authority}:{code[:20]}.",
        ) from error
    axes = [axis.direction for axis in found.axis_info]
    if axes[:2] not in (["east", "north"], ["north", "east"]):
        raise InvalidInput(
            f"{authority}:{code[:20]} has no axes to the east and to the north.",
            f"{authority}:{code[:20]} hat keine Achsen nach Osten und Norden.",
        )
    degrees = found.is_geographic
    swapped = axes[0] == "north"
    return Crs(uri, authority, code, found.name, degrees, swapped, 8 if degrees else 3)


def same_place(one: str, other: str) -> bool:
    """Whether two URIs name systems with the same x and y, so that nothing has to be moved."""
    plain = {CRS84, CRS84H, "http://www.opengis.net/def/crs/EPSG/0/4326"}
    return one == other or {one, other} <= plain


@lru_cache(maxsize=256)
def transformer(source: str, target: str) -> Transformer:
    """The way from one CRS to another, x and y in the order east, north; both are URIs."""
    import pyproj

    return pyproj.Transformer.from_crs(_projected(source), _projected(target), always_xy=True)


def _projected(uri: str) -> str:
    return "OGC:CRS84" if uri in (CRS84, CRS84H) else crs(uri).short


def move(positions: Positions, source: str, target: str) -> Positions:
    """Positions of shape (n, 2) or (n, 3) in the other CRS; heights stay as they are.

    What cannot be expressed in the target becomes infinite.
    """
    if same_place(source, target):
        return positions
    moved = positions.copy()
    way = transformer(source, target)
    moved[:, 0], moved[:, 1] = way.transform(positions[:, 0], positions[:, 1])
    return moved


def move_geometries(geometries: Any, source: str, target: str, *, wire: bool = False) -> Any:
    """An array of shapely geometries in the other CRS, rounded to about 1 mm.

    With `wire` the pairs are in the order of the axes of the target.
    """
    import numpy as np
    import shapely

    wanted = crs(target)

    def change(positions: Positions) -> Positions:
        moved: Positions = np.round(move(positions, source, target), wanted.decimals)
        if wire and wanted.swapped:
            moved[:, [0, 1]] = moved[:, [1, 0]]
        return moved

    if same_place(source, target) and not (wire and wanted.swapped):
        return geometries
    deep = shapely.has_z(geometries)
    if not deep.any():
        return shapely.transform(geometries, change)
    result = shapely.transform(geometries, change)
    result[deep] = shapely.transform(geometries[deep], change, include_z=True)
    return result


def axes(box: Sequence[float], system: Crs) -> Box:
    """A box whose corners are in the order of the axes of the CRS, as west, south, east, north.

    Six numbers have a height in the third and sixth place, which is left out.
    """
    if len(box) == 6:
        box = (box[0], box[1], box[3], box[4])
    west, south, east, north = box
    return (south, west, north, east) if system.swapped else (west, south, east, north)


def box_to(box: Box, source: str, target: str) -> Box:
    """The box around a box in another CRS; the edges are bent on the way, so they get points.

    Raises InvalidInput when the box lies where the target does not reach.
    """
    if same_place(source, target):
        return box
    import math

    way = transformer(source, target)
    found = way.transform_bounds(*box, densify_pts=EDGE, errcheck=False)
    if not all(math.isfinite(each) for each in found):
        raise InvalidInput(
            "The box lies outside of the area its coordinate reference system is made for.",
            "Der Ausschnitt liegt außerhalb des Gebiets seines Koordinatenreferenzsystems.",
        )
    return found


def box_to_crs84(box: Box, source: str) -> Box:
    """The box in longitude and latitude; west is larger than east across the antimeridian."""
    return box_to(box, source, CRS84)
