# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The one writer: units of work share a transaction and one fsync, and fail alone.

Invariants
- A future is resolved only after the commit that holds its unit is durable.
- A unit that raises is undone to its savepoint; its neighbours are not touched.
- When the transaction itself is lost (disk full, connection gone, failed commit), every
  unit of the group fails, and nothing of it is stored.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

from allmende.errors import Busy
from allmende.store.connection import Connection, Session

QUEUE_LIMIT = 10_000
GROUP_LIMIT = 256

log = logging.getLogger("allmende.store")

Unit = tuple[Callable[..., Any], tuple[Any, ...], "Future[Any] | asyncio.Future[Any]"]
Result = tuple[Any, BaseException | None]


class Writer:
    """A thread that owns the only writing session of this process."""

    def __init__(
        self,
        open_session: Callable[[], Session],
        on_commit: Callable[[], None],
        *,
        queue_limit: int = QUEUE_LIMIT,
    ) -> None:
        self._open = open_session
        self._on_commit = on_commit
        self._units: queue.SimpleQueue[Unit | None] = queue.SimpleQueue()
        self._limit = queue_limit
        self._closing = False
        self._at_work = False
        self._thread = threading.Thread(target=self._work, name="allmende-writer", daemon=True)
        self._thread.start()

    @property
    def idle(self) -> bool:
        """Whether nothing waits and nothing is being written."""
        return not self._at_work and not self._closing and self._units.empty()

    @property
    def waiting(self) -> int:
        """Units of work in the queue."""
        return self._units.qsize()

    def submit(self, fn: Callable[..., Any], args: tuple[Any, ...]) -> Future[Any]:
        """Queues `fn(connection, *args)`; Busy when the queue is full or the store closes."""
        future: Future[Any] = Future()
        self._queue((fn, args, future))
        return future

    def submit_here(self, fn: Callable[..., Any], args: tuple[Any, ...]) -> asyncio.Future[Any]:
        """The same with a future of the running event loop, which is told once for a group."""
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._queue((fn, args, future))
        return future

    def _queue(self, unit: Unit) -> None:
        if self._closing or self._units.qsize() >= self._limit:
            raise _busy()
        self._units.put(unit)

    def close(self) -> None:
        """Finishes what is queued and ends the thread; what comes later is told Busy."""
        self._closing = True
        self._units.put(None)
        self._thread.join()
        while not self._units.empty():
            unit = self._units.get_nowait()
            if unit is not None:
                _fail([unit], _busy())

    def _work(self) -> None:
        session: Session | None = None
        ended = False
        while not ended:
            group, ended = self._next_group()
            try:
                if group:
                    session = session or self._open()
                    self._write(session, group)
            except BaseException as error:  # it belongs to the callers, who get it
                log.warning("a group of %d writes failed: %s", len(group), error)
                _fail(group, error if session is None else session.explained(error))
                session = _discarded(session)
        if session is not None:
            session.close()

    def _next_group(self) -> tuple[list[Unit], bool]:
        """What waits, as far as one transaction takes it, and whether it is the last."""
        self._at_work = False
        unit = self._units.get()
        self._at_work = True
        group: list[Unit] = []
        while unit is not None:
            group.append(unit)
            if len(group) == GROUP_LIMIT:
                return group, False
            try:
                unit = self._units.get_nowait()
            except queue.Empty:
                return group, False
        return group, True

    def _write(self, session: Session, group: list[Unit]) -> None:
        session.begin_write()
        results = [attempt(session, fn, args) for fn, args, _ in group]
        session.commit()
        told = [(result, error and session.explained(error)) for result, error in results]
        _settle(group, told)
        self._on_commit()


def attempt(session: Session, fn: Callable[..., Any], args: tuple[Any, ...]) -> Result:
    """Runs a unit of work in a savepoint; raises when the whole transaction is lost."""
    connection: Connection = session
    try:
        with session.savepoint():
            return fn(connection, *args), None
    except BaseException as error:
        if not session.in_transaction:
            raise
        return None, error


def _settle(group: Sequence[Unit], results: Iterable[Result]) -> None:
    """Resolves the futures; those of an event loop in one call from this thread into it."""
    loops: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Any], Result]]] = {}
    for (_, _, future), result in zip(group, results, strict=True):
        if isinstance(future, Future):
            _resolve(future, result)
        else:
            loops.setdefault(future.get_loop(), []).append((future, result))
    for loop, told in loops.items():
        with suppress(RuntimeError):  # the loop is closed, and nobody waits
            loop.call_soon_threadsafe(_tell, told)


def _tell(told: Iterable[tuple[asyncio.Future[Any], Result]]) -> None:
    for future, result in told:
        _resolve(future, result)


def _resolve(future: Future[Any] | asyncio.Future[Any], result: Result) -> None:
    value, error = result
    if future.done():  # it was given up, or its group failed behind it
        return
    if error is None:
        future.set_result(value)
    else:
        future.set_exception(error)


def _fail(group: Sequence[Unit], error: BaseException) -> None:
    _settle(group, [(None, error)] * len(group))


def _discarded(session: Session | None) -> Session | None:
    """Closes a session whose transaction failed; it is not trusted again."""
    if session is not None:
        session.close()
    return None


def _busy() -> Busy:
    return Busy(
        "Too many writes are waiting; try again in a moment.",
        "Es warten zu viele Schreibvorgänge; bitte gleich noch einmal versuchen.",
    )
