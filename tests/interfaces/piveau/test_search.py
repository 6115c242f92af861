# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""hub-search: parameters, facets, parts, documents, feeds, sitemaps, words and places."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from tests.interfaces.piveau.hub import MARKS, SEARCH, STEWARD, catalog, hub
from tests.interfaces.support import BASE, Served

from allmende.core import accounts, catalogue
from allmende.core.catalogue import Entry
from allmende.model.catalogue import (
    Agent,
    Checksum,
    DataService,
    Dataset,
    DatasetSeries,
    Distribution,
    Kind,
    Location,
    Period,
    ResourceKind,
    Statement,
)
from allmende.model.namespaces import AUTHORITY, IANA_MEDIA_TYPE
from allmende.policy import SYSTEM

pytestmark = MARKS
ZERO = "http://dcat-ap.de/def/licenses/dl-zero-de/2.0"
ATOM = "{http://www.w3.org/2005/Atom}"


def trees() -> Dataset:
    """A dataset with something in every field of the documents."""
    return Dataset(
        iri="https://example.org/id/baeume",
        title={"de": "Bäume", "en-t-de": "Trees", "und": "Arbres"},
        description={"de": "Alle <b>Bäume</b> & Sträucher"},
        publisher=Agent(name={"de": "Gartenamt"}, homepage=["https://jena.example"]),
        contact_point=[Kind(fn={"de": "Amt"}, email=["mailto:amt@jena.example"])],
        keyword={"de": ["Baum", "grüne Stadt"]},
        theme=[AUTHORITY + "data-theme/ENVI"],
        hvd_category=["http://data.europa.eu/bna/c_dd313021"],
        language=[AUTHORITY + "language/DEU"],
        access_rights=AUTHORITY + "access-right/PUBLIC",
        accrual_periodicity=AUTHORITY + "frequency/ANNUAL",
        issued="2020-01-01",
        modified="2024-06-30",
        landing_page=["https://jena.example/baeume"],
        temporal=[Period(start="2019-01-01", end="2019-12-31")],
        spatial=[Location(geometry=["POLYGON((11 50,12 50,12 51,11 51,11 50))"])],
        page=[Statement(iri="https://jena.example/doku", label={"de": "Doku"})],
        distribution=[
            Distribution(
                iri="https://example.org/id/baeume/csv",
                title={"de": "Tabelle"},
                access_url=["https://jena.example/baeume.csv"],
                format=AUTHORITY + "file-type/CSV",
                media_type=IANA_MEDIA_TYPE + "text/csv",
                license=ZERO,
                byte_size=12,
                checksum=Checksum(algorithm=None, value="ab"),
                access_service=[f"{BASE}/dataservices/wfs"],
            ),
            Distribution(access_url=["https://jena.example/"], format=AUTHORITY + "file-type/PDF"),
        ],
    )


def xml(data: bytes) -> ElementTree.Element:
    """Our own answers, which hold no entities."""
    assert b"<!" not in data
    return ElementTree.fromstring(data)  # noqa: S314 - written by ourselves


def plain(title: str, day: str, **more: Any) -> Dataset:
    return Dataset(title={"de": title}, modified=day, issued=day, **more)


@pytest.fixture
async def city(tmp_path: Path) -> AsyncIterator[Served]:
    async with hub(tmp_path) as site:
        await accounts.save_organisation(site.platform, SYSTEM, "amt", {"de": "Amt"}, "jena")
        roads = [Distribution(access_url=["https://e.org"], format=AUTHORITY + "file-type/PDF")]
        resources = {
            "baeume": (ResourceKind.DATASET, trees(), "demo"),
            "wege": (ResourceKind.DATASET, plain("Wege", "2022-01-01", distribution=roads), "demo"),
            "ampeln": (ResourceKind.DATASET, plain("Ampeln", "2023-01-01"), "zwei"),
            "wfs": (ResourceKind.SERVICE, DataService(title={"de": "WFS"}), "demo"),
            "reihe": (ResourceKind.SERIES, DatasetSeries(title={"de": "Reihe"}), "demo"),
        }
        entries = [
            Entry(kind=kind, resource=each, organisation="jena", catalogue=parent, id=ident)
            for ident, (kind, each, parent) in resources.items()
        ]
        entries[2].organisation = "amt"
        await catalogue.put_many(site.platform, SYSTEM, [catalog("zwei"), *entries])
        yield site


async def found(site: Served, headers: dict[str, str] | None = None, **params: str) -> list[str]:
    answer = await site.client.get(
        f"{SEARCH}/search", params={"sort": "title+asc", **params}, headers=headers
    )
    assert answer.status_code == 200, answer.text
    result = answer.json()["result"]
    assert "limit" in params or result["count"] == len(result["results"])
    return [each["id"] for each in result["results"]]


