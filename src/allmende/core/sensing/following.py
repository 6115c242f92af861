# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Following observations as they are committed, by whichever process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Literal

from msgspec import Struct

from allmende.core.platform import Platform
from allmende.core.sensing.reading import condition
from allmende.model.filter import Filter
from allmende.model.sensing.observation import Observation
from allmende.policy import Subject
from allmende.store import Connection
from allmende.store.sensing import journal, reading, streams

PAUSE = 1.0
"""Seconds after which other processes' commits are looked for."""
BATCH = 500
"""Entries of the journal that are read at once."""

_ACTIONS: dict[int, Literal["created", "changed", "deleted"]] = {
    journal.CREATED: "created",
    journal.CHANGED: "changed",
    journal.DELETED: "deleted",
}


class Happened(Struct, frozen=True):
    """Something that was committed. `observation` is None when it is gone by now."""

    sequence: int
    action: Literal["created", "changed", "deleted"]
    datastream: int
    number: int
    observation: Observation | None


async def follow(
    platform: Platform,
    subject: Subject,
    *,
    after: int | None = None,
    idents: Sequence[int] | None = None,
) -> AsyncIterator[list[Happened]]:
    """What happens to observations the subject may read, in the order of commits, for ever.

    Begins behind the sequence `after`, or now. `idents` narrows it to some datastreams. An
    empty list comes after a second in which nothing happened, so that a caller can stop.
    """
    woken = asyncio.Event()
    loop = asyncio.get_running_loop()

    def wake() -> None:
        loop.call_soon_threadsafe(woken.set)

    stop = platform.store.on_commit(wake)
    at = await platform.store.read(journal.last) if after is None else after
    wanted = None if idents is None else frozenset(idents)
    try:
        while True:
            woken.clear()
            more, found = await platform.store.read(
                _happened, condition(subject), at, wanted, BATCH
            )
            at = more
            if found:
                yield found
                continue
            try:
                async with asyncio.timeout(PAUSE):
                    await woken.wait()
            except TimeoutError:
                yield []
    finally:
        stop()


async def happened(
    platform: Platform, subject: Subject, after: int, limit: int = BATCH
) -> tuple[int, list[Happened]]:
    """The next entries after a sequence: the sequence reached, and what the subject may see."""
    return await platform.store.read(_happened, condition(subject), after, None, limit)


async def position(platform: Platform, subject: Subject) -> int:
    """The sequence of what happened last."""
    return await platform.store.read(journal.last)


def _happened(
    db: Connection, seen: Filter, after: int, wanted: frozenset[int] | None, limit: int
) -> tuple[int, list[Happened]]:
    entries = journal.after(db, after, limit)
    if not entries:
        return after, []
    asked = {each.datastream for each in entries}
    if wanted is not None:
        asked &= wanted
    allowed = set(streams.seen(db, seen, list(asked))) if asked else set()
    found: list[Happened] = []
    for entry in entries:
        if entry.datastream in allowed:
            found += _expanded(db, entry)
    return entries[-1].sequence, found


def _expanded(db: Connection, entry: journal.Entry) -> list[Happened]:
    action = _ACTIONS[entry.action]
    if entry.action == journal.DELETED:
        return [Happened(entry.sequence, action, entry.datastream, entry.number, None)]
    rows = reading.numbered(db, entry.datastream, entry.number, entry.n).rows(entry.datastream)
    return [Happened(entry.sequence, action, entry.datastream, each.number, each) for each in rows]
