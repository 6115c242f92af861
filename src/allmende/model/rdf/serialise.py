# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Statements → pyoxigraph triples → bytes in any RDF syntax."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING

from allmende.model import repair_iri
from allmende.model.catalogue import Resource
from allmende.model.namespaces import PREFIXES
from allmende.model.rdf import xml
from allmende.model.rdf.jsonld import compact
from allmende.model.rdf.parse import FORMATS, format_name, oxigraph_format
from allmende.model.rdf.terms import STRING, Literal, Statement
from allmende.model.rdf.write import statements

if TYPE_CHECKING:
    import pyoxigraph
    from pyoxigraph import BlankNode, NamedNode, Triple

    Subject = NamedNode | BlankNode


def triples(
    resource: Resource, iri: str, *, strict: bool = True, mint: bool = True, scope: str = ""
) -> list[Triple]:
    """The record as pyoxigraph triples; parameters as in `write.statements`."""
    return list(to_oxigraph(statements(resource, iri, strict=strict, mint=mint, scope=scope)))


def to_oxigraph(lines: Iterable[Statement]) -> Iterator[Triple]:
    """Triples for statements; one with an IRI that nothing can mend is left out."""
    from pyoxigraph import Literal as Lit
    from pyoxigraph import Triple

    for subject, predicate, value in lines:
        thing: Subject | pyoxigraph.Literal | None
        if isinstance(value, str):
            thing = _node(value)
        elif value.datatype == STRING:
            thing = Lit(value.value)
        else:
            thing = _literal(value)
        head, verb = _node(subject), _node(predicate)
        if head is not None and verb is not None and thing is not None:
            yield Triple(head, verb, thing)  # type: ignore[arg-type]


def serialise(
    lines: Iterable[Statement] | Iterable[Triple],
    format_or_media_type: str,
    prefixes: dict[str, str] | None = None,
) -> bytes:
    """The document in Turtle, RDF/XML, JSON-LD, N-Triples, TriG, N-Quads or N3.

    Takes statements or pyoxigraph triples; each group of the same subject should be
    together. JSON-LD is written nested with prefixes from statements, expanded from
    triples. RDF/XML leaves out what it cannot say (see `xml`). InvalidInput when the
    syntax is unknown.
    """
    import pyoxigraph

    name = format_name(format_or_media_type)
    iterator = iter(lines)
    first = next(iterator, None)
    if first is None:
        source: Iterable[Triple] = ()
    elif isinstance(first, pyoxigraph.Triple):
        source = chain((first,), iterator)  # type: ignore[arg-type]
    elif name == "json-ld":
        return compact(chain((first,), iterator))  # type: ignore[arg-type]
    else:
        source = to_oxigraph(chain((first,), iterator))  # type: ignore[arg-type]
    if name == "rdf-xml":
        source = (each for each in source if xml.is_writable(each.predicate.value))
    written = pyoxigraph.serialize(
        source, format=oxigraph_format(name), prefixes=PREFIXES if prefixes is None else prefixes
    )
    return xml.cleaned(written or b"") if name == "rdf-xml" else written or b""


def media_type(format_or_media_type: str) -> str:
    """The registered media type of a syntax."""
    return FORMATS[format_name(format_or_media_type)]


@lru_cache(maxsize=16384)
def _node(name: str) -> Subject | None:
    from pyoxigraph import BlankNode, NamedNode

    try:
        return BlankNode(name[2:]) if name.startswith("_:") else NamedNode(name)
    except ValueError:
        better = repair_iri.cleaned(name)
        return NamedNode(better) if better else None


def _literal(value: Literal) -> pyoxigraph.Literal:
    from pyoxigraph import Literal as Lit

    text, language, datatype = value
    if language:
        try:
            return Lit(text, language=language)
        except ValueError:
            return Lit(text)
    kind = _node(datatype)
    return Lit(text, datatype=kind) if kind is not None else Lit(text)  # type: ignore[arg-type]
