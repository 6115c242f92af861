# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Checks of the profiles that are more than a row of a table, as SHACL constraints."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from allmende.model.namespaces import DCAT, DCATAP, DCATDE, DCT, PREFIXES, VCARD, XSD
from allmende.model.profile import HVD_LEGISLATION, Profile
from allmende.model.rdf.terms import Literal, Object, Statement
from allmende.model.validation import paths
from allmende.model.validation.paths import SH, Path
from allmende.model.validation.words import message
from allmende.model.vocabulary import vocabulary

TIME = "http://www.w3.org/2006/time#"
_ONE = Literal("1", None, XSD + "integer")
_NONE = Literal("0", None, XSD + "integer")
_CONTRIBUTORS = "http://dcat-ap.de/def/contributors/"


@dataclass(frozen=True, slots=True)
class Rule:
    """One check: whom it is about, its path (None for the node itself) and its constraints."""

    name: str
    target: str  # targetClass, targetSubjectsOf …
    about: str
    path: Path | None
    severity: str
    message: dict[str, str]
    constraints: Callable[[str, str], list[Statement]]  # id of the shape, beginning of labels


def of(found: Profile) -> Iterator[Rule]:
    """The rules of a profile, those for properties and lists out of use last."""
    for name in sorted(found.rules):
        if name in _RULES:
            yield from _RULES[name]()
    for iri in found.deprecated_properties:
        yield _out_of_use(iri)
    for iri, base in found.deprecated_lists.items():
        yield _old_list(iri, base)


def _say(subject: str, predicate: str, value: Object) -> Statement:
    return subject, SH + predicate, value


def _at_least_one(ident: str, label: str) -> list[Statement]:
    return [_say(ident, "minCount", _ONE)]


def _any_of(*iris: str) -> Path:
    return Path("|", parts=tuple(Path("", iri) for iri in iris))


def _contact() -> Iterator[Rule]:
    path = _any_of(VCARD + "hasEmail", VCARD + "hasURL", VCARD + "hasTelephone")
    said = message("contact-unreachable", "contact_point")
    name, cls = "contact-unreachable", VCARD + "Kind"
    yield Rule(name, "targetClass", cls, path, "Violation", said, _at_least_one)


def _contact_mail() -> Iterator[Rule]:
    path = _any_of(VCARD + "hasEmail", VCARD + "hasURL")
    said = message("contact-mail", "contact_point")
    name, contact = "contact-mail", DCAT + "contactPoint"
    yield Rule(name, "targetObjectsOf", contact, path, "Violation", said, _at_least_one)


def _period() -> Iterator[Rule]:
    path = _any_of(DCAT + "startDate", DCAT + "endDate", TIME + "hasBeginning", TIME + "hasEnd")
    said = message("period-empty", "temporal")
    name, cls = "period-empty", DCT + "PeriodOfTime"
    yield Rule(name, "targetClass", cls, path, "Violation", said, _at_least_one)


def _attribution() -> Iterator[Rule]:
    """A licence that asks for attribution, and no text for it (convention K35)."""

    def constraints(ident: str, label: str) -> list[Statement]:
        asking = [each.iri for each in vocabulary("licence") if each.facts.get("attribution")]
        free, listed, named = (f"{label}{part}" for part in "fln")
        out = [
            _say(free, "path", DCT + "license"),
            _say(free, "not", listed),
            _say(named, "path", DCATDE + "licenseAttributionByText"),
            _say(named, "minCount", _ONE),
        ]
        out.append(_say(listed, "in", paths.listed(list(asking), f"{label}i", out)))
        out.append(_say(ident, "or", paths.listed([free, named], f"{label}o", out)))
        return out

    said = message("attribution-missing", "license_attribution")
    name, cls = "attribution-missing", DCAT + "Distribution"
    yield Rule(name, "targetClass", cls, None, "Warning", said, constraints)


def _legislation() -> Iterator[Rule]:
    """Legislation is named, but not the regulation on high-value datasets."""

    def constraints(ident: str, label: str) -> list[Statement]:
        none, one = f"{label}n", f"{label}o"
        out = [_say(each, "path", DCATAP + "applicableLegislation") for each in (none, one)]
        out += [_say(none, "maxCount", _NONE), _say(one, "hasValue", HVD_LEGISLATION)]
        out.append(_say(ident, "or", paths.listed([none, one], f"{label}l", out)))
        return out

    said = message("hvd-legislation", "applicable_legislation")
    for cls in ("Dataset", "Distribution"):
        name = f"hvd-legislation.{cls}"
        yield Rule(name, "targetClass", DCAT + cls, None, "Warning", said, constraints)


def _contributor() -> Iterator[Rule]:
    def constraints(ident: str, label: str) -> list[Statement]:
        listed = f"{label}q"
        out = [
            _say(ident, "qualifiedMinCount", _ONE),
            _say(ident, "qualifiedMaxCount", _ONE),
            _say(ident, "qualifiedValueShape", listed),
        ]
        known: list[Object] = [each.iri for each in vocabulary("contributor")]
        out.append(_say(listed, "in", paths.listed(known, f"{label}i", out)))
        return out

    said = message("contributor-once", "contributor_id", _CONTRIBUTORS)
    path = Path("", DCATDE + "contributorID")
    name, cls = "contributor-once", DCAT + "Dataset"
    yield Rule(name, "targetClass", cls, path, "Violation", said, constraints)


def _out_of_use(iri: str) -> Rule:
    def constraints(ident: str, label: str) -> list[Statement]:
        return [_say(ident, "maxCount", _NONE)]

    said = message("deprecated-statement", "", iri)
    name = f"deprecated.{_name(iri)}"
    return Rule(name, "targetSubjectsOf", iri, Path("", iri), "Warning", said, constraints)


def _old_list(iri: str, base: str) -> Rule:
    def constraints(ident: str, label: str) -> list[Statement]:
        return [
            _say(ident, "not", label),
            _say(label, "pattern", Literal(re.escape(base))),
        ]

    said = message("old-list", "", base, _name(iri).replace("_", ":"))
    name = f"old-list.{_name(iri)}"
    return Rule(name, "targetSubjectsOf", iri, Path("", iri), "Warning", said, constraints)


def _name(iri: str) -> str:
    for prefix, base in PREFIXES.items():
        if iri.startswith(base):
            return f"{prefix}_{iri[len(base) :]}"
    return re.sub(r"\W", "_", iri)


_RULES: dict[str, Callable[[], Iterator[Rule]]] = {
    "attribution-missing": _attribution,
    "contact-mail": _contact_mail,
    "contact-unreachable": _contact,
    "contributor-once": _contributor,
    "hvd-legislation": _legislation,
    "period-empty": _period,
}
