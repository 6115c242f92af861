# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""RDF in and out: the public face of the codec.

graph = parse(data, "text/turtle", base_iri="https://example.org/catalog.ttl")
document = read_catalogue(graph)
for found in document.records:           # found.hash is cheap, found.resource is read late
    ...
serialise(statements(resource, iri), "application/ld+json")
"""

from allmende.model.rdf.page import Member, Page, catalogue_statements, member_statements
from allmende.model.rdf.parse import FORMATS, Graph, Problem, format_name, parse
from allmende.model.rdf.read import CatalogueDocument, FoundRecord, Paging, read_catalogue
from allmende.model.rdf.serialise import media_type, serialise, to_oxigraph, triples
from allmende.model.rdf.terms import Literal, Statement
from allmende.model.rdf.write import node_statements, statements

__all__ = [
    "FORMATS",
    "CatalogueDocument",
    "FoundRecord",
    "Graph",
    "Literal",
    "Member",
    "Page",
    "Paging",
    "Problem",
    "Statement",
    "catalogue_statements",
    "format_name",
    "media_type",
    "member_statements",
    "node_statements",
    "parse",
    "read_catalogue",
    "serialise",
    "statements",
    "to_oxigraph",
    "triples",
]
