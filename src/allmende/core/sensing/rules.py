# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Rules of an organisation: kept in versions, tried on what was observed, switched on and off.

Stewards of an organisation look after its rules; who belongs to it may see them.
"""

from __future__ import annotations

import re

from msgspec import Struct

from allmende.core.people import refused
from allmende.core.platform import Platform
from allmende.core.sensing import deriving
from allmende.core.sensing.rule_counting import MOST_TIMES, count, load, times
from allmende.core.sensing.rule_groups import Active, Area, Group, build
from allmende.errors import Conflict, InvalidInput, NotFound
from allmende.model.sensing.rules import LONGEST_WINDOW, Program, read_rule
from allmende.policy import Action, Role, Subject, may
from allmende.store import Connection, audit, now
from allmende.store.sensing import publishers
from allmende.store.sensing import rules as rows
from allmende.store.sensing.rules import Stored, Version

__all__ = ["Stored", "Version"]

MOST_RULES = 200
MOST_CHAIN = 5
"""Rules that build on one another."""
MOST_TRIED = 50
"""Groups that a trial shows."""
LONGEST_TRIAL = LONGEST_WINDOW
_ID = re.compile(r"[a-z][a-z0-9-]{0,62}")
_INSIDERS = (Role.READER, Role.CONTRIBUTOR, Role.STEWARD, Role.GATEKEEPER, Role.ADMINISTRATOR)


class Tried(Struct, frozen=True):
    """What a rule would have written for one group: time (µs UTC), output, result."""

    name: str
    written: list[tuple[int, str, float | str | bool]]
    members: int


class Trial(Struct, frozen=True):
    """What a rule would have written; `skipped` datastreams have a unit that does not fit."""

    groups: list[Tried]
    total: int
    skipped: int


def may_change(subject: Subject, organisation: str) -> bool:
    """Whether the subject looks after the rules of an organisation."""
    return may(subject, Action.WRITE, organisation) and may(subject, Action.OBSERVE, organisation)


def may_see(subject: Subject) -> bool:
    """Whether the subject belongs to an organisation, whose rules it may read."""
    return bool(subject.organisations(*_INSIDERS))


async def listing(platform: Platform, subject: Subject) -> list[Stored]:
    """The rules of the organisations the subject belongs to, by id."""
    found = await platform.store.read(rows.listing)
    return [each for each in found if subject.has(each.organisation, *_INSIDERS)]


async def get(platform: Platform, subject: Subject, ident: str) -> Stored:
    """A rule. NotFound when there is none or it is not to be seen."""
    found = await platform.store.read(rows.get, ident)
    if found is None or not subject.has(found.organisation, *_INSIDERS):
        raise _unknown(ident)
    return found


async def versions(platform: Platform, subject: Subject, ident: str) -> list[Version]:
    """The newest 50 texts of a rule."""
    await get(platform, subject, ident)
    return await platform.store.read(rows.versions, ident)


async def outputs(platform: Platform, subject: Subject, ident: str) -> list[tuple[int, str, str]]:
    """Datastream, output and group of all that a rule writes."""
    await get(platform, subject, ident)
    return await platform.store.read(rows.outputs, ident)


async def save(
    platform: Platform, subject: Subject, ident: str, organisation: str, document: str
) -> Stored:
    """Adds a rule, which is off, or gives it another text. InvalidRule, NotAllowed, Conflict.

    Conflict when it would go in a circle or belongs to another organisation.
    """
    if not _ID.fullmatch(ident):
        raise InvalidInput(
            "A rule needs an id of small letters, digits and hyphens.",
            "Eine Regel braucht eine Kennung aus Kleinbuchstaben, Ziffern und Bindestrichen.",
        )
    if not organisation or not may_change(subject, organisation):
        raise refused(subject)
    program = read_rule(document)
    return await platform.store.write(
        _save, subject, ident, organisation, document.replace("\r\n", "\n"), program
    )


def _save(
    db: Connection,
    subject: Subject,
    ident: str,
    organisation: str,
    document: str,
    program: Program,
) -> Stored:
    there = rows.get(db, ident)
    if there is not None and there.organisation != organisation:
        if not may_change(subject, there.organisation):
            raise Conflict(f"The id “{ident}” is taken.", f"Die Kennung „{ident}“ ist vergeben.")
        raise Conflict(
            "A rule stays with its organisation.", "Eine Regel bleibt bei ihrer Organisation."
        )
    known = rows.listing(db)
    if there is None and len(known) >= MOST_RULES:
        raise Conflict(
            f"There are {MOST_RULES} rules already.", f"Es gibt schon {MOST_RULES} Regeln."
        )
    _check_order(ident, program, known)
    if there is not None and there.document == document:
        return there
    saved = rows.put(
        db,
        ident,
        organisation,
        {str(tag): text for tag, text in program.rule.title.items()},
        document,
        subject.id,
    )
    audit.note(db, subject.id, "rule-save", ident, organisation)
    return saved


def _check_order(ident: str, program: Program, known: list[Stored]) -> None:
    """Refuses rules that build on themselves, and more than five one upon another."""
    sources = {each.id: read_rule(each.document).rule.sources for each in known}
    sources[ident] = program.rule.sources

    def depth(at: str, path: tuple[str, ...]) -> int:
        if at in path:
            circle = " → ".join([*path[path.index(at) :], at])
            raise Conflict(
                f"The rules would go in a circle: {circle}.",
                f"Die Regeln liefen im Kreis: {circle}.",
                code="rules-circle",
            )
        if at not in sources:
            return 0
        return 1 + max((depth(each, (*path, at)) for each in sources[at]), default=0)

    if max(depth(each, ()) for each in sources) > MOST_CHAIN:
        raise Conflict(
            f"More than {MOST_CHAIN} rules would build on one another.",
            f"Mehr als {MOST_CHAIN} Regeln bauten aufeinander auf.",
        )


async def switch(platform: Platform, subject: Subject, ident: str, enabled: bool) -> Stored:
    """Switches a rule on or off; what was observed of late is counted when it is on."""
    found = await get(platform, subject, ident)
    if not may_change(subject, found.organisation):
        raise refused(subject)
    await platform.store.write(_switch, subject.id, ident, enabled)
    if enabled:
        moment = now()
        known = await deriving.index(platform)
        if ident in known.actives:
            await deriving.recompute(platform, ident, moment - deriving.BACK, moment + 1)
    return await get(platform, subject, ident)


def _switch(db: Connection, who: str, ident: str, enabled: bool) -> None:
    rows.enable(db, ident, enabled, who)
    publishers.take_turn(db, deriving.NAME, "", 0)  # what comes from now on is followed
    audit.note(db, who, "rule-on" if enabled else "rule-off", ident)


async def remove(platform: Platform, subject: Subject, ident: str) -> None:
    """Removes a rule; what it wrote stays. Conflict while others build on it."""
    found = await get(platform, subject, ident)
    if not may_change(subject, found.organisation):
        raise refused(subject)
    await platform.store.write(_remove, subject.id, ident)


def _remove(db: Connection, who: str, ident: str) -> None:
    for each in rows.listing(db):
        if ident in read_rule(each.document).rule.sources:
            raise Conflict(
                f"The rule “{each.id}” builds on it.", f"Die Regel „{each.id}“ baut darauf auf."
            )
    rows.remove(db, ident)
    audit.note(db, who, "rule-remove", ident)


async def trial(
    platform: Platform,
    subject: Subject,
    organisation: str,
    document: str,
    start: int,
    end: int,
) -> Trial:
    """What a text would have written in [start, end), µs UTC, at most 31 days; nothing is.

    InvalidRule, NotAllowed, InvalidInput.
    """
    if not may_change(subject, organisation):
        raise refused(subject)
    read_rule(document)
    if not 0 < end - start <= LONGEST_TRIAL:
        raise InvalidInput(
            "A rule is tried on at most 31 days.", "Eine Regel wird an höchstens 31 Tagen erprobt."
        )
    stored = Stored("trial", organisation, {}, 1, document, True, None, subject.id, 0, 0)
    areas = await deriving.areas_of(platform, stored)
    return await platform.store.read_slow(_trial, stored, areas, start, end)


def _trial(db: Connection, stored: Stored, areas: list[Area], start: int, end: int) -> Trial:
    active = build(db, stored, areas)
    fed = [group for group in active.groups.values() if group.members]
    tried = [
        Tried(group.name, _written(db, active, group.key, start, end), _members(group))
        for group in fed[:MOST_TRIED]
    ]
    return Trial(tried, len(fed), active.skipped)


def _members(group: Group) -> int:
    return sum(len(each) for each in group.members.values())


def _written(
    db: Connection, active: Active, key: str, start: int, end: int
) -> list[tuple[int, str, float | str | bool]]:
    series = load(db, active, active.groups[key], start, end)
    at = times(active, series, start, end, now())[-MOST_TIMES:]
    return [
        (told.time, ident, result)
        for told in count(active, series, at, {})
        for ident, result in told.results.items()
    ]


def _unknown(ident: str) -> NotFound:
    return NotFound(
        f"There is no rule “{ident[:80]}” here.", f"Eine Regel „{ident[:80]}“ gibt es hier nicht."
    )
