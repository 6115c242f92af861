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

import logging
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from allmende.errors import Busy
from allmende.store.connection import Connection, Session

QUEUE_LIMIT = 10_000
GROUP_LIMIT = 256

log = logging.getLogger("allmende.store")

Unit = tuple[Callable[..., Any], tuple[Any, ...], "Future[Any]"]


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
        self._units: queue.Queue[Unit | None] = queue.Queue(queue_limit)
        self._closing = False
        self._thread = threading.Thread(target=self._work, name="allmende-writer", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Units of work in the queue."""
        return self._units.qsize()

    def submit(self, fn: Callable[..., Any], args: tuple[Any, ...]) -> Future[Any]:
        """Queues `fn(connection, *args)`; Busy when the queue is full or the store closes."""
        future: Future[Any] = Future()
        if self._closing:
            raise _busy()
        try:
            self._units.put_nowait((fn, args, future))
        except queue.Full:
            raise _busy() from None
        return future

    def close(self) -> None:
        """Finishes what is queued and ends the thread; what comes later is told Busy."""
        self._closing = True
        self._units.put(None)
        self._thread.join()
        while not self._units.empty():
            unit = self._units.get_nowait()
            if unit is not None:
                unit[2].set_exception(_busy())

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
        unit = self._units.get()
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
        results = [_attempt(session, fn, args) for fn, args, _ in group]
        session.commit()
        for (_, _, future), (result, error) in zip(group, results, strict=True):
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(session.explained(error))
        self._on_commit()


def _attempt(
    session: Session, fn: Callable[..., Any], args: tuple[Any, ...]
) -> tuple[Any, BaseException | None]:
    connection: Connection = session
    try:
        with session.savepoint():
            return fn(connection, *args), None
    except BaseException as error:
        if not session.in_transaction:
            raise
        return None, error


def _fail(group: list[Unit], error: BaseException) -> None:
    for _, _, future in group:
        if not future.done():
            future.set_exception(error)


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
