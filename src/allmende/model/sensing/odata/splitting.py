# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A filter over observations in its parts: what asks the datastream, a range of time, the rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from allmende.errors import Unsupported
from allmende.model.sensing.observation import EARLIEST, LATEST
from allmende.model.sensing.odata.evaluate import fold
from allmende.model.sensing.odata.tree import (
    Call,
    Constant,
    Node,
    Reference,
    Some,
    conjuncts,
    freed,
    references,
)

STREAMS = ("Datastream", "MultiDatastream")


class Range(Struct, frozen=True):
    """[start, end) of phenomenonTime, µs UTC."""

    start: int = EARLIEST
    end: int = LATEST

    def meet(self, other: Range) -> Range:
        """What both have in common."""
        return Range(
            min(max(self.start, other.start), LATEST), max(min(self.end, other.end), EARLIEST)
        )


def atoms(node: Node | None) -> list[Node]:
    """The conditions that `and`, `or`, `not` and `untrue` join."""
    match node:
        case None:
            return []
        case Call("and" | "or" | "not" | "untrue", args):
            return [atom for each in args for atom in atoms(each)]
        case _:
            return [node]


def asks(atom: Node, names: Sequence[str]) -> bool:
    """Whether an atom leads through one of these links, first of all."""
    return any(each.links and each.links[0].name in names for each in references(atom))


def replaced(node: Node, change: Callable[[Node], Node]) -> Node:
    """The tree with every atom changed."""
    match node:
        case Call("and" | "or" | "not" | "untrue" as name, args):
            return Call(name, tuple(replaced(each, change) for each in args))
        case _:
            return change(node)


def rebased(atom: Node, size: int) -> Node:
    """The atom as seen from the entity `size` links away, where it is a condition of its own."""
    start = next(references(atom), None)
    return atom if start is None else _moved(atom, size, start.variable)


def _moved(node: Node, size: int, variable: str) -> Node:
    match node:
        case Reference(links) if node.variable == variable:
            return replace(node, links=links[size:], variable="")
        case Call(name, args):
            return Call(name, tuple(_moved(each, size, variable) for each in args))
        case Some(Reference(links) as source, own, body) if source.variable == variable:
            inner = _moved(body, size, variable)
            if len(links) == size:
                return freed(inner, own)
            return Some(replace(source, links=links[size:], variable=""), own, inner)
        case _:
            return node


def common(atom: Node, size: int) -> None:
    """Raises Unsupported unless all references begin with the same `size` links."""
    starts = {(each.variable, each.links[:size]) for each in references(atom)}
    if len(starts) > 1:
        raise Unsupported(
            "A comparison cannot join an observation with properties of what belongs to it.",
            "Ein Vergleich kann nicht eine Beobachtung mit Eigenschaften dessen verbinden, "
            "was zu ihr gehört.",
        )


def time_range(node: Node | None) -> Range:
    """A range outside of which the condition is never true."""
    found = Range()
    for each in conjuncts(node):
        match each:
            case Call(name, (Reference() as one, other)) if _is_time(one):
                found = found.meet(_bound(name, fold(other)))
            case Call(name, (other, Reference() as one)) if _is_time(one):
                found = found.meet(_bound(_TURNED.get(name, ""), fold(other)))
    return found


_TURNED = {"eq": "eq", "gt": "lt", "lt": "gt", "ge": "le", "le": "ge"}


def _is_time(node: Reference) -> bool:
    return node.name == "phenomenonTime" and not node.links


def _bound(name: str, given: Node) -> Range:
    if not isinstance(given, Constant) or given.kind not in ("time", "interval"):
        return Range()
    start, end = given.value if given.kind == "interval" else (given.value, given.value)
    if name == "gt":
        return Range(start=end + 1)
    if name == "ge":
        return Range(start=start)
    if name == "lt":
        return Range(end=start)
    if name == "le":
        return Range(end=end + 1)
    return Range(start, start + 1) if name == "eq" else Range()
