# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Which licence data get, why, and what a licence means. No reading, no writing.

The rules, laws and grounds are a table, `licensing.toml`; the first rule that holds decides.
Nothing here is legal advice: it says in plain words what the city has decided by its table.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from msgspec import Struct

from allmende.errors import InvalidInput
from allmende.model.vocabulary import Concept, vocabulary

Text = dict[str, str]

_TABLE = Path(__file__).with_name("licensing.toml")
LEVELS = ("open", "internal", "restricted", "personal")
LISTS = ("licence", "eu-licence")


class Case(Struct, frozen=True, kw_only=True):
    """What is asked of data: whose they are, under which law, how open.

    `owner`, `regime` and `ground` are codes of the table; `level` is one of `LEVELS`. `given` is
    a licence (IRI) under which somebody else gave the data, `ground` that of a reservation which
    was approved and lasts.
    """

    owner: str = "city"
    regime: str = ""  # the usual one of the owner when empty
    level: str = "open"
    high_value: bool = False
    attribution: bool = True
    given: str = ""
    ground: str = ""


class Decision(Struct, frozen=True):
    """The licence (an IRI; empty when there is none) and why."""

    rule: str
    licence: str
    reason: Text
    law: str
    legal_basis: Text
    needs_permission: bool


class Terms(Struct, frozen=True):
    """What a licence asks for. None is where its text has to be read.

    `database` says whether the right of the maker of a database is licensed: yes, no, unknown.
    """

    iri: str
    code: str
    name: Text
    sentence: Text
    open: bool  # by the Open Definition 2.1
    attribution: bool | None
    commercial: bool | None
    share_alike: bool | None
    derivative: bool | None
    database: str
    replaced_by: str | None  # IRI
    page: str | None


class Ground(Struct, frozen=True):
    """A legal ground for a permission that has to be asked for."""

    code: str
    text: Text
    law: str


@cache
def table() -> dict[str, Any]:
    """The table of rules."""
    return tomllib.loads(_TABLE.read_text("utf-8"))


def owners() -> dict[str, Text]:
    """The kinds of owners with their names, in their order."""
    return {code: _text(each) for code, each in table()["owner"].items()}


def laws() -> dict[str, Text]:
    """The laws with their names."""
    return {code: _text(each) for code, each in table()["law"].items()}


def law_page(code: str) -> str:
    """Where a law can be read; empty when there is no such address."""
    return str(table()["law"].get(code, {}).get("page", ""))


def regimes(owner: str) -> tuple[str, ...]:
    """The laws under which such an owner may give data; the usual one first. InvalidInput."""
    found = table()["regimes"].get(owner)
    if found is None:
        raise InvalidInput(
            f"“{owner}” is no kind of owner; there are {', '.join(table()['owner'])}.",
            f"„{owner}“ ist keine Art von Inhaber; es gibt {', '.join(table()['owner'])}.",
        )
    return tuple(found)


def checked(case: Case) -> Case:
    """The case with the usual regime where none is said. InvalidInput for unknown codes."""
    from msgspec.structs import replace

    allowed = regimes(case.owner)
    regime = case.regime or allowed[0]
    if regime not in allowed:
        raise InvalidInput(
            f"“{regime}” is no legal regime of this kind of owner; choose {', '.join(allowed)}.",
            f"„{regime}“ ist keine Rechtsgrundlage dieser Art von Inhaber; möglich sind "
            f"{', '.join(allowed)}.",
        )
    if case.level not in LEVELS:
        raise InvalidInput(
            f"“{case.level}” is no level; there are {', '.join(LEVELS)}.",
            f"„{case.level}“ ist keine Stufe; es gibt {', '.join(LEVELS)}.",
        )
    return replace(case, regime=regime)


def licence_for(case: Case) -> Decision:
    """The licence of data, by the first rule that holds. InvalidInput for unknown codes."""
    case = checked(case)
    reserved = bool(case.ground) and case.ground in {each.code for each in grounds(case)}
    facts = {
        "owner": case.owner,
        "regime": case.regime,
        "level": case.level,
        "high_value": case.high_value,
        "attribution": case.attribution,
        "given": bool(case.given),
        "reserved": reserved,
    }
    for rule in table()["rule"]:
        if all(facts[name] in values for name, values in rule["when"].items()):
            return _decided(rule, case)
    raise AssertionError("the last rule holds always")


def _decided(rule: dict[str, Any], case: Case) -> Decision:
    code = rule.get("licence", "")
    ground = table()["ground"].get(case.ground, {})
    law = {"regime": case.regime, "ground": ground.get("law", "")}.get(rule["law"], rule["law"])
    return Decision(
        rule=rule["id"],
        licence=case.given if code == "given" else (vocabulary("licence").base + code) * bool(code),
        reason=_text(rule),
        law=law,
        legal_basis=_text(table()["law"][law]),
        needs_permission=rule.get("needs_permission", False),
    )


def grounds(case: Case) -> list[Ground]:
    """The grounds on which use may depend on a permission; none when the law leaves no room.

    Never for high-value datasets of public bodies, and only for data that are open otherwise.
    """
    case = checked(case)
    public = case.owner in ("city", "municipal-company", "state")
    if case.level != "open" or (case.high_value and public):
        return []
    return [
        Ground(code, _text(each), each["law"])
        for code, each in table()["ground"].items()
        if case.owner in each["owner"] and case.regime in each["regime"]
    ]


def ground_text(code: str) -> Text:
    """The words of a ground; its code for one that is gone from the table."""
    found = table()["ground"].get(code)
    return _text(found) if found else {"de": code, "en": code}


# --- what licences mean --------------------------------------------------------------


def find(iri: str) -> Concept | None:
    """A licence of the lists by its IRI or one that means the same."""
    return next((found for name in LISTS if (found := vocabulary(name).get(iri))), None)


def terms(iri: str) -> Terms | None:
    """What a licence asks for; None when it is in no list."""
    found = find(iri)
    if found is None:
        return None
    facts = found.facts
    base = found.iri.removesuffix(found.code)
    newer = facts.get("replaced_by")
    return Terms(
        iri=found.iri,
        code=found.code,
        name={"de": found.label("de"), "en": found.label("en")},
        sentence=facts["sentence"],
        open=facts["open"],
        attribution=facts.get("attribution"),
        commercial=facts.get("commercial"),
        share_alike=facts.get("share_alike"),
        derivative=facts.get("changes"),
        database=facts.get("database", "unknown"),
        replaced_by=base + newer if newer else None,
        page=facts.get("page"),
    )


def attribution_line(
    title: str, publisher: str, licence: str, page: str, address: str, language: str
) -> str:
    """A line to copy that names the source: who, what, under which licence, from where.

    `licence` is its short name, `page` the address of its text.
    """
    word = "Datenquelle" if language == "de" else "Data source"
    parts = [f"{word}: {publisher}" if publisher else word]
    if title:
        parts.append(f"„{title}“" if language == "de" else f"“{title}”")
    parts.append(f"{licence} ({page})" if page else licence)
    parts.append(address)
    return ", ".join(each for each in parts if each)


def _text(entry: dict[str, Any]) -> Text:
    return {"de": entry["de"], "en": entry["en"]}
