# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""One reader of the journal for all who follow observations in a process.

It reads what happened once, with the observations, and asks once for each kind of subject what
these may read. Everybody has a queue of bounded length; who does not keep up is let go.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from allmende.core.platform import Platform
from allmende.model.filter import Filter
from allmende.model.sensing.observation import Observation
from allmende.store import Connection
from allmende.store.sensing import journal, reading, streams

CACHE = "journal-reader"
BATCH = 500
"""Entries of the journal that are read at once."""
MOST_AT_ONCE = 5_000
"""Observations behind which no further entry is read with them."""
MOST_WAITING = 20_000
"""Observations that may wait for somebody."""
PAUSE = 1.0
"""Seconds after which other processes' commits are looked for."""
BREATH = 0.02
"""Seconds in which commits gather before they are read together."""

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


class Member:
    """Somebody who follows; `since` is the sequence behind which the queue begins."""

    def __init__(self, seen: Filter, wanted: frozenset[int] | None) -> None:
        self.seen, self.wanted = seen, wanted
        self.since = 0
        self.admitted = asyncio.Event()
        self.there = asyncio.Event()
        self.waiting: deque[list[Happened]] = deque()
        self.count = 0
        self.dropped = False
        self.error: BaseException | None = None

    async def next(self, seconds: float) -> list[Happened] | None:
        """What happened next; an empty list when nothing has; None for who was let go.

        Raises the error for which the reader has ended.
        """
        if not self.waiting and not self.dropped and self.error is None:
            self.there.clear()
            try:
                async with asyncio.timeout(seconds):
                    await self.there.wait()
            except TimeoutError:
                return []
        if self.error is not None:
            raise self.error
        if self.dropped:
            return None
        batch = self.waiting.popleft()
        self.count -= len(batch)
        return batch

    def give(self, batch: list[Happened]) -> None:
        """Has a batch wait; who has too much waiting already gets nothing more."""
        if self.count and self.count + len(batch) > MOST_WAITING:
            self.dropped = True
            self.waiting.clear()
        elif batch:
            self.waiting.append(batch)
            self.count += len(batch)
        else:
            return
        self.there.set()

    def fail(self, error: BaseException) -> None:
        """Tells that the reader has ended."""
        self.error = error
        self.admitted.set()
        self.there.set()


class _Reader:
    """Reads while there is anybody who follows."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.members: set[Member] = set()
        self.joining: list[Member] = []
        self.woken = asyncio.Event()
        self.at = 0
        self.task = asyncio.create_task(self._run())
        self.task.add_done_callback(self._ended)

    def wake(self) -> None:
        """Has it look at once."""
        self.woken.set()

    def leave(self, member: Member) -> None:
        """Somebody follows no longer."""
        self.members.discard(member)
        if member in self.joining:
            self.joining.remove(member)
        self.wake()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()

        def committed() -> None:
            if not self.woken.is_set():
                loop.call_soon_threadsafe(self.woken.set)

        forget = self.platform.store.on_commit(committed)
        try:
            self.at = await self.platform.store.read(journal.last)
            while self.joining or self.members:
                self.woken.clear()
                self._admit()
                if not await self._look():
                    await self._rest()
        finally:
            forget()

    def _admit(self) -> None:
        for member in self.joining:
            member.since = self.at
            self.members.add(member)
            member.admitted.set()
        self.joining.clear()

    async def _look(self) -> bool:
        """Passes on what happened next; whether that was anything."""
        members = list(self.members)
        kinds: list[Filter] = []
        for member in members:
            if member.seen not in kinds:
                kinds.append(member.seen)
        narrowed = [each.wanted for each in members if each.wanted is not None]
        wanted = frozenset[int]().union(*narrowed) if len(narrowed) == len(members) else None
        at = self.at
        self.at, found, allowed = await self.platform.store.read(_read, kinds, wanted, at)
        for member in members:
            may = allowed[kinds.index(member.seen)] if allowed else frozenset()
            mine = may if member.wanted is None else may & member.wanted
            member.give([each for each in found if each.datastream in mine])
            if member.dropped:
                self.members.discard(member)
        return self.at > at

    async def _rest(self) -> None:
        if not self.joining and self.members:
            try:
                async with asyncio.timeout(PAUSE):
                    await self.woken.wait()
            except TimeoutError:
                return
        await asyncio.sleep(BREATH)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Whoever still follows is told why nothing comes any more."""
        error = asyncio.CancelledError() if task.cancelled() else task.exception()
        for member in [*self.members, *self.joining]:
            member.fail(error or asyncio.CancelledError())


async def join(platform: Platform, seen: Filter, wanted: frozenset[int] | None) -> Member:
    """Begins to follow what a condition allows; returns when the queue has begun."""
    reader: _Reader | None = platform.caches.get(CACHE)
    if reader is None or reader.task.done():
        reader = platform.caches[CACHE] = _Reader(platform)
    member = Member(seen, wanted)
    reader.joining.append(member)
    reader.wake()
    try:
        await member.admitted.wait()
    except asyncio.CancelledError:
        reader.leave(member)
        raise
    if member.error is not None:
        raise member.error
    return member


def leave(platform: Platform, member: Member) -> None:
    """Follows no longer; the reader ends behind the last one."""
    reader: _Reader | None = platform.caches.get(CACHE)
    if reader is not None:
        reader.leave(member)


def entries_of(db: Connection, after: int, limit: int = BATCH) -> list[journal.Entry]:
    """The next entries, as many as have not too many observations together."""
    found = journal.after(db, after, limit)
    total = 0
    for at, entry in enumerate(found):
        total += entry.n
        if total > MOST_AT_ONCE:
            return found[: max(at, 1)]
    return found


def expanded(db: Connection, entry: journal.Entry) -> list[Happened]:
    """An entry with its observations as they are now."""
    action = _ACTIONS[entry.action]
    if entry.action == journal.DELETED:
        return [Happened(entry.sequence, action, entry.datastream, entry.number, None)]
    rows = reading.numbered(db, entry.datastream, entry.number, entry.n).rows(entry.datastream)
    return [Happened(entry.sequence, action, entry.datastream, each.number, each) for each in rows]


def _read(
    db: Connection, kinds: Sequence[Filter], wanted: frozenset[int] | None, after: int
) -> tuple[int, list[Happened], list[frozenset[int]]]:
    """How far it was read, what happened, and which datastreams each kind of subject may read."""
    entries = entries_of(db, after)
    if not entries:
        return after, [], []
    asked = {each.datastream for each in entries}
    if wanted is not None:
        asked &= wanted
    allowed = [frozenset(streams.seen(db, seen, list(asked)) if asked else ()) for seen in kinds]
    anybody = frozenset[int]().union(*allowed)
    found = [
        each for entry in entries if entry.datastream in anybody for each in expanded(db, entry)
    ]
    return entries[-1].sequence, found, allowed
