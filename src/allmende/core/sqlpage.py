# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""SQL for stewards: one query over the collections they may read, with bounds.

The dialect is SQLite's on both engines. With PostgreSQL the rows of the collections that a
query names are written to a temporary file first, because a query there could leave any cage
that does not have a login of its own (`set_config('role', …)`, `query_to_xml`).
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import anyio.to_thread
import msgspec
from anyio import CapacityLimiter, WouldBlock
from msgspec import Struct

from allmende.core import collections
from allmende.core.collections import Collection, Row
from allmende.core.imports import Limits, confined
from allmende.core.platform import Platform
from allmende.errors import (
    AllmendeError,
    Busy,
    DeadlineExceeded,
    InvalidInput,
    LimitExceeded,
    NotAllowed,
    NotAuthenticated,
)
from allmende.model.document import Field, FieldType, GeometryType, Text
from allmende.model.query import Query
from allmende.policy import Action, Subject, may
from allmende.store import sqlpage

CHILD = "allmende.store.sqlpage"
SECONDS = 5.0
ROWS = 1_000  # on the page
DOWNLOAD = 50_000  # rows of a download
LENGTH = 5_000  # characters of a query
MEMORY = 600_000_000  # bytes of the process
COPIED = 300_000  # rows that are written to a file for PostgreSQL
AT_ONCE = 2
COLLECTIONS_FILE = "collections.gpkg"

_TYPES = {
    FieldType.INTEGER: "integer",
    FieldType.YEAR: "integer",
    FieldType.NUMBER: "real",
    FieldType.BOOLEAN: "integer",
}
_turns = CapacityLimiter(AT_ONCE)


class Column(Struct, frozen=True):
    """A column of a table as a query names it; `of` is the expression behind it."""

    name: str
    type: str
    of: str
    title: Text = {}
    unit: str = ""


class Table(Struct, frozen=True):
    """A collection as a query names it."""

    name: str
    collection: str
    title: Text
    count: int
    columns: tuple[Column, ...]


class Answer(Struct, kw_only=True):
    """The rows of a query; `cut` when there were more."""

    columns: list[str]
    rows: list[list[Any]]
    cut: bool
    seconds: float


async def tables(platform: Platform, subject: Subject) -> list[Table]:
    """What the subject can ask. NotAllowed for those who are no stewards."""
    _require(subject)
    return [_table(each) for each in await collections.listing(platform, subject)]


async def query(platform: Platform, subject: Subject, text: str, most: int = ROWS) -> Answer:
    """The answer to one SELECT.

    Raises NotAllowed, InvalidInput with the words of SQLite, LimitExceeded, DeadlineExceeded,
    and Busy when others are asking.
    """
    known = await tables(platform, subject)
    if len(text) > LENGTH:
        raise LimitExceeded(
            f"A query has at most {LENGTH} characters.",
            f"Eine Abfrage hat höchstens {LENGTH} Zeichen.",
        )
    if "\0" in text or not text.strip():
        raise InvalidInput("Write a query.", "Bitte schreiben Sie eine Abfrage.")
    named = _named(known, text)
    turn = object()
    try:
        _turns.acquire_on_behalf_of_nowait(turn)
    except WouldBlock:
        raise Busy(
            "Others are asking just now. Try again in a moment.",
            "Gerade fragen andere ab. Bitte gleich noch einmal versuchen.",
        ) from None
    started = time.monotonic()
    try:
        answer = await _ask(platform, subject, named, text, min(most, DOWNLOAD))
    finally:
        _turns.release_on_behalf_of(turn)
    answer.seconds = round(time.monotonic() - started, 3)
    return answer


async def _ask(
    platform: Platform, subject: Subject, named: list[Table], text: str, most: int
) -> Answer:
    request = {"views": [view(each) for each in named], "sql": text, "rows": most}
    if platform.store.engine == "sqlite":
        path = platform.settings.data / COLLECTIONS_FILE
        return await anyio.to_thread.run_sync(_collected, path, request)
    with TemporaryDirectory(prefix="allmende-sql-") as folder:
        path = Path(folder) / "rows.sqlite"
        plain = [_copied(each) for each in named]
        await anyio.to_thread.run_sync(sqlpage.begin, path, plain)
        request = {**request, "views": plain}
        used = await anyio.to_thread.run_sync(_used, path, request)
        await _copy(platform, subject, [each for each in named if each.name in used], path)
        return await anyio.to_thread.run_sync(_collected, path, request)


async def _copy(platform: Platform, subject: Subject, named: list[Table], path: Path) -> None:
    """Writes the rows of the collections that a query names to its file."""
    if sum(each.count for each in named) > COPIED:
        raise LimitExceeded(
            f"These collections have more than {COPIED} rows together, which is too much for SQL "
            "with PostgreSQL; use the filters of the collection or its downloads.",
            f"Diese Sammlungen haben zusammen mehr als {COPIED} Zeilen, zu viel für SQL mit "
            "PostgreSQL; bitte die Filter der Sammlung oder ihre Downloads verwenden.",
        )
    for each in named:
        whole = Query(collection=each.collection, limit=0)
        async for rows in collections.each(platform, subject, whole):
            values = [_values(row, each) for row in rows]
            await anyio.to_thread.run_sync(sqlpage.fill, path, each.name, values)


