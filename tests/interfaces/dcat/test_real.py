# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Four real German catalogues go in and come out whole, in every syntax."""

import logging
from collections import Counter
from pathlib import Path

import pytest
import rdflib
from tests.interfaces.support import Served, served

from allmende.core import catalogue
from allmende.core.catalogue import Entry
from allmende.errors import AllmendeError
from allmende.interfaces.dcat import routes
from allmende.model import rdf
from allmende.policy import SYSTEM

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning"),
]

COUNTS = {"rostock": 100, "bremen": 153, "brandenburg": 112, "destatis": 135}
SYNTAXES = {"ttl": "turtle", "rdf": "xml", "jsonld": "json-ld", "trig": "turtle"}


async def fill(site: Served, folder: Path, name: str) -> None:
    data = (folder / "catalogue" / f"{name}-catalog-original-input.rdf").read_bytes()
    document = rdf.read_catalogue(rdf.parse(data, "application/rdf+xml"))
    entries = [
        Entry(
            kind=found.kind,
            resource=found.resource,
            organisation="jena",
            original_id=found.original_id,
        )
        for found in document.records
    ]
    for result in await catalogue.put_many(site.platform, SYSTEM, entries):
        assert not isinstance(result, AllmendeError)


def statements(graph: rdflib.Graph) -> Counter[tuple[object, ...]]:
    """The statements, each anonymous node replaced by what is said about it two steps deep.

    Telling graphs apart exactly takes minutes with so many anonymous nodes.
    """
    blank = rdflib.BNode
    near = {
        node: frozenset(
            (predicate, None if isinstance(value, blank) else value)
            for predicate, value in graph.predicate_objects(node)
        )
        for node in set(graph.subjects())
        if isinstance(node, blank)
    }

    def named(term: object) -> object:
        return near.get(term, "_:") if isinstance(term, blank) else term

    return Counter((named(s), p, named(o)) for s, p, o in graph)


@pytest.mark.parametrize("name", COUNTS)
async def test_real_catalogues_are_valid_in_every_syntax(
    tmp_path: Path, shared_data: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, "rdflib")  # which grumbles about values of the catalogues
    async with served(tmp_path, routes) as site:
        await fill(site, shared_data, name)
        plain = await site.client.get("/catalog.nt")
        judged = rdflib.Graph().parse(data=plain.content, format="nt")
        expected = statements(judged)
        datasets = rdflib.URIRef("http://www.w3.org/ns/dcat#Dataset")
        assert len(set(judged.subjects(rdflib.RDF.type, datasets))) == COUNTS[name]
        for ending, syntax in SYNTAXES.items():
            response = await site.client.get(f"/catalog.{ending}")
            found = rdflib.Graph().parse(data=response.content, format=syntax)
            assert statements(found) == expected, ending