EVERY = ["ampeln", "baeume", "wege"]


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, EVERY),
        ({"filter": "dataset"}, EVERY),
        ({"filters": "dataset,dataservice"}, [*EVERY[:2], "wege", "wfs"]),
        ({"filters": "catalogue"}, ["demo", "zwei"]),
        ({"filters": "series"}, ["reihe"]),
        ({"q": "Baum"}, ["baeume"]),
        ({"q": "*"}, EVERY),
        ({"q": "am", "autocomplete": "true"}, ["ampeln"]),
        ({"facets": '{"catalog": ["zwei"]}'}, ["ampeln"]),
        ({"facets": '{"categories": ["envi"]}'}, ["baeume"]),
        ({"facets": '{"categories": ["' + AUTHORITY + 'data-theme/ENVI"]}'}, ["baeume"]),
        ({"facets": '{"format": ["csv", "pdf"]}'}, ["baeume", "wege"]),
        ({"facets": '{"format": ["csv", "pdf"]}', "facetOperator": "AND"}, ["baeume"]),
        ({"facets": '{"format": ["PDF"], "catalog": ["zwei"]}'}, []),
        (
            {"facets": '{"format": ["PDF"], "catalog": ["zwei"]}', "facetGroupOperator": "OR"},
            EVERY,
        ),
        ({"facets": '{"license": ["dl-zero-de/2.0"]}'}, ["baeume"]),
        ({"facets": '{"publisher": ["Gartenamt"], "keywords": ["Baum"]}'}, ["baeume"]),
        ({"facets": '{"is_hvd": ["true"]}'}, ["baeume"]),
        ({"facets": '{"is_hvd": [false]}'.replace("false", '"false"')}, ["ampeln", "wege"]),
        ({"facets": '{"organization": ["jena"]}'}, ["baeume", "wege"]),
        ({"facets": '{"organization": ["jena"]}', "includeChildren": "true"}, EVERY),
        ({"facets": '{"catalog": ["demo"]}', "globalAggregation": "false"}, ["baeume", "wege"]),
        ({"dataServices": "true"}, ["baeume"]),
        ({"minDate": "2022-06-01T00:00:00Z"}, ["ampeln", "baeume"]),
        ({"minDate": "2021-01-01", "maxDate": "2022-12-31", "dateType": "issued"}, ["wege"]),
        ({"minDate": "2019-05-01", "maxDate": "2019-06-01", "dateType": "temporal"}, ["baeume"]),
        ({"bboxMinLon": "11.5", "bboxMaxLon": "11.6", "bboxMinLat": "50.5"}, ["baeume"]),
        ({"bboxMinLon": "13", "bboxMaxLon": "14"}, []),
        ({"sort": "modified+asc"}, ["wege", "ampeln", "baeume"]),
        ({"sort": "modified+desc"}, ["baeume", "ampeln", "wege"]),
        ({"sort": "title.de+desc"}, ["wege", "baeume", "ampeln"]),
        ({"page": "1", "limit": "2"}, ["wege"]),
        ({"countryData": "true"}, []),
        ({"fields": "title", "boost.title": "3.0", "showScore": "true"}, EVERY),
    ],
)
async def test_every_parameter_does_what_it_says(
    city: Served, params: dict[str, str], expected: list[str]
) -> None:
    assert await found(city, **params) == expected


@pytest.mark.parametrize(
    "params",
    [
        {"limit": "1001"},
        {"limit": "x"},
        {"page": "-1"},
        {"filters": "everything"},
        {"facets": "{"},
        {"facets": '{"catalog": "demo"}'},
        {"facets": '{"colour": ["red"]}'},
        {"facets": json.dumps({"catalog": [str(n) for n in range(300)]})},
        {"sort": "colour"},
        {"minDate": "yesterday"},
        {"dateType": "born"},
        {"bboxMinLat": "north"},
        {"facetOperator": "XOR"},
    ],
)
async def test_what_cannot_be_asked_is_explained(city: Served, params: dict[str, str]) -> None:
    answer = await city.client.get(f"{SEARCH}/search", params=params)
    assert answer.status_code == 400, answer.text
    assert answer.json()["success"] is False
    assert len(answer.json()["message"]) > 10


async def test_a_post_asks_the_same(city: Served) -> None:
    body = {
        "q": "Baum",
        "filters": ["dataset"],
        "facets": {"catalog": ["demo"]},
        "limit": 5,
        "searchParams": {
            "boundingBox": {"minLon": 11, "maxLon": 12, "minLat": 50, "maxLat": 51},
            "minDate": "2024-01-01T00:00:00Z",
        },
        "includes": ["id"],
    }
    answer = await city.client.post(f"{SEARCH}/search", json=body)
    assert [each["id"] for each in answer.json()["result"]["results"]] == ["baeume"]
    deep = b"[" * 5_000 + b"]" * 5_000
    refused = await city.client.post(f"{SEARCH}/search", content=deep)
    assert refused.status_code == 413
    assert refused.json()["success"] is False