def _values(row: Row, table: Table) -> list[Any]:
    from allmende.store.collections.blobs import measure

    box = measure(row.geometry)[0] if row.geometry else None
    west, south, east, north = box or (None, None, None, None)
    places = {"lon": west, "lat": south, "west": west, "south": south, "east": east, "north": north}
    found: list[Any] = []
    for column in table.columns:
        if column.of == '"_id"':
            found.append(row.id)
        elif column.name in row.values:
            value = row.values[column.name]
            if isinstance(value, list | dict):
                value = msgspec.json.encode(value).decode()
            found.append(int(value) if isinstance(value, bool) else value)
        else:
            found.append(places.get(column.name))
    return found


# --- the other process ---------------------------------------------------------------


def _limits() -> Limits:
    return Limits(memory_bytes=MEMORY, cpu_seconds=int(SECONDS) + 2)


def _frames(path: Path, request: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    given = {**request, "seconds": SECONDS}
    try:
        yield from confined.ask(CHILD, path, given, _limits(), "SQL")
    except InvalidInput as error:  # the process ended: memory, time, or a fault in SQLite
        raise _too_much() from error


def _used(path: Path, request: Mapping[str, Any]) -> list[str]:
    for frame in _frames(path, {**request, "only_tables": True}):
        _raise(frame)
        found: list[str] = frame["tables"]
        return found
    return []


def _collected(path: Path, request: Mapping[str, Any]) -> Answer:
    answer = Answer(columns=[], rows=[], cut=False, seconds=0.0)
    for frame in _frames(path, request):
        _raise(frame)
        answer.columns = frame.get("columns", answer.columns)
        answer.rows += frame.get("rows", [])
        answer.cut = frame.get("cut", answer.cut)
    return answer


def _raise(frame: Mapping[str, Any]) -> None:
    code = frame.get("error")
    if code is None:
        return
    text = frame["text"]
    if code == "time":
        raise DeadlineExceeded(
            f"The query took longer than {SECONDS:g} seconds and was stopped; narrow it down.",
            f"Die Abfrage dauerte länger als {SECONDS:g} Sekunden und wurde abgebrochen; bitte "
            "grenzen Sie sie ein.",
        )
    if code == "size":
        raise _too_much()
    raise _ERRORS[code](text)


def _too_much() -> LimitExceeded:
    return LimitExceeded(
        "The query needs more memory or makes larger values than it may; narrow it down.",
        "Die Abfrage braucht mehr Speicher oder macht größere Werte, als sie darf; bitte grenzen "
        "Sie sie ein.",
    )


def _denied(text: str) -> AllmendeError:
    return InvalidInput(
        f"“{text[:60]}” is not possible here: only SELECT, the tables beside and plain functions.",
        f"„{text[:60]}“ geht hier nicht: nur SELECT, die Tabellen daneben und einfache Funktionen.",
        code="sql-denied",
    )


def _stacked(_text: str) -> AllmendeError:
    return InvalidInput(
        "Write one query that begins with SELECT or WITH.",
        "Bitte genau eine Abfrage schreiben, die mit SELECT oder WITH beginnt.",
        code="sql-denied",
    )


def _wrong(text: str) -> AllmendeError:
    return InvalidInput(
        f"SQLite does not understand the query: {text}.",
        f"SQLite versteht die Abfrage nicht: {text}.",
        code="sql-error",
    )


_ERRORS = {"denied": _denied, "stacked": _stacked, "sql": _wrong}


# --- tables --------------------------------------------------------------------------


def _require(subject: Subject) -> None:
    if subject.kind == "anonymous":
        raise NotAuthenticated("Please sign in first.", "Bitte melden Sie sich zuerst an.")
    if not any(may(subject, Action.WRITE, each) for each in subject.roles):
        raise NotAllowed(
            "SQL is for stewards. The plain query at /data is for everybody.",
            "SQL ist für Datenverantwortliche. Die einfache Abfrage unter /data ist für alle.",
        )


def _table(collection: Collection) -> Table:
    entity = collection.entity
    taken = {each.name.lower() for each in entity.fields}
    key = next(name for name in ("id", "row_id", "the_row_id") if name not in taken)
    columns = [Column(key, "text", '"_id"')]
    columns += [_column(each) for each in entity.plain if each.type is not FieldType.GEOMETRY]
    placed = entity.geometry
    if placed is not None:
        points = placed.geometry is GeometryType.POINT
        names = ("lon", "lat") if points else ("west", "south", "east", "north")
        columns += [
            Column(name, "real", f'{name}("{placed.name}")') for name in names if name not in taken
        ]
    name = collection.id.replace("-", "_")
    return Table(name, collection.id, collection.title, collection.count, tuple(columns))


def _column(field: Field) -> Column:
    kind = "text" if field.many else _TYPES.get(field.type, "text")
    return Column(field.name, kind, f'"{field.name}"', field.title, field.unit)


def _named(known: list[Table], text: str) -> list[Table]:
    """The tables whose names stand in the query somewhere."""
    words = set(re.findall(r"[a-z0-9_]+", text.lower()))
    return [each for each in known if each.name in words]


def view(table: Table) -> dict[str, Any]:
    """What the other process makes a view of."""
    columns = [{"name": each.name, "of": each.of} for each in table.columns]
    return {"name": table.name, "table": table.name, "columns": columns}


def _copied(table: Table) -> dict[str, Any]:
    """The view over a copy, in which every column has its own name already."""
    columns = [
        {"name": each.name, "of": f'"{each.name}"', "type": each.type} for each in table.columns
    ]
    return {"name": table.name, "table": table.name, "columns": columns}
