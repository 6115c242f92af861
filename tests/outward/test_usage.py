# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""How often datasets are used: what counts, what does not, and what is told of it."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from tests.outward.conftest import Town
from tests.support.rows import add_collections
from tests.support.sensing import thing

from allmende.core import catalogue, files, sensing, usage, usage_counting
from allmende.core.sensing import describing
from allmende.errors import InvalidInput
from allmende.model.catalogue import Distribution, ResourceKind
from allmende.model.filter import Everything
from allmende.policy import ANONYMOUS, SYSTEM
from allmende.store import usage as rows
from allmende.store.records import entry_of

Visit = Callable[..., None]


async def counted(town: Town) -> dict[tuple[str, str], int]:
    """What was counted so far, by dataset and kind."""
    await usage_counting.write(town.platform)
    day = usage_counting.today(town.platform)
    found = await town.platform.store.read(rows.most_used, Everything(), day - 1, day + 2)
    return {(each.id, each.kind): each.number for each in found}


def test_views_downloads_and_calls_count(visit: Visit) -> None:
    async def scenario(town: Town) -> None:
        await add_collections(town.platform, {"trees": ("published", "open", "open")})
        await files.store(town.platform, SYSTEM, "trees", "a.csv", b"a,b\n1,2\n", "text/csv")
        record = await catalogue.get(town.platform, SYSTEM, ResourceKind.DATASET, "trees")
        address = files.address(town.platform, "trees", "a.csv")
        record.resource.distribution.append(Distribution(access_url=[address]))
        await catalogue.put(town.platform, SYSTEM, entry_of(record))
        browser, program = town.browser(), town.browser(accept="*/*")
        for path in ("/de/datasets/trees", "/en/datasets/trees", "/de/collections/trees"):
            assert (await browser.get(path)).status_code == 200, path
        for path in ("/datasets/trees", "/datasets/trees.ttl", "/data/trees", "/data/trees.csv"):
            assert (await program.get(path)).status_code == 200, path
        assert (await program.get("/ogc/collections/trees/items")).status_code == 200
        assert (await program.get("/files/trees/a.csv")).status_code == 200
        for part in ("bytes=0-1", "bytes=2-3", "bytes=4-"):
            await program.get("/files/trees/a.csv", headers={"range": part})
        assert await counted(town) == {
            ("trees", "view"): 3,
            ("trees", "api"): 5,
            ("trees", "download"): 2,
        }
        await browser.get("/de/datasets/trees")
        assert (await counted(town))["trees", "view"] == 4

    visit(scenario)


def test_nobody_is_counted_who_asks_not_to_be_and_no_robot(lean: Visit) -> None:
    async def scenario(town: Town) -> None:
        for headers in (
            {"dnt": "1"},
            {"sec-gpc": "1"},
            {"user-agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"},
            {"user-agent": "bingbot"},
            {"user-agent": "SomeCrawler/3"},
            {"sec-purpose": "prefetch"},
        ):
            browser = town.browser(**headers)
            assert (await browser.get("/de/datasets/trees")).status_code == 200
        steward = await town.signed_in("jena")
        assert (await steward.get("/de/datasets/trees")).status_code == 200
        nobody = town.browser()
        for path in ("/de/datasets/none", "/de/datasets", "/de/datasets/inside", "/de/"):
            await nobody.get(path)
        assert (await nobody.head("/de/datasets/trees")).status_code == 200
        assert await counted(town) == {}
        await town.browser(dnt="0").get("/de/datasets/trees")
        assert len(await counted(town)) == 1

    lean(scenario)


def test_nothing_about_people_is_kept(lean: Visit) -> None:
    async def scenario(town: Town) -> None:
        browser = town.browser(**{"user-agent": "Secret/1", "x-forwarded-for": "203.0.113.9"})
        await browser.get("/de/datasets/trees?utm=secret")
        keys = list(usage_counting.counter(town.platform).counts)
        day = usage_counting.today(town.platform)
        assert keys == [(day, "trees", "view", "dataset")]

    lean(scenario)