async def test_facets_are_counted_and_named(city: Served) -> None:
    chosen = '{"format": ["CSV"]}'
    answer = await city.client.get(f"{SEARCH}/search", params={"facets": chosen})
    facets = {each["id"]: each for each in answer.json()["result"]["facets"]}
    formats = {each["id"]: each["count"] for each in facets["format"]["items"]}
    assert formats == {"CSV": 1, "PDF": 2}  # the other values stay to be chosen
    (theme,) = facets["categories"]["items"]
    assert (theme["id"], theme["title"]["de"], theme["count"]) == ("envi", "Umwelt", 1)
    (parent,) = facets["catalog"]["items"]
    assert (parent["id"], parent["title"]) == ("demo", {"de": "Katalog demo"})
    params = {"facets": chosen, "globalAggregation": "false", "aggregationFields": "format"}
    answer = await city.client.get(f"{SEARCH}/search", params=params)
    (only,) = answer.json()["result"]["facets"]
    assert {each["id"]: each["count"] for each in only["items"]} == {"CSV": 1, "PDF": 1}
    params = {"facets": chosen, "filterDistributions": "true"}
    answer = await city.client.get(f"{SEARCH}/search", params=params)
    (dataset,) = answer.json()["result"]["results"]
    assert [each["id"] for each in dataset["distributions"]] == ["baeume~csv"]
    counted = await city.client.get(f"{SEARCH}/search", params={"countOnly": "true"})
    assert counted.json()["result"] == {"index": "dataset", "count": 3}


async def test_parts_follow_each_other_to_the_end(city: Served) -> None:
    first = await city.client.get(f"{SEARCH}/search?scroll=true&limit=2&includes=id")
    result, seen = first.json()["result"], []
    while result["results"]:
        seen += [each["id"] for each in result["results"]]
        params = {"scrollId": result["scrollId"]}
        result = (await city.client.get(f"{SEARCH}/scroll", params=params)).json()["result"]
    assert sorted(seen) == EVERY
    first = await city.client.get(f"{SEARCH}/search?searchAfter=true&limit=2")
    result = first.json()["result"]
    params = {"pitId": result["pitId"], "searchAfterSort": result["searchAfterSort"][0]}
    rest = await city.client.get(f"{SEARCH}/search", params=params)
    assert len(rest.json()["result"]["results"]) == 1
    for wrong in ("", "x", "W10", "eyJvZmZzZXQiOi0xfQ", "a" * 7_000):
        refused = await city.client.get(f"{SEARCH}/scroll", params={"scrollId": wrong})
        assert refused.status_code == 400, wrong


async def test_a_document_has_what_the_record_says(city: Served) -> None:
    told = (await city.client.get(f"{SEARCH}/datasets/baeume")).json()["result"]
    assert told["resource"] == "https://example.org/id/baeume"
    assert told["title"] == {"de": "Bäume", "en": "Trees"}
    assert told["translation_meta"]["full_available_languages"] == ["de", "en"]
    assert told["translation_meta"]["details"]["en"] == {
        "machine_translated": True,
        "original_language": "de",
    }
    assert told["is_hvd"] is True
    assert told["hvd_category"][0]["label"]["de"]
    assert told["categories"][0]["id"] == "envi"
    assert told["catalog"] == {"id": "demo"}
    assert told["publisher"]["name"] == "Gartenamt"
    assert told["contact_point"][0]["email"] == "mailto:amt@jena.example"
    assert {"id": "baum", "label": "Baum", "language": "de"} in told["keywords"]
    assert told["spatial"][0]["type"] == "Polygon"
    assert told["temporal"] == [{"gte": "2019-01-01", "lte": "2019-12-31"}]
    assert told["language"][0]["id"] == "de"
    assert told["catalog_record"]["publication_status"] == "published"
    part = told["distributions"][0]
    assert (part["id"], part["media_type"], part["byte_size"]) == ("baeume~csv", "text/csv", 12)
    assert part["license"]["resource"] == ZERO
    assert part["format"] == {"id": "CSV", "label": "CSV", "resource": AUTHORITY + "file-type/CSV"}
    assert told["distributions"][1]["resource"].endswith("#distribution-2")
    some = await city.client.get(f"{SEARCH}/search?q=Baum&includes=id,title.de,distributions.id")
    assert some.json()["result"]["results"] == [
        {
            "id": "baeume",
            "title": {"de": "Bäume"},
            "distributions": [{"id": "baeume~csv"}, {"id": "baeume~distribution-2"}],
        }
    ]


