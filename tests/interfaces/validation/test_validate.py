# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""POST /validate, the shapes and the findings of records, over HTTP."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import pyoxigraph
import pyshacl
import pytest
import rdflib
from rdflib.namespace import RDF, SH
from tests.interfaces.support import Served, served
from tests.model.validation.oracle import Finding, pyshacl_finds

from allmende.core import catalogue
from allmende.core.catalogue import Entry
from allmende.interfaces.validation import routes
from allmende.model import rdf
from allmende.model.catalogue import Catalog, Dataset, ResourceKind
from allmende.model.namespaces import PREFIXES
from allmende.model.validation.profiles import shacl_file
from allmende.policy import SYSTEM, Level

TURTLE = """@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
<https://example.org/d> a dcat:Dataset ; dct:title "Bäume" ; dct:issued "neulich" ;
  dcat:distribution [ a dcat:Distribution ] ; dct:temporal [ a dct:PeriodOfTime ] .
"""
Run = Callable[..., None]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs a scenario with the interface served."""

    def runner(scenario: Callable[[Served], Awaitable[None]], **settings: Any) -> None:
        async def main() -> None:
            async with served(tmp_path, routes, **settings) as house:
                await scenario(house)

        anyio.run(main)

    return runner


def syntaxes() -> list[tuple[str, bytes]]:
    graph = rdf.parse(TURTLE.encode(), "turtle")
    lines = [(s, p, o) for s, pairs in graph.subjects.items() for p, o in pairs]
    return [(kind, rdf.serialise(lines, kind, PREFIXES)) for kind in rdf.FORMATS.values()]


async def post(house: Served, content: bytes, **headers: str) -> Any:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    query = given.pop("query", "")
    return await house.client.post(f"/validate{query}", content=content, headers=given)


@pytest.mark.parametrize(("kind", "content"), syntaxes())
def test_a_document_is_checked_in_every_syntax(run: Run, kind: str, content: bytes) -> None:
    async def scenario(house: Served) -> None:
        answer = await post(house, content, content_type=kind)
        assert answer.status_code == 200, answer.text
        found = answer.json()
        assert not found["conforms"]
        assert found["profiles"] == ["dcat-ap-de"]
        assert found["statements"] == 7
        assert found["violations"] == 5
        checks = {each["shape"].partition("dcat-ap-de:")[2] for each in found["results"]}
        assert {
            "Dataset.description.min",
            "Dataset.publisher.min",
            "Dataset.issued.date",
            "Distribution.access_url.min",
            "Distribution.license.min",
            "period-empty",
        } <= checks
        text = next(r["text"] for r in found["results"] if r["shape"].endswith("license.min"))
        assert text["de"].startswith("„Lizenz“ fehlt. Bitte angeben.")
        assert text["en"].startswith("“Licence” is missing. Please add it.")

    run(scenario)


def reported(graph: rdflib.Graph) -> set[Finding]:
    return {
        (
            str(graph.value(each, SH.focusNode)),
            str(graph.value(each, SH.sourceConstraintComponent)),
            str(graph.value(each, SH.sourceShape)),
            str(graph.value(each, SH.resultSeverity)),
            str(graph.value(each, SH.value)),
        )
        for each in graph.subjects(RDF.type, SH.ValidationResult)
    }


@pytest.mark.parametrize(
    ("accept", "syntax"),
    [
        ("text/turtle", "turtle"),
        ("application/ld+json", "json-ld"),
        ("application/rdf+xml", "xml"),
        ("application/n-triples", "nt"),
    ],
)
def test_the_answer_is_a_shacl_report(run: Run, accept: str, syntax: str) -> None:
    async def scenario(house: Served) -> None:
        content = TURTLE.replace(
            "[ a dcat", "<https://example.org/f> . <https://example.org/f> a dcat"
        )
        content = content.replace(
            "Distribution ] ; dct:temporal", "Distribution . <https://example.org/d> dct:temporal"
        )
        answer = await post(house, content.encode(), content_type="text/turtle", accept=accept)
        assert answer.headers["content-type"].startswith(accept)
        graph = rdflib.Graph()
        if syntax == "json-ld":  # rdflib's reader of it warns of itself
            lines = pyoxigraph.parse(answer.content, format=pyoxigraph.RdfFormat.JSON_LD)
            written = pyoxigraph.serialize(lines, format=pyoxigraph.RdfFormat.N_QUADS)
            graph.parse(data=(written or b"").decode(), format="nt")
        else:
            graph.parse(data=answer.text, format=syntax)
        (report,) = graph.subjects(RDF.type, SH.ValidationReport)
        assert str(graph.value(report, SH.conforms)) == "false"
        messages = {each.language for each in graph.objects(None, SH.resultMessage)}  # type: ignore[attr-defined]
        assert messages == {"de", "en"}
        theirs = pyshacl_finds(shacl_file("dcat-ap-de").decode(), content, "turtle")
        assert len(set(graph.subjects(RDF.type, SH.ValidationResult))) == sum(theirs.values())
        _, official, _ = pyshacl.validate(
            rdflib.Graph().parse(data=content, format="turtle"),
            shacl_graph=rdflib.Graph().parse(data=shacl_file("dcat-ap-de").decode()),
        )
        assert isinstance(official, rdflib.Graph)
        named = {each for each in reported(graph) if each[0].startswith("https:")}
        assert named == {each for each in reported(official) if each[0].startswith("https:")}

    run(scenario)


def test_bad_input_is_answered_clearly(run: Run) -> None:
    cases: list[tuple[bytes, dict[str, str], int, str]] = [
        (b"", {"content_type": "text/turtle"}, 400, "document-empty"),
        (b"<a> <b", {"content_type": "text/turtle"}, 400, "rdf-syntax"),
        (b"x", {"content_type": "text/html"}, 400, "unknown-rdf-syntax"),
        (b"x", {}, 400, "unknown-rdf-syntax"),
        (b"<a/>", {"content_type": "text/turtle", "accept": "image/png"}, 406, "not-acceptable"),
        (b"x" * 3_000, {"content_type": "text/turtle"}, 413, ""),
        (
            b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
            {"content_type": "application/rdf+xml"},
            400,
            "doctype-refused",
        ),
        (
            b'{"@context": "https://example.org/c", "@id": "a"}',
            {"content_type": "application/ld+json"},
            400,
            "remote-context-refused",
        ),
        (b"[" * 900 + b"]" * 900, {"content_type": "application/ld+json"}, 413, ""),
        (TURTLE.encode(), {"content_type": "text/turtle", "query": "?profile=no"}, 400, ""),
        (TURTLE.encode(), {"content_type": "text/turtle", "query": "?format=pdf"}, 400, ""),
    ]

    async def scenario(house: Served) -> None:
        for content, headers, status, code in cases:
            answer = await post(house, content, **headers)
            assert answer.status_code == status, (content[:60], answer.text)
            problem = answer.json()
            assert len(problem["detail"]) > 20
            assert not code or problem["code"] == code, problem
        fine = await post(house, TURTLE.encode(), content_type="text/turtle")
        assert fine.status_code == 200

    run(scenario, body_limit=2_000, anonymous_writes_per_minute=1_000)


@pytest.mark.parametrize(
    "nested", [b"[ <a:p> " * 20_000, b"( " * 20_000, b"<a:b> <a:c> " + b"[" * 20_000]
)
def test_deeply_nested_documents_are_refused_and_harm_nobody(run: Run, nested: bytes) -> None:
    async def scenario(house: Served) -> None:
        answer = await post(house, nested, content_type="text/turtle")
        assert answer.status_code == 400
        assert (await post(house, TURTLE.encode(), content_type="text/turtle")).status_code == 200

    run(scenario)


def test_profiles_and_their_shapes_can_be_had(run: Run) -> None:
    async def scenario(house: Served) -> None:
        told = (await house.client.get("/validate")).json()
        assert [each["id"] for each in told["profiles"]] == [
            "dcat-ap",
            "dcat-ap-de",
            "hvd",
            "govdata-indirect",
            "govdata",
        ]
        for each in told["profiles"]:
            answer = await house.client.get(each["shapes"])
            assert answer.headers["content-type"] == "text/turtle; charset=utf-8"
            assert rdf.parse(answer.content, "turtle").size > 500
        assert (await house.client.get("/validate/shapes/other.ttl")).status_code == 404
        page = await house.client.get("/validate", headers={"accept": "text/html"})
        assert (page.status_code, page.headers["location"]) == (303, "/de/validate")

    run(scenario)


async def fill(house: Served) -> None:
    dataset, city = ResourceKind.DATASET, ResourceKind.CATALOG
    title = {"de": "Stadt"}
    entries = [
        Entry(kind=city, id="city", organisation="jena", resource=Catalog(title=title)),
        Entry(
            kind=dataset,
            id="open",
            organisation="jena",
            catalogue="city",
            resource=Dataset(title=title),
        ),
        Entry(
            kind=dataset,
            id="closed",
            organisation="jena",
            catalogue="city",
            resource=Dataset(title=title),
            metadata_access=Level.RESTRICTED,
            legal_basis="§ 1",
        ),
    ]
    await catalogue.put_many(house.platform, SYSTEM, entries)


def test_findings_of_records_follow_the_policy(run: Run) -> None:
    async def scenario(house: Served) -> None:
        await fill(house)
        found = (await house.client.get("/validate/datasets/open")).json()
        assert found["checkedFor"] == ["dcat-ap-de"]
        assert found["violations"] == 2
        assert {each["path"] for each in found["findings"][:2]} == {"description", "publisher"}
        assert (await house.client.get("/validate/datasets/closed")).status_code == 404
        assert (await house.client.get("/validate/nonsense/open")).status_code == 404
        steward = {"authorization": "Bearer steward-jena"}
        seen = await house.client.get("/validate/datasets/closed", headers=steward)
        assert seen.json()["id"] == "closed"
        whole = (await house.client.get("/validate/catalogues/city")).json()
        assert whole["records"]["records"] == 1
        whole = (await house.client.get("/validate/catalogues/city", headers=steward)).json()
        assert whole["records"] == {
            "records": 2,
            "fine": 0,
            "violations": 4,
            "warnings": 0,
            "hints": whole["records"]["hints"],
        }

    run(scenario)


def test_profiles_of_a_catalogue_are_chosen_over_http(run: Run) -> None:
    async def scenario(house: Served) -> None:
        await fill(house)
        address = "/validate/catalogues/city/profiles"
        body = {"profiles": ["govdata"]}
        assert (await house.client.get(address)).json() == {"profiles": ["dcat-ap-de"]}
        for who, status in [("", 401), ("reader-jena", 403), ("steward-other", 403)]:
            headers = {"authorization": f"Bearer {who}"} if who else {}
            answer = await house.client.put(address, json=body, headers=headers)
            assert answer.status_code == status, who
        steward = {"authorization": "Bearer steward-jena"}
        answer = await house.client.put(address, json=body, headers=steward)
        assert answer.json() == {"checked": 2, "profiles": ["govdata"]}
        found = (await house.client.get("/validate/datasets/open")).json()
        assert found["checkedFor"] == ["govdata"]
        assert "contributor_id" in {each["path"] for each in found["findings"]}
        wrong = await house.client.put(address, json={"profiles": ["x"]}, headers=steward)
        assert wrong.status_code == 400

    run(scenario)
