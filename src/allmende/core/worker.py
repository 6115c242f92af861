# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The worker: takes jobs, keeps their leases, notes how they end, and serves subscribers.

Any number of workers, in one process or in many, share the work of one database. What a
worker that dies has not finished is taken up by another one when the lease has run out.
"""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Protocol

from allmende.core.jobs import Job, Registry, next_moment
from allmende.core.outbox import serve_subscriber
from allmende.core.platform import Platform
from allmende.core.trouble import described, logged, outcome
from allmende.store import Connection, jobs, now, subscriptions

SECOND = 1_000_000
LEASE = 60 * SECOND
POLL_SECONDS = 1.0
BREATH_SECONDS = 0.02  # between two looks, however much is written
AT_ONCE = 2
RETRY_FIRST = 30 * SECOND
RETRY_LONGEST = 6 * 3_600 * SECOND
TROUBLE_LONGEST_SECONDS = 30.0
GRACEFUL_SECONDS = 10.0
CANCEL_SECONDS = 5.0

log = logging.getLogger("allmende.jobs")
_chance = random.SystemRandom()


class Stop(Protocol):
    """An event such as anyio.Event or asyncio.Event."""

    def is_set(self) -> bool:
        """Whether it has happened."""

    async def wait(self) -> Any:
        """Waits until it happens."""


async def run_worker(
    platform: Platform, registry: Registry, stop: Stop, *, at_once: int = AT_ONCE
) -> None:
    """Works until `stop`; then running jobs may finish for ten seconds and are given back."""
    await _Worker(platform, registry, stop, at_once).run()


@asynccontextmanager
async def working(platform: Platform, registry: Registry) -> AsyncIterator[None]:
    """Works in the background while the context is open."""
    stop = asyncio.Event()
    task = asyncio.create_task(run_worker(platform, registry, stop))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait({task})
        task.result()


def backoff(tries: int) -> int:
    """How long (µs) to rest after the n-th failure: doubling, up to six hours, ± 20 %."""
    rest = min(RETRY_FIRST * 2 ** min(tries - 1, 40), RETRY_LONGEST)
    return int(rest * _chance.uniform(0.8, 1.2))


class _Worker:
    def __init__(self, platform: Platform, registry: Registry, stop: Stop, at_once: int) -> None:
        self.platform = platform
        self.store = platform.store
        self.registry = registry
        self.stop = stop
        self.at_once = at_once
        self.name = secrets.token_hex(8)
        self.running: set[asyncio.Task[None]] = set()
        self.serving: dict[str, asyncio.Task[None]] = {}
        self.wake = asyncio.Event()
        self.trouble = 0

    async def run(self) -> None:
        """Looks for work whenever something was committed here, and once in a second."""
        loop = asyncio.get_running_loop()

        def committed() -> None:
            if not self.wake.is_set():
                loop.call_soon_threadsafe(self.wake.set)

        forget = self.store.on_commit(committed)
        watch = asyncio.create_task(self._watch_stop())
        try:
            await self._prepared()
            while not self.stop.is_set():
                await self._rest(await outcome(self._look()))
        finally:
            forget()
            watch.cancel()
            await self._end()

    async def _prepared(self) -> None:
        while error := await outcome(self.store.write(self.registry.prepare)):
            await self._rest(error)
            if self.stop.is_set():
                return

    async def _watch_stop(self) -> None:
        await self.stop.wait()
        self.wake.set()

    async def _rest(self, error: BaseException | None) -> None:
        if error is None and self.trouble:
            log.info("the work goes on")
        if error is not None and not self.trouble:
            log.error("the work has to wait: %s", described(error))
        self.trouble = self.trouble + 1 if error else 0
        pause = min(POLL_SECONDS * 2 ** min(self.trouble, 10), TROUBLE_LONGEST_SECONDS)
        try:
            async with asyncio.timeout(pause if error else POLL_SECONDS):
                await self.wake.wait()
        except TimeoutError:
            return
        self.wake.clear()
        if not self.stop.is_set():
            await asyncio.sleep(BREATH_SECONDS)

    async def _look(self) -> None:
        if await self.store.read(_schedule_due):
            for name in await self.store.write(jobs.run_schedules, next_moment):
                log.info("schedule %s: the time has come", name)
        free = self.at_once - len(self.running)
        kinds = list(self.registry.handlers)
        if free > 0 and kinds and await self.store.read(jobs.is_due, kinds):
            for job in await self.store.write(jobs.claim, self.name, kinds, LEASE, free):
                self._spawn(self._work(job), self.running)
        await self._serve()

    async def _serve(self) -> None:
        names = [name for name in self.registry.subscriptions if name not in self.serving]
        for name in await self.store.read(subscriptions.behind, names) if names else []:
            hear = self.registry.subscriptions[name].hear
            task = asyncio.create_task(serve_subscriber(self.platform, self.name, name, hear))
            self.serving[name] = task
            task.add_done_callback(partial(self._served, name))

    def _served(self, name: str, task: asyncio.Task[None]) -> None:
        del self.serving[name]
        logged(task, f"subscriber {name}")
        self.wake.set()

    def _spawn(self, work: Coroutine[Any, Any, None], group: set[asyncio.Task[None]]) -> None:
        def ended(task: asyncio.Task[None]) -> None:
            group.discard(task)
            logged(task, "a job could not be noted")
            self.wake.set()

        task = asyncio.create_task(work)
        group.add(task)
        task.add_done_callback(ended)

    async def _work(self, job: Job) -> None:
        """Does one job under its lease and notes how it ended."""
        work = asyncio.create_task(self._handle(job))
        beat = asyncio.create_task(self._keep_lease(job))
        try:
            await asyncio.wait({work, beat}, return_when=asyncio.FIRST_COMPLETED)
            interrupted = not work.done()
        except asyncio.CancelledError:
            await _cancelled(work, beat)
            await self.store.write(jobs.release, job)
            raise
        await _cancelled(work, beat)
        if interrupted or work.cancelled():
            log.warning("job %d (%s) lost its lease", job.id, job.trouble_name)
        else:
            await self._note(job, work.exception())

    async def _handle(self, job: Job) -> None:
        await self.registry.handlers[job.kind](self.platform, job.arguments)

    async def _keep_lease(self, job: Job) -> None:
        """The heartbeat; ends when somebody else has the job."""
        while True:
            await asyncio.sleep(LEASE / SECOND / 3)
            if not await self.store.write(jobs.extend, job, LEASE):
                return

    async def _note(self, job: Job, error: BaseException | None) -> None:
        name = job.trouble_name
        if error is None:
            since = await self.store.write(_done, job)
            if since is not None:
                log.info("%s works again after %d s", name, (now() - since) // SECOND)
            return
        rest = backoff(job.tries)
        state, new = await self.store.write(_failed, job, described(error), rest)
        if new:
            log.error("%s fails: %s", name, described(error), exc_info=error)
        if state == "dead":
            log.error("%s is given up after %d tries (job %d)", name, job.tries, job.id)

    async def _end(self) -> None:
        """Lets running jobs finish for a moment, then gives them back."""
        for task in list(self.serving.values()):
            task.cancel()
        left = self.running | set(self.serving.values())
        if not left:
            return
        _, late = await asyncio.wait(left, timeout=GRACEFUL_SECONDS)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late, timeout=CANCEL_SECONDS)


def _schedule_due(db: Connection) -> bool:
    at = now()
    return any(next_moment(schedule, at) is not None for schedule in jobs.schedules(db))


def _done(db: Connection, job: Job) -> int | None:
    jobs.finish(db, job)
    return jobs.recovered(db, job.trouble_name)


def _failed(db: Connection, job: Job, error: str, rest: int) -> tuple[str | None, bool]:
    state = jobs.fail(db, job, error, rest)
    return state, jobs.trouble(db, job.trouble_name, error)


async def _cancelled(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks, timeout=CANCEL_SECONDS)
