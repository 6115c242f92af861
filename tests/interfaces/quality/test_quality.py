# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The quality of a dataset as DQV and JSON, and the figures of the city, over HTTP."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import pyoxigraph
import pytest
import rdflib
from rdflib.compare import isomorphic
from tests.interfaces.support import Served, served

from allmende.core import catalogue
from allmende.core.catalogue import Entry
from allmende.interfaces import dcat, quality
from allmende.model.catalogue import Agent, Dataset, Distribution, ResourceKind
from allmende.policy import SYSTEM, Level
from allmende.store import Connection, links

URL = "https://example.org/trees"
Run = Callable[..., None]
PV = "https://piveau.eu/ns/voc#"
ASK = """PREFIX dqv: <http://www.w3.org/ns/dqv#> PREFIX pv: <https://piveau.eu/ns/voc#>
SELECT ?value WHERE { ?node dqv:hasQualityMeasurement ?m . ?m a dqv:QualityMeasurement ;
  dqv:computedOn ?node ; dqv:isMeasurementOf pv:%s ; dqv:value ?value }"""


def dataset() -> Dataset:
    return Dataset(
        title={"de": "Bäume"},
        description={"de": "Alle"},
        keyword={"de": ["Baum"]},
        publisher=Agent(name={"de": "Stadt"}),
        distribution=[Distribution(access_url=[URL]), Distribution(iri=URL + "/2", byte_size=7)],
    )


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs a scenario with two datasets, one of them closed, and the interface served."""

    def answered(db: Connection) -> None:
        links.save(db, links.Link(address=URL, status=200, asked=1_700_000_000_000_000, took=12))

    def runner(scenario: Callable[[Served], Awaitable[None]]) -> None:
        async def main() -> None:
            async with served(tmp_path, lambda: [*dcat.routes(), *quality.routes()]) as house:
                for ident, level in (("trees", Level.OPEN), ("closed", Level.INTERNAL)):
                    entry = Entry(
                        kind=ResourceKind.DATASET,
                        resource=dataset(),
                        organisation="jena",
                        id=ident,
                        metadata_access=level,
                        legal_basis="§ 3",
                    )
                    await catalogue.put(house.platform, SYSTEM, entry)
                    await house.platform.store.write(answered)
                await catalogue.put(house.platform, SYSTEM, _again())
                await scenario(house)

        anyio.run(main)

    return runner


def _again() -> Entry:
    """A second revision, which takes over what is known of the link meanwhile."""
    resource = dataset()
    resource.issued = "2020-01-01"
    return Entry(kind=ResourceKind.DATASET, resource=resource, organisation="jena", id="trees")


async def get(house: Served, path: str, **headers: str) -> Any:
    return await house.client.get(path, headers=headers)


def as_lines(content: bytes) -> bytes:
    """JSON-LD as N-Triples by another program than ours."""
    quads = pyoxigraph.parse(content, format=pyoxigraph.RdfFormat.JSON_LD)
    triples = [quad.triple for quad in quads]
    return pyoxigraph.serialize(triples, format=pyoxigraph.RdfFormat.N_TRIPLES)


# keyword 30, half of the access addresses 25, publisher 10, half of the sizes 2.5, issued 5;
# the second file has no access address, which DCAT-AP wants
POINTS = 73


def test_every_syntax_says_the_same(run: Run) -> None:
    async def scenario(house: Served) -> None:
        graphs = {}
        for ending, kind in (
            ("ttl", "turtle"), ("rdf", "xml"), ("nt", "nt"), ("jsonld", "nt"),
        ):  # fmt: skip
            answer = await get(house, f"/datasets/trees/quality.{ending}")
            assert answer.status_code == 200, answer.text
            content = answer.content if ending != "jsonld" else as_lines(answer.content)
            graphs[ending] = rdflib.Graph().parse(data=content, format=kind)
        assert all(isomorphic(graphs["nt"], other) for other in graphs.values())
        graph = graphs["ttl"]

        def values(metric: str) -> list[Any]:
            return sorted(row[0].toPython() for row in graph.query(ASK % metric))

        assert values("scoring") == [POINTS]
        assert values("keywordAvailability") == [True]
        assert values("categoryAvailability") == [False]
        assert values("accessUrlStatusCode") == [200]
        assert values("byteSizeAvailability") == [False, True]
        assert values("dcatApCompliance") == [False]
        node = rdflib.URIRef(URL + "/2")
        assert (
            node,
            rdflib.URIRef("http://www.w3.org/ns/dqv#hasQualityMeasurement"),
            None,
        ) in graph

    run(scenario)


def test_json_tells_points_links_and_advice(run: Run) -> None:
    async def scenario(house: Served) -> None:
        answer = await get(house, "/datasets/trees/quality", accept="application/json")
        found = answer.json()
        assert (found["points"], found["of"], found["band"]) == (POINTS, 405, "bad")
        assert found["dimensions"]["findability"] == {"points": 30, "of": 100}
        assert sum(each["points"] for each in found["metrics"]) == pytest.approx(72.5)
        (link,) = found["links"]
        assert (link["status"], link["answers"], link["milliseconds"]) == (200, True, 12)
        assert link["asked"].startswith("2023-11-14")
        assert "advice" not in found
        assert "history" not in found
        again = await get(
            house, "/datasets/trees/quality.json", **{"if-none-match": answer.headers["etag"]}
        )
        assert again.status_code == 304
        editor = await get(
            house, "/datasets/trees/quality.json?historic=true",
            authorization="Bearer steward-jena",
        )  # fmt: skip
        deeds = editor.json()["advice"]
        assert deeds[0] == {
            "key": "download-url",
            "points": 50,
            "paths": ["distribution[0].download_url", "distribution[1].download_url"],
            "title": deeds[0]["title"],
            "text": deeds[0]["text"],
        }
        assert [each["points"] for each in editor.json()["history"]] == [43, POINTS]

    run(scenario)


def test_the_past_is_in_the_graph_when_asked_for(run: Run) -> None:
    async def scenario(house: Served) -> None:
        answer = await get(house, "/datasets/trees/quality.ttl?historic=true")
        graph = rdflib.Graph().parse(data=answer.content, format="turtle")
        values = sorted(row[0].toPython() for row in graph.query(ASK % "scoring"))
        assert values == [43, POINTS, POINTS]

    run(scenario)


def test_quality_is_only_for_who_sees_the_dataset(run: Run) -> None:
    async def scenario(house: Served) -> None:
        for ending in ("", ".ttl", ".json"):
            assert (await get(house, f"/datasets/closed/quality{ending}")).status_code == 404
            assert (await get(house, f"/datasets/none/quality{ending}")).status_code == 404
        answer = await get(
            house, "/datasets/closed/quality.json", authorization="Bearer reader-jena"
        )
        assert answer.status_code == 200
        assert (await get(house, "/datasets/trees/quality.exe")).status_code in (404, 406)

    run(scenario)


def test_people_are_led_to_the_page_and_programs_from_the_dataset(run: Run) -> None:
    async def scenario(house: Served) -> None:
        html = {"accept": "text/html", "accept-language": "en"}
        answer = await get(house, "/datasets/trees/quality", **html)
        assert answer.headers["location"] == "/en/datasets/trees/quality"
        answer = await get(house, "/quality?publisher=Stadt", **html)
        assert answer.headers["location"] == "/en/quality?publisher=Stadt"
        link = (await get(house, "/datasets/trees.ttl")).headers["link"]
        assert '/datasets/trees/quality>; rel="http://www.w3.org/ns/dqv#hasQualityMetadata"' in link

    run(scenario)


def test_figures_of_the_city_are_about_what_is_public(run: Run) -> None:
    async def scenario(house: Served) -> None:
        found = (await get(house, "/quality", authorization="Bearer steward-jena")).json()
        assert (found["datasets"], found["points"], found["band"]) == (1, POINTS, "bad")
        assert found["bands"] == {"excellent": 0, "good": 0, "sufficient": 0, "bad": 1}
        assert [each["name"] for each in found["publishers"]] == ["Stadt"]
        assert found["losses"][0]["points"] >= found["losses"][1]["points"]
        one = (await get(house, "/quality.json?publisher=Stadt")).json()
        assert (one["scope"], one["datasets"]) == ("publisher", 1)
        assert (await get(house, "/quality?publisher=Nobody")).status_code == 404
        assert (await get(house, "/quality?catalogue=none")).status_code == 404
        assert (await get(house, "/quality?catalogue=a&publisher=b")).status_code == 400

    run(scenario)
