# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""One SQL query of a person, in a process of its own that can only read what it is shown.

The database file of the collections is opened read-only. In it the query sees one temporary
view for each collection, with the fields that the person may see and nothing else: SQLite's
authorizer refuses every table that is not read through one of these views, every column that
is not in them, every function that is not in the list, and everything that is no SELECT. Each
view reads through a second one with a name nobody can know, because for the authorizer a
common table expression of a view's name looks like the view. Accounts and catalogue lie in
another file that this process does not open. Time, memory, temporary files and the size of
values are bounded by the process; see `core.imports.confined`.
"""

from __future__ import annotations

import math
import secrets
import struct
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import apsw

MOST_TEXT = 1_000_000  # bytes of one value
MOST_ANSWER = 20_000_000  # bytes of all values together, about
MOST_COLUMNS = 200
CHUNK = 500
STEPS = 5_000  # of the virtual machine between two looks at the clock
CACHE_KIB = 16_384
CELL = 2_000  # characters of a value that are given

LIMITS = {
    apsw.SQLITE_LIMIT_LENGTH: MOST_TEXT,
    apsw.SQLITE_LIMIT_SQL_LENGTH: 100_000,  # the views are made with it
    apsw.SQLITE_LIMIT_COLUMN: 600,
    apsw.SQLITE_LIMIT_EXPR_DEPTH: 200,
    apsw.SQLITE_LIMIT_COMPOUND_SELECT: 50,
    apsw.SQLITE_LIMIT_VDBE_OP: 200_000,
    apsw.SQLITE_LIMIT_FUNCTION_ARG: 100,
    apsw.SQLITE_LIMIT_ATTACHED: 0,
    apsw.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 1_000,
    apsw.SQLITE_LIMIT_VARIABLE_NUMBER: 0,
    apsw.SQLITE_LIMIT_TRIGGER_DEPTH: 1,
    apsw.SQLITE_LIMIT_WORKER_THREADS: 0,
}
_NAMES = """
    abs avg ceil ceiling char coalesce concat concat_ws count cume_dist date datetime degrees
    dense_rank exp first_value floor format glob group_concat hex if ifnull iif instr json
    json_array json_array_length json_each json_extract json_group_array json_group_object
    json_object json_quote json_tree json_type json_valid julianday lag last_value lead length
    like ln log log10 log2 lower ltrim max median min mod nth_value ntile nullif octet_length
    percent_rank pi pow power printf quote radians random rank replace round row_number rtrim
    sign sqrt strftime string_agg substr substring sum time timediff total trim trunc typeof
    unicode unixepoch upper -> ->> sin cos tan asin acos atan atan2 metres
"""
FUNCTIONS = frozenset(_NAMES.split())
OWN = frozenset({"lon", "lat", "west", "south", "east", "north"})
"""Functions that the views use; a query cannot call them, since it never has the geometry."""
TABLE_FUNCTIONS = frozenset({"json_each", "json_tree"})

_POINT = struct.Struct("<2d")
_ENVELOPE = struct.Struct("<4d")

Rows = list[list[Any]]


def answer(path: Path, request: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Frames of an answer: the columns, chunks of rows, at the end whether it was cut.

    An error is a frame of its own, with a code and the words of SQLite.
    """
    views = [View(each) for each in request["views"]]
    db = _opened(path, views)
    guard = Guard(views)
    deadline = time.monotonic() + float(request["seconds"])
    db.set_progress_handler(lambda: time.monotonic() > deadline, STEPS)
    db.set_authorizer(guard)
    try:
        if request.get("only_tables"):
            _run(db, f"{request['sql']}", prepare=True)
            yield {"tables": sorted(guard.seen)}
            return
        yield from _answered(db, str(request["sql"]), int(request["rows"]))
    except apsw.InterruptError:
        yield {"error": "time", "text": ""}
    except apsw.AuthError:
        yield {"error": "denied", "text": guard.denied}
    except (apsw.TooBigError, apsw.NoMemError, apsw.FullError, apsw.IOError):
        yield {"error": "size", "text": ""}
    except _Stacked:
        yield {"error": "stacked", "text": ""}
    except (apsw.Error, ValueError) as error:
        yield {"error": "sql", "text": str(error)[:500]}
    finally:
        db.close()


class _Stacked(Exception):
    """A second statement, or one that is no query."""


