# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Observations as files: CSV, JSON and Parquet of datastreams, a thing, a month of the archive.

Nothing is given that the subject may not read, so a file of the archive is never handed out as
it lies on the disk: what is asked for is read from it, datastream by datastream.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any

import anyio.to_thread
import msgspec
from msgspec import Struct

from allmende.core.formats.cells import inert
from allmende.core.platform import Platform
from allmende.core.sensing.reading import condition
from allmende.errors import InvalidInput, LimitExceeded, NotFound
from allmende.model.filter import Filter
from allmende.model.sensing import calendar
from allmende.model.sensing.observation import Flag
from allmende.model.sensing.series import NONE, Columns
from allmende.policy import Subject
from allmende.store import Connection
from allmende.store.sensing import archive, archive_files, cataloguing, reading, state, streams
from allmende.store.sensing.cataloguing import Head

MOST_STREAMS = 200
"""Datastreams of one file."""
MOST = 5_000_000
"""Observations of one file; a larger period is asked for in parts."""
SECONDS = 600.0
"""How long the making of a Parquet file may take."""

NAMES = ("datastream", "name", "property", "unit", "time", "end", "result", "flag")
_FLAGS = {each.value: each.name.lower() for each in Flag}


class Wanted(Struct, frozen=True, kw_only=True):
    """Datastreams by their ids or of a thing, and a period [start, end) in µs UTC."""

    streams: tuple[int, ...] = ()
    thing: int | None = None
    start: int | None = None
    end: int | None = None


class Export(Struct, frozen=True, kw_only=True):
    """What was found: the datastreams and how many observations they have."""

    wanted: Wanted
    heads: tuple[Head, ...]
    n: int
    steps: tuple[tuple[int, int, int], ...]  # place in heads, start, end: of a month each


class Month(Struct, frozen=True, kw_only=True):
    """A month of the archive as far as the subject sees it."""

    month: int  # 202406
    streams: int
    observations: int


async def prepare(platform: Platform, subject: Subject, wanted: Wanted) -> Export:
    """What a file would hold.

    NotFound when the subject sees none of the datastreams, InvalidInput when none is named,
    LimitExceeded above 200 datastreams or 5,000,000 observations.
    """
    check(wanted)
    return await platform.store.read_slow(_prepare, condition(subject), wanted)


def check(wanted: Wanted) -> None:
    """InvalidInput when no datastream is named, LimitExceeded above 200."""
    if not wanted.streams and wanted.thing is None:
        raise InvalidInput(
            "Name datastreams (stream=1,2) or a thing (thing=3).",
            "Bitte Datenströme (stream=1,2) oder ein Ding (thing=3) nennen.",
        )
    if len(wanted.streams) > MOST_STREAMS:
        raise _too_many_streams()


def heads_of(db: Connection, seen: Filter, wanted: Wanted) -> list[Head]:
    """The datastreams a condition allows; NotFound when there are none."""
    heads = cataloguing.heads(db, seen, wanted.streams or None, wanted.thing)
    if not heads:
        raise NotFound(
            "There are no such datastreams, or you may not read them.",
            "Diese Datenströme gibt es nicht, oder Sie dürfen sie nicht lesen.",
        )
    if len(heads) > MOST_STREAMS:
        raise _too_many_streams()
    return heads


def _prepare(db: Connection, seen: Filter, wanted: Wanted) -> Export:
    heads = heads_of(db, seen, wanted)
    total = sum(reading.count(db, each.id, wanted.start, wanted.end) for each in heads)
    if total > MOST:
        raise LimitExceeded(
            f"That are {total:,} observations; a file holds at most {MOST:,}. Ask for a shorter "
            "period (start, end).",
            f"Das sind {total} Beobachtungen; eine Datei fasst höchstens {MOST}. Bitte einen "
            "kürzeren Zeitraum wählen (start, end).",
        )
    steps = [
        (at, start, end)
        for at, each in enumerate(heads)
        for start, end in _months(db, each.id, wanted)
    ]
    return Export(wanted=wanted, heads=tuple(heads), n=total, steps=tuple(steps))


