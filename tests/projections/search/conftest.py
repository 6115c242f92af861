# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A platform with the records of `records.py`, on both engines."""

from pathlib import Path

import pytest
from tests.projections.search.records import RECORDS, City, Scenario, entry
from tests.support.platforms import run_scenario, settings_for

from allmende.core import catalogue
from allmende.core.platform import Platform
from allmende.policy import SYSTEM


@pytest.fixture
def city(engine: str, tmp_path: Path) -> City:
    """Runs a scenario on a platform with the records above."""

    async def filled(platform: Platform, scenario: Scenario) -> None:
        for ident, resource in RECORDS.items():
            await catalogue.put(platform, SYSTEM, entry(ident, resource))
        await scenario(platform)

    def run(scenario: Scenario) -> None:
        settings = settings_for(engine, tmp_path)
        run_scenario(settings, lambda platform: filled(platform, scenario))

    return run
