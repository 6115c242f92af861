# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Small writes in the thread that asks, while nobody else writes.

To hand a write to another thread and be told of its end costs more time than a small write
itself takes, fsync included. The event loop stands still meanwhile: for some hundred
microseconds. When a disk is slower than that, or somebody else writes, it is not done.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Any

from allmende.errors import Busy
from allmende.store.sqlite import CHECKPOINT_PAGES, SQLiteSession
from allmende.store.writer import Result, attempt

LONGEST_SECONDS = 0.01
"""What takes longer was too much for an event loop, and is not tried again for a while."""
REST_SECONDS = 0.5


class AtOnce:
    """A writing session for the thread of the event loop; it never waits for a lock."""

    def __init__(
        self, open_session: Callable[[], SQLiteSession], on_commit: Callable[[], None]
    ) -> None:
        self._open = open_session
        self._on_commit = on_commit
        self._session: SQLiteSession | None = None
        self._not_before = 0.0

    def write(self, fn: Callable[..., Any], args: tuple[Any, ...]) -> Result | None:
        """The result of `fn(connection, *args)`, durable; None when it was not done.

        None: another process writes, the disk was slow lately, or the log has become so long
        that the writer has to tidy up. An error is one of the function or of the disk; then
        nothing is stored.
        """
        begun = monotonic()
        if begun < self._not_before:
            return None
        try:
            session = self._session = self._session or self._opened()
            if session.log_pages >= CHECKPOINT_PAGES:
                session.log_pages = 0
                return None
            session.begin_write()
        except Busy:
            return None
        result = self._done(session, fn, args)
        if monotonic() - begun > LONGEST_SECONDS:
            self._not_before = monotonic() + REST_SECONDS
        return result

    def _opened(self) -> SQLiteSession:
        session = self._open()
        session.remember()
        return session

    def _done(self, session: SQLiteSession, fn: Callable[..., Any], args: Any) -> Result:
        try:
            value, error = attempt(session, fn, args)
            session.commit()
        except Exception as lost:
            self.close()
            return None, session.explained(lost)
        if error is not None and session.kept:
            session.kept.clear()
        self._on_commit()
        return value, error and session.explained(error)

    def close(self) -> None:
        """Closes the session; another write opens a new one."""
        if self._session is not None:
            self._session.close()
            self._session = None
