# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Running one piece of work on an open platform."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from allmende.core.platform import Platform
    from allmende.core.settings import Settings

T = TypeVar("T")


def on_platform(
    settings: "Settings", work: "Callable[[Platform], Awaitable[T]]", *, existing: bool = False
) -> T:
    """Open the platform (migrating it), do the work, close it; what the work gives.

    Where there is none yet it is made, unless it has to be `existing`: then NotFound.
    """
    from allmende.core.platform import Platform

    if existing:
        _require_existing(settings)

    async def run() -> T:
        async with Platform.open(settings) as platform:
            return await work(platform)

    return asyncio.run(run())


def require_place(settings: "Settings") -> None:
    """Open the database once; its errors and those of the folder come now, in a sentence."""
    from allmende.store.store import session_opener

    session_opener(settings.database or settings.data, settings.busy_seconds)(False).close()


def _require_existing(settings: "Settings") -> None:
    from allmende.errors import NotFound
    from allmende.store.store import SQLITE_FILE

    if not settings.database and not (settings.data / SQLITE_FILE).exists():
        raise NotFound(
            f"There is no platform in {settings.data}. Name its folder with --data.",
            f"In {settings.data} liegt keine Plattform. Nennen Sie ihren Ordner mit --data.",
            code="no-platform",
        )
