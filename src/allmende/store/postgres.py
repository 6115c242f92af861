# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The engine for large cities: PostgreSQL 15 or newer through psycopg 3."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

from allmende.errors import Busy, DeadlineExceeded, InvalidInput
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

# One writer at a time over all processes: the sequence of events is then the order of
# commits, and a follower that asks for "everything after n" never misses one.
WRITER_LOCK = 0x416C6C6D

STREAM_ROWS = 500

_PARAMETER = re.compile(r"'(?:[^']|'')*'|::|:([a-z_][a-z0-9_]*)")


class PostgresDialect(Dialect):
    """Fragments for PostgreSQL."""

    name: EngineName = "postgres"

    def any_of(self, column: str, parameter: str) -> str:
        """An array of any length is one parameter."""
        return f"{column} = any(:{parameter})"

    def list_value(self, values: Sequence[int] | Sequence[str]) -> Any:
        """The list itself; the driver sends it as an array."""
        return list(values)

    def tables(self) -> str:
        """Ordinary tables of the current schema."""
        return (
            "select relname from pg_class where relkind = 'r' "
            "and relnamespace = current_schema()::regnamespace order by oid"
        )

    def columns(self) -> str:
        """From the catalogue of attributes; generated columns are left out."""
        return (
            "select attname from pg_attribute where attrelid = cast(:name as regclass) "
            "and attnum > 0 and not attisdropped and attgenerated = '' order by attnum"
        )

    def restart_numbers(self, db: Connection, table: str) -> None:
        """Sets the sequences of identity columns behind the largest number."""
        identities = db.rows(
            "select attname from pg_attribute where attrelid = cast(:table as regclass) "
            "and attidentity <> ''",
            table=table,
        )
        for (column,) in identities:
            db.value(
                f"select setval(pg_get_serial_sequence('{table}', '{column}'), "
                f"coalesce((select max({column}) from {table}), 0) + 1, false)"
            )

    def json_text(self, expression: str) -> str:
        """PostgreSQL's own function."""
        return f"to_json({expression})::text"

    def as_bytes(self, expression: str) -> str:
        """The driver decodes texts faster than bytes."""
        return expression

    def lowered(self, expression: str) -> str:
        """By the rules of Unicode, whatever the collation of the database."""
        return f'lower(({expression}) collate "und-x-icu") collate "C"'

    def geometry(self, parameter: str) -> str:
        """From WKB."""
        return f"ST_GeomFromWKB(:{parameter}, 4326)"

    def geometry_value(
        self, wkb: bytes | None, bounds: tuple[float, float, float, float] | None
    ) -> Any:
        """The WKB itself."""
        return wkb

    def in_box(self, column: str, table: str, index: str | None, *, outlined: bool = False) -> str:
        """The index of the column finds the candidates."""
        box = "ST_MakeEnvelope(:west, :south, :east, :north, 4326)"
        shape = "ST_GeomFromWKB(:outline, 4326)" if outlined else box
        return f"({column} && {box} and ST_Intersects({column}, {shape}))"

    def outline_value(self, wkb: bytes) -> Any:
        """The WKB itself."""
        return wkb

    def count_in_box(self, column: str, table: str, index: str, *, outlined: bool = False) -> str:
        """The planner finds the way."""
        return ""

    def near_box(self, index: str) -> str:
        """Nothing: conditions on geometries use the index by themselves."""
        return ""

    def skip_locked(self) -> str:
        """Rows that another transaction holds are passed over."""
        return "for update skip locked"


@lru_cache(maxsize=2000)
def translate(sql: str) -> str:
    """Turns `:name` into the driver's `%(name)s`, outside of string literals and casts."""

    def replace(match: re.Match[str]) -> str:
        name = match.group(1)
        return f"%({name})s" if name else match.group(0)

    return _PARAMETER.sub(replace, sql.replace("%", "%%"))


DIALECT = PostgresDialect()


