# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Our own CKAN reader harvests us: four real German catalogues come out as they went in."""

from collections import Counter
from pathlib import Path

import pytest
import rdflib
from tests.interfaces.ckan.conftest import City
from tests.interfaces.dcat.test_real import COUNTS, fill, statements
from tests.sources.servers import fetcher

from allmende.core import catalogue
from allmende.core.harvest.types import Fault, HarvestRequest
from allmende.model import rdf
from allmende.model.catalogue import Dataset, ResourceKind
from allmende.policy import SYSTEM
from allmende.sources.ckan.source import read

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning"),
]


async def harvested(address: str) -> dict[str, Dataset]:
    """The datasets by the ids of their packages, as the reader gives them."""
    found: dict[str, Dataset] = {}
    async with fetcher() as fetch:
        async for page in read(HarvestRequest(address, {"rows": 60}), fetch):
            for record in page.records:
                assert not isinstance(record, Fault), record.text
                content = record.load().resource
                assert isinstance(content, Dataset)
                found[record.original_id] = content
    return found


def said(dataset: Dataset, iri: str) -> Counter[tuple[object, ...]]:
    """The statements of a dataset, whatever its anonymous nodes are called."""
    lines = rdf.serialise(rdf.statements(dataset, iri, strict=False), "nt")
    return statements(rdflib.Graph().parse(data=lines, format="nt"))


@pytest.mark.parametrize("name", COUNTS)
async def test_our_own_reader_gives_the_same_catalogue_back(
    city: City, shared_data: Path, name: str
) -> None:
    await fill(city.served, shared_data, name)
    again = await harvested(f"{city.address}/api/3/action/package_search")
    number = 0
    async for record in catalogue.each(city.served.platform, SYSTEM, kind=ResourceKind.DATASET):
        shown = await city.result("package_show", id=record.id)
        theirs, ours = again[shown["id"]], record.resource
        assert isinstance(ours, Dataset)
        address = catalogue.address(city.served.platform, record)
        own = ours.iri if ours.iri and not ours.iri.startswith("_:") else address
        assert theirs.iri == own
        for their, our in zip(theirs.distribution, ours.distribution, strict=True):
            assert their.iri  # an anonymous one has CKAN's address of a resource now
            their.iri = our.iri
        assert said(theirs, own) == said(ours, own), record.id
        number += 1
    assert number == len(again)
