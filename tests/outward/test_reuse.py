# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Showcases and statistics for programs."""

import io
from collections.abc import Callable

import pytest
import rdflib
from tests.outward.conftest import Town

from allmende.core import showcases
from allmende.core.showcases import Sent
from allmende.policy import ANONYMOUS, SYSTEM

Visit = Callable[..., None]
SCHEMA = rdflib.Namespace("http://schema.org/")
SYNTAXES = {"jsonld": "json-ld", "ttl": "turtle", "rdf": "xml", "nt": "nt"}


async def shown(town: Town, *datasets: str) -> str:
    sent = Sent(
        kind="article",
        title="Über Bäume",
        text="Ein Artikel über die Bäume der Stadt.",
        link="https://zeitung.example/baeume?a=1&b=2",
        datasets=datasets,
        maker='Erika "E"',
        email="erika@example.org",
    )
    made = await showcases.send_in(town.platform, ANONYMOUS, sent, b"", "192.0.2.1")
    await showcases.decide(town.platform, SYSTEM, made.id, "published")
    return made.id


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph")  # rdflib's own reader of JSON-LD
def test_showcases_say_the_same_in_every_syntax(visit: Visit) -> None:
    async def scenario(town: Town) -> None:
        ident = await shown(town, "trees", "wells")
        program = town.browser(accept="*/*")
        described = (await program.get(f"/showcases/{ident}")).json()
        assert described["title"] == "Über Bäume"
        assert [each["id"] for each in described["datasets"]] == ["trees", "wells"]
        assert "erika@example.org" not in str(described)
        graphs = []
        for ending, form in SYNTAXES.items():
            for path in (f"/showcases/{ident}.{ending}", f"/showcases.{ending}"):
                answer = await program.get(path)
                assert answer.status_code == 200
                found = rdflib.Graph().parse(io.BytesIO(answer.content), format=form)
                graphs.append(set(found))
        for each in graphs:
            assert each == graphs[0], each ^ graphs[0]
        here = rdflib.URIRef(f"http://127.0.0.1:8000/showcases/{ident}")
        assert (here, rdflib.RDF.type, SCHEMA.Article) in graphs[0]
        based = {str(o) for s, p, o in graphs[0] if p == SCHEMA.isBasedOn}
        assert based == {f"http://127.0.0.1:8000/datasets/{each}" for each in ("trees", "wells")}
        listed = (await program.get("/showcases.json")).json()
        assert listed["total"] == 1
        assert listed["items"] == [described]
        for wrong in ("0", "x", "-1", "9" * 40):
            assert (await program.get(f"/showcases.json?page={wrong}")).status_code == 400
        assert (await program.get("/showcases.docx")).status_code in (404, 406)
        page = await town.browser().get(f"/showcases/{ident}")
        assert page.headers["location"].endswith(f"/showcases/{ident}")

    visit(scenario)


def test_a_showcase_of_hidden_datasets_is_hidden(visit: Visit) -> None:
    from allmende.core import catalogue
    from allmende.model.catalogue import ResourceKind
    from allmende.policy import Status

    async def scenario(town: Town) -> None:
        ident, other = await shown(town, "trees"), await shown(town, "trees", "wells")
        dataset = ResourceKind.DATASET
        await catalogue.release(town.platform, SYSTEM, dataset, "trees", Status.DRAFT)
        program = town.browser(accept="*/*")
        assert (await program.get(f"/showcases/{ident}")).status_code == 404
        found = (await program.get("/showcases.json")).json()
        assert found["total"] == 1
        assert [each["id"] for each in found["items"]] == [other]
        assert [each["id"] for each in found["items"][0]["datasets"]] == ["wells"]
        assert "trees" not in str(found)

    visit(scenario)


def test_statistics_are_tables(lean: Visit) -> None:
    async def scenario(town: Town) -> None:
        for path in ("/statistics", "/statistics.json", "/statistics.csv"):
            answer = await town.browser(accept="*/*").get(path)
            assert answer.status_code == 200
            kind = "text/csv" if path.endswith("csv") else "application/json"
            assert answer.headers["content-type"].startswith(kind)

    lean(scenario)
