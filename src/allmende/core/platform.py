# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""One running Allmende: its settings, its store and its projections."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio.to_thread

from allmende.core import aliases, revalidating, scoring_upkeep, upkeep
from allmende.core.projecting import Progress
from allmende.core.search import attach
from allmende.core.settings import Settings
from allmende.model.catalogue import ResourceKind
from allmende.projections import RecordProjection
from allmende.store import Store, StoreLimits

Audit = Callable[[], Awaitable[list[str]]]
Rebuild = Callable[[Progress], Awaitable[None]]

ADDRESS_PARTS: dict[ResourceKind, str] = {
    ResourceKind.CATALOG: "catalogues",
    ResourceKind.DATASET: "datasets",
    ResourceKind.SERIES: "series",
    ResourceKind.SERVICE: "dataservices",
}


class Platform:
    """What every use case needs; made by `Platform.open` and closed with its context."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self.settings = settings
        self.store = store
        self.record_projections: list[RecordProjection] = []
        self.audits: list[tuple[str, Audit]] = []  # code of the problem, who looks for it
        self.rebuilds: list[Rebuild] = []
        self.caches: dict[str, Any] = {}  # what rooms remember, by their own names

    @staticmethod
    @asynccontextmanager
    async def open(settings: Settings) -> AsyncIterator[Platform]:
        """Opens the database (migrating it) and the projections; closes them at the end."""
        address = settings.database or settings.data
        limits = StoreLimits(
            read_seconds=settings.read_seconds,
            slow_read_seconds=settings.slow_read_seconds,
            busy_seconds=settings.busy_seconds,
            queue=settings.write_queue,
            connections=settings.connections,
        )
        store = await anyio.to_thread.run_sync(Store.open, address, limits)
        store.archive = settings.data / "archive"
        platform = Platform(settings, store)
        attach(platform)
        aliases.attach(platform)
        revalidating.attach(platform)
        scoring_upkeep.attach(platform)
        upkeep.attach(platform)
        try:
            yield platform
        finally:
            await anyio.to_thread.run_sync(store.close)

    @property
    def files(self) -> Path:
        """Folder of the files the platform holds itself."""
        return self.settings.data / "files"

    def address(self, kind: ResourceKind, ident: str) -> str:
        """The public address of a record."""
        return f"{self.settings.base_url}/{ADDRESS_PARTS[kind]}/{ident}"
