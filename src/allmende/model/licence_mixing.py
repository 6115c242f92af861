# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Which licence a work may have that is made from data under several licences."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from allmende.model.licensing import Terms, Text, table, terms
from allmende.model.vocabulary import vocabulary

MOST = 50
"""Licences that are looked at together."""

_WHY: dict[str, Text] = {
    "unknown": {
        "de": "„{0}“ steht in keiner Liste; bitte lesen Sie den Text.",
        "en": "“{0}” is in no list; please read its text.",
    },
    "ask": {
        "de": "Bei „{0}“ müssen Sie vorher fragen.",
        "en": "With “{0}” you have to ask first.",
    },
    "unchanged": {
        "de": "„{0}“ erlaubt nicht, Bearbeitungen weiterzugeben.",
        "en": "“{0}” does not allow passing on adaptations.",
    },
    "different": {
        "de": "„{0}“ und „{1}“ verlangen jeweils ihre eigene Lizenz für das Ergebnis.",
        "en": "“{0}” and “{1}” each ask for their own licence for the result.",
    },
    "business": {
        "de": "„{0}“ verbietet geschäftliche Zwecke, „{1}“ lässt kein solches Verbot zu.",
        "en": "“{0}” forbids commercial purposes, “{1}” does not allow such a ban.",
    },
    "same": {
        "de": "„{0}“ verlangt dieselbe Lizenz für das Ergebnis.",
        "en": "“{0}” asks for the same licence for the result.",
    },
    "not-business": {
        "de": "„{0}“ verbietet geschäftliche Zwecke; das gilt auch für das Ergebnis.",
        "en": "“{0}” forbids commercial purposes; that holds for the result, too.",
    },
    "name": {
        "de": "Nennen Sie alle Quellen, die genannt werden wollen.",
        "en": "Name all sources that want to be named.",
    },
    "free": {
        "de": "Niemand muss genannt werden; Sie wählen die Lizenz selbst.",
        "en": "Nobody has to be named; you choose the licence yourself.",
    },
}
_OPEN = ("cc-by/4.0", "dl-by-de/2.0")
_ZERO = ("cc-zero", "dl-zero-de/2.0", *_OPEN)
_NOT_BUSINESS = ("cc-by-nc/4.0",)


class Mixed(Struct, frozen=True):
    """Whether the result may be passed on, under which licences (IRIs, the best first), and why.

    `name` says whether sources have to be named.
    """

    possible: bool
    licences: tuple[str, ...]
    reasons: tuple[Text, ...]
    name: bool


def mix(iris: Sequence[str]) -> Mixed:
    """What follows from the licences of all data that go into one work; at most 50 are looked at.

    When one of them is in no list or has to be read, nothing is possible without asking.
    """
    unique = list(dict.fromkeys(iris))[:MOST]
    known = [(iri, terms(iri)) for iri in unique]
    against = [_why("unknown", iri) for iri, found in known if found is None]
    listed = list({each.iri: each for _, each in known if each is not None}.values())
    against += [_why("ask", _name(each)) for each in listed if each.derivative is None]
    against += [_why("unchanged", _name(each)) for each in listed if each.derivative is False]
    alike = [each for each in listed if each.share_alike]
    shared = _common(alike)
    if alike and not shared:
        against.append(_why("different", _name(alike[0]), _name(_other(alike))))
    limited = [each for each in listed if each.commercial is False]
    free = [each for each in alike if each.commercial]
    if limited and free:
        against.append(_why("business", _name(limited[0]), _name(free[0])))
    if against or not listed:
        return Mixed(False, (), tuple(against), any(each.attribution for each in listed))
    return _allowed(listed, alike, shared, limited)


def _allowed(
    listed: list[Terms], alike: list[Terms], shared: list[str], limited: list[Terms]
) -> Mixed:
    name = any(each.attribution for each in listed)
    reasons = [_why("same", _name(each)) for each in alike]
    reasons += [_why("not-business", _name(each)) for each in limited]
    reasons.append(_why("name" if name else "free"))
    if alike:
        licences = shared
    else:
        codes = _NOT_BUSINESS if limited else _OPEN if name else _ZERO
        licences = [vocabulary("licence").base + code for code in codes]
    return Mixed(True, tuple(licences), tuple(reasons), name)


def _common(alike: list[Terms]) -> list[str]:
    """The licences under which all share-alike works may be passed on, in order."""
    ways = [_ways(each) for each in alike]
    return [iri for iri in (ways[0] if ways else []) if all(iri in each for each in ways)]


def _ways(one: Terms) -> list[str]:
    """A share-alike licence itself and what it passes to, over several steps."""
    base = vocabulary("licence").base
    found = [one.iri]
    for iri in found:  # grows while it is read
        code = iri.removeprefix(base)
        found += [
            base + each for each in table()["passes"].get(code, ()) if base + each not in found
        ]
    return found


def _other(alike: list[Terms]) -> Terms:
    """One whose ways never meet those of the first."""
    first = set(_ways(alike[0]))
    return next((each for each in alike[1:] if not first & set(_ways(each))), alike[-1])


def _name(one: Terms) -> Text:
    return one.name


def _why(code: str, *names: str | Text) -> Text:
    return {
        tag: _WHY[code][tag].format(
            *(each if isinstance(each, str) else each[tag] for each in names)
        )
        for tag in ("de", "en")
    }
