# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Statements → JSON-LD that people can read: prefixes, and nodes nested where they are used."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import msgspec

from allmende.model import repair_iri
from allmende.model.namespaces import PREFIXES
from allmende.model.rdf.terms import STRING, TYPE, Literal, Object, Statement, is_blank

_LOCAL = re.compile(r"[A-Za-z][\w-]*\Z", re.ASCII)
MAX_DEPTH = 40


def compact(lines: Iterable[Statement]) -> bytes:
    """A JSON-LD 1.1 document: one node, or `@graph` with several, in the order given."""
    return _Document(lines).write()


@lru_cache(maxsize=32768)
def _checked(iri: str) -> tuple[str | None, str | None]:
    """The IRI made valid (None if it cannot be), and the prefix its scheme would be taken for."""
    better = iri if repair_iri.is_iri(iri) else repair_iri.cleaned(iri)
    scheme = iri.partition(":")[0]
    return better, scheme if scheme in PREFIXES else None


class _Document:
    def __init__(self, lines: Iterable[Statement]) -> None:
        self.nodes: dict[str, dict[tuple[str, Object], None]] = {}
        self.mentions: dict[str, int] = {}
        self.prefixes = dict(PREFIXES)
        self.used: dict[str, str] = {}
        self.short: dict[str, str] = {}
        self.done: set[str] = set()
        self._load(lines)
        self.first = next(iter(self.nodes), "")

    def _load(self, lines: Iterable[Statement]) -> None:
        nodes, mentions = self.nodes, self.mentions
        for subject, predicate, value in lines:
            node = self._term(subject)
            verb = self._term(predicate)
            thing = self._term(value) if isinstance(value, str) else value
            if node is None or verb is None or thing is None:
                continue
            pairs = nodes.setdefault(node, {})
            if (verb, thing) in pairs:
                continue
            pairs[verb, thing] = None
            if isinstance(thing, str) and verb != TYPE:
                mentions[thing] = mentions.get(thing, 0) + 1

    def _term(self, term: str) -> str | None:
        if term.startswith("_:"):
            return term
        better, scheme = _checked(term)
        if scheme is not None:
            self.prefixes.pop(scheme, None)
        return better

    def write(self) -> bytes:
        graph = [self._node(subject, 0) for subject in self._roots()]
        graph += [self._node(subject, 0) for subject in self.nodes if subject not in self.done]
        context = dict(sorted(self.used.items()))
        document: dict[str, Any] = {"@context": context}
        if len(graph) == 1:
            document.update(graph[0])
        else:
            document["@graph"] = graph
        return msgspec.json.encode(document)

    def _roots(self) -> list[str]:
        """Nodes nothing or several others point at, and the first node of all."""
        return [n for n in self.nodes if n == self.first or self.mentions.get(n) != 1]

    def _node(self, subject: str, depth: int) -> dict[str, Any]:
        self.done.add(subject)
        entry: dict[str, Any] = {}
        if not is_blank(subject) or self.mentions.get(subject) != 1 or depth == 0:
            entry["@id"] = subject
        for predicate, value in self.nodes[subject]:
            if predicate == TYPE and isinstance(value, str) and not is_blank(value):
                _add(entry, "@type", self._name(value))
            else:
                _add(entry, self._name(predicate), self._value(value, depth))
        return entry

    def _value(self, value: Object, depth: int) -> Any:
        if isinstance(value, Literal):
            text, language, datatype = value
            if language:
                return {"@language": language, "@value": text}
            return text if datatype == STRING else {"@type": self._name(datatype), "@value": text}
        nested = self.mentions.get(value) == 1 and value in self.nodes and value not in self.done
        if nested and depth < MAX_DEPTH and value != self.first:
            return self._node(value, depth + 1)
        return {"@id": value}

    def _name(self, iri: str) -> str:
        known = self.short.get(iri)
        if known is None:
            known = self.short[iri] = self._shorten(iri)
        return known

    def _shorten(self, iri: str) -> str:
        for prefix, namespace in self.prefixes.items():
            if iri.startswith(namespace) and _LOCAL.match(iri[len(namespace) :]):
                self.used[prefix] = namespace
                return f"{prefix}:{iri[len(namespace) :]}"
        return iri


def _add(entry: dict[str, Any], key: str, value: Any) -> None:
    if key not in entry:
        entry[key] = value
    elif isinstance(entry[key], list):
        entry[key].append(value)
    else:
        entry[key] = [entry[key], value]
