# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The search for browsers, and datasets in other people's pages."""

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path

import feedparser
import pytest
from tests.interfaces.feeds.test_feeds import entry
from tests.interfaces.support import BASE, Served, served

from allmende.core import catalogue
from allmende.interfaces.feeds import routes
from allmende.policy import SYSTEM, Level
from allmende.portal import routes as portal_routes

pytestmark = pytest.mark.anyio

SPACE = {"o": "http://a9.com/-/spec/opensearch/1.1/"}
INSIDE = {"Authorization": "Bearer reader-jena"}


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Served]:
    named = {"site_name": "Daten & Karten der Stadt Jena"}
    async with served(tmp_path, lambda: [*portal_routes.routes(), *routes()], **named) as made:
        hostile = entry("hostile")
        hostile.resource.title = {"de": 'Ein "Baum" <script>alert(1)</script>'}
        closed = entry("closed", metadata_access=Level.INTERNAL, legal_basis="§ 1")
        entries = [entry("trees"), hostile, closed]
        await catalogue.put_many(made.platform, SYSTEM, entries)
        yield made


async def test_the_search_is_described_for_browsers(site: Served) -> None:
    answer = await site.client.get("/opensearch/de.xml")
    assert answer.headers["content-type"] == "application/opensearchdescription+xml"
    tree = ET.fromstring(answer.content)  # noqa: S314
    assert len(tree.findtext("o:ShortName", "", SPACE)) <= 16
    assert tree.findtext("o:LongName", "", SPACE) == "Daten & Karten der Stadt Jena"
    templates = {
        each.get("type"): each.get("template", "") for each in tree.findall("o:Url", SPACE)
    }
    assert templates["text/html"].startswith(f"{BASE}/de/datasets?q={{searchTerms}}")
    for kind in ("application/atom+xml", "text/html", "application/x-suggestions+json"):
        place = templates[kind].replace("{searchTerms}", "Titel").replace("{startPage?}", "1")
        found = await site.client.get(place.replace("{count?}", "5"))
        assert found.status_code == 200, found.text
        assert "Titel trees" in found.text
    page = await site.client.get("/de/datasets")
    assert 'href="/opensearch/de.xml"' in page.text
    assert (await site.client.get("/opensearch/fr.xml")).status_code == 404


async def test_the_page_of_a_search_names_its_feed(site: Served) -> None:
    page = await site.client.get("/de/datasets?q=Titel&keyword=Baum&sort=title&limit=10")
    found = re.search(
        r'<link rel="alternate" type="application/atom\+xml" href="([^"]+)"', page.text
    )
    assert found
    address = unescape(found[1])
    assert address == "/feeds/de/datasets.atom?q=Titel&keyword=Baum"
    feed = feedparser.parse((await site.client.get(address)).content)
    assert [each.title for each in feed.entries] == ["Titel trees"]
    home = await site.client.get("/en/")
    assert 'href="/feeds/en/datasets.atom"' in home.text
    one = await site.client.get("/en/datasets/trees")
    assert 'href="/feeds/en/datasets/trees.rss"' in one.text


async def test_feeds_say_how_many_results_there_are(site: Served) -> None:
    for ending in ("atom", "rss"):
        answer = await site.client.get(f"/feeds/de/datasets.{ending}?q=Titel&limit=1")
        found = feedparser.parse(answer.content)
        assert found.feed.opensearch_totalresults == "1"
        assert found.feed.opensearch_itemsperpage == "1"


async def test_suggestions_go_on_as_somebody_types(site: Served) -> None:
    answer = await site.client.get("/opensearch/de/suggestions", params={"q": "Titel"})
    assert answer.headers["content-type"] == "application/x-suggestions+json"
    text, words = json.loads(answer.content)
    assert (text, words) == ("Titel", ["Titel trees"])
    inside = await site.client.get("/opensearch/de/suggestions?q=Titel", headers=INSIDE)
    assert "Titel closed" in json.loads(inside.content)[1]
    assert json.loads((await site.client.get("/opensearch/de/suggestions")).content) == ["", []]


async def test_another_site_is_told_what_to_show(site: Served) -> None:
    page = (await site.client.get("/de/datasets/hostile")).text
    found = re.search(r'<link rel="alternate" type="application/json\+oembed" href="([^"]+)"', page)
    assert found
    assert "<script>alert" not in page
    answer = await site.client.get(unescape(found[1]))
    said = json.loads(answer.content)
    assert (said["version"], said["type"]) == ("1.0", "rich")
    assert said["title"] == 'Ein "Baum" <script>alert(1)</script>'
    assert said["html"].startswith(
        f'<iframe src="{BASE}/de/embed/datasets/hostile" title="Ein &quot;'
    )
    assert "<script>" not in said["html"]
    assert (said["width"], said["height"]) == (560, 340)
    small = await site.client.get(
        "/oembed",
        params={"url": f"{BASE}/en/datasets/trees", "format": "xml", "maxwidth": "300"},
    )
    tree = ET.fromstring(small.content)  # noqa: S314
    assert tree.findtext("width") == "300"
    assert f"{BASE}/en/embed/datasets/trees" in tree.findtext("html", "")


async def test_what_cannot_be_embedded(site: Served) -> None:
    for url, status in (
        ("https://elsewhere.example/de/datasets/trees", 404),
        (f"{BASE}.example/datasets/trees", 404),
        (f"{BASE}/de/datasets", 404),
        (f"{BASE}/datasets/none", 404),
        (f"{BASE}/datasets/closed", 404),
        ("http://[", 404),
        ("", 404),
    ):
        for headers in ({}, INSIDE):
            answer = await site.client.get("/oembed", params={"url": url}, headers=headers)
            assert answer.status_code == status, url
    there = {"url": f"{BASE}/datasets/trees"}
    assert (await site.client.get("/oembed", params=there | {"format": "pdf"})).status_code == 501
    assert (await site.client.get("/oembed", params=there | {"maxwidth": "x"})).status_code == 400


async def test_only_the_light_page_may_be_framed(site: Served) -> None:
    light = await site.client.get("/de/embed/datasets/trees")
    assert light.status_code == 200
    policy = light.headers["content-security-policy"]
    assert "frame-ancestors *" in policy
    assert "script-src" not in policy
    assert "default-src 'none'" in policy
    assert "x-frame-options" not in light.headers
    assert "<script" not in light.text
    assert "<form" not in light.text
    full = await site.client.get("/de/datasets/trees")
    assert "frame-ancestors 'none'" in full.headers["content-security-policy"]
    assert full.headers["x-frame-options"] == "DENY"


async def test_a_frame_shows_to_nobody_more_than_to_everybody(site: Served) -> None:
    for headers in ({}, INSIDE):
        gone = await site.client.get("/de/embed/datasets/closed", headers=headers)
        assert gone.status_code == 404
        assert "Titel closed" not in gone.text
        assert "frame-ancestors *" in gone.headers["content-security-policy"]
        page = await site.client.get("/de/datasets/closed", headers=headers)
        assert "oembed" not in page.text
    hostile = await site.client.get("/en/embed/datasets/hostile")
    assert "<script>" not in hostile.text
