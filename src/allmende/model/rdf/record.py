# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The state while one record is read: repairs, leftover statements, names of blank nodes."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from allmende.errors import InvalidRecord
from allmende.model import repair_iri
from allmende.model.catalogue import Described, Distribution, Node, Range, Repair
from allmende.model.rdf.parse import Graph
from allmende.model.rdf.plan import FieldPlan, Plan, plan_of
from allmende.model.rdf.terms import TYPE, Object, Statement, is_blank, ntriples_line
from allmende.model.rdf.values import CONVERTERS, DROPPED, wording

MAX_STATEMENTS = 50_000
MAX_LINKS = 2
MAX_SHOWN = 300  # characters of a value in a repair; the whole stands in the source
N = TypeVar("N", bound=Node)


def closure(graph: Graph, root: str, stops: set[str]) -> list[Statement]:
    """All statements of a record: its own and those of nodes reached from it.

    Blank nodes are followed to the end, described IRIs two links deep (distribution, then its
    licence), nodes in `stops` (other records, ontology terms) not at all. InvalidRecord when
    there are more than 50,000 statements.
    """
    found: list[Statement] = []
    seen, queue = {root}, deque([(root, 0)])
    while queue:
        subject, links = queue.popleft()
        pairs = graph.subjects.get(subject, ())
        if len(found) + len(pairs) > MAX_STATEMENTS:
            raise _too_many()
        for predicate, value in pairs:
            found.append((subject, predicate, value))
            if not isinstance(value, str) or value in seen or value in stops:
                continue
            if value not in graph.subjects or predicate == TYPE:
                continue
            if value.startswith("_:"):  # free of charge, so before all that costs a link
                seen.add(value)
                queue.appendleft((value, links))
            elif links < MAX_LINKS:
                seen.add(value)
                queue.append((value, links + 1))
    return found


def _usable(node: str) -> bool:
    return is_blank(node) or repair_iri.cleaned(node) is not None


def _too_many() -> InvalidRecord:
    """The error for a record that has no end."""
    return InvalidRecord(
        f"The record has more than {MAX_STATEMENTS} statements.",
        f"Der Datensatz hat mehr als {MAX_STATEMENTS} Aussagen.",
        code="too-many-statements",
    )


