# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Rules of retention are followed to the letter, on both engines, and nothing else is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from tests.support.platforms import run_scenario, settings_for
from tests.support.sensing import stream, thing

from allmende.core import sensing
from allmende.core.maintenance import check
from allmende.core.platform import Platform
from allmende.core.sensing import archiving, keeping, retaining
from allmende.errors import (
    Conflict,
    InvalidRecord,
    NotAllowed,
    NotAuthenticated,
    NotFound,
)
from allmende.model.sensing import calendar
from allmende.model.sensing.calendar import DAY, HOUR
from allmende.model.sensing.observation import Bucket, Flag, Observation
from allmende.model.sensing.retention import Figures, Policy
from allmende.policy import ANONYMOUS, SYSTEM, Role, Subject
from allmende.store.sensing import upkeep

ROOT = Path(__file__).parents[3]
ZONE = "Europe/Berlin"
BEGIN = calendar.month_start(202401)
STEP = HOUR // 4
NOW = calendar.month_start(202404) + 10 * DAY
TITLE = {"de": "Luft", "en": "Air"}
STEWARD = Subject(kind="user", id="s", roles={"jena": frozenset({Role.STEWARD})})
GERA = Subject(kind="user", id="g", roles={"gera": frozenset({Role.STEWARD})})


def policy(**more: Any) -> Policy:
    more.setdefault("id", "air")
    more.setdefault("title", TITLE)
    return Policy(**more)


def value(at: int) -> float:
    return (at * 7 % 90) / 4


async def filled(platform: Platform, *specs: Any, until: int = NOW) -> dict[str, int]:
    """A thing with streams of a value every quarter of an hour from January 2024."""
    made = await sensing.register(platform, SYSTEM, thing("one", *(specs or (stream(),))))
    for ident in made.streams.values():
        given = [
            Observation(
                datastream=ident,
                time=time,
                result=value(at),
                flag=Flag.BAD if at % 50 == 7 else Flag.UNCHECKED,
            )
            for at, time in enumerate(range(BEGIN, until, STEP))
        ]
        await sensing.observe(platform, SYSTEM, given)
    await keeping.pack_settled(platform, until - 2 * DAY)
    return made.streams


def rounded(found: list[Bucket]) -> list[Bucket]:
    return [replace(each, sum=None if each.sum is None else round(each.sum, 6)) for each in found]


async def figures(platform: Platform, ident: int, grain: Any) -> list[Bucket]:
    return rounded(await sensing.buckets(platform, ANONYMOUS, ident, grain))


def test_single_values_go_and_figures_stay(engine: str, tmp_path: Path) -> None:
    async def scenario(platform: Platform) -> None:
        air = (await filled(platform))["air"]
        before = {each: await figures(platform, air, each) for each in ("hour", "day", "month")}
        kept = policy(days=30, then="delete", figures=(Figures("hour"), Figures("day")))
        assert await retaining.save(platform, SYSTEM, kept, "less is more") == 1
        cut = calendar.day_of(NOW - 30 * DAY, ZONE)
        done = await archiving.run(platform, moment=NOW)
        assert done.deleted == (cut - BEGIN) // STEP
        rest = await sensing.series(platform, ANONYMOUS, air)
        assert rest[0].time == cut
        assert len(rest) == (NOW - cut) // STEP
        for grain, wanted in before.items():
            assert await figures(platform, air, grain) == wanted
        state = (await sensing.latest(platform, ANONYMOUS))[air]
        assert (state.n, state.first_time) == (len(rest), cut)
        (late,) = await sensing.observe(
            platform, SYSTEM, [Observation(datastream=air, time=BEGIN, result=1.0)]
        )
        assert late.status == "refused"
        with pytest.raises(Conflict):
            await sensing.change(platform, SYSTEM, rest[0].id, {"time": BEGIN})
        assert (await archiving.run(platform, moment=NOW)).deleted == 0
        logged = await retaining.log(platform, ANONYMOUS)
        assert sum(each.n for each in logged) == done.deleted
        assert {(each.action, each.policy, each.version) for each in logged} == {
            ("deleted", "air", 1)
        }
        assert await check(platform) == []

    run_scenario(settings_for(engine, tmp_path), scenario)


