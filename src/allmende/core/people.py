# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Organisations, accounts and roles: who may manage them, and what is noted."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import TypeVar

from msgspec import Struct, structs

from allmende.core.forgetting import forget
from allmende.core.passwords import check_strength, hash_password, verify
from allmende.core.platform import Platform
from allmende.core.rates import rates
from allmende.core.signin import (
    LOCAL_ACR,
    LOGIN_LONGEST,
    PASSWORD,
    Session,
    new_session,
    normalised_login,
    open_session,
)
from allmende.errors import (
    AllmendeError,
    Conflict,
    InvalidInput,
    NotAllowed,
    NotAuthenticated,
    NotFound,
)
from allmende.policy import EVERY_ORGANISATION, Action, Role, Subject, may
from allmende.store import Connection, accounts, audit, identity
from allmende.store.accounts import Account, Organisation
from allmende.store.audit import AuditEntry
from allmende.store.sensing import erasing

T = TypeVar("T")

NAME_LONGEST = 200
AUDIT_PAGE = 200
_ORGANISATION_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_LOGIN = re.compile(r"[^\s\x00-\x1f\x7f]{2,}")

Roles = Mapping[str, frozenset[Role]]


class Own(Struct, frozen=True):
    """An account as its person sees it; identities are issuer, subject and since when."""

    account: Account
    has_password: bool
    passkeys: int
    identities: list[tuple[str, str, int]]


# --- organisations -------------------------------------------------------------------


async def organisations(platform: Platform, subject: Subject) -> list[Organisation]:
    """All organisations. Their names are public."""
    return await platform.store.read(accounts.organisations)


async def save_organisation(
    platform: Platform,
    subject: Subject,
    ident: str,
    name: dict[str, str],
    parent: str | None = None,
) -> Organisation:
    """Creates or changes an organisation; an administrator of it, its parent or all may do so.

    Raises InvalidInput, NotFound (parent) and NotAllowed.
    """
    if not _ORGANISATION_ID.fullmatch(ident):
        raise InvalidInput(
            "The id of an organisation has small letters, digits and hyphens, at most 63.",
            "Die Kennung einer Organisation hat Kleinbuchstaben, Ziffern und Bindestriche, "
            "höchstens 63.",
        )
    if not any(text.strip() for text in name.values()):
        raise InvalidInput(
            "The organisation needs a name.", "Die Organisation braucht einen Namen."
        )
    return await platform.store.write(_save_organisation, subject, ident, name, parent)


def _save_organisation(
    db: Connection, subject: Subject, ident: str, name: dict[str, str], parent: str | None
) -> Organisation:
    known = accounts.organisation(db, ident)
    moves = known is None or known.parent != parent
    required = [ident] if known else []
    required += [parent or EVERY_ORGANISATION] if moves else []
    _require_all(subject, required)
    if parent is not None:
        if accounts.organisation(db, parent) is None:
            raise unknown(parent)
        if accounts.is_below(db, parent, ident):
            raise InvalidInput(
                "An organisation cannot stand below itself.",
                "Eine Organisation kann nicht unter sich selbst stehen.",
            )
    new = accounts.save_organisation(db, ident, name, parent)
    action = "organisation-create" if new else "organisation-change"
    audit.note(db, subject.id, action, ident, ident)
    return _present(accounts.organisation(db, ident), ident)


# --- accounts ------------------------------------------------------------------------


async def accounts_of(
    platform: Platform, subject: Subject, organisation: str = EVERY_ORGANISATION
) -> list[Account]:
    """Everybody with a role in the organisation, or all accounts; for its administrators.

    Of people of several organisations only the roles the subject may manage are shown.
    """
    if not may(subject, Action.ADMINISTER, organisation):
        raise refused(subject)
    only = None if organisation == EVERY_ORGANISATION else organisation
    found = await platform.store.read(accounts.accounts, only)
    return [_as_seen_by(subject, each) for each in found]


async def create_account(
    platform: Platform, subject: Subject, login: str, name: str, password: str, roles: Roles
) -> Account:
    """Adds a person with their first roles; for administrators of all these organisations.

    Without roles only an administrator of the platform may. An empty password is for those
    who sign in elsewhere. Raises InvalidInput (weak password), Conflict (login taken).
    """
    login = checked_login(login)
    _require_all(subject, roles or [EVERY_ORGANISATION])
    encoded = ""
    if password:
        check_strength(password, login, name, platform.settings.site_name)
        encoded = await hash_password(password)
    return await platform.store.write(
        _create_account, subject, login, name.strip()[:NAME_LONGEST], encoded, roles
    )


