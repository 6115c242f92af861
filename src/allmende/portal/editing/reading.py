# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A record as the texts of a form, and a sent form laid over the record it was made from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from msgspec.structs import replace

from allmende.model.catalogue import Node, Range
from allmende.portal.editing.fields import FormField
from allmende.portal.editing.values import Faults, State, indices, shown, taken, under

N = TypeVar("N", bound=Node)
MOST_NODES = 15  # of one field that are shown; more are kept as they are
DROP = ".-"  # the box that takes a node away


def flatten(
    fields: Sequence[FormField], node: Node, language: str, prefix: str = ""
) -> dict[str, str]:
    """Every input of a form with its text."""
    found: dict[str, str] = {}
    for form in fields:
        name, value = prefix + form.name, getattr(node, form.name)
        if form.plan.range is not Range.NODE:
            found |= {name + rest: text for rest, text in shown(form, value, language).items()}
        elif form.plan.many:
            for number, each in enumerate(value[:MOST_NODES]):
                found |= flatten(form.fields, each, language, f"{name}.{number}.")
        elif value is not None:
            found |= flatten(form.fields, value, language, f"{name}.")
    return found


def read(
    fields: Sequence[FormField],
    node: N,
    state: State,
    language: str,
    faults: Faults,
    prefix: str = "",
) -> N:
    """The node with what the form says; what has no field stays. The same node if unchanged."""
    changed: dict[str, Any] = {}
    for form in fields:
        name, before = prefix + form.name, getattr(node, form.name)
        value = _read(form, before, state, language, faults, name)
        if value is not before and value != before:
            changed[form.name] = value
    return replace(node, **changed) if changed else node


def _read(
    form: FormField, before: Any, state: State, language: str, faults: Faults, name: str
) -> Any:
    if form.plan.range is not Range.NODE or form.plan.node is None:
        value = taken(form, before, state, name, language, faults)
        return _kept_address(value, before) if form.name == "iri" else value
    if form.plan.many:
        return _nodes(form, before, state, language, faults, name)
    return _node(form, before, state, language, faults, name)


def _kept_address(value: Any, before: Any) -> Any:
    """The name of an anonymous node is not shown and stays."""
    return before if value is None and before and before.startswith("_:") else value


def _node(
    form: FormField, before: Node | None, state: State, language: str, faults: Faults, name: str
) -> Node | None:
    if form.plan.node is None or state.get(name + DROP):
        return None
    empty = form.plan.node()
    made = read(form.fields, before or empty, state, language, faults, f"{name}.")
    return None if made == empty and before is None else made


def _nodes(
    form: FormField,
    before: list[Node],
    state: State,
    language: str,
    faults: Faults,
    name: str,
) -> list[Node]:
    if form.plan.node is None:
        return before
    empty = form.plan.node()
    shown_before, rest = before[:MOST_NODES], before[MOST_NODES:]
    numbers = {*range(len(shown_before)), *indices(under(state, name), "")}
    found: list[Node] = []
    for number in sorted(numbers):
        place = f"{name}.{number}"
        if state.get(place + DROP):
            continue
        base = shown_before[number] if number < len(shown_before) else empty
        made = read(form.fields, base, state, language, faults, f"{place}.")
        if made != empty or (made is base and base is not empty):
            found.append(made)
    return [*found, *rest]
