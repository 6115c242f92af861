# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Names in expressions become properties of entities; values of the wrong kind are refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from allmende.errors import InvalidInput, LimitExceeded
from allmende.model.sensing.entities import TYPES, EntityType, Link
from allmende.model.sensing.odata.functions import ARITHMETIC, COMPARISONS, FUNCTIONS
from allmende.model.sensing.odata.tree import (
    ENDS,
    LOGIC,
    Call,
    Constant,
    Members,
    Node,
    Order,
    Path,
    Reference,
    Some,
)

MAX_LINKS = 8
"""Entities that a path in an expression may lead through."""

JSON_TYPES = frozenset({"json", "any", "geometry"})
_KINDS = {
    "text": "text",
    "id": "number",
    "number": "number",
    "time": "time",
    "interval": "interval",
    "geometry": "geometry",
    "json": "json",
    "any": "json",
}
_NAMES = {
    "null": ("null", "null"),
    "boolean": ("true or false", "ein Wahrheitswert"),
    "number": ("a number", "eine Zahl"),
    "text": ("a text", "ein Text"),
    "time": ("a time", "ein Zeitpunkt"),
    "interval": ("an interval", "ein Zeitraum"),
    "date": ("a date", "ein Datum"),
    "clock": ("a time of day", "eine Uhrzeit"),
    "duration": ("a duration", "eine Dauer"),
    "geometry": ("a geometry", "eine Geometrie"),
    "json": ("any value", "ein beliebiger Wert"),
}
_FREE = frozenset({"json", "null"})
_TIMES = frozenset({"time", "interval", "date"})


Scope = Mapping[str, EntityType]
"""What variables stand for; $it for what is asked for."""


def bind(node: Node, entity: EntityType) -> Node:
    """The tree with references instead of paths. Raises InvalidInput with what is wrong."""
    return _bind(node, {"$it": entity})


def _bind(node: Node, scope: Scope) -> Node:
    match node:
        case Path(names):
            return _path(names, scope)
        case Some():
            return _any(node, scope)
        case Call(name, args):
            bound = Call(name, tuple(_bind(each, scope) for each in args))
            if name not in LOGIC and any(_is_lambda(each) for each in bound.args):
                raise InvalidInput(
                    "any and all are conditions; they cannot be compared or calculated with.",
                    "any und all sind Bedingungen; vergleichen oder rechnen lässt sich damit "
                    "nicht.",
                )
            kind_of(bound)
            return bound
        case _:
            return node


def _is_lambda(node: Node) -> bool:
    match node:
        case Some():
            return True
        case Call(name, args) if name in LOGIC:
            return any(_is_lambda(each) for each in args)
        case _:
            return False


def _path(names: tuple[str, ...], scope: Scope) -> Reference:
    """A path from a variable on, or from what is asked for."""
    first, *rest = names
    if first not in scope:
        return reference(names, scope["$it"])
    found = reference(rest, scope[first])
    return found if first == "$it" else replace(found, variable=first)


def _any(node: Some, scope: Scope) -> Some:
    assert isinstance(node.source, Path)  # noqa: S101 - not bound yet
    source = _path(node.source.names, scope)
    many = [link.many for link in source.links]
    if source.name != "id" or source.inside or True not in many[-1:]:
        raise _no_relation(node.source)
    if True in many[:-1] or node.source.names[-1] in ENDS:
        raise _no_relation(node.source)
    inner = {**scope, node.variable: TYPES[source.kind]} if node.variable else scope
    body = _bind(node.body, inner)
    kind = kind_of(body)
    if kind not in ("boolean", *_FREE):
        raise _misfit("a condition", "eine Bedingung", kind)
    return Some(source, node.variable, body)


def _no_relation(path: Path) -> InvalidInput:
    said = "/".join(path.names)[:80]
    return InvalidInput(
        f"any and all stand behind one relation to many, not behind “{said}”; relations behind "
        "it go inside: Things/any(t:t/Datastreams/any(d:…)).",
        f"any und all stehen hinter einer Beziehung zu vielen, nicht hinter „{said}“; weitere "
        "gehören hinein: Things/any(t:t/Datastreams/any(d:…)).",
    )


def condition(node: Node, entity: EntityType) -> Node:
    """A bound tree that is true or false. Raises InvalidInput."""
    bound = bind(node, entity)
    kind = kind_of(bound)
    if kind not in ("boolean", *_FREE):
        raise _misfit("a condition", "eine Bedingung", kind)
    return bound


def order(keys: Sequence[Order], entity: EntityType) -> tuple[Order, ...]:
    """Bound keys; each has one value for each entity. Raises InvalidInput."""
    return tuple(Order(_key(each.node, entity), each.descending) for each in keys)


