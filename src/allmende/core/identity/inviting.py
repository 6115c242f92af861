# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Invitations by mail: who may be somebody here, until when, and who said so.

A code is good once. It is worth no more than its inviter is when it is used: who may no longer
give these roles has invited nobody. The one who invites never learns whether the address
has an account already.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime

from msgspec import Struct

from allmende.core import mail
from allmende.core.identity.config import identity
from allmende.core.passwords import check_strength, hash_password
from allmende.core.people import NAME_LONGEST, Roles, refused, unknown
from allmende.core.platform import Platform
from allmende.core.rates import rates
from allmende.core.signin import (
    DAY,
    LOCAL_ACR,
    Session,
    digest_of,
    new_session,
    normalised_login,
    open_session,
)
from allmende.errors import Conflict, InvalidInput, LimitExceeded, NotAllowed, NotFound
from allmende.policy import EVERY_ORGANISATION, SYSTEM, Action, Role, Subject, may
from allmende.store import Connection, accounts, audit, now, sessions, teams
from allmende.store.teams import Invitation

MOST_OPEN = 2_000
LETTERS_A_DAY = 3  # to one address


class Look(Struct, frozen=True):
    """What an invited person sees; `known` when the address has an account."""

    invitation: Invitation
    known: bool


class Wish(Struct, frozen=True, kw_only=True):
    """Who is invited to what."""

    email: str
    name: str = ""
    roles: Roles = {}
    team: str = ""


async def invite(
    platform: Platform, subject: Subject, wish: Wish, page: str, letter: tuple[str, str]
) -> str:
    """Invites somebody; the link for them, which a letter brings when letters are sent.

    `page` is the address the link leads to, `letter` its subject and its text with `{link}`.
    For administrators of every organisation named. Raises InvalidInput (address), NotFound
    (organisation, team), LimitExceeded.
    """
    email = normalised_login(mail.checked_address(wish.email))
    code = secrets.token_urlsafe(32)
    moment = now()
    invitation = Invitation(
        id=f"i-{secrets.token_hex(8)}",
        email=email,
        name=" ".join(wish.name.split())[:NAME_LONGEST],
        roles=dict(wish.roles),
        team=wish.team,
        invited_by=subject.id,
        created=moment,
        expires=moment + identity(platform.settings).invitation_days * DAY,
    )
    link = f"{page}?code={code}"
    text = letter[1].replace("{link}", link) if mail.possible(platform.settings) else ""
    await platform.store.write(_invite, subject, digest_of(code), invitation, letter[0], text)
    return link


def _invite(
    db: Connection, subject: Subject, digest: bytes, wanted: Invitation, title: str, text: str
) -> None:
    _require(db, subject, wanted)
    if len(teams.invitations(db)) >= MOST_OPEN:
        raise LimitExceeded(
            f"There are {MOST_OPEN} open invitations already.",
            f"Es gibt schon {MOST_OPEN} offene Einladungen.",
        )
    if text and _sent_today(db, wanted.email) > LETTERS_A_DAY:
        raise LimitExceeded(
            f"At most {LETTERS_A_DAY} letters a day go to one address.",
            f"An eine Adresse gehen am Tag höchstens {LETTERS_A_DAY} E-Mails.",
        )
    teams.add_invitation(db, digest, wanted)
    if text:
        mail.put(db, wanted.email, title, text)
    for organisation in wanted.roles or [EVERY_ORGANISATION]:
        audit.note(db, subject.id, "invite", wanted.id, organisation)


def _sent_today(db: Connection, email: str) -> int:
    salt = sessions.salt_of(db, datetime.now(UTC).date().isoformat())
    key = hashlib.blake2b(f"invite\n{email}".encode(), key=salt, digest_size=16).digest()
    return sessions.count_attempt(db, key, LETTERS_A_DAY, DAY)[0]


def _require(db: Connection, subject: Subject, wanted: Invitation) -> None:
    """Raises NotAllowed or NotFound unless the subject may give all of this."""
    for organisation in wanted.roles or ([] if wanted.team else [EVERY_ORGANISATION]):
        if not may(subject, Action.ADMINISTER, organisation):
            raise refused(subject)
        if organisation != EVERY_ORGANISATION and accounts.organisation(db, organisation) is None:
            raise unknown(organisation)
    if wanted.team:
        team = teams.team(db, wanted.team)
        if team is None or not may(subject, Action.ADMINISTER, team.organisation):
            raise NotFound("There is no such team.", "Dieses Team gibt es nicht.")


async def open_invitations(platform: Platform, subject: Subject) -> list[Invitation]:
    """The open invitations the subject may take back, the newest first."""
    found = await platform.store.read(teams.invitations)
    return [each for each in found if _may_take_back(subject, each)]


