# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Run an asynchronous scenario on a fresh platform."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio

from allmende.core.platform import Platform
from allmende.core.settings import Settings


def settings_for(engine: str, folder: Path, **changes: Any) -> Settings:
    """Settings for an address of the fixture `engine`."""
    database = engine if engine.startswith("postgresql") else ""
    return Settings(data=folder / "data", database=database, **changes)


def run_scenario(
    settings: Settings, scenario: Callable[[Platform], Awaitable[None]], seconds: float = 60
) -> None:
    """Opens the platform, awaits the scenario and closes; fails after `seconds`."""

    async def main() -> None:
        with anyio.fail_after(seconds):
            async with Platform.open(settings) as platform:
                await scenario(platform)

    anyio.run(main)
