# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""RDF statements in the order in which shapes ask for them: property, then subject."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeGuard

from allmende.model.namespaces import RDFS
from allmende.model.rdf.parse import Graph
from allmende.model.rdf.terms import TYPE, Object, Statement

SUBCLASS = RDFS + "subClassOf"
_NOTHING: dict[str, list[Object]] = {}


class Data:
    """A set of statements, indexed by property and subject; what it infers it remembers."""

    __slots__ = ("_incoming", "_instances", "_subclasses", "depth", "properties", "size")

    def __init__(self, properties: dict[str, dict[str, list[Object]]], size: int) -> None:
        self.properties = properties
        self.size = size
        self.depth = 0  # of shapes inside each other, while they are being checked
        self._incoming: dict[str, dict[Object, list[Object]]] = {}
        self._instances: dict[str, dict[str, None]] = {}
        self._subclasses: dict[str, list[str]] | None = None

    @staticmethod
    def of(statements: Iterable[Statement]) -> Data:
        """The index of some statements; one that comes twice counts once."""
        properties: dict[str, dict[str, list[Object]]] = {}
        for subject, predicate, value in statements:
            table = properties.get(predicate)
            if table is None:
                properties[predicate] = table = {}
            known = table.get(subject)
            if known is None:
                table[subject] = [value]
            else:
                known.append(value)
        return Data(properties, _as_sets(properties))

    @staticmethod
    def of_graph(graph: Graph) -> Data:
        """The index of a parsed document."""
        return Data.of(
            (subject, predicate, value)
            for subject, pairs in graph.subjects.items()
            for predicate, value in pairs
        )

    def table(self, predicate: str) -> Mapping[str, Sequence[Object]]:
        """Subject → values of a property."""
        return self.properties.get(predicate, _NOTHING)

    def values(self, subject: Object, predicate: str) -> Sequence[Object]:
        """The values of one property of one node."""
        return self.table(predicate).get(subject, ()) if isinstance(subject, str) else ()

    def first(self, subject: str, predicate: str) -> Object | None:
        """The first value, or None."""
        return next(iter(self.values(subject, predicate)), None)

    def incoming(self, predicate: str) -> Mapping[Object, Sequence[Object]]:
        """Value → subjects of a property."""
        found = self._incoming.get(predicate)
        if found is None:
            found = {}
            for subject, values in self.table(predicate).items():
                for value in values:
                    found.setdefault(value, []).append(subject)
            self._incoming[predicate] = found
        return found

    def instances(self, cls: str) -> Mapping[str, None]:
        """The nodes of a class or of one below it in this data (SHACL §1.1), in order."""
        found = self._instances.get(cls)
        if found is None:
            typed = self.incoming(TYPE)
            found = {}
            for each in self._below(cls):
                found.update(dict.fromkeys(node for node in typed.get(each, ()) if _node(node)))
            self._instances[cls] = found
        return found

    def _below(self, cls: str) -> list[str]:
        if self._subclasses is None:
            self._subclasses = {}
            for lower, values in self.table(SUBCLASS).items():
                for upper in values:
                    if isinstance(upper, str):
                        self._subclasses.setdefault(upper, []).append(lower)
        found = [cls]
        for each in found:  # grows while it is walked
            found.extend(low for low in self._subclasses.get(each, ()) if low not in found)
        return found


def _node(value: Object) -> TypeGuard[str]:
    return isinstance(value, str)


def _as_sets(properties: dict[str, dict[str, list[Object]]]) -> int:
    """Drops what was said twice, keeping the order; gives the number of statements."""
    size = 0
    for table in properties.values():
        for subject, values in table.items():
            if len(values) > 1 and len(set(values)) < len(values):
                table[subject] = values = list(dict.fromkeys(values))
            size += len(values)
    return size
