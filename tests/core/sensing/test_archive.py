# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The archive of old observations says what was there before, on both engines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from tests.core.sensing.test_retention import BEGIN, NOW, ZONE, filled, policy
from tests.support.platforms import run_scenario, settings_for
from tests.support.sensing import stream, thing

from allmende.core import backup, sensing
from allmende.core.maintenance import check
from allmende.core.platform import Platform
from allmende.core.sensing import archiving, retaining
from allmende.core.sensing.means import means
from allmende.core.settings import Settings
from allmende.errors import (
    InvalidInput,
    NotFound,
)
from allmende.model.sensing import calendar
from allmende.model.sensing.calendar import DAY, HOUR
from allmende.model.sensing.observation import Observation
from allmende.model.sensing.retention import Figures
from allmende.policy import ANONYMOUS, SYSTEM
from allmende.store.sensing import archive, retention
from allmende.store.sensing.releasing import Filed, release


def test_texts_intervals_and_rare_parts_survive_the_archive(engine: str, tmp_path: Path) -> None:
    from allmende.model.sensing.specs import ANY

    async def scenario(platform: Platform) -> None:
        made = await sensing.register(platform, SYSTEM, thing("one", stream("any", kind=ANY)))
        ident = made.streams["any"]
        results: list[Any] = [1.5, "wet", None, {"a": [1, 2]}, True, 2**60, -0.0]
        given = [
            Observation(
                datastream=ident,
                time=BEGIN + at * HOUR,
                result=result,
                end=BEGIN + at * HOUR + 5 if at % 2 else None,
                result_time=BEGIN + at * HOUR + 9 if at % 3 else None,
                parameters={"depth": at} if at % 2 else None,
            )
            for at, result in enumerate(results)
        ]
        await sensing.observe(platform, SYSTEM, given)
        before = await sensing.series(platform, ANONYMOUS, ident)
        await retaining.save(platform, SYSTEM, policy(days=1), "all")
        assert (await archiving.run(platform, moment=NOW)).archived == len(results)
        assert await sensing.series(platform, ANONYMOUS, ident) == before

    run_scenario(settings_for(engine, tmp_path), scenario)


def test_the_archive_is_in_a_backup(engine: str, tmp_path: Path) -> None:
    target = tmp_path / "backup.tar.gz"
    found: list[Any] = []

    async def scenario(platform: Platform) -> None:
        air = (await filled(platform))["air"]
        await retaining.save(platform, SYSTEM, policy(days=40), "old ones go")
        await archiving.run(platform, moment=NOW)
        found.extend((air, await sensing.series(platform, ANONYMOUS, air)))
        await backup.backup(platform, target)

    run_scenario(settings_for(engine, tmp_path), scenario)

    async def restored(platform: Platform) -> None:
        assert await sensing.series(platform, ANONYMOUS, found[0]) == found[1]
        assert len(await retaining.rules(platform, ANONYMOUS)) == 1
        assert await check(platform) == []
        for each in (platform.settings.data / "archive").iterdir():
            each.unlink()
        codes = {each.code for each in await check(platform)}
        assert codes == {"archive"}
        with pytest.raises(NotFound):
            await sensing.series(platform, ANONYMOUS, found[0])

    import anyio

    elsewhere = Settings(data=tmp_path / "restored")

    async def bring() -> None:
        await backup.restore(elsewhere, target)

    anyio.run(bring)
    run_scenario(elsewhere, restored)


def test_months_are_put_together_and_what_has_gone_goes(engine: str, tmp_path: Path) -> None:
    async def scenario(platform: Platform) -> None:
        found = await filled(platform, stream("air"), stream("soil"))
        one = policy(id="air", stream="air", days=40)
        await retaining.save(platform, SYSTEM, one, "first")
        await archiving.run(platform, moment=NOW)
        await retaining.save(platform, SYSTEM, policy(id="soil", stream="soil", days=40), "second")
        before = {each: await sensing.series(platform, ANONYMOUS, each) for each in found.values()}
        await archiving.run(platform, moment=NOW)
        months = await platform.store.read(archive.months)
        assert [(month, files, streams) for month, files, streams, _ in months] == [
            (202402, 1, 2),
            (202401, 1, 2),
        ]
        for each, wanted in before.items():
            assert await sensing.series(platform, ANONYMOUS, each) == wanted
        short = replace(one, then="archive", archive_years=1)
        await retaining.save(platform, SYSTEM, short, "not for ever")
        done = await archiving.run(platform, moment=NOW + 300 * DAY)
        assert done.expired == 31 * 96
        left = await sensing.series(platform, ANONYMOUS, found["air"])
        assert left == [e for e in before[found["air"]] if e.time >= calendar.month_start(202402)]
        assert await check(platform) == []

    run_scenario(settings_for(engine, tmp_path), scenario)