class PostgresSession(Session):
    """A connection to one PostgreSQL database."""

    def __init__(self, address: str, busy_seconds: float) -> None:
        self.dialect = DIALECT
        self._busy = int(busy_seconds * 1000)
        try:
            self._db = psycopg.connect(address, autocommit=True, application_name="allmende")
        except psycopg.OperationalError as error:
            raise _gone() from error
        self._db.execute("set time zone 'UTC'")
        self._db.execute("set client_min_messages = warning")

    def rows(self, sql: str, /, **params: Any) -> list[Row]:
        """All rows of a statement."""
        cursor = self._db.execute(translate(sql), params)
        return cursor.fetchall() if cursor.description else []

    def stream(self, sql: str, /, **params: Any) -> Iterator[Row]:
        """The rows of a statement one after the other, through a cursor on the server."""
        with self._db.cursor(name="stream") as cursor:
            cursor.itersize = STREAM_ROWS
            cursor.execute(translate(sql), params)
            yield from cursor

    def run(self, sql: str, /, **params: Any) -> int:
        """Runs a statement; the number of rows it changed."""
        return self._db.execute(translate(sql), params).rowcount

    def run_many(self, sql: str, params: Iterable[Params], /) -> None:
        """Runs a statement once for every set of parameters, in one pipeline."""
        with self._db.cursor() as cursor:
            cursor.executemany(translate(sql), params)

    def script(self, sql: str, /) -> None:
        """Runs several statements without parameters."""
        self._db.execute(sql.encode())

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open, be it one that an error has spoilt."""
        return self._db.info.transaction_status in (
            TransactionStatus.INTRANS,
            TransactionStatus.INERROR,
        )

    @property
    def broken(self) -> bool:
        """Whether the server closed the connection."""
        return self._db.closed

    def begin_write(self) -> None:
        """Opens a write transaction and waits for the one writer's turn."""
        self._db.execute("begin")
        try:
            self._db.execute(f"set local lock_timeout = {self._busy}".encode())
            self._db.execute("select pg_advisory_xact_lock(%s)", (WRITER_LOCK,))
        except psycopg.errors.LockNotAvailable as error:
            self.rollback()
            raise held_by_another() from error

    def commit(self) -> None:
        """Makes the transaction durable."""
        self._db.execute("commit")

    def rollback(self) -> None:
        """Drops the transaction."""
        if not self._db.closed and self.in_transaction:
            self._db.execute("rollback")

    def explained(self, error: BaseException) -> BaseException:
        """A full disk and a server that has gone are told as Busy."""
        if isinstance(error, psycopg.errors.DiskFull):
            return cannot_write()
        return _gone() if isinstance(error, psycopg.OperationalError) else error

    @contextmanager
    def snapshot(self, seconds: float) -> Iterator[None]:
        """Reads inside see one state of the database, for at most `seconds` a statement."""
        try:
            self._db.execute(
                "begin isolation level repeatable read read only; "
                f"set local statement_timeout = {int(seconds * 1000)}".encode()
            )
            yield
        except psycopg.errors.QueryCanceled as error:
            raise DeadlineExceeded(
                f"The query took longer than {seconds:g} seconds and was stopped; narrow it down.",
                f"Die Abfrage dauerte länger als {seconds:g} Sekunden und wurde abgebrochen; "
                "bitte grenzen Sie sie ein.",
            ) from error
        except psycopg.OperationalError as error:
            raise _gone() from error
        except psycopg.DataError as error:
            raise InvalidInput(
                "A calculation in the query has no result: a number is too large.",
                "Eine Rechnung der Abfrage hat kein Ergebnis: eine Zahl ist zu groß.",
            ) from error
        finally:
            self.rollback()

    def close(self) -> None:
        """Closes the connection."""
        self._db.close()


def _gone() -> Busy:
    return Busy(
        "The database does not answer; nothing was stored. Try again in a moment.",
        "Die Datenbank antwortet nicht; nichts wurde gespeichert. Bitte gleich noch einmal.",
    )
