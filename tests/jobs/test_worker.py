# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Workers: nothing twice at once, nothing lost, faults told once, on both engines."""

import asyncio
import logging
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any

import pytest
from tests.jobs.conftest import until, workers

from allmende.core import jobs as core_jobs
from allmende.core import work, worker
from allmende.core.jobs import Registry, enqueue
from allmende.core.platform import Platform
from allmende.errors import Busy, Conflict, NotFound
from allmende.policy import SYSTEM
from allmende.store import jobs

Arguments = Mapping[str, Any]


async def all_ended(platform: Platform) -> bool:
    counts = await platform.store.read(jobs.counts)
    return not {"waiting", "running"} & counts.keys()


def test_four_workers_do_every_job_once(run, eager) -> None:
    async def scenario(platform: Platform) -> None:
        ran: Counter[int] = Counter()
        inside: set[int] = set()

        async def handler(_platform: Platform, arguments: Arguments) -> None:
            number = arguments["n"]
            assert number not in inside
            inside.add(number)
            await asyncio.sleep(0)
            inside.discard(number)
            ran[number] += 1

        registry = Registry()
        registry.handle("count", handler)
        for number in range(40):
            await enqueue(platform, "count", {"n": number})
        async with AsyncExitStack() as stack:
            others = [
                await stack.enter_async_context(Platform.open(platform.settings)) for _ in range(3)
            ]
            async with workers([platform, *others], registry):
                await until(lambda: all_ended(platform))
        assert ran == Counter(range(40))
        assert await platform.store.read(jobs.counts) == {"done": 40}

    run(scenario)


CRASHING = """
import asyncio, os, pathlib, sys
from allmende.core.jobs import Registry
from allmende.core.platform import Platform
from allmende.core.settings import Settings
from allmende.core.worker import run_worker

async def die(platform, arguments):
    os._exit(9)

async def main():
    registry = Registry()
    registry.handle("deadly", die)
    settings = Settings(data=pathlib.Path(sys.argv[1]), database=sys.argv[2])
    async with Platform.open(settings) as platform:
        await run_worker(platform, registry, asyncio.Event())

asyncio.run(main())
"""


def test_a_job_survives_the_death_of_its_process(run, clock, eager) -> None:
    async def scenario(platform: Platform) -> None:
        ident = await enqueue(platform, "deadly")
        place = (str(platform.settings.data), platform.settings.database)
        command = [sys.executable, "-c", CRASHING, *place]
        died = await asyncio.to_thread(subprocess.run, command, timeout=60, check=False)
        assert died.returncode == 9
        left = await platform.store.read(jobs.job, ident)
        assert (left.state, left.tries) == ("running", 1)

        done = asyncio.Event()

        async def survive(_platform: Platform, _arguments: Arguments) -> None:
            done.set()

        registry = Registry()
        registry.handle("deadly", survive)
        async with workers([platform], registry):
            clock.turn(minutes=10)
            await done.wait()
            await until(lambda: all_ended(platform))
        left = await platform.store.read(jobs.job, ident)
        assert (left.state, left.tries) == ("done", 2)

    run(scenario)


def test_a_fault_is_told_once_and_its_end_once(run, eager, caplog) -> None:
    caplog.set_level(logging.INFO, "allmende.jobs")

    async def scenario(platform: Platform) -> None:
        tries: Counter[str] = Counter()

        async def handler(_platform: Platform, arguments: Arguments) -> None:
            name = arguments["name"]
            tries[name] += 1
            if name == "hopeless" or tries[name] < 4:
                raise LookupError("the well is dry")

        registry = Registry()
        registry.handle("draw", handler)
        await enqueue(platform, "draw", {"name": "slow"}, key="slow")
        await enqueue(platform, "draw", {"name": "hopeless"}, key="hopeless", most_tries=2)
        async with workers([platform], registry):
            await until(lambda: all_ended(platform))
        assert tries == {"slow": 4, "hopeless": 2}

    run(scenario)
    told = sorted(record.getMessage().split(" after")[0] for record in caplog.records)
    assert told == [
        "hopeless fails: LookupError: the well is dry",
        "hopeless is given up",
        "slow fails: LookupError: the well is dry",
        "slow works again",
    ]


def test_a_dead_job_can_be_revived_by_an_administrator(run, eager) -> None:
    async def scenario(platform: Platform) -> None:
        broken = True

        async def handler(_platform: Platform, _arguments: Arguments) -> None:
            if broken:
                raise Busy("full")

        registry = Registry()
        registry.handle("x", handler)
        ident = await enqueue(platform, "x", most_tries=1)
        async with workers([platform], registry):
            await until(lambda: all_ended(platform))
            (dead,) = await core_jobs.jobs_of(platform, SYSTEM, state="dead")
            assert (dead.id, dead.last_error) == (ident, "full")
            broken = False
            await core_jobs.revive(platform, SYSTEM, ident)
            await until(lambda: all_ended(platform))
        (done,) = await core_jobs.jobs_of(platform, SYSTEM)
        assert (done.state, done.last_error) == ("done", None)
        with pytest.raises(Conflict):
            await core_jobs.revive(platform, SYSTEM, ident)
        with pytest.raises(NotFound):
            await core_jobs.revive(platform, SYSTEM, ident + 1)

    run(scenario)


