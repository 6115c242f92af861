# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Work in the background hears of commits, of many at once, and misses none."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from allmende.core.bell import bell
from allmende.core.platform import Platform
from allmende.core.settings import Settings
from allmende.store import Connection

pytestmark = pytest.mark.anyio

FOR_EVER = 60.0


def add(db: Connection, number: int) -> None:
    if number == 0:
        db.script("create table heard (number integer)")
    db.run("insert into heard values (:number)", number=number)


def seen(db: Connection) -> int:
    return int(db.value("select count(*) from heard") or 0)


async def test_a_bell_rings_for_what_was_committed_and_not_for_each(tmp_path: Path) -> None:
    async with Platform.open(Settings(data=tmp_path)) as platform:
        store, looks, found = platform.store, 0, 0

        async def write() -> None:
            for number in range(200):
                await store.write(add, number)

        async with bell(store, breath=0.2, longest=FOR_EVER) as rung:
            writing = asyncio.create_task(write())
            while found < 200:
                await rung()
                looks += 1
                found = await store.read(seen)
            await writing
            assert looks < 200
            for number in range(200, 205):  # each after the last look: none is missed
                await store.write(add, number)
                await rung()
                assert await store.read(seen) == number + 1


async def test_a_bell_rings_without_commits_for_those_of_other_processes(tmp_path: Path) -> None:
    async with (
        Platform.open(Settings(data=tmp_path)) as platform,
        bell(platform.store, breath=0.0, longest=0.01) as rung,
    ):
        await asyncio.wait_for(rung(), FOR_EVER)


async def test_who_no_longer_listens_is_not_called(tmp_path: Path) -> None:
    async with Platform.open(Settings(data=tmp_path)) as platform:
        async with bell(platform.store, breath=0.0, longest=0.01) as rung:
            pass
        await platform.store.write(add, 0)
        assert await asyncio.wait_for(rung(), FOR_EVER) is None
        assert await platform.store.read(seen) == 1
