# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Which fields a form has, in which group: from the tables of the profiles, by hand nowhere.

`fields_of(Dataset, ("dcat-ap-de",), record)` gives every field that a profile names or that
the record has a value for. What is not among them is not touched when a form is saved.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from allmende.model.catalogue import (
    Agent,
    Identifier,
    Location,
    Node,
    Range,
    Relationship,
    Statement,
)
from allmende.model.profile import Obligation, profile
from allmende.model.rdf.plan import FieldPlan, plan_of

ALWAYS = ("hvd",)  # its fields are offered even when a record does not claim to be one
OWN_PAGES = frozenset({"distribution"})  # relations with roles have no form either
LINKED = (Agent, Location, Statement)  # nodes that may be no more than an address
IRI = FieldPlan("iri", "", Range.IRI, False, None, "", "")
FIRST = (
    "title", "description", "access_url", "endpoint_url", "license", "publisher", "contact_point",
    "keyword", "theme", "hvd_category", "format", "spatial", "temporal",
)  # fmt: skip


class Group(StrEnum):
    """How much a field is wanted."""

    NEEDED = "needed"
    RECOMMENDED = "recommended"
    MORE = "more"


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of a form; `single` when a profile allows one value only."""

    plan: FieldPlan
    group: Group
    single: bool
    fields: tuple[FormField, ...] = ()  # of the nodes it holds

    @property
    def name(self) -> str:
        """The name of the field in the record."""
        return self.plan.name


def fields_of(cls: type[Node], profiles: Iterable[str], node: Node) -> tuple[FormField, ...]:
    """The fields of a form for this class and these profiles, the most wanted first."""
    known = _known(cls, tuple(dict.fromkeys((*profiles, *ALWAYS))), tuple(profiles))
    return tuple(each for each in known if _shown(each, node))


def _shown(field: FormField, node: Node) -> bool:
    wanted = field.group is not Group.MORE or _listed(type(node), field.name)
    return wanted or bool(getattr(node, field.name))


@cache
def _listed(cls: type[Node], name: str) -> bool:
    """Whether any profile has the field without advising against it."""
    for each in ("dcat-ap-de", *ALWAYS):
        row = profile(each).of(cls).get(name)
        if row is not None and row.obligation is not Obligation.DEPRECATED:
            return True
    return name == "hvd_category"


@cache
def _known(
    cls: type[Node], present: tuple[str, ...], asked: tuple[str, ...]
) -> tuple[FormField, ...]:
    found = []
    for plan in plan_of(cls).by_name.values():
        if plan.name in OWN_PAGES or plan.node is Relationship:
            continue
        inner = node_fields(plan.node) if plan.range is Range.NODE and plan.node else ()
        group = _group(cls, plan.name, asked)
        found.append(FormField(plan, group, not plan.many or _once(cls, plan, present), inner))
    order = {group: number for number, group in enumerate(Group)}
    return tuple(sorted(found, key=lambda each: (order[each.group], _place(each.name))))


def _place(name: str) -> int:
    return FIRST.index(name) if name in FIRST else len(FIRST)


def _group(cls: type[Node], name: str, asked: Sequence[str]) -> Group:
    wanted = set()
    for each in asked:
        row = profile(each).of(cls).get(name)
        if row is not None:
            wanted.add(Obligation.MANDATORY if row.min else row.obligation)
    if Obligation.MANDATORY in wanted:
        return Group.NEEDED
    return Group.RECOMMENDED if Obligation.RECOMMENDED in wanted else Group.MORE


def _once(cls: type[Node], plan: FieldPlan, profiles: Sequence[str]) -> bool:
    rows = (profile(each).of(cls).get(plan.name) for each in profiles)
    return any(row is not None and row.max == 1 for row in rows)


@cache
def node_fields(cls: type[Node]) -> tuple[FormField, ...]:
    """The fields of what is described inside a record: one level deep.

    A geometry other than a rectangle is kept and not shown.
    """
    plans = [
        plan
        for plan in plan_of(cls).by_name.values()
        if plan.range is not Range.NODE
        and (plan.range is not Range.GEOMETRY or plan.name == "bbox")
        and not (cls is Location and plan.name == "identifier")
        and not (cls is Identifier and plan.name == "creator")
    ]
    if cls in LINKED:
        plans.append(IRI)
    return tuple(FormField(plan, Group.MORE, not plan.many) for plan in plans)
