# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Shapes in RDF → compiled shapes (W3C SHACL, 20 July 2017, core language).

    shapes = compile_shapes(Data.of_graph(parse(turtle, "text/turtle")))
    shapes.validate(Data.of(statements))

A property shape without sh:path is left out and named in `Shapes.dropped`; two of them stand
in the shapes of DCAT-AP 3.0.1. SPARQL constraints are not looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from allmende.model.namespaces import RDFS
from allmende.model.rdf.terms import TYPE, Literal, Object
from allmende.model.validation import sets, values
from allmende.model.validation.data import Data
from allmende.model.validation.paths import SH, Path, items, read
from allmende.model.validation.paths import follow as follow_path
from allmende.model.validation.shape import Check, Enough, Nodes, Result, Run, Shape
from allmende.model.validation.values import Bind, always

_CLASS = RDFS + "Class"


class Shapes:
    """All shapes of a shapes graph, ready to use on any data."""

    def __init__(
        self,
        roots: list[Shape],
        shared: frozenset[str],
        dropped: list[str],
        paths: dict[str, Path],
    ) -> None:
        self.roots = roots
        self.paths = paths  # id of a shape → its path, for reports
        self.messages: dict[str, dict[str, str]] = {}
        self.shared = shared  # shapes that several others lead to
        self.dropped = dropped

    def validate(
        self, data: Data, *, seconds: float | None = None, limit: int | None = None
    ) -> list[Result]:
        """Everything that is wrong, each once, in the order of the shapes.

        Stops after `limit` results; raises DeadlineExceeded after `seconds`.
        """
        run = Run(data, seconds, limit)
        try:
            for root in self.roots:
                foci = root.foci(data)
                if foci:
                    root.run(run, foci)
        except Enough:
            pass
        found = self._once(run.out) if self.shared else run.out
        return found if limit is None else found[:limit]

    def _once(self, found: list[Result]) -> list[Result]:
        seen: set[tuple[object, ...]] = set()
        out = []
        for each in found:
            if each.source in self.shared:
                key = (each.focus, each.path, each.value, each.component, each.source)
                if key in seen:
                    continue
                seen.add(key)
            out.append(each)
        return out


def compile_shapes(graph: Data) -> Shapes:
    """The shapes of a shapes graph; InvalidInput when a parameter cannot be used."""
    return _Compiler(graph).all()


