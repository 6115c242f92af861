# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The store: one named graph per resource, and the default graph that merges them all.

The default graph is kept and not computed by the query engine: a union made while a query
runs would count a statement once per graph that holds it, and publishers are described in
thousands of graphs. A statement leaves the default graph with the last graph that holds it.
"""

import re
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from itertools import islice

import pyoxigraph as ox
from msgspec import MsgspecError, json

from allmende.model.catalogue import RESOURCE_TYPES, ResourceKind
from allmende.model.rdf.terms import Statement, ntriples_line
from allmende.projections.rdf.entry import entry_statements, subject_iri
from allmende.projections.rdf.protocol import Graph

MAX_REFUSED = 20
BATCH = 250  # graphs taken in at once by the first load

_UNWRITABLE = re.compile(r'[\x00-\x20<>"{}|^`\\]')  # in an IRI (N-Triples §2.2)

DEFAULT = ox.DefaultGraph()


class GraphStore:
    """An in-memory RDF dataset whose graphs are replaced and removed as a whole."""

    def __init__(self) -> None:
        self.store = ox.Store()
        self.names: set[str] = set()

    @property
    def graphs(self) -> int:
        """How many named graphs there are."""
        return len(self.names)

    def count(self) -> int:
        """How many statements the default graph has; takes time in proportion to them."""
        (row,) = self.store.query("SELECT (COUNT(*) AS ?n) {?s ?p ?o}")  # type: ignore[misc]
        return int(row["n"].value)

    def load(self, graphs: Iterable[Graph]) -> list[str]:
        """Replaces or removes each graph; gives what could not be loaded, at most 20 lines."""
        refused: list[str] = []
        if not self.names:
            for batch in _batches(graphs):
                self._fill(batch, refused)
            return refused
        for graph in graphs:
            self.remove(graph.iri)
            self.store.extend(self._new((graph,), refused))
        return refused

    def _fill(self, graphs: list[Graph], refused: list[str]) -> None:
        """Takes in graphs that are not there yet, as text: twice as fast as object by object."""
        try:
            lines = "".join(line for graph in graphs for line in _lines(graph))
            self.store.load(lines, ox.RdfFormat.N_QUADS)  # all of it or nothing
        except (MsgspecError, ValueError, SyntaxError):  # one of them; each by itself then
            self.store.extend(self._new(graphs, refused))
        else:
            self.names.update(graph.iri for graph in graphs if not graph.gone)

    def remove(self, iri: str) -> None:
        """Takes a graph out, and out of the default graph what no other graph says."""
        if iri not in self.names:
            return
        self.names.discard(iri)
        name = ox.NamedNode(iri)
        for quad in list(self.store.quads_for_pattern(None, None, None, name)):
            self.store.remove(quad)
            triple = quad.triple
            holders = self.store.quads_for_pattern(
                triple.subject, triple.predicate, triple.object, None
            )
            if all(other.graph_name == DEFAULT for other in holders):
                self.store.remove(ox.Quad(triple.subject, triple.predicate, triple.object, DEFAULT))
        self.store.remove_graph(name)

    def _new(self, graphs: Iterable[Graph], refused: list[str]) -> Iterator[ox.Quad]:
        """The quads of the graphs, each in its graph and in the default graph."""
        for graph in graphs:
            if graph.gone:
                continue
            try:
                name, statements = ox.NamedNode(graph.iri), list(triples_of(graph))
            except (MsgspecError, ValueError, SyntaxError) as error:
                if len(refused) < MAX_REFUSED:
                    refused.append(f"{graph.iri}: {error}"[:150])
                continue
            self.names.add(graph.iri)
            for triple in statements:
                subject, predicate, object_ = triple.subject, triple.predicate, triple.object
                yield ox.Quad(subject, predicate, object_, name)
                yield ox.Quad(subject, predicate, object_, DEFAULT)


def triples_of(graph: Graph) -> Iterator[ox.Triple]:
    """All statements of a graph, its anonymous nodes named so that no other graph has them.

    Raises msgspec.ValidationError, ValueError or SyntaxError when it cannot be read.
    """
    scope = _scope(graph)
    if graph.kind:
        from allmende.model.rdf import to_oxigraph

        yield from to_oxigraph(_of_resource(graph, scope))
    if graph.more:
        yield from _parsed("\n".join(graph.more), scope)


def _batches(graphs: Iterable[Graph]) -> Iterator[list[Graph]]:
    left = iter(graphs)
    while batch := list(islice(left, BATCH)):
        yield batch


def _lines(graph: Graph) -> Iterator[str]:
    """The statements as N-Quads, each in its graph and in the default graph.

    Raises ValueError for a graph or an IRI that cannot be written so without being mended.
    """
    if graph.gone:
        return
    if graph.more or _UNWRITABLE.search(graph.iri):
        raise ValueError(graph.iri)
    for statement in _of_resource(graph, _scope(graph)):
        for term in statement:
            if isinstance(term, str) and _UNWRITABLE.search(term):
                raise ValueError(term)
        line = ntriples_line(statement)[:-1]
        yield f"{line}<{graph.iri}> .\n{line}.\n"


def _scope(graph: Graph) -> str:
    """The beginning of the names of its anonymous nodes."""
    return "b" + blake2b(graph.iri.encode(), digest_size=8).hexdigest()


def _of_resource(graph: Graph, scope: str) -> list[Statement]:
    from allmende.model.rdf import statements

    kind = ResourceKind(graph.kind)
    resource = json.decode(graph.resource, type=RESOURCE_TYPES[kind])
    subject = subject_iri(resource, graph.iri)
    found = statements(resource, subject, scope=scope)
    if graph.membership is not None:
        found += entry_statements(resource, graph.iri, subject, graph.membership)
    return found


def _parsed(lines: str, scope: str) -> Iterator[ox.Triple]:
    for quad in ox.parse(lines, format=ox.RdfFormat.N_TRIPLES, lenient=True):
        subject, object_ = quad.subject, quad.object
        if isinstance(subject, ox.BlankNode):
            subject = ox.BlankNode(scope + subject.value)
        if isinstance(object_, ox.BlankNode):
            object_ = ox.BlankNode(scope + object_.value)
        yield ox.Triple(subject, quad.predicate, object_)
