# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A fresh platform, cheap passwords, and a clock that the test turns."""

from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from tests.support.platforms import run_scenario, settings_for

from allmende.core import accounts, passwords, signin, tokens
from allmende.core.platform import Platform
from allmende.store import accounts as stored
from allmende.store import audit, connection, sessions

Scenario = Callable[[Platform], Awaitable[None]]


@pytest.fixture
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
def run(engine: str, tmp_path: Path, cheap: None) -> Callable[[Scenario], None]:
    """Runs a scenario on a fresh platform with few allowed attempts."""
    settings = settings_for(engine, tmp_path, signin_failures=3, signins_per_minute=1000)
    return lambda scenario: run_scenario(settings, scenario)


class Clock:
    """Time as the program sees it; it stands still until the test turns it."""

    def __init__(self) -> None:
        self.now = connection.now()

    def __call__(self) -> int:
        return self.now

    def turn(self, *, days: float = 0, hours: float = 0, minutes: float = 0) -> None:
        self.now += int(((days * 24 + hours) * 60 + minutes) * 60 * 1_000_000)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Replaces the time in every room that looks at it."""
    made = Clock()
    for module in (audit, sessions, signin, stored, tokens):
        monkeypatch.setattr(module, "now", made)
    assert accounts
    return made
