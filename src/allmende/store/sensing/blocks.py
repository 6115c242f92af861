# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Settled observations packed by datastream and month (UTC).

A block is opened again when one of its observations is corrected or deleted: its rows go
back to the table of recent ones, and are packed again later. Readers look at both.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from allmende.model.sensing.calendar import hour_of, month_of, month_start, next_month
from allmende.model.sensing.packing import pack, unpack
from allmende.model.sensing.series import Columns, from_rows, joined, to_rows
from allmende.store.connection import Connection
from allmende.store.sensing import partitions, rollups, state

MOST = 8_192
"""Observations of one block."""
WORTH = 256
"""Fewer recent observations of a datastream are packed only when their month is over."""

_ROW = "time, number, value, text, flag, lasts, result_time, extra"
_PLACE = "datastream, month, part, n, first_time, last_time, first_number, last_number"


class Block(Struct, frozen=True):
    """Where a block stands and what it covers."""

    datastream: int
    month: int
    part: int
    n: int
    first_time: int
    last_time: int
    first_number: int
    last_number: int


def listed(db: Connection, stream: int, start: int | None, end: int | None) -> list[Block]:
    """The blocks that may hold observations of [start, end), in the order of time."""
    first = 0 if start is None else month_of(start)
    last = 999_999 if end is None else month_of(end)
    rows = db.rows(
        f"select {_PLACE} from obs.block where datastream = :stream and month >= :first "
        "and month <= :last and last_time >= :start and first_time < :end order by month, part",
        stream=stream,
        first=first,
        last=last,
        start=-(2**62) if start is None else start,
        end=2**62 if end is None else end,
    )
    return [Block(*found) for found in rows]


def load(db: Connection, block: Block) -> Columns:
    """The observations of a block."""
    return unpack(
        db.value(
            "select data from obs.block where datastream = :stream and month = :month "
            "and part = :part",
            stream=block.datastream,
            month=block.month,
            part=block.part,
        )
    )


def load_between(db: Connection, stream: int, start: int | None, end: int | None) -> list[Columns]:
    """The observations of all blocks that may lie in [start, end), in one statement."""
    first = 0 if start is None else month_of(start)
    last = 999_999 if end is None else month_of(end)
    rows = db.rows(
        "select data from obs.block where datastream = :stream and month >= :first "
        "and month <= :last and last_time >= :start and first_time < :end order by month, part",
        stream=stream,
        first=first,
        last=last,
        start=-(2**62) if start is None else start,
        end=2**62 if end is None else end,
    )
    return [unpack(found[0]) for found in rows]


def holding(db: Connection, stream: int, number: int) -> Block | None:
    """The block that holds the observation with this number, or None."""
    rows = db.rows(
        f"select {_PLACE} from obs.block where datastream = :stream and first_number <= :number "
        "and last_number >= :number order by month desc, part desc",
        stream=stream,
        number=number,
    )
    for found in rows:
        block = Block(*found)
        if number in load(db, block).numbers:
            return block
    return None


def open_up(db: Connection, block: Block) -> None:
    """Puts the observations of a block back among the recent ones."""
    _insert_rows(db, block.datastream, load(db, block))
    _drop(db, [block])


def seal(db: Connection, stream: int, before: int) -> int:
    """Packs what a datastream has before a time (which is cut to the hour); how many."""
    before = hour_of(before)
    rows = db.rows(
        f"select {_ROW} from obs.observation where datastream = :stream and time < :before "
        "order by time, number",
        stream=stream,
        before=before,
    )
    if not rows:
        return 0
    columns = from_rows(rows)
    at = 0
    while at < len(columns):
        month = month_of(int(columns.times[at]))
        stop = int(columns.times.searchsorted(month_start(next_month(month))))
        _add(db, stream, month, columns.part(at, stop))
        at = stop
    db.run(
        "delete from obs.observation where datastream = :stream and time < :before",
        stream=stream,
        before=before,
    )
    found = state.get(db, stream)
    if before > found.sealed:
        found.sealed = before
        state.put(db, [found])
        rollups.forget_hours(db, stream, before)
    return len(columns)


def _add(db: Connection, stream: int, month: int, new: Columns) -> None:
    """Joins new observations with the blocks of a month that they touch."""
    partitions.ready(db, "block", [month])
    present = [each for each in listed(db, stream, month_start(month), None) if each.month == month]
    first = int(new.times[0])
    touched = [each for each in present if each.last_time >= first]
    if not touched and present and present[-1].n < MOST:
        touched = present[-1:]
    part = min((each.part for each in touched), default=len(present))
    whole = joined([*(load(db, each) for each in touched), new])
    later = [each for each in present if each.part > part and each not in touched]
    _drop(db, touched)
    if later:  # cannot be, parts are in the order of time; keep them in any case
        part = max(each.part for each in present) + 1
    for at in range(0, len(whole), MOST):
        _put(db, stream, month, part + at // MOST, whole.part(at, at + MOST))


def _put(db: Connection, stream: int, month: int, part: int, columns: Columns) -> None:
    db.run(
        f"insert into obs.block ({_PLACE}, data) values (:stream, :month, :part, :n, "
        ":first_time, :last_time, :first_number, :last_number, :data)",
        stream=stream,
        month=month,
        part=part,
        n=len(columns),
        first_time=int(columns.times[0]),
        last_time=int(columns.times[-1]),
        first_number=int(columns.numbers.min()),
        last_number=int(columns.numbers.max()),
        data=pack(columns),
    )


def _drop(db: Connection, blocks: Iterable[Block]) -> None:
    for each in blocks:
        db.run(
            "delete from obs.block where datastream = :stream and month = :month and part = :part",
            stream=each.datastream,
            month=each.month,
            part=each.part,
        )


def _insert_rows(db: Connection, stream: int, columns: Columns) -> None:
    partitions.ready(db, "observation", {month_of(time) for time in columns.times.tolist()})
    names = _ROW.split(", ")
    db.run_many(
        f"insert into obs.observation (datastream, {_ROW}) values (:datastream, "
        f"{', '.join(':' + name for name in names)})",
        [
            dict(zip(names, found, strict=True)) | {"datastream": stream}
            for found in to_rows(columns)
        ],
    )


def ripe(db: Connection, before: int, over: int, limit: int) -> list[int]:
    """Datastreams with observations before a time that are worth packing.

    That is `WORTH` of them, or any that are before `over`, the end of the last month.
    """
    rows = db.rows(
        "select datastream from obs.observation where time < :before group by datastream "
        "having count(*) >= :worth or min(time) < :over order by datastream limit :limit",
        before=before,
        worth=WORTH,
        over=over,
        limit=limit,
    )
    return [found[0] for found in rows]
