# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A foreign server, and an Allmende that harvests it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
from tests.sources.servers import Site, fetcher, running_site

from allmende.core import harvest
from allmende.core.harvest import Preview, Report, Run, Source
from allmende.core.platform import Platform
from allmende.core.settings import Settings
from allmende.model.catalogue import ResourceKind
from allmende.policy import SYSTEM
from allmende.store.records import Record

Scenario = Callable[["City"], Awaitable[None]]


@pytest.fixture
def site() -> Iterator[Site]:
    """A foreign server."""
    with running_site() as running:
        yield running


class City:
    """A platform with the steps that harvesting tests repeat."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform

    async def source(self, address: str, ident: str = "city", **changes: Any) -> Source:
        """Register a source."""
        found = harvest.source_for(address, catalogue=ident, organisation="jena")
        found.id = ident
        for name, value in changes.items():
            setattr(found, name, value)
        return await harvest.define(self.platform, SYSTEM, found)

    async def run(
        self, ident: str = "city", *, limits: dict[str, Any] | None = None, **how: Any
    ) -> Run:
        """Harvest a source."""
        async with fetcher(**(limits or {})) as fetch:
            return await harvest.execute(self.platform, SYSTEM, ident, fetch=fetch, **how)

    async def preview(self, ident: str = "city") -> Preview:
        """A dry run of a registered source."""
        found = await harvest.source(self.platform, SYSTEM, ident)
        async with fetcher() as fetch:
            return await harvest.preview(self.platform, SYSTEM, found, fetch=fetch)

    async def report(self, run: Run) -> Report:
        """The report of a run."""
        return await harvest.run(self.platform, SYSTEM, run.id)

    async def records(self, kind: ResourceKind = ResourceKind.DATASET) -> list[Record]:
        """Every record of a kind, archived ones too."""
        from allmende.core import catalogue

        return [record async for record in catalogue.each(self.platform, SYSTEM, kind=kind)]

    async def titles(self, status: str = "published") -> list[str]:
        """Titles of all datasets with the status, sorted."""
        found = [r for r in await self.records() if r.status == status]
        return sorted(next(iter(r.resource.title.values())) for r in found)


@asynccontextmanager
async def city_at(settings: Settings) -> AsyncIterator[City]:
    """A city on an open platform."""
    async with Platform.open(settings) as platform:
        yield City(platform)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of an embedded platform."""
    return Settings(data=tmp_path / "data")


@pytest.fixture
def play(settings: Settings) -> Callable[[Scenario], None]:
    """Runs a scenario on a fresh embedded platform."""
    return player(settings)


@pytest.fixture
def play_both(engine: str, tmp_path: Path) -> Callable[[Scenario], None]:
    """Runs a scenario on a fresh platform, on both engines."""
    database = engine if engine.startswith("postgresql") else ""
    return player(Settings(data=tmp_path / "data", database=database))


def player(settings: Settings) -> Callable[[Scenario], None]:
    """A function that runs scenarios."""

    def play(scenario: Scenario) -> None:
        async def main() -> None:
            async with city_at(settings) as city:
                await scenario(city)

        anyio.run(main)

    return play
