# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Which CRS and which order of axes the coordinates of a layer have, and the way to lon, lat.

What the operator says counts most, then what the source says as long as the numbers fit it,
then what the numbers look like. Whatever was not as stated is told in the report.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from allmende.core.imports import crs as systems
from allmende.core.imports.types import said
from allmende.model.document import Text
from allmende.model.positions import first_position

MARGIN = 3.0  # degrees around the area a CRS is made for
CITY = 2.0  # degrees around the city within which positions are believed to lie

Positions = Sequence[tuple[float, float]]


class Placing(Struct):
    """The decision: CRS, whether pairs are turned round, what there is to say about it."""

    crs: str = systems.LON_LAT
    swap: bool = False
    notes: list[Text] = []


def positions_of(shapes: Sequence[bytes | None]) -> list[tuple[float, float]]:
    """The first positions of geometries."""
    return [found for shape in shapes if shape and (found := first_position(shape))]


def decide(
    stated: str,
    axis: str,
    sample: Positions,
    near: tuple[float, float] | None,
    *,
    certain: bool = False,
) -> Placing:
    """CRS and axes of coordinates as they come; `certain` when the operator said them."""
    placing = Placing(notes=[])
    placing.swap = axis == "yx"
    turned = [(y, x) for x, y in sample] if placing.swap else list(sample)
    code = systems.normal(stated) if stated else ""
    if certain and code:
        placing.crs = systems.with_zone(code, turned[0][0]) if turned else code
        return placing
    if not turned:
        placing.crs = code or systems.LON_LAT
        return placing
    placing.crs = _believed(code, turned, near, placing)
    if not certain:
        _check_axes(placing, sample, near)
    return placing


def _believed(
    code: str, found: Positions, near: tuple[float, float] | None, placing: Placing
) -> str:
    middle = sorted(found)[len(found) // 2]
    degrees = abs(middle[0]) <= 180 and abs(middle[1]) <= 90
    if code and degrees == _in_degrees(code):
        zoned = systems.with_zone(code, middle[0])
        if zoned != code:
            placing.notes.append(
                said(
                    f"Eastings begin with the zone: {zoned} instead of {code}.",
                    f"Die Ostwerte beginnen mit der Zone: {zoned} statt {code}.",
                )
            )
        return zoned
    guessed = systems.guess(*middle, near) or systems.guess(middle[1], middle[0], near)
    if not guessed:
        raise systems.unknown(f"{middle[0]} {middle[1]}")
    if code or guessed != systems.LON_LAT:
        placing.notes.append(
            said(
                f"The coordinates are not in {code or 'longitude and latitude'}; by their size "
                f"they were taken for {guessed}. Say crs in the mapping if that is wrong.",
                f"Die Koordinaten sind nicht in {code or 'Länge und Breite'}; ihrer Größe nach "
                f"gelten sie als {guessed}. Sonst bitte crs in der Zuordnung angeben.",
            )
        )
    return guessed


def _in_degrees(code: str) -> bool:
    return code in systems.ALREADY or systems.geographic(code)


def _check_axes(placing: Placing, sample: Positions, near: tuple[float, float] | None) -> None:
    """Turn the pairs round when only so they lie where the CRS or the city is."""
    straight = [(y, x) for x, y in sample] if placing.swap else list(sample)
    other = [(y, x) for x, y in straight]
    if _fit(placing.crs, straight, near) or not _fit(placing.crs, other, near):
        return
    placing.swap = not placing.swap
    order = (
        ("north before east", "Nord vor Ost")
        if placing.swap
        else (
            "east before north",
            "Ost vor Nord",
        )
    )
    placing.notes.append(
        said(
            f"The axes are not in the order that was stated; read as {order[0]}.",
            f"Die Achsen stehen nicht in der angegebenen Folge; gelesen als {order[1]}.",
        )
    )


def _fit(code: str, found: Positions, near: tuple[float, float] | None) -> bool:
    """Whether most positions lie where the CRS is made for; degrees: whether near the city."""
    turn = systems.Reprojector(code)
    area = systems.area(code)
    inside = 0
    for x, y in found:
        if turn.same and not (abs(x) <= 180 and abs(y) <= 90):
            continue
        lon, lat = turn.one(x, y)
        if turn.same:
            inside += near is None or (abs(lon - near[0]) < CITY and abs(lat - near[1]) < CITY)
        else:
            inside += (
                area[0] - MARGIN <= lon <= area[2] + MARGIN
                and area[1] - MARGIN <= lat <= area[3] + MARGIN
            )
    return inside * 2 > len(found)
