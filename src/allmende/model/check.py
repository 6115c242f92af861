# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Does a record meet a profile? Findings say where, how grave, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from msgspec import Struct

from allmende.model import dates, repair_iri
from allmende.model.catalogue import (
    Agent,
    Dataset,
    Distribution,
    Kind,
    Node,
    Period,
    Range,
    Relationship,
    Resource,
)
from allmende.model.profile import (
    HVD_LEGISLATION,
    Obligation,
    Profile,
    Row,
    field_hint,
    field_label,
    profile,
)
from allmende.model.rdf.terms import is_blank
from allmende.model.vocabulary import vocabulary

VIOLATION, WARNING, INFO = "violation", "warning", "info"

FINDINGS: dict[str, dict[str, str]] = {
    "missing": {
        "de": "„{label}“ fehlt. Bitte angeben.",
        "en": "“{label}” is missing. Please add it.",
    },
    "recommended": {
        "de": "„{label}“ fehlt; die Angabe wird empfohlen.",
        "en": "“{label}” is missing; it is recommended.",
    },
    "too-many": {
        "de": "„{label}“ darf höchstens einmal vorkommen. Bitte eine Angabe auswählen.",
        "en": "“{label}” may stand only once. Please choose one value.",
    },
    "not-in-vocabulary": {
        "de": "„{value}“ steht nicht in der Werteliste für „{label}“. Bitte einen Wert auswählen.",
        "en": "“{value}” is not in the vocabulary for “{label}”. Please choose a value of it.",
    },
    "not-an-iri": {
        "de": "„{value}“ ist keine gültige Adresse für „{label}“. Bitte vollständig angeben.",
        "en": "“{value}” is not a valid address for “{label}”. Please give it in full.",
    },
    "not-a-date": {
        "de": "„{value}“ ist kein gültiges Datum. Bitte als JJJJ-MM-TT schreiben.",
        "en": "“{value}” is not a valid date. Please write it as YYYY-MM-DD.",
    },
    "deprecated": {
        "de": "„{label}“ soll nicht mehr verwendet werden. Bitte entfernen.",
        "en": "“{label}” should no longer be used. Please remove it.",
    },
    "deprecated-statement": {
        "de": "Die Eigenschaft {value} soll nicht mehr verwendet werden. Bitte entfernen.",
        "en": "The property {value} should no longer be used. Please remove it.",
    },
    "contact-unreachable": {
        "de": "Der Kontakt ist nicht erreichbar. Bitte E-Mail, Webadresse oder Telefon nennen.",
        "en": "The contact cannot be reached. Please give e-mail, web address or telephone.",
    },
    "period-empty": {
        "de": "Der Zeitraum hat weder Beginn noch Ende. Bitte mindestens eines angeben.",
        "en": "The period has neither start nor end. Please give at least one.",
    },
    "attribution-missing": {
        "de": "Die Lizenz verlangt eine Namensnennung. Bitte den Text dafür angeben.",
        "en": "The licence asks for attribution. Please give the text for it.",
    },
    "hvd-legislation": {
        "de": "Bei den Rechtsgrundlagen fehlt die Verordnung (EU) 2023/138. Bitte ergänzen.",
        "en": "Regulation (EU) 2023/138 is missing in the legislation. Please add it.",
    },
}


class Finding(Struct, frozen=True, omit_defaults=True):
    """One thing to put right; severity is violation, warning or info."""

    code: str
    path: str
    severity: str
    field: str = ""
    value: str = ""

    @property
    def text(self) -> dict[str, str]:
        """The sentence in German and English, with a hint where there is one."""
        return {language: self._sentence(language) for language in ("de", "en")}

    def _sentence(self, language: str) -> str:
        label = field_label(self.field, language)
        sentence = FINDINGS[self.code][language].format(label=label, value=self.value)
        hint = field_hint(self.field, language) if self.code in ("missing", "recommended") else ""
        return f"{sentence} {hint}".rstrip()


@dataclass(frozen=True, slots=True)
class _Test:
    """What to look at in one field."""

    name: str
    row: Row
    check: Callable[[_Test, Any, str], Iterator[Finding]] | None
    vocabulary: str
    grave: str
    nested: bool


def check(resource: Node, name: str = "dcat-ap-de") -> list[Finding]:
    """All findings of a record against a profile, in the order of the tables."""
    rules = profile(name)
    findings: list[Finding] = []
    _node(resource, rules, "", findings)
    if isinstance(resource, Resource) and "deprecated-statement" in rules.rules:
        findings.extend(_deprecated(resource, rules))
    return findings


