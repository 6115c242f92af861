# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The embedded engine: SQLite through apsw, write-ahead log, durable commits."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw
import msgspec

from allmende.errors import DeadlineExceeded
from allmende.store.connection import (
    Connection,
    Dialect,
    EngineName,
    Params,
    Row,
    Session,
    cannot_write,
    held_by_another,
)
from allmende.store.functions import register

STEPS_BETWEEN_DEADLINE_CHECKS = 20_000
CACHE_KIB = 32_768
CHECKPOINT_PAGES = 4_000
MOST_KEPT = 20_000  # of what a session remembers
MAPPED_BYTES = 268_435_456  # of the file of collections are read without copying

_READ_WRITE = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
_COMMON = (
    "pragma foreign_keys = on; pragma case_sensitive_like = on; pragma temp_store = memory; "
    f"pragma cache_size = -{CACHE_KIB}; pragma geo.cache_size = -{CACHE_KIB}; "
    f"pragma geo.mmap_size = {MAPPED_BYTES}"
)
_WRITER = (
    "pragma obs.auto_vacuum = incremental; "  # must come before the first table
    "pragma journal_mode = wal; pragma synchronous = full; "
    "pragma geo.journal_mode = wal; pragma geo.synchronous = full; "
    "pragma obs.journal_mode = wal; pragma obs.synchronous = full; "
    f"pragma wal_autocheckpoint = {CHECKPOINT_PAGES}"
)

COLLECTIONS_FILE = "collections.gpkg"  # beside the database, attached as `geo`
OBSERVATIONS_FILE = "observations.sqlite"  # beside the database, attached as `obs`


class SQLiteDialect(Dialect):
    """Fragments for SQLite."""

    name: EngineName = "sqlite"

    def any_of(self, column: str, parameter: str) -> str:
        """A JSON array of any length is one parameter."""
        return f"{column} in (select value from json_each(:{parameter}))"

    def list_value(self, values: Sequence[int] | Sequence[str]) -> Any:
        """The JSON text of the list."""
        return msgspec.json.encode(list(values)).decode()

    def tables(self) -> str:
        """Virtual tables and the ones they keep for themselves are left out."""
        return (
            "select name from pragma_table_list where schema = 'main' and type = 'table' "
            "and name not like 'sqlite\\_%' escape '\\' order by "
            "(select rowid from sqlite_schema where sqlite_schema.name = pragma_table_list.name)"
        )

    def columns(self) -> str:
        """From the table's description."""
        return "select name from pragma_table_info(:name) order by cid"

    def restart_numbers(self, db: Connection, table: str) -> None:
        """Nothing: SQLite looks at the rows."""

    def json_text(self, expression: str) -> str:
        """SQLite's own function."""
        return f"json_quote({expression})"

    def as_bytes(self, expression: str) -> str:
        """SQLite keeps texts as UTF-8, so this costs nothing."""
        return f"cast({expression} as blob)"

    def lowered(self, expression: str) -> str:
        """Our own function; SQLite's knows the letters of ASCII only."""
        return f"lowered({expression})"

    def geometry(self, parameter: str) -> str:
        """The blob as it is."""
        return f":{parameter}"

    def geometry_value(
        self, wkb: bytes | None, bounds: tuple[float, float, float, float] | None
    ) -> Any:
        """A GeoPackage blob."""
        from allmende.store.collections.blobs import to_blob

        return None if wkb is None else to_blob(wkb, bounds)

    def in_box(self, column: str, table: str, index: str | None, *, outlined: bool = False) -> str:
        """The R-tree rounds outward: what lies inside is surely in, the rest is looked at."""
        if index is None:
            return f"s_intersects({column}, :outline)" if outlined else f"in_box({column}, {_BOX})"
        return f"_fid in (select r.id from {_indexed(column, table, index, outlined)})"

    def outline_value(self, wkb: bytes) -> Any:
        """An object of Python, made ready for many comparisons."""
        from allmende.model.relations import prepared

        return apsw.pyobject(prepared(wkb))

    def count_in_box(self, column: str, table: str, index: str, *, outlined: bool = False) -> str:
        """Over the index alone."""
        return f"select count(*) from {_indexed(column, table, index, outlined)}"

    def near_box(self, index: str) -> str:
        """By the R-tree."""
        return (
            f"_fid in (select n.id from {index} as n where n.minx <= :near_e "
            "and n.maxx >= :near_w and n.miny <= :near_n and n.maxy >= :near_s)"
        )

    def skip_locked(self) -> str:
        """Nothing: there is one writer at a time."""
        return ""


_BOX = ":west, :south, :east, :north"


def _indexed(column: str, table: str, index: str, outlined: bool) -> str:
    """The entries of an R-tree that meet the box or the outline in it, exactly."""
    place = f"(select t.{column} from {table} as t where t._fid = r.id)"
    west, south, east, north = (
        (":in_w", ":in_s", ":in_e", ":in_n") if outlined else _BOX.split(", ")
    )
    exact = f"s_intersects({place}, :outline)" if outlined else f"in_box({place}, {_BOX})"
    return (
        f"{index} as r where r.minx <= :east and r.maxx >= :west "
        "and r.miny <= :north and r.maxy >= :south and ("
        f"(r.minx >= {west} and r.maxx <= {east} and r.miny >= {south} and r.maxy <= {north}) "
        f"or {exact})"
    )


