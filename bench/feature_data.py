# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""200,000 trees and 50,000 buildings, and what every server is asked about them.

The trees are the real ones of Jena (the demo's), drawn again and again and moved by some
metres; the buildings are L-shaped and stand where trees stand. Every request has a box, an
id or a filter of its own, so that no answer is ready from the one before.
"""

from __future__ import annotations

import csv
import io
import lzma
import struct
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np

TREES, BUILDINGS = 200_000, 50_000
METRES = "http://www.opengis.net/def/crs/EPSG/0/25832"
CORNERS = np.array([[0, 0], [1, 0], [1, 0.5], [0.5, 0.5], [0.5, 1], [0, 1], [0, 0]])

KINDS: dict[str, dict[str, str]] = {  # the fields of a layer; `number` is its key
    "trees": {
        "number": "integer",
        "species": "text",
        "genus": "text",
        "height": "number",
        "crown": "number",
        "planted": "integer",
        "trunk": "number",
        "vitality": "integer",
        "area": "text",
        "street": "text",
        "district": "text",
        "inspected": "date",
    },
    "buildings": {
        "number": "integer",
        "kind": "text",
        "street": "text",
        "levels": "integer",
        "height": "number",
        "built": "integer",
    },
}
_SOURCE = {
    "species": "ga_lang",
    "genus": "gattung",
    "height": "baumhoehe",
    "crown": "kr_durchm",
    "planted": "pflanzjahr",
    "trunk": "st_umfang",
    "vitality": "vitalitaet",
    "area": "gebiet",
    "street": "strasse",
    "district": "pflegebereich",
    "inspected": "datlr",
}


class Layer(NamedTuple):
    """Places (n × 2, or n × 7 × 2 for polygons; lon, lat) and properties as columns."""

    places: Any
    columns: dict[str, list[Any]]


@cache
def layer(name: str) -> Layer:
    """The features of a layer, the same in every process."""
    return _trees() if name == "trees" else _buildings()


def _trees() -> Layer:
    packed = (files("allmende.demo") / "files" / "trees" / "trees.csv.xz").read_bytes()
    rows = list(csv.DictReader(io.StringIO(lzma.decompress(packed).decode())))
    random = np.random.default_rng(1)
    drawn = random.integers(0, len(rows), TREES)
    known = np.array([(float(row["lon"]), float(row["lat"])) for row in rows])
    places = np.round(known[drawn] + random.normal(0, (3e-4, 2e-4), (TREES, 2)), 7)
    columns: dict[str, list[Any]] = {"number": list(range(1, TREES + 1))}
    for name, source in _SOURCE.items():
        kind = KINDS["trees"][name]
        values = [_value(row[source], kind) for row in rows]
        columns[name] = [values[index] for index in drawn]
    columns["planted"] = [
        year if year and 1500 < year < 2030 else None for year in columns["planted"]
    ]
    return Layer(places, columns)


def _value(text: str, kind: str) -> Any:
    if not text:
        return None
    if kind in ("integer", "number"):
        number = float(text.replace(",", "."))
        return int(number) if kind == "integer" else number
    return text


def _buildings() -> Layer:
    trees = layer("trees")
    random = np.random.default_rng(2)
    near = random.integers(0, TREES, BUILDINGS)
    size = random.uniform((1e-4, 7e-5), (4e-4, 3e-4), (BUILDINGS, 2))
    corner = trees.places[near] + random.normal(0, (6e-4, 4e-4), (BUILDINGS, 2))
    columns = {
        "number": list(range(1, BUILDINGS + 1)),
        "kind": [f"use {number}" for number in random.integers(0, 20, BUILDINGS)],
        "street": [trees.columns["street"][index] for index in near],
        "levels": random.integers(1, 12, BUILDINGS).tolist(),
        "height": (random.integers(30, 400, BUILDINGS) / 10).tolist(),
        "built": random.integers(1500, 2026, BUILDINGS).tolist(),
    }
    return Layer(np.round(corner[:, None, :] + CORNERS[None] * size[:, None, :], 7), columns)


def wkb(place: Any) -> bytes:
    """A point or a polygon, little endian."""
    if place.ndim == 1:
        return struct.pack("<BIdd", 1, 1, *place)
    return struct.pack("<BIII", 1, 3, 1, len(place)) + bytes(place.astype("<f8").tobytes())


# --- what is asked ----------------------------------------------------------------------------


class Ask(NamedTuple):
    """One request: a feature by its number, or a page."""

    layer: str = "trees"
    number: int = 0
    box: tuple[float, ...] = ()
    metres: bool = False  # the box and the answer in EPSG:25832
    species: str = ""
    planted: int = 0
    limit: int = 0

    @property
    def cql2(self) -> str:
        """The filter as CQL2 text."""
        return f"species = '{self.species}' AND planted >= {self.planted}"


@dataclass(frozen=True)
class Case:
    """A kind of request; every answer has `limit` features, or is one."""

    title: str
    asks: int  # how many different ones there are
    limit: int = 0
    layer: str = "trees"
    metres: bool = False
    filtered: bool = False
    target: float | None = None  # answers per CPU second


CASES = {
    "single": Case("single feature", 12_000, target=5_000),
    "ten": Case("bbox, limit 10", 2_000, 10),
    "points": Case("bbox, 1,000 points", 900, 1_000, target=300),
    "polygons": Case("bbox, 1,000 polygons", 600, 1_000, "buildings"),
    "metres": Case("bbox, 1,000 points, EPSG:25832", 600, 1_000, metres=True),
    "filter": Case("two properties (CQL2), limit 100", 1_200, 100, filtered=True),
    "page": Case("bbox, 10,000 points in one page", 150, 10_000),
}
MORE = 1.05  # a box holds this many times the features of a page, so there is a next one


@cache
def asks(name: str) -> list[Ask]:
    """The requests of a case, the same in every process."""
    case = CASES[name]
    random = np.random.default_rng(100 + list(CASES).index(name))
    if not case.limit:
        return [Ask(number=int(each)) for each in random.integers(1, TREES, case.asks)]
    if case.filtered:
        return _filters(case, random)
    wanted = max(300, int(case.limit * MORE))
    corners = _points(case.layer, case.metres)
    return [
        Ask(case.layer, box=box, metres=case.metres, limit=case.limit)
        for box in _boxes(corners, wanted, case.asks, random)
    ]


@cache
def _points(name: str, metres: bool) -> Any:
    places = layer(name).places
    points = places if places.ndim == 2 else places[:, 0]
    if not metres:
        return points
    from pyproj import Transformer

    change = Transformer.from_crs("OGC:CRS84", "EPSG:25832", always_xy=True)
    return np.stack(change.transform(points[:, 0], points[:, 1]), axis=1)


def _boxes(points: Any, wanted: int, count: int, random: Any) -> list[tuple[float, ...]]:
    """Boxes around random points that hold `wanted` of them."""
    ordered = points[np.argsort(points[:, 0])]
    scale = float(np.ptp(points[:, 0]) / np.ptp(points[:, 1]))  # a box has the city's shape
    start = float(np.ptp(points[:, 0])) / 500
    boxes = []
    for x, y in ordered[random.integers(0, len(ordered), count)]:
        reach = start
        while True:
            first, last = np.searchsorted(ordered[:, 0], (x - reach, x + reach))
            near = np.abs(ordered[first:last] - (x, y)) * (1, scale)
            far = near.max(axis=1)
            if np.count_nonzero(far <= reach) >= wanted:
                break
            reach *= 2
        side = float(np.partition(far, wanted - 1)[wanted - 1]) * (1 + 1e-9)
        high = side / scale
        boxes.append(tuple(round(float(v), 7) for v in (x - side, y - high, x + side, y + high)))
    return boxes


def _filters(case: Case, random: Any) -> list[Ask]:
    """A species and a year, with 300 trees or more."""
    columns = layer("trees").columns
    species = np.array([name or "" for name in columns["species"]])
    planted = np.array([year or 0 for year in columns["planted"]])
    names, amounts = np.unique(species, return_counts=True)
    common = [name for name in names[amounts > 600] if name and not set(name) & set("'\"")]
    made: list[Ask] = []
    for name in random.permutation(common * (case.asks // len(common) + 1)).tolist():
        years = np.sort(planted[(species == name) & (planted > 0)])
        if len(years) > 600 and len(made) < case.asks:
            year = int(years[random.integers(0, len(years) - 300)])
            made.append(Ask(species=str(name), planted=year, limit=case.limit))
    return made
