# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Series of observations, read from recent rows, blocks and the archive as one."""

from __future__ import annotations

from collections.abc import Sequence

from allmende.model.sensing import calendar, figures
from allmende.model.sensing.calendar import HOUR
from allmende.model.sensing.observation import Bucket, Observation, split_id
from allmende.model.sensing.series import Columns, empty, from_rows, joined, row
from allmende.store.connection import Connection
from allmende.store.sensing import aggregates, archive, blocks, rollups, state

_ROW = "time, number, value, text, flag, lasts, result_time, extra"
EVER = 2**62


def columns(
    db: Connection,
    stream: int,
    start: int | None = None,
    end: int | None = None,
    *,
    descending: bool = False,
    limit: int = 0,
) -> Columns:
    """Observations of [start, end) in the order of time, then number.

    With a limit (0 is none) only that many, from the end if descending; the order stays
    ascending.
    """
    if limit:
        return _limited(db, stream, start, end, descending, limit)
    packed = [each.between(start, end) for each in blocks.load_between(db, stream, start, end)]
    old = archive.columns(db, stream, start, end)
    return joined([old, *packed, _recent(db, stream, start, end)])


def at_hand(db: Connection, stream: int, start: int | None, end: int | None) -> Columns:
    """Observations of [start, end) that are not archived."""
    packed = [each.between(start, end) for each in blocks.load_between(db, stream, start, end)]
    return joined([*packed, _recent(db, stream, start, end)])


def _recent(
    db: Connection,
    stream: int,
    start: int | None,
    end: int | None,
    tail: str = "asc",
    limit: int = 0,
) -> Columns:
    rows = db.rows(
        f"select {_ROW} from obs.observation where datastream = :stream and time >= :start "
        f"and time < :end order by time {tail}, number {tail}" + (" limit :limit" if limit else ""),
        stream=stream,
        start=-EVER if start is None else start,
        end=EVER if end is None else end,
        **({"limit": limit} if limit else {}),
    )
    if tail == "desc":
        rows.reverse()
    return from_rows(rows)


def _limited(
    db: Connection, stream: int, start: int | None, end: int | None, descending: bool, limit: int
) -> Columns:
    """Reads blocks one by one, from the end that is wanted, until nothing nearer can come."""
    tail = "desc" if descending else "asc"
    found = _recent(db, stream, start, end, tail, limit)
    listed: list[blocks.Block | archive.Part] = [
        *archive.parts(db, stream, start, end),
        *blocks.listed(db, stream, start, end),
    ]
    for block in reversed(listed) if descending else listed:
        if len(found) >= limit and _is_beyond(found, block, descending):
            break
        more = _load(db, block).between(start, end)
        found = _cut(joined([found, more]), descending, limit)
    return found


def _load(db: Connection, place: blocks.Block | archive.Part) -> Columns:
    if isinstance(place, archive.Part):
        return archive.load(db, [place])
    return blocks.load(db, place)


def _is_beyond(found: Columns, block: blocks.Block | archive.Part, descending: bool) -> bool:
    """Whether a block can hold nothing that belongs to the observations found."""
    if descending:
        return block.last_time < int(found.times[0])
    return block.first_time > int(found.times[-1])


def _cut(found: Columns, descending: bool, limit: int) -> Columns:
    if descending:
        return found.part(max(len(found) - limit, 0), len(found))
    return found.part(0, limit)


def one(db: Connection, ident: int) -> Observation | None:
    """The observation with this id."""
    stream, number = split_id(ident)
    found = db.row(
        f"select {_ROW} from obs.observation where datastream = :stream and number = :number",
        stream=stream,
        number=number,
    )
    if found is not None:
        time, number, value, text, flag, lasts, result_time, extra = found
        return (
            next(iter(from_rows([found]).rows(stream)))
            if text
            else row(stream, time, number, value, flag, lasts, result_time, extra)
        )
    block = blocks.holding(db, stream, number)
    if block is None:
        return next(iter(archive.one(db, ident).rows(stream)), None)
    packed = blocks.load(db, block)
    at = int((packed.numbers == number).argmax())
    return next(iter(packed.part(at, at + 1).rows(stream)))


