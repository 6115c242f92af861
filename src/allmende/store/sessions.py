# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Page sessions, service tokens and attempts to sign in. Keys are only here as SHA-256."""

from __future__ import annotations

import secrets

from msgspec import Struct

from allmende.policy import Role, Scope
from allmende.store.accounts import below_of, memberships, roles_by_organisation
from allmende.store.connection import Connection, Row, now

TOUCH_AFTER = 300 * 1_000_000  # µs; the last use is not written with every request
_SERVICE = (
    "select id, name, organisation, role, scopes, created_by, created, expires, used, revoked, "
    "account from service_token"
)
_SESSION = (
    "select id, account, acr, methods, signed_in, used, created, expires, agent, provider, hint "
    "from page_session"
)
_OWN_ROLE = (  # a person's own token is good while the person is and has its role
    "(account is null or exists (select 1 from account as owner "
    "join held_role as held on held.account = owner.id "
    "where owner.id = service_token.account and owner.active = 1 "
    "and held.role = service_token.role "
    "and held.organisation in (service_token.organisation, '*')))"
)


class Visit(Struct, frozen=True):
    """A valid page session: whose it is and what they may do."""

    account: str
    name: str
    acr: str
    created: int
    used: int
    expires: int
    roles: dict[str, frozenset[Role]]


class ServiceToken(Struct, frozen=True):
    """A key of a program, without the key; times in µs UTC."""

    id: str
    name: str
    organisation: str
    role: Role
    scopes: frozenset[Scope]
    created_by: str
    created: int
    expires: int
    used: int | None
    revoked: int | None
    account: str | None = None  # whose own token it is; None of an organisation's


class SignedIn(Struct, frozen=True):
    """How and when somebody signed in; times in µs UTC, `methods` in the order they were used."""

    id: str
    account: str
    acr: str
    methods: tuple[str, ...]
    signed_in: int
    used: int
    created: int
    expires: int
    agent: str
    provider: str
    hint: bytes | None


# --- page sessions -------------------------------------------------------------------


def open_session(db: Connection, digest: bytes, session: SignedIn) -> None:
    """Adds a session and forgets the ones that have expired."""
    at = now()
    db.run("delete from page_session where expires <= :at", at=at)
    db.run(
        "insert into page_session (hash, id, account, acr, methods, signed_in, created, used, "
        "expires, agent, provider, hint) values (:hash, :id, :account, :acr, :methods, "
        ":signed_in, :created, :at, :expires, :agent, :provider, :hint)",
        hash=digest,
        id=session.id,
        account=session.account,
        acr=session.acr,
        methods=" ".join(session.methods),
        signed_in=session.signed_in,
        created=session.created,
        at=at,
        expires=session.expires,
        agent=session.agent,
        provider=session.provider,
        hint=session.hint,
    )


def visit(db: Connection, digest: bytes, idle: int) -> Visit | None:
    """The session of an active account, when used in the last `idle` µs and not expired."""
    at = now()
    row = db.row(
        "select account.id, account.name, acr, page_session.created, used, expires "
        "from page_session join account on account.id = page_session.account "
        "where hash = :hash and expires > :at and used > :oldest and active = 1",
        hash=digest,
        at=at,
        oldest=at - idle,
    )
    if row is None:
        return None
    account, name, acr, created, used, expires = row
    roles = roles_by_organisation(memberships(db, account))
    return Visit(account, name, acr, created, used, expires, with_below(db, roles))


def with_below(db: Connection, roles: dict[str, frozenset[Role]]) -> dict[str, frozenset[Role]]:
    """The roles; who administers an organisation does so for those below it, too."""
    tops = [each for each, held in roles.items() if each != "*" and Role.ADMINISTRATOR in held]
    if not tops:
        return roles
    found = dict(roles)
    for below in below_of(db, tops):
        found[below] = found.get(below, frozenset()) | {Role.ADMINISTRATOR}
    return found


def signed_in(db: Connection, digest: bytes, idle: int) -> SignedIn | None:
    """How the session of an active account was opened, under the conditions of `visit`."""
    at = now()
    row = db.row(
        f"{_SESSION} where hash = :hash and expires > :at and used > :oldest "
        "and account in (select id from account where active = 1)",
        hash=digest,
        at=at,
        oldest=at - idle,
    )
    return _signed_in(row) if row else None


def sessions_of(db: Connection, account: str, idle: int) -> list[SignedIn]:
    """The sessions of an account that have not ended, the one used last first."""
    at = now()
    rows = db.rows(
        f"{_SESSION} where account = :account and expires > :at and used > :oldest "
        "order by used desc, id",
        account=account,
        at=at,
        oldest=at - idle,
    )
    return [_signed_in(row) for row in rows]


def end_session(db: Connection, account: str, ident: str) -> bool:
    """Ends a session of an account by its public id; False when it has ended already."""
    ended = db.run(
        "delete from page_session where account = :account and id = :id", account=account, id=ident
    )
    return ended > 0


def _signed_in(row: Row) -> SignedIn:
    ident, account, acr, methods, *rest = row
    return SignedIn(ident, account, acr, tuple(methods.split()), *rest)


