# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Our own reader of hubs reads our own hub: the same catalogue comes back."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.interfaces.piveau.hub import MARKS, hub
from tests.interfaces.support import Served, listening
from tests.sources.servers import fetcher

from allmende.core import accounts, catalogue, harvest
from allmende.core.catalogue import Entry, Record
from allmende.core.platform import Platform
from allmende.core.settings import Settings
from allmende.model import rdf
from allmende.model.canonical import to_json
from allmende.model.catalogue import Dataset, ResourceKind
from allmende.policy import SYSTEM, Status

pytestmark = MARKS
FILES = ("rostock-catalog-original-input.rdf", "destatis-catalog-original-input.rdf")


def real(shared_data: Path, name: str) -> list[Entry]:
    path = shared_data / "catalogue" / name
    found = rdf.read_catalogue(rdf.parse(path.read_bytes(), "rdf-xml"))
    return [
        Entry(
            kind=each.kind,
            resource=each.resource,
            organisation="jena",
            catalogue="demo",
            original_id=each.original_id,
        )
        for each in found.records
    ]


async def harvested(site: Served, folder: Path, path: str, limit: int) -> list[Record]:
    """What another platform has after it has harvested the hub."""
    settings = Settings(data=folder, access_log=False)
    async with listening(site.app) as base, Platform.open(settings) as other:
        await accounts.save_organisation(other, SYSTEM, "jena", {"de": "Jena"})
        options = {"limit": limit, "duplicates": "keep", "catalogue": "demo"}
        source = harvest.source_for(
            base + path, kind="piveau", catalogue="copy", organisation="jena"
        )
        source.options = options
        await harvest.define(other, SYSTEM, source)
        async with fetcher() as fetch:
            run = await harvest.execute(other, SYSTEM, source.id, fetch=fetch)
        assert (run.status, run.error, run.counts.faults) == ("complete", {}, 0)
        return [each async for each in catalogue.each(other, SYSTEM)]


@pytest.mark.parametrize("name", FILES)
async def test_our_own_harvest_of_the_repository_gives_the_same_records(
    shared_data: Path, tmp_path: Path, name: str
) -> None:
    async with hub(tmp_path / "one", base_url="http://127.0.0.1:8000") as site:
        entries = real(shared_data, name)
        await catalogue.put_many(site.platform, SYSTEM, entries)
        mine = {
            each.resource.iri: each
            async for each in catalogue.each(site.platform, SYSTEM, kind=ResourceKind.DATASET)
        }
        path = "/api/hub/repo/catalogues/demo"
        copies = await harvested(site, tmp_path / "two", path, 5_000)
        theirs = {each.resource.iri: each for each in copies if each.kind is ResourceKind.DATASET}
        assert len(theirs) == len(mine) == len(entries) > 90
        for iri, record in mine.items():
            again = theirs[iri].resource
            assert in_words(again) == in_words(record.resource), iri
        root = next(each for each in copies if each.kind is ResourceKind.CATALOG)
        assert root.resource.title == {"de": "Katalog demo"}


def in_words(resource: object) -> set[str]:
    """What a record says, as statements without the labels of blank nodes."""
    assert isinstance(resource, Dataset)
    lines = rdf.serialise(rdf.statements(resource, "urn:x", strict=True), "nt").decode()
    return {
        " ".join("_:" if word.startswith("_:") else word for word in line.split(" "))
        for line in lines.splitlines()
    }


async def test_our_own_harvest_of_the_search_gives_the_same_datasets(
    shared_data: Path, tmp_path: Path
) -> None:
    async with hub(tmp_path / "one") as site:
        entries = real(shared_data, FILES[0])
        hidden = Entry(
            kind=ResourceKind.DATASET,
            resource=Dataset(title={"de": "Entwurf"}),
            organisation="jena",
            catalogue="demo",
            status=Status.DRAFT,
        )
        await catalogue.put_many(site.platform, SYSTEM, [*entries, hidden])
        copies = await harvested(site, tmp_path / "two", "/api/hub/search/search", 40)
        theirs = {each.resource.iri: each.resource for each in copies}
        for entry in entries:
            mine = entry.resource
            again = theirs[mine.iri]
            assert isinstance(mine, Dataset)
            assert isinstance(again, Dataset)
            assert list(again.description.values()) == list(mine.description.values())
            assert list(again.title.values()) == list(mine.title.values())
            assert again.theme == mine.theme
            assert {w for each in again.keyword.values() for w in each} == {
                w for each in mine.keyword.values() for w in each
            }
            assert len(again.distribution) == len(mine.distribution)
            for left, right in zip(again.distribution, mine.distribution, strict=True):
                assert (left.access_url, left.format) == (right.access_url, right.format)
                assert left.license == right.license
        assert not any(each.resource.title == {"de": "Entwurf"} for each in copies)


async def test_the_canonical_form_of_a_copy_is_the_same(tmp_path: Path) -> None:
    async with hub(tmp_path / "one") as site:
        resource = Dataset(iri="https://example.org/1", title={"de": "Eins"}, identifier=["1"])
        entry = Entry(
            kind=ResourceKind.DATASET, resource=resource, organisation="jena", catalogue="demo"
        )
        await catalogue.put(site.platform, SYSTEM, entry)
        copies = await harvested(site, tmp_path / "two", "/api/hub/repo/catalogues/demo", 1)
        copy = next(each for each in copies if each.kind is ResourceKind.DATASET)
        assert to_json(copy.resource) == to_json(resource)
