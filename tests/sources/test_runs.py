# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Runs one after the other: changes, vanished records, copies, kills, dry runs, who may."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest
from starlette.requests import Request
from starlette.responses import Response
from tests.sources.conftest import City, Scenario, player
from tests.sources.servers import Hydra, Site, dataset

from allmende.core import catalogue, harvest
from allmende.core.settings import Settings
from allmende.errors import (
    Conflict,
    NotFound,
)
from allmende.model.catalogue import ResourceKind
from allmende.policy import SYSTEM, Status
from allmende.store import harvest as rows
from allmende.store import harvest_items
from allmende.store.connection import now

Play = Callable[[Scenario], None]
DAY = 86_400_000_000


def test_only_what_changed_is_written(play_both: Play, site: Site) -> None:
    async def scenario(city: City) -> None:
        hydra = Hydra(site, "/catalog", [dataset(n) for n in range(1, 6)])
        await city.source(f"{site.address}/catalog")
        assert (await city.run()).counts.created == 5
        hydra.datasets[2] = dataset(3, title="Better")
        hydra.datasets.append(dataset(6))
        run = await city.run()
        counts = run.counts
        assert (counts.created, counts.updated, counts.unchanged) == (1, 1, 4)
        assert (counts.pages, counts.pages_unchanged) == (3, 0)
        (better,) = [r for r in await city.records() if r.revision == 2]
        assert better.resource.title == {"en": "Better"}
        revisions = await catalogue.revisions(
            city.platform, SYSTEM, ResourceKind.DATASET, better.id
        )
        assert revisions[0].reason == "harvest city"

    play_both(scenario)


def test_what_vanishes_is_archived_after_the_grace_period(play_both: Play, site: Site) -> None:
    async def scenario(city: City) -> None:
        hydra = Hydra(site, "/catalog", [dataset(n) for n in range(1, 6)])
        await city.source(f"{site.address}/catalog")
        await city.run()
        lost = hydra.datasets.pop()
        run = await city.run()
        assert (run.status, run.counts.missing, run.counts.archived) == ("complete", 1, 0)
        assert len(await city.titles()) == 5
        await age_missing(city, 8)
        run = await city.run()
        assert (run.counts.missing, run.counts.archived) == (0, 1)
        assert await city.titles("archived") == ["Dataset 5"]
        assert (await city.run()).counts.archived == 0
        hydra.datasets.append(lost)
        run = await city.run()
        assert run.counts.restored == 1
        assert len(await city.titles()) == 5

    play_both(scenario)


async def age_missing(city: City, days: int) -> None:
    """Pretend that what is missing has been so for more days."""
    items = await city.platform.store.read(harvest_items.items, "city")
    for item in items:
        if item.missing_since is not None:
            item.missing_since -= days * DAY
    await city.platform.store.write(harvest_items.save_items, "city", items)


def test_what_comes_back_in_time_stays(play: Play, site: Site) -> None:
    async def scenario(city: City) -> None:
        hydra = Hydra(site, "/catalog", [dataset(n) for n in range(1, 6)])
        await city.source(f"{site.address}/catalog")
        await city.run()
        lost = hydra.datasets.pop(0)
        assert (await city.run()).counts.missing == 1
        hydra.datasets.insert(0, lost)
        run = await city.run()
        assert (run.counts.missing, run.counts.unchanged) == (0, 5)
        await age_missing(city, 8)
        assert (await city.run()).counts.archived == 0

    play(scenario)


def test_a_landslide_needs_a_person(play: Play, site: Site) -> None:
    async def scenario(city: City) -> None:
        hydra = Hydra(site, "/catalog", [dataset(n) for n in range(1, 11)])
        await city.source(f"{site.address}/catalog", grace_days=0)
        await city.run()
        hydra.datasets = hydra.datasets[:4]
        for _ in range(2):
            run = await city.run()
            assert (run.status, run.error["code"]) == ("incomplete", "source-shrank")
            assert len(await city.titles()) == 10
        run = await city.run(accept_loss=True)
        assert (run.status, run.counts.archived) == ("complete", 6)

    play(scenario)


def test_an_empty_answer_is_a_landslide(play: Play, site: Site) -> None:
    async def scenario(city: City) -> None:
        hydra = Hydra(site, "/catalog", [dataset(1)])
        await city.source(f"{site.address}/catalog", grace_days=0)
        await city.run()
        hydra.datasets = []
        assert (await city.run()).error["code"] == "source-shrank"
        assert len(await city.titles()) == 1

    play(scenario)


