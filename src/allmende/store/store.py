# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The store: asynchronous at the seam, synchronous inside.

`read` and `write` take a plain function of a `Connection`. On SQLite a bounded read runs
inline (a few microseconds; a thread would cost ten times that), on PostgreSQL it waits in
a thread. All writes go through the one writer of the process.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import anyio
import anyio.to_thread
from msgspec import Struct

from allmende.errors import Busy
from allmende.store.connection import EngineName, Session
from allmende.store.migrate import migrate
from allmende.store.writer import Writer

if TYPE_CHECKING:
    from allmende.store.at_once import AtOnce
    from allmende.store.sqlite import SQLiteSession

T = TypeVar("T")

SLOW_LANES = 2
SQLITE_FILE = "allmende.sqlite"


class StoreLimits(Struct, frozen=True, kw_only=True):
    """How long and how much: seconds, queued writes, PostgreSQL connections for reading."""

    read_seconds: float = 2.0
    slow_read_seconds: float = 60.0
    busy_seconds: float = 10.0
    queue: int = 10_000
    connections: int = 8


DEFAULT_LIMITS = StoreLimits()


class Store:
    """One database, SQLite or PostgreSQL."""

    def __init__(
        self,
        engine: EngineName,
        open_session: Callable[[bool], Session],
        limits: StoreLimits = DEFAULT_LIMITS,
        open_at_once: Callable[[], SQLiteSession] | None = None,
    ) -> None:
        self.engine = engine
        self.limits = limits
        self.archive: Path | None = None
        self._opener = open_session
        self._local = threading.local()
        self._sessions: list[tuple[threading.Thread, Session]] = []
        self._guard = threading.Lock()
        self._slow = anyio.CapacityLimiter(SLOW_LANES)
        self._lanes = anyio.CapacityLimiter(limits.connections)
        self._listeners: list[Callable[[], None]] = []
        self._version: tuple[int, Any] | None = None
        self.writer = Writer(lambda: self._open(False), self._committed, queue_limit=limits.queue)
        self._at_once: AtOnce | None = None
        if open_at_once is not None:
            from allmende.store.at_once import AtOnce

            self._at_once = AtOnce(open_at_once, self._committed)

    @staticmethod
    def open(address: str | Path, limits: StoreLimits = DEFAULT_LIMITS) -> Store:
        """Opens (and migrates) a data directory with SQLite, or a `postgresql://` database.

        Raises SchemaMismatch when the database belongs to another version.
        """
        opener = session_opener(address, limits.busy_seconds)
        try:
            session = opener(False)
        except Busy as error:  # at the start people want to know what the server said
            raise error.__cause__ or error from None
        try:
            migrate(session)
            engine = session.dialect.name
        finally:
            session.close()
        if engine != "sqlite":
            return Store(engine, opener, limits)
        impatient = session_opener(address, 0.0)
        return Store(engine, opener, limits, lambda: cast("SQLiteSession", impatient(False)))

    async def read(self, fn: Callable[..., T], *args: Any, seconds: float | None = None) -> T:
        """Runs `fn(connection, *args)` on one snapshot; for bounded, indexed queries."""
        seconds = seconds or self.limits.read_seconds
        if self.engine == "sqlite":
            return self._read(fn, args, seconds)
        return await anyio.to_thread.run_sync(self._read, fn, args, seconds, limiter=self._lanes)

    async def read_one(self, fn: Callable[..., T], *args: Any) -> T:
        """Runs a function that sends one short statement, on SQLite without a transaction."""
        if self.engine != "sqlite":
            return await self.read(fn, *args)
        session = self._session()
        with session.bounded(self.limits.read_seconds):
            return fn(session, *args)

    def version(self) -> Any:
        """A mark that changes with every commit of any process; None when there is none.

        What was read while the mark was the same is still true. Only SQLite can tell. In the
        thread of an event loop it is looked up once in each turn of the loop: what is asked
        for in the same turn was sent before anybody was told of a later commit.
        """
        if self.engine != "sqlite":
            return None
        if self._version is not None and self._version[0] == threading.get_ident():
            return self._version[1]
        session = self._session()
        version = id(session), session.version()
        with suppress(RuntimeError):  # no event loop here
            asyncio.get_running_loop().call_soon(self._forget_version)
            self._version = threading.get_ident(), version
        return version

    def _forget_version(self) -> None:
        self._version = None

    async def read_slow(self, fn: Callable[..., T], *args: Any, seconds: float | None = None) -> T:
        """The same on a worker thread: for scans, exports and rebuilds."""
        seconds = seconds or self.limits.slow_read_seconds
        return await anyio.to_thread.run_sync(self._read, fn, args, seconds, limiter=self._slow)

    async def write(self, fn: Callable[..., T], *args: Any) -> T:
        """Runs `fn(connection, *args)` in the writer; returns when the commit is durable."""
        return await asyncio.shield(self.begin_write(fn, *args))

    def begin_write(self, fn: Callable[..., T], *args: Any) -> asyncio.Future[T]:
        """The same for who does not wait: the future is done when the commit is durable."""
        return cast("asyncio.Future[T]", self.writer.submit_here(fn, args))

    def begin_small_write(self, fn: Callable[..., T], *args: Any) -> asyncio.Future[T]:
        """The same for what takes far less than a millisecond: done already where that is faster.

        That is on SQLite while nobody else writes.
        """
        if self._at_once is None or not self.writer.idle:
            return self.begin_write(fn, *args)
        done = self._at_once.write(fn, args)
        if done is None:
            return self.begin_write(fn, *args)
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        value, error = done
        if error is None:
            future.set_result(value)
        else:
            future.set_exception(error)
        return future

    def on_commit(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Calls the listener in the thread that wrote after each commit; returns an undo."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def close(self) -> None:
        """Finishes queued writes and closes every connection."""
        self.writer.close()
        if self._at_once is not None:
            self._at_once.close()
        with self._guard:
            for _, session in self._sessions:
                session.close()
            self._sessions.clear()
            self._local = threading.local()

    def _open(self, readonly: bool) -> Session:
        session = self._opener(readonly)
        session.archive = self.archive
        return session

    def _committed(self) -> None:
        for listener in tuple(self._listeners):
            listener()

    def _read(self, fn: Callable[..., T], args: tuple[Any, ...], seconds: float) -> T:
        session = self._session()
        with session.snapshot(seconds):
            return fn(session, *args)

    def _session(self) -> Session:
        session = getattr(self._local, "session", None)
        if session is None or session.broken:
            session = self._local.session = self._open(True)
            with self._guard:
                self._close_orphans()
                self._sessions.append((threading.current_thread(), session))
        return cast(Session, session)

    def _close_orphans(self) -> None:
        """Closes the sessions of worker threads that have ended."""
        for thread, session in self._sessions:
            if not thread.is_alive():
                session.close()
        self._sessions = [each for each in self._sessions if each[0].is_alive()]


def session_opener(
    address: str | Path, busy_seconds: float = DEFAULT_LIMITS.busy_seconds
) -> Callable[[bool], Session]:
    """A function that opens a session, read-only or not, on a directory or `postgresql://`."""
    if str(address).startswith(("postgresql://", "postgres://")):
        from allmende.store.postgres import PostgresSession

        return lambda _readonly: PostgresSession(str(address), busy_seconds)
    from allmende.store.sqlite import COLLECTIONS_FILE, OBSERVATIONS_FILE, SQLiteSession

    directory = Path(address)
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = directory / SQLITE_FILE
    for each in (path, directory / COLLECTIONS_FILE, directory / OBSERVATIONS_FILE):
        if not each.exists():  # SQLite gives its other files the rights of this one
            each.touch(mode=0o600)
    return lambda readonly: SQLiteSession(path, readonly=readonly, busy_seconds=busy_seconds)
