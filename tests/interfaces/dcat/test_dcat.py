# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Records, catalogues and search results over HTTP, judged by a foreign RDF library."""

import csv
from collections.abc import AsyncIterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import rdflib
from httpx2 import Response
from rdflib.compare import isomorphic
from tests.interfaces.support import BASE, Served, served

from allmende.core import catalogue
from allmende.core.catalogue import Entry
from allmende.interfaces.dcat import routes
from allmende.model import rdf
from allmende.model.catalogue import (
    Agent,
    Catalog,
    DataService,
    Dataset,
    DatasetSeries,
    Distribution,
    Kind,
    ResourceKind,
)
from allmende.policy import SYSTEM, Level, Status

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning"),
]

DCAT = rdflib.Namespace("http://www.w3.org/ns/dcat#")
HYDRA = rdflib.Namespace("http://www.w3.org/ns/hydra/core#")
SYNTAXES = {"ttl": "turtle", "rdf": "xml", "jsonld": "json-ld", "nt": "nt", "trig": "turtle"}
MEDIA = {
    "ttl": "text/turtle",
    "rdf": "application/rdf+xml",
    "jsonld": "application/ld+json",
    "nt": "application/n-triples",
    "trig": "application/trig",
    "json": "application/json",
}


def entry(title: str, **changes: Any) -> Entry:
    resource = Dataset(
        title={"de": title, "en": f"{title} (en)"},
        description={"und": 'Zeile 1\nZeile "2" <b>\u0007 & mehr'},
        publisher=Agent(iri="https://example.org/city", name={"de": "Stadt"}),
        contact_point=[Kind(iri="_:office", fn={"de": "Amt"}, email=["mailto:amt@example.org"])],
        landing_page=["geo:50.9,11.6"],
        distribution=[Distribution(access_url=["https://example.org/file"])],
        extra=["_:office <https://example.org/1/2> _:room ."],
    )
    made = Entry(kind=ResourceKind.DATASET, resource=resource, organisation="jena")
    made.catalogue = "part"
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def other(kind: ResourceKind, resource: Any, ident: str, catalogue_id: str | None) -> Entry:
    return Entry(
        kind=kind, resource=resource, organisation="jena", id=ident, catalogue=catalogue_id
    )


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Served]:
    async with served(tmp_path, routes, catalogue="city") as made:
        name = {"de": "Katalog"}
        await catalogue.put_many(
            made.platform,
            SYSTEM,
            [
                other(ResourceKind.CATALOG, Catalog(title={"de": "Stadt"}), "city", None),
                other(ResourceKind.CATALOG, Catalog(title=name), "part", "city"),
                entry("Bäume", original_id="b-1"),
                entry("Straßen"),
                entry("Ampeln", catalogue="city"),
                other(ResourceKind.SERVICE, DataService(title={"de": "WFS"}), "wfs", "city"),
                other(ResourceKind.SERIES, DatasetSeries(title={"de": "Jahre"}), "jahre", "city"),
            ],
        )
        yield made


def graph(response: Response, ending: str) -> rdflib.Graph:
    assert response.status_code == 200, response.text
    return rdflib.Graph().parse(data=response.content, format=SYNTAXES[ending])


def without_numbered(found: rdflib.Graph) -> rdflib.Graph:
    """What RDF/XML can say: no property whose name ends in digits, no control characters."""
    kept = rdflib.Graph()
    for subject, predicate, value in found:
        if not str(predicate).endswith("/2"):
            if isinstance(value, rdflib.Literal):
                text = str(value).replace("\u0007", "")
                value = rdflib.Literal(text, lang=value.language, datatype=value.datatype)
            kept.add((subject, predicate, value))
    return kept


@pytest.mark.parametrize(
    "path",
    ["/datasets/baeume", "/catalog", "/catalogues/part", "/dataservices/wfs", "/series/jahre"],
)
async def test_all_syntaxes_say_the_same(site: Served, path: str) -> None:
    graphs = {
        ending: graph(await site.client.get(f"{path}.{ending}"), ending) for ending in SYNTAXES
    }
    assert len(graphs["nt"]) > 2
    for ending, found in graphs.items():
        same = without_numbered if ending == "rdf" else lambda each: each
        assert isomorphic(same(found), same(graphs["nt"])), ending


@pytest.mark.parametrize("ending", MEDIA)
async def test_accept_and_ending_give_the_same_bytes(site: Served, ending: str) -> None:
    by_ending = await site.client.get(f"/datasets/baeume.{ending}", headers={"accept": "image/png"})
    accept = f"text/n3, {MEDIA[ending]};q=0.5, image/png"
    by_accept = await site.client.get("/datasets/baeume", headers={"accept": accept})
    assert by_ending.content == by_accept.content
    assert by_accept.headers["content-type"].startswith(MEDIA[ending])
    assert "Accept" in by_accept.headers["vary"]
    assert by_accept.headers["etag"] == by_ending.headers["etag"]


async def test_a_format_nobody_has_is_refused_with_the_list(site: Served) -> None:
    response = await site.client.get("/datasets/baeume", headers={"accept": "image/png"})
    assert response.status_code == 406
    assert "text/turtle" in response.json()["detail"]


