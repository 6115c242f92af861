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


def on_platform(settings: "Settings", work: "Callable[[Platform], Awaitable[T]]") -> T:
    """Open the platform (migrating it), do the work, close it; what the work gives."""
    from allmende.core.platform import Platform

    async def run() -> T:
        async with Platform.open(settings) as platform:
            return await work(platform)

    return asyncio.run(run())
