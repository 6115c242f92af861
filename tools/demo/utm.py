# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""From EPSG:25832 (ETRS89, UTM zone 32 north, metres) to longitude and latitude in degrees.

Krüger's series to the sixth order of the third flattening (C. F. F. Karney, "Transverse
Mercator with an accuracy of a few nanometers", 2011, equations 11 and 36) on the GRS80
ellipsoid. ETRS89 and WGS 84 are taken as the same here, as is usual in map services; they
differ by well under a metre. The tests compare with pairs of coordinates the city published.
"""

from __future__ import annotations

from math import asin, atan2, atanh, cos, cosh, degrees, hypot, sin, sinh, sqrt

EQUATOR = 6_378_137.0
FLATTENING = 1 / 298.257222101
SCALE, FALSE_EASTING, MERIDIAN = 0.9996, 500_000.0, 9.0

_N = FLATTENING / (2 - FLATTENING)
_RADIUS = EQUATOR / (1 + _N) * (1 + _N**2 / 4 + _N**4 / 64 + _N**6 / 256)
_BETA = (
    _N / 2 - 2 / 3 * _N**2 + 37 / 96 * _N**3 - _N**4 / 360 - 81 / 512 * _N**5,
    _N**2 / 48 + _N**3 / 15 - 437 / 1440 * _N**4 + 46 / 105 * _N**5,
    17 / 480 * _N**3 - 37 / 840 * _N**4 - 209 / 4480 * _N**5,
    4397 / 161280 * _N**4 - 11 / 504 * _N**5,
    4583 / 161280 * _N**5,
)
_E = sqrt(FLATTENING * (2 - FLATTENING))


def to_degrees(easting: float, northing: float) -> tuple[float, float]:
    """Longitude and latitude in degrees, rounded to 7 decimals (about 1 cm)."""
    xi = northing / (SCALE * _RADIUS)
    eta = (easting - FALSE_EASTING) / (SCALE * _RADIUS)
    xi_, eta_ = xi, eta
    for order, beta in enumerate(_BETA, start=1):
        xi_ -= beta * sin(2 * order * xi) * cosh(2 * order * eta)
        eta_ -= beta * cos(2 * order * xi) * sinh(2 * order * eta)
    conformal = asin(sin(xi_) / cosh(eta_))
    longitude = MERIDIAN + degrees(atan2(sinh(eta_), cos(xi_)))
    return round(longitude, 7), round(degrees(_geodetic(conformal)), 7)


def _geodetic(conformal: float) -> float:
    """Latitude in radians from conformal latitude, by Newton's method on the tangent."""
    target = sin(conformal) / cos(conformal)
    tau = target
    for _ in range(5):
        sigma = sinh(_E * atanh(_E * tau / hypot(1, tau)))
        guess = tau * hypot(1, sigma) - sigma * hypot(1, tau)
        slope = (1 + (1 - _E**2) * tau**2) / ((1 - _E**2) * hypot(1, tau) * hypot(1, guess))
        tau += (target - guess) * slope
    return atan2(tau, 1)