async def test_a_browser_is_led_to_the_page(site: Served) -> None:
    headers = {"accept": "text/html,*/*;q=0.8", "accept-language": "en"}
    for path in ("/datasets/baeume", "/catalogues/part", "/datasets?q=x"):
        response = await site.client.get(path, headers=headers)
        assert (response.status_code, response.headers["location"]) == (303, f"/en{path}")
    assert (await site.client.get("/datasets/baeume.ttl", headers=headers)).status_code == 200


async def test_links_lead_to_other_formats_pages_and_profile(site: Served) -> None:
    link = (await site.client.get("/datasets/baeume.ttl")).headers["link"]
    assert f'<{BASE}/datasets/baeume>; rel="canonical"' in link
    assert f'<{BASE}/datasets/baeume.jsonld>; rel="alternate"; type="application/ld+json"' in link
    assert f'<{BASE}/de/datasets/baeume>; rel="alternate"; type="text/html"; hreflang="de"' in link
    assert 'rel="profile"' in link


@pytest.mark.parametrize("path", ["/datasets/baeume.ttl", "/catalog.ttl?page=1", "/catalog.nt"])
async def test_what_is_known_is_not_sent_again(site: Served, path: str) -> None:
    first = await site.client.get(path)
    for name, header in (("etag", "if-none-match"), ("last-modified", "if-modified-since")):
        again = await site.client.get(path, headers={header: first.headers[name]})
        assert (again.status_code, again.content) == (304, b"")
    await catalogue.put(site.platform, SYSTEM, entry("Bäume 2", original_id="b-1"))
    changed = await site.client.get(path, headers={"if-none-match": first.headers["etag"]})
    assert changed.status_code == 200


async def test_head_has_the_headers_of_get(site: Served) -> None:
    for path in ("/datasets/baeume.ttl", "/catalog.ttl", "/catalog.ttl?page=1", "/datasets.json"):
        head, get = await site.client.head(path), await site.client.get(path)
        for name in ("etag", "link", "content-type", "last-modified"):
            assert head.headers[name] == get.headers[name].replace("--gzip", "")


async def test_each_dataset_stands_in_its_own_catalogue(site: Served) -> None:
    found = graph(await site.client.get("/catalog.ttl"), "ttl")
    city, part = (rdflib.URIRef(f"{BASE}/catalogues/{each}") for each in ("city", "part"))
    assert (city, DCAT.catalog, part) in found
    assert len(set(found.objects(part, DCAT.dataset))) == 2
    assert len(set(found.objects(city, DCAT.dataset))) == 2  # Ampeln and the series
    assert len(set(found.objects(city, DCAT.service))) == 1
    record = rdflib.URIRef(f"{BASE}/datasets/baeume#record")
    assert (part, DCAT.record, record) in found
    assert (record, rdflib.DCTERMS.identifier, rdflib.Literal("b-1")) in found


async def walk(site: Served, address: str) -> list[rdflib.Graph]:
    found: list[rdflib.Graph] = []
    following: str | None = address
    while following:
        response = await site.client.get(following)
        found.append(graph(response, "ttl"))
        links = list(found[-1].objects(None, HYDRA.next))
        following = str(links[0]) if links else None
        assert ('rel="next"' in response.headers["link"]) == bool(links)
    return found


async def test_pages_together_are_the_whole(site: Served) -> None:
    found = await walk(site, "/catalog.ttl?limit=2")
    assert len(found) == 3
    totals = {int(str(value)) for page in found for value in page.objects(None, HYDRA.totalItems)}
    assert totals == {6}
    whole = graph(await site.client.get("/catalog.ttl"), "ttl")
    for kind in (DCAT.Dataset, DCAT.Catalog, DCAT.DataService):
        together = {subject for page in found for subject in page.subjects(rdflib.RDF.type, kind)}
        assert together == set(whole.subjects(rdflib.RDF.type, kind))
    for page in found:  # each page describes the catalogues its members stand in
        for parent in set(page.subjects(DCAT.dataset, None)):
            assert (parent, rdflib.DCTERMS.title, None) in page


@pytest.mark.parametrize(
    ("query", "status"),
    [("page=0", 400), ("page=x", 400), ("limit=1001", 400), ("page=99", 404), ("profile=x", 400)],
)
async def test_pages_that_cannot_be_are_refused(site: Served, query: str, status: int) -> None:
    assert (await site.client.get(f"/catalog.ttl?{query}")).status_code == status


async def test_our_own_harvest_of_our_own_catalogue_gives_the_same_records(site: Served) -> None:
    for ending in ("ttl", "jsonld", "rdf"):
        response = await site.client.get(f"/catalog.{ending}")
        document = rdf.read_catalogue(rdf.parse(response.content, MEDIA[ending]))
        found = {each.node: each for each in (*document.records, *document.catalogues)}
        count = 0
        async for record in catalogue.each(site.platform, SYSTEM):
            address = catalogue.address(site.platform, record)
            again = found[address]
            assert again.kind == record.kind
            lines = rdf.statements(again.resource, address, strict=False)
            known = rdf.statements(record.resource, address, strict=False)
            expected, actual = (
                rdflib.Graph().parse(data=rdf.serialise(each, "nt"), format="nt")
                for each in (known, lines)
            )
            if ending == "rdf":
                expected, actual = without_numbered(expected), without_numbered(actual)
            assert isomorphic(actual, expected), (ending, record.id)
            count += 1
        assert count == len(found) == 7


