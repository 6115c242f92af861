# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The RDF projection as the serving process sees it: kept up to date, asked with limits."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from tempfile import SpooledTemporaryFile
from typing import IO, Protocol

from msgspec import Struct

from allmende.projections.rdf.link import Answerer, Ended, Gone, Link
from allmende.projections.rdf.protocol import Ask, Failure, Graph, Reply

log = logging.getLogger(__name__)

IN_MEMORY = 1 << 20  # bytes of an answer kept in memory; longer ones wait in a file
REUSE = 500  # queries one answerer is asked at most
ATTEMPTS = 2
BATCH = 100  # changed graphs between which queries get their turn
RENEW = 20_000  # changed graphs after which the store is built anew, to free what they left


class Limits(Struct, frozen=True, kw_only=True):
    """What a query may take, and how many may run and wait."""

    seconds: float = 10.0
    memory: int = 512 << 20  # bytes above the store
    bytes: int = 50_000_000
    rows: int = 100_000
    running: int = 2
    waiting: int = 16
    patience: float = 10.0  # seconds a query waits for its turn and for the data


class Source(Protocol):
    """Where the graphs come from; the sequence grows with every change."""

    async def sequence(self) -> int:
        """Number of the newest change."""

    def everything(self) -> AsyncIterator[Graph]:
        """All graphs as they are now."""

    def changes(self, after: int, until: int) -> AsyncIterator[Graph]:
        """The graphs changed by changes after one sequence until another, as they are now."""


class Unready(Exception):
    """No answer for now: too many queries wait, or the data is still being read."""

    def __init__(self, reason: str, seconds: int) -> None:
        super().__init__(reason)
        self.reason, self.seconds = reason, seconds


class Result(Struct):
    """A reply with the file its body is in, and the state of the data it speaks of."""

    reply: Reply
    size: int
    sequence: int
    file: IO[bytes]


class Projection:
    """An RDF store that follows a source. Starts at the first query or with `update`."""

    def __init__(self, source: Source, limits: Limits) -> None:
        self.source = source
        self.limits = limits
        self.sequence = -1  # of the data in the store
        self._link: Link | None = None
        self._idle: list[Answerer] = []
        self._turns = asyncio.Semaphore(limits.running)
        self._waiting = 0
        self._update: asyncio.Task[None] | None = None

    # --- the data ---------------------------------------------------------------------

    async def update(self) -> None:
        """Brings the store up to the newest change; the callers share one run of it."""
        if self._update is None or self._update.done():
            self._update = asyncio.create_task(self._bring_up())
        await asyncio.shield(self._update)

    async def _bring_up(self) -> None:
        newest = await self.source.sequence()
        link = self._link
        if link is None or link.gone.is_set():
            await self._build(newest)
        elif newest != self.sequence:
            async for batch in _batches(self.source.changes(self.sequence, newest)):
                await link.feed(batch)
            self.sequence = newest
            await self._retire()
            if link.loaded > RENEW + 3 * self.graphs:
                await self._build(newest)

    graphs = 0  # at the last build
    triples = 0

    async def _build(self, newest: int) -> None:
        """Fills a new keeper while the old one, if any, goes on answering."""
        link = await Link.start()
        try:
            report = await link.feed(self.source.everything())
        except BaseException:
            await link.close()
            raise
        for line in report.refused:
            log.warning("a record is missing in SPARQL: %s", line)
        old, self._link, self.sequence = self._link, link, newest
        self.graphs, self.triples = report.graphs, report.triples
        await self._retire()
        if old is not None:
            await old.close()

    async def _retire(self) -> None:
        """Lets the waiting answerers go: they hold the data of before."""
        idle, self._idle = self._idle, []
        for answerer in idle:
            await answerer.close()

    async def close(self) -> None:
        """Ends the keeper and everything that runs in it."""
        if self._update is not None:
            self._update.cancel()
            with suppress(asyncio.CancelledError, ConnectionError):
                await self._update
        await self._retire()
        if self._link is not None:
            await self._link.close()
            self._link = None

    # --- queries ----------------------------------------------------------------------

    async def ask(self, ask: Ask) -> Result:
        """The answer to a query on the newest data, or the failure in its head.

        Raises Unready when it had to wait too long for its turn or for the data.
        """
        async with self._turn():
            for _ in range(ATTEMPTS):
                try:
                    async with asyncio.timeout(self.limits.patience * 2 + ask.seconds):
                        await self._fresh()
                        return await self._ask(ask)
                except Gone:  # the keeper was killed: once more with a new one
                    continue
                except TimeoutError:
                    raise Unready("loading", 10) from None
        return await _empty(Reply(failure=Failure.CRASH), self.sequence)

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        if self._turns.locked() and self._waiting >= self.limits.waiting:
            raise Unready("queue", 5)
        self._waiting += 1
        try:
            await asyncio.wait_for(self._turns.acquire(), self.limits.patience)
        except TimeoutError:
            raise Unready("queue", 5) from None
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._turns.release()

    async def _fresh(self) -> None:
        """Waits for the newest data; a long change lets queries see the data of before."""
        try:
            await asyncio.wait_for(self.update(), self.limits.patience)
        except TimeoutError:
            if self._link is None or self._link.gone.is_set():
                raise Unready("loading", 10) from None

    async def _ask(self, ask: Ask) -> Result:
        answerer = await self._answerer()
        sequence, kill = self.sequence, True
        try:
            reply, size = await answerer.ask(ask)
            result = await _received(answerer, reply, size, sequence)
            kill = False
        except Ended as end:
            return await _empty(Reply(failure=_CAUSES.get(end.signal, Failure.CRASH)), sequence)
        finally:
            if not kill and self._keeps(answerer, sequence):
                self._idle.append(answerer)
            else:
                await answerer.close(kill=kill)
        return result

    def _keeps(self, answerer: Answerer, sequence: int) -> bool:
        same = answerer.link is self._link and sequence == self.sequence
        return same and answerer.alive and answerer.asked < REUSE

    async def _answerer(self) -> Answerer:
        while self._idle:
            answerer = self._idle.pop()
            if answerer.alive:
                return answerer
            await answerer.close()
        if self._link is None:
            raise Gone
        return await self._link.answerer(self.limits.memory)


_CAUSES = {
    int(signal.SIGALRM): Failure.TIME,
    int(signal.SIGABRT): Failure.MEMORY,  # an allocation was refused
    int(signal.SIGKILL): Failure.MEMORY,  # the machine itself was short of it
}


async def _batches(graphs: AsyncIterator[Graph]) -> AsyncIterator[AsyncIterator[Graph]]:
    """The graphs in parts of BATCH; each part has to be used up before the next."""
    async for first in graphs:

        async def part(first: Graph = first) -> AsyncIterator[Graph]:
            yield first
            for _ in range(BATCH - 1):
                try:
                    yield await anext(graphs)
                except StopAsyncIteration:
                    return

        yield part()


async def _received(answerer: Answerer, reply: Reply, size: int, sequence: int) -> Result:
    result = await _empty(reply, sequence)
    async for piece in answerer.body(size):
        result.file.write(piece)
    result.file.seek(0)
    result.size = size
    return result


async def _empty(reply: Reply, sequence: int) -> Result:
    return Result(reply, 0, sequence, SpooledTemporaryFile(IN_MEMORY))
