# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The grids that tiles are cut in: quad trees over a square of a plane (OGC 17-083r4).

Within a grid a place is a pair of whole numbers of 32 bits, counted from the north-western
corner to the south-east. A tile of zoom z has 4096 units a side, so the units of the
deepest zoom, 20, are those numbers: 9 mm at the equator in WebMercatorQuad, 0.3 mm in the
AdV grid.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from msgspec import Struct

EXTENT = 4096  # units along the side of a tile
MAX_ZOOM = 20
BITS = 32
METRES_PER_PIXEL = 0.00028  # of a scale denominator (OGC 17-083r4 §6.2)


class Grid(Struct, frozen=True, kw_only=True):
    """A square that is divided into 4 to the power of z tiles; lengths in metres."""

    id: str
    title: str
    crs: str  # URI
    epsg: int
    left: float
    top: float
    side: float
    axes: tuple[str, str] = ("E", "N")
    well_known: str = ""  # URI of the scale set
    uri: str = ""  # where the definition is registered

    def resolution(self, zoom: int, pixels: int = 256) -> float:
        """Metres in the plane along one pixel of a tile that has so many pixels a side."""
        return float(self.side / pixels / 2**zoom)

    def scale(self, zoom: int, pixels: int = 256) -> float:
        """The scale denominator for pixels of 0.28 mm."""
        return self.resolution(zoom, pixels) / METRES_PER_PIXEL

    def plane(self, lon: Any, lat: Any) -> tuple[Any, Any]:
        """Arrays of CRS84 degrees as fractions of the side, from the north-western corner.

        Inside the square they lie in [0, 1); what has no place in the plane is NaN.
        """
        import numpy as np

        if self.epsg == WEB_MERCATOR.epsg:
            x, y = _mercator(lon, lat)
        else:
            east, north = _transformer(self.epsg).transform(lon, lat)
            x, y = (east - self.left) / self.side, (self.top - north) / self.side
        bad = ~(np.isfinite(x) & np.isfinite(y))
        return np.where(bad, np.nan, x), np.where(bad, np.nan, y)

    def box(self, zoom: int, row: int, column: int) -> tuple[float, float, float, float]:
        """Left, bottom, right, top of a tile in the plane."""
        step = self.side / 2**zoom
        left, top = self.left + column * step, self.top - row * step
        return left, top - step, left + step, top


def _mercator(lon: Any, lat: Any) -> tuple[Any, Any]:
    """EPSG:3857 as fractions: the sphere, as everybody does (EPSG method 1024)."""
    import numpy as np

    with np.errstate(invalid="ignore", divide="ignore"):
        sine = np.sin(np.radians(lat))
        y = 0.5 - np.log((1 + sine) / (1 - sine)) / (4 * np.pi)
    return np.asarray(lon) / 360 + 0.5, y


@lru_cache(maxsize=4)
def _transformer(epsg: int) -> Any:
    from pyproj import Transformer

    return Transformer.from_crs("OGC:CRS84", f"EPSG:{epsg}", always_xy=True)


WEB_MERCATOR = Grid(
    id="WebMercatorQuad",
    title="Google Maps Compatible for the World",
    crs="http://www.opengis.net/def/crs/EPSG/0/3857",
    epsg=3857,
    left=-20037508.342789244,
    top=20037508.342789244,
    side=40075016.68557849,
    axes=("X", "Y"),
    well_known="http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
    uri="http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad",
)

ADV_25832 = Grid(
    id="AdV_25832",
    title="AdV: ETRS89 / UTM zone 32N, as the German surveying authorities tile it",
    crs="http://www.opengis.net/def/crs/EPSG/0/25832",
    epsg=25832,
    left=-46133.17,
    top=6301219.54,
    side=WEB_MERCATOR.side / 32,  # zoom 0 has the resolution of zoom 5 of the web's grid
)

GRIDS: dict[str, Grid] = {grid.id: grid for grid in (WEB_MERCATOR, ADV_25832)}
