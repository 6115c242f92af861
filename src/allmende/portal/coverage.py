# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Where the data lie: the bounding box of a place and a small drawing of it."""

import math
from dataclasses import dataclass

from allmende.model.coverage import Box, bounding_box

__all__ = ["Box", "Sketch", "bounding_box", "sketch"]

WIDTH, HEIGHT, MARGIN = 240.0, 160.0, 34.0


@dataclass(frozen=True, slots=True)
class Sketch:
    """A drawing of a box: the rectangle inside a WIDTH × HEIGHT frame, all in pixels."""

    box: Box
    x: float
    y: float
    width: float
    height: float
    point: bool


def sketch(box: Box) -> Sketch:
    """The box drawn to fit the frame with its true proportions at its own latitude."""
    west, south, east, north = box
    squeeze = max(math.cos(math.radians((south + north) / 2)), 0.05)
    wide, high = (east - west) * squeeze, north - south
    room_x, room_y = WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN
    scale = min(
        room_x / wide if wide else math.inf,
        room_y / high if high else math.inf,
    )
    point = not math.isfinite(scale)
    width, height = (0.0, 0.0) if point else (max(wide * scale, 2.0), max(high * scale, 2.0))
    return Sketch(box, (WIDTH - width) / 2, (HEIGHT - height) / 2, width, height, point)