def test_means_as_columns_are_the_figures(engine: str, tmp_path: Path) -> None:
    async def scenario(platform: Platform) -> None:
        specs = (stream("air"), stream("soil"), stream("gone"), stream("in", access="internal"))
        found = await filled(platform, *specs)
        kept = policy(id="g", stream="gone", days=40, then="delete", figures=(Figures("hour"),))
        for rule in (policy(id="air", stream="air", days=40), kept):
            await retaining.save(platform, SYSTEM, rule, "test")
        await archiving.run(platform, moment=NOW)
        for seconds in (900, 3600, 6 * 3600):
            asked = (BEGIN + 3 * DAY, NOW)
            made = await means(platform, ANONYMOUS, list(found.values()), seconds, *asked)
            assert set(made) == {found["air"], found["soil"], found["gone"]}
            for ident, each in made.items():
                buckets = [
                    bucket
                    for bucket in await sensing.buckets(platform, ANONYMOUS, ident, seconds, *asked)
                    if bucket.sum is not None
                ]
                assert each.starts.tolist() == [bucket.start for bucket in buckets]
                assert each.n.tolist() == [bucket.good for bucket in buckets]
                assert each.mean.tolist() == pytest.approx([b.mean for b in buckets])
                assert each.min.tolist() == [bucket.min for bucket in buckets]
                assert each.max.tolist() == [bucket.max for bucket in buckets]
        with pytest.raises(InvalidInput):
            await means(platform, ANONYMOUS, [1], 0.5, BEGIN, NOW)

    run_scenario(settings_for(engine, tmp_path), scenario)


def test_what_counts_no_longer_in_a_file_is_not_read(engine: str, tmp_path: Path) -> None:
    """A month was corrected between the writing of its file and its deletion."""

    async def scenario(platform: Platform) -> None:
        found = await filled(platform, stream("air"), stream("soil"))
        air, soil = found["air"], found["soil"]
        folder = platform.settings.data / "archive"
        name, marks = await platform.store.read_slow(
            archiving.write_month, folder, 202401, [air, soil]
        )
        assert name is not None
        (first, *_) = await sensing.series(platform, ANONYMOUS, air, limit=1)
        await sensing.change(platform, SYSTEM, first.id, {"result": 77.0})
        await retaining.save(platform, SYSTEM, policy(days=40), "test")
        rules = await retaining.rules(platform, SYSTEM)
        described = await platform.store.read(retention.described)
        end = calendar.month_start(202402)
        for of in described:
            filed = Filed(name, marks[of.id])
            n = await platform.store.write(release, of, rules[0], end, ZONE, filed)
            assert n == (0 if of.id == air else 31 * 96)
        name, marks = await platform.store.read_slow(archiving.write_month, folder, 202401, [air])
        filed = Filed(str(name), marks[air])
        assert await platform.store.write(release, described[0], rules[0], end, ZONE, filed)
        asked = (BEGIN, end)
        made = await means(platform, ANONYMOUS, [air, soil], 3600, *asked)
        for ident, each in made.items():
            buckets = await sensing.buckets(platform, ANONYMOUS, ident, "hour", *asked)
            assert each.n.tolist() == [bucket.good for bucket in buckets]
        assert (await sensing.series(platform, ANONYMOUS, air, limit=1))[0].result == 77.0
        before = await sensing.series(platform, ANONYMOUS, air)
        await archiving.tidy(platform)
        ((_, files, streams, _),) = await platform.store.read(archive.months)
        assert (files, streams) == (1, 2)
        assert await sensing.series(platform, ANONYMOUS, air) == before

    run_scenario(settings_for(engine, tmp_path), scenario)


def test_duckdb_reads_the_archive_and_nothing_else(tmp_path: Path) -> None:
    import duckdb

    from allmende.store.sensing import archive_engine

    folder, other = tmp_path / "archive", tmp_path / "other.csv"
    folder.mkdir()
    other.write_text("secret\n", "utf-8")
    with archive_engine.limited(folder) as cursor:
        for text in (
            f"select * from read_csv('{other}')",
            f"select * from read_csv('{folder}/../other.csv')",
            "set memory_limit = '8GB'",
            "install httpfs",
            f"attach '{tmp_path / 'x.duckdb'}' as x",
            f"copy (select 1) to '{tmp_path / 'x.csv'}'",
        ):
            with pytest.raises(duckdb.Error):
                cursor.execute(text)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["archive", "other.csv"]


def test_a_query_of_the_archive_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import duckdb

    from allmende.store.sensing import archive_engine

    monkeypatch.setattr(archive_engine, "SECONDS", 0.05)
    long = "select count(*) from range(1000000000) as a, range(1000) as b where a.range = -b.range"
    with archive_engine.limited(tmp_path) as cursor, pytest.raises(duckdb.InterruptException):
        cursor.execute(long)
