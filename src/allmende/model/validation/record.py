# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""One record of the catalogue against profiles: findings that name fields of the record.

A record is checked as the RDF it is published as. What it merely links to (places, other
datasets, services) is described elsewhere and taken on trust; publishers and contacts are
not. A document that somebody delivers is checked as it is: see `Shapes.validate`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from msgspec import Struct

from allmende.model.catalogue import Agent, Kind, Range, Relationship, Resource
from allmende.model.profile import HVD_LEGISLATION, profile
from allmende.model.rdf import statements
from allmende.model.rdf.plan import plan_of
from allmende.model.rdf.terms import TYPE, Literal, Object, is_blank
from allmende.model.validation import profiles
from allmende.model.validation.data import Data
from allmende.model.validation.profiles import URN
from allmende.model.validation.shape import Result

MAX_FINDINGS = 200
"""Findings kept of one record; what lies beyond is only counted."""
MAX_VALUE = 300
"""Characters of a value that are kept."""
DEFAULT = ("dcat-ap-de",)
_ROOT = "urn:allmende:record"
_FIELDS = {
    "attribution-missing": "license_attribution",
    "contributor-once": "contributor_id",
    "hvd-legislation.Dataset": "applicable_legislation",
    "hvd-legislation.Distribution": "applicable_legislation",
}
_ORDER = {"violation": 0, "warning": 1, "info": 2}


class Finding(Struct, frozen=True, omit_defaults=True):
    """One thing to put right.

    `check` names the row of the profile's table (`Dataset.title.min`) or its rule; `path` the
    field of the record (`distribution[2].license`); severity is violation, warning or info.
    """

    profile: str
    check: str
    severity: str
    path: str
    value: str = ""

    @property
    def text(self) -> dict[str, str]:
        """What is wrong and what to do, in German and English."""
        found = profiles.compiled(self.profile).messages.get(self.shape)
        return found or {"de": self.check, "en": self.check}

    @property
    def shape(self) -> str:
        """The id of the SHACL shape behind it."""
        return f"{URN}{self.profile}:{self.check}"


class Checked(Struct, frozen=True):
    """What was found in a record, the grave first, and how much of each severity."""

    profiles: tuple[str, ...]
    findings: list[Finding]
    violations: int
    warnings: int
    hints: int


def asked_of(resource: Resource, chosen: Sequence[str] = DEFAULT) -> tuple[str, ...]:
    """The profiles a record has to meet: the chosen ones, and HVD when it claims to be one."""
    claims = resource.hvd_category or HVD_LEGISLATION in resource.applicable_legislation
    more = ("hvd",) if claims and "hvd" not in chosen else ()
    return (*chosen, *more)


def check(resource: Resource, names: Sequence[str]) -> Checked:
    """The findings of a record against profiles; what several profiles ask counts once."""
    lines = statements(resource, _ROOT)
    data = Data.of(lines)
    trusted = _trust(data, {subject for subject, _, _ in lines}, names)
    found: dict[tuple[object, ...], Finding] = {}
    places: dict[str, str] | None = None
    for name in names:
        start = len(URN) + len(name) + 1
        for each in profiles.compiled(name).validate(data):
            if each.focus in trusted:
                continue
            if places is None:
                places = _places(data, resource)
            ident = each.source[start:]
            key = (ident, each.focus, each.value)
            if key not in found:
                found[key] = _finding(name, ident, each, data, places)
    ordered = sorted(found.values(), key=lambda finding: _ORDER[finding.severity])
    counts = [sum(1 for each in ordered if each.severity == grave) for grave in _ORDER]
    return Checked(tuple(names), ordered[:MAX_FINDINGS], *counts)


def _trust(data: Data, described: set[str], names: Iterable[str]) -> set[Object]:
    """Gives what is only linked to the type the profiles ask for; those nodes."""
    trusted: set[Object] = set()
    types = data.properties.setdefault(TYPE, {})
    for predicate, wanted in _links(tuple(names)):
        for values in data.table(predicate).values():
            for value in values:
                if isinstance(value, str) and value not in described and not is_blank(value):
                    known = types.setdefault(value, [])
                    if wanted not in known:
                        known.append(wanted)
                    trusted.add(value)
    return trusted


@cache
def _links(names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Properties that lead to other resources or places, with the type they lead to."""
    found: dict[tuple[str, str], None] = {}
    for name in names:
        for cls, row in profiles.profile_rows(name):
            wanted = profiles.wanted_class(profile(name), cls, row)
            if wanted and row.field.node not in (Agent, Kind):
                found[row.field.iri, wanted] = None
    return tuple(found)


def _places(data: Data, resource: Resource) -> dict[str, str]:
    """Node → where it stands in the record, with a dot behind it."""
    found = {_ROOT: ""}
    waiting: list[tuple[str, type]] = [(_ROOT, type(resource))]
    for node, cls in waiting:  # grows while it is walked
        for field in plan_of(cls).by_name.values():
            if field.range is not Range.NODE or field.node is None:
                continue
            for number, value in enumerate(data.values(node, field.iri)):
                if isinstance(value, str) and value not in found:
                    index = f"[{number}]" if field.many else ""
                    found[value] = f"{found[node]}{field.name}{index}."
                    waiting.append((value, field.node))
    return found


def _finding(name: str, ident: str, result: Result, data: Data, places: dict[str, str]) -> Finding:
    focus = result.focus if isinstance(result.focus, str) else ""
    field = "".join(_field(ident, result, data))
    value = result.value[0] if isinstance(result.value, Literal) else result.value or ""
    if value == result.focus or is_blank(value):
        value = ""
    path = (places.get(focus, "") + field).rstrip(".")
    return Finding(name, ident, result.severity.lower(), path, value[:MAX_VALUE])


def _field(ident: str, result: Result, data: Data) -> Iterator[str]:
    """The field of a check and, if it is about one of several values, its number."""
    cls, _, rest = ident.partition(".")
    name, _, what = rest.partition(".")
    if ident in _FIELDS:
        yield _FIELDS[ident]
    elif what and cls[:1].isupper():
        yield name
        values = data.values(result.focus, result.path)
        if result.value in values and _many(cls, name):
            yield f"[{values.index(result.value)}]"
    elif cls in ("deprecated", "old-list"):
        yield rest.replace("_", ":", 1)


@cache
def _many(cls: str, name: str) -> bool:
    from allmende.model import catalogue

    struct = Relationship if cls == "Attribution" else getattr(catalogue, cls)
    field = plan_of(struct).by_name.get(name)
    return field is not None and field.many