def _node(node: Node, rules: Profile, path: str, findings: list[Finding]) -> None:
    for test in _tests(rules.name, _class_name(node)):
        value = getattr(node, test.name)
        row = test.row
        if not value and value != 0:
            if row.min:
                findings.append(Finding("missing", path + test.name, VIOLATION, test.name))
            elif row.obligation is Obligation.RECOMMENDED:
                findings.append(Finding("recommended", path + test.name, INFO, test.name))
            continue
        if row.obligation is Obligation.DEPRECATED:
            findings.append(Finding("deprecated", path + test.name, WARNING, test.name))
        if row.max == 1 and row.field.range in _COUNTED and len(value) > 1:
            findings.append(Finding("too-many", path + test.name, VIOLATION, test.name))
        if test.nested:
            _children(test, value, rules, path, findings)
        elif test.check is not None:
            findings.extend(test.check(test, value, path))
    _rules(node, rules.rules, path, findings)


def _children(test: _Test, value: Any, rules: Profile, path: str, findings: list[Finding]) -> None:
    if not test.row.field.many:
        if _is_described(value):
            _node(value, rules, f"{path}{test.name}.", findings)
        return
    for number, child in enumerate(value):
        if _is_described(child):
            _node(child, rules, f"{path}{test.name}[{number}].", findings)


# fields that can hold several values although a profile may allow one only
_COUNTED = frozenset(
    {Range.TEXT, Range.IRI, Range.CONCEPT, Range.NODE, Range.GEOMETRY, Range.LITERAL}
)


def _class_name(node: Node) -> str:
    if isinstance(node, Relationship) and node.agent is not None:
        return "Attribution"
    return type(node).__name__


def _is_described(node: Node) -> bool:
    """A mere link to a place, standard or document needs no description; an agent does."""
    if isinstance(node, (Agent, Kind, Distribution)) or not node.iri or is_blank(node.iri):
        return True
    return any(getattr(node, name) for name in node.__struct_fields__ if name != "iri")


@cache
def _tests(profile_name: str, cls: str) -> tuple[_Test, ...]:
    rules = profile(profile_name)
    tests = []
    for name, row in rules.of(cls).items():
        words = row.field.vocabulary
        grave = VIOLATION if words in rules.must else WARNING if words in rules.should else ""
        if row.max == 1 and not row.field.many and row.field.range is not Range.TEXT:
            row = Row(row.field, row.min, None, row.obligation)  # the model holds one anyway
        nested = row.field.range is Range.NODE
        tests.append(_Test(name, row, _CHECKS.get(row.field.range), words, grave, nested))
    return tuple(tests)


def _iris(test: _Test, value: Any, path: str) -> Iterator[Finding]:
    many = test.row.field.many
    listed = vocabulary(test.vocabulary) if test.grave else None
    if listed is not None and test.vocabulary in _ONE_IS_ENOUGH and any(map(listed.has, value)):
        listed = None
    for number, iri in enumerate(value if many else (value,)):
        if listed is not None and listed.has(iri):
            continue
        here = f"{path}{test.name}[{number}]" if many else path + test.name
        if not repair_iri.is_iri(iri) and repair_iri.cleaned(iri) != iri:
            yield Finding("not-an-iri", here, VIOLATION, test.name, iri)
        elif listed is not None:
            yield Finding("not-in-vocabulary", here, test.grave, test.name, iri)


# other lists may stand beside these when one value comes from the list of the profile
_ONE_IS_ENOUGH = frozenset({"data-theme", "dataset-type"})


def _date(test: _Test, value: Any, path: str) -> Iterator[Finding]:
    if dates.datatype(value) is None:
        yield Finding("not-a-date", path + test.name, VIOLATION, test.name, value)


_CHECKS: dict[Range, Callable[[_Test, Any, str], Iterator[Finding]]] = {
    Range.IRI: _iris,
    Range.CONCEPT: _iris,
    Range.DATE: _date,
}


def _rules(node: Node, rules: frozenset[str], path: str, findings: list[Finding]) -> None:
    here = path.rstrip(".")
    if isinstance(node, Distribution) and "attribution-missing" in rules:
        licence = vocabulary("licence").get(node.license) if node.license else None
        if licence and licence.facts.get("attribution") and not node.license_attribution:
            code = "attribution-missing"
            findings.append(Finding(code, path + "license_attribution", WARNING))
    elif isinstance(node, Kind) and "contact-unreachable" in rules:
        if not (node.email or node.url or node.telephone):
            findings.append(Finding("contact-unreachable", here, VIOLATION))
    elif isinstance(node, Period) and "period-empty" in rules and not (node.start or node.end):
        findings.append(Finding("period-empty", here, VIOLATION))
    if "hvd-legislation" in rules and isinstance(node, (Dataset, Distribution)):
        given = node.applicable_legislation
        if given and HVD_LEGISLATION not in given:
            field = path + "applicable_legislation"
            findings.append(Finding("hvd-legislation", field, WARNING))


def _deprecated(resource: Resource, rules: Profile) -> Iterator[Finding]:
    for line in resource.extra:
        for iri in rules.deprecated_properties:
            if f" <{iri}> " in line:
                yield Finding("deprecated-statement", "extra", WARNING, "", iri)
