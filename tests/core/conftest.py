# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What tests of the core share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import anyio
import pytest
from tests.support.copies import Scenario

from allmende.core.platform import Platform
from allmende.core.settings import Settings


@pytest.fixture
def run(engine: str, tmp_path: Path) -> Callable[[Scenario], None]:
    """Runs a scenario on a fresh platform."""
    settings = Settings(
        data=tmp_path / "data", database=engine if engine.startswith("postgresql") else ""
    )

    def runner(scenario: Scenario) -> None:
        async def main() -> None:
            async with Platform.open(settings) as platform:
                await scenario(platform)

        anyio.run(main)

    return runner
