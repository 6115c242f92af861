# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Where coordinates stand in a table, and in which reference system.

Numbers tell the system as far as they can: strips of Gauss-Krüger begin with their number,
longitude and latitude of Germany do not overlap. UTM zones 32 and 33 cannot be told apart by
numbers; the place the data should be near decides, else zone 32, and a note says so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations, pairwise
from math import cos, radians
from statistics import median

from msgspec import Struct

from allmende.model.document import CRS84, FieldType, GeometryType
from allmende.model.shapes import read_wkb
from allmende.model.sniff.taking import Column
from allmende.model.sniff.types import Note, note

Near = tuple[float, float]
"""Longitude and latitude of the place the data should be near."""

_EAST = (
    r"(geo|koord|coord|utm|gk|wgs84?|pos|punkt|centroid|x)?_?(x|x_?(koord\w*|coord\w*|wert|utm|wgs84)?|"
    r"lon|lng|long|longitude|laenge|laengengrad|geogr?_laenge|rechtswert|rechts|rw|ostwert|ost|"
    r"easting|east|e)(_?\d{4,5}|_?(wgs84|utm\d*|gk\d*|koord\w*|coord\w*))?\Z"
)
_NORTH = (
    r"(geo|koord|coord|utm|gk|wgs84?|pos|punkt|centroid|y)?_?(y|y_?(koord\w*|coord\w*|wert|utm|wgs84)?|"
    r"lat|latitude|breite|breitengrad|geogr?_breite|hochwert|hoch|hw|nordwert|nord|"
    r"northing|north|n)(_?\d{4,5}|_?(wgs84|utm\d*|gk\d*|koord\w*|coord\w*))?\Z"
)
EAST, NORTH = re.compile(_EAST, re.I), re.compile(_NORTH, re.I)
_STRIPS = (
    (2_400_000, 2_700_000, "EPSG:31466"),
    (3_300_000, 3_700_000, "EPSG:31467"),
    (4_300_000, 4_700_000, "EPSG:31468"),
    (5_300_000, 5_700_000, "EPSG:31469"),
    (32_200_000, 32_950_000, "EPSG:4647"),
    (33_200_000, 33_950_000, "EPSG:5650"),
)
_NORTHINGS = (5_200_000, 6_150_000)  # of Germany in UTM and Gauss-Krüger
_MERIDIANS = {"EPSG:25832": 9.0, "EPSG:25833": 15.0}


class Place(Struct):
    """The geometry that is proposed: one column, or two with x and y."""

    columns: list[Column]  # [shape] or [x, y]
    crs: str
    geometry: GeometryType
    swapped: bool = False  # in a shape column north comes first


def find_place(columns: Sequence[Column], near: Near | None) -> tuple[Place | None, list[Note]]:
    """The best geometry of the table: in degrees before others, shapes before pairs."""
    notes: list[Note] = []
    shapes = [each for each in columns if each.type is FieldType.GEOMETRY]
    found = [place for each in shapes if (place := _of_shapes(each, near, notes))]
    found += _of_pairs(columns, near, notes)
    if not found:
        return None, notes
    best = min(found, key=lambda place: (len(place.columns), place.crs != CRS84))
    mine = {each.name for each in best.columns}
    return best, [each for each in notes if not each.field or each.field in mine]


def _of_shapes(column: Column, near: Near | None, notes: list[Note]) -> Place | None:
    read = [read_wkb(each) for each in column.values]
    if not read:
        return None
    said = re.match(r"SRID=(\d+);", next(iter(column.texts), ""), re.I)
    xs, ys = [each.box[0] for each in read], [each.box[1] for each in read]
    guess = guess_crs(xs, ys, near)
    swapped = False
    if guess is None and (turned := guess_crs(ys, xs, near)):
        guess, swapped = turned, True
        notes.append(_swapped_note(column.name))
    kinds = {each.kind for each in read}
    crs = f"EPSG:{said[1]}" if said else (guess or "")
    crs = CRS84 if crs == "EPSG:4326" else crs
    if not crs:
        notes.append(_unknown(column.name))
        return None
    notes += _zones(crs, column.name, near)
    return Place([column], crs, _common(kinds), swapped)


def _common(kinds: set[GeometryType]) -> GeometryType:
    if len(kinds) == 1:
        return next(iter(kinds))
    for many in ("Point", "LineString", "Polygon"):
        if kinds == {GeometryType(many), GeometryType("Multi" + many)}:
            return GeometryType("Multi" + many)
    return GeometryType.ANY


def _of_pairs(columns: Sequence[Column], near: Near | None, notes: list[Note]) -> list[Place]:
    numeric = [
        each
        for each in columns
        if each.type in (FieldType.NUMBER, FieldType.INTEGER) and len(each.values) > 0
    ]
    pairs = _named_pairs(numeric)
    if not pairs:
        fine = [each for each in numeric if _fine(each)]
        large = [each for each in fine if _large(each)][:12]
        pairs = [each for each in pairwise(fine) if each[0].index + 1 == each[1].index]
        pairs += list(combinations(large, 2))
    found = []
    for east, north in pairs:
        place = _of_pair(east, north, near, notes)
        if place:
            found.append(place)
    return found


