# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Extent and valid time of a collection, measured from its rows."""

from __future__ import annotations

from typing import Any

from allmende.model.document import Entity, FieldType
from allmende.store.collections.tables import Names
from allmende.store.collections.types import Target
from allmende.store.connection import Connection


def measure(db: Connection, target: Target, moment: int) -> None:
    """Notes extent and valid time of a collection after a write."""
    names = Names(target.id, target.entity, db.dialect.name)
    west, south, east, north = _extent(db, names)
    start, end = _period(db, names, target.entity)
    db.run(
        "update geo.collection set west = :west, south = :south, east = :east, north = :north, "
        "period_start = :start, period_end = :end where number = :number",
        number=target.number,
        west=west,
        south=south,
        east=east,
        north=north,
        start=start,
        end=end,
    )
    if names.engine == "sqlite":
        db.run(
            "update geo.gpkg_contents set min_x = :west, min_y = :south, max_x = :east, "
            "max_y = :north, last_change = strftime('%Y-%m-%dT%H:%M:%fZ', :at, 'unixepoch') "
            "where table_name = :name",
            west=west,
            south=south,
            east=east,
            north=north,
            at=moment / 1e6,
            name=names.plain,
        )


def _extent(db: Connection, names: Names) -> tuple[Any, ...]:
    if names.geometry is None:
        return (None, None, None, None)
    if names.engine == "sqlite":
        found = db.row(f"select min(minx), min(miny), max(maxx), max(maxy) from {names.index}")
        return found or (None, None, None, None)
    found = db.row(
        "select ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e) from "
        f"(select ST_Extent({names.geometry}) as e from {names.table}) as extent"
    )
    return found or (None, None, None, None)


def _period(db: Connection, names: Names, entity: Entity) -> tuple[str | None, str | None]:
    """First and last moment of the valid time, as ISO 8601 in the fields' own precision."""
    if entity.time is None:
        return None, None
    first, last = entity.time.start, entity.time.end
    low = db.value(f'select min("{first}") from {names.table}') if first else None
    high = db.value(f'select max("{last}") from {names.table}') if last else None
    later = db.value(f'select max("{first}") from {names.table}') if first else None
    start, end = _iso(entity, first, low), _iso(entity, last, high)
    newest = _iso(entity, first, later)
    return start, max((each for each in (end, newest) if each), default=None)


def _iso(entity: Entity, name: str, value: Any) -> str | None:
    field = entity.find(name)
    if value is None or field is None:
        return None
    return f"{value:04d}" if field.type is FieldType.YEAR else str(value)
