# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""SPARQL 1.1 Protocol over HTTP: what clients may send, get, and are refused."""

import asyncio
import csv
import signal
from collections.abc import AsyncIterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import rdflib
from httpx2 import Response
from rdflib.plugins.stores.sparqlconnector import SPARQLConnector
from tests.interfaces.support import Served, listening, served

from allmende.core import catalogue, sparql
from allmende.core.catalogue import Entry
from allmende.interfaces.sparql import routes
from allmende.model.catalogue import Agent, Catalog, Dataset, Distribution, ResourceKind
from allmende.policy import SYSTEM, Level, Status

pytestmark = pytest.mark.anyio

TITLES = "SELECT ?title WHERE { ?d a dcat:Dataset ; dct:title ?title } ORDER BY ?title"
ASK = "ASK { ?s a dcat:Dataset }"
GRAPH = "CONSTRUCT WHERE { ?s dct:title ?o }"
ENDLESS = "SELECT (COUNT(*) AS ?n) {?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n2 ?o}"
RESULTS = "application/sparql-results+"


def entry(title: str, **changes: Any) -> Entry:
    city = Agent(iri="https://example.org/city", name={"de": "Stadt Jena"})
    download = Distribution(access_url=["https://example.org/file"])
    resource = Dataset(title={"de": title}, publisher=city, distribution=[download])
    made = Entry(
        kind=ResourceKind.DATASET, resource=resource, organisation="jena", catalogue="jena"
    )
    for name, value in changes.items():
        setattr(made, name, value)
    return made


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Served]:
    async with served(tmp_path, routes, sparql_seconds=3.0, sparql_rows=200) as made:
        home = Entry(
            kind=ResourceKind.CATALOG, id="jena", resource=Catalog(title={"de": "Jena"}),
            organisation="jena",
        )  # fmt: skip
        await catalogue.put(made.platform, SYSTEM, home)
        for title in ("Bäume", "Straßen"):
            await catalogue.put(made.platform, SYSTEM, entry(title))
        yield made


async def ask(site: Served, query: str, accept: str = RESULTS + "json", **more: str) -> Response:
    return await site.client.get(
        "/sparql", params={"query": query, **more}, headers={"accept": accept}
    )


async def titles(site: Served) -> list[str]:
    response = await ask(site, TITLES)
    assert response.status_code == 200, response.text
    return [row["title"]["value"] for row in response.json()["results"]["bindings"]]


async def test_the_three_ways_to_send_a_query_have_the_same_answer(site: Served) -> None:
    first = await ask(site, TITLES)
    form = await site.client.post("/sparql", data={"query": TITLES})
    text = await site.client.post(
        "/sparql", content=TITLES, headers={"content-type": "application/sparql-query"}
    )
    assert first.json() == form.json() == text.json()
    assert first.headers["access-control-allow-origin"] == "*"
    assert [row["title"]["value"] for row in first.json()["results"]["bindings"]] == [
        "Bäume",
        "Straßen",
    ]


@pytest.mark.parametrize(
    ("query", "accept", "content_type"),
    [
        (TITLES, "*/*", RESULTS + "json"),
        (TITLES, "application/json", "application/json"),
        (TITLES, RESULTS + "xml;q=0.9, text/csv;q=0.1", RESULTS + "xml"),
        (TITLES, "text/csv", "text/csv; charset=utf-8"),
        (TITLES, "text/tab-separated-values", "text/tab-separated-values; charset=utf-8"),
        (ASK, RESULTS + "xml", RESULTS + "xml"),
        (GRAPH, "*/*", "text/turtle; charset=utf-8"),
        (GRAPH, "application/rdf+xml", "application/rdf+xml"),
        (GRAPH, "application/ld+json", "application/ld+json"),
        (GRAPH, "application/n-triples", "application/n-triples"),
        ("DESCRIBE <https://example.org/city>", "text/turtle", "text/turtle; charset=utf-8"),
    ],
)
async def test_the_format_follows_accept(
    site: Served, query: str, accept: str, content_type: str
) -> None:
    response = await ask(site, query, accept)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == content_type
    assert response.content
    assert "Accept" in response.headers["vary"]