def _months(db: Connection, stream: int, wanted: Wanted) -> Iterator[tuple[int, int]]:
    """The period of a datastream in parts of a month at most."""
    known = state.get(db, stream)
    if known.first_time is None or known.last_time is None:
        return
    start, end = known.first_time, known.last_time + 1
    start = start if wanted.start is None else max(start, wanted.start)
    end = end if wanted.end is None else min(end, wanted.end)
    while start < end:
        stop = calendar.month_start(calendar.next_month(calendar.month_of(start)))
        yield start, min(stop, end)
        start = stop


def _too_many_streams() -> LimitExceeded:
    return LimitExceeded(
        f"A file holds at most {MOST_STREAMS} datastreams; ask for them in parts.",
        f"Eine Datei fasst höchstens {MOST_STREAMS} Datenströme; bitte in Teilen abrufen.",
    )


async def _parts(
    platform: Platform, subject: Subject, found: Export
) -> AsyncIterator[tuple[Head, Columns]]:
    """The observations, a month of a datastream at a time; rights are looked at each time."""
    seen = condition(subject)
    for at, start, end in found.steps:
        head = found.heads[at]
        columns = await platform.store.read_slow(_part, seen, head.id, start, end)
        if len(columns):
            yield head, columns


def _part(db: Connection, seen: Filter, stream: int, start: int, end: int) -> Columns:
    if not streams.seen(db, seen, [stream]):  # closed meanwhile
        return reading.empty()
    return reading.columns(db, stream, start, end)


# --- text --------------------------------------------------------------------------------


async def csv(platform: Platform, subject: Subject, found: Export) -> AsyncIterator[bytes]:
    """CSV (RFC 4180, UTF-8): a head, then a line for each observation, times in UTC."""
    yield (",".join(NAMES) + "\r\n").encode()
    async for head, columns in _parts(platform, subject, found):
        before = ",".join(
            [str(head.id), *map(quoted, (head.name, head.property or "", symbol(head)))]
        )
        lines = (
            f"{before},{time},{end},{_cell(result)},{_FLAGS.get(flag, flag)}"
            for time, end, result, flag in _rows(columns)
        )
        yield ("\r\n".join(lines) + "\r\n").encode()


async def json(platform: Platform, subject: Subject, found: Export) -> AsyncIterator[bytes]:
    """A JSON object with the datastreams and an array of observations."""
    encode = msgspec.json.encode
    about = [
        {
            "id": each.id,
            "thing": each.thing,
            "name": each.name,
            "property": each.property,
            "unit": msgspec.json.decode(each.unit),
        }
        for each in found.heads
    ]
    yield b'{"datastreams":' + encode(about) + b',"observations":['
    first = True
    async for head, columns in _parts(platform, subject, found):
        rows = []
        for time, end, result, flag in _rows(columns):
            row: dict[str, Any] = {"datastream": head.id, "time": time}
            if end:
                row["end"] = end
            rows.append(encode(row | {"result": result, "flag": _FLAGS.get(flag, str(flag))}))
        yield (b"" if first else b",") + b",".join(rows)
        first = False
    yield b"]}"


def _rows(columns: Columns) -> Iterator[tuple[str, str, Any, int]]:
    """Time, end, result and flag of each, times as text."""
    times = texts(columns.times)
    if columns.lasts is None:
        ends = [""] * len(columns)
    else:
        there = columns.lasts != NONE
        made = texts(columns.times + columns.lasts * there)
        ends = [text if some else "" for text, some in zip(made, there.tolist(), strict=True)]
    return zip(times, ends, columns.results(), columns.flags.tolist(), strict=True)


