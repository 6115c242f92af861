# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Feeds of searches, records and the whole catalogue, judged by feedparser."""

import json
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import feedparser
import pytest
from tests.interfaces.support import BASE, Served, served

from allmende.core import catalogue, search
from allmende.core.catalogue import Entry
from allmende.interfaces.feeds import routes
from allmende.model.catalogue import Agent, DataService, Dataset, ResourceKind
from allmende.policy import SYSTEM, Level, Status

pytestmark = pytest.mark.anyio

HOSTILE = 'Bäume & <script>alert("1")</script> \u0007\ufffe]]> „q“'


def entry(ident: str, **changes: Any) -> Entry:
    made = Entry(
        kind=ResourceKind.DATASET,
        id=ident,
        organisation="jena",
        resource=Dataset(
            title={"de": f"Titel {ident}", "en": f"Title {ident}"},
            description={"de": HOSTILE},
            publisher=Agent(name={"de": "Stadt & Land"}),
            keyword={"de": ["Baum", "Grün"]},
        ),
    )
    for name, value in changes.items():
        setattr(made, name, value)
    return made


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Served]:
    async with served(tmp_path, routes) as made:
        await catalogue.put_many(made.platform, SYSTEM, [entry(f"d{n}") for n in range(5)])
        closed = entry("closed", metadata_access=Level.INTERNAL, legal_basis="§ 1")
        await catalogue.put(made.platform, SYSTEM, closed)
        service = Entry(
            kind=ResourceKind.SERVICE,
            id="wfs",
            organisation="jena",
            resource=DataService(title={"de": "Dienst"}),
        )
        await catalogue.put(made.platform, SYSTEM, service)
        yield made


async def read(site: Served, path: str) -> Any:
    answer = await site.client.get(path)
    assert answer.status_code == 200, answer.text
    found = feedparser.parse(answer.content, response_headers=dict(answer.headers))
    assert not found.bozo, found.get("bozo_exception")
    return found


@pytest.mark.parametrize(("ending", "version"), [("atom", "atom10"), ("rss", "rss20")])
async def test_a_search_is_a_feed(site: Served, ending: str, version: str) -> None:
    path = f"/feeds/de/datasets.{ending}?q=Titel&limit=3"
    found = await read(site, path)
    assert found.version == version
    assert found.feed.language == "de"
    assert len(found.entries) == 3
    first = found.entries[0]
    assert first.title.startswith("Titel d")
    assert first.id.startswith(f"{BASE}/datasets/d")
    assert first.link.startswith(f"{BASE}/de/datasets/d")
    assert first.summary.startswith("Bäume &")
    assert "alert" not in first.summary
    assert {tag.term for tag in first.tags} == {"Baum", "Grün"}
    links = {link.rel: link.href for link in found.feed.links}
    assert links["self"] == BASE + path
    assert links["next"] == f"{BASE}/feeds/de/datasets.{ending}?q=Titel&limit=3&page=2"
    rest = await read(site, links["next"].removeprefix(BASE))
    idents = [each.id for each in (*found.entries, *rest.entries)]
    assert len(set(idents)) == 5


async def test_a_search_is_a_json_feed(site: Served) -> None:
    answer = await site.client.get("/feeds/en/datasets.json", params={"q": "d3"})
    assert answer.headers["content-type"] == "application/feed+json"
    found = json.loads(answer.content)
    assert found["version"] == "https://jsonfeed.org/version/1.1"
    (only,) = found["items"]
    assert only["id"] == f"{BASE}/datasets/d3"
    assert only["title"] == "Title d3"
    assert "alert" not in only["content_text"]
    assert only["content_text"].startswith("Bäume & ")
    assert only["content_text"].endswith("]]> „q“")
    assert only["authors"] == [{"name": "Stadt & Land"}]