def _create_account(
    db: Connection, subject: Subject, login: str, name: str, encoded: str, roles: Roles
) -> Account:
    ident = f"u-{secrets.token_hex(8)}"
    if not accounts.add_account(db, ident, login, name, encoded):
        raise Conflict("This login is taken.", "Dieser Anmeldename ist vergeben.")
    for organisation, held in roles.items():
        _require_known(db, organisation)
        for role in sorted(held):
            accounts.grant(db, ident, organisation, role)
            audit.note(db, subject.id, f"grant-{role}", ident, organisation)
    audit.note(db, subject.id, "account-create", ident)
    return _present(accounts.account(db, ident), ident)


async def set_active(platform: Platform, subject: Subject, ident: str, active: bool) -> None:
    """Lets a person sign in or not; disabling ends their sessions at once."""
    await platform.store.write(_set_active, subject, ident, active)


def _set_active(db: Connection, subject: Subject, ident: str, active: bool) -> None:
    managed(db, subject, ident)
    accounts.set_active(db, ident, active)
    audit.note(db, subject.id, "account-enable" if active else "account-disable", ident)


async def delete_account(platform: Platform, subject: Subject, ident: str) -> None:
    """Removes a person with everything that names them; the audit log keeps the bare id."""
    await platform.store.write(_delete_account, subject, ident)


def _delete_account(db: Connection, subject: Subject, ident: str) -> None:
    person = managed(db, subject, ident)
    erasing.note(db, "account", person.id, person.created)
    forget(db, person)
    audit.note(db, subject.id, "account-delete", ident)


async def grant(
    platform: Platform, subject: Subject, ident: str, organisation: str, role: Role
) -> None:
    """Gives a person a role; for administrators of the organisation."""
    _require_all(subject, [organisation])
    await platform.store.write(_grant, subject, ident, organisation, role)


def _grant(db: Connection, subject: Subject, ident: str, organisation: str, role: Role) -> None:
    _require_known(db, organisation)
    _present(accounts.account(db, ident), ident)
    if accounts.grant(db, ident, organisation, role):
        audit.note(db, subject.id, f"grant-{role}", ident, organisation)


async def withdraw(
    platform: Platform, subject: Subject, ident: str, organisation: str, role: Role
) -> None:
    """Takes a role from a person; for administrators of the organisation."""
    _require_all(subject, [organisation])
    await platform.store.write(_withdraw, subject, ident, organisation, role)


def _withdraw(db: Connection, subject: Subject, ident: str, organisation: str, role: Role) -> None:
    if accounts.withdraw(db, ident, organisation, role):
        audit.note(db, subject.id, f"withdraw-{role}", ident, organisation)


async def link_identity(
    platform: Platform, subject: Subject, ident: str, issuer: str, issued_subject: str
) -> None:
    """Binds a person to a subject of an OpenID provider. Conflict when it is bound already."""
    await platform.store.write(_link_identity, subject, ident, issuer, issued_subject)


def _link_identity(
    db: Connection, subject: Subject, ident: str, issuer: str, issued_subject: str
) -> None:
    managed(db, subject, ident)
    if not accounts.link_identity(db, issuer, issued_subject, ident):
        raise Conflict("This identity is bound.", "Diese Identität ist schon verbunden.")
    audit.note(db, subject.id, "identity-link", ident)


# --- passwords -----------------------------------------------------------------------


async def set_password(platform: Platform, subject: Subject, ident: str, password: str) -> None:
    """Gives a person a new password and ends their sessions; for their administrators."""
    account = await platform.store.read(managed, subject, ident)
    check_strength(password, account.login, account.name, platform.settings.site_name)
    encoded = await hash_password(password)
    await platform.store.write(_set_password, subject, ident, encoded)


def _set_password(db: Connection, subject: Subject, ident: str, encoded: str) -> None:
    managed(db, subject, ident)
    accounts.set_password(db, ident, encoded)
    audit.note(db, subject.id, "password-set", ident)


async def change_password(
    platform: Platform,
    subject: Subject,
    old: str,
    new: str,
    *,
    methods: tuple[str, ...] = PASSWORD,
    agent: str = "",
) -> Session:
    """Changes one's own password; every session ends, the one returned takes their place.

    `methods` says how the session that asks was opened.
    """
    if subject.kind != "user":
        raise refused(subject)
    rates(platform).sign_in(subject.id)
    account = _present(await platform.store.read(accounts.account, subject.id), subject.id)
    current = await platform.store.read(accounts.password_by_id, subject.id)
    if not await verify(current[0] if current else None, old):
        raise NotAllowed("The old password is wrong.", "Das alte Passwort ist falsch.")
    check_strength(new, account.login, account.name, platform.settings.site_name)
    encoded = await hash_password(new)
    wanted = new_session(platform.settings, subject.id, LOCAL_ACR, methods, agent=agent)
    return await platform.store.write(_change_password, wanted, encoded)