CLOSED = [
    {"status": Status.DRAFT},
    {"metadata_access": Level.INTERNAL, "legal_basis": "§ 3"},
    {"metadata_access": Level.RESTRICTED, "legal_basis": "§ 3"},
]


@pytest.mark.parametrize("closed", CLOSED)
async def test_what_may_not_be_seen_does_not_exist(site: Served, closed: dict[str, Any]) -> None:
    made = await catalogue.put(site.platform, SYSTEM, entry("Geheim", **closed))
    keeper = {"authorization": "Bearer steward-jena"}
    stranger = {"authorization": "Bearer steward-other"}
    for headers, seen in ((keeper, True), (stranger, False), ({}, False)):
        single = await site.client.get(f"/datasets/{made.id}.ttl", headers=headers)
        assert single.status_code == (200 if seen else 404)
        for path in ("/catalog.ttl", "/catalog.ttl?page=1", "/catalog.json", "/datasets.json"):
            response = await site.client.get(path, headers=headers)
            assert ("Geheim" in response.text) is seen


async def test_json_is_the_canonical_record_with_its_state(site: Served) -> None:
    found = (await site.client.get("/datasets/baeume.json")).json()
    assert found["resource"]["title"]["de"] == "Bäume"
    assert (found["id"], found["kind"], found["revision"]) == ("baeume", "dataset", 1)
    assert found["address"] == found["iri"] == f"{BASE}/datasets/baeume"
    whole = (await site.client.get("/catalog.json")).json()
    assert whole["total"] == len(whole["records"]) == 6


async def test_search_results_as_json(site: Served) -> None:
    found = (await site.client.get("/datasets.json?q=baum&limit=1")).json()
    assert found["total"] == 1
    assert found["items"][0]["id"] == "baeume"
    assert {each["value"] for each in found["facets"]["catalogue"]} == {"part"}
    everything = (await site.client.get("/datasets?limit=2")).json()
    assert everything["total"] == 3
    second = (await site.client.get(everything["next"])).json()
    assert (len(second["items"]), second["next"]) == (1, None)


async def test_search_results_as_table_and_rdf(site: Served) -> None:
    response = await site.client.get("/datasets.csv?sort=title&catalogue=part")
    rows = list(csv.DictReader(StringIO(response.text)))
    assert [row["title"] for row in rows] == ["Bäume", "Straßen"]
    assert rows[0]["address"] == f"{BASE}/datasets/baeume"
    found = graph(await site.client.get("/datasets.ttl?q=baum"), "ttl")
    assert len(set(found.subjects(rdflib.RDF.type, DCAT.Dataset))) == 1


@pytest.mark.parametrize(
    "query",
    [
        *("sort=x", "bbox=1,2", "bbox=200,0,300,1", "bbox=nan,0,1,1", "page=7", "limit=0"),
        *("start=never", "start=2020-13-45", "start=2021-02-30", "start=2023&end=2020"),
    ],
)
async def test_searches_that_make_no_sense_are_refused(site: Served, query: str) -> None:
    assert (await site.client.get(f"/datasets.json?{query}")).status_code in (400, 404)


@pytest.mark.parametrize("query", ["start=2020&end=2020-05", "start=2020-05-03&end=2020"])
async def test_a_period_may_be_told_in_parts(site: Served, query: str) -> None:
    assert (await site.client.get(f"/datasets.json?{query}")).status_code == 200


async def test_search_results_have_no_other_endings(site: Served) -> None:
    answer = await site.client.get("/datasets.xlsx")
    assert answer.status_code == 404
    assert ".csv" in answer.json()["detail"]


async def test_a_profile_leaves_out_what_it_does_not_have(site: Served) -> None:
    geocoding = "http://dcat-ap.de/def/municipalityKey/16053000"
    made = entry("Bezirke")
    assert isinstance(made.resource, Dataset)
    made.resource.political_geocoding = [geocoding]
    await catalogue.put(site.platform, SYSTEM, made)
    german = await site.client.get("/datasets/bezirke.nt?profile=dcat-ap-de")
    general = await site.client.get("/datasets/bezirke.nt?profile=dcat-ap")
    assert geocoding in german.text
    assert geocoding not in general.text
    assert "Amt" in general.text


async def test_a_kept_page_is_used_until_something_changes(site: Served) -> None:
    first = await site.client.get("/catalog.ttl?page=1")
    assert (await site.client.get("/catalog.ttl?page=1")).content == first.content
    await catalogue.put(site.platform, SYSTEM, entry("Neu"))
    assert "Neu" in (await site.client.get("/catalog.ttl?page=1")).text
