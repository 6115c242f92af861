# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""RDF terms as plain Python values: fast to index, to compare and to write down.

An IRI is its text, a blank node is a text that begins with `_:`, a literal is a `Literal`.
"""

from __future__ import annotations

import re
from typing import NamedTuple, TypeGuard

from allmende.model.namespaces import RDF, XSD

STRING = XSD + "string"
LANG_STRING = RDF + "langString"
TYPE = RDF + "type"


class Literal(NamedTuple):
    """A literal: its text, its lower-case language tag (or None) and its datatype."""

    value: str
    language: str | None = None
    datatype: str = STRING


Object = str | Literal
Statement = tuple[str, str, Object]

_SPECIAL = re.compile(r'["\\\n\r\t\x00-\x1f\x7f]')
_NAMED = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def is_blank(node: Object | None) -> TypeGuard[str]:
    """Whether the term is a blank node."""
    return isinstance(node, str) and node.startswith("_:")


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    return _NAMED.get(character) or f"\\u{ord(character):04X}"


def ntriples_term(term: Object) -> str:
    """The term in N-Triples syntax (RDF 1.1 N-Triples §2)."""
    if isinstance(term, str):
        return term if term.startswith("_:") else f"<{term}>"
    value, language, datatype = term
    if _SPECIAL.search(value):
        value = _SPECIAL.sub(_escape, value)
    if language:
        return f'"{value}"@{language}'
    if datatype == STRING:
        return f'"{value}"'
    return f'"{value}"^^<{datatype}>'


def ntriples_line(statement: Statement) -> str:
    """One statement as an N-Triples line without the line break."""
    subject, predicate, value = statement
    head = subject if subject.startswith("_:") else f"<{subject}>"
    return f"{head} <{predicate}> {ntriples_term(value)} ."