def test_the_archive_goes_on_where_the_store_ends(engine: str, tmp_path: Path) -> None:
    async def scenario(platform: Platform) -> None:
        found = await filled(platform, stream("air"), stream("soil"))
        air = found["air"]
        before = await sensing.series(platform, ANONYMOUS, air)
        asked = {each: await figures(platform, air, each) for each in (900, "hour", "day", "month")}
        part = (BEGIN + 20 * DAY, BEGIN + 45 * DAY)
        months = await sensing.series(platform, ANONYMOUS, air, *part, descending=True, limit=9)
        await retaining.save(platform, SYSTEM, policy(days=40), "old ones go")
        done = await archiving.run(platform, moment=NOW)
        assert (done.archived, done.files) == (2 * 60 * 96, 2)  # January and February
        assert await sensing.series(platform, ANONYMOUS, air) == before
        for grain, wanted in asked.items():
            assert await figures(platform, air, grain) == wanted
        again = await sensing.series(platform, ANONYMOUS, air, *part, descending=True, limit=9)
        assert again == months
        first = await sensing.series(platform, ANONYMOUS, air, limit=5, skip=2)
        assert first == before[2:7]
        one = await sensing.observation(platform, ANONYMOUS, before[100].id)
        assert one == before[100]
        state = (await sensing.latest(platform, ANONYMOUS))[air]
        assert (state.n, state.first_time) == (len(before), BEGIN)
        with pytest.raises(Conflict):
            await sensing.change(platform, SYSTEM, before[0].id, {"result": 2.0})
        with pytest.raises(Conflict):
            await sensing.remove(platform, SYSTEM, [before[0].id])
        zone = platform.settings.timezone
        await platform.store.write(upkeep.recount, air, zone)
        for grain, wanted in asked.items():
            assert await figures(platform, air, grain) == wanted
        assert await check(platform) == []

    run_scenario(settings_for(engine, tmp_path), scenario)


def test_days_become_months_when_their_time_is_over(engine: str, tmp_path: Path) -> None:
    async def scenario(platform: Platform) -> None:
        air = (await filled(platform))["air"]
        months = await figures(platform, air, "month")
        years = await figures(platform, air, "year")
        kept = (Figures("hour", 1), Figures("day", 1), Figures("month"))
        rule = policy(days=7, then="delete", figures=kept)
        await retaining.save(platform, SYSTEM, rule, "shorter and shorter")
        await archiving.run(platform, moment=NOW)
        assert len(await figures(platform, air, "day")) == 102  # local days
        done = await archiving.run(platform, moment=NOW + 366 * DAY)
        assert done.figures > 0
        assert await figures(platform, air, "hour") != []  # those of the last month
        assert (await figures(platform, air, "hour"))[0].start >= calendar.month_start(202404)
        assert await figures(platform, air, "month") == months
        assert await figures(platform, air, "year") == years

    run_scenario(settings_for(engine, tmp_path), scenario)


