# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""pySHACL and our engine, asked the same question and answering in the same words.

A finding is (focus, path, value, component, severity). A blank node is told by what is said
about it, because each parser gives it another name.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pyshacl
import rdflib
from rdflib import BNode, Graph, URIRef
from rdflib.collection import Collection
from rdflib.namespace import SH

from allmende.model.rdf import parse
from allmende.model.rdf.parse import RELATIVE
from allmende.model.rdf.terms import Literal, Object
from allmende.model.validation import Data, Shapes, compile_shapes

# the German file speaks of the shapes of DCAT-AP 3.0.0; those of 3.0.1 have the same numbers
RENAMED = (
    "https://semiceu.github.io/DCAT-AP/releases/3.0.0/shacl/dcat-ap-SHACL.ttl#",
    "https://semiceu.github.io/DCAT-AP/releases/3.0.1#",
)
OFFICIAL = {
    "dcat-ap": ("semic-3.0.1-dcat-ap-SHACL.ttl",),
    "ranges": ("semic-3.0.1-dcat-ap-SHACL.ttl", "semic-3.0.1-ranges.ttl"),
    "dcat-ap-de": (
        "semic-3.0.1-dcat-ap-SHACL.ttl",
        "dcat-ap-de-3.0-dcat-ap-SHACL-DE.ttl",
        "dcat-ap-de-3.0-dcat-ap-spec-german-additions.ttl",
        "dcat-ap-de-3.0-dcat-ap-de-deprecated.ttl",
    ),
    "hvd": ("semic-3.0.0-hvd-hvd-SHACL.ttl",),
    "dcat-ap+hvd": ("semic-3.0.1-dcat-ap-SHACL.ttl", "semic-3.0.0-hvd-hvd-SHACL.ttl"),
}
Finding = tuple[Any, str, Any, str, str]


@cache
def official_text(folder: Path, name: str) -> str:
    """The official shapes of a profile in Turtle."""
    files = (folder / "conformance" / "dcat" / each for each in OFFICIAL[name])
    return "\n".join(file.read_text("utf-8") for file in files).replace(*RENAMED)


@cache
def official(folder: Path, name: str) -> Shapes:
    """The official shapes of a profile, compiled by us."""
    return compiled(official_text(folder, name))


def compiled(turtle: str) -> Shapes:
    """Shapes in Turtle, compiled by us."""
    return compile_shapes(Data.of_graph(parse(turtle.encode(), "text/turtle")))


def data_of(content: bytes, syntax: str = "rdf-xml") -> Data:
    """A document as our engine takes it."""
    return Data.of_graph(parse(content, syntax))


def ours(shapes: Shapes, data: Data) -> Counter[Finding]:
    """What our engine finds."""
    return Counter(
        (_term(data, r.focus), r.path, _term(data, r.value), r.component, r.severity)
        for r in shapes.validate(data)
    )


def _term(data: Data, term: Object | None) -> Any:
    if isinstance(term, Literal):
        return ("literal", term.value)
    if term is None or not term.startswith("_:"):
        return term
    said = [
        (predicate, "_" if isinstance(v, str) and v.startswith("_:") else _term(data, v))
        for predicate, table in data.properties.items()
        for v in table.get(term, ())
    ]
    return ("blank", *sorted(said, key=repr))


@cache
def _shapes_graph(turtle: str) -> Graph:
    """The shapes for pySHACL, without property shapes that have no path: it stops at them."""
    graph = Graph()
    graph.parse(data=turtle, format="turtle")
    for parent, shape in list(graph.subject_objects(SH.property)):
        if (shape, SH.path, None) not in graph:
            graph.remove((parent, SH.property, shape))
            graph.remove((shape, None, None))
    return graph


def pyshacl_finds(turtle: str, content: bytes | str, syntax: str = "xml") -> Counter[Finding]:
    """What pySHACL finds."""
    data = Graph()
    data.parse(data=content, format=syntax, publicID=RELATIVE)
    shapes = _shapes_graph(turtle)
    _, report, _ = pyshacl.validate(
        data, shacl_graph=shapes, inference="none", do_owl_imports=False, advanced=False
    )
    assert isinstance(report, Graph)
    return Counter(_finding(report, data, each) for each in report.objects(None, SH.result))


def _finding(report: Graph, data: Graph, result: Any) -> Finding:
    return (
        _node(data, report.value(result, SH.focusNode)),
        _path(report, report.value(result, SH.resultPath)),
        _node(data, report.value(result, SH.value)),
        str(report.value(result, SH.sourceConstraintComponent)).partition("#")[2],
        str(report.value(result, SH.resultSeverity)).removeprefix(str(SH)),
    )


def _node(data: Graph, term: Any) -> Any:
    if term is None:
        return None
    if isinstance(term, rdflib.Literal):
        return ("literal", str(term))
    if isinstance(term, URIRef):
        return str(term)
    said = [
        (str(predicate), "_" if isinstance(value, BNode) else _node(data, value))
        for predicate, value in data.predicate_objects(term)
    ]
    return ("blank", *sorted(said, key=repr))


def _path(report: Graph, node: Any) -> str:
    if node is None:
        return ""
    return str(node) if isinstance(node, URIRef) else _written(report, node)


_SIGNS = {"inversePath": "^{}", "zeroOrMorePath": "{}*", "oneOrMorePath": "{}+"} | {
    "zeroOrOnePath": "{}?"
}


def _written(report: Graph, node: Any) -> str:
    if isinstance(node, URIRef):
        return f"<{node}>"
    options = report.value(node, SH.alternativePath)
    if options is not None:
        return "(" + "|".join(_written(report, each) for each in Collection(report, options)) + ")"
    for name, sign in _SIGNS.items():
        inner = report.value(node, SH[name])
        if inner is not None:
            return sign.format(_written(report, inner))
    return "(" + "/".join(_written(report, each) for each in Collection(report, node)) + ")"
