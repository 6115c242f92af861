# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Looking after people: who there is, what they hold, their sessions; teams.

Administrators of an organisation see and change only what belongs to it and to what stands
below it.
"""

from __future__ import annotations

import secrets

from msgspec import Struct, structs

from allmende.core.people import NAME_LONGEST, accounts_of, managed, refused, unknown
from allmende.core.platform import Platform
from allmende.errors import InvalidInput, LimitExceeded, NotAllowed, NotAuthenticated, NotFound
from allmende.policy import EVERY_ORGANISATION, Action, Role, Subject, may
from allmende.store import Connection, accounts, audit, identity, sessions, teams
from allmende.store.accounts import Account
from allmende.store.teams import Team

MOST_TEAMS = 200  # of one organisation


class Person(Struct, frozen=True):
    """A person as an administrator sees them; `whole` when they may change the account itself."""

    account: Account
    given: dict[str, frozenset[Role]]  # without what teams bring
    teams: list[Team]
    factor: bool
    passkeys: int
    whole: bool


def cares(subject: Subject) -> bool:
    """Whether the subject administers anything."""
    return subject.kind == "user" and bool(subject.organisations(Role.ADMINISTRATOR))


async def people(platform: Platform, subject: Subject) -> list[Account]:
    """Everybody in the organisations the subject administers, by login."""
    managed_ones = subject.organisations(Role.ADMINISTRATOR)
    if not managed_ones or not cares(subject):
        raise refused(subject)
    if EVERY_ORGANISATION in managed_ones:
        return await accounts_of(platform, subject)
    found: dict[str, Account] = {}
    for organisation in managed_ones:
        for each in await accounts_of(platform, subject, organisation):
            known = found.get(each.id)
            roles = {**known.roles, **each.roles} if known else each.roles
            found[each.id] = structs.replace(each, roles=roles)
    return sorted(found.values(), key=lambda each: each.login)


async def person(platform: Platform, subject: Subject, ident: str) -> Person:
    """A person in an organisation the subject administers. NotFound for every other."""
    return await platform.store.read(_person, subject, ident)


def _person(db: Connection, subject: Subject, ident: str) -> Person:
    if not cares(subject):
        raise refused(subject)
    found = accounts.account(db, ident)
    everywhere = may(subject, Action.ADMINISTER, EVERY_ORGANISATION)
    mine = [org for org in found.roles if may(subject, Action.ADMINISTER, org)] if found else []
    if found is None or not (mine or everywhere):
        raise unknown(ident)
    given = accounts.own_roles(db, ident)
    whole = everywhere or set(mine) == set(found.roles)
    return Person(
        account=found,
        given={org: held for org, held in given.items() if everywhere or org in mine},
        teams=[
            each
            for each in teams.teams_of(db, ident)
            if may(subject, Action.ADMINISTER, each.organisation)
        ],
        factor=whole and identity.has_factor(db, ident),
        passkeys=len(identity.passkeys(db, ident)) if whole else 0,
        whole=whole,
    )


async def names(platform: Platform, subject: Subject, idents: list[str]) -> dict[str, str]:
    """Names of accounts, tokens and teams in the audit log; for those who may read it."""
    if not subject.organisations(Role.STEWARD, Role.ADMINISTRATOR):
        raise refused(subject)
    return await platform.store.read(accounts.names, idents)


async def end_sessions(platform: Platform, subject: Subject, ident: str) -> None:
    """Ends every session of a person; for their administrators."""
    await platform.store.write(_end_sessions, subject, ident)


def _end_sessions(db: Connection, subject: Subject, ident: str) -> None:
    managed(db, subject, ident)
    sessions.close_sessions(db, ident)
    identity.forget_steps(db, ident)
    audit.note(db, subject.id, "session-end", ident)


# --- teams ---------------------------------------------------------------------------


async def teams_of(platform: Platform, subject: Subject, organisation: str) -> list[Team]:
    """The teams of an organisation with their members; for those with a role in it."""
    if not (subject.has(organisation, *Role) or may(subject, Action.ADMINISTER, organisation)):
        raise refused(subject)
    return await platform.store.read(teams.teams, organisation)


async def save_team(
    platform: Platform,
    subject: Subject,
    organisation: str,
    name: str,
    role: Role | None,
    ident: str | None = None,
) -> str:
    """Creates or changes a team; its id. For administrators of the organisation."""
    name = " ".join(name.split())[:NAME_LONGEST]
    if not name:
        raise InvalidInput("The team needs a name.", "Das Team braucht einen Namen.")
    return await platform.store.write(_save_team, subject, organisation, name, role, ident)


def _save_team(
    db: Connection,
    subject: Subject,
    organisation: str,
    name: str,
    role: Role | None,
    ident: str | None,
) -> str:
    if ident is None:
        _require(subject, organisation)
        if accounts.organisation(db, organisation) is None:
            raise unknown(organisation)
        if len(teams.teams(db, organisation)) >= MOST_TEAMS:
            raise LimitExceeded(
                f"An organisation has at most {MOST_TEAMS} teams.",
                f"Eine Organisation hat höchstens {MOST_TEAMS} Teams.",
            )
    else:
        organisation = _team(db, subject, ident).organisation
    team = ident or f"g-{secrets.token_hex(8)}"
    teams.save_team(db, team, organisation, name, role)
    said = f"team-role-{role}" if role else "team-save"
    audit.note(db, subject.id, said, team, organisation)
    return team


async def remove_team(platform: Platform, subject: Subject, ident: str) -> None:
    """Removes a team, and with it the roles it brought."""
    await platform.store.write(_remove_team, subject, ident)


def _remove_team(db: Connection, subject: Subject, ident: str) -> None:
    found = _team(db, subject, ident)
    teams.remove_team(db, ident)
    audit.note(db, subject.id, "team-remove", ident, found.organisation)


async def set_member(
    platform: Platform, subject: Subject, ident: str, account: str, member: bool
) -> None:
    """Adds a person to a team or takes them out; for its organisation's administrators.

    Only people whom the subject sees (see `person`) can be added. NotFound for others.
    """
    await platform.store.write(_set_member, subject, ident, account, member)


def _set_member(db: Connection, subject: Subject, ident: str, account: str, member: bool) -> None:
    found = _team(db, subject, ident)
    if member:
        _person(db, subject, account)
        changed = teams.join_team(db, ident, account)
    else:
        changed = teams.leave_team(db, ident, account)
    if changed:
        deed = "team-join" if member else "team-leave"
        audit.note(db, subject.id, deed, account, found.organisation)


def _team(db: Connection, subject: Subject, ident: str) -> Team:
    found = teams.team(db, ident)
    if found is None or not may(subject, Action.ADMINISTER, found.organisation):
        if subject.kind == "anonymous":
            raise NotAuthenticated("Please sign in first.", "Bitte melden Sie sich zuerst an.")
        raise NotFound("There is no such team.", "Dieses Team gibt es nicht.")
    return found


def _require(subject: Subject, organisation: str) -> None:
    if not may(subject, Action.ADMINISTER, organisation):
        raise refused(subject)


def require_not_self(subject: Subject, ident: str) -> None:
    """Raises NotAllowed: nobody disables or deletes their own account on the page of others."""
    if subject.id == ident:
        raise NotAllowed(
            "That is your own account; you find it under “My account”.",
            "Das ist Ihr eigenes Konto; Sie finden es unter „Mein Konto“.",
        )