def test_stopping_gives_unfinished_jobs_back(run, eager, monkeypatch) -> None:
    monkeypatch.setattr(worker, "GRACEFUL_SECONDS", 0.01)

    async def scenario(platform: Platform) -> None:
        begun, ended = asyncio.Event(), asyncio.Event()

        async def endless(_platform: Platform, _arguments: Arguments) -> None:
            begun.set()
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()

        registry = Registry()
        registry.handle("endless", endless)
        ident = await enqueue(platform, "endless")
        async with workers([platform], registry):
            await begun.wait()
        assert ended.is_set()
        left = await platform.store.read(jobs.job, ident)
        assert (left.state, left.tries, left.worker) == ("waiting", 0, None)

    run(scenario)


def test_stopping_lets_short_jobs_finish(run, eager) -> None:
    async def scenario(platform: Platform) -> None:
        begun, may_end = asyncio.Event(), asyncio.Event()

        async def short(_platform: Platform, _arguments: Arguments) -> None:
            begun.set()
            await may_end.wait()

        registry = Registry()
        registry.handle("short", short)
        ident = await enqueue(platform, "short")
        async with workers([platform], registry):
            await begun.wait()
            asyncio.get_running_loop().call_later(0.05, may_end.set)
        assert (await platform.store.read(jobs.job, ident)).state == "done"

    run(scenario)


def test_who_loses_the_lease_stops(run, eager, monkeypatch, caplog) -> None:
    monkeypatch.setattr(worker, "LEASE", 30_000)
    monkeypatch.setattr(worker, "POLL_SECONDS", 60.0)

    async def scenario(platform: Platform) -> None:
        stopped = asyncio.Event()

        async def endless(_platform: Platform, _arguments: Arguments) -> None:
            await platform.store.write(
                lambda db: db.run("update job set worker = 'thief', lease_until = 1 << 60")
            )
            try:
                await asyncio.Event().wait()
            finally:
                stopped.set()

        registry = Registry()
        registry.handle("endless", endless)
        ident = await enqueue(platform, "endless")
        async with workers([platform], registry):
            await stopped.wait()
        left = await platform.store.read(jobs.job, ident)
        assert (left.state, left.worker) == ("running", "thief")

    caplog.set_level(logging.WARNING, "allmende.jobs")
    run(scenario)
    assert "lost its lease" in caplog.text


def test_a_database_that_fails_for_a_while_does_not_end_the_worker(
    run, eager, monkeypatch, caplog
) -> None:
    caplog.set_level(logging.INFO, "allmende.jobs")
    answers = iter([Busy("moving"), Busy("moving")])
    inner = jobs.is_due

    def is_due(db, kinds) -> bool:
        error = next(answers, None)
        if error is not None:
            raise error
        return inner(db, kinds)

    monkeypatch.setattr(jobs, "is_due", is_due)

    async def scenario(platform: Platform) -> None:
        done = asyncio.Event()

        async def handler(_platform: Platform, _arguments: Arguments) -> None:
            done.set()

        registry = Registry()
        registry.handle("x", handler)
        await enqueue(platform, "x")
        async with workers([platform], registry):
            await done.wait()
            await until(lambda: all_ended(platform))

    run(scenario)
    told = [record.getMessage() for record in caplog.records]
    assert told == ["the work has to wait: moving", "the work goes on"]


def test_the_rest_after_a_failure_doubles_up_to_six_hours() -> None:
    rests = [worker.backoff(tries) / 1_000_000 for tries in range(1, 60)]
    for tries, rest in enumerate(rests[:9]):
        assert 0.8 * 30 * 2**tries <= rest <= 1.2 * 30 * 2**tries
    assert all(0.8 * 6 * 3600 <= rest <= 1.2 * 6 * 3600 for rest in rests[10:])


def test_the_program_does_its_own_work(run, clock, eager) -> None:
    async def kinds(platform: Platform) -> set[str]:
        done = await core_jobs.jobs_of(platform, SYSTEM, state="done")
        return {job.kind for job in done}

    async def scenario(platform: Platform) -> None:
        async with work.working(platform):
            await until(lambda: _has_schedules(platform))
            clock.turn(days=1, hours=1)

            async def both() -> bool:
                return {"harvest-due", "housekeeping", "observations"} <= await kinds(platform)

            await until(both)

    run(scenario)


async def _has_schedules(platform: Platform) -> bool:
    return len(await core_jobs.schedules(platform, SYSTEM)) == len(work.registry().planned)


def test_a_name_is_given_once() -> None:
    registry = work.registry()
    with pytest.raises(ValueError, match="handler"):
        registry.handle("housekeeping", work.housekeeping)