class _Compiler:
    def __init__(self, graph: Data) -> None:
        self.graph = graph
        self.shapes: dict[str, Shape] = {}
        self.parents: dict[str, set[str]] = {}
        self.dropped: list[str] = []

    def all(self) -> Shapes:
        roots = []
        for ident in self._with_targets():
            shape = self.shape(ident)
            shape.targets = list(self._targets(ident))
            roots.append(shape)
        for shape in roots:
            self.parents.setdefault(shape.id, set()).add("")
        shared = frozenset(ident for ident, found in self.parents.items() if len(found) > 1)
        twice = self._overlapping(roots)
        known = {ident: each.path for ident, each in self.shapes.items() if each.path}
        shapes = Shapes(roots, shared | twice, self.dropped, known)
        shapes.messages = {ident: each.message for ident, each in self.shapes.items()}
        return shapes

    def _overlapping(self, roots: list[Shape]) -> frozenset[str]:
        """Property shapes below a shared shape are reached more than once too."""
        shared = {ident for ident, found in self.parents.items() if len(found) > 1}
        below = [self.shapes[ident] for ident in shared if ident in self.shapes]
        for shape in below:  # grows while it is walked
            below.extend(child for child in shape.children if child not in below)
        return frozenset(shape.id for shape in below)

    def _with_targets(self) -> list[str]:
        found: dict[str, None] = {}
        for predicate in _TARGETS:
            found.update(dict.fromkeys(self.graph.table(SH + predicate)))
        for kind in ("NodeShape", "PropertyShape"):
            for ident in self.graph.instances(SH + kind):
                if _CLASS in self.graph.values(ident, TYPE):
                    found[ident] = None
        return list(found)

    def _targets(self, ident: str) -> Iterable[Nodes]:
        for predicate, make in _TARGETS.items():
            for value in self.graph.values(ident, SH + predicate):
                yield make(value)
        if _CLASS in self.graph.values(ident, TYPE):
            yield _of_class(ident)

    def shape(self, ident: str) -> Shape:
        """The shape of a node of the shapes graph, compiled once."""
        known = self.shapes.get(ident)
        if known is not None:
            return known
        shape = self.shapes[ident] = Shape(ident)
        graph = self.graph
        shape.severity = _local(graph.first(ident, SH + "severity"))
        shape.deactivated = values.is_true(graph.first(ident, SH + "deactivated"))
        shape.message = {
            each.language or "und": each.value
            for each in graph.values(ident, SH + "message")
            if isinstance(each, Literal)
        }
        path = graph.first(ident, SH + "path")
        if path is not None:
            shape.path = read(graph, path)
            shape.path_text = shape.path.text
            shape.follow = follow_path(shape.path) if shape.path.operator else None
        if not shape.deactivated:
            self._constraints(shape)
        return shape

    def _constraints(self, shape: Shape) -> None:
        for predicate, make in _TESTS.items():
            for value in self.graph.values(shape.id, SH + predicate):
                shape.tests.append((_component(predicate), make(self, shape, value)))
        self._pattern(shape)
        if shape.path is not None:
            self._counts(shape)
        for predicate, check in _CHECKS.items():
            for value in self.graph.values(shape.id, SH + predicate):
                shape.checks.append((_component(predicate), check(value)))
        if values.is_true(self.graph.first(shape.id, SH + "uniqueLang")):
            shape.checks.append(("UniqueLangConstraintComponent", sets.unique_language))
        self._qualified(shape)
        self._children(shape)
        if values.is_true(self.graph.first(shape.id, SH + "closed")):
            shape.closed = self._allowed(shape)
        shape.absence = bool(shape.minimum) or any(name in _ASKED for name, _ in shape.checks)

    def _pattern(self, shape: Shape) -> None:
        flags = self.graph.first(shape.id, SH + "flags")
        for value in self.graph.values(shape.id, SH + "pattern"):
            shape.tests.append((_component("pattern"), always(values.pattern(value, flags))))

    def _counts(self, shape: Shape) -> None:
        low = self.graph.first(shape.id, SH + "minCount")
        high = self.graph.first(shape.id, SH + "maxCount")
        shape.minimum = values.integer("sh:minCount", low) if low is not None else 0
        shape.maximum = values.integer("sh:maxCount", high) if high is not None else None

    def _qualified(self, shape: Shape) -> None:
        first = self.graph.first
        for inner in self._ids(shape.id, "qualifiedValueShape"):
            low, high = (first(shape.id, SH + f"qualified{n}Count") for n in ("Min", "Max"))
            siblings: list[Shape] = []
            if values.is_true(first(shape.id, SH + "qualifiedValueShapesDisjoint")):
                siblings = self._siblings(shape.id, inner)
            shape.checks.extend(
                sets.qualified(
                    self.shape(inner),
                    siblings,
                    None if low is None else values.integer("sh:qualifiedMinCount", low),
                    None if high is None else values.integer("sh:qualifiedMaxCount", high),
                )
            )

    def _siblings(self, ident: str, inner: str) -> list[Shape]:
        """Other qualified shapes of the shapes that have this property (SHACL §4.7.3)."""
        found: dict[str, None] = {}
        for parent in self.graph.incoming(SH + "property").get(ident, ()):
            for brother in self._ids(str(parent), "property"):
                found.update(dict.fromkeys(self._ids(brother, "qualifiedValueShape")))
        return [self.shape(each) for each in found if each != inner]

    def _children(self, shape: Shape) -> None:
        for ident in self._ids(shape.id, "property"):
            if self.graph.first(ident, SH + "path") is None:
                if ident not in self.dropped:
                    self.dropped.append(ident)
                continue
            self.parents.setdefault(ident, set()).add(shape.id)
            shape.children.append(self.shape(ident))

    def _allowed(self, shape: Shape) -> frozenset[str]:
        ignored = self.graph.first(shape.id, SH + "ignoredProperties")
        named = items(self.graph, ignored) if ignored is not None else []
        known = {child.path_text for child in shape.children}
        return frozenset(known | {each for each in named if isinstance(each, str)})

    def _ids(self, ident: str, predicate: str) -> list[str]:
        return [v for v in self.graph.values(ident, SH + predicate) if isinstance(v, str)]

    def members(self, head: Object) -> list[Shape]:
        """The shapes of an RDF list."""
        return [self.shape(each) for each in items(self.graph, head) if isinstance(each, str)]


