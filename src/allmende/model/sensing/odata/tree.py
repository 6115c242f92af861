# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Expressions of $filter and $orderby as trees, and what a name in them stands for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from allmende.model.sensing.entities import EntityType, Kind, Link, Type

ValueKind = Literal[
    "null",
    "boolean",
    "number",
    "text",
    "time",  # µs UTC
    "interval",  # (µs, µs)
    "date",  # YYYY-MM-DD
    "clock",  # HH:MM:SS[.ffffff]
    "duration",  # µs
    "geometry",  # WKB
]


class Constant(Struct, frozen=True):
    """A value that was written down."""

    kind: ValueKind
    value: Any


class Path(Struct, frozen=True):
    """Names joined by slashes, as they were written."""

    names: tuple[str, ...]


class Reference(Struct, frozen=True):
    """What a path means: links to follow, the property at their end, a way into its JSON.

    `name` is the property, "id" for @iot.id. `type` is the type of the property. The links begin
    at the entity that is asked for, or at the one a `variable` of any or all stands for.
    """

    links: tuple[Link, ...]
    kind: Kind  # of the entity that has the property
    name: str
    type: Type | Literal["id"]
    inside: tuple[str, ...] = ()
    variable: str = ""


class Call(Struct, frozen=True):
    """An operator or function: eq, and, not, add, in, startswith, st_within …"""

    name: str
    args: tuple[Node, ...]


class Members(Struct, frozen=True):
    """The id is one of these: what a condition over observations or features came to."""

    reference: Reference
    ids: frozenset[int]


class Some(Struct, frozen=True):
    """`source/any(variable:body)`: at least one entity that the source leads to meets the body.

    The source is a Path until it is bound; the last of its links is to many. `all` is written
    with it: not any that does not meet it.
    """

    source: Path | Reference
    variable: str
    body: Node


Node = Constant | Path | Reference | Call | Members | Some
LOGIC = frozenset({"and", "or", "not", "untrue"})
"""Calls of conditions. `untrue` is true of what is false or unknown."""

TRUE = Constant("boolean", True)
FALSE = Constant("boolean", False)
NULL = Constant("null", None)


class Order(Struct, frozen=True):
    """One key of $orderby."""

    node: Node
    descending: bool = False


def references(node: Node) -> Iterator[Reference]:
    """All references of a tree, from left to right, but those to its own variables."""
    match node:
        case Some(Reference() as source, variable, body):
            yield source
            yield from (each for each in references(body) if each.variable != variable)
        case Reference():
            yield node
        case Members(reference, _):
            yield reference
        case Call(_, args):
            for each in args:
                yield from references(each)
        case _:
            return


def untrue(node: Node) -> Node:
    """True where the condition is false or unknown."""
    match node:
        case Call("and", args):
            return Call("or", tuple(untrue(each) for each in args))
        case Call("or", args):
            return Call("and", tuple(untrue(each) for each in args))
        case _:
            return Call("untrue", (node,))


def freed(node: Node, variable: str) -> Node:
    """The tree as asked of the entity itself that a variable stood for."""
    match node:
        case Reference() if node.variable == variable:
            return replace(node, variable="")
        case Members(reference, ids):
            found = freed(reference, variable)
            return Members(found, ids) if isinstance(found, Reference) else node
        case Call(name, args):
            return Call(name, tuple(freed(each, variable) for each in args))
        case Some(source, own, body):
            start = freed(source, variable)
            begin = start if isinstance(start, Reference) else source
            return Some(begin, own, freed(body, variable))
        case _:
            return node


def conjuncts(node: Node | None) -> list[Node]:
    """The parts that must all be true."""
    match node:
        case None:
            return []
        case Call("and", (left, right)):
            return [*conjuncts(left), *conjuncts(right)]
        case _:
            return [node]


def all_of(parts: list[Node]) -> Node | None:
    """The parts as one condition; None when there are none."""
    found: Node | None = None
    for each in parts:
        found = each if found is None else Call("and", (found, each))
    return found


ENDS = frozenset({"id", "@iot.id"})


def is_plain(reference: Reference, entity: EntityType) -> bool:
    """Whether it is a property of the entity itself."""
    return not reference.links and reference.kind == entity.kind
