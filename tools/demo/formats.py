# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Writers for the three formats the demo city ships, each with its measured facts.

Every writer gives the bytes and what can be measured from them (records, bounding box,
period), so that the catalogue never states a number nobody counted. The output depends on
nothing but the input: no clock, no random order, one feature or row per line.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

Feature = dict[str, Any]
Box = tuple[float, float, float, float]
Cell = str | int | float | bool | None


@dataclass(frozen=True)
class Built:
    """One file of the demo city: path below `files/`, content and measured facts."""

    path: str
    data: bytes
    records: int
    bbox: Box | None = None
    start: str | None = None
    end: str | None = None


def table(
    path: str,
    header: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *,
    times: Sequence[str] = (),
) -> Built:
    """A CSV file (RFC 4180, comma, UTF-8, LF, header, decimal point, empty for no value).

    Columns named `lon` and `lat` (degrees) are measured into the bounding box, the columns
    in `times` (ISO 8601) into the period.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    written = [[plain(cell) for cell in row] for row in rows]
    writer.writerows(written)
    moments = sorted(
        value for name in times for row in written if (value := row[list(header).index(name)])
    )
    return Built(
        path,
        out.getvalue().encode(),
        len(written),
        bbox=_table_box(header, written),
        start=moments[0] if moments else None,
        end=moments[-1] if moments else None,
    )


def _table_box(header: Sequence[str], rows: list[list[str]]) -> Box | None:
    if "lon" not in header or "lat" not in header:
        return None
    x, y = list(header).index("lon"), list(header).index("lat")
    return box((float(row[x]), float(row[y])) for row in rows if row[x] and row[y])


def plain(cell: Cell) -> str:
    """One cell as text: `true`/`false`, shortest round-trip number, no CR, no outer blanks."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    return str(cell).replace("\r\n", "\n").strip()


def features(path: str, found: Iterable[Feature], *, times: Sequence[str] = ()) -> Built:
    """A GeoJSON file (RFC 7946: longitude first, EPSG:4326, outer rings counter-clockwise)."""
    items = [_tidy(item) for item in found]
    bounds = box(point for item in items for point in points(item["geometry"]["coordinates"]))
    moments = sorted(
        str(item["properties"][name])
        for name in times
        for item in items
        if item["properties"].get(name)
    )
    lines = ",\n".join(compact(item) for item in items)
    head = f'{{"type":"FeatureCollection","bbox":{compact(list(bounds))},"features":[\n'
    return Built(
        path,
        (head + lines + "\n]}\n").encode(),
        len(items),
        bbox=bounds,
        start=moments[0] if moments else None,
        end=moments[-1] if moments else None,
    )


def document(path: str, value: object, records: int, *, bbox: Box | None = None) -> Built:
    """A JSON file, indented by one space so that a person can read it."""
    text = json.dumps(value, ensure_ascii=False, indent=1) + "\n"
    return Built(path, text.encode(), records, bbox=bbox)


def feature(
    geometry: str, coordinates: Any, properties: dict[str, Any], key: str | int | None = None
) -> Feature:
    """A GeoJSON feature; empty properties are left out."""
    kept = {name: value for name, value in properties.items() if value not in (None, "")}
    item: Feature = {"type": "Feature"}
    if key is not None:
        item["id"] = key
    return item | {
        "geometry": {"type": geometry, "coordinates": coordinates},
        "properties": kept,
    }


def compact(value: object) -> str:
    """JSON without blanks, not escaped beyond need."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def box(found: Iterable[Sequence[float]]) -> Box:
    """West, south, east, north of some positions."""
    seen = list(found)
    xs, ys = [p[0] for p in seen], [p[1] for p in seen]
    return min(xs), min(ys), max(xs), max(ys)


def points(coordinates: Any) -> Iterator[Sequence[float]]:
    """Every position inside a GeoJSON coordinates array of any depth."""
    if coordinates and isinstance(coordinates[0], (int, float)):
        yield coordinates
        return
    for part in coordinates:
        yield from points(part)


def _tidy(item: Feature) -> Feature:
    geometry = dict(item["geometry"])
    geometry["coordinates"] = _wind(geometry["type"], _round(geometry["coordinates"]))
    return item | {"geometry": geometry}


def _round(coordinates: Any) -> Any:
    if isinstance(coordinates[0], (int, float)):
        return [round(float(value), 7) for value in coordinates[:2]]
    return [_round(part) for part in coordinates]


def _wind(kind: str, coordinates: Any) -> Any:
    if kind == "Polygon":
        return [turned(ring, outer=index == 0) for index, ring in enumerate(coordinates)]
    if kind == "MultiPolygon":
        return [_wind("Polygon", part) for part in coordinates]
    return coordinates


def turned(ring: list[list[float]], *, outer: bool) -> list[list[float]]:
    """A closed ring in the order of RFC 7946 §3.1.6: outer counter-clockwise, holes clockwise."""
    closed = ring if ring[0] == ring[-1] else [*ring, ring[0]]
    area = sum(ax * by - bx * ay for (ax, ay), (bx, by) in pairwise(closed))
    return closed if (area > 0) == outer or area == 0 else closed[::-1]


def german_date(text: str) -> str | None:
    """`07.11.2022` as `2022-11-07`; None when empty."""
    day, month, year = text.strip().split(".") if text.strip() else ("", "", "")
    return date(int(year), int(month), int(day)).isoformat() if year else None


def german_number(text: str) -> float | None:
    """`1,5` as 1.5; None when empty."""
    return float(text.replace(",", ".")) if text.strip() else None
