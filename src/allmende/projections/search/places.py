# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Boxes and dates as the search compares them. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

Box = tuple[float, float, float, float]  # west, south, east, north in degrees (WGS 84)
Period = tuple[str, str]  # ISO dates; an open end is ""

DATE_LENGTH = 19  # 2021-01-05T12:00:00
_DATE = re.compile(r"\d{4}(?:-\d\d(?:-\d\d(?:T\d\d:\d\d:\d\d)?)?)?")
_CRS = re.compile(r"^\s*<[^>]*>\s*")
_POINT = re.compile(r"(-?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)\s+(-?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)")


def day(date: str | None) -> str:
    """The part of an ISO date that is compared; empty when there is none."""
    found = _DATE.match(date or "")
    return found.group()[:DATE_LENGTH] if found else ""


def not_after(left: str, right: str) -> bool:
    """Whether a date is not after another, in the precision both have; an empty one is open."""
    shorter = min(len(left), len(right))
    return left[:shorter] <= right[:shorter]


def overlaps(period: Period, wanted: Period) -> bool:
    """Whether two periods share a moment; open ends reach for ever."""
    return not_after(period[0], wanted[1]) and not_after(wanted[0], period[1])


def box_of(geometry: str) -> Box | None:
    """The bounding box of a WKT or GeoJSON text; None when it has no longitude and latitude."""
    points = list(_points(geometry))
    if not points:
        return None
    xs, ys = [x for x, _ in points], [y for _, y in points]
    box = (min(xs), min(ys), max(xs), max(ys))
    inside = box[0] >= -180 and box[1] >= -90 and box[2] <= 180 and box[3] <= 90
    return box if inside else None


def intersects(box: Box, wanted: Box) -> bool:
    """Whether two boxes touch; `wanted` may cross the 180th meridian (west > east)."""
    if wanted[1] > box[3] or box[1] > wanted[3]:
        return False
    if wanted[0] <= wanted[2]:
        return box[0] <= wanted[2] and wanted[0] <= box[2]
    return box[2] >= wanted[0] or box[0] <= wanted[2]


def _points(geometry: str) -> Iterator[tuple[float, float]]:
    text = _CRS.sub("", geometry)
    if text.lstrip().startswith("{"):
        yield from _geojson_points(text)
    else:
        for x, y in _POINT.findall(text):
            yield float(x), float(y)


def _geojson_points(text: str) -> Iterator[tuple[float, float]]:
    try:
        decoded: Any = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return
    yield from _pairs(decoded.get("coordinates") if isinstance(decoded, dict) else None)


def _pairs(value: Any) -> Iterator[tuple[float, float]]:
    """Positions at any depth; what is not a list of numbers is passed over."""
    pending = [value]
    while pending:
        current = pending.pop()
        if not isinstance(current, list):
            continue
        if len(current) >= 2 and all(isinstance(number, int | float) for number in current[:2]):
            yield float(current[0]), float(current[1])
        else:
            pending.extend(current)