def test_of_two_copies_in_one_source_the_newer_counts(play: Play, site: Site) -> None:
    async def scenario(city: City) -> None:
        copies = [
            dataset(1, title="Old", modified="2020-01-01"),
            dataset(2, title="Other"),
            dataset(1, title="New", modified="2021-01-01").replace("dataset/1", "dataset/9"),
            dataset(1, title="Equal", modified="2021-01-01").replace("dataset/1", "dataset/8"),
        ]
        copies = [
            c.replace("dct:title", 'dct:identifier "same" ; dct:title') if n != 1 else c
            for n, c in enumerate(copies)
        ]
        Hydra(site, "/catalog", copies, per_page=4)
        await city.source(f"{site.address}/catalog")
        run = await city.run()
        assert (run.counts.created, run.counts.repeated) == (2, 2)
        assert await city.titles() == ["New", "Other"]
        codes = [fault.code for _, fault in (await city.report(run)).faults]
        assert codes == ["repeated", "repeated"]
        assert (await city.run()).status == "complete"
        assert await city.titles() == ["New", "Other"]

    play(scenario)


def test_of_two_copies_in_two_catalogues_the_newer_counts(play_both: Play, site: Site) -> None:
    async def scenario(city: City) -> None:
        first = Hydra(site, "/a", [dataset(1, title="A", identifier="x", modified="2020-01-01")])
        second = Hydra(site, "/b", [dataset(1, title="B", identifier="x", modified="2020-01-01")])
        await city.source(f"{site.address}/a", "a")
        await city.source(f"{site.address}/b", "b")
        await city.run("a")
        run = await city.run("b")
        assert (run.counts.created, run.counts.duplicates) == (0, 1)
        assert await city.titles() == ["A"]
        second.datasets = [dataset(1, title="B", identifier="x", modified="2020-01-02")]
        run = await city.run("b")
        assert (run.counts.created, run.counts.duplicates) == (1, 1)
        assert (await city.titles(), await city.titles("archived")) == (["B"], ["A"])
        run = await city.run("a")
        assert (run.counts.updated, run.counts.duplicates) == (0, 1)
        assert await city.titles() == ["B"]
        first.datasets = [dataset(1, title="A2", identifier="x", modified="2022-01-01")]
        run = await city.run("a")
        assert (await city.titles(), await city.titles("archived")) == (["A2"], ["B"])
        (note,) = [f for _, f in (await city.report(run)).faults]
        assert note.code == "duplicate"

    play_both(scenario)


def test_a_moved_record_leaves_no_twin(play: Play, tmp_path: Path) -> None:
    async def scenario(city: City) -> None:
        def text(holder: str) -> str:
            prefixes = "@prefix dcat: <http://www.w3.org/ns/dcat#> . "
            prefixes += "@prefix dct: <http://purl.org/dc/terms/> ."
            inner = " ".join(
                f'<https://city.test/{n}> a dcat:Catalog ; dct:title "{n}"@en .' for n in "ab"
            )
            root = (
                '<https://city.test/> a dcat:Catalog ; dct:title "City"@en ; '
                "dcat:catalog <https://city.test/a>, <https://city.test/b> ."
            )
            member = f"<https://city.test/{holder}> dcat:dataset <https://city.test/dataset/1> ."
            return "\n".join([prefixes, root, inner, member, dataset(1)])

        file = tmp_path / "catalog.ttl"
        file.write_text(text("a"))
        await city.source(str(file))
        await city.run()
        file.write_text(text("b"))
        run = await city.run()
        assert run.status == "complete"
        assert await city.titles() == ["Dataset 1"]
        (record,) = [r for r in await city.records() if r.status == Status.PUBLISHED]
        assert record.catalogue == "b"

    play(scenario)


def test_what_a_steward_hid_stays_hidden(play: Play, site: Site) -> None:
    async def scenario(city: City) -> None:
        hydra = Hydra(site, "/catalog", [dataset(1), dataset(2)])
        await city.source(f"{site.address}/catalog")
        await city.run()
        record = (await city.records())[0]
        await catalogue.release(
            city.platform, SYSTEM, ResourceKind.DATASET, record.id, Status.DRAFT, "wrong"
        )
        hydra.datasets = [dataset(1, title="Better"), dataset(2)]
        assert (await city.run()).counts.updated == 1
        assert await city.titles("draft") == ["Better"]

    play(scenario)


