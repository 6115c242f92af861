# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Observations of many clients share a transaction and are judged alone."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tests.support.platforms import run_scenario, settings_for
from tests.support.sensing import START, stream, thing

from allmende.core import sensing
from allmende.core.platform import Platform
from allmende.core.sensing import gathering
from allmende.core.sensing.gathering import observe_one
from allmende.errors import Busy, InvalidInput, NotAllowed, NotAuthenticated, NotFound
from allmende.model.sensing.observation import Observation
from allmende.policy import ANONYMOUS, SYSTEM, Role, Subject
from allmende.store import now

STRANGER = Subject(kind="user", id="u", roles={"gera": frozenset({Role.STEWARD})})


def one(datastream: int, at: int, result: object = 1.0) -> Observation:
    return Observation(datastream=datastream, time=START + at, result=result)


def test_what_is_wrong_with_one_does_not_touch_the_others(engine: str, tmp_path: Path) -> None:
    async def scenario(platform: Platform) -> None:
        spec = thing("one", stream("inside", access="internal"), stream("outside"))
        made = (await sensing.register(platform, SYSTEM, spec)).streams
        inside, outside = made["inside"], made["outside"]
        done = await asyncio.gather(
            *(observe_one(platform, SYSTEM, one(outside, at)) for at in range(50)),
            observe_one(platform, SYSTEM, one(outside, 60, "24.59")),
            observe_one(platform, SYSTEM, one(outside, 61, "wet")),
            observe_one(platform, SYSTEM, one(99, 62)),
            observe_one(platform, STRANGER, one(outside, 63)),
            observe_one(platform, STRANGER, one(inside, 64)),
            observe_one(platform, ANONYMOUS, one(outside, 65)),
            return_exceptions=True,
        )
        ids = [each for each in done if isinstance(each, int)]
        assert len(set(ids)) == 51
        wrong = [type(each) for each in done[51:]]
        assert wrong == [InvalidInput, NotFound, NotAllowed, NotFound, NotAuthenticated]
        assert (await sensing.latest(platform, SYSTEM))[outside].n == 51
        assert (await sensing.observation(platform, SYSTEM, ids[-1])).result == 24.59
        timeless = await observe_one(platform, SYSTEM, one(outside, 0), timed=False)
        found = await sensing.observation(platform, SYSTEM, timeless)
        assert abs(found.time - now()) < 60_000_000

    run_scenario(settings_for(engine, tmp_path), scenario)


def test_too_many_are_told_to_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "MOST_WAITING", 3)

    async def scenario(platform: Platform) -> None:
        made = (await sensing.register(platform, SYSTEM, thing())).streams
        done = await asyncio.gather(
            *(observe_one(platform, SYSTEM, one(made["air"], at)) for at in range(10)),
            return_exceptions=True,
        )
        assert sum(isinstance(each, Busy) for each in done) == 7
        assert sum(isinstance(each, int) for each in done) == 3

    run_scenario(settings_for(str(tmp_path), tmp_path), scenario)


def test_who_goes_away_does_not_stop_the_others(tmp_path: Path) -> None:
    async def scenario(platform: Platform) -> None:
        made = (await sensing.register(platform, SYSTEM, thing())).streams
        tasks = [
            asyncio.create_task(observe_one(platform, SYSTEM, one(made["air"], at)))
            for at in range(20)
        ]
        await asyncio.sleep(0)
        for each in tasks[::2]:
            each.cancel()
        done = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(each, int) for each in done[1::2])
        assert (await sensing.latest(platform, SYSTEM))[made["air"]].n >= 10

    run_scenario(settings_for(str(tmp_path), tmp_path), scenario)
