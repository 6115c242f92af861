# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Registering, observing, reading and following, on both engines."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest
from msgspec.structs import replace
from tests.support.platforms import run_scenario, settings_for
from tests.support.sensing import START, STEP, at, stream, thing

from allmende.core import backup, sensing
from allmende.core.maintenance import check
from allmende.core.platform import Platform
from allmende.core.sensing import keeping
from allmende.core.settings import Settings
from allmende.errors import Conflict, InvalidRecord, LimitExceeded, NotAllowed, NotFound
from allmende.model.sensing.calendar import HOUR, SECOND
from allmende.model.sensing.observation import Flag, Observation
from allmende.model.sensing.specs import CATEGORY, COUNT, TRUTH
from allmende.policy import ANONYMOUS, SYSTEM, Role, Scope, Subject
from allmende.store import Connection, now

STRANGER = Subject(kind="user", id="u", roles={"gera": frozenset({Role.STEWARD})})
READER = Subject(kind="user", id="r", roles={"jena": frozenset({Role.READER})})
GAUGE = Subject(
    kind="token",
    id="t",
    roles={"jena": frozenset({Role.CONTRIBUTOR})},
    scopes=frozenset({Scope.SENSORS_WRITE}),
)


def tables(db: Connection) -> dict[str, int]:
    names = ("thing", "location", "history", "sensor", "property", "feature", "datastream")
    return {name: db.value(f"select count(*) from sense_{name}") for name in names}


def test_keys_make_nothing_twice(engine: str, tmp_path: Path) -> None:
    async def scenario(platform: Platform) -> None:
        first = await sensing.register(platform, SYSTEM, thing())
        once = await platform.store.read(tables)
        assert set(once.values()) == {1}
        again = await sensing.register(platform, SYSTEM, thing())
        assert (again.thing, again.streams, again.changed) == (first.thing, first.streams, False)
        assert await platform.store.read(tables) == once
        moved = await sensing.register(platform, SYSTEM, thing(place=at(11.6, 50.9)))
        assert moved.changed
        assert (await platform.store.read(tables))["history"] == 2
        more = await sensing.register(platform, SYSTEM, thing("one", stream(), stream("soil")))
        assert more.streams["air"] == first.streams["air"]
        with pytest.raises(NotAllowed):
            await sensing.register(platform, STRANGER, thing())

    run_scenario(settings_for(engine, tmp_path), scenario)


def test_what_was_observed_can_be_read(engine: str, tmp_path: Path) -> None:
    async def scenario(platform: Platform) -> None:
        made = await sensing.register(platform, SYSTEM, thing())
        air = made.streams["air"]
        given = [
            Observation(datastream=air, time=START + at * STEP, result=at / 2) for at in range(300)
        ]
        outcomes = await sensing.observe(platform, GAUGE, given)
        assert {each.status for each in outcomes} == {"created"}
        await keeping.pack_settled(platform, START + 280 * STEP)
        newest = await sensing.series(platform, ANONYMOUS, air, descending=True, limit=2, skip=1)
        assert [each.result for each in newest] == [149.0, 148.5]
        one = await sensing.observation(platform, ANONYMOUS, outcomes[7].id)
        assert (one.time, one.result, one.id) == (START + 7 * STEP, 3.5, outcomes[7].id)
        state = (await sensing.latest(platform, ANONYMOUS))[air]
        assert state.n == 300
        assert state.observation is not None
        assert state.observation.result == 149.5
        days = await sensing.buckets(platform, ANONYMOUS, air, "day")
        assert sum(each.n for each in days) == 300
        assert [each.n for each in await sensing.buckets(platform, ANONYMOUS, air, "month")] == [
            300
        ]
        hours = await sensing.buckets(
            platform, ANONYMOUS, air, "hour", START + HOUR, START + 3 * HOUR
        )
        assert [each.n for each in hours] == [4, 4, 4]
        halves = await sensing.buckets(platform, ANONYMOUS, air, 1800, START, START + 2 * HOUR)
        assert [each.n for each in halves] == [1, 2, 2, 2, 2]
        assert await check(platform) == []

    run_scenario(settings_for(engine, tmp_path), scenario)


