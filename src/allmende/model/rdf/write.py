# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A typed record → RDF statements, grouped by subject, following the `Term` annotations."""

from __future__ import annotations

from typing import Any

from allmende.model import dates
from allmende.model.catalogue import Agent, Distribution, Kind, Node, Range, Resource
from allmende.model.namespaces import XSD
from allmende.model.rdf.parse import parse
from allmende.model.rdf.plan import FieldPlan, Plan, plan_of
from allmende.model.rdf.terms import LANG_STRING, STRING, TYPE, Literal, Object, Statement, is_blank
from allmende.model.rdf.values import geometry_datatype

_BASE_TYPE = (Agent, Kind)  # the general type is written beside the special one
_IRIS = frozenset({Range.IRI, Range.CONCEPT, Range.NODE})


def statements(
    resource: Resource, iri: str, *, strict: bool = True, mint: bool = True, scope: str = ""
) -> list[Statement]:
    """The statements of a record whose address is `iri`.

    `strict` leaves out what was set aside because it does not fit its property; without it
    every statement that came in goes out again. `mint` gives distributions without an IRI
    the address `{iri}#distribution-N`, counted from 1. `scope` begins the blank node labels
    and must differ between the records of one document.
    """
    return _Writer(resource, iri, strict, mint, scope).write()


def node_statements(node: Node, iri: str, scope: str = "") -> list[Statement]:
    """The statements of a node that is no resource, such as a catalogue record."""
    writer = _Writer(Resource(), iri, True, False, scope)
    writer.describe(node, iri, type(node).rdf_types[0])
    return writer.run()