def test_a_killed_run_goes_on_where_it_stopped(site: Site, settings: Settings) -> None:
    """A real process is killed in the middle; the next one reads the rest only."""
    datasets = [dataset(n) for n in range(1, 21)]
    hydra = Hydra(site, "/catalog", datasets, per_page=4)
    victim: list[int] = []

    async def deadly(request: Request) -> Response:
        if request.query_params.get("page") == "4" and victim:
            os.kill(victim.pop(), signal.SIGKILL)
        return await hydra.page(request)

    site.handlers["/catalog"] = deadly

    async def prepare(city: City) -> None:
        await city.source(f"{site.address}/catalog")

    player(settings)(prepare)
    script = (
        "import anyio, sys, pathlib\n"
        "from allmende.core.settings import Settings\n"
        "from tests.sources.conftest import city_at\n"
        "async def main():\n"
        "    async with city_at(Settings(data=pathlib.Path(sys.argv[1]))) as city:\n"
        "        sys.stdin.readline()\n"
        "        await city.run()\n"
        "anyio.run(main)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(settings.data)],
        stdin=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONPATH": "."},
    )
    victim.append(process.pid)
    process.communicate(b"go\n")
    assert process.returncode == -signal.SIGKILL

    async def go_on(city: City) -> None:
        (broken,) = await harvest.runs(city.platform, SYSTEM)
        assert (broken.status, broken.counts.pages) == ("running", 3)
        site.log.clear()
        run = await city.run()
        assert (run.id, run.status, run.counts.done) == (broken.id, "complete", 20)
        assert run.counts.created == 20
        assert site.log == ["/catalog?page=4", "/catalog?page=5"]
        assert len(await city.titles()) == 20

    player(settings)(go_on)


def test_two_runs_at_once_are_refused(play: Play, site: Site) -> None:
    async def scenario(city: City) -> None:
        entered, leave = anyio.Event(), anyio.Event()
        await city.source(f"{site.address}/catalog")
        Hydra(site, "/catalog", [dataset(1)])
        started = await city.platform.store.write(
            rows.start_run, "city", "x", harvest_owner(), now()
        )
        with pytest.raises(Conflict):
            await city.run()
        started.owner = "elsewhere:1:1"
        await city.platform.store.write(rows.save_run, started)
        with pytest.raises(Conflict):
            await city.run()
        started.beat -= 16 * 60 * 1_000_000
        await city.platform.store.write(rows.save_run, started)
        run = await city.run()
        assert (run.id, run.status) == (started.id, "complete")
        assert not entered.is_set()
        assert not leave.is_set()

    play(scenario)


def harvest_owner() -> str:
    from allmende.core.harvest.memory import owner

    return owner()


def test_a_dry_run_shows_and_writes_nothing(play: Play, site: Site) -> None:
    async def scenario(city: City) -> None:
        hydra = Hydra(site, "/catalog", [dataset(n) for n in range(1, 5)])
        await city.source(f"{site.address}/catalog")
        before = await catalogue.sequence(city.platform)
        look = await city.preview()
        assert look.numbers == {"created": 4}
        assert await catalogue.sequence(city.platform) == before
        await city.run()
        before = await catalogue.sequence(city.platform)
        hydra.datasets = [dataset(1, title="Better"), dataset(2), dataset(3), dataset(7)]
        look = await city.preview()
        assert look.numbers == {"updated": 1, "unchanged": 2, "created": 1, "gone": 1}
        changed = next(change for change in look.changes if change.action == "updated")
        (field,) = changed.fields
        assert (field.path, field.before, field.after) == ("title.en", "Dataset 1", "Better")
        assert await catalogue.sequence(city.platform) == before
        assert len(await harvest.runs(city.platform, SYSTEM)) == 1
        loose = harvest.source_for(
            f"{site.address}/catalog", catalogue="nowhere", organisation="jena"
        )
        look = await city_preview(city, loose)
        assert look.numbers == {"created": 4}
        with pytest.raises(NotFound):
            await harvest.source(city.platform, SYSTEM, loose.id)

    play(scenario)


async def city_preview(city: City, source: harvest.Source) -> harvest.Preview:
    from tests.sources.servers import fetcher

    async with fetcher() as fetch:
        return await harvest.preview(city.platform, SYSTEM, source, fetch=fetch)


def test_progress_is_told(play: Play, site: Site) -> None:
    async def scenario(city: City) -> None:
        Hydra(site, "/catalog", [dataset(n) for n in range(1, 6)])
        await city.source(f"{site.address}/catalog")
        told: list[tuple[int, int | None]] = []
        await city.run(progress=lambda run: told.append((run.counts.done, run.counts.total)))
        assert told[-1] == (5, 5)
        assert [done for done, _ in told] == sorted(done for done, _ in told)

    play(scenario)
