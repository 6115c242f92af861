# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What people have erased goes from the archive, is told without a name, and stays erased."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import anyio
import pytest
from tests.core.sensing.test_retention import BEGIN, DAY, NOW, STEP, policy, value
from tests.support.citizens import person, sensor
from tests.support.platforms import run_scenario, settings_for
from tests.support.sensing import thing

from allmende.core import backup, people, sensing
from allmende.core.maintenance import check
from allmende.core.platform import Platform
from allmende.core.sensing import archiving, citizens_ending, entities, erasing, keeping, retaining
from allmende.core.settings import Settings
from allmende.errors import InvalidInput
from allmende.model.sensing import calendar
from allmende.model.sensing.entities import Kind
from allmende.model.sensing.observation import Observation
from allmende.policy import ANONYMOUS, SYSTEM, Role, Subject
from allmende.store import jobs
from allmende.store.sensing import archive
from allmende.store.sensing import citizens as rows


async def measured(platform: Platform, stream: int) -> None:
    given = [
        Observation(datastream=stream, time=time, result=value(at))
        for at, time in enumerate(range(BEGIN, NOW, STEP))
    ]
    await sensing.observe(platform, SYSTEM, given)
    await keeping.pack_settled(platform, NOW - 2 * DAY)


async def work_off(platform: Platform) -> None:
    """Does the jobs about erasures that wait, also those that wait for their moment."""
    handlers = {erasing.JOB_KIND: erasing.job, erasing.SWEEP: erasing.sweep}
    done: set[int] = set()
    while True:
        waiting = [
            each
            for each in await platform.store.read(jobs.jobs, "waiting", None, 100)
            if each.kind in handlers and each.id not in done
        ]
        if not waiting:
            return
        for each in sorted(waiting, key=lambda job: job.id):
            await handlers[each.kind](platform, each.arguments)
            done.add(each.id)


def archived(platform: Platform) -> set[int]:
    """Datastreams of which the files of the archive hold anything, whatever the database says."""
    from pyarrow import parquet

    folder = platform.settings.data / "archive"
    return {
        stream
        for path in folder.iterdir()
        for stream in parquet.read_table(path, columns=["datastream"])[0].to_pylist()
    }


async def city(platform: Platform) -> dict[str, int]:
    """An official station and a citizen's thermometer, old months of both in the archive."""
    station = await sensing.register(platform, SYSTEM, thing())
    erika = await person(platform)
    made = (await sensor(platform, erika)).sensor
    assert made.thing is not None
    own = (await platform.store.read(_streams, made.thing))["temperature"]
    await measured(platform, station.streams["air"])
    await measured(platform, own)
    await retaining.save(platform, SYSTEM, policy(days=40), "old ones go")
    await archiving.run(platform, moment=NOW)
    assert archived(platform) == {station.streams["air"], own}
    return {
        "station": station.streams["air"], "own": own, "sensor": made.id, "thing": made.thing,
    }  # fmt: skip


def _streams(db: Any, thing_: int) -> dict[str, int]:
    return dict(db.rows("select key, id from sense_datastream where thing = :id", id=thing_))


def test_the_archive_is_written_anew_and_nobody_is_named(engine: str, tmp_path: Path) -> None:
    async def scenario(platform: Platform) -> None:
        ids = await city(platform)
        before = await sensing.series(platform, ANONYMOUS, ids["station"])
        files = {each.name for each in (platform.settings.data / "archive").iterdir()}
        found = await platform.store.read(rows.one, ids["sensor"])
        assert found is not None
        erika = citizen(found.account)
        await citizens_ending.end(platform, erika, ids["sensor"], erase=True)
        await erasing.job(platform, {"files": sorted(files)})
        assert archived(platform) == {ids["station"], ids["own"]}  # somebody may still read
        assert await platform.store.read(archive.size, ids["own"]) == (0, None)
        assert await sensing.series(platform, ANONYMOUS, ids["station"]) == before
        await work_off(platform)
        assert archived(platform) == {ids["station"]}
        assert files.isdisjoint(
            each.name for each in (platform.settings.data / "archive").iterdir()
        )
        assert await sensing.series(platform, ANONYMOUS, ids["station"]) == before
        assert await check(platform) == []
        (line,) = [
            each for each in await retaining.log(platform, ANONYMOUS) if each.action == "erased"
        ]
        assert (line.streams, line.n) == (1, len(range(BEGIN, NOW, STEP)))
        assert (line.first_time, line.until) == (BEGIN, calendar.month_start(202405))

    run_scenario(settings_for(engine, tmp_path), scenario)


