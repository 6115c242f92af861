# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A parsed document → the catalogues, datasets, series and services it describes."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b

from allmende.errors import InvalidRecord
from allmende.model.catalogue import (
    RESOURCE_TYPES,
    CatalogRecord,
    Repair,
    Resource,
    ResourceKind,
)
from allmende.model.namespaces import DCAT, DCT, FOAF, HYDRA, OWL, RDF, RDFS, SKOS
from allmende.model.rdf.hash import structural_hash
from allmende.model.rdf.parse import RELATIVE, Graph, Problem
from allmende.model.rdf.record import Reading, closure
from allmende.model.rdf.terms import Literal, Statement, is_blank, ntriples_line

MEMBERSHIP: dict[str, ResourceKind | None] = {
    DCAT + "dataset": ResourceKind.DATASET,
    DCAT + "service": ResourceKind.SERVICE,
    DCAT + "catalog": ResourceKind.CATALOG,
    DCAT + "resource": None,
    DCAT + "record": None,
}
_TYPES = (  # the first one that fits decides: a series or a catalogue may also be a dataset
    (DCAT + "Catalog", ResourceKind.CATALOG),
    (DCAT + "DatasetSeries", ResourceKind.SERIES),
    (DCAT + "DataService", ResourceKind.SERVICE),
    (DCAT + "Dataset", ResourceKind.DATASET),
)
_SKIP = frozenset(MEMBERSHIP)
_NO_PARTS = frozenset(  # described beside the records, but no part of any
    {
        DCAT + "CatalogRecord",
        HYDRA + "PagedCollection",
        HYDRA + "PartialCollectionView",
        SKOS + "ConceptScheme",
    }
)


@dataclass(frozen=True, slots=True)
class Paging:
    """What Hydra says about the pages of a catalogue; None where it says nothing."""

    next: str | None = None
    previous: str | None = None
    first: str | None = None
    last: str | None = None
    total: int | None = None
    per_page: int | None = None


@dataclass
class FoundRecord:
    """One resource in a document. Hash, source and content are worked out when asked for.

    `catalogue` is the `original_id` of the catalogue it belongs to. Reading `resource`,
    `repairs`, `source` or `hash` raises InvalidRecord for a record beyond all limits.
    """

    kind: ResourceKind
    node: str
    original_id: str
    graph: Graph
    stops: set[str]
    catalogue: str | None = None
    untyped: bool = False
    record_node: str | None = None

    @cached_property
    def statements(self) -> list[Statement]:
        """The original statements of the record, without the links to its members."""
        found = closure(self.graph, self.node, self.stops)
        if self.kind is not ResourceKind.CATALOG:
            return found
        return [line for line in found if line[0] != self.node or line[1] not in _SKIP]

    @cached_property
    def hash(self) -> str:
        """A hash of the original statements, independent of order and blank node labels."""
        return structural_hash(self.statements, self.node)

    @cached_property
    def source(self) -> bytes:
        """The original statements as N-Triples."""
        lines = "\n".join(ntriples_line(statement) for statement in self.statements)
        return lines.encode("utf-8", errors="replace") + b"\n"

    @property
    def resource(self) -> Resource:
        """The typed record."""
        return self._read[0]

    @property
    def repairs(self) -> list[Repair]:
        """What was put right while reading."""
        return self._read[1]

    @cached_property
    def record(self) -> CatalogRecord | None:
        """The catalogue record that speaks about this resource, if there is one."""
        if self.record_node is None:
            return None
        return Reading(self.graph, self.record_node, self.stops).node(
            CatalogRecord, self.record_node, ""
        )

    @cached_property
    def _read(self) -> tuple[Resource, list[Repair]]:
        skip = _SKIP if self.kind is ResourceKind.CATALOG else frozenset()
        reading = Reading(self.graph, self.node, self.stops, skip)
        if is_blank(self.node):
            reading.repair("blank-node-record", "", self.node, self.original_id)
        if self.untyped:
            reading.repair("type-missing", "", "", RESOURCE_TYPES[self.kind].rdf_types[0])
        resource = reading.node(RESOURCE_TYPES[self.kind], self.node, "")
        resource.extra = reading.finish(self.statements)
        return resource, reading.repairs


@dataclass
class CatalogueDocument:
    """Everything a document says: catalogues, their records, the next page, what was broken."""

    catalogues: list[FoundRecord] = field(default_factory=list)
    records: list[FoundRecord] = field(default_factory=list)
    paging: Paging | None = None
    problems: list[Problem] = field(default_factory=list)

    @property
    def root(self) -> FoundRecord | None:
        """The catalogue that is in no other one; None without catalogues."""
        for found in self.catalogues:
            if found.catalogue is None:
                return found
        return self.catalogues[0] if self.catalogues else None


def read_catalogue(graph: Graph) -> CatalogueDocument:
    """All resources of a document, in document order; ontology terms are no records."""
    kinds, untyped = _kinds(graph)
    stops = _stops(graph, kinds)
    parents = _parents(graph, kinds)
    ids = _original_ids(graph, kinds)
    about = _catalogue_records(graph)
    document = CatalogueDocument(paging=_paging(graph), problems=graph.problems)
    for node, kind in kinds.items():
        found = FoundRecord(kind, node, ids[node], graph, stops)
        found.untyped = node in untyped
        found.record_node = about.get(node)
        document_list = document.catalogues if kind is ResourceKind.CATALOG else document.records
        document_list.append(found)
    root = _only_root(kinds, parents)
    for found in (*document.catalogues, *document.records):
        parent = parents.get(found.node, root if found.node != root else None)
        found.catalogue = ids.get(parent) if parent else None
    return document