@pytest.mark.parametrize(
    ("query", "name", "content_type"),
    [
        (TITLES, "tsv", "text/tab-separated-values; charset=utf-8"),
        (TITLES, RESULTS + "xml", RESULTS + "xml"),
        (GRAPH, "json", "application/ld+json"),
        (GRAPH, "nt", "application/n-triples"),
    ],
)
async def test_the_parameter_format_is_stronger(
    site: Served, query: str, name: str, content_type: str
) -> None:
    response = await ask(site, query, "text/html", format=name)
    assert response.headers["content-type"] == content_type


async def test_csv_has_a_row_for_each_solution(site: Served) -> None:
    response = await ask(site, TITLES, "text/csv")
    assert list(csv.reader(StringIO(response.text))) == [["title"], ["Bäume"], ["Straßen"]]


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning")
async def test_all_graph_formats_say_the_same(site: Served) -> None:
    graphs = []
    for name in ("turtle", "xml", "json-ld", "nt"):
        accept = {"turtle": "text/turtle", "xml": "application/rdf+xml"}.get(
            name, "application/ld+json" if name == "json-ld" else "application/n-triples"
        )
        text = (await ask(site, GRAPH, accept)).text
        graphs.append(set(rdflib.Graph().parse(data=text, format=name)))
    assert all(graph == graphs[0] for graph in graphs)
    assert len(graphs[0]) == 3


async def test_a_foreign_client_reads_tables_yes_or_no_and_graphs(site: Served) -> None:
    def foreign(address: str) -> tuple[list[str], bool, int]:
        connector = SPARQLConnector(address + "/sparql", method="GET")
        rows = [str(row[0]) for row in connector.query(TITLES)]  # type: ignore[index]
        posting = SPARQLConnector(address + "/sparql", method="POST")
        return rows, bool(posting.query(ASK).askAnswer), len(posting.query(GRAPH).graph or [])

    async with listening(site.app) as address:
        found = await asyncio.to_thread(foreign, address)
    assert found == (["Bäume", "Straßen"], True, 3)


async def test_a_shared_publisher_is_said_once(site: Served) -> None:
    response = await ask(site, "SELECT * { <https://example.org/city> foaf:name ?name }")
    assert len(response.json()["results"]["bindings"]) == 1
    response = await ask(site, "SELECT * { GRAPH ?g { <https://example.org/city> foaf:name ?n } }")
    assert len(response.json()["results"]["bindings"]) == 2


async def test_the_catalogue_knows_its_members_and_their_records(site: Served) -> None:
    query = """SELECT ?title { ?c a dcat:Catalog ; dcat:dataset ?d ; dcat:record ?r .
               ?r foaf:primaryTopic ?d . ?d dct:title ?title }"""
    response = await ask(site, query)
    assert len(response.json()["results"]["bindings"]) == 2


async def test_the_dataset_can_be_narrowed_to_graphs(site: Served) -> None:
    address = f"{site.platform.settings.base_url}/datasets/baeume"
    response = await ask(site, TITLES, **{"default-graph-uri": address})
    assert len(response.json()["results"]["bindings"]) == 1
    query = "SELECT DISTINCT ?g { GRAPH ?g {?s ?p ?o} }"
    response = await ask(site, query, **{"named-graph-uri": address})
    assert [row["g"]["value"] for row in response.json()["results"]["bindings"]] == [address]
    response = await ask(site, TITLES, **{"default-graph-uri": "no iri"})
    assert response.status_code == 400


async def test_a_change_is_seen_by_the_next_query(site: Served) -> None:
    assert await titles(site) == ["Bäume", "Straßen"]
    made = await catalogue.put(site.platform, SYSTEM, entry("Ampeln"))
    assert await titles(site) == ["Ampeln", "Bäume", "Straßen"]
    await catalogue.release(site.platform, SYSTEM, ResourceKind.DATASET, made.id, Status.ARCHIVED)
    assert await titles(site) == ["Bäume", "Straßen"]