class Reading:
    """Reads one record out of a graph."""

    def __init__(
        self, graph: Graph, root: str, stops: set[str], skip: frozenset[str] = frozenset()
    ) -> None:
        self.graph = graph
        self.root = root
        self.stops = stops
        self.skip = skip
        self.repairs: list[Repair] = []
        self.subject = ""
        self._left: dict[Statement, None] = {}
        self._read: dict[str, list[tuple[Plan, Node]]] = {}
        self._labels: dict[str, str] = {}

    def repair(self, code: str, path: str, before: str, after: str = "") -> None:
        """Record that something was put right; long values are shortened."""
        self.repairs.append(Repair(code, path, before[:MAX_SHOWN], after[:MAX_SHOWN]))

    def leave(self, subject: str, predicate: str, value: Object) -> None:
        """Keep a statement the model has no place for."""
        self._left[subject, predicate, value] = None

    def iri(self, value: str, path: str) -> str | None:
        """The IRI, cleaned if need be; None (and a repair) when it cannot be one."""
        if repair_iri.is_iri(value):
            return value
        better = repair_iri.cleaned(value)
        if better is None:
            self.repair("iri-invalid", path, value)
        elif better != value:
            self.repair("iri-characters", path, value, better)
        return better

    def node(self, cls: type[N], subject: str, path: str, default: str = "") -> N:
        """Read a described node as `cls`; `default` is the type that needs no mention."""
        outer, self.subject = self.subject, subject
        plan = plan_of(cls)
        found: dict[str, list[Object]] = {}
        types: list[str] = []
        for predicate, value in self._statements(cls, subject):
            field = plan.by_iri.get(predicate)
            if field is not None:
                found.setdefault(field.name, []).append(value)
            elif predicate == TYPE and isinstance(value, str):
                types.append(value)
            elif predicate not in self.skip:
                self._unknown(plan, subject, predicate, value, found, path)
        prefix = path + "." if path else ""
        values: dict[str, Any] = {}
        for name, objects in found.items():
            value = self._field(plan.by_name[name], objects, prefix + name)
            if value is not None:
                values[name] = value
        self._types(plan, subject, types, default or cls.rdf_types[0], values)
        node = cls(iri=None if is_blank(subject) else self.iri(subject, path), **values)
        self._read.setdefault(subject, []).append((plan, node))
        self.subject = outer
        return node

    def _statements(self, cls: type[Node], subject: str) -> Sequence[tuple[str, Object]]:
        """What is said about a node; another record is only linked to, never read in."""
        foreign = subject != self.root and subject in self.stops and cls is not Distribution
        return () if foreign else self.graph.subjects.get(subject, ())

    def _unknown(
        self,
        plan: Plan,
        subject: str,
        predicate: str,
        value: Object,
        found: dict[str, list[Object]],
        path: str,
    ) -> None:
        better = repair_iri.better_property(predicate)
        if better is None:
            self.leave(subject, predicate, value)
            return
        iri, code = better
        field = plan.by_iri.get(iri)
        prefix = path + "." if path else ""
        self.repair(code, prefix + (field.name if field else "extra"), predicate, iri)
        if field is None:
            self.leave(subject, iri, value)
        else:
            found.setdefault(field.name, []).append(value)

    def _types(
        self, plan: Plan, subject: str, types: list[str], default: str, values: dict[str, Any]
    ) -> None:
        known = plan.cls.rdf_types
        # the writer gives a link without content no type, so it has to be kept here
        bare = not values and not is_blank(subject) and not issubclass(plan.cls, Described)
        for found in types:
            if found == default and not bare:
                continue
            if plan.has_kind and found in known and "kind" not in values:
                values["kind"] = found
            else:
                self.leave(subject, TYPE, found)

    def _field(self, field: FieldPlan, objects: list[Object], path: str) -> Any:
        if field.range is Range.TEXT:
            return self._text(field, objects, path)
        if field.range is Range.WORDS:
            return self._words(field, objects, path)
        if not field.many:
            return self._single(field, objects, path)
        convert = CONVERTERS[field.range]
        values: list[Any] = []
        for number, value in enumerate(objects):
            item = convert(self, field, value, f"{path}[{number}]")
            if item is DROPPED:
                continue
            if item is None:
                self._aside(field, value, f"{path}[{number}]")
            elif field.range is Range.NODE or item not in values:
                values.append(item)
        return values or None

    def _single(self, field: FieldPlan, objects: list[Object], path: str) -> Any:
        convert = CONVERTERS[field.range]
        result: Any = None
        for value in objects:
            if result is not None and field.range is Range.NODE:
                self._aside(field, value, path, "second-value")
                continue
            item = convert(self, field, value, path)
            if item is DROPPED:
                continue
            if item is None:
                self._aside(field, value, path)
            elif result is None:
                result = item
            elif item != result:
                self._aside(field, value, path, "second-value")
        return result

    def _text(self, field: FieldPlan, objects: list[Object], path: str) -> dict[str, str] | None:
        texts: dict[str, str] = {}
        for value in objects:
            found = wording(self, value, path)
            if found is None:
                self._aside(field, value, path)
                continue
            language, text = found
            if not text.strip():
                self.repair("empty-value", path, text)
            elif texts.setdefault(language, text) != text:
                self._aside(field, value, f"{path}.{language}", "second-value")
        return texts or None

    def _words(
        self, field: FieldPlan, objects: list[Object], path: str
    ) -> dict[str, list[str]] | None:
        words: dict[str, list[str]] = {}
        for value in objects:
            found = wording(self, value, path)
            if found is None:
                self._aside(field, value, path)
                continue
            language, text = found
            if not text.strip():
                self.repair("empty-value", path, text)
                continue
            known = words.setdefault(language, [])
            if text not in known:
                known.append(text)
        return words or None

    def _aside(self, field: FieldPlan, value: Object, path: str, code: str = "set-aside") -> None:
        statement = (self.subject, field.iri, value)
        if statement in self._left:
            return
        if isinstance(value, str) and not _usable(value):
            if field.range not in (Range.IRI, Range.CONCEPT):  # those have noted it already
                self.repair("iri-invalid", path, value)
            return
        self.leave(*statement)
        if code != "set-aside" or not is_blank(value):
            shown = value if isinstance(value, str) else value[0]
            self.repair(code, path, shown)

    def finish(self, statements: Iterable[Statement]) -> list[str]:
        """The leftover statements as N-Triples lines; names the blank nodes they mention.

        `statements` are all of the record; those about nodes that were not read are left over.
        """
        for statement in statements:
            if statement[0] not in self._read:
                self._left[statement] = None
        lines = [line for statement in self._left if (line := self._line(statement))]
        for subject, read in self._read.items():
            if is_blank(subject) and len(read) > 1:
                self._label(subject)
        for subject, label in self._labels.items():
            for _, node in self._read.get(subject, ()):
                node.iri = label
        return lines

    def _line(self, statement: Statement) -> str | None:
        subject, predicate, value = statement
        name = self._name(subject)
        verb = self.iri(predicate, "extra")
        thing = self._name(value) if isinstance(value, str) else value
        if name is None or verb is None or thing is None:
            return None
        return ntriples_line((name, verb, thing))

    def _name(self, node: str) -> str | None:
        return self._label(node) if is_blank(node) else self.iri(node, "extra")

    def _label(self, node: str) -> str:
        return self._labels.setdefault(node, f"_:n{len(self._labels)}")
