# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A fresh platform with cheap passwords."""

from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from tests.support.platforms import run_scenario, settings_for

from allmende.core import passwords
from allmende.core.platform import Platform

Scenario = Callable[[Platform], Awaitable[None]]


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Argon2 with the smallest parameters."""
    monkeypatch.setattr(passwords, "MEMORY_KIB", 8)
    monkeypatch.setattr(passwords, "PASSES", 1)
    monkeypatch.setattr(passwords, "LANES", 1)
    passwords._hasher.cache_clear()
    passwords._unknown.cache_clear()
    yield
    passwords._hasher.cache_clear()
    passwords._unknown.cache_clear()


@pytest.fixture
def run(engine: str, tmp_path: Path) -> Callable[[Scenario], None]:
    """Runs a scenario on a fresh platform of either engine."""
    settings = settings_for(
        engine, tmp_path, signins_per_minute=1000, access_log=False,
        citizen_devices=2, citizen_messages_per_minute=50, citizen_values_per_minute=100,
    )  # fmt: skip
    return lambda scenario: run_scenario(settings, scenario)