def test_closed_streams_are_as_if_absent(engine: str, tmp_path: Path) -> None:
    async def scenario(platform: Platform) -> None:
        spec = thing("one", stream("inside", access="internal"), stream("outside"))
        made = await sensing.register(platform, SYSTEM, spec)
        inside, outside = made.streams["inside"], made.streams["outside"]
        given = [Observation(datastream=each, time=START, result=1.0) for each in (inside, outside)]
        stored = await sensing.observe(platform, SYSTEM, given)
        assert await sensing.visible_streams(platform, ANONYMOUS) == [outside]
        assert await sensing.visible_streams(platform, READER) == [inside, outside]
        assert list(await sensing.latest(platform, ANONYMOUS)) == [outside]
        for call in (
            sensing.series(platform, ANONYMOUS, inside),
            sensing.buckets(platform, ANONYMOUS, inside, "day"),
            sensing.observation(platform, ANONYMOUS, stored[0].id),
            sensing.observation(platform, STRANGER, stored[0].id),
            sensing.observe(platform, STRANGER, given[:1]),
            sensing.change(platform, STRANGER, stored[0].id, {"result": 2.0}),
            sensing.remove(platform, STRANGER, [stored[0].id]),
        ):
            with pytest.raises(NotFound):
                await call
        for denied in (
            sensing.observe(platform, READER, given),
            sensing.observe(platform, STRANGER, given[1:]),
            sensing.change(platform, STRANGER, stored[1].id, {"result": 2.0}),
            sensing.remove(platform, ANONYMOUS, [stored[1].id]),
        ):
            with pytest.raises(NotAllowed):
                await denied
        assert (await sensing.observation(platform, READER, stored[0].id)).result == 1.0

    run_scenario(settings_for(engine, tmp_path), scenario)


def test_what_belongs_to_a_thing_closes_with_it(engine: str, tmp_path: Path) -> None:
    def open_ones(db: Connection) -> dict[str, int]:
        names = ("thing", "location", "history", "feature", "datastream")
        return {
            name: db.value(f"select count(*) from sense_{name} where metadata_access = 'open'")
            for name in names
        }

    async def scenario(platform: Platform) -> None:
        both = (stream("air"), stream("soil"))
        await sensing.register(platform, SYSTEM, thing("one", *both))
        await sensing.register(platform, SYSTEM, thing("one", *both, place=at(11.6, 50.9)))
        assert min((await platform.store.read(open_ones)).values()) >= 1
        closed = thing("one", stream("air"), place=at(11.6, 50.9), access="internal")
        await sensing.register(platform, SYSTEM, closed)
        assert set((await platform.store.read(open_ones)).values()) == {0}
        with pytest.raises(Conflict):
            await sensing.register(platform, SYSTEM, thing("one", organisation="gera"))

    run_scenario(settings_for(engine, tmp_path), scenario)


def test_good_ones_are_kept_and_bad_ones_say_why(engine: str, tmp_path: Path) -> None:
    async def scenario(platform: Platform) -> None:
        spec = thing(
            "one", stream("m"), stream("c", kind=COUNT), stream("t", kind=TRUTH),
            stream("k", kind=CATEGORY),
        )  # fmt: skip
        made = (await sensing.register(platform, SYSTEM, spec)).streams
        good = {"m": 1.5, "c": 3, "t": True, "k": "wet"}
        bad = {"m": "24.59", "c": 1.5, "t": 1, "k": 7}
        given = [
            Observation(datastream=made[key], time=START, result=result)
            for found in (good, bad)
            for key, result in found.items()
        ]
        given.append(Observation(datastream=made["m"], time=START, result=float("inf")))
        given.append(Observation(datastream=made["m"], time=-(10**17), result=1.0))
        given.append(Observation(datastream=made["m"], time=START, end=START - 1, result=1.0))
        given.append(
            Observation(datastream=made["m"], time=START, result=1.0, quality="x" * 70_000)
        )
        outcomes = await sensing.observe(platform, SYSTEM, given)
        assert [each.status for each in outcomes] == ["created"] * 4 + ["refused"] * 8
        assert all(each.problem and set(each.problem) == {"en", "de"} for each in outcomes[4:])
        with pytest.raises(InvalidRecord):
            await sensing.observe(platform, SYSTEM, given, together=True)
        assert (await sensing.latest(platform, SYSTEM))[made["m"]].n == 1
        future = Observation(datastream=made["m"], time=now() + 48 * HOUR, result=1.0)
        (outcome,) = await sensing.observe(platform, SYSTEM, [future])
        kept = await sensing.observation(platform, SYSTEM, outcome.id)
        assert (kept.flag, kept.rule) == (Flag.SUSPECT, "future")
        with pytest.raises(LimitExceeded):
            await sensing.observe(platform, SYSTEM, [future] * 20_001)
        with pytest.raises(NotFound):
            await sensing.observe(platform, SYSTEM, [replace(future, datastream=99)])

    run_scenario(settings_for(engine, tmp_path), scenario)


