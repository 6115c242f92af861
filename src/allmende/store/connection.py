# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""One synchronous face for both engines, and the few places where their SQL differs.

Statements name their parameters `:name` on both engines. Times are integer microseconds
since 1970-01-01 UTC, booleans are 0 and 1, JSON is text, binary is bytes.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Literal

from allmende.errors import Busy

Row = tuple[Any, ...]
Params = Mapping[str, Any]
EngineName = Literal["sqlite", "postgres"]

MIGRATIONS = Path(__file__).parent / "migrations"


class Dialect(ABC):
    """The fragments of SQL that differ between SQLite and PostgreSQL."""

    name: EngineName

    @abstractmethod
    def any_of(self, column: str, parameter: str) -> str:
        """Condition: the column is one of the values of a list parameter (see `list_value`)."""

    @abstractmethod
    def list_value(self, values: Sequence[int] | Sequence[str]) -> Any:
        """A list of integers or texts as the value of a parameter for `any_of`."""

    @abstractmethod
    def tables(self) -> str:
        """Statement that lists the names of all ordinary tables in the order of their making."""

    @abstractmethod
    def columns(self) -> str:
        """Statement that lists the column names of the table `:name` in their order."""

    @abstractmethod
    def restart_numbers(self, db: Connection, table: str) -> None:
        """Lets new rows be numbered behind the ones that were inserted with their numbers."""

    @abstractmethod
    def json_text(self, expression: str) -> str:
        """A text as a JSON string, with quotation marks."""

    @abstractmethod
    def as_bytes(self, expression: str) -> str:
        """A text that the caller wants as UTF-8, if the engine gives it cheaply; else as text."""

    @abstractmethod
    def lowered(self, expression: str) -> str:
        """A text in small letters of every script."""

    @abstractmethod
    def geometry(self, parameter: str) -> str:
        """The value of a geometry column from a parameter (see `geometry_value`)."""

    @abstractmethod
    def geometry_value(
        self, wkb: bytes | None, bounds: tuple[float, float, float, float] | None
    ) -> Any:
        """A WKB geometry in CRS84 with its bounds as the value of a parameter."""

    @abstractmethod
    def in_box(self, column: str, table: str, index: str | None, *, outlined: bool = False) -> str:
        """Condition: the geometry meets the box :west, :south, :east, :north.

        `index` is the spatial index of the table, when it covers the rows that are read. If
        `outlined`, it also meets the shape :outline, in which :in_w … :in_n lie wholly.
        """

    @abstractmethod
    def outline_value(self, wkb: bytes) -> Any:
        """A shape as the value of :outline."""

    @abstractmethod
    def count_in_box(self, column: str, table: str, index: str, *, outlined: bool = False) -> str:
        """Statement that counts what `in_box` finds; "" when that needs no other way."""

    @abstractmethod
    def near_box(self, index: str) -> str:
        """Condition: the geometry may meet :near_w, :near_s, :near_e, :near_n; "" if needless."""

    @abstractmethod
    def skip_locked(self) -> str:
        """Suffix of a SELECT that claims only rows which no other transaction holds."""


class Connection(ABC):
    """A connection inside a running transaction."""

    dialect: Dialect
    archive: Path | None = None  # folder of the Parquet files of old observations
    kept: dict[Any, Any] | None = None
    """What functions remember of the main database between transactions, where that is possible.

    Emptied as soon as anybody has changed anything there; who changes something in a
    transaction does not put it here.
    """

    @abstractmethod
    def rows(self, sql: str, /, **params: Any) -> list[Row]:
        """All rows of a statement."""

    @abstractmethod
    def stream(self, sql: str, /, **params: Any) -> Iterator[Row]:
        """The rows of a statement one after the other, without holding all of them."""

    @abstractmethod
    def run(self, sql: str, /, **params: Any) -> int:
        """Runs a statement; the number of rows it changed."""

    @abstractmethod
    def run_many(self, sql: str, params: Iterable[Params], /) -> None:
        """Runs a statement once for every set of parameters."""

    @abstractmethod
    def script(self, sql: str, /) -> None:
        """Runs several statements without parameters."""

    def row(self, sql: str, /, **params: Any) -> Row | None:
        """The first row of a statement, or None."""
        rows = self.rows(sql, **params)
        return rows[0] if rows else None

    def value(self, sql: str, /, **params: Any) -> Any:
        """The first column of the first row, or None."""
        row = self.row(sql, **params)
        return row[0] if row else None


class Session(Connection):
    """A connection together with control over its transactions; only the store holds one."""

    @abstractmethod
    def begin_write(self) -> None:
        """Opens a write transaction, waiting for other processes; Busy when that takes long."""

    @abstractmethod
    def commit(self) -> None:
        """Makes the transaction durable."""

    @abstractmethod
    def rollback(self) -> None:
        """Drops the transaction; harmless when there is none."""

    @property
    @abstractmethod
    def in_transaction(self) -> bool:
        """Whether a usable transaction is open (an engine may end one by itself)."""

    @property
    def broken(self) -> bool:
        """Whether the connection to the server is gone; a new session is needed then."""
        return False

    def explained(self, error: BaseException) -> BaseException:
        """The error as Busy when the disk or the server is to blame; else the error itself."""
        return error

    @abstractmethod
    def snapshot(self, seconds: float) -> AbstractContextManager[None]:
        """Context manager: reads inside see one state; DeadlineExceeded after `seconds`."""

    def bounded(self, seconds: float) -> AbstractContextManager[None]:
        """Context manager for one statement: DeadlineExceeded after `seconds`."""
        return self.snapshot(seconds)

    def version(self) -> Any:
        """Changes when anybody else commits to the database; None when that is not told."""
        return None

    @abstractmethod
    def close(self) -> None:
        """Closes the connection."""

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undoes the statements inside when they raise, and only those."""
        self.run("savepoint unit")
        try:
            yield
        except BaseException:
            if self.in_transaction:
                self.run("rollback to savepoint unit")
                self.run("release savepoint unit")
            raise
        self.run("release savepoint unit")


def held_by_another() -> Busy:
    """What callers are told when another process has been writing for too long."""
    return Busy(
        "Another process is writing to the database; try again in a moment.",
        "Ein anderer Prozess schreibt gerade in die Datenbank; bitte gleich noch einmal.",
    )


def cannot_write() -> Busy:
    """What callers are told when the disk takes nothing more."""
    return Busy(
        "The disk of the server is full or fails; nothing was stored. Try again later.",
        "Der Speicher des Servers ist voll oder gestört; nichts wurde gespeichert. Bitte später "
        "noch einmal versuchen.",
    )


def now() -> int:
    """Microseconds since 1970-01-01 UTC."""
    return time.time_ns() // 1000