def _kinds(graph: Graph) -> tuple[dict[str, ResourceKind], set[str]]:
    kinds: dict[str, ResourceKind] = {}
    untyped: set[str] = set()
    for subject in graph.subjects:
        kind = _kind(graph.types.get(subject, set()))
        if kind is not None:
            kinds[subject] = kind
    for catalogue in [node for node, kind in kinds.items() if kind is ResourceKind.CATALOG]:
        for predicate, value in graph.subjects[catalogue]:
            kind = MEMBERSHIP.get(predicate)
            if kind and isinstance(value, str) and value in graph.subjects and value not in kinds:
                kinds[value] = kind
                untyped.add(value)
    return kinds, untyped


def _kind(types: set[str]) -> ResourceKind | None:
    for iri, kind in _TYPES:
        if iri in types and not any(_is_ontology(found) for found in types):
            return kind
    return None


def _is_ontology(type_iri: str) -> bool:
    return type_iri.startswith((OWL, RDFS)) or type_iri == RDF + "Property"


def _stops(graph: Graph, kinds: dict[str, ResourceKind]) -> set[str]:
    stops = set(kinds)
    for node, types in graph.types.items():
        if any(found in _NO_PARTS or _is_ontology(found) for found in types):
            stops.add(node)
    return stops


def _parents(graph: Graph, kinds: dict[str, ResourceKind]) -> dict[str, str]:
    """The innermost catalogue that lists a node."""
    parents: dict[str, str] = {}
    catalogues = [node for node, kind in kinds.items() if kind is ResourceKind.CATALOG]
    for catalogue in catalogues:
        for predicate, value in graph.subjects[catalogue]:
            nested = predicate in (DCAT + "catalog", DCT + "hasPart")
            if nested and value in catalogues and value != catalogue and isinstance(value, str):
                parents.setdefault(value, catalogue)
    depth = {node: _depth(node, parents) for node in catalogues}
    for catalogue in sorted(catalogues, key=lambda node: -depth[node]):
        for predicate, value in graph.subjects[catalogue]:
            if predicate in MEMBERSHIP and isinstance(value, str) and value not in depth:
                parents.setdefault(value, catalogue)
    return parents


def _depth(node: str, parents: dict[str, str]) -> int:
    seen: set[str] = set()
    while node in parents and node not in seen:
        seen.add(node)
        node = parents[node]
    return len(seen)


def _only_root(kinds: dict[str, ResourceKind], parents: dict[str, str]) -> str | None:
    roots = [n for n, kind in kinds.items() if kind is ResourceKind.CATALOG and n not in parents]
    return roots[0] if len(roots) == 1 else None


def _original_ids(graph: Graph, kinds: dict[str, ResourceKind]) -> dict[str, str]:
    """dct:identifier, else the IRI, else a hash of the titles, else a hash of everything."""
    ids = {node: _given_id(graph, node) for node in kinds}
    taken = {found for found in ids.values() if found}
    result: dict[str, str] = {}
    for node, kind in kinds.items():
        found = ids[node]
        if found is None:
            found = _title_id(graph, node, kind)
            if found is None or found in taken:
                found = _whole_id(graph, node, set(kinds) - {node})
            taken.add(found)
        result[node] = found
    return result


def _given_id(graph: Graph, node: str) -> str | None:
    value = graph.first(node, DCT + "identifier")
    text = value.value.strip() if isinstance(value, Literal) else value
    if text and not is_blank(text):
        return text
    return None if is_blank(node) or node == RELATIVE else node


def _title_id(graph: Graph, node: str, kind: ResourceKind) -> str | None:
    titles = sorted(
        f"{value.language or ''} {value.value}"
        for predicate, value in graph.subjects[node]
        if predicate == DCT + "title" and isinstance(value, Literal)
    )
    if not titles:
        return None
    return "title-" + blake2b("\n".join([kind, *titles]).encode(), digest_size=16).hexdigest()


def _whole_id(graph: Graph, node: str, stops: set[str]) -> str:
    try:
        statements = closure(graph, node, stops)
    except InvalidRecord:  # it is refused when it is read; here it only needs a name
        statements = [(node, *pair) for pair in graph.subjects[node]]
    return f"hash-{structural_hash(statements, node)}"


def _catalogue_records(graph: Graph) -> dict[str, str]:
    about: dict[str, str] = {}
    for node, types in graph.types.items():
        if DCAT + "CatalogRecord" in types:
            topic = graph.first(node, FOAF + "primaryTopic")
            if isinstance(topic, str):
                about.setdefault(topic, node)
    return about


def _paging(graph: Graph) -> Paging | None:
    values: dict[str, str] = {}
    for pairs in graph.subjects.values():
        for predicate, value in pairs:
            if predicate.startswith(HYDRA):
                text = value.value if isinstance(value, Literal) else value
                values.setdefault(predicate[len(HYDRA) :], text)
    if not values:
        return None

    def link(*names: str) -> str | None:
        return next((values[name] for name in names if name in values), None)

    def number(name: str) -> int | None:
        text = values.get(name, "")
        return int(text) if text.isdigit() else None

    return Paging(
        link("next", "nextPage"),
        link("previous", "previousPage"),
        link("first", "firstPage"),
        link("last", "lastPage"),
        number("totalItems"),
        number("itemsPerPage"),
    )