class _Writer:
    def __init__(self, resource: Resource, iri: str, strict: bool, mint: bool, scope: str) -> None:
        self.resource = resource
        self.iri = iri
        self.strict = strict
        self.mint = mint
        self.scope = scope
        self.out: dict[Statement, None] = {}
        self.names: dict[str, str] = {}
        self.waiting: list[tuple[Node, str, str]] = []
        self.described: dict[str, list[tuple[Plan, Node]]] = {}
        self.count = 0
        if resource.iri and resource.iri != iri:
            self.names[resource.iri] = iri

    def write(self) -> list[Statement]:
        self.describe(self.resource, self.iri, type(self.resource).rdf_types[0])
        self.run()
        if self.resource.extra:
            self._extra()
        return list(self.out)

    def run(self) -> list[Statement]:
        for node, name, default in self.waiting:  # grows while it is walked
            self.describe(node, name, default)
        return list(self.out)

    def describe(self, node: Node, name: str, default: str) -> None:
        plan = plan_of(type(node))
        self.described.setdefault(name, []).append((plan, node))
        self.out[name, TYPE, default] = None
        kind = getattr(node, "kind", None)
        if kind:
            self.out[name, TYPE, kind] = None
        for field in plan.by_name.values():
            value = getattr(node, field.name)
            if value or value == 0:
                self._field(name, field, value)

    def _field(self, subject: str, field: FieldPlan, value: Any) -> None:
        out, iri, range_ = self.out, field.iri, field.range
        if range_ is Range.TEXT:
            for tag, text in value.items():
                out[subject, iri, _text(tag, text)] = None
        elif range_ is Range.WORDS:
            for tag, words in value.items():
                for word in words:
                    out[subject, iri, _text(tag, word)] = None
        else:
            for item in value if field.many else (value,):
                out[subject, iri, self._object(field, item)] = None

    def _object(self, field: FieldPlan, value: Any) -> Object:
        if field.range is Range.NODE:
            return self._node(value, field.type)
        if field.range in _IRIS:
            name: str = self.names.get(value, value)
            return name
        return _typed(field.range, value)

    def _node(self, node: Node, default: str) -> str:
        name = self._node_name(node)
        if _is_described(node):
            self.waiting.append((node, name, default))
        else:
            self.described.setdefault(name, []).append((plan_of(type(node)), node))
        return name

    def _node_name(self, node: Node) -> str:
        if node.iri and node.iri in self.names:
            return self.names[node.iri]
        number = 0
        if self.mint and isinstance(node, Distribution):
            number = next(n for n, d in enumerate(_distributions(self.resource), 1) if d is node)
        name = node.iri or ""
        if number and (not name or is_blank(name)):
            name = f"{self.iri}#distribution-{number}"
        elif not name:
            self.count += 1
            name = f"_:{self.scope}b{self.count}"
        elif is_blank(name):
            name = f"_:{self.scope}{name[2:]}"
        if node.iri:
            self.names[node.iri] = name
        return name

    def _extra(self) -> None:
        graph = parse("\n".join(self.resource.extra).encode(), "n-triples")
        kept: list[Statement] = []
        for subject, pairs in graph.subjects.items():
            name = self._rename(subject)
            for predicate, value in pairs:
                if not (self.strict and self._misfit(name, predicate, value)):
                    value = self._rename(value) if isinstance(value, str) else value
                    kept.append((name, predicate, value))
        if self.strict:
            kept = self._without_orphans(kept)
        self.out.update(dict.fromkeys(kept))

    def _rename(self, node: str) -> str:
        if is_blank(node):
            return self.names.get(node) or f"_:{self.scope}{node[2:]}"
        return self.names.get(node, node)

    def _misfit(self, subject: str, predicate: str, value: Object) -> bool:
        """Whether a kept statement was set aside; described blank nodes are fine as links."""
        for plan, node in self.described.get(subject, ()):
            field = plan.by_iri.get(predicate)
            if field is not None:
                if not (is_blank(value) and field.range in _IRIS):
                    return True
                if not field.many and getattr(node, field.name) is not None:
                    return True
        return False

    def _without_orphans(self, kept: list[Statement]) -> list[Statement]:
        """Drop what is said about nodes that nothing leads to any more."""
        values: dict[str, list[Object]] = {}
        for subject, predicate, value in kept:
            if predicate != TYPE:
                values.setdefault(subject, []).append(value)
        reached = {*self.described, *(v for _, _, v in self.out if isinstance(v, str))}
        waiting = list(reached)
        while waiting:
            for value in values.pop(waiting.pop(), ()):
                if isinstance(value, str) and value not in reached:
                    reached.add(value)
                    waiting.append(value)
        return [line for line in kept if line[0] in reached]


def _distributions(resource: Resource) -> list[Distribution]:
    return getattr(resource, "distribution", [])


def _is_described(node: Node) -> bool:
    """Whether there is more to say about a node than its IRI."""
    if not node.iri or is_blank(node.iri) or isinstance(node, Distribution):
        return True
    return any(getattr(node, name) for name in node.__struct_fields__ if name != "iri")


def _text(tag: str, text: str) -> Literal:
    return Literal(text) if tag == "und" else Literal(text, tag, LANG_STRING)


_DATATYPES = {
    Range.LITERAL: STRING,
    Range.DURATION: XSD + "duration",
    Range.DECIMAL: XSD + "decimal",
    Range.INTEGER: XSD + "nonNegativeInteger",
    Range.HEX: XSD + "hexBinary",
}


def _typed(range_: Range, value: Any) -> Literal:
    if range_ is Range.DATE:
        return Literal(value, None, dates.datatype(value) or STRING)
    if range_ is Range.GEOMETRY:
        return Literal(value, None, geometry_datatype(value))
    text = _decimal(value) if range_ is Range.DECIMAL else str(value)
    return Literal(text, None, _DATATYPES[range_])


def _decimal(value: float) -> str:
    """The number without an exponent (XML Schema decimal has none)."""
    text = repr(float(value))
    if "e" in text or "E" in text:
        text = f"{value:f}".rstrip("0")
        return text + "0" if text.endswith(".") else text
    return text
