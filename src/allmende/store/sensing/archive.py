# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Old observations in Parquet files of a month each, written by Arrow and read by DuckDB.

A file is sorted by datastream and time and never changes. It is never handed out as it is: the
table obs.archived says which month of which datastream is in which file, and only that counts.
What a file holds beyond that was corrected or deleted meanwhile, and goes when it is written anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from allmende.model.filter import Filter
from allmende.model.sensing.calendar import month_of
from allmende.model.sensing.observation import NUMBER_BITS, split_id
from allmende.model.sensing.series import NONE, Columns, empty
from allmende.store.connection import Connection
from allmende.store.sensing import state
from allmende.store.sensing.archive_engine import Part as Part
from allmende.store.sensing.archive_engine import asked
from allmende.store.sensing.archive_files import table
from allmende.store.sensing.streams import allowed

if TYPE_CHECKING:
    import pyarrow


_PART = "datastream, month, file, n, first_time, last_time, first_number, last_number"


# --- what is where -----------------------------------------------------------------------


def parts(db: Connection, stream: int, start: int | None, end: int | None) -> list[Part]:
    """The archived months of a datastream that may hold something of [start, end)."""
    if db.archive is None:
        return []
    rows = db.rows(
        f"select {_PART} from obs.archived where datastream = :stream and month >= :first "
        "and month <= :last and last_time >= :start and first_time < :end order by month",
        stream=stream,
        first=0 if start is None else month_of(start),
        last=999_999 if end is None else month_of(end),
        start=-(2**62) if start is None else start,
        end=2**62 if end is None else end,
    )
    return [Part(*found) for found in rows]


def holds(db: Connection, stream: int, time: int) -> bool:
    """Whether what a datastream has of this time is archived."""
    found = db.value(
        "select 1 from obs.archived where datastream = :stream and month = :month",
        stream=stream,
        month=month_of(time),
    )
    return found is not None and time < state.get(db, stream).raw_from


def holding(db: Connection, stream: int, first: int, last: int) -> list[Part]:
    """The archived months with numbers of [first, last] of a datastream."""
    rows = db.rows(
        f"select {_PART} from obs.archived where datastream = :stream "
        "and first_number <= :last and last_number >= :first order by month",
        stream=stream,
        first=first,
        last=last,
    )
    return [Part(*found) for found in rows]


def size(db: Connection, stream: int) -> tuple[int, int | None]:
    """How many observations of a datastream are archived, and the time of the first."""
    found = db.row(
        "select sum(n), min(first_time) from obs.archived where datastream = :stream",
        stream=stream,
    )
    return (int(found[0]), found[1]) if found and found[0] else (0, None)


def having(db: Connection, some: Sequence[int]) -> set[int]:
    """Those of the datastreams that have something in the archive."""
    where = db.dialect.any_of("datastream", "streams")
    rows = db.rows(
        f"select distinct datastream from obs.archived where {where}",
        streams=db.dialect.list_value(list(some)),
    )
    return {found[0] for found in rows}


def of_month(db: Connection, month: int) -> list[Part]:
    """All datastreams of a month, by file and id."""
    rows = db.rows(
        f"select {_PART} from obs.archived where month = :month order by file, datastream",
        month=month,
    )
    return [Part(*found) for found in rows]


def months(db: Connection) -> list[tuple[int, int, int, int]]:
    """Month, its files, datastreams and observations; the newest first."""
    rows = db.rows(
        "select month, count(distinct file), count(*), sum(n) from obs.archived "
        "group by month order by month desc"
    )
    return [(month, files, streams, int(n)) for month, files, streams, n in rows]


def seen_months(db: Connection, seen: Filter, thing: int | None) -> list[tuple[int, int, int]]:
    """Month, datastreams and observations of what a condition allows; the newest first."""
    where, params = _seen(db, seen, thing)
    rows = db.rows(
        f"select month, count(*), sum(n) from obs.archived where {where} "
        "group by month order by month desc",
        **params,
    )
    return [(month, some, int(n)) for month, some, n in rows]


def seen_parts(db: Connection, seen: Filter, month: int, thing: int | None) -> list[Part]:
    """The datastreams of a month that a condition allows, by id."""
    where, params = _seen(db, seen, thing)
    rows = db.rows(
        f"select {_PART} from obs.archived where month = :of_month and {where} order by datastream",
        of_month=month,
        **params,
    )
    return [Part(*found) for found in rows]


def _seen(db: Connection, seen: Filter, thing: int | None) -> tuple[str, dict[str, Any]]:
    guarded = allowed(seen, db.dialect)
    params: dict[str, Any] = dict(guarded.params)
    of_thing = ""
    if thing is not None:
        of_thing, params["of_thing"] = " and thing = :of_thing", thing
    inside = f"select id from sense_datastream where {guarded.sql}{of_thing}"
    return f"datastream in ({inside})", params


def files(db: Connection) -> list[str]:
    """Names of all files that are in use."""
    return [name for (name,) in db.rows("select distinct file from obs.archived order by file")]


def put(db: Connection, part: Part) -> None:
    """Notes that a month of a datastream is in a file."""
    values = {name: getattr(part, name) for name in _PART.split(", ")}
    names = ", ".join(f":{name}" for name in values)
    db.run(f"insert into obs.archived ({_PART}) values ({names})", **values)


