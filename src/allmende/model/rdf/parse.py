# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Bytes in an RDF syntax → `Graph`: lenient about values, strict about danger.

Invalid IRIs are let through (the repairs look after them). Document type declarations in
RDF/XML and remote contexts in JSON-LD are refused: the first can grow without bound, the
second would make this program fetch a foreign address.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from allmende.errors import InvalidInput, LimitExceeded
from allmende.model.json_nesting import is_deeper
from allmende.model.rdf.terms import TYPE, Literal, Object

if TYPE_CHECKING:
    from pyoxigraph import RdfFormat

RELATIVE = "https://relative.invalid/"

FORMATS: dict[str, str] = {
    "turtle": "text/turtle",
    "rdf-xml": "application/rdf+xml",
    "json-ld": "application/ld+json",
    "n-triples": "application/n-triples",
    "trig": "application/trig",
    "n-quads": "application/n-quads",
    "n3": "text/n3",
}
_ALIASES: dict[str, str] = {
    "ttl": "turtle",
    "application/x-turtle": "turtle",
    "rdf": "rdf-xml",
    "xml": "rdf-xml",
    "rdfxml": "rdf-xml",
    "rdf/xml": "rdf-xml",
    "application/xml": "rdf-xml",
    "text/xml": "rdf-xml",
    "jsonld": "json-ld",
    "json": "json-ld",
    "application/json": "json-ld",
    "nt": "n-triples",
    "ntriples": "n-triples",
    "text/plain": "n-triples",
    "application/x-trig": "trig",
    "nq": "n-quads",
    "nquads": "n-quads",
    "text/rdf+n3": "n3",
    **{media_type: name for name, media_type in FORMATS.items()},
    **{name: name for name in FORMATS},
}
_OXIGRAPH = {
    "turtle": "TURTLE",
    "rdf-xml": "RDF_XML",
    "json-ld": "JSON_LD",
    "n-triples": "N_TRIPLES",
    "trig": "TRIG",
    "n-quads": "N_QUADS",
    "n3": "N3",
}
_LINE_BASED = frozenset({"n-triples", "n-quads"})
_ENCODINGS = frozenset({"us-ascii", "ascii", "iso-8859-1", "iso-8859-15", "windows-1252", "latin1"})
_DECLARATION = re.compile(rb"""^\s*<\?xml[^>]*?encoding=["']([A-Za-z0-9._-]+)["'][^>]*\?>""")
_PROLOG = re.compile(rb"(?:\s+|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)
_TAGS = re.compile(rb"""(?:xml:lang\s*=\s*["']|"@|"@language"\s*:\s*")([A-Za-z]{2,3}\b)""")
_PLACE = re.compile(r"^Parser error (?:at|between) [^:]*: ")
MAX_PROBLEMS = 100
BLOCK = 1000  # lines
MAX_DEPTH = 200  # levels of RDF/XML and JSON-LD
FLAT = 50_000  # bytes: a smaller document is read in no time however deep it is


@dataclass(frozen=True, slots=True)
class Problem:
    """A part of the document that could not be read, and why."""

    line: int | None
    message: str


@dataclass(slots=True)
class Graph:
    """The statements of a document by subject, in document order."""

    subjects: dict[str, list[tuple[str, Object]]] = field(default_factory=dict)
    types: dict[str, set[str]] = field(default_factory=dict)
    size: int = 0
    problems: list[Problem] = field(default_factory=list)
    upper_tags: dict[str, str] = field(default_factory=dict)

    def first(self, subject: str, predicate: str) -> Object | None:
        """The first object of the property, or None."""
        for found, value in self.subjects.get(subject, ()):
            if found == predicate:
                return value
        return None


def format_name(format_or_media_type: str) -> str:
    """The short name of a syntax from a media type, file ending or name; InvalidInput if none."""
    wanted = format_or_media_type.partition(";")[0].strip().lower().lstrip(".")
    name = _ALIASES.get(wanted)
    if name is None:
        raise InvalidInput(
            f"“{format_or_media_type}” is not an RDF syntax known here; use one of "
            f"{', '.join(FORMATS.values())}.",
            f"„{format_or_media_type}“ ist keine hier bekannte RDF-Syntax; möglich sind "
            f"{', '.join(FORMATS.values())}.",
            code="unknown-rdf-syntax",
        )
    return name


def oxigraph_format(name: str) -> RdfFormat:
    """The pyoxigraph constant of a short name."""
    from pyoxigraph import RdfFormat

    constant: RdfFormat = getattr(RdfFormat, _OXIGRAPH[name])
    return constant


def parse(data: bytes, format_or_media_type: str, base_iri: str | None = None) -> Graph:
    """Read a document; InvalidInput with the line when its syntax is broken, LimitExceeded when
    it is nested beyond reason.

    In N-Triples and N-Quads a broken line costs only itself and is listed in
    `Graph.problems` (at most 100). Named graphs are merged.
    """
    name = format_name(format_or_media_type)
    if name == "rdf-xml":
        data = _safe_xml(data)
        _check_depth(data)
    elif name == "json-ld" and is_deeper(data, MAX_DEPTH):
        raise LimitExceeded(
            f"The JSON-LD is nested more than {MAX_DEPTH} levels deep.",
            f"Das JSON-LD ist mehr als {MAX_DEPTH} Ebenen tief verschachtelt.",
            code="json-depth",
        )
    graph = Graph(upper_tags=_upper_case_tags(data))
    try:
        _index(graph, _quads(data, name, base_iri))
    except SyntaxError as error:
        if name not in _LINE_BASED:
            raise _syntax_error(error, data, name) from error
        graph = Graph(upper_tags=graph.upper_tags)
        _index_lines(graph, data, name, base_iri)
    _drop_repetitions(graph)
    return graph


def _drop_repetitions(graph: Graph) -> None:
    """A graph is a set (RDF 1.1 Concepts §3): what a document says twice counts once."""
    for node, pairs in graph.subjects.items():
        unique = dict.fromkeys(pairs)
        if len(unique) < len(pairs):
            graph.size -= len(pairs) - len(unique)
            graph.subjects[node] = list(unique)


def _quads(data: bytes, name: str, base_iri: str | None) -> Iterable[Any]:
    import pyoxigraph

    return pyoxigraph.parse(
        data, format=oxigraph_format(name), base_iri=base_iri or RELATIVE, lenient=True
    )


def _index(graph: Graph, quads: Iterable[Any]) -> None:
    from pyoxigraph import BlankNode, NamedNode

    subjects, types = graph.subjects, graph.types
    size = 0
    value: Object
    for subject, predicate, thing, _ in quads:
        size += 1
        node = subject.value if type(subject) is NamedNode else f"_:{subject.value}"
        kind = type(thing)
        if kind is NamedNode:
            value = thing.value
        elif kind is BlankNode:
            value = f"_:{thing.value}"
        else:
            language = thing.language
            value = Literal(thing.value, language and language.lower(), thing.datatype.value)
        known = subjects.get(node)
        if known is None:
            subjects[node] = known = []
        name = predicate.value
        known.append((name, value))
        if name == TYPE and isinstance(value, str):
            types.setdefault(node, set()).add(value)
    graph.size += size


def _index_lines(graph: Graph, data: bytes, name: str, base_iri: str | None) -> None:
    """Read in blocks of lines; only the lines of a broken block are read one by one."""
    lines = data.split(b"\n")
    for start in range(0, len(lines), BLOCK):
        block = lines[start : start + BLOCK]
        try:
            _index(graph, list(_quads(b"\n".join(block), name, base_iri)))
        except SyntaxError:
            for number, line in enumerate(block, start + 1):
                _index_line(graph, line, number, name, base_iri)


def _index_line(graph: Graph, line: bytes, number: int, name: str, base_iri: str | None) -> None:
    try:
        _index(graph, list(_quads(line, name, base_iri)))
    except SyntaxError as error:
        if len(graph.problems) < MAX_PROBLEMS:
            graph.problems.append(Problem(number, _reason(error)))


def _safe_xml(data: bytes) -> bytes:
    """UTF-8 bytes without a document type declaration; InvalidInput when there is one."""
    data = _utf8(data)
    prolog = _PROLOG.match(data)
    start = prolog.end() if prolog else 0
    if data[start : start + 9].upper() == b"<!DOCTYPE":
        raise InvalidInput(
            "The RDF/XML has a document type declaration (DOCTYPE); entities are not expanded "
            "here for safety. Send it without the declaration.",
            "Das RDF/XML enthält eine Dokumenttypdeklaration (DOCTYPE); Entitäten werden hier "
            "aus Sicherheitsgründen nicht aufgelöst. Bitte ohne diese Deklaration liefern.",
            code="doctype-refused",
        )
    return data


def _check_depth(data: bytes) -> None:
    """LimitExceeded for RDF/XML nested beyond reason: the parser's time grows with its square."""
    if len(data) < FLAT:
        return
    from xml.parsers import expat

    depth = 0

    def opened(name: str, attributes: object) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise LimitExceeded(
                f"The RDF/XML is nested more than {MAX_DEPTH} levels deep.",
                f"Das RDF/XML ist mehr als {MAX_DEPTH} Ebenen tief verschachtelt.",
                code="xml-depth",
            )

    def closed(name: str) -> None:
        nonlocal depth
        depth -= 1

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = opened, closed
    with suppress(expat.ExpatError):  # the RDF parser says better what is wrong
        parser.Parse(data, True)


def _utf8(data: bytes) -> bytes:
    if data.startswith(b"\xef\xbb\xbf"):
        return data[3:]
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16", errors="replace")
        return re.sub(r"^\s*<\?xml.*?\?>", "", text, count=1, flags=re.DOTALL).encode()
    declared = _DECLARATION.match(data[:1024])
    if declared is None:
        return data
    encoding = declared.group(1).decode("ascii").lower()
    if encoding in _ENCODINGS:
        return data[declared.end() :].decode(encoding, errors="replace").encode()
    return data


def _upper_case_tags(data: bytes) -> dict[str, str]:
    """Language tags that the document writes in capitals only, by their lower-case form."""
    found = {tag.decode("ascii") for tag in set(_TAGS.findall(data))}
    return {tag.lower(): tag for tag in found if not tag.islower() and tag.lower() not in found}


def _syntax_error(error: SyntaxError, data: bytes, name: str) -> InvalidInput:
    message = _reason(error)
    if "LoadDocumentCallback" in message:
        return InvalidInput(
            "The JSON-LD names a context at another address; contexts are never fetched. "
            "Send the context inside the document.",
            "Das JSON-LD verweist auf einen Kontext an fremder Adresse; Kontexte werden nie "
            "nachgeladen. Bitte den Kontext im Dokument mitliefern.",
            code="remote-context-refused",
        )
    line = error.lineno or (_xml_error_line(data) if name == "rdf-xml" else None)
    where_en, where_de = (f" in line {line}", f" in Zeile {line}") if line else ("", "")
    return InvalidInput(
        f"The {name} document is not well-formed{where_en}: {message}.",
        f"Das Dokument ({name}) ist{where_de} fehlerhaft aufgebaut: {message}.",
        code="rdf-syntax",
    )


def _reason(error: SyntaxError) -> str:
    """What is wrong, without the place, which is told apart."""
    return _PLACE.sub("", str(error.msg or error)).rstrip(".")


def _xml_error_line(data: bytes) -> int | None:
    """The line of the first XML error, found by expat; there is no DOCTYPE at this point."""
    from xml.parsers import expat

    try:
        expat.ParserCreate().Parse(data, True)
    except expat.ExpatError as error:
        return error.lineno
    return None