CLOSED = [
    {"status": Status.DRAFT},
    {"status": Status.ARCHIVED},
    {"metadata_access": Level.INTERNAL, "legal_basis": "§ 3"},
    {"metadata_access": Level.RESTRICTED, "data_access": Level.RESTRICTED, "legal_basis": "§ 3"},
]


@pytest.mark.parametrize("closed", CLOSED)
async def test_what_is_not_public_is_in_no_answer(site: Served, closed: dict[str, Any]) -> None:
    """At the first load and as a change, for nobody in particular and for a steward."""
    await catalogue.put(site.platform, SYSTEM, entry("Geheim 1", **closed))
    query = "SELECT * { ?s ?p ?o FILTER(CONTAINS(LCASE(STR(?o)), 'geheim')) }"
    for number in (1, 2):
        for token in (None, "steward-jena"):
            headers = {"authorization": f"Bearer {token}"} if token else {}
            response = await site.client.get("/sparql", params={"query": query}, headers=headers)
            assert response.json()["results"]["bindings"] == []
        assert len(await titles(site)) == 2
        if number == 1:
            await catalogue.put(site.platform, SYSTEM, entry("Geheim 2", **closed))


async def test_a_dataset_that_becomes_internal_leaves(site: Served) -> None:
    assert len(await titles(site)) == 2
    record = await catalogue.get(site.platform, SYSTEM, ResourceKind.DATASET, "baeume")
    changed = catalogue.entry_of(record)
    changed.metadata_access, changed.legal_basis = Level.INTERNAL, "§ 3"
    await catalogue.put(site.platform, SYSTEM, changed)
    assert await titles(site) == ["Straßen"]
    response = await ask(site, "ASK { { ?s ?p 'Bäume'@de } UNION { GRAPH ?g {?s ?p 'Bäume'@de} } }")
    assert response.json()["boolean"] is False


async def test_a_hidden_catalogue_hides_its_name_but_not_its_public_datasets(
    site: Served,
) -> None:
    assert len(await titles(site)) == 2
    await catalogue.release(site.platform, SYSTEM, ResourceKind.CATALOG, "jena", Status.DRAFT)
    assert len(await titles(site)) == 2
    assert (await ask(site, "ASK { ?c dcat:dataset ?d }")).json()["boolean"] is False


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("SELECT * WHERE {\n  ?s ?p ?o ORDER }", 400, "line 2, column"),
        ("SELECT * { ?s foo:bar ?o }", 400, "prefix is used that is not declared"),
        ("SELECT ?s", 400, "its end"),
        ("nonsense", 400, "no SPARQL query"),
        ("INSERT DATA { <a:a> <a:b> 1 }", 403, "only answers queries"),
        ("LOAD <http://127.0.0.1/x>", 403, "only answers queries"),
        ("SELECT * { SERVICE <http://127.0.0.1:8000/sparql> {?s ?p ?o} }", 403, "SERVICE"),
        ("SELECT * " + "{" * 200 + "}" * 200, 413, "nested deeper"),
        ("SELECT * { ?a ?b ?c . ?d ?e ?f }", 413, "more than 200 rows"),
    ],
)
async def test_a_refusal_says_why(site: Served, query: str, status: int, words: str) -> None:
    response = await ask(site, query)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert words in response.json()["detail"]
    assert response.headers["access-control-allow-origin"] == "*"


async def test_refusals_speak_german(site: Served) -> None:
    response = await site.client.get(
        "/sparql", params={"query": "SELECT *"}, headers={"accept-language": "de"}
    )
    assert "nicht lesbar" in response.json()["detail"]


