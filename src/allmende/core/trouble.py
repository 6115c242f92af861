# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What to do with errors of work that nobody waits for: catch, describe, log."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from allmende.errors import AllmendeError

log = logging.getLogger("allmende.jobs")


async def outcome(work: Coroutine[Any, Any, Any]) -> BaseException | None:
    """Runs the work to its end; the error it raised, or None."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait({task})
    except asyncio.CancelledError:
        task.cancel()
        raise
    return None if task.cancelled() else task.exception()


def described(error: BaseException) -> str:
    """One line that says what went wrong; our own errors speak for themselves."""
    if isinstance(error, AllmendeError):
        return error.text["en"]
    return f"{type(error).__name__}: {error}"


def logged(task: asyncio.Task[None], what: str) -> None:
    """Logs the error of a finished task."""
    error = None if task.cancelled() else task.exception()
    if error is not None:
        log.error("%s: %s", what, described(error), exc_info=error)