def move(db: Connection, kept: Sequence[Part], file: str) -> None:
    """Notes that months are in another file now, those that are still archived."""
    for each in kept:
        db.run(
            "update obs.archived set file = :file where datastream = :stream "
            "and month = :month and file = :before",
            file=file,
            stream=each.datastream,
            month=each.month,
            before=each.file,
        )


def forget(db: Connection, stream: int, month: int) -> None:
    """Takes a month of a datastream out of the archive."""
    db.run(
        "delete from obs.archived where datastream = :stream and month = :month",
        stream=stream,
        month=month,
    )


# --- reading -----------------------------------------------------------------------------


def columns(db: Connection, stream: int, start: int | None, end: int | None) -> Columns:
    """Archived observations of [start, end) in the order of time, then number."""
    return load(db, parts(db, stream, start, end), start, end)


def load(
    db: Connection, found: Sequence[Part], start: int | None = None, end: int | None = None
) -> Columns:
    """The observations of archived months of one datastream in [start, end)."""
    import numpy as np

    if not found:
        return empty()
    rows = asked(
        db,
        'select id, epoch_us(time) as time, value, flag, epoch_us("end") as until, '
        "epoch_us(result_time) as told, text, extra from read_parquet($files) "
        "where list_contains($streams, datastream)",
        found,
        start,
        end,
    )
    made = _columns(rows)
    times, numbers = made.times, made.numbers
    if bool((times[1:] > times[:-1]).all()):
        return made
    return made.taken(np.lexsort((numbers, times)))


def plain(db: Connection, found: Sequence[Part], start: int, end: int) -> Columns:
    """The same with times, values and flags only, which is all that figures need."""
    if not found:
        return empty()
    return plain_of_many(db, found, start, end).get(found[0].datastream, empty())


def plain_of_many(
    db: Connection, found: Sequence[Part], start: int, end: int
) -> dict[int, Columns]:
    """The same of several datastreams, those that lie in the same files in one query.

    A file may hold what counts no longer of a datastream that is read from other files.
    """
    by_stream: dict[int, list[Part]] = {}
    for each in found:
        by_stream.setdefault(each.datastream, []).append(each)
    groups: dict[tuple[str, ...], list[Part]] = {}
    for parts_of_one in by_stream.values():
        files_of_one = tuple(sorted({each.file for each in parts_of_one}))
        groups.setdefault(files_of_one, []).extend(parts_of_one)
    made: dict[int, Columns] = {}
    for group in groups.values():
        made |= _plain(db, group, start, end)
    return made


def _plain(db: Connection, found: Sequence[Part], start: int, end: int) -> dict[int, Columns]:
    import numpy as np

    rows = asked(
        db,
        "select datastream, epoch_us(time) as time, value, flag from read_parquet($files) "
        "where list_contains($streams, datastream)",
        found,
        start,
        end,
    )
    streams = sorted({each.datastream for each in found})
    owners, times = rows["datastream"], rows["time"]
    values = np.ma.filled(rows["value"].astype(np.float64), np.nan)
    flags = rows["flag"].astype(np.uint8)
    if len(streams) > 1:  # runs that are sorted already, so that this is quick
        order = np.argsort(owners, kind="stable")
        owners, times, values, flags = (each[order] for each in (owners, times, values, flags))
    edges = np.searchsorted(owners, [*streams, streams[-1] + 1])
    made = {}
    for stream, begin, stop in zip(streams, edges[:-1], edges[1:], strict=True):
        own = slice(int(begin), int(stop))
        numbers = np.arange(stop - begin)
        columns = Columns(times[own], numbers, values[own], flags[own])
        made[stream] = columns if _ascends(columns) else columns.taken(columns.times.argsort())
    return made


def _ascends(columns: Columns) -> bool:
    return bool((columns.times[1:] >= columns.times[:-1]).all())


def one(db: Connection, ident: int) -> Columns:
    """The observation with this id, when it is archived."""
    stream, number = split_id(ident)
    return numbered(db, stream, number, 1)


def numbered(db: Connection, stream: int, first: int, count: int) -> Columns:
    """Archived observations with consecutive numbers."""
    import numpy as np

    if db.archive is None:
        return empty()
    found = load(db, holding(db, stream, first, first + count - 1))
    inside = (found.numbers >= first) & (found.numbers < first + count)
    return found.taken(np.flatnonzero(inside))


def batches(db: Connection, found: Sequence[Part]) -> Iterator[pyarrow.Table]:
    """Arrow tables of all rows of these months of datastreams, a datastream at a time."""
    for each in sorted(found, key=lambda part: (part.datastream, part.month)):
        yield table(each.datastream, load(db, [each]))


def _columns(rows: dict[str, Any]) -> Columns:
    import numpy as np

    times = rows["time"]

    def moments(name: str, base: Any = None) -> Any:
        given = rows[name]
        missing = np.ma.getmaskarray(given)
        if missing.all():
            return None
        whole = np.ma.getdata(given).astype(np.int64)
        return np.where(missing, NONE, whole if base is None else whole - base)

    def rare(name: str) -> dict[int, str]:
        given = rows[name]
        there = np.flatnonzero(~np.ma.getmaskarray(given))
        held = np.ma.getdata(given)
        return {int(at): str(held[at]) for at in there}

    return Columns(
        times,
        rows["id"] & ((1 << NUMBER_BITS) - 1),
        np.ma.filled(rows["value"].astype(np.float64), np.nan),
        rows["flag"].astype(np.uint8),
        moments("until", times),
        moments("told"),
        rare("text"),
        rare("extra"),
    )