def test_small_numbers_are_not_told_and_hidden_datasets_not_at_all(visit: Visit) -> None:
    async def scenario(town: Town) -> None:
        day = usage_counting.today(town.platform)
        await town.platform.store.write(
            rows.add,
            {
                (day, "trees", "view", "dataset"): 4,
                (day - 1, "trees", "download", "dataset"): 7,
                (day - 40, "wells", "view", "dataset"): 1_234,
                (day, "inside", "view", "dataset"): 50,
                (day, "gone", "view", "dataset"): 3,
            },
        )
        browser, steward = town.browser(), await town.signed_in("jena")
        page = (await browser.get("/de/statistics")).text
        assert "weniger als 5" in page
        assert "Titel inside" not in page
        assert "Titel wells" not in page
        assert "1.234" in (await browser.get("/de/statistics?days=90")).text
        assert "Titel inside" in (await steward.get("/de/statistics")).text
        text = (await browser.get("/statistics.csv?days=90")).text
        table = list(csv.reader(io.StringIO(text)))
        assert table[0] == ["id", "title", "views", "downloads", "calls", "address"]
        assert [line[:5] for line in table[1:]] == [
            ["wells", "Titel wells", "1234", "0", "0"],
            ["trees", "Titel trees", "<5", "7", "0"],
        ]
        found = (await browser.get("/statistics.json", headers={"accept": "*/*"})).json()
        assert found["total"] == {"views": "<5", "downloads": 7, "calls": 0}
        assert len(found["months"]) == 12
        assert sum(each["views"] == 1_234 for each in found["months"]) == 1
        days = (await steward.get("/en/statistics/trees")).text
        assert "fewer than 5" in days
        assert (await browser.get("/en/statistics/trees")).status_code in (303, 403)
        assert (await browser.get("/en/statistics/inside")).status_code == 404
        assert "Downloads 7" in (await browser.get("/de/datasets/trees")).text
        for wrong in ("0", "-1", "x", "1101", "9" * 30):
            answer = await browser.get(f"/statistics.json?days={wrong}", headers={"accept": "*/*"})
            assert answer.status_code == 400
        with pytest.raises(InvalidInput):
            await usage.statistics(town.platform, ANONYMOUS, 0)

    visit(scenario)


def test_what_cannot_be_written_is_kept_and_memory_has_an_end(
    lean: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario(town: Town) -> None:
        await town.browser().get("/de/datasets/trees")

        def fails(*_: Any) -> None:
            raise InvalidInput("no", "nein")

        with monkeypatch.context() as patch:
            patch.setattr(rows, "add", fails)
            await usage_counting.write(town.platform)
        assert sum(usage_counting.counter(town.platform).counts.values()) == 1
        async with usage_counting.working(town.platform):
            pass
        assert not usage_counting.counter(town.platform).counts
        assert len(await counted(town)) == 1
        monkeypatch.setattr(usage_counting, "MOST", 1)
        for name in ("trees", "wells", "trees"):
            await town.browser().get(f"/de/datasets/{name}")
        assert list(usage_counting.counter(town.platform).counts.values()) == [2]

    lean(scenario)


def test_reading_through_ckan_and_sensorthings_counts(visit: Visit) -> None:
    async def scenario(town: Town) -> None:
        await add_collections(town.platform, {"trees": ("published", "open", "open")})
        made = await sensing.register(town.platform, SYSTEM, thing())
        await describing.describe(town.platform, [made.thing])
        (stream,) = made.streams.values()
        program, ckan = town.browser(accept="*/*"), "/api/3/action"
        assert (await program.get(f"{ckan}/package_show?id=trees")).status_code == 200
        sent = await program.post(f"{ckan}/package_show", json={"id": "trees"})
        assert sent.status_code == 200
        rows = await program.get(f"{ckan}/datastore_search?resource_id=trees")
        assert rows.status_code == 200
        for path in ("package_search", "package_list", "package_show?id=none", "site_read"):
            await program.get(f"{ckan}/{path}")
        assert await counted(town) == {("trees", "api"): 3}
        root, ident = "/sensorthings/v1.1", describing.dataset_id(made.thing)
        for path in (f"Things({made.thing})", f"Datastreams({stream})/Observations"):
            assert (await program.get(f"{root}/{path}")).status_code == 200, path
        for path in ("Things", "Datastreams", "Things(99999)", "Sensors"):
            await program.get(f"{root}/{path}")
        for headers in ({"dnt": "1"}, {"user-agent": "somebot"}):
            await town.browser(**headers).get(f"{root}/Things({made.thing})")
            await town.browser(**headers).get(f"{ckan}/package_show?id=trees")
        assert await counted(town) == {("trees", "api"): 3, (ident, "api"): 2}

    visit(scenario)