async def test_what_changed_last_stands_first(site: Served) -> None:
    changed = entry("d1")
    changed.resource.title["de"] = "Titel neu"
    await catalogue.put(site.platform, SYSTEM, changed)
    found = await read(site, "/feeds/de/datasets.atom")
    assert found.entries[0].title == "Titel neu"
    assert found.entries[0].published <= found.entries[0].updated
    assert found.feed.updated == found.entries[0].updated


async def test_nothing_new_is_said_in_a_word(site: Served) -> None:
    for path in ("/feeds/de/datasets.atom", "/feeds/de/datasets/d1.rss", "/feeds/de/changes.json"):
        first = await site.client.get(path)
        again = await site.client.get(path, headers={"If-None-Match": first.headers["etag"]})
        assert again.status_code == 304, path
        assert not again.content
    await catalogue.put(site.platform, SYSTEM, entry("new"))
    newer = await site.client.get(
        "/feeds/de/changes.json", headers={"If-None-Match": first.headers["etag"]}
    )
    assert newer.status_code == 200


async def test_what_cannot_be_asked_is_refused_with_a_reason(site: Served) -> None:
    for path, status in (
        ("/feeds/fr/datasets.atom", 404),
        ("/feeds/de/datasets.exe", 404),
        ("/feeds/de/things/d1.atom", 404),
        ("/feeds/de/datasets/none.atom", 404),
        ("/feeds/de/datasets/closed.atom", 404),
        ("/feeds/de/datasets.atom?limit=1000", 400),
        ("/feeds/de/datasets.atom?page=0", 400),
        ("/feeds/de/datasets.atom?bbox=1,2", 400),
        ("/feeds/de/datasets.atom?sort=best", 400),
        ("/feeds/de/datasets.atom?start=2020&end=2019", 400),
    ):
        answer = await site.client.get(path)
        assert answer.status_code == status, path
        assert answer.json()["detail"]


async def test_a_record_tells_its_changes(site: Served) -> None:
    changed = entry("d2", reason="Zahl der Bäume berichtigt")
    changed.resource.title["de"] = "Anders"
    await catalogue.put(site.platform, SYSTEM, changed)
    found = await read(site, "/feeds/de/datasets/d2.atom")
    assert [each.id for each in found.entries] == [
        f"{BASE}/datasets/d2#revision-2",
        f"{BASE}/datasets/d2#revision-1",
    ]
    assert found.entries[0].summary == "Zahl der Bäume berichtigt"
    service = await read(site, "/feeds/en/dataservices/wfs.rss")
    assert service.entries[0].link == f"{BASE}/en/dataservices/wfs"


async def test_what_went_leaves_a_tombstone(site: Served) -> None:
    await catalogue.release(site.platform, SYSTEM, ResourceKind.DATASET, "d4", Status.ARCHIVED)
    found = await read(site, "/feeds/de/changes.atom")
    shown = {each.id for each in found.entries}
    assert f"{BASE}/datasets/d4" not in shown
    assert f"{BASE}/datasets/d3" in shown
    assert f"{BASE}/dataservices/wfs" in shown
    assert f"{BASE}/datasets/closed" not in shown
    tree = ET.fromstring((await site.client.get("/feeds/de/changes.atom")).content)  # noqa: S314
    gone = tree.findall("{http://purl.org/atompub/tombstones/1.0}deleted-entry")
    assert [each.get("ref") for each in gone] == [f"{BASE}/datasets/d4"]
    inside = {"Authorization": "Bearer reader-jena"}
    told = (await site.client.get("/feeds/de/changes.rss", headers=inside)).text
    assert "Titel closed" in told
    assert "Titel d4" not in told


async def test_a_feed_that_finds_nothing_is_no_vain_search(site: Served) -> None:
    found = await read(site, "/feeds/de/datasets.atom?q=xyzzy")
    assert found.entries == []
    site.platform.store.writer.submit(lambda _: None, ()).result(10)
    assert await search.misses(site.platform, SYSTEM, at_least=1) == []
