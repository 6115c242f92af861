# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Who may read what: rules that compile to one filter and to a sentence with the reason.

Every resource carries two levels, one for its metadata and one for its data:

    open        everybody
    internal    people with a role in the owning organisation
    restricted  stewards, gatekeepers and administrators of the owning organisation

and a status: a draft is seen by those who work on it, an archived record by those who
look after it. On request, the data of one dataset can be opened to somebody for a time
(`Subject.grants`), whatever its level, as long as it is published. The store puts the
filter into the same SQL that reads the rows; the search index evaluates the same filter
over its bitmaps. There is no other place in which it is decided what a subject sees.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from msgspec import Struct

from allmende.model.filter import (
    Compare,
    Everything,
    Filter,
    In,
    Nothing,
    Value,
    all_of,
    any_of,
    matches,
)
from allmende.policy.subject import EVERY_ORGANISATION, GERMAN, Role, Scope, Subject


class Level(StrEnum):
    """Classification of metadata or data."""

    OPEN = "open"
    INTERNAL = "internal"
    RESTRICTED = "restricted"


class Status(StrEnum):
    """Where a resource stands in its life."""

    DRAFT = "draft"
    PUBLISHED = "published"
    ARCHIVED = "archived"


Part = Literal["metadata", "data"]

READING = frozenset({Scope.CATALOGUE_READ, Scope.CATALOGUE_WRITE, Scope.SENSORS_WRITE, Scope.ADMIN})
"""Scopes that let a token read: who changes something has to see it."""

INSIDERS = (
    Role.READER,
    Role.CONTRIBUTOR,
    Role.STEWARD,
    Role.GATEKEEPER,
    Role.ADMINISTRATOR,
)
AUTHORS = (Role.CONTRIBUTOR, Role.STEWARD, Role.GATEKEEPER, Role.ADMINISTRATOR)
KEEPERS = (Role.STEWARD, Role.GATEKEEPER, Role.ADMINISTRATOR)

REASONS: dict[str, dict[str, str]] = {
    "open": {
        "en": "The record is published and open to everybody.",
        "de": "Der Eintrag ist veröffentlicht und offen für alle.",
    },
    "insider": {
        "en": "The record is internal, and you have a role in its organisation.",
        "de": "Der Eintrag ist intern, und Sie haben eine Rolle in seiner Organisation.",
    },
    "author": {
        "en": "The record is a draft, and you work on drafts of its organisation.",
        "de": "Der Eintrag ist ein Entwurf, und Sie arbeiten an Entwürfen seiner Organisation.",
    },
    "granted": {
        "en": "You asked for these data, and the organisation has given them to you for a time.",
        "de": "Sie haben diese Daten beantragt, und die Organisation hat sie Ihnen auf Zeit "
        "freigegeben.",
    },
    "keeper": {
        "en": "You look after all records of this organisation.",
        "de": "Sie betreuen alle Einträge dieser Organisation.",
    },
}


class Rule(Struct, frozen=True):
    """One way to be allowed to see a record: the reason's code and the condition."""

    reason: str
    condition: Filter


def read_rules(subject: Subject, part: Part = "metadata") -> tuple[Rule, ...]:
    """All rules that let the subject read metadata or data; none means nothing is visible."""
    if subject.scopes.isdisjoint(READING):
        return ()
    level = f"{part}_access"
    published = Compare("status", "=", Status.PUBLISHED)
    rules = [Rule("open", all_of(published, Compare(level, "=", Level.OPEN)))]
    inside = _of_organisation(subject, INSIDERS)
    if inside is not None:
        condition = all_of(published, Compare(level, "=", Level.INTERNAL), inside)
        rules.append(Rule("insider", condition))
    if part == "data" and subject.grants:
        given = tuple(sorted({each.dataset for each in subject.grants}))
        rules.append(Rule("granted", all_of(published, In("dataset", given))))
    author = _of_organisation(subject, AUTHORS)
    if author is not None:
        unrestricted = In(level, (Level.OPEN, Level.INTERNAL))
        draft = Compare("status", "=", Status.DRAFT)
        rules.append(Rule("author", all_of(draft, unrestricted, author)))
    keeper = _of_organisation(subject, KEEPERS)
    if keeper is not None:
        rules.append(Rule("keeper", keeper))
    return tuple(rules)


