# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Service tokens: keys for programs, with one role in one organisation, scopes and an end."""

from __future__ import annotations

import secrets
from collections.abc import Collection

from msgspec import Struct

from allmende.core.people import refused, unknown
from allmende.core.platform import Platform
from allmende.core.signin import DAY, KEY_BYTES, KEY_PREFIX, digest_of
from allmende.errors import InvalidInput, LimitExceeded, NotAllowed
from allmende.policy import EVERY_ORGANISATION, Action, Role, Scope, Subject, may
from allmende.store import Connection, accounts, audit, now, sessions
from allmende.store.sessions import ServiceToken

MOST_DAYS = 365
MOST_OWN = 50  # keys of one person
NAME_LONGEST = 200


class NewToken(Struct, frozen=True):
    """A token just made. `key` is shown once and is not stored anywhere."""

    key: str
    token: ServiceToken


async def create_token(
    platform: Platform,
    subject: Subject,
    name: str,
    organisation: str,
    role: Role,
    scopes: Collection[Scope],
    days: int | None = None,
) -> NewToken:
    """Makes a token for `days` (at most 365); for administrators of the organisation.

    Other people make tokens of their own with a role they have (not that of an administrator)
    and every scope but `admin`; such a token works while they have that role, and reads what was
    granted to them on request. A citizen's may read and nothing else. Raises
    InvalidInput (no name, scope or fitting number of days), NotAllowed, NotFound.
    """
    days = platform.settings.token_days if days is None else days
    if not 1 <= days <= MOST_DAYS:
        raise InvalidInput(
            f"A token lives 1 to {MOST_DAYS} days.", f"Ein Token gilt 1 bis {MOST_DAYS} Tage."
        )
    if not name.strip() or not scopes:
        raise InvalidInput(
            "A token needs a name that says what for, and at least one scope.",
            "Ein Token braucht einen Namen, der den Zweck nennt, und mindestens einen Bereich.",
        )
    own = not may(subject, Action.ADMINISTER, organisation)
    key = KEY_PREFIX + secrets.token_hex(KEY_BYTES)
    token = ServiceToken(
        id=f"t-{secrets.token_hex(8)}",
        name=name.strip()[:NAME_LONGEST],
        organisation=organisation,
        role=role,
        scopes=frozenset(scopes),
        created_by=subject.id,
        created=now(),
        expires=now() + days * DAY,
        used=None,
        revoked=None,
        account=subject.id if own else None,
    )
    await platform.store.write(_add, subject, digest_of(key), token)
    return NewToken(key, token)


async def tokens_of(
    platform: Platform, subject: Subject, organisation: str = EVERY_ORGANISATION
) -> list[ServiceToken]:
    """The tokens of an organisation, or all, newest first; for its administrators."""
    if not may(subject, Action.ADMINISTER, organisation):
        raise refused(subject)
    only = None if organisation == EVERY_ORGANISATION else organisation
    return await platform.store.read(sessions.tokens, only)


async def revoke_token(platform: Platform, subject: Subject, ident: str) -> None:
    """Makes a token useless at once; for administrators of its organisation."""
    await platform.store.write(_revoke, subject, ident)


def _add(db: Connection, subject: Subject, digest: bytes, token: ServiceToken) -> None:
    if token.account is not None:
        _require_own(db, subject, token)
    elif not may(subject, Action.ADMINISTER, token.organisation):
        raise refused(subject)
    known = accounts.organisation(db, token.organisation) is not None
    if not known and token.organisation != EVERY_ORGANISATION:
        raise unknown(token.organisation)
    sessions.add_token(db, digest, token)
    audit.note(db, subject.id, "token-create", token.id, token.organisation)


def _require_own(db: Connection, subject: Subject, token: ServiceToken) -> None:
    """Raises NotAllowed when a person's own token would do more than the person."""
    reads_only = token.scopes == {Scope.CATALOGUE_READ}
    too_much = token.role == Role.ADMINISTRATOR or (token.role == Role.CITIZEN and not reads_only)
    if subject.kind != "user" or too_much:
        raise refused(subject)
    held = accounts.memberships(db, subject.id)
    fits = any((org, token.role) in held for org in (token.organisation, EVERY_ORGANISATION))
    if not fits or Scope.ADMIN in token.scopes:
        raise NotAllowed(
            "Your own key can have a role that you have yourself, in the same organisation.",
            "Ihr eigener Schlüssel kann eine Rolle haben, die Sie dort selbst haben.",
        )
    alive = [each for each in sessions.tokens_of_account(db, subject.id) if each.revoked is None]
    if len(alive) >= MOST_OWN:
        raise LimitExceeded(
            f"You may have {MOST_OWN} keys of your own; revoke one first.",
            f"Sie können {MOST_OWN} eigene Schlüssel haben; bitte erst einen widerrufen.",
        )


async def own_tokens(platform: Platform, subject: Subject) -> list[ServiceToken]:
    """The subject's own tokens, newest first."""
    if subject.kind != "user":
        raise refused(subject)
    return await platform.store.read(sessions.tokens_of_account, subject.id)


def _revoke(db: Connection, subject: Subject, ident: str) -> None:
    found = sessions.token(db, ident)
    organisation = found.organisation if found else EVERY_ORGANISATION
    own = found is not None and found.account == subject.id and subject.kind == "user"
    if not own and not may(subject, Action.ADMINISTER, organisation):
        raise refused(subject)
    if found is None:
        raise unknown(ident)
    if sessions.revoke_token(db, ident):
        audit.note(db, subject.id, "token-revoke", ident, organisation)
