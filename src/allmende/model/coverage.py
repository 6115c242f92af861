# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Where data lie: the bounding box of the places a record names. Pure functions."""

import json
import re
from collections.abc import Iterable, Iterator

from allmende.model.catalogue import Location

MAX_GEOMETRY = 200_000  # characters of a geometry that are looked at

_PAIR = re.compile(r"(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)\s+(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)")
_ENVELOPE = re.compile(r"\bENVELOPE\s*\(([^)]*)\)", re.I)
_CRS = re.compile(r"^\s*<([^>]*)>")

Box = tuple[float, float, float, float]


def bounding_box(places: Iterable[Location]) -> Box | None:
    """West, south, east, north in degrees (CRS84) around all places; None without geometry."""
    pairs = [pair for place in places for text in _geometries(place) for pair in _pairs(text)]
    pairs = [(x, y) for x, y in pairs if -180 <= x <= 180 and -90 <= y <= 90]
    if not pairs:
        return None
    xs, ys = [x for x, _ in pairs], [y for _, y in pairs]
    return min(xs), min(ys), max(xs), max(ys)


def _geometries(place: Location) -> list[str]:
    return place.bbox or place.geometry or place.centroid


def _pairs(text: str) -> Iterator[tuple[float, float]]:
    """Coordinate pairs, longitude first, of a WKT or GeoJSON literal."""
    text = text[:MAX_GEOMETRY]
    if text.lstrip().startswith("{"):
        yield from _geojson_pairs(text)
    elif envelope := _ENVELOPE.search(text):
        yield from _envelope_pairs(envelope[1])
    else:
        crs = _CRS.match(text)
        swapped = crs is not None and crs[1].rstrip("/").endswith("4326")  # GeoSPARQL 1.1 §8.5.1
        body = text[crs.end() :] if crs else text
        for first, second in _PAIR.findall(body):
            x, y = float(first), float(second)
            yield (y, x) if swapped else (x, y)


def _envelope_pairs(body: str) -> Iterator[tuple[float, float]]:
    """Pairs of `ENVELOPE(west, east, north, south)`."""
    try:
        west, east, north, south = (float(part) for part in body.split(","))
    except ValueError:
        return
    yield from ((west, south), (east, north))


def _geojson_pairs(text: str) -> Iterator[tuple[float, float]]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return
    coordinates = document.get("coordinates") if isinstance(document, dict) else None
    stack = [coordinates]
    while stack:
        part = stack.pop()
        if not isinstance(part, list) or not part:
            continue
        if all(isinstance(n, int | float) for n in part[:2]) and len(part) >= 2:
            yield float(part[0]), float(part[1])
        else:
            stack.extend(part)
