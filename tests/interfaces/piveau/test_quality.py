# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a piveau hub tells of quality: metrics of a dataset, and search by points."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import rdflib
from tests.interfaces.piveau.hub import MARKS, REPO, SEARCH, hub
from tests.interfaces.support import Served

from allmende.core import catalogue
from allmende.core.catalogue import Entry
from allmende.model.catalogue import Dataset, ResourceKind
from allmende.policy import SYSTEM, Level

pytestmark = MARKS
DATASETS = ResourceKind.DATASET


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Served]:
    async with hub(tmp_path) as house:
        for ident, words, level in (
            ("plain", {}, Level.OPEN),
            ("rich", {"de": ["Baum"]}, Level.OPEN),
            ("closed", {"de": ["Baum"]}, Level.INTERNAL),
        ):
            dataset = Dataset(title={"de": ident}, description={"de": "x"}, keyword=words)
            entry = Entry(
                kind=DATASETS, resource=dataset, organisation="jena", id=ident,
                metadata_access=level, legal_basis="§ 3",
            )  # fmt: skip
            await catalogue.put(house.platform, SYSTEM, entry)
        yield house


async def test_metrics_are_dqv(site: Served) -> None:
    for path in ("resources/rich", "datasets/rich"):
        answer = await site.client.get(
            f"{REPO}/{path}/metrics?historic=true", headers={"accept": "text/turtle"}
        )
        assert answer.status_code == 200, answer.text
        graph = rdflib.Graph().parse(data=answer.text, format="turtle")
        scoring = rdflib.URIRef("https://piveau.eu/ns/voc#scoring")
        of = rdflib.URIRef("http://www.w3.org/ns/dqv#isMeasurementOf")
        value = rdflib.URIRef("http://www.w3.org/ns/dqv#value")
        found = {graph.value(each, value).toPython() for each in graph.subjects(of, scoring)}
        assert found == {60}  # a keyword, and DCAT-AP is met
    assert (await site.client.get(f"{REPO}/datasets/closed/metrics")).status_code == 404


async def test_search_by_points(site: Served) -> None:
    async def ids(query: str) -> list[str]:
        answer = await site.client.get(f"{SEARCH}/search?filters=dataset&{query}")
        assert answer.status_code == 200, answer.text
        return sorted(each["id"] for each in answer.json()["result"]["results"])

    assert await ids("minScoring=60") == ["rich"]
    assert await ids("maxScoring=59") == ["plain"]
    assert await ids("minScoring=0&maxScoring=405") == ["plain", "rich"]
    assert await ids("minScoring=61") == []