def touch_session(db: Connection, digest: bytes) -> None:
    """Notes that the session was used now."""
    db.run("update page_session set used = :at where hash = :hash", hash=digest, at=now())


def close_session(db: Connection, digest: bytes) -> str | None:
    """Ends one session; the id of its account, or None when there was none."""
    ended: str | None = db.value(
        "delete from page_session where hash = :hash returning account", hash=digest
    )
    return ended


def close_sessions(db: Connection, account: str, but: bytes = b"") -> int:
    """Ends every session of an account, except the one with a hash; how many there were."""
    return db.run(
        "delete from page_session where account = :account and hash <> :but",
        account=account,
        but=but,
    )


def forget_ended(db: Connection) -> int:
    """Deletes sessions and attempts to sign in that have expired; how many."""
    at = now()
    attempts = db.run("delete from signin_failure where forget_at <= :at", at=at)
    return attempts + db.run("delete from page_session where expires <= :at", at=at)


# --- service tokens ------------------------------------------------------------------


def add_token(db: Connection, digest: bytes, token: ServiceToken) -> None:
    """Adds a token."""
    db.run(
        "insert into service_token "
        "(id, hash, name, organisation, role, scopes, created_by, created, expires, account) "
        "values (:id, :hash, :name, :organisation, :role, :scopes, :created_by, :created, "
        ":expires, :account)",
        id=token.id,
        hash=digest,
        name=token.name,
        organisation=token.organisation,
        role=str(token.role),
        scopes=" ".join(sorted(token.scopes)),
        created_by=token.created_by,
        created=token.created,
        expires=token.expires,
        account=token.account,
    )


def valid_token(db: Connection, digest: bytes) -> ServiceToken | None:
    """The token with this hash, unless it has expired, was revoked, or its person has no role."""
    row = db.row(
        f"{_SERVICE} where hash = :hash and expires > :at and revoked is null and {_OWN_ROLE}",
        hash=digest,
        at=now(),
    )
    return _token(row) if row else None


def token(db: Connection, ident: str) -> ServiceToken | None:
    """One token, whatever its state."""
    row = db.row(f"{_SERVICE} where id = :id", id=ident)
    return _token(row) if row else None


def tokens(db: Connection, organisation: str | None = None) -> list[ServiceToken]:
    """The tokens of an organisation, or all, newest first."""
    if organisation is None:
        rows = db.rows(f"{_SERVICE} order by created desc, id")
    else:
        rows = db.rows(
            f"{_SERVICE} where organisation = :organisation order by created desc, id",
            organisation=organisation,
        )
    return [_token(row) for row in rows]


def tokens_of_account(db: Connection, account: str) -> list[ServiceToken]:
    """A person's own tokens, newest first."""
    rows = db.rows(
        f"{_SERVICE} where account = :account order by created desc, id", account=account
    )
    return [_token(row) for row in rows]


def touch_token(db: Connection, ident: str) -> None:
    """Notes that the token was used now."""
    db.run("update service_token set used = :at where id = :id", id=ident, at=now())


def revoke_token(db: Connection, ident: str) -> bool:
    """Makes a token useless; False when it was already."""
    changed = db.run(
        "update service_token set revoked = :at where id = :id and revoked is null",
        id=ident,
        at=now(),
    )
    return changed == 1


def _token(row: Row) -> ServiceToken:
    ident, name, organisation, role, scopes, *rest = row
    held = frozenset(Scope(scope) for scope in scopes.split())
    return ServiceToken(ident, name, organisation, Role(role), held, *rest)


# --- attempts to sign in -------------------------------------------------------------


def count_attempt(db: Connection, subject: bytes, limit: int, window: int) -> tuple[int, int]:
    """Counts an attempt before its password is looked at.

    Gives the attempts so far and when they are forgotten (µs UTC). Each attempt up to the
    limit starts the window (µs) again; later ones do not, so that nobody is locked for ever.
    """
    at = now()
    db.run("delete from signin_failure where forget_at <= :at", at=at)
    row = db.row(
        "insert into signin_failure (subject, failures, forget_at) values (:subject, 1, :end) "
        "on conflict (subject) do update set failures = signin_failure.failures + 1, "
        "forget_at = case when signin_failure.failures >= :limit "
        "then signin_failure.forget_at else excluded.forget_at end "
        "returning failures, forget_at",
        subject=subject,
        end=at + window,
        limit=limit,
    )
    return (row[0], row[1]) if row else (0, 0)


def forget_attempts(db: Connection, subject: bytes) -> None:
    """After a success nothing counts any more."""
    db.run("delete from signin_failure where subject = :subject", subject=subject)


def salt_of(db: Connection, day: str) -> bytes:
    """The salt of a day (ISO date), made when first asked for; those of other days go."""
    db.run("delete from daily_salt where day <> :day", day=day)
    db.run(
        "insert into daily_salt (day, salt) values (:day, :salt) on conflict (day) do nothing",
        day=day,
        salt=secrets.token_bytes(32),
    )
    return bytes(db.value("select salt from daily_salt where day = :day", day=day))
