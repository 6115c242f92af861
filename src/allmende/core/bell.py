# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""To hear of commits without being called for each: work in the background waits for a bell.

At 1,000 commits a second nobody needs to look 1,000 times; who looks also takes time from
those who write.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from allmende.store import Store

LONGEST = 1.0
"""Seconds after which it is worth looking in any case: other processes write as well."""


@asynccontextmanager
async def bell(
    store: Store, *, breath: float, longest: float = LONGEST
) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """A function that waits until something was committed here, or for `longest` seconds.

    It returns `breath` seconds behind the first commit, for all that came meanwhile. What
    is committed after it has returned rings again.
    """
    rung = asyncio.Event()
    loop = asyncio.get_running_loop()

    def ring() -> None:
        if not rung.is_set():  # else somebody will look, and not before this commit
            loop.call_soon_threadsafe(rung.set)

    async def wait() -> None:
        try:
            async with asyncio.timeout(longest):
                await rung.wait()
        except TimeoutError:
            return
        await asyncio.sleep(breath)
        rung.clear()

    forget = store.on_commit(ring)
    try:
        yield wait
    finally:
        forget()


@asynccontextmanager
async def at_work(
    store: Store,
    work: Callable[[Callable[[], Awaitable[None]]], Coroutine[Any, Any, None]],
    *,
    breath: float,
    longest: float = LONGEST,
) -> AsyncIterator[None]:
    """Lets work go on in the background while the context is open; it is given the bell."""
    async with bell(store, breath=breath, longest=longest) as rung:
        task = asyncio.create_task(work(rung))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait({task})
