# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Any record through any syntax and back; rdflib judges that all syntaxes say the same."""

from typing import Any

import pytest
import rdflib
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rdflib.compare import isomorphic
from tests.model.records import node

from allmende.model.canonical import from_json, to_json
from allmende.model.catalogue import (
    RESOURCE_TYPES,
    Agent,
    Catalog,
    CatalogRecord,
    DataService,
    Dataset,
    Distribution,
    Resource,
    ResourceKind,
)
from allmende.model.rdf import (
    FORMATS,
    Member,
    Page,
    catalogue_statements,
    parse,
    read_catalogue,
    serialise,
    statements,
    triples,
)
from allmende.model.rdf.terms import Literal, ntriples_line

IRI = "https://example.org/resource/1"
RDFLIB = {
    "turtle": "turtle",
    "rdf-xml": "xml",
    "json-ld": "json-ld",
    "n-triples": "nt",
    "trig": "trig",
}
relaxed = settings(
    deadline=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
records = st.sampled_from(list(ResourceKind)).flatmap(
    lambda kind: st.tuples(st.just(kind), node(RESOURCE_TYPES[kind]))
)


def read_back(data: bytes, syntax: str) -> Resource:
    document = read_catalogue(parse(data, syntax))
    (found,) = (*document.catalogues, *document.records)
    assert [repair.code for repair in found.repairs] == []
    found.resource.iri = None
    return found.resource


def comparable(value: Any) -> Any:
    """A record without what RDF cannot keep: the order of repeated values."""
    if isinstance(value, dict):
        return {key: comparable(item) for key, item in value.items()}
    if isinstance(value, list):
        return sorted((comparable(item) for item in value), key=str)
    return value


@pytest.mark.parametrize("syntax", FORMATS)
@relaxed
@given(records)
def test_record_comes_back(syntax: str, record: tuple[ResourceKind, Resource]) -> None:
    kind, resource = record
    data = serialise(statements(resource, IRI, mint=False), syntax)
    again = read_back(data, syntax)
    assert comparable(rdf_free(to_json(again))) == comparable(rdf_free(to_json(resource)))
    assert from_json(to_json(resource), kind) == resource


def rdf_free(data: bytes) -> Any:
    import msgspec

    return msgspec.json.decode(data)


@pytest.mark.filterwarnings("ignore:.* is deprecated:DeprecationWarning")
@relaxed
@given(records)
def test_all_syntaxes_say_the_same_to_rdflib(record: tuple[ResourceKind, Resource]) -> None:
    lines = statements(record[1], IRI)
    reference = rdflib.Graph().parse(serialise(lines, "n-triples"), format="nt")
    assert len(reference) == len(lines)
    for syntax, name in RDFLIB.items():
        graph = rdflib.Dataset() if syntax == "trig" else rdflib.Graph()
        graph.parse(data=serialise(lines, syntax).decode(), format=name)
        plain = graph.default_graph if isinstance(graph, rdflib.Dataset) else graph
        assert isomorphic(plain, reference), syntax


def test_triples_and_statements_are_written_alike() -> None:
    dataset = Dataset(
        title={"de": "A"}, distribution=[Distribution(access_url=["https://e.org/a"])]
    )
    for syntax in ("turtle", "rdf-xml", "n-triples", "trig"):
        assert serialise(triples(dataset, IRI), syntax) == serialise(
            statements(dataset, IRI), syntax
        )
    assert b'"@id"' in serialise(triples(dataset, IRI), "json-ld")
    assert serialise([], "turtle") is not None


def test_distributions_get_addresses() -> None:
    dataset = Dataset(
        distribution=[
            Distribution(title={"de": "a"}),
            Distribution(iri="https://e.org/own", title={"de": "b"}),
            Distribution(title={"de": "c"}),
        ]
    )
    subjects = dict.fromkeys(line[0] for line in statements(dataset, IRI))
    assert list(subjects) == [
        IRI, IRI + "#distribution-1", "https://e.org/own", IRI + "#distribution-3",
    ]  # fmt: skip


def test_a_record_under_a_new_address_keeps_no_trace_of_the_old_one() -> None:
    dataset = Dataset(
        iri="https://old.org/1",
        relation=["https://old.org/1", "https://old.org/2"],
        extra=["<https://old.org/1> <https://e.org/p> <https://old.org/1> ."],
    )
    lines = statements(dataset, IRI)
    assert (IRI, "https://e.org/p", IRI) in lines
    assert not [line for line in lines if "https://old.org/1" in line]


def test_links_without_content_stay_links() -> None:
    dataset = Dataset(publisher=Agent(iri="https://e.org/stadt"))
    assert {line[0] for line in statements(dataset, IRI)} == {IRI}


def test_broken_values_do_not_break_the_document() -> None:
    dataset = Dataset(
        title={"not a tag": "A"},
        landing_page=["no address", "https://e.org/a b"],
        issued="gestern",
    )
    for syntax in FORMATS:
        data = serialise(statements(dataset, IRI), syntax)
        found = read_catalogue(parse(data, syntax)).records[0].resource
        assert found.landing_page == ["https://e.org/a%20b"]
        assert found.title == {"und": "A"}
        assert found.issued is None


def test_predicates_without_local_name_survive_rdf_xml() -> None:
    dataset = Dataset(extra=[f"<{IRI}> <https://e.org/1> <https://e.org/2> ."], iri=IRI)
    data = serialise(statements(dataset, IRI), "rdf-xml")
    assert b"dcat:Dataset" in data


def test_catalogue_page_says_everything() -> None:
    members = [
        Member(
            Dataset(title={"de": "A"}, publisher=Agent(name={"de": "S"})),
            "https://e.org/d/1",
            CatalogRecord(modified="2026-01-01", primary_topic="https://e.org/d/1"),
        ),
        Member(
            DataService(title={"de": "B"}, publisher=Agent(name={"de": "T"})), "https://e.org/s/1"
        ),
        Member(Catalog(title={"de": "C"}), "https://e.org/c/2"),
    ]
    catalogue = Catalog(title={"de": "Katalog"}, publisher=Agent(name={"de": "U"}))
    page = Page("https://e.org/c/1?page=1", 7, 3, next="https://e.org/c/1?page=2")
    lines = list(catalogue_statements(catalogue, "https://e.org/c/1", members, page))
    for syntax in FORMATS:
        document = read_catalogue(parse(serialise(lines, syntax), syntax))
        found = {record.node: record for record in document.records}
        assert set(found) == {"https://e.org/d/1", "https://e.org/s/1"}
        names = [record.resource.publisher for record in found.values()]
        assert {name.name["de"] for name in names if name} == {"S", "T"}
        assert document.paging is not None
        assert (document.paging.total, document.paging.next) == (7, "https://e.org/c/1?page=2")
        parents = {record.node: record.catalogue for record in document.catalogues}
        assert parents == {"https://e.org/c/1": None, "https://e.org/c/2": "https://e.org/c/1"}
        record = found["https://e.org/d/1"].record
        assert record is not None
        assert record.modified == "2026-01-01"


def test_json_ld_nests_and_shortens() -> None:
    import msgspec

    dataset = Dataset(
        title={"de": "A"},
        landing_page=["geo:50.9,11.5"],
        distribution=[Distribution(access_url=["https://e.org/a"])],
    )
    found = msgspec.json.decode(serialise(statements(dataset, IRI), "json-ld"))
    assert found["dct:title"] == {"@language": "de", "@value": "A"}
    assert found["dcat:distribution"]["dcat:accessURL"] == {"@id": "https://e.org/a"}
    assert "geo" not in found["@context"]


def test_control_characters_are_escaped_in_n_triples() -> None:
    line = ntriples_line((IRI, "https://e.org/p", Literal('a"\\\n\r\t\x01\x7f')))
    assert line.endswith('"a\\"\\\\\\n\\r\\t\\u0001\\u007F" .')
