# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Looks after what collections and datastreams keep beside their rows, and makes it anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio.to_thread

from allmende.core.projecting import Progress
from allmende.store import Connection
from allmende.store.collections import repairing
from allmende.store.sensing import archive as archived
from allmende.store.sensing import archive_files
from allmende.store.sensing import upkeep as observations

if TYPE_CHECKING:
    from allmende.core.platform import Platform

STEP = 1_000


def attach(platform: Platform) -> None:
    """Adds audits and the rebuilding of what follows from rows; `Platform.open` does it once."""

    async def audit() -> list[str]:
        return await platform.store.read_slow(repairing.differences)

    async def orphans() -> list[str]:
        return await platform.store.read_slow(repairing.without_dataset)

    async def rebuild(progress: Progress) -> None:
        for ident, rows in await platform.store.read(repairing.sizes):
            await _rebuild(platform, ident, rows, progress)

    async def series() -> list[str]:
        return await platform.store.read_slow(observations.differences)

    async def recount(progress: Progress) -> None:
        streams = await platform.store.read_slow(observations.streams)
        for done, stream in enumerate(streams):
            zone = platform.settings.timezone
            await platform.store.write(observations.recount, stream, zone)
            progress("observations", done + 1, len(streams))

    async def archive() -> list[str]:
        folder = platform.settings.data / "archive"
        used = await platform.store.read(archived.files)
        return await anyio.to_thread.run_sync(archive_files.damaged, folder, used)

    platform.audits.append(("observations", series))
    platform.audits.append(("archive", archive))
    platform.rebuilds.append(recount)
    platform.audits.append(("collection", audit))
    platform.audits.append(("collection-dataset", orphans))
    platform.rebuilds.append(rebuild)


async def _rebuild(platform: Platform, ident: str, rows: int, progress: Progress) -> None:
    """Writes the ready-made texts of all rows in steps, then index, count and extent."""
    from allmende.core.collections.encoding import RowEncoder

    def step(db: Connection, after: int) -> tuple[int, int]:
        return repairing.rewrite(db, ident, after, STEP, lambda entity: RowEncoder(entity).texts)

    after, done = 0, 0
    while True:
        after, count = await platform.store.write(step, after)
        done += count
        progress(f"collection {ident}", done, rows)
        if not count:
            break
    await platform.store.write(repairing.finish, ident)