def test_followers_hear_what_they_may_see(engine: str, tmp_path: Path) -> None:
    async def scenario(platform: Platform) -> None:
        spec = thing("one", stream("inside", access="internal"), stream("outside"))
        made = await sensing.register(platform, SYSTEM, spec)
        heard: list[tuple[str, object]] = []
        ready = anyio.Event()

        async def listen() -> None:
            async for happened in sensing.follow(platform, ANONYMOUS, after=0):
                heard.extend(
                    (each.action, each.observation and each.observation.result) for each in happened
                )
                ready.set()
                if len(heard) == 4:
                    return

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(listen)
            await ready.wait()
            for result in (1.0, 2.0):
                given = [
                    Observation(datastream=each, time=START + int(result), result=result)
                    for each in made.streams.values()
                ]
                stored = await sensing.observe(platform, SYSTEM, given)
            while len(heard) < 2:
                await anyio.sleep(0.01)
            await sensing.change(platform, SYSTEM, stored[1].id, {"result": 5.0})
            while len(heard) < 3:
                await anyio.sleep(0.01)
            await sensing.remove(platform, SYSTEM, [stored[1].id])
        assert heard == [
            ("created", 1.0), ("created", 2.0), ("changed", 5.0), ("deleted", None),
        ]  # fmt: skip

    run_scenario(settings_for(engine, tmp_path), scenario)


def test_observations_are_in_a_backup(engine: str, tmp_path: Path) -> None:
    async def fill(platform: Platform) -> None:
        made = await sensing.register(platform, SYSTEM, thing())
        given = [
            Observation(datastream=made.streams["air"], time=START + at * STEP, result=float(at))
            for at in range(300)
        ]
        await sensing.observe(platform, SYSTEM, given)
        await keeping.pack_settled(platform, START + 290 * STEP)
        await backup.backup(platform, tmp_path / "b.tar.gz")

    async def look(platform: Platform) -> None:
        found = await sensing.series(platform, ANONYMOUS, 1)
        assert [each.result for each in found] == [float(at) for at in range(300)]
        given = Observation(datastream=1, time=START + 1000 * SECOND, result=-1.0)
        (outcome,) = await sensing.observe(platform, SYSTEM, [given])
        assert outcome.id & 0xFFFFFFFF == 301
        assert await check(platform) == []

    run_scenario(settings_for(engine, tmp_path / "a"), fill)
    other = Settings(data=tmp_path / "restored")
    anyio.run(backup.restore, other, tmp_path / "b.tar.gz")
    run_scenario(other, look)


def test_figures_can_be_counted_anew(engine: str, tmp_path: Path) -> None:
    async def scenario(platform: Platform) -> None:
        made = await sensing.register(platform, SYSTEM, thing())
        air = made.streams["air"]
        given = [
            Observation(datastream=air, time=START + at * STEP, result=1.0) for at in range(90)
        ]
        await sensing.observe(platform, SYSTEM, given)
        before = await sensing.buckets(platform, SYSTEM, air, "day")
        await platform.store.write(lambda db: db.run("delete from obs.rollup"))
        assert await sensing.buckets(platform, SYSTEM, air, "day") == []
        for rebuild in platform.rebuilds:
            await rebuild(lambda *_: None)
        assert await sensing.buckets(platform, SYSTEM, air, "day") == before

    run_scenario(settings_for(engine, tmp_path), scenario)