def texts(times: Any) -> list[str]:
    """Times as 2024-05-31T12:00:00Z, with a fraction only where there is one."""
    import numpy as np

    whole = not bool((times % calendar.SECOND).any())
    found = np.datetime_as_string(times.astype("datetime64[us]"), unit="s" if whole else "us")
    if whole:
        return [f"{each}Z" for each in found.tolist()]
    return [f"{each.rstrip('0').rstrip('.')}Z" for each in found.tolist()]


def _cell(result: Any) -> str:
    if isinstance(result, float):
        return repr(result).removesuffix(".0")
    if result is None:
        return ""
    return quoted(result if isinstance(result, str) else msgspec.json.encode(result).decode())


def quoted(text: str) -> str:
    """A text as a cell; what a spreadsheet would run as a formula is made harmless."""
    text = inert(text)
    if any(mark in text for mark in ',"\r\n'):
        doubled = text.replace('"', '""')
        return f'"{doubled}"'
    return text


def symbol(head: Head) -> str:
    """The unit's symbol, of a MultiDatastream all of them."""
    unit = msgspec.json.decode(head.unit)
    units = unit if isinstance(unit, list) else [unit]
    found = [str(each.get("symbol") or "") for each in units if isinstance(each, dict)]
    return " ".join(each for each in found if each)


# --- Parquet -----------------------------------------------------------------------------


async def parquet(platform: Platform, subject: Subject, found: Export) -> Path:
    """A Parquet file with the columns of the archive; the caller deletes it."""
    seen = condition(subject)
    return await platform.store.read_slow(_parquet, seen, found, seconds=SECONDS)


def _parquet(db: Connection, seen: Filter, found: Export) -> Path:
    def tables() -> Iterator[Any]:
        for at, start, end in found.steps:
            columns = _part(db, seen, found.heads[at].id, start, end)
            if len(columns):
                yield archive_files.table(found.heads[at].id, columns)

    return _written(tables())


def _written(tables: Iterator[Any]) -> Path:
    handle, name = tempfile.mkstemp(prefix="allmende-", suffix=".parquet")
    os.close(handle)
    try:
        archive_files.write_file(Path(name), tables)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)


async def months(platform: Platform, subject: Subject, thing: int | None = None) -> list[Month]:
    """The months of the archive, of all datastreams or those of a thing; newest first."""
    return await platform.store.read_slow(_archived, condition(subject), thing)


def _archived(db: Connection, seen: Filter, thing: int | None) -> list[Month]:
    rows = archive.seen_months(db, seen, thing)
    return [Month(month=month, streams=some, observations=n) for month, some, n in rows]


async def month(
    platform: Platform, subject: Subject, number: int, thing: int | None = None
) -> Path:
    """A month of the archive as a file with what the subject may read; the caller deletes it.

    NotFound when there is nothing of it, LimitExceeded above 5,000,000 observations.
    """
    return await platform.store.read_slow(
        _month, condition(subject), number, thing, seconds=SECONDS
    )


def _month(db: Connection, seen: Filter, number: int, thing: int | None) -> Path:
    parts = archive.seen_parts(db, seen, number, thing)
    if not parts:
        raise NotFound(
            f"The archive holds nothing of {number}, or you may not read it.",
            f"Das Archiv enthält nichts von {number}, oder Sie dürfen es nicht lesen.",
        )
    if sum(each.n for each in parts) > MOST:
        raise LimitExceeded(
            f"The month holds more than {MOST:,} observations; ask for one thing (thing=3).",
            f"Der Monat enthält mehr als {MOST} Beobachtungen; bitte ein Ding wählen (thing=3).",
        )
    return _written(iter(archive.batches(db, parts)))


async def discard(path: Path) -> None:
    """Deletes a file that was made for an answer."""
    await anyio.to_thread.run_sync(lambda: path.unlink(missing_ok=True))


def named(wanted: Sequence[int]) -> str:
    """A part of a file name."""
    return "-".join(map(str, wanted[:3])) + ("-more" if len(wanted) > 3 else "")
