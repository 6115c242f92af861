# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""How exactly others are told where a citizen's sensor stands.

A place is told as the middle of a square of a fixed grid. It is always the same square, so that
no number of messages or changes tells more than one of them.
"""

from __future__ import annotations

import math

EXACT, HUNDRED, KILOMETRE, DISTRICT = "exact", "100m", "1km", "district"
DETAILS = (HUNDRED, KILOMETRE, DISTRICT, EXACT)
GRIDS = {HUNDRED: 100, KILOMETRE: 1_000}
METRES_OF_DEGREE = 111_320.0
NARROWEST = 0.01  # cosine of the latitude that the width is reckoned with at least


def told(longitude: float, latitude: float, detail: str) -> tuple[float, float]:
    """Longitude and latitude that are told; both with six decimals at most."""
    size = GRIDS.get(detail)
    if size is None:
        return round(longitude, 6), round(latitude, 6)
    step = size / METRES_OF_DEGREE
    middle = (math.floor(latitude / step) + 0.5) * step
    wide = step / max(NARROWEST, math.cos(math.radians(middle)))
    across = (math.floor(longitude / wide) + 0.5) * wide
    return round(across, 6), round(middle, 6)
