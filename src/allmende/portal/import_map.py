# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A small drawing of where the first rows of an upload lie, within the city or not."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

Box = tuple[float, float, float, float]
Place = tuple[float, float]

WIDTH, HEIGHT, MARGIN = 360.0, 240.0, 14.0
MOST = 500
FAR = 3.0  # widths of the city beyond which it is not drawn


@dataclass(frozen=True, slots=True)
class Picture:
    """Dots and the frame of the city in a WIDTH × HEIGHT drawing, in pixels."""

    dots: list[Place]
    city: Box | None  # x, y, width, height
    inside: int
    outside: int
    box: Box  # of the places, west, south, east, north
    width: int = int(WIDTH)
    height: int = int(HEIGHT)


def picture(places: Sequence[Place], city: Box | None) -> Picture:
    """The drawing of places (lon, lat); at least one is needed."""
    shown = places[:MOST]
    west, east = min(x for x, _ in shown), max(x for x, _ in shown)
    south, north = min(y for _, y in shown), max(y for _, y in shown)
    box = (west, south, east, north)
    near = city is not None and _near(box, city)
    frame = _around(box, city) if city is not None and near else box
    to = _Scale(frame)
    drawn = None
    if city is not None and near:
        left, bottom = to(city[0], city[1])
        right, top = to(city[2], city[3])
        drawn = (left, top, round(right - left, 1), round(bottom - top, 1))
    inside = sum(_within(each, city) for each in places) if city is not None else 0
    return Picture([to(x, y) for x, y in shown], drawn, inside, len(places) - inside, box)


def _within(place: Place, box: Box) -> bool:
    return box[0] <= place[0] <= box[2] and box[1] <= place[1] <= box[3]


def _near(box: Box, city: Box) -> bool:
    wide, high = (city[2] - city[0]) * FAR, (city[3] - city[1]) * FAR
    return (
        box[2] > city[0] - wide
        and box[0] < city[2] + wide
        and box[3] > city[1] - high
        and box[1] < city[3] + high
    )


def _around(first: Box, second: Box) -> Box:
    return (
        min(first[0], second[0]),
        min(first[1], second[1]),
        max(first[2], second[2]),
        max(first[3], second[3]),
    )


class _Scale:
    """Turns lon, lat into pixels with the true proportions at their latitude."""

    def __init__(self, box: Box) -> None:
        self.squeeze = max(math.cos(math.radians((box[1] + box[3]) / 2)), 0.05)
        wide, high = (box[2] - box[0]) * self.squeeze, box[3] - box[1]
        room_x, room_y = WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN
        self.factor = min(
            room_x / wide if wide else math.inf, room_y / high if high else math.inf, 1e7
        )
        self.x, self.y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2

    def __call__(self, lon: float, lat: float) -> Place:
        x = WIDTH / 2 + (lon - self.x) * self.squeeze * self.factor
        y = HEIGHT / 2 - (lat - self.y) * self.factor
        return round(x, 1), round(y, 1)