def citizen(account: str) -> Subject:
    return Subject(kind="user", id=account, roles={"citizens": frozenset({Role.CITIZEN})})


def test_months_that_hold_nothing_else_disappear(engine: str, tmp_path: Path) -> None:
    async def scenario(platform: Platform) -> None:
        made = await sensing.register(platform, SYSTEM, thing())
        await measured(platform, made.streams["air"])
        await retaining.save(platform, SYSTEM, policy(days=40), "old ones go")
        await archiving.run(platform, moment=NOW)
        await entities.remove(platform, SYSTEM, Kind.THING, made.thing)
        await work_off(platform)
        assert archived(platform) == set()
        ledger = (platform.settings.data / erasing.LEDGER).read_text("utf-8")
        assert ledger == ""  # an official thing: who restores a backup may want it back

    run_scenario(settings_for(engine, tmp_path), scenario)


async def kept_and_ended(platform: Platform, ids: dict[str, int], target: Path) -> None:
    """A backup, and after it a sensor erased, one ended, an account deleted."""
    ids.update(await city(platform))
    other = await person(platform, "max@example.org")
    ids["ended"] = (await sensor(platform, other)).sensor.id
    third = await person(platform, "ada@example.org")
    ids["orphan"] = (await sensor(platform, third)).sensor.id
    await backup.backup(platform, target)
    found = await platform.store.read(rows.one, ids["sensor"])
    assert found is not None
    erika = citizen(found.account)
    await citizens_ending.end(platform, erika, ids["sensor"], erase=True)
    await citizens_ending.end(platform, other, ids["ended"], erase=False)
    await people.delete_account(platform, SYSTEM, third.id)
    await work_off(platform)
    said = (platform.settings.data / erasing.LEDGER).read_text("utf-8")
    assert said.count("\n") == 4  # the sensor and its thing, an end, an account
    for secret in (other.id, third.id, erika.id, "example.org", "Balkon"):
        assert secret not in said


async def nothing_came_back(platform: Platform, ids: dict[str, int]) -> None:
    known = await platform.store.read(rows.every)
    assert {each.id: each.status for each in known} == {
        ids["ended"]: "stopped", ids["orphan"]: "stopped",
    }  # fmt: skip
    assert all(each.exact is None for each in known)
    logins = {each.login for each in await people.accounts_of(platform, SYSTEM)}
    assert "ada@example.org" not in logins
    assert "max@example.org" in logins
    assert ids["own"] not in await sensing.latest(platform, SYSTEM, None)
    assert len(await sensing.series(platform, ANONYMOUS, ids["station"]))
    await work_off(platform)
    assert archived(platform) == {ids["station"]}
    assert len(erasing.read(platform.settings.data / erasing.LEDGER)) == 4
    assert await check(platform) == []


def test_a_backup_forgets_again(engine: str, tmp_path: Path) -> None:
    target, ids = tmp_path / "backup.tar.gz", {}
    settings = settings_for(engine, tmp_path)
    ledger = settings.data / erasing.LEDGER

    async def before(platform: Platform) -> None:
        await kept_and_ended(platform, ids, target)

    async def after(platform: Platform) -> None:
        await nothing_came_back(platform, ids)

    run_scenario(settings, before)
    named, beside = tmp_path / "named", tmp_path / "beside"
    beside.mkdir()
    shutil.copy(ledger, beside / erasing.LEDGER)

    async def bring() -> None:
        made = await backup.restore(Settings(data=named), target, ledger=ledger)
        assert made.erased == 3
        made = await backup.restore(Settings(data=beside), target)
        assert made.erased == 3
        with pytest.raises(InvalidInput):
            await backup.restore(Settings(data=tmp_path / "x"), target, ledger=target)
        assert not (tmp_path / "x").exists()

    anyio.run(bring)
    run_scenario(Settings(data=named), after)
    run_scenario(Settings(data=beside), after)
