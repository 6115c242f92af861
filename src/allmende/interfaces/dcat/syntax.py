# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""RDF documents written in parts: a head, any number of parts, a foot. Pure functions.

Each part is a list of statements; what the parts have in common (prefixes, the enclosing
element) stands in the head once, so that a catalogue of any size can be written without
ever being in memory. One part between head and foot is a document too.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec import Raw, Struct, json

from allmende.core.negotiation import Format
from allmende.model.namespaces import PREFIXES
from allmende.model.rdf import Literal, Statement, serialise

_PREFIX_LINES = re.compile(rb"(?:@prefix [^\n]*\n)*")


class Syntax(Struct, frozen=True):
    """An RDF syntax: its format, what stands before, between and after the parts."""

    format: Format
    head: bytes
    between: bytes
    foot: bytes
    part: Callable[[Sequence[Statement]], bytes]

    def document(self, statements: Sequence[Statement]) -> bytes:
        """A whole document with one part."""
        return self.head + self.part(statements) + self.foot


def _turtle_part(statements: Sequence[Statement]) -> bytes:
    text = serialise(statements, "turtle")
    return text[_PREFIX_LINES.match(text).end() :]  # type: ignore[union-attr]


def _xml_part(statements: Sequence[Statement]) -> bytes:
    text = serialise(statements, "rdf-xml")
    start = text.index(b">", text.index(b"<rdf:RDF")) + 1
    return text[start : text.rindex(b"</rdf:RDF>")].strip(b"\n") + b"\n"


def _json_part(statements: Sequence[Statement]) -> bytes:
    """The nodes, separated by commas, for the array that the head opens."""
    found = json.decode(serialise(statements, "json-ld"), type=dict[str, Raw])
    found.pop("@context", None)
    if "@graph" in found:
        nodes = [bytes(node) for node in json.decode(found["@graph"], type=list[Raw])]
    else:
        nodes = [json.encode(found)] if found else []
    schemes = _taken_for_prefixes(statements)
    if schemes:
        context = json.encode(dict.fromkeys(sorted(schemes)))
        nodes = [b'{"@context":' + context + b"," + node[1:] for node in nodes]
    return b",\n".join(nodes)


def _taken_for_prefixes(statements: Iterable[Statement]) -> set[str]:
    """Prefixes of the head that are the scheme of an IRI here, such as `geo:50.9,11.6`."""
    found = set()
    for statement in statements:
        for term in statement:
            if isinstance(term, Literal):
                continue
            scheme = term.partition(":")[0]
            if scheme in PREFIXES:
                found.add(scheme)
    return found


def _plain_part(statements: Sequence[Statement]) -> bytes:
    return serialise(statements, "n-triples")


_TURTLE_HEAD = "".join(f"@prefix {name}: <{PREFIXES[name]}> .\n" for name in sorted(PREFIXES))
_XML_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF'
    + "".join(f'\n  xmlns:{name}="{PREFIXES[name]}"' for name in sorted(PREFIXES))
    + ">\n"
)
_JSON_HEAD = json.encode({"@context": PREFIXES})[:-1] + b',"@graph":[\n'

TURTLE = Syntax(Format("text/turtle", ("ttl",)), _TURTLE_HEAD.encode(), b"", b"", _turtle_part)
JSON_LD = Syntax(
    Format("application/ld+json", ("jsonld",)), _JSON_HEAD, b",\n", b"\n]}\n", _json_part
)
RDF_XML = Syntax(
    Format("application/rdf+xml", ("rdf", "xml")), _XML_HEAD.encode(), b"", b"</rdf:RDF>\n",
    _xml_part,
)  # fmt: skip
N_TRIPLES = Syntax(Format("application/n-triples", ("nt",)), b"", b"", b"", _plain_part)
TRIG = Syntax(Format("application/trig", ("trig",)), _TURTLE_HEAD.encode(), b"", b"", _turtle_part)
SYNTAXES: dict[Format, Syntax] = {
    syntax.format: syntax for syntax in (TURTLE, JSON_LD, RDF_XML, N_TRIPLES, TRIG)
}


def joined(syntax: Syntax, parts: Iterable[bytes]) -> Iterator[bytes]:
    """The pieces of a document from its encoded parts; empty parts leave no separator."""
    yield syntax.head
    started = False
    for part in parts:
        if part:
            yield syntax.between + part if started else part
            started = True
    yield syntax.foot