def _change_password(db: Connection, wanted: Session, encoded: str) -> Session:
    accounts.set_password(db, wanted.account, encoded)
    audit.note(db, wanted.account, "password-change", wanted.account)
    return open_session(db, wanted, None)


async def own_account(platform: Platform, subject: Subject) -> Own:
    """What a person may know of how they sign in."""
    if subject.kind != "user":
        raise refused(subject)
    return await platform.store.read(_own_account, subject.id)


def _own_account(db: Connection, ident: str) -> Own:
    password = accounts.password_by_id(db, ident)
    return Own(
        _present(accounts.account(db, ident), ident),
        bool(password and password[0]),
        len(identity.passkeys(db, ident)),
        accounts.identities_of(db, ident),
    )


# --- the audit log -------------------------------------------------------------------


async def audit_log(
    platform: Platform, subject: Subject, *, before: int | None = None, limit: int = AUDIT_PAGE
) -> list[AuditEntry]:
    """The newest deeds in the organisations whose steward or administrator the subject is.

    Administrators of the platform see all, also who signed in. `before` is the sequence of
    the last entry of the page before.
    """
    seen = subject.organisations(Role.STEWARD, Role.ADMINISTRATOR)
    if not seen or subject.kind == "token":
        raise refused(subject)
    only = None if subject.has(EVERY_ORGANISATION, Role.ADMINISTRATOR) else seen
    return await platform.store.read(audit.entries, only, before, min(limit, AUDIT_PAGE))


async def note(
    platform: Platform,
    subject: Subject,
    action: str,
    target: str,
    organisation: str = "",
    outcome: str = "done",
) -> None:
    """Adds a deed to the audit log. Name things by their ids, never people by their names."""
    await platform.store.write(audit.note, subject.id, action, target, organisation, outcome)


# --- what several of them need -------------------------------------------------------


def refused(subject: Subject) -> AllmendeError:
    """The error for somebody who may not do this."""
    if subject.kind == "anonymous":
        return NotAuthenticated("Please sign in first.", "Bitte melden Sie sich zuerst an.")
    return NotAllowed(
        "Only an administrator of the organisation may do this.",
        "Das darf nur, wer die Organisation verwaltet.",
    )


def unknown(ident: str) -> NotFound:
    """The error for an id that does not exist or may not be seen."""
    return NotFound(f"There is no “{ident}”.", f"„{ident}“ gibt es nicht.")


def _require_all(subject: Subject, organisations: Roles | list[str]) -> None:
    if not all(may(subject, Action.ADMINISTER, organisation) for organisation in organisations):
        raise refused(subject)


def _require_known(db: Connection, organisation: str) -> None:
    if organisation != EVERY_ORGANISATION and accounts.organisation(db, organisation) is None:
        raise unknown(organisation)


def managed(db: Connection, subject: Subject, ident: str) -> Account:
    """The account, when the subject administers every organisation it has a role in."""
    account = accounts.account(db, ident)
    if account is None and subject.has(EVERY_ORGANISATION, Role.ADMINISTRATOR):
        raise unknown(ident)
    _require_all(subject, list(account.roles) if account and account.roles else ["*"])
    return _present(account, ident)


def _as_seen_by(subject: Subject, account: Account) -> Account:
    shown = {
        org: held for org, held in account.roles.items() if may(subject, Action.ADMINISTER, org)
    }
    return structs.replace(account, roles=shown)


def _present(found: T | None, ident: str) -> T:
    if found is None:
        raise unknown(ident)
    return found


def checked_login(login: str) -> str:
    """A login as it is compared; InvalidInput when it is none."""
    normalised = normalised_login(login)
    if len(login) > LOGIN_LONGEST or not _LOGIN.fullmatch(normalised):
        raise InvalidInput(
            f"A login has 2 to {LOGIN_LONGEST} characters and no spaces, like an e-mail address.",
            f"Ein Anmeldename hat 2 bis {LOGIN_LONGEST} Zeichen und keine Leerzeichen, wie eine "
            "E-Mail-Adresse.",
        )
    return normalised
