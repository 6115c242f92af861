# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Looking after observations: free pages, figures counted anew, what does not agree."""

from __future__ import annotations

from allmende.model.sensing import calendar, figures
from allmende.model.sensing.calendar import HOUR
from allmende.store.connection import Connection
from allmende.store.sensing import archive, blocks, reading, rollups, state

FREE_PAGES = 2_000
"""Pages of the file that are given back at a time."""


def streams(db: Connection) -> list[int]:
    """Datastreams that have observations, by id."""
    return [found[0] for found in db.rows("select datastream from obs.state order by datastream")]


def differences(db: Connection) -> list[str]:
    """What the state of a datastream says otherwise than its observations do."""
    found = []
    for stream in streams(db):
        known = state.get(db, stream)
        n = len(reading.at_hand(db, stream, None, None)) + archive.size(db, stream)[0]
        if n != known.n:
            found.append(f"datastream {stream}: {n} observations, counted {known.n}")
        packed = blocks.listed(db, stream, None, None)
        if any(each.first_time > each.last_time for each in packed):
            found.append(f"datastream {stream}: a block ends before it begins")
    return found


def recount(db: Connection, stream: int, zone: str) -> int:
    """Makes hours, days and the count of a datastream anew; how many observations it has.

    Days of which single observations are gone keep the figures they have.
    """
    known = state.get(db, stream)
    begin = _first_whole_day(db, known, zone)
    columns = reading.columns(db, stream, None if begin == state.FROM_EVER else begin)
    hours = figures.counted(columns, figures.steps(columns.times, HOUR)) if len(columns) else []
    days = figures.merged(hours, lambda time: calendar.day_of(time, zone))
    db.run(
        "delete from obs.rollup where datastream = :stream and start >= :start",
        stream=stream,
        start=begin,
    )
    rows = [
        rollups.row_of(stream, rollups.HOURS, each) for each in hours if each.start >= known.sealed
    ]
    rows += [rollups.row_of(stream, rollups.DAYS, each) for each in days]
    rollups.merge(db, rows)
    known.n = len(reading.at_hand(db, stream, None, None)) + archive.size(db, stream)[0]
    state.put(db, [known])
    return known.n


def _first_whole_day(db: Connection, known: state.State, zone: str) -> int:
    """The first day whose observations are all there, at hand or in the archive."""
    if known.raw_from == state.FROM_EVER:
        return known.raw_from
    day = calendar.day_of(known.raw_from, zone)
    if day == known.raw_from or archive.parts(db, known.datastream, day, known.raw_from):
        return day
    return calendar.next_period(day, "day", zone)


def give_back(db: Connection) -> None:
    """Gives free pages of the file back to the disk (SQLite)."""
    if db.dialect.name == "sqlite":
        db.script(f"pragma obs.incremental_vacuum({FREE_PAGES})")
