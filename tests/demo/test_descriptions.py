# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The descriptions are complete, in two languages, and conform to DCAT-AP.de."""

from pathlib import Path

import pytest

from allmende.demo import columns
from allmende.demo.describe import Description, descriptions
from allmende.demo.forms import catalogue_form, dataset_forms
from allmende.demo.shipped import manifest
from allmende.model import rdf
from allmende.model.catalogue import Dataset, Distribution, ResourceKind
from allmende.model.check import check
from allmende.model.profile import profiles_for

BASE = "https://daten.example.org"
SHAPES = (
    "dcat-ap-de-3.0-dcat-ap-SHACL-DE.ttl",
    "dcat-ap-de-3.0-dcat-ap-spec-german-additions.ttl",
    "dcat-ap-de-3.0-dcat-ap-de-deprecated.ttl",
)
IDS_OF_THE_CONTRACT = {"trees", "addresses", "parking", "pois", "districts", "reference-areas"}


@pytest.fixture(scope="module")
def found() -> list[Description]:
    return descriptions(BASE)


def datasets() -> list[Dataset]:
    return [each.resource for each in descriptions(BASE) if isinstance(each.resource, Dataset)]


def distributions() -> list[tuple[Dataset, Distribution]]:
    return [(dataset, each) for dataset in datasets() for each in dataset.distribution]


def named(dataset: Dataset) -> str:
    return str(dataset.iri).rpartition("/")[2]


def test_how_many_of_each_kind(found: list[Description]) -> None:
    kinds = [each.kind for each in found]
    assert kinds.count(ResourceKind.CATALOG) == 1
    assert kinds.count(ResourceKind.SERIES) == 1
    assert kinds.count(ResourceKind.DATASET) == 28
    assert kinds.count(ResourceKind.SERVICE) == 2
    assert {each.id for each in found} >= IDS_OF_THE_CONTRACT | {"jena"}
    assert len({(each.kind, each.id) for each in found}) == len(found)


def test_every_shipped_file_is_described_and_the_other_way_round() -> None:
    described = {f"{form.id}/{file.file}" for form in dataset_forms() for file in form.distribution}
    assert described == set(manifest())


def test_file_names_of_descriptions_are_their_ids() -> None:
    folder = Path(columns.__file__).parent / "datasets"
    assert {path.stem for path in folder.glob("*.toml")} == {form.id for form in dataset_forms()}


def test_nothing_depends_on_the_machine(found: list[Description]) -> None:
    assert descriptions(BASE) == found
    assert all("127.0.0.1" not in str(each.resource) for each in found)


@pytest.mark.parametrize("dataset", datasets(), ids=named)
def test_dataset_is_described_in_two_languages(dataset: Dataset) -> None:
    for text in (dataset.title, dataset.description, dataset.provenance[0].label):
        assert set(text) == {"de", "en"}
        assert all(text.values())
    assert set(dataset.keyword) == {"de", "en"}
    assert all(len(words) >= 4 for words in dataset.keyword.values())
    assert all("\n" not in text for text in dataset.description.values())


@pytest.mark.parametrize("dataset", datasets(), ids=named)
def test_dataset_has_what_a_reader_needs(dataset: Dataset) -> None:
    assert dataset.theme
    assert dataset.publisher is not None
    assert set(dataset.publisher.name) == {"de", "en"}
    assert dataset.contact_point[0].url
    assert not dataset.contact_point[0].email
    assert dataset.modified
    assert dataset.temporal[0].start or dataset.temporal[0].end
    assert dataset.spatial[0].iri
    assert dataset.political_geocoding_level
    assert dataset.accrual_periodicity
    assert dataset.distribution


@pytest.mark.parametrize(
    ("dataset", "each"),
    [pytest.param(*pair, id=str(pair[1].iri).rpartition("/")[2]) for pair in distributions()],
)
def test_distribution_is_measured_and_attributed(dataset: Dataset, each: Distribution) -> None:
    path = each.download_url[0].removeprefix(f"{BASE}/files/")
    assert each.byte_size == manifest()[path].bytes
    assert each.checksum is not None
    assert each.checksum.value == manifest()[path].sha256
    assert str(each.license).startswith("http://dcat-ap.de/def/licenses/")
    assert set(each.license_attribution) == {"de", "en"}
    assert set(each.title) == set(each.description) == {"de", "en"}
    assert each.format
    assert each.media_type
    assert each.applicable_legislation == dataset.applicable_legislation


def test_references_lead_to_described_resources(found: list[Description]) -> None:
    known = {each.resource.iri for each in found}
    for dataset in datasets():
        assert set(dataset.relation) <= known
        assert set(dataset.in_series) <= known


def test_licences_are_those_of_the_sources() -> None:
    used = {form.id: form.licence for form in dataset_forms()}
    by_the_city = {"trees", "parking", "addresses", "polling-places"}
    assert {name for name, licence in used.items() if licence == "dl-by"} == by_the_city
    assert set(used.values()) == {"dl-by", "odbl", "epl", "apache", "cc-by-sa"}
    assert set(catalogue_form().licences) >= set(used.values())
    openstreetmap = [form for form in dataset_forms() if form.publisher == "openstreetmap"]
    assert all("OpenStreetMap" in form.attribution["de"] for form in openstreetmap)


def test_only_the_addresses_are_high_value() -> None:
    assert [named(dataset) for dataset in datasets() if dataset.hvd_category] == ["addresses"]


def test_round_trip_through_turtle_keeps_every_dataset(found: list[Description]) -> None:
    lines = []
    for number, each in enumerate(found):
        lines += rdf.statements(each.resource, str(each.resource.iri), scope=f"n{number}")
    document = rdf.read_catalogue(rdf.parse(rdf.serialise(lines, "text/turtle"), "text/turtle"))
    back = {each.node: each.resource for each in document.records}
    assert len(back) == len(found) - 1  # the catalogue is the document itself
    for each in found[1:]:
        again = back[str(each.resource.iri)]
        assert again.title == each.resource.title
        if isinstance(again, Dataset) and isinstance(each.resource, Dataset):
            assert len(again.distribution) == len(each.resource.distribution)


def test_our_own_profiles_only_recommend(found: list[Description]) -> None:
    for each in found:
        for profile in profiles_for(each.resource):
            grave = [one for one in check(each.resource, profile) if one.severity != "info"]
            assert not grave, f"{each.id}: {grave}"


def test_official_shapes_of_dcat_ap_de_find_nothing(
    found: list[Description], shared_data: Path
) -> None:
    import pyshacl
    import rdflib

    lines = []
    for number, each in enumerate(found):
        lines += rdf.statements(each.resource, str(each.resource.iri), scope=f"n{number}")
    graph = rdflib.Graph().parse(data=rdf.serialise(lines, "text/turtle"), format="turtle")
    shapes = rdflib.Graph()
    for name in SHAPES:
        shapes.parse(shared_data / "conformance/dcat" / name)
    conforms, _, text = pyshacl.validate(graph, shacl_graph=shapes, inference="none")
    assert conforms, text