DIALECT = SQLiteDialect()


class SQLiteSession(Session):
    """A connection to one SQLite file."""

    def __init__(self, path: Path, *, readonly: bool, busy_seconds: float) -> None:
        self.dialect = DIALECT
        flags = apsw.SQLITE_OPEN_READONLY if readonly else _READ_WRITE
        self._db = apsw.Connection(str(path), flags=flags, statementcachesize=400)
        self._db.set_busy_timeout(int(busy_seconds * 1000))
        self._deadline = float("inf")
        self._seen: Any = None
        self.log_pages = 0  # of the longest log, as far as `remember` was asked for
        self._db.execute("attach :file as geo", {"file": str(path.with_name(COLLECTIONS_FILE))})
        self._db.execute("attach :file as obs", {"file": str(path.with_name(OBSERVATIONS_FILE))})
        self.script(_COMMON)
        self._db.create_scalar_function("lowered", _lowered, 1, deterministic=True)
        register(self._db)
        if readonly:
            self._db.set_progress_handler(self._expired, STEPS_BETWEEN_DEADLINE_CHECKS)
        else:
            self._prepare_writing()

    def _prepare_writing(self) -> None:
        try:
            self.script(_WRITER)
        except apsw.BusyError as error:
            self.close()
            raise held_by_another() from error
        except (apsw.FullError, apsw.IOError) as error:
            self.close()
            raise cannot_write() from error

    def rows(self, sql: str, /, **params: Any) -> list[Row]:
        """All rows of a statement."""
        return self._db.execute(sql, params).fetchall()

    def stream(self, sql: str, /, **params: Any) -> Iterator[Row]:
        """The rows of a statement one after the other."""
        yield from self._db.execute(sql, params)

    def run(self, sql: str, /, **params: Any) -> int:
        """Runs a statement; the number of rows it changed."""
        before = self._db.total_changes()
        self._db.execute(sql, params).fetchall()
        return self._db.total_changes() - before

    def run_many(self, sql: str, params: Iterable[Params], /) -> None:
        """Runs a statement once for every set of parameters."""
        self._db.executemany(sql, (dict(each) for each in params)).fetchall()

    def script(self, sql: str, /) -> None:
        """Runs several statements without parameters."""
        self._db.execute(sql).fetchall()

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open; SQLite ends it by itself when the disk is full."""
        return self._db.in_transaction

    def begin_write(self) -> None:
        """Opens a write transaction, waiting for other processes."""
        try:
            self._db.execute("begin immediate")
        except apsw.BusyError as error:
            raise held_by_another() from error
        if self.kept is not None:
            version = self._db.execute("pragma main.data_version").fetchall()
            if version != self._seen or len(self.kept) > MOST_KEPT:
                self.kept.clear()
                self._seen = version

    def remember(self) -> None:
        """Lets functions remember what they read (`kept`), and leaves checkpoints to others."""
        self.kept = {}
        self._db.set_wal_hook(self._written)

    def _written(self, _db: apsw.Connection, name: str, pages: int) -> int:
        """A commit has put pages into the log of a file; `data_version` tells of others' only."""
        if name == "main" and self.kept:
            self.kept.clear()
        self.log_pages = max(self.log_pages, pages)
        return apsw.SQLITE_OK

    def commit(self) -> None:
        """Makes the transaction durable (synchronous = full: one fsync of the log)."""
        self._db.execute("commit")

    def rollback(self) -> None:
        """Drops the transaction."""
        if self._db.in_transaction:
            self._db.execute("rollback")

    def explained(self, error: BaseException) -> BaseException:
        """Full and failing disks are told as Busy."""
        return cannot_write() if isinstance(error, (apsw.FullError, apsw.IOError)) else error

    @contextmanager
    def snapshot(self, seconds: float) -> Iterator[None]:
        """Reads inside see one state of the database, for at most `seconds`."""
        with self.bounded(seconds):
            self._db.execute("begin")
            try:
                yield
            finally:
                self.rollback()

    @contextmanager
    def bounded(self, seconds: float) -> Iterator[None]:
        """A statement inside may take at most `seconds`."""
        self._deadline = time.monotonic() + seconds
        try:
            yield
        except apsw.InterruptError as error:
            raise DeadlineExceeded(
                f"The query took longer than {seconds:g} seconds and was stopped; narrow it down.",
                f"Die Abfrage dauerte länger als {seconds:g} Sekunden und wurde abgebrochen; "
                "bitte grenzen Sie sie ein.",
            ) from error
        finally:
            self._deadline = float("inf")

    def version(self) -> Any:
        """The counters of both files (a few microseconds, no transaction)."""
        run = self._db.execute  # `pragma()` of the library would put the statement together anew
        main, geo = run("pragma main.data_version"), run("pragma geo.data_version")
        return main.fetchall(), geo.fetchall()

    def _expired(self) -> bool:
        return time.monotonic() > self._deadline

    def close(self) -> None:
        """Closes the file."""
        self._db.close()


def _lowered(*given: Any) -> Any:
    (text,) = given
    return None if text is None else str(text).lower()