async def test_updates_by_protocol_are_refused(site: Served) -> None:
    update = "DELETE WHERE {?s ?p ?o}"
    form = await site.client.post("/sparql", data={"update": update})
    text = await site.client.post(
        "/sparql", content=update, headers={"content-type": "application/sparql-update"}
    )
    other = await site.client.post(
        "/sparql", content=TITLES, headers={"content-type": "text/plain"}
    )
    assert [form.status_code, text.status_code, other.status_code] == [403, 403, 415]
    assert (await site.client.put("/sparql", content=TITLES)).status_code == 405


async def test_requests_that_make_no_sense_are_refused(site: Served) -> None:
    twice = await site.client.get("/sparql?query=ASK%7B%7D&query=ASK%7B%7D")
    none = await site.client.get("/sparql", headers={"accept": RESULTS + "json"})
    posted = await site.client.post("/sparql", data={"format": "json"})
    unknown = await ask(site, TITLES, format="turtle")
    binary = await site.client.post(
        "/sparql", content=b"\xff\xfe", headers={"content-type": "application/sparql-query"}
    )
    for response in (twice, none, posted, unknown, binary):
        assert response.status_code == 400, response.text
    assert (await ask(site, TITLES, "image/png")).status_code == 406


async def test_an_endless_query_is_stopped_while_others_are_answered(site: Served) -> None:
    assert len(await titles(site)) == 2
    endless = asyncio.create_task(ask(site, ENDLESS))
    answered = 0
    while not endless.done():
        assert len(await titles(site)) == 2
        answered += 1
    response = await endless
    assert response.status_code == 503
    assert "3 seconds" in response.json()["detail"]
    assert int(response.headers["retry-after"]) > 0
    assert answered > 5


async def test_a_killed_process_comes_back_by_itself(site: Served) -> None:
    assert len(await titles(site)) == 2
    link = sparql._projection(site.platform)._link
    assert link is not None
    link.process.send_signal(signal.SIGKILL)
    assert len(await titles(site)) == 2


async def test_a_known_answer_is_not_computed_again(site: Served) -> None:
    first = await ask(site, TITLES)
    headers = {"if-none-match": first.headers["etag"], "accept": RESULTS + "json"}
    same = await site.client.get("/sparql", params={"query": TITLES}, headers=headers)
    assert (same.status_code, same.content) == (304, b"")
    await catalogue.put(site.platform, SYSTEM, entry("Ampeln"))
    changed = await site.client.get("/sparql", params={"query": TITLES}, headers=headers)
    assert changed.status_code == 200


async def test_a_head_request_has_the_headers_only(site: Served) -> None:
    response = await site.client.head("/sparql", params={"query": TITLES})
    assert response.status_code == 200
    assert response.headers["content-type"] == RESULTS + "json"


async def test_the_service_describes_itself(site: Served) -> None:
    await titles(site)
    for accept, name in (("*/*", "turtle"), ("application/rdf+xml", "xml")):
        response = await site.client.get("/sparql", headers={"accept": accept})
        graph = rdflib.Graph().parse(data=response.text, format=name)
        sd = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")
        (service,) = graph.subjects(rdflib.RDF.type, sd.Service)
        assert (service, sd.supportedLanguage, sd.SPARQL11Query) in graph
        assert (service, sd.feature, sd.UnionDefaultGraph) in graph
        assert len(list(graph.objects(service, sd.resultFormat))) == 8


async def test_a_browser_is_led_to_the_query_page(site: Served) -> None:
    headers = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8", "accept-language": "en"}
    plain = await site.client.get("/sparql", headers=headers)
    assert (plain.status_code, plain.headers["location"]) == (303, "/en/sparql")
    asked = await site.client.get("/sparql", params={"query": ASK}, headers=headers)
    assert asked.headers["location"].startswith("/en/sparql?query=ASK")


async def test_a_token_without_the_right_to_read_is_refused(site: Served) -> None:
    from allmende.errors import NotAllowed
    from allmende.policy import Subject

    nobody = Subject(kind="token", scopes=frozenset())
    with pytest.raises(NotAllowed):
        await sparql.query(site.platform, nobody, ASK)
