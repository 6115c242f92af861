# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""How citizens get an account: confirmed by e-mail, or invited by a steward.

Who asks with an address gets the same answer whether there is an account or not; only the
letter differs, and only its reader sees it. A code is good once, for a day, and five tries.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime

from msgspec import Struct

from allmende.core import mail
from allmende.core.passwords import check_strength, hash_password
from allmende.core.people import NAME_LONGEST, checked_login
from allmende.core.platform import Platform
from allmende.core.rates import rates
from allmende.core.sensing import citizens, citizens_care
from allmende.core.settings import Settings
from allmende.core.signin import (
    DAY,
    LOCAL_ACR,
    Session,
    digest_of,
    new_session,
    normalised_login,
    open_session,
)
from allmende.errors import Conflict, InvalidInput, LimitExceeded, NotFound
from allmende.policy import Role, Subject
from allmende.store import Connection, accounts, audit, now, sessions
from allmende.store.sensing import citizens as rows
from allmende.store.sensing.citizens import Code

MOST_TRIES = 5
CODE_DAYS, INVITATION_DAYS = 1, 14
LETTERS_A_DAY = 3  # to one address
MOST_INVITATIONS = 1_000
INVITE, JOIN, RESET = "invite", "join", "reset"


class Letters(Struct, frozen=True):
    """Subject and text of the letters in the language asked for; `{link}` stands in the texts."""

    join: tuple[str, str]
    reset: tuple[str, str]
    other: tuple[str, str]  # there is an account with more rights; it is not touched


def by_mail(settings: Settings) -> bool:
    """Whether everybody may ask for an account."""
    return settings.citizens == "open" and mail.possible(settings)


def by_invitation(settings: Settings) -> bool:
    """Whether stewards may invite."""
    return settings.citizens != "off"


async def ask(platform: Platform, address: str, network: str, page: str, letters: Letters) -> None:
    """Sends a letter with a link to `page` and a code; the same for every address.

    InvalidInput when it is no address, TooManyRequests when the network asks too often. Of
    more than three a day to one address nothing is sent, and nothing is said.
    """
    if not by_mail(platform.settings):
        raise NotFound("This page does not exist.", "Diese Seite gibt es nicht.")
    rates(platform).sign_in(network)
    email = mail.checked_address(address)
    code = secrets.token_urlsafe(32)
    await platform.store.write(_ask, email, code, f"{page}?code={code}", letters)


def _ask(db: Connection, email: str, code: str, link: str, letters: Letters) -> None:
    salt = sessions.salt_of(db, datetime.now(UTC).date().isoformat())
    key = hashlib.blake2b(f"mail\n{email.casefold()}".encode(), key=salt, digest_size=16).digest()
    sent, _ = sessions.count_attempt(db, key, LETTERS_A_DAY, DAY)
    if sent > LETTERS_A_DAY:
        return
    login = normalised_login(email)
    known = accounts.account_id(db, login)
    person = accounts.account(db, known) if known else None
    expires = now() + CODE_DAYS * DAY
    if person is None:
        rows.add_code(db, digest_of(code), JOIN, expires, email=login)
        subject, text = letters.join
    elif person.active and is_plain_citizen(person.roles):
        rows.add_code(db, digest_of(code), RESET, expires, email=login, account=person.id)
        subject, text = letters.reset
    else:
        subject, text = letters.other
    mail.put(db, email, subject, text.replace("{link}", link))


def is_plain_citizen(roles: dict[str, frozenset[Role]]) -> bool:
    """Whether an account is for own sensors only, so that an e-mail may open it."""
    return bool(roles) and all(held == {Role.CITIZEN} for held in roles.values())


async def invite(platform: Platform, subject: Subject) -> str:
    """A code for one person to join with, good for fourteen days; for stewards."""
    citizens_care.require(subject)
    if not by_invitation(platform.settings):
        raise NotFound("This page does not exist.", "Diese Seite gibt es nicht.")
    code = secrets.token_urlsafe(32)
    await platform.store.write(_invite, subject, digest_of(code))
    return code


def _invite(db: Connection, subject: Subject, digest: bytes) -> None:
    if rows.invitations(db) >= MOST_INVITATIONS:
        raise LimitExceeded(
            f"There are {MOST_INVITATIONS} open invitations already.",
            f"Es gibt schon {MOST_INVITATIONS} offene Einladungen.",
        )
    expires = now() + INVITATION_DAYS * DAY
    rows.add_code(db, digest, INVITE, expires, created_by=subject.id)
    audit.note(db, subject.id, "citizen-invite", "invitation", citizens.ORGANISATION)


async def code(platform: Platform, given: str) -> Code:
    """What a code is for. NotFound when it is unknown, used up or too old."""
    return await platform.store.read(_good, given)


def _good(db: Connection, given: str) -> Code:
    found = rows.code(db, digest_of(given), MOST_TRIES)
    if found is None:
        raise NotFound(
            "This link is no longer good; ask for a new one.",
            "Dieser Link gilt nicht mehr; bitte fordern Sie einen neuen an.",
        )
    return found


async def use(
    platform: Platform,
    given: str,
    password: str,
    *,
    login: str = "",
    name: str = "",
    network: str = "",
) -> Session:
    """Uses a code up: makes the account, or gives it the new password; an open session.

    With an invitation the person says the login. NotFound for a bad code, InvalidInput for a
    weak password, Conflict when the login is taken.
    """  # fmt: skip
    rates(platform).sign_in(network)
    found = await code(platform, given)
    email = found.email or checked_login(login)
    name = " ".join(name.split())[:NAME_LONGEST]
    check_strength(password, email, name, platform.settings.site_name)
    encoded = await hash_password(password)
    ident = found.account or f"u-{secrets.token_hex(8)}"
    wanted = new_session(platform.settings, ident, LOCAL_ACR)
    opened = await platform.store.write(_use, given, wanted, email, name or email, encoded)
    if opened is None:
        raise Conflict("This login is taken.", "Dieser Anmeldename ist vergeben.")
    return opened


def _use(
    db: Connection, given: str, opened: Session, login: str, name: str, encoded: str
) -> Session | None:
    found = _good(db, given)
    if found.kind == RESET:
        person = accounts.account(db, found.account)
        if person is None or not person.active or not is_plain_citizen(person.roles):
            raise InvalidInput(
                "This account cannot be opened by e-mail.",
                "Dieses Konto lässt sich nicht per E-Mail öffnen.",
            )
        accounts.set_password(db, found.account, encoded)
        audit.note(db, found.account, "password-set", found.account)
    elif not accounts.add_account(db, opened.account, login, name, encoded):
        rows.tried(db, digest_of(given))
        return None
    else:
        _made(db, opened.account, found)
    rows.remove_code(db, digest_of(given))
    return open_session(db, opened, None)


def _made(db: Connection, account: str, found: Code) -> None:
    if accounts.organisation(db, citizens.ORGANISATION) is None:
        name = citizens.ORGANISATION_NAME
        accounts.save_organisation(db, citizens.ORGANISATION, name, None)
    accounts.grant(db, account, citizens.ORGANISATION, Role.CITIZEN)
    audit.note(db, found.created_by or account, "account-create", account)
    audit.note(db, account, f"grant-{Role.CITIZEN}", account, citizens.ORGANISATION)
