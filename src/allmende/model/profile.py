# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Profiles as data: which properties a class must, should or may have, and how often.

The tables lie in `profiles/*.toml`. A profile may extend another one; its rows then replace
or add to those of the other. Ranges and vocabularies follow from `catalogue.py`.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from allmende.errors import NotFound
from allmende.model import catalogue
from allmende.model.catalogue import Node, Resource
from allmende.model.namespaces import PREFIXES
from allmende.model.rdf.plan import FieldPlan, plan_of

_FOLDER = Path(__file__).with_name("profiles")
PROFILES = ("dcat-ap", "dcat-ap-de", "hvd")
DELIVERIES = ("govdata-indirect", "govdata")
"""What GovData asks of those who deliver through a state portal, and of the portals."""
_PREFIXES = {**PREFIXES, "time": "http://www.w3.org/2006/time#"}
HVD_LEGISLATION = "http://data.europa.eu/eli/reg_impl/2023/138/oj"


class Obligation(StrEnum):
    """How much a profile wants a property."""

    MANDATORY = "mandatory"
    RECOMMENDED = "recommended"
    OPTIONAL = "optional"
    DEPRECATED = "deprecated"


@dataclass(frozen=True, slots=True)
class Row:
    """One property of one class: how often, and how much it is wanted; max None = any number."""

    field: FieldPlan
    min: int
    max: int | None
    obligation: Obligation


@dataclass(frozen=True, slots=True)
class Extra:
    """A property outside of the model: node kind and type of its values, and how often."""

    cls: str
    iri: str
    kind: str = ""
    to: str = ""
    max: int = 0


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile with the rows of every class it speaks about."""

    name: str
    title: str
    version: str
    rows: dict[str, dict[str, Row]]  # class name → field name → row
    must: frozenset[str]  # vocabularies that have to be used
    should: frozenset[str]
    rules: frozenset[str]
    deprecated_properties: tuple[str, ...]
    deprecated_lists: dict[str, str]  # property → part of the IRIs out of use
    advised: frozenset[str]  # "Class.field" that are missed with a warning
    iris: frozenset[str]  # "Class.field" that must be IRIs, not blank nodes
    any_kind: frozenset[str]  # "Class.field" that may be a literal or a node
    links: dict[str, str]  # "Class.field" → rdf:type of what the link leads to
    mild: frozenset[str]  # links and types whose absence is a warning
    extra: tuple[Extra, ...]  # properties that are no fields

    def of(self, cls: type[Node] | str) -> dict[str, Row]:
        """The rows of a class, none when the profile says nothing about it."""
        return self.rows.get(cls if isinstance(cls, str) else cls.__name__, {})


def _file(name: str) -> dict[str, Any]:
    return tomllib.loads((_FOLDER / f"{name}.toml").read_text("utf-8"))


@cache
def profile(name: str) -> Profile:
    """The profile of that name (PROFILES, DELIVERIES); NotFound for another name."""
    if name not in PROFILES + DELIVERIES:
        raise NotFound(f"There is no profile “{name}”.", f"Es gibt kein Profil „{name}“.")
    content = _file(name)
    base = profile(content["extends"]) if "extends" in content else None
    rows = {cls: dict(table) for cls, table in base.rows.items()} if base else {}
    for cls, table in content.get("classes", {}).items():
        known = rows.setdefault(cls, {})
        for field, (low, high, obligation) in table.items():
            known[field] = Row(_field(cls, field), low, high or None, Obligation(obligation))
    words = content.get("vocabularies", {})
    return Profile(
        name=name,
        title=content["title"],
        version=content["version"],
        rows=rows,
        must=_joined(words, base, "must"),
        should=_joined(words, base, "should"),
        rules=_joined(content, base, "rules"),
        deprecated_properties=_tuple(content, base, "deprecated_properties"),
        deprecated_lists=_table(content, base, "deprecated_lists"),
        advised=_joined(content, base, "advised"),
        iris=_joined(content, base, "iris"),
        any_kind=_joined(content, base, "any_kind"),
        links=_table(content, base, "links"),
        mild=_joined(content, base, "mild"),
        extra=(base.extra if base else ()) + tuple(map(_extra, content.get("extra", ()))),
    )


def _joined(content: dict[str, Any], base: Profile | None, name: str) -> frozenset[str]:
    """What a profile and the one it extends list."""
    found = frozenset(expanded(each) for each in content.get(name, ()))
    return found | getattr(base, name) if base else found


def _tuple(content: dict[str, Any], base: Profile | None, name: str) -> tuple[str, ...]:
    return (*(getattr(base, name) if base else ()), *content.get(name, ()))


def _table(content: dict[str, Any], base: Profile | None, name: str) -> dict[str, str]:
    own = {expanded(key): expanded(value) for key, value in content.get(name, {}).items()}
    return {**(getattr(base, name) if base else {}), **own}


def _extra(entry: dict[str, Any]) -> Extra:
    return Extra(
        entry["class"],
        expanded(entry["property"]),
        entry.get("kind", ""),
        expanded(entry.get("to", "")),
        entry.get("max", 0),
    )


def expanded(name: str) -> str:
    """The full IRI of a name with a prefix; anything else stays as it is."""
    prefix, colon, rest = name.partition(":")
    base = _PREFIXES.get(prefix)
    return base + rest if colon and base and not rest.startswith("//") else name


def _field(cls: str, field: str) -> FieldPlan:
    """The field of a class; `Attribution` is the part of Relationship with an agent."""
    struct: type[Node] = getattr(catalogue, "Relationship" if cls == "Attribution" else cls)
    return plan_of(struct).by_name[field]


def profiles_for(resource: Resource) -> tuple[str, ...]:
    """The profiles a record has to meet here: DCAT-AP.de, and HVD when it claims to be one."""
    if resource.hvd_category or HVD_LEGISLATION in resource.applicable_legislation:
        return ("dcat-ap-de", "hvd")
    return ("dcat-ap-de",)


@cache
def _words() -> dict[str, Any]:
    return _file("labels")


def field_label(field: str, language: str) -> str:
    """The name of a field on pages in `de` or `en`, without `_` when it has none."""
    entry = _words()["labels"].get(field)
    return entry.get(language) or entry["en"] if entry else field.replace("_", " ")


def field_hint(field: str, language: str) -> str:
    """A sentence that helps to fill in the field; empty when there is none."""
    entry = _words()["hints"].get(field)
    return entry.get(language) or entry["en"] if entry else ""
