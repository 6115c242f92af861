# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Old observations in Parquet files of a month each, written by Arrow and read by DuckDB.

A file is sorted by datastream and time and never changes. It is never handed out as it is: the
table obs.archived says which month of which datastream is in which file, and only that counts.
What a file holds beyond that was corrected or deleted meanwhile, and goes when it is written anew.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from allmende.errors import DeadlineExceeded, NotFound
from allmende.model.filter import Filter
from allmende.model.sensing.calendar import month_of
from allmende.model.sensing.observation import NUMBER_BITS, split_id
from allmende.model.sensing.series import NONE, Columns, empty
from allmende.store.connection import Connection
from allmende.store.sensing import state
from allmende.store.sensing.archive_files import table
from allmende.store.sensing.streams import allowed

if TYPE_CHECKING:
    import duckdb
    import pyarrow

MEMORY = "512MB"
THREADS = 2
SECONDS = 30.0
"""Limits of a query of the archive."""

_engines: dict[str, duckdb.DuckDBPyConnection] = {}
_guard = threading.Lock()


class Part(Struct, frozen=True):
    """A month of a datastream in the archive."""

    datastream: int
    month: int
    file: str
    n: int
    first_time: int
    last_time: int
    first_number: int
    last_number: int


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


def streams(db: Connection, some: Sequence[int]) -> set[int]:
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
    if not found:
        return empty()
    rows = _asked(
        db,
        'select id, epoch_us(time) as time, value, flag, epoch_us("end") as until, '
        "epoch_us(result_time) as told, text, extra from read_parquet($files) "
        "where datastream = $stream and time >= make_timestamptz($start) "
        "and time < make_timestamptz($end) order by time, id",
        found,
        start,
        end,
    )
    return _columns(rows)


def plain(db: Connection, found: Sequence[Part], start: int, end: int) -> Columns:
    """The same with times, values and flags only, which is all that figures need."""
    import numpy as np

    if not found:
        return empty()
    rows = _asked(
        db,
        "select epoch_us(time) as time, value, flag from read_parquet($files) "
        "where datastream = $stream and time >= make_timestamptz($start) "
        "and time < make_timestamptz($end)",
        found,
        start,
        end,
    )
    times = rows["time"]
    values = np.ma.filled(rows["value"].astype(np.float64), np.nan)
    made = Columns(times, np.arange(len(times)), values, rows["flag"].astype(np.uint8))
    if bool((times[1:] >= times[:-1]).all()):
        return made
    return made.taken(np.argsort(times, kind="stable"))


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


def _asked(
    db: Connection, text: str, found: Sequence[Part], start: int | None, end: int | None
) -> dict[str, Any]:
    folder = _folder(db)
    values = {
        "files": sorted({str(folder / each.file) for each in found}),
        "stream": found[0].datastream,
        "start": max(-(2**55), found[0].first_time if start is None else start),
        "end": min(2**55, found[-1].last_time + 1 if end is None else end),
    }
    with _limited(folder) as cursor:
        import duckdb

        try:
            answer: dict[str, Any] = cursor.execute(text, values).fetchnumpy()
        except duckdb.InterruptException as error:
            raise _too_long() from error
        except duckdb.IOException as error:
            raise NotFound(
                "A file of the archive is missing; restore it from a backup.",
                "Eine Datei des Archivs fehlt; bitte aus einer Sicherung einspielen.",
            ) from error
    return answer


def _folder(db: Connection) -> Path:
    assert db.archive is not None  # noqa: S101 - nothing is archived without a folder
    return db.archive.absolute()


def _too_long() -> DeadlineExceeded:
    return DeadlineExceeded(
        "The archive took too long; ask for a shorter period.",
        "Das Archiv brauchte zu lange; bitte einen kürzeren Zeitraum wählen.",
    )


@contextmanager
def _limited(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A cursor whose queries end after 30 seconds."""
    cursor = _engine(folder).cursor()
    timer = threading.Timer(SECONDS, cursor.interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield cursor
    finally:
        timer.cancel()
        cursor.close()


def _engine(folder: Path) -> duckdb.DuckDBPyConnection:
    """DuckDB in memory that can read this folder and nothing else of the machine."""
    import duckdb

    with _guard:
        found = _engines.get(str(folder))
        if found is None:
            found = duckdb.connect(
                config={
                    "memory_limit": MEMORY,
                    "threads": str(THREADS),
                    "autoload_known_extensions": "false",
                    "autoinstall_known_extensions": "false",
                }
            )
            quoted = str(folder).replace("'", "''")
            for setting in (
                "set temp_directory = ''",
                "set parquet_metadata_cache = true",
                f"set allowed_directories = ['{quoted}']",
                "set enable_external_access = false",
                "set lock_configuration = true",
            ):
                found.execute(setting)
            _engines[str(folder)] = found
    return found


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
