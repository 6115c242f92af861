# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Work in the background ends when it is told to, also in the moment of a commit."""

from __future__ import annotations

import asyncio
from pathlib import Path

import anyio
import pytest

from allmende.core.bell import bell
from allmende.core.platform import Platform
from allmende.core.sensing import deriving, devices_intake
from allmende.core.settings import Settings


@pytest.mark.parametrize("kind", [devices_intake, deriving], ids=["messages", "rules"])
def test_a_commit_does_not_swallow_the_end(tmp_path: Path, kind: object) -> None:
    async def run() -> None:
        async with (
            Platform.open(Settings(data=tmp_path)) as platform,
            bell(platform.store, breath=0.0) as rung,
        ):
            task = asyncio.create_task(kind._work(platform, rung))  # type: ignore[attr-defined]
            for _ in range(50):
                await asyncio.sleep(0)
            await platform.store.write(lambda db: None)
            task.cancel()
            with anyio.fail_after(20):
                await asyncio.wait({task})
            assert task.cancelled()

    asyncio.run(run())
