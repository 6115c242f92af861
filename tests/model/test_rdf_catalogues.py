# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Four real German catalogues and the samples of the city: complete, and nothing lost."""

from collections import Counter
from pathlib import Path

import pytest
from tests.model.roundtrip import same, unexplained

from allmende.model.canonical import from_json, to_json
from allmende.model.catalogue import Dataset
from allmende.model.rdf import CatalogueDocument, parse, read_catalogue, serialise, statements
from allmende.model.repair import REPAIRS

CATALOGUES = {  # file: catalogues, datasets, distributions
    "rostock-catalog-original-input.rdf": (1, 100, 773),
    "bremen-catalog-original-input.rdf": (1, 153, 237),
    "brandenburg-catalog-original-input.rdf": (7, 112, 212),
    "destatis-catalog-original-input.rdf": (1, 135, 135),
    "sample01.rdf": (1, 1, 1),
    "eudata01.rdf": (0, 1, 1),
    "dcat_ap_de-RefImp_RDF_SIMPLE_V1.1.rdf": (1, 1, 1),
}


def read(shared_data: Path, name: str) -> CatalogueDocument:
    data = (shared_data / "catalogue" / name).read_bytes()
    return read_catalogue(parse(data, "application/rdf+xml"))


@pytest.mark.parametrize("name", CATALOGUES)
def test_every_record_is_found(shared_data: Path, name: str) -> None:
    document = read(shared_data, name)
    datasets = [found.resource for found in document.records]
    distributions = sum(len(d.distribution) for d in datasets if isinstance(d, Dataset))
    assert (len(document.catalogues), len(datasets), distributions) == CATALOGUES[name]
    assert len({found.original_id for found in document.records}) == len(datasets)


@pytest.mark.parametrize("name", CATALOGUES)
def test_no_statement_is_lost_without_a_repair(shared_data: Path, name: str) -> None:
    document = read(shared_data, name)
    for found in (*document.catalogues, *document.records):
        assert unexplained(found) == []


@pytest.mark.parametrize("name", CATALOGUES)
def test_repairs_are_known_and_json_keeps_everything(shared_data: Path, name: str) -> None:
    document = read(shared_data, name)
    for found in (*document.catalogues, *document.records):
        assert {repair.code for repair in found.repairs} <= set(REPAIRS)
        assert from_json(to_json(found.resource), found.kind) == found.resource


@pytest.mark.parametrize("syntax", ["turtle", "rdf-xml", "json-ld", "n-triples", "trig"])
@pytest.mark.parametrize("name", CATALOGUES)
def test_what_goes_out_comes_in_again(shared_data: Path, name: str, syntax: str) -> None:
    document = read(shared_data, name)
    for found in document.records[:20]:
        iri = "https://example.org/datasets/1"
        written = serialise(statements(found.resource, iri), syntax)
        again = read_catalogue(parse(written, syntax)).records
        assert len(again) == 1
        assert again[0].repairs == []
        before, after = statements(found.resource, iri), statements(again[0].resource, iri)
        assert same(before, after, iri)


def test_brandenburg_keeps_its_nested_catalogues(shared_data: Path) -> None:
    document = read(shared_data, "brandenburg-catalog-original-input.rdf")
    parents = {found.original_id: found.catalogue for found in document.catalogues}
    assert sum(parent is not None for parent in parents.values()) == 3
    members = Counter(found.catalogue for found in document.records)
    assert sorted(members.values()) == [2, 2, 48, 60]


def test_rostock_names_its_next_page(shared_data: Path) -> None:
    paging = read(shared_data, "rostock-catalog-original-input.rdf").paging
    assert paging is not None
    assert paging.next == "https://www.opendata-hro.de/catalog.rdf?page=2"
    assert (paging.total, paging.per_page) == (217, 100)


def test_sample_of_the_city_is_accepted_and_repaired(shared_data: Path) -> None:
    document = read(shared_data, "sample01.rdf")
    found = document.records[0]
    assert found.resource.title == {"de": "Beispiel Dataset 1", "en": "Example Dataset 1"}
    assert found.resource.issued == "2022-10-04T14:29:14.172+02:00"
    codes = Counter(repair.code for repair in found.repairs)
    assert codes == {"blank-node-record": 1, "language-tag-case": 5, "date-datatype": 1}
    assert found.original_id.startswith("title-")
    assert found.catalogue == document.catalogues[0].original_id


def test_bremen_is_put_right(shared_data: Path) -> None:
    document = read(shared_data, "bremen-catalog-original-input.rdf")
    catalogue = document.catalogues[0]
    assert catalogue.resource.modified == "2021-01-28T01:51:03.349193Z"
    dataset = document.records[0].resource
    assert isinstance(dataset, Dataset)
    assert dataset.contact_point[0].email[0].startswith("mailto:")
    assert dataset.language == ["http://publications.europa.eu/resource/authority/language/DEU"]
    assert dataset.originator
    assert dataset.custodian
    assert dataset.temporal[0].start is not None


def test_rostock_is_put_right(shared_data: Path) -> None:
    document = read(shared_data, "rostock-catalog-original-input.rdf")
    dataset = document.records[0].resource
    assert isinstance(dataset, Dataset)
    distribution = dataset.distribution[0]
    assert dataset.access_rights == (
        "http://publications.europa.eu/resource/authority/access-right/PUBLIC"
    )
    assert distribution.license == "http://dcat-ap.de/def/licenses/cc-zero"
    assert distribution.availability == (
        "http://publications.europa.eu/resource/authority/planned-availability/STABLE"
    )
    assert distribution.status == (
        "http://publications.europa.eu/resource/authority/distribution-status/COMPLETED"
    )
    sized = next(d for d in dataset.distribution if d.byte_size is not None)
    assert sized.checksum is not None
    assert sized.checksum.algorithm == "http://spdx.org/rdf/terms#checksumAlgorithm_sha256"