def _local(severity: Object | None) -> str:
    return str(severity).removeprefix(SH) if isinstance(severity, str) else "Violation"


def _component(predicate: str) -> str:
    return predicate[0].upper() + predicate[1:] + "ConstraintComponent"


def _of_class(cls: Object) -> Nodes:
    name = str(cls)
    return lambda data: data.instances(name)


def _of_node(node: Object) -> Nodes:
    return lambda data: (node,)


def _subjects(predicate: Object) -> Nodes:
    name = str(predicate)
    return lambda data: data.table(name)


def _objects(predicate: Object) -> Nodes:
    name = str(predicate)
    return lambda data: data.incoming(name)


_TARGETS: dict[str, Callable[[Object], Nodes]] = {
    "targetClass": _of_class,
    "targetNode": _of_node,
    "targetSubjectsOf": _subjects,
    "targetObjectsOf": _objects,
}
_Make = Callable[[_Compiler, Shape, Object], Bind]


def _lower(equal: bool) -> _Make:
    return lambda _, __, value: always(values.limit(value, lower=True, equal=equal))


def _upper(equal: bool) -> _Make:
    return lambda _, __, value: always(values.limit(value, lower=False, equal=equal))


_TESTS: dict[str, _Make] = {
    "class": lambda _, __, value: values.cls(value),
    "datatype": lambda _, __, value: always(values.datatype(value)),
    "nodeKind": lambda _, __, value: always(values.node_kind(value)),
    "in": lambda compiler, _, value: always(values.one_of(items(compiler.graph, value))),
    "languageIn": lambda compiler, _, value: always(values.languages(items(compiler.graph, value))),
    "minLength": lambda _, __, value: always(values.min_length(value)),
    "maxLength": lambda _, __, value: always(values.max_length(value)),
    "minInclusive": _lower(True),
    "minExclusive": _lower(False),
    "maxInclusive": _upper(True),
    "maxExclusive": _upper(False),
    "node": lambda compiler, _, value: sets.node(compiler.shape(str(value))),
    "not": lambda compiler, _, value: sets.negation(compiler.shape(str(value))),
    "and": lambda compiler, _, value: sets.conjunction(compiler.members(value)),
    "or": lambda compiler, _, value: sets.disjunction(compiler.members(value)),
    "xone": lambda compiler, _, value: sets.exclusive(compiler.members(value)),
}
_CHECKS: dict[str, Callable[[Object], Check]] = {
    "hasValue": sets.has_value,
    "equals": lambda value: sets.equals(str(value)),
    "disjoint": lambda value: sets.disjoint(str(value)),
    "lessThan": lambda value: sets.less_than(str(value), equal=False),
    "lessThanOrEquals": lambda value: sets.less_than(str(value), equal=True),
}
# a node without any value can break these
_ASKED = frozenset(map(_component, ("hasValue", "equals", "qualifiedMinCount")))
