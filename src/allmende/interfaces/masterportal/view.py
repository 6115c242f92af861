# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Where the map of a Masterportal begins and how far it goes, in EPSG:25832."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from allmende.core.collections import Collection
from allmende.core.crs import box_to
from allmende.core.tiles import ADV_25832
from allmende.errors import InvalidInput
from allmende.model.document import CRS84
from allmende.model.query import Box

EPSG = "EPSG:25832"
URI = "http://www.opengis.net/def/crs/EPSG/0/25832"
GERMANY = (250_000.0, 5_200_000.0, 950_000.0, 6_150_000.0)
PIXELS = 800  # about the width of a map on a screen
DOTS_PER_METRE = 39.37 * 96
_SCALES = (
    (2_500_000, 0), (1_000_000, 1), (500_000, 2), (250_000, 3), (100_000, 4), (60_000, 5),
    (40_000, 6), (20_000, 7), (10_000, 8), (5_000, 9), (2_500, 10), (1_000, 11), (500, 12),
)  # fmt: skip


def map_view(known: Sequence[Collection]) -> dict[str, Any]:
    """The view: all collections on the screen."""
    west, south, east, north = extent(known)
    options = [
        {"resolution": scale / DOTS_PER_METRE, "scale": scale, "zoomLevel": level}
        for scale, level in _SCALES
    ]
    needed = max(east - west, north - south) / PIXELS
    fitting = [each["resolution"] for each in options if each["resolution"] >= needed]
    return {
        "epsg": EPSG,
        "startCenter": [round((west + east) / 2), round((south + north) / 2)],
        "extent": [ADV_25832.left, south - 100_000, 1_200_000, north + 100_000],
        "startResolution": min(fitting, default=options[0]["resolution"]),
        "options": options,
    }


def extent(known: Sequence[Collection]) -> Box:
    """The box round all collections in EPSG:25832; Germany when there is none."""
    boxes = [box for each in known if each.extent and (box := moved(each.extent)) is not None]
    if not boxes:
        return GERMANY
    wests, souths, easts, norths = zip(*boxes, strict=True)
    return min(wests), min(souths), max(easts), max(norths)


def moved(box: Box) -> Box | None:
    """A box in EPSG:25832; None when it lies too far away."""
    try:
        return box_to(box, CRS84, URI)
    except InvalidInput:
        return None