def test_traces_stay_hours_and_small_numbers_are_not_told(engine: str, tmp_path: Path) -> None:
    async def scenario(platform: Platform) -> None:
        spec = stream("trace", properties={"trace": True})
        made = await sensing.register(platform, SYSTEM, thing("one", spec))
        ident = made.streams["trace"]
        per_hour = {0: 9, 1: 2, 2: 6, 30: 7}
        given = [
            Observation(datastream=ident, time=BEGIN + hour * HOUR + at, result=1.0)
            for hour, n in per_hour.items()
            for at in range(n)
        ]
        await sensing.observe(platform, SYSTEM, given)
        done = await archiving.run(platform, hours_only=True, moment=BEGIN + 26 * HOUR)
        assert done.deleted == 11  # the first hour and the second
        done = await archiving.run(platform, hours_only=True, moment=BEGIN + 60 * HOUR)
        assert done.deleted == 13
        assert await sensing.series(platform, ANONYMOUS, ident) == []
        hours = await figures(platform, ident, "hour")
        assert [(each.start - BEGIN) // HOUR for each in hours] == [0, 2, 30]
        assert [each.n for each in await figures(platform, ident, "day")] == [15, 7]

    run_scenario(settings_for(engine, tmp_path), scenario)


def test_a_rule_cannot_keep_traces_longer(engine: str, tmp_path: Path) -> None:
    async def scenario(platform: Platform) -> None:
        spec = stream("trace", properties={"trace": True})
        made = await sensing.register(platform, SYSTEM, thing("one", spec))
        ident = made.streams["trace"]
        long = policy(datastream=ident, days=30, then="delete")
        with pytest.raises(InvalidRecord):
            await retaining.save(platform, SYSTEM, long, "curious")
        await retaining.save(platform, SYSTEM, policy(days=300), "everything")
        (told,) = await retaining.of_thing(platform, ANONYMOUS, made.thing)
        assert "24 Stunden" in told.sentence["de"]
        assert "fewer than 5" in told.sentence["en"]

    run_scenario(settings_for(engine, tmp_path), scenario)


def test_a_hold_keeps_everything(engine: str, tmp_path: Path) -> None:
    async def scenario(platform: Platform) -> None:
        found = await filled(platform, stream("air"), stream("soil"))
        await retaining.save(platform, SYSTEM, policy(days=7, then="delete"), "short")
        hold = policy(id="claim", datastream=found["soil"], hold=True, note={"de": "Rechtsstreit"})
        await retaining.save(platform, SYSTEM, hold, "court")
        done = await archiving.run(platform, moment=NOW)
        assert done.deleted > 0
        assert len(await sensing.series(platform, ANONYMOUS, found["soil"])) == len(
            range(BEGIN, NOW, STEP)
        )
        await retaining.withdraw(platform, SYSTEM, "claim", "settled")
        assert (await archiving.run(platform, moment=NOW)).deleted == done.deleted

    run_scenario(settings_for(engine, tmp_path), scenario)


def test_who_writes_rules(engine: str, tmp_path: Path) -> None:
    async def scenario(platform: Platform) -> None:
        await filled(platform)
        mine = policy(organisation="jena", days=30)
        assert await retaining.save(platform, STEWARD, mine, "ours") == 1
        assert await retaining.save(platform, STEWARD, mine, "again") == 1
        longer = policy(organisation="jena", days=60)
        assert await retaining.save(platform, STEWARD, longer, "longer") == 2
        for subject, rule, error in (
            (STEWARD, policy(id="all", days=30), NotAllowed),
            (GERA, mine, NotAllowed),
            (GERA, policy(organisation="gera", days=30), NotAllowed),  # takes jena's name
            (ANONYMOUS, mine, NotAuthenticated),
            (STEWARD, policy(organisation="jena", days=0), InvalidRecord),
            (STEWARD, policy(organisation="jena", days=3, hours=4), InvalidRecord),
        ):
            with pytest.raises(error):
                await retaining.save(platform, subject, rule, "mine")
        with pytest.raises(InvalidRecord):
            await retaining.save(platform, STEWARD, mine, "  ")
        versions = await retaining.versions(platform, STEWARD, "air")
        assert [(each.version, each.author, each.reason) for each in versions] == [
            (2, "s", "longer"),
            (1, "s", "ours"),
        ]
        assert {e.author for e in await retaining.versions(platform, ANONYMOUS, "air")} == {""}
        with pytest.raises(NotFound):
            await retaining.versions(platform, ANONYMOUS, "none")

    run_scenario(settings_for(engine, tmp_path), scenario)


def test_what_would_happen_is_said_before(engine: str, tmp_path: Path) -> None:
    async def scenario(platform: Platform) -> None:
        found = await filled(platform, stream("air"), stream("inside", access="restricted"))
        rule = policy(organisation="jena", days=30, then="delete")
        seen = await retaining.preview(platform, STEWARD, rule)
        assert seen.streams == 2
        assert {each.datastream for each in seen.due} == set(found.values())
        await retaining.save(platform, STEWARD, rule, "why not")
        due = await retaining.everything_due(platform, ANONYMOUS)
        assert [each.datastream for each in due] == [found["air"]]
        done = await archiving.run(platform)
        assert done.deleted == seen.n
        public = await retaining.log(platform, ANONYMOUS)
        whole = await retaining.log(platform, STEWARD)
        assert 2 * sum(each.n for each in public) == sum(each.n for each in whole)

    run_scenario(settings_for(engine, tmp_path), scenario)