def numbered(db: Connection, stream: int, first: int, count: int) -> Columns:
    """Observations with consecutive numbers, those that are still there."""
    rows = db.rows(
        f"select {_ROW} from obs.observation where datastream = :stream "
        "and number >= :first and number < :last order by time, number",
        stream=stream,
        first=first,
        last=first + count,
    )
    if len(rows) == count:
        return from_rows(rows)
    places = db.rows(
        "select month, part, n, first_time, last_time, first_number, last_number from obs.block "
        "where datastream = :stream and first_number < :last and last_number >= :first",
        stream=stream,
        first=first,
        last=first + count,
    )
    packed = [blocks.load(db, blocks.Block(stream, *place)) for place in places]
    kept = [
        each.taken(((each.numbers >= first) & (each.numbers < first + count)).nonzero()[0])
        for each in packed
    ]
    found = joined([*kept, from_rows(rows)])
    if len(found) == count:
        return found
    return joined([archive.numbered(db, stream, first, count), found])


def count(db: Connection, stream: int, start: int | None, end: int | None) -> int:
    """How many observations lie in [start, end)."""
    if start is None and end is None:
        return state.get(db, stream).n
    recent = db.value(
        "select count(*) from obs.observation where datastream = :stream and time >= :start "
        "and time < :end",
        stream=stream,
        start=-EVER if start is None else start,
        end=EVER if end is None else end,
    )
    total = int(recent)
    places: list[blocks.Block | archive.Part] = [
        *archive.parts(db, stream, start, end),
        *blocks.listed(db, stream, start, end),
    ]
    for block in places:
        inside = (start is None or block.first_time >= start) and (
            end is None or block.last_time < end
        )
        total += block.n if inside else len(_load(db, block).between(start, end))
    return total


def hours(db: Connection, stream: int, start: int | None, end: int | None) -> list[Bucket]:
    """Figures of the hours (UTC) that touch [start, end), of each as a whole.

    From the rollups as far as nothing is packed, before that from the blocks, and before
    those from the aggregates that were kept, or from the archive.
    """
    known = state.get(db, stream)
    start = None if start is None else calendar.hour_of(start)
    end = None if end is None else calendar.hour_of(end + HOUR - 1)
    found: list[Bucket] = []
    if known.raw_from > state.FROM_EVER and (start is None or start < known.raw_from):
        until = known.raw_from if end is None else min(end, known.raw_from)
        found += _old_hours(db, stream, start, until)
        start = until
    start = known.first_time if start is None else start
    if start is None:
        return found
    start = calendar.hour_of(start)
    if start < known.sealed and (end is None or start < end):
        until = known.sealed if end is None else min(end, known.sealed)
        raw = columns(db, stream, start, until)
        found += figures.counted(raw, figures.steps(raw.times, HOUR)) if len(raw) else []
        start = until
    if end is None or start < end:
        found += rollups.read(db, stream, rollups.HOURS, start, end)
    return found


def _old_hours(db: Connection, stream: int, start: int | None, end: int) -> list[Bucket]:
    """Hours of which single observations are no longer at hand."""
    kept = aggregates.read(db, stream, HOUR, start, end)
    months = {calendar.month_of(each.start) for each in kept}
    parts = [each for each in archive.parts(db, stream, start, end) if each.month not in months]
    if not parts:
        return kept
    begin = parts[0].first_time if start is None else start
    raw = archive.plain(db, parts, begin, end)
    found = figures.counted(raw, figures.steps(raw.times, HOUR)) if len(raw) else []
    return sorted([*kept, *found], key=lambda each: each.start) if kept else found


def months(db: Connection, stream: int, start: int | None, end: int | None) -> list[Bucket]:
    """Figures of local months that were kept when those of their days went."""
    return aggregates.read(db, stream, aggregates.MONTH, start, end)


def days(db: Connection, stream: int, start: int | None, end: int | None) -> list[Bucket]:
    """Figures of the days of the city's time zone that begin in [start, end)."""
    return rollups.read(db, stream, rollups.DAYS, start, end)


def many(
    db: Connection, streams: Sequence[int], start: int | None, end: int | None
) -> dict[int, Columns]:
    """The observations of several datastreams; those without any are left out."""
    found = {stream: columns(db, stream, start, end) for stream in streams}
    return {stream: each for stream, each in found.items() if len(each)}


__all__ = [
    "at_hand",
    "columns",
    "count",
    "days",
    "empty",
    "hours",
    "many",
    "months",
    "numbered",
    "one",
]
