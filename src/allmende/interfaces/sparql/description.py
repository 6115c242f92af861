# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The description of the endpoint in RDF (SPARQL 1.1 Service Description)."""

from collections.abc import Iterator

from allmende.core.sparql import State
from allmende.model.namespaces import RDFS, XSD
from allmende.model.rdf import Literal, Statement, serialise
from allmende.model.rdf.terms import LANG_STRING, TYPE

SD = "http://www.w3.org/ns/sparql-service-description#"
VOID = "http://rdfs.org/ns/void#"
FORMATS = "http://www.w3.org/ns/formats/"

_FORMATS = (
    "SPARQL_Results_JSON",
    "SPARQL_Results_XML",
    "SPARQL_Results_CSV",
    "SPARQL_Results_TSV",
    "Turtle",
    "RDF_XML",
    "JSON-LD",
    "N-Triples",
)
_ABOUT = {
    "en": "Public records only, one named graph each; the default graph is the merge of all of "
    "them. Queries are stopped after {seconds:g} seconds; answers have at most {rows} rows. "
    "There is no federation and no update.",
    "de": "Nur öffentliche Einträge, je Eintrag ein benannter Graph; der Standardgraph ist die "
    "Zusammenführung aller. Anfragen enden nach {seconds:g} Sekunden; Antworten haben höchstens "
    "{rows} Zeilen. Föderation und Änderungen gibt es nicht.",
}


def describe(address: str, state: State, seconds: float, rows: int, format: str) -> bytes:
    """The description in an RDF syntax of the model room."""
    prefixes = {"sd": SD, "void": VOID, "formats": FORMATS, "rdfs": RDFS, "xsd": XSD}
    return serialise(list(_statements(address, state, seconds, rows)), format, prefixes)


def _statements(address: str, state: State, seconds: float, rows: int) -> Iterator[Statement]:
    service, dataset, graph = f"{address}#service", f"{address}#dataset", f"{address}#graph"
    yield service, TYPE, SD + "Service"
    yield service, SD + "endpoint", address
    yield service, SD + "supportedLanguage", SD + "SPARQL11Query"
    yield service, SD + "feature", SD + "UnionDefaultGraph"
    for name in _FORMATS:
        yield service, SD + "resultFormat", FORMATS + name
    for language, text in _ABOUT.items():
        about = text.format(seconds=seconds, rows=rows)
        yield service, RDFS + "comment", Literal(about, language, LANG_STRING)
    yield service, SD + "defaultDataset", dataset
    yield dataset, TYPE, SD + "Dataset"
    yield dataset, SD + "defaultGraph", graph
    yield graph, TYPE, SD + "Graph"
    if state.sequence >= 0:
        yield graph, VOID + "triples", Literal(str(state.triples), None, XSD + "integer")
