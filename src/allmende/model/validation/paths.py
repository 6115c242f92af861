# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Property paths (SHACL §2.3.1): read from RDF, followed in data, written down again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from allmende.errors import InvalidInput
from allmende.model.namespaces import RDF
from allmende.model.rdf.terms import Object, Statement, is_blank
from allmende.model.validation.data import Data

SH = "http://www.w3.org/ns/shacl#"
NIL, FIRST, REST = RDF + "nil", RDF + "first", RDF + "rest"
MAX_LIST = 100_000
_OPERATORS = {
    SH + "alternativePath": "|",
    SH + "inversePath": "^",
    SH + "zeroOrMorePath": "*",
    SH + "oneOrMorePath": "+",
    SH + "zeroOrOnePath": "?",
}
_PROPERTIES = {sign: iri for iri, sign in _OPERATORS.items()}


@dataclass(frozen=True, slots=True)
class Path:
    """A property ("" and its IRI) or an operator (`/ | ^ * + ?`) with the paths it joins."""

    operator: str
    iri: str = ""
    parts: tuple[Path, ...] = ()

    @property
    def text(self) -> str:
        """The path as SPARQL writes it; a mere property without brackets."""
        return self.iri if not self.operator else _text(self)


def _text(path: Path) -> str:
    if not path.operator:
        return f"<{path.iri}>"
    inner = [_text(part) for part in path.parts]
    if path.operator == "^":
        return f"^{inner[0]}"
    if path.operator in "*+?":
        return f"{inner[0]}{path.operator}"
    return f"({path.operator.join(inner)})"


def items(data: Data, head: Object) -> list[Object]:
    """The members of an RDF list; InvalidInput when it has no end or a gap."""
    found: list[Object] = []
    while head != NIL:
        first = data.values(head, FIRST)
        rest = data.values(head, REST)
        if len(first) != 1 or len(rest) != 1 or len(found) >= MAX_LIST:
            raise InvalidInput(
                f"The list at {head} in the shapes is broken.",
                f"Die Liste bei {head} in den Shapes ist fehlerhaft.",
                code="shapes-list",
            )
        found.append(first[0])
        head = rest[0]
    return found


def read(data: Data, node: Object) -> Path:
    """The path that a node of the shapes graph stands for; InvalidInput when there is none."""
    if not isinstance(node, str):
        raise _broken(str(node[0]))
    if node == NIL or data.values(node, FIRST):
        parts = tuple(read(data, each) for each in items(data, node))
        if len(parts) < 2:
            raise _broken(node)
        return Path("/", parts=parts)
    for iri, operator in _OPERATORS.items():
        inner = data.first(node, iri)
        if inner is not None:
            members = items(data, inner) if operator == "|" else [inner]
            return Path(operator, parts=tuple(read(data, each) for each in members))
    if is_blank(node):
        raise _broken(node)
    return Path("", node)


def _broken(node: str) -> InvalidInput:
    return InvalidInput(
        f"The property path {node} in the shapes cannot be read.",
        f"Der Pfad {node} in den Shapes ist nicht lesbar.",
        code="shapes-path",
    )


Follow = Callable[[Data, Object], Sequence[Object]]


def follow(path: Path) -> Follow:
    """A function that gives the values a path leads to, each once."""
    if not path.operator:
        iri = path.iri
        return lambda data, node: data.values(node, iri)
    inner = [follow(part) for part in path.parts]
    if path.operator == "^":
        return _inverse(path.parts[0])
    if path.operator == "/":
        return _sequence(inner)
    if path.operator == "|":
        return lambda data, node: list(dict.fromkeys(v for each in inner for v in each(data, node)))
    if path.operator == "?":
        return lambda data, node: list(dict.fromkeys((node, *inner[0](data, node))))
    return _closure(inner[0], path.operator == "*")


def _inverse(path: Path) -> Follow:
    if not path.operator:
        iri = path.iri
        return lambda data, node: data.incoming(iri).get(node, ())
    return follow(_turned(path))


def _turned(path: Path) -> Path:
    """The same path walked backwards."""
    if not path.operator:
        return Path("^", parts=(path,))
    if path.operator == "^":
        return path.parts[0]
    parts = tuple(_turned(part) for part in path.parts)
    return Path(path.operator, parts=parts[::-1] if path.operator == "/" else parts)


def _sequence(steps: list[Follow]) -> Follow:
    def walk(data: Data, node: Object) -> Sequence[Object]:
        found: list[Object] = [node]
        for step in steps:
            found = list(dict.fromkeys(value for each in found for value in step(data, each)))
        return found

    return walk


def _closure(step: Follow, with_start: bool) -> Follow:
    def walk(data: Data, node: Object) -> Sequence[Object]:
        found: dict[Object, None] = {node: None} if with_start else {}
        waiting = [node]
        for each in waiting:  # grows while it is walked
            for value in step(data, each):
                if value not in found:
                    found[value] = None
                    waiting.append(value)
        return list(found)

    return walk


def statements(path: Path, label: str) -> tuple[str, list[Statement]]:
    """The node that stands for a path, and what is to be said about it; blank labels begin
    with `label`, which must differ between the paths of one document."""
    if not path.operator:
        return path.iri, []
    out: list[Statement] = []
    heads: list[str] = []
    for number, part in enumerate(path.parts):
        head, inner = statements(part, f"{label}p{number}")
        heads.append(head)
        out.extend(inner)
    if path.operator == "/":
        return listed(heads, label, out), out
    target = listed(heads, label + "l", out) if path.operator == "|" else heads[0]
    out.append((label, _PROPERTIES[path.operator], target))
    return label, out


def listed(values: Sequence[Object], label: str, out: list[Statement]) -> str:
    """Writes an RDF list to `out` and gives its head."""
    for number, value in enumerate(values):
        last = number == len(values) - 1
        cell = label if number == 0 else f"{label}c{number}"
        out.append((cell, FIRST, value))
        out.append((cell, REST, NIL if last else f"{label}c{number + 1}"))
    return label if values else NIL
