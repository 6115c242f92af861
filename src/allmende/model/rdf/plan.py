# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the `Term` annotations of `catalogue.py` say, in the form the codec works with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from msgspec import Meta

from allmende.model.catalogue import Node, Range, Term


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """One field of a record: name, property, range, whether it is a list, class of its nodes."""

    name: str
    iri: str
    range: Range
    many: bool
    node: type[Node] | None
    vocabulary: str
    type: str  # rdf:type of the nodes


@dataclass(frozen=True, slots=True)
class Plan:
    """All fields of a class by property IRI and by name."""

    cls: type[Node]
    by_iri: dict[str, FieldPlan]
    by_name: dict[str, FieldPlan]
    has_kind: bool


@cache
def plan_of(cls: type[Node]) -> Plan:
    """The plan of a record class; the field order is that of the class."""
    fields: list[FieldPlan] = []
    hints = get_type_hints(cls, include_extras=True)
    for name in cls.__struct_fields__:
        found = _field(name, hints[name])
        if found is not None:
            fields.append(found)
    return Plan(
        cls,
        {field.iri: field for field in fields},
        {field.name: field for field in fields},
        "kind" in cls.__struct_fields__,
    )


def _field(name: str, hint: Any) -> FieldPlan | None:
    if get_origin(hint) is not Annotated:
        return None
    annotated, *metas = get_args(hint)
    for meta in metas:
        if isinstance(meta, Meta) and meta.extra and isinstance(meta.extra.get("term"), Term):
            term: Term = meta.extra["term"]
            node = _node_class(annotated)
            default = term.type or (node.rdf_types[0] if node else "")
            many = get_origin(annotated) is list
            return FieldPlan(name, term.iri, term.range, many, node, term.vocabulary, default)
    return None


def _node_class(annotated: Any) -> type[Node] | None:
    for candidate in (annotated, *get_args(annotated)):
        if isinstance(candidate, type) and issubclass(candidate, Node):
            return candidate
    return None