def read_condition(subject: Subject, part: Part = "metadata") -> Filter:
    """The filter that every read of the subject is joined with."""
    return any_of(*(rule.condition for rule in read_rules(subject, part)))


def why(subject: Subject, record: dict[str, Value | None], part: Part = "metadata") -> str | None:
    """Code of the first rule (see `REASONS`) that shows the record, or None when it is hidden."""
    for rule in read_rules(subject, part):
        if matches(rule.condition, record):
            return rule.reason
    return None


def _of_organisation(subject: Subject, roles: tuple[Role, ...]) -> Filter | None:
    organisations = subject.organisations(*roles)
    if not organisations:
        return None
    if EVERY_ORGANISATION in organisations:
        return Everything()
    return In("organisation", organisations)


class Action(StrEnum):
    """What can be done to a record, apart from reading it."""

    WRITE_DRAFT = "write-draft"  # create a draft or change one
    WRITE = "write"  # change what is published, classify, archive
    WRITE_ROWS = "write-rows"  # change rows of a collection
    OBSERVE = "observe"  # write things, datastreams and observations
    OBSERVE_OWN = "observe-own"  # register own sensors and write them
    RELEASE = "release"  # publish a draft or hide what is published
    HARVEST = "harvest"
    ADMINISTER = "administer"


_MAY: dict[Action, tuple[tuple[Role, ...], Scope]] = {
    Action.WRITE_DRAFT: (
        (Role.CONTRIBUTOR, Role.STEWARD, Role.ADMINISTRATOR),
        Scope.CATALOGUE_WRITE,
    ),
    Action.WRITE: ((Role.STEWARD, Role.ADMINISTRATOR), Scope.CATALOGUE_WRITE),
    Action.WRITE_ROWS: (
        (Role.CONTRIBUTOR, Role.STEWARD, Role.ADMINISTRATOR),
        Scope.CATALOGUE_WRITE,
    ),
    Action.OBSERVE: (
        (Role.CONTRIBUTOR, Role.STEWARD, Role.ADMINISTRATOR),
        Scope.SENSORS_WRITE,
    ),
    Action.OBSERVE_OWN: ((Role.CITIZEN,), Scope.SENSORS_WRITE),
    Action.RELEASE: (
        (Role.GATEKEEPER, Role.STEWARD, Role.ADMINISTRATOR),
        Scope.CATALOGUE_WRITE,
    ),
    Action.HARVEST: ((Role.STEWARD, Role.ADMINISTRATOR), Scope.HARVEST_RUN),
    Action.ADMINISTER: ((Role.ADMINISTRATOR,), Scope.ADMIN),
}


def may(subject: Subject, action: Action, organisation: str) -> bool:
    """Whether the subject may do the action for records of the organisation."""
    roles, scope = _MAY[action]
    return scope in subject.scopes and subject.has(organisation, *roles)


def may_add(subject: Subject, organisation: str, thing: int) -> bool:
    """Whether the subject may add observations to a thing: its organisation's, or its own one."""
    own = subject.own is not None and subject.own.thing == thing
    return (own and Scope.SENSORS_WRITE in subject.scopes) or may(
        subject, Action.OBSERVE, organisation
    )


def personal_condition(subject: Subject) -> Filter:
    """Where a subject may see what names people: of the organisations it may measure for."""
    roles, scope = _MAY[Action.OBSERVE]
    inside = _of_organisation(subject, roles) if scope in subject.scopes else None
    return Nothing() if inside is None else inside


def roles_for(action: Action) -> tuple[Role, ...]:
    """The roles that allow the action, for messages such as "ask a steward"."""
    return _MAY[action][0]


def roles_said(action: Action) -> tuple[str, str]:
    """The roles that allow the action as the pages call them, in English and in German."""
    roles = roles_for(action)
    return ", ".join(roles), ", ".join(GERMAN[role] for role in roles)