def _named_pairs(numeric: Sequence[Column]) -> list[tuple[Column, Column]]:
    """Columns whose names say east and north; of several, those that stand side by side."""
    easts = [each for each in numeric if EAST.match(each.name)]
    norths = [each for each in numeric if NORTH.match(each.name)]
    pairs = []
    for east in easts:
        if norths:
            beside = min(norths, key=lambda each: abs(each.index - east.index))
            if abs(beside.index - east.index) <= 3:
                pairs.append((east, beside))
    return pairs


def _fine(column: Column) -> bool:
    """Whether the numbers have the decimals or the size that coordinates have."""
    numbers = [float(value) for value in column.values[:200]]
    decimals = sum(round(value, 3) != value for value in numbers)
    return _large(column) or decimals > 0.5 * len(numbers)


def _large(column: Column) -> bool:
    return median(abs(float(value)) for value in column.values[:200]) > 200_000


def _of_pair(first: Column, second: Column, near: Near | None, notes: list[Note]) -> Place | None:
    xs, ys = ([float(value) for value in each.values] for each in (first, second))
    crs, turned = guess_crs(xs, ys, near), guess_crs(ys, xs, near)
    named = bool(EAST.match(first.name))
    if crs and turned:  # both could be: the name decides
        turned = None
    if not crs and turned:
        first, second, crs = second, first, turned
        if named:
            notes.append(_turned_note(first.name, second.name))
    if not crs:
        if named:
            notes.append(_unknown(first.name))
        return None
    notes += _zones(crs, first.name, near)
    return Place([first, second], crs, GeometryType.POINT)


def guess_crs(xs: Sequence[float], ys: Sequence[float], near: Near | None) -> str | None:
    """The reference system whose numbers look like these; None when there is none."""
    if not xs or not ys:
        return None
    x, y = median(xs), median(ys)
    if abs(x) <= 180 and abs(y) <= 90:
        return _degrees(x, y, near)
    if _NORTHINGS[0] <= y <= _NORTHINGS[1]:
        for low, high, code in _STRIPS:
            if low <= x <= high:
                return code
        if 200_000 <= x <= 950_000:
            return _zone(x, near)
    if 500_000 <= abs(x) <= 2_000_000 and 5_900_000 <= y <= 7_500_000:
        return "EPSG:3857"
    return None


def _degrees(x: float, y: float, near: Near | None) -> str | None:
    """Longitude and latitude; in and around Germany 46–56 is never a longitude."""
    looks_turned = 46 <= x <= 56 and 5 <= y <= 16
    if near:
        looks_turned = abs(x - near[0]) + abs(y - near[1]) > abs(y - near[0]) + abs(x - near[1])
    return None if looks_turned or (x == 0 and y == 0) else CRS84


def _zone(x: float, near: Near | None) -> str:
    if near is None:
        return "EPSG:25832"
    metres = 111_320 * cos(radians(near[1]))
    expected = {code: 500_000 + (near[0] - lon) * metres for code, lon in _MERIDIANS.items()}
    return min(expected, key=lambda code: abs(expected[code] - x))


def _zones(crs: str, name: str, near: Near | None) -> list[Note]:
    if crs not in _MERIDIANS or near is not None:
        return [
            note(
                "crs",
                f"The coordinates look like {_shown(crs)}.",
                f"Die Koordinaten sehen aus wie {_shown(crs)}.",
                on=name,
            )
        ]
    return [
        note(
            "crs-zone",
            "The coordinates look like UTM; zone 32 (EPSG:25832) is proposed, zone 33 "
            "(EPSG:25833) looks the same. Check one place on the map.",
            "Die Koordinaten sehen aus wie UTM; vorgeschlagen ist Zone 32 (EPSG:25832), Zone 33 "
            "(EPSG:25833) sieht gleich aus. Bitte einen Ort auf der Karte prüfen.",
            on=name,
        )
    ]


def _shown(crs: str) -> str:
    return "WGS 84 (lon, lat)" if crs == CRS84 else crs


def _swapped_note(name: str) -> Note:
    return note(
        "swapped-axes",
        "North stands before east in the geometries; they are turned round.",
        "In den Geometrien steht Nord vor Ost; sie werden gedreht.",
        on=name,
    )


def _turned_note(x: str, y: str) -> Note:
    return note(
        "swapped-axes",
        f"By their numbers “{x}” points east and “{y}” north, though the names say otherwise.",
        f"Nach den Zahlen ist „{x}“ der Ost- und „{y}“ der Nordwert, anders als die Namen sagen.",
        on=x,
    )


def _unknown(name: str) -> Note:
    return note(
        "crs-unknown",
        "The reference system of the coordinates cannot be told by the numbers: name it.",
        "Das Bezugssystem ist an den Zahlen nicht zu erkennen: bitte angeben.",
        on=name,
    )
