# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Platforms that share a database, workers in the background, a clock that the test turns."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest
from tests.support.clock import Clock, install
from tests.support.platforms import run_scenario, settings_for

from allmende.core import jobs as core_jobs
from allmende.core import work, worker
from allmende.core.jobs import Registry
from allmende.core.platform import Platform
from allmende.store import audit, jobs, sessions, subscriptions

Scenario = Callable[[Platform], Awaitable[None]]


@pytest.fixture
def run(engine: str, tmp_path: Path) -> Callable[[Scenario], None]:
    """Runs a scenario on a fresh platform."""
    return lambda scenario: run_scenario(settings_for(engine, tmp_path), scenario)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The time of everything that has to do with jobs."""
    return install(monkeypatch, audit, jobs, sessions, subscriptions, core_jobs, work, worker)


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Failed jobs may run again at once, workers look for work without rest."""
    monkeypatch.setattr(worker, "RETRY_FIRST", 0)
    monkeypatch.setattr(worker, "POLL_SECONDS", 0.01)


@asynccontextmanager
async def workers(
    platforms: list[Platform], registry: Registry, *, at_once: int = 2
) -> AsyncIterator[None]:
    """One worker for each platform, at work while the context is open."""
    stop = anyio.Event()
    tasks = [
        asyncio.create_task(worker.run_worker(platform, registry, stop, at_once=at_once))
        for platform in platforms
    ]
    try:
        yield
    finally:
        stop.set()
        await asyncio.gather(*tasks)


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Lets others work until the condition holds; the scenario's own limit ends the wait."""
    while not await condition():
        await asyncio.sleep(0.005)