async def test_every_document_has_an_address(city: Served) -> None:
    for path in (
        "/datasets/baeume",
        "/datasets/baeume/revisions/baeume~1",
        "/datasets/baeume/1",
        "/catalogues/demo",
        "/dataservices/wfs",
        "/datasetseries/reihe",
        "/organizations/jena",
        "/vocabularies/data-theme",
        "/vocabularies/data-theme/ENVI",
    ):
        answer = await city.client.get(SEARCH + path)
        assert answer.json()["success"] is True, path
    iri = AUTHORITY + "data-theme/ENVI"
    term = await city.client.get(f"{SEARCH}/vocabularies/data-theme/vocable?resource={iri}")
    assert term.json()["result"]["title"]["de"] == "Umwelt"
    assert (await city.client.get(f"{SEARCH}/datasets?catalogue=zwei")).json() == ["ampeln"]
    assert (await city.client.get(f"{SEARCH}/datasets")).status_code == 400
    assert (await city.client.get(f"{SEARCH}/catalogues")).json() == ["demo", "zwei"]
    assert (await city.client.get(f"{SEARCH}/resources")).json() == []
    assert "data-theme" in (await city.client.get(f"{SEARCH}/vocabularies")).json()
    tree = (await city.client.get(f"{SEARCH}/organizations?hierarchy=true")).json()
    assert next(each for each in tree if each["id"] == "jena")["children"][0]["id"] == "amt"
    for path in ("/datasets/no", "/vocabularies/no", "/vocabularies/data-theme/no", "/sitemap/2"):
        answer = await city.client.get(SEARCH + path)
        assert (answer.status_code, answer.json()["success"]) == (404, False), path
    words = "/search?filters=vocabulary&vocabulary=data-theme&q=umwelt"
    assert (await city.client.get(SEARCH + words)).json()["result"]["results"][0]["id"] == "ENVI"
    places = await city.client.get(f"{SEARCH}/gazetteer/autocomplete?q=markt")
    assert places.json() == {"result": {"count": 0, "results": []}}  # there are no addresses here


async def test_feeds_are_well_formed_and_sitemaps_lead_to_pages(city: Served) -> None:
    bad = plain('Ampel \x07 <b>&amp;</b> "]]>', "2024-01-01")
    bad.description = {"de": "<script>alert(1)</script>"}
    entry = Entry(kind=ResourceKind.DATASET, resource=bad, organisation="jena", catalogue="demo")
    await catalogue.put(city.platform, SYSTEM, entry)
    atom = await city.client.get(f"{SEARCH}/de/feeds/datasets.atom?q=Ampel&limit=5")
    assert atom.headers["content-type"].startswith("application/atom+xml")
    tree = xml(atom.content)
    titles = [each.findtext(f"{ATOM}title") for each in tree.findall(f"{ATOM}entry")]
    assert len(titles) == 2
    assert 'Ampel  <b>&amp;</b> "]]>' in titles
    rss = await city.client.get(f"{SEARCH}/en/feeds/datasets.rss")
    channel = xml(rss.content).find("channel")
    assert channel is not None
    assert len(channel.findall("item")) == 4
    assert all("/en/datasets/" in str(each.findtext("link")) for each in channel.findall("item"))
    one = await city.client.get(f"{SEARCH}/de/feeds/datasets/baeume.rss")
    assert len(xml(one.content).findall("channel/item")) == 1
    assert (await city.client.get(f"{SEARCH}/deutsch/feeds/datasets.rss")).status_code == 400
    index = xml((await city.client.get(f"{SEARCH}/sitemap")).content)
    (part,) = [str(each.text) for each in index.iter() if each.tag.endswith("loc")]
    places = xml((await city.client.get(part)).content)
    locations = [str(each.text) for each in places.iter() if each.tag.endswith("loc")]
    assert len(locations) == 8
    assert f"{BASE}/de/datasets/baeume" in locations


async def test_what_is_deleted_is_not_found_any_more(city: Served) -> None:
    gone = await city.client.delete("/api/hub/repo/datasets/baeume", headers=STEWARD)
    assert gone.status_code == 204
    assert await found(city, STEWARD) == ["ampeln", "wege"]
    assert (await city.client.get(f"{SEARCH}/datasets/baeume", headers=STEWARD)).status_code == 404


async def test_one_can_ask_for_what_one_may_change(city: Served) -> None:
    assert await found(city, STEWARD, accessControlPermissions="edit") == ["baeume", "wege"]
    assert await found(city, accessControlPermissions="edit") == []
    assert await found(city, accessControlPermissions="view,edit") == EVERY