def _may_take_back(subject: Subject, invitation: Invitation) -> bool:
    places = list(invitation.roles) or [EVERY_ORGANISATION]
    own = subject.kind == "user" and invitation.invited_by == subject.id
    return own or all(may(subject, Action.ADMINISTER, place) for place in places)


async def take_back(platform: Platform, subject: Subject, ident: str) -> None:
    """Makes an invitation useless. NotFound for one that is not the subject's to take."""
    await platform.store.write(_take_back, subject, ident)


def _take_back(db: Connection, subject: Subject, ident: str) -> None:
    found = next((each for each in teams.invitations(db) if each.id == ident), None)
    if found is None or not _may_take_back(subject, found):
        raise _over()
    teams.remove_invitation(db, ident)
    audit.note(db, subject.id, "invite-withdraw", ident)


# --- the invited ---------------------------------------------------------------------


async def look(platform: Platform, code: str) -> Look:
    """What a code is for. NotFound when it is unknown, used up, too old or no longer worth it."""
    return await platform.store.read(_look, code)


def _look(db: Connection, code: str) -> Look:
    found = teams.invitation(db, digest_of(code))
    if found is None:
        raise _over()
    inviter = SYSTEM if found.invited_by == SYSTEM.id else _as_subject(db, found.invited_by)
    try:
        _require(db, inviter, found)
    except (NotAllowed, NotFound):
        raise _over() from None
    return Look(found, accounts.account_id(db, found.email) is not None)


def _as_subject(db: Connection, ident: str) -> Subject:
    account = accounts.account(db, ident)
    if account is None or not account.active:
        raise _over()
    return Subject("user", ident, "", sessions.with_below(db, account.roles))


async def accept(
    platform: Platform, code: str, name: str, password: str, address: str, agent: str = ""
) -> Session:
    """Makes the account of an invited person; their session.

    NotFound for a bad code, Conflict when the address has an account (then `accept_as`),
    InvalidInput for a weak password.
    """
    rates(platform).sign_in(address)
    found = await look(platform, code)
    email = found.invitation.email
    name = " ".join(name.split())[:NAME_LONGEST] or found.invitation.name or email
    check_strength(password, email, name, platform.settings.site_name)
    encoded = await hash_password(password)
    wanted = new_session(platform.settings, f"u-{secrets.token_hex(8)}", LOCAL_ACR, agent=agent)
    return await platform.store.write(_accept, code, wanted, name, encoded)


def _accept(db: Connection, code: str, wanted: Session, name: str, encoded: str) -> Session:
    found = _look(db, code).invitation
    if not accounts.add_account(db, wanted.account, found.email, name, encoded):
        raise Conflict(
            "This address has an account already; sign in and open the link again.",
            "Für diese Adresse gibt es schon ein Konto; melden Sie sich an und öffnen Sie den "
            "Link noch einmal.",
        )
    audit.note(db, found.invited_by, "account-create", wanted.account)
    _give(db, found, wanted.account)
    return open_session(db, wanted, None)


async def accept_as(platform: Platform, subject: Subject, code: str) -> None:
    """Takes up an invitation with the account of its address. NotAllowed with another one."""
    if subject.kind != "user":
        raise refused(subject)
    await platform.store.write(_accept_as, subject, code)


def _accept_as(db: Connection, subject: Subject, code: str) -> None:
    found = _look(db, code).invitation
    person = accounts.account(db, subject.id)
    if person is None or person.login != found.email:
        raise InvalidInput(
            "This invitation is for another address; sign in with the account of that one.",
            "Diese Einladung gilt einer anderen Adresse; melden Sie sich mit deren Konto an.",
        )
    _give(db, found, person.id)


def _give(db: Connection, invitation: Invitation, account: str) -> None:
    for organisation, held in invitation.roles.items():
        for role in sorted(held):
            if accounts.grant(db, account, organisation, role):
                audit.note(db, invitation.invited_by, f"grant-{role}", account, organisation)
    if invitation.team and teams.join_team(db, invitation.team, account):
        audit.note(db, invitation.invited_by, "team-join", account)
    teams.remove_invitation(db, invitation.id)
    audit.note(db, account, "invite-accept", invitation.id)


def roles_from(organisation: str, role: Role | None) -> Roles:
    """One role in one organisation, or none."""
    return {organisation: frozenset({role})} if role else {}


def _over() -> NotFound:
    return NotFound(
        "This invitation is no longer good; ask for a new one.",
        "Diese Einladung gilt nicht mehr; bitte lassen Sie sich neu einladen.",
    )