class View:
    """A collection as it is shown: the name of the view, its table, and what of it may be read."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self.name = str(given["name"])
        self.table = str(given["table"])
        self.columns: list[tuple[str, str]] = [
            (str(each["name"]), str(each["of"])) for each in given["columns"]
        ]
        self.secret = f"v{secrets.token_hex(16)}"
        self.readable = {_column(of).lower() for _, of in self.columns}

    def make(self, db: apsw.Connection) -> None:
        """Makes the view, and the one it reads through."""
        inner = ", ".join(f'{of} as "{name}"' for name, of in self.columns)
        outer = ", ".join(f'"{name}"' for name, _ in self.columns)
        db.execute(f'create temp view "{self.secret}" as select {inner} from main."{self.table}"')
        db.execute(f'create temp view "{self.name}" as select {outer} from temp."{self.secret}"')


def _column(of: str) -> str:
    """The column in an expression of a view: `"a"` or `lon("a")`."""
    return of.partition('"')[2].rpartition('"')[0]


class Guard:
    """Says of every step of a statement whether it may be (sqlite.org/c3ref/set_authorizer)."""

    def __init__(self, views: Sequence[View]) -> None:
        self.shown = {each.name.lower() for each in views}
        self.secret = {each.secret: each for each in views}
        self.tables = {each.table.lower() for each in views}
        self.seen: set[str] = set()
        self.denied = ""

    def __call__(
        self, action: int, first: str | None, second: str | None, db: str | None, by: str | None
    ) -> int:
        """SQLITE_OK or SQLITE_DENY."""
        if self._allowed(action, (first or "").lower(), (second or "").lower(), db, by):
            return int(apsw.SQLITE_OK)
        what = second if action == apsw.SQLITE_FUNCTION else first
        if what and what.lower() not in self.secret:
            self.denied = self.denied or what
        return int(apsw.SQLITE_DENY)

    def _allowed(
        self, action: int, first: str, second: str, db: str | None, by: str | None
    ) -> bool:
        if action in (apsw.SQLITE_SELECT, apsw.SQLITE_RECURSIVE):
            return True
        if action == apsw.SQLITE_FUNCTION:
            return second in FUNCTIONS or (second in OWN and by in self.secret)
        if action != apsw.SQLITE_READ:
            return False
        return self._readable(first, second, db, by or "")

    def _readable(self, table: str, column: str, db: str | None, by: str) -> bool:
        if db == "temp" and table in self.shown:
            self.seen.add(table)
            return True
        if db == "temp" and table in self.secret:
            return by.lower() in self.shown
        if table in TABLE_FUNCTIONS:
            return True
        if db != "main":
            return False
        if not column:  # how many rows there are, whatever the way
            return table in self.tables
        view = self.secret.get(by)
        return view is not None and view.table.lower() == table and column in view.readable


def _opened(path: Path, views: Sequence[View]) -> apsw.Connection:
    uri = f"file:{_quoted_path(path)}?mode=ro"
    flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
    db = apsw.Connection(uri, flags=flags, statementcachesize=0)
    db.execute(f"pragma temp_store = file; pragma cache_size = -{CACHE_KIB}; pragma mmap_size = 0")
    for name, function in _functions().items():
        db.create_scalar_function(name, function, deterministic=True, flags=apsw.SQLITE_INNOCUOUS)
    for view in views:
        view.make(db)
    db.execute("pragma query_only = on")
    for what in (apsw.SQLITE_DBCONFIG_DEFENSIVE, apsw.SQLITE_DBCONFIG_TRUSTED_SCHEMA):
        db.config(what, 1 if what == apsw.SQLITE_DBCONFIG_DEFENSIVE else 0)
    db.config(apsw.SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0)
    db.config(apsw.SQLITE_DBCONFIG_DQS_DML, 0)
    for limit, value in LIMITS.items():
        db.limit(limit, value)
    return db


def _quoted_path(path: Path) -> str:
    from urllib.parse import quote

    return quote(str(path))


def _run(db: apsw.Connection, sql: str, *, prepare: bool = False) -> apsw.Cursor:
    """The cursor of the one statement; with `prepare` it is compiled and not run."""
    cursor = db.cursor()
    statements = 0

    def trace(running: apsw.Cursor, _text: str, _bindings: Any) -> bool:
        nonlocal statements
        statements += 1
        if statements > 1 or running.is_explain or not running.is_readonly:
            raise _Stacked
        return not prepare

    cursor.exec_trace = trace
    try:
        cursor.execute(sql)
    except apsw.ExecTraceAbort:
        if not prepare:
            raise
    if not statements:
        raise _Stacked
    return cursor


def _answered(db: apsw.Connection, sql: str, most: int) -> Iterator[dict[str, Any]]:
    cursor = _run(db, sql)
    try:
        columns = [name for name, *_ in cursor.get_description()]
    except apsw.ExecutionCompleteError:
        columns = _columns_of(db, sql)
    if not columns:
        raise _Stacked
    if len(columns) > MOST_COLUMNS:
        raise ValueError(f"more than {MOST_COLUMNS} columns")
    yield {"columns": columns}
    rows: Rows = []
    size = 0
    for count, row in enumerate(cursor):
        if count == most or size > MOST_ANSWER:
            yield {"rows": rows}
            yield {"cut": True}
            return
        values = [_plain(value) for value in row]
        size += sum(len(each) if isinstance(each, str) else 8 for each in values)
        rows.append(values)
        if len(rows) == CHUNK:
            yield {"rows": rows}
            rows = []
    yield {"rows": rows}
    yield {"cut": False}


def _columns_of(db: apsw.Connection, sql: str) -> list[str]:
    """The columns of a query that finds nothing."""
    cursor = db.cursor()
    found: list[str] = []

    def trace(running: apsw.Cursor, _text: str, _bindings: Any) -> bool:
        found.extend(name for name, *_ in running.get_description())
        return False

    cursor.exec_trace = trace
    try:
        cursor.execute(sql)
    except apsw.ExecTraceAbort:
        return found
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return f"x'{value[: CELL // 2].hex()}'"
    if isinstance(value, str) and len(value) > CELL:
        return value[: CELL - 1] + "…"
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


# --- geometry ------------------------------------------------------------------------


def _functions() -> dict[str, Callable[..., Any]]:
    return {
        "lon": lambda *given: _side(given[0], 0),
        "lat": lambda *given: _side(given[0], 2),
        "west": lambda *given: _side(given[0], 0),
        "east": lambda *given: _side(given[0], 1),
        "south": lambda *given: _side(given[0], 2),
        "north": lambda *given: _side(given[0], 3),
        "metres": _metres,
    }


def _side(blob: bytes | None, at: int) -> float | None:
    """West, east, south or north of a GeoPackage blob; of a point its place."""
    if not isinstance(blob, bytes) or len(blob) < 29 or blob[3] & 16:
        return None
    if (blob[3] >> 1) & 7:
        return float(_ENVELOPE.unpack_from(blob, 8)[at])
    if blob[8:13] != b"\x01\x01\x00\x00\x00":
        return None
    x, y = _POINT.unpack_from(blob, 13)
    return float(x if at < 2 else y)


def _metres(*given: Any) -> float | None:
    """Metres between two places: lon, lat, lon, lat (on a sphere, within 0.5 %)."""
    if len(given) != 4 or not all(isinstance(each, int | float) for each in given):
        return None
    lon, lat, lon2, lat2 = (math.radians(each) for each in given)
    part = math.sin((lat2 - lat) / 2) ** 2
    part += math.cos(lat) * math.cos(lat2) * math.sin((lon2 - lon) / 2) ** 2
    return round(2 * 6_371_008.8 * math.asin(min(1.0, math.sqrt(part))), 2)


# --- a file for stores that have none ------------------------------------------------


def begin(path: Path, views: Iterable[Mapping[str, Any]]) -> None:
    """An empty database file with a table for each view; its columns are those of the view."""
    db = apsw.Connection(str(path))
    try:
        for view in views:
            columns = ", ".join(f'"{each["name"]}" {each["type"]}' for each in view["columns"])
            db.execute(f'create table "{view["table"]}" ({columns})')
    finally:
        db.close()


def fill(path: Path, table: str, rows: Sequence[Sequence[Any]]) -> None:
    """Adds rows to a table of such a file."""
    if not rows:
        return
    db = apsw.Connection(str(path))
    try:
        marks = ", ".join("?" * len(rows[0]))
        with db:
            db.executemany(f'insert into "{table}" values ({marks})', rows)
    finally:
        db.close()