def _key(node: Node, entity: EntityType) -> Node:
    bound = bind(node, entity)
    from allmende.model.sensing.odata.tree import references

    for each in references(bound):
        many = next((link for link in each.links if link.many), None)
        if many is not None:
            raise InvalidInput(
                f"$orderby cannot go through “{many.name}”: there may be many of them.",
                f"$orderby geht nicht über „{many.name}“: davon kann es viele geben.",
            )
    return bound


def reference(names: Sequence[str], entity: EntityType) -> Reference:
    """What a path means for an entity. Raises InvalidInput."""
    links: list[Link] = []
    here = entity
    for place, name in enumerate(names):
        link = here.link(name)
        if link is not None:
            links.append(link)
            here = TYPES[link.target]
            continue
        _check_depth(links)
        return _ended(names, place, here, tuple(links))
    _check_depth(links)
    return Reference(tuple(links), here.kind, "id", "id")  # an entity itself is its id


def _check_depth(links: Sequence[Link]) -> None:
    if len(links) > MAX_LINKS:
        raise LimitExceeded(
            f"A path leads through more than {MAX_LINKS} entities.",
            f"Ein Pfad führt über mehr als {MAX_LINKS} Objekte.",
        )


def _ended(
    names: Sequence[str], place: int, here: EntityType, links: tuple[Link, ...]
) -> Reference:
    name, inside = names[place], tuple(names[place + 1 :])
    if name in ENDS and not inside:
        return Reference(links, here.kind, "id", "id")
    found = here.attribute(name)
    if found is None:
        raise _unknown(name, here)
    if inside and found.type not in JSON_TYPES:
        raise InvalidInput(
            f"“{name}” of {here.kind} has nothing inside it.",
            f"„{name}“ von {here.kind} hat keine inneren Angaben.",
        )
    return Reference(links, here.kind, name, found.type, inside)


def _unknown(name: str, here: EntityType) -> InvalidInput:
    known = ["id", *(each.name for each in here.attributes), *(each.name for each in here.links)]
    return InvalidInput(
        f"{here.kind} has no property “{name[:60]}”; it has: {', '.join(known)}.",
        f"{here.kind} hat keine Eigenschaft „{name[:60]}“, sondern: {', '.join(known)}.",
    )


def kind_of(node: Node) -> str:
    """The kind of value of a bound tree. Raises InvalidInput when its parts do not fit."""
    match node:
        case Constant(kind, _):
            return kind
        case Reference():
            return "json" if node.inside else _KINDS[node.type]
        case Members() | Some():
            return "boolean"
        case Call(name, args):
            return _of_call(name, [kind_of(each) for each in args])
        case _:
            raise AssertionError(node)


def _of_call(name: str, kinds: list[str]) -> str:
    if name in LOGIC:
        for kind in kinds:
            if kind not in ("boolean", *_FREE):
                raise _misfit(f"“{name}”", f"„{name}“", kind)
        return "boolean"
    if name in COMPARISONS or name == "in":
        for kind in kinds[1:]:
            _check_alike(name, kinds[0], kind)
        return "boolean"
    if name in ARITHMETIC:
        return _calculated(name, *kinds)
    function = FUNCTIONS[name]
    for wanted, kind in zip(function.takes, kinds, strict=False):
        if not _fits(wanted, kind):
            raise _misfit(f"The function {name}", f"die Funktion {name}", kind)
    return function.gives


def _fits(wanted: str, kind: str) -> bool:
    if wanted == "time":
        return kind in _TIMES or kind in _FREE
    return kind == wanted or kind in _FREE


def _check_alike(name: str, left: str, right: str) -> None:
    if left == right or left in _FREE or right in _FREE or {left, right} <= _TIMES:
        if "geometry" in (left, right) and name not in ("eq", "ne"):
            raise _misfit(f"“{name}”", f"„{name}“", "geometry")
        return
    one, other = _NAMES[left], _NAMES[right]
    raise InvalidInput(
        f"{one[0].capitalize()} cannot be compared with {other[0]}.",
        f"{one[1][:1].upper()}{one[1][1:]} ist nicht vergleichbar mit: {other[1]}.",
    )


def _calculated(name: str, left: str, right: str) -> str:
    if {left, right} <= {"number", *_FREE}:
        return "number"
    if name in ("add", "sub") and right == "duration" and left in ("time", "interval", "duration"):
        return "duration" if left == "duration" else "time"
    if name == "add" and left == "duration" and right in ("time", "interval"):
        return "time"
    if name == "sub" and left in ("time", "interval") and right in ("time", "interval"):
        return "duration"
    if name in ("mul", "div") and left == "duration" and right == "number":
        return "duration"
    raise _misfit(f"“{name}”", f"„{name}“", right if left == "number" else left)


def _misfit(en: str, de: str, kind: str) -> InvalidInput:
    name = _NAMES[kind]
    return InvalidInput(
        f"{en[0].upper()}{en[1:]} cannot be {name[0]}."
        if en == "a condition"
        else f"{en} does not take {name[0]}.",
        f"{de[0].upper()}{de[1:]} passt nicht zu: {name[1]}.",
    )
