# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Signing in and out: from a password or a key to the subject of every read and write."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import secrets
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct, structs

from allmende.core.passwords import hash_password, is_outdated, verify
from allmende.core.platform import Platform
from allmende.core.rates import network_of, rates
from allmende.core.settings import Settings
from allmende.core.trouble import described, log
from allmende.errors import Busy, NotAuthenticated, TooManyRequests
from allmende.policy import Grant, Subject
from allmende.store import Connection, access, accounts, audit, identity, now, sessions
from allmende.store.sessions import ServiceToken, SignedIn, Visit

LOCAL_ACR = "low"
PASSWORD = ("password",)
SECOND = ("totp", "recovery", "passkey", "provider")
"""Methods that are a second factor, or more than a password alone."""
SECOND_STEP = "second"
STEP_MINUTES = 10
KEY_PREFIX = "alm_"
KEY_BYTES = 32
LOGIN_LONGEST = 200
FROM_ANYWHERE = 10  # times as many attempts from all addresses together as from one

TOKENS = "tokens"
MOST_TOKENS = 1_000  # that are remembered
TOUCHED = "touched keys"
TOUCH_SECONDS = 0.5

MINUTE = 60 * 1_000_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class Session(Struct, frozen=True):
    """A session just opened. `token` belongs into the cookie and is not stored anywhere.

    While it is `pending` it is no session yet: `token` is the key of the step in which the
    second factor is asked for (`core.identity.second`).
    """

    token: str
    account: str
    acr: str
    expires: int
    methods: tuple[str, ...] = PASSWORD
    agent: str = ""  # kind of browser
    provider: str = ""  # id of the OpenID provider
    hint: bytes | None = None  # its ID token, sealed
    pending: bool = False

    @property
    def csrf(self) -> str:
        """The value every form of this session carries."""
        return csrf_token(self.token)


class _Attempt(Struct, frozen=True):
    """What is known of a login before its password is looked at."""

    account: str
    encoded: str
    active: bool
    locked_until: int
    keys: tuple[bytes, bytes]


async def login(
    platform: Platform,
    login: str,
    password: str,
    address: str,
    *,
    previous: str | None = None,
    agent: str = "",
) -> Session:
    """Opens a session for login and password; the `previous` one of the browser is closed.

    It is pending when the account has a second factor. An unknown login, a wrong password and
    a disabled account get the same NotAuthenticated after the same work. TooManyRequests when
    the address or the login has tried too often.
    """
    rates(platform).sign_in(address)
    name = normalised_login(login)
    attempt = await platform.store.write(_begin, platform.settings, name, network_of(address))
    if attempt.locked_until:
        raise _locked(attempt.locked_until)
    fits = await verify(attempt.encoded, password)
    if not (fits and attempt.active):
        await platform.store.write(_refuse, attempt)
        raise not_signed_in()
    renewed = await hash_password(password) if is_outdated(attempt.encoded) else None
    wanted = new_session(platform.settings, attempt.account, LOCAL_ACR, agent=agent)
    opened = await platform.store.write(_admit, attempt, wanted, renewed, previous)
    if opened is None:
        raise not_signed_in()
    return opened


async def login_by_identity(
    platform: Platform, issuer: str, subject: str, acr: str, *, previous: str | None = None
) -> Session:
    """Opens a session for somebody whom an OpenID provider has identified.

    The caller has checked the provider's answer. NotAuthenticated when nobody is bound to it.
    """
    account = await platform.store.read(accounts.account_of_identity, issuer, subject)
    if account is None:
        raise not_signed_in()
    wanted = new_session(platform.settings, account, acr, ("provider",))
    return await platform.store.write(open_session, wanted, previous)


async def authenticate_session(platform: Platform, token: str) -> Subject:
    """The person whose session this is; NotAuthenticated when it has ended."""
    digest = digest_of(token)
    idle = platform.settings.session_hours * HOUR
    visit = await platform.store.read(_visit, digest, idle)
    if visit is None:
        raise NotAuthenticated(
            "Your session has ended; please sign in again.",
            "Ihre Sitzung ist beendet; bitte melden Sie sich neu an.",
        )
    found, granted = visit
    if now() - found.used > sessions.TOUCH_AFTER:
        await _touch(platform, sessions.touch_session, digest)
    return Subject("user", found.account, found.name, found.roles, grants=granted)


def _visit(db: Connection, digest: bytes, idle: int) -> tuple[Visit, tuple[Grant, ...]] | None:
    found = sessions.visit(db, digest, idle)
    return (found, access.grants(db, found.account)) if found else None


async def authenticate_token(platform: Platform, bearer: str) -> Subject:
    """The program whose service token this is; NotAuthenticated when it is not valid."""
    key = bearer.strip()
    digest = digest_of(key)
    known: _KnownTokens = platform.caches.setdefault(TOKENS, _KnownTokens())
    version = platform.store.version()  # before the look, so that it is never too new
    subject = known.find(digest, version)
    if subject is not None:
        return subject
    valid = None
    if key.startswith(KEY_PREFIX):
        valid = await platform.store.read(_valid_token, digest)
    if valid is None:
        raise NotAuthenticated(
            "The token is unknown, has expired or was revoked.",
            "Das Token ist unbekannt, abgelaufen oder widerrufen.",
        )
    found, granted = valid
    if now() - (found.used or 0) > sessions.TOUCH_AFTER:
        await _touch(platform, sessions.touch_token, found.id)
    roles = {found.organisation: frozenset({found.role})}
    subject = Subject("token", found.id, found.name, roles, found.scopes, grants=granted)
    ends = min((each.until for each in granted), default=found.expires)
    known.keep(digest, version, subject, min(found.expires, ends))
    return subject


def _valid_token(db: Connection, digest: bytes) -> tuple[ServiceToken, tuple[Grant, ...]] | None:
    """A token, and what is opened to the person whose own one it is."""
    found = sessions.valid_token(db, digest)
    if found is None:
        return None
    return found, access.grants(db, found.account) if found.account else ()


async def _touch(platform: Platform, touch: Callable[..., object], ident: Any) -> None:
    """Notes that a key was used. A database that somebody else holds does not stop its owner."""
    noted: set[Any] = platform.caches.setdefault(TOUCHED, set())
    if ident in noted:
        return
    try:
        written = platform.store.begin_write(touch, ident)
    except Busy:
        return

    def done(future: asyncio.Future[object]) -> None:
        noted.discard(ident)
        if not future.cancelled() and (error := future.exception()) is not None:
            log.warning("the use of a key was not noted: %s", described(error))

    noted.add(ident)
    written.add_done_callback(done)
    await asyncio.wait([written], timeout=TOUCH_SECONDS)


class _KnownTokens:
    """Tokens that were found valid while nothing was written; for a minute at most."""

    def __init__(self) -> None:
        self.version: Any = None
        self.found: dict[bytes, tuple[int, Subject]] = {}  # hash: until when (µs), whose

    def find(self, digest: bytes, version: Any) -> Subject | None:
        """The subject, if nothing has changed since it was found."""
        if version is None or version != self.version:
            return None
        until, subject = self.found.get(digest, (0, None))
        return subject if now() < until else None

    def keep(self, digest: bytes, version: Any, subject: Subject, expires: int) -> None:
        """Remembers a subject; all others are forgotten when something was written."""
        if version != self.version or len(self.found) >= MOST_TOKENS:
            self.version, self.found = version, {}
        self.found[digest] = (min(now() + MINUTE, expires), subject)


async def sign_out(platform: Platform, token: str) -> None:
    """Ends a session; nothing happens when it has ended already."""
    await platform.store.write(_sign_out, digest_of(token))


def csrf_token(token: str) -> str:
    """The value for the forms of a session; it tells nothing about the session's key."""
    mac = hmac.digest(token.encode(), b"allmende csrf", "sha256")
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


def csrf_fits(token: str, given: str) -> bool:
    """Whether a form's value belongs to the session; compared in constant time."""
    return hmac.compare_digest(csrf_token(token).encode(), given.encode())


def digest_of(key: str) -> bytes:
    """What is stored of a key: its SHA-256."""
    return hashlib.sha256(key.encode()).digest()


def normalised_login(login: str) -> str:
    """A login as it is compared: without case, spaces around it and look-alike forms."""
    return unicodedata.normalize("NFKC", login[:LOGIN_LONGEST]).casefold().strip()


def new_session(
    settings: Settings,
    account: str,
    acr: str,
    methods: tuple[str, ...] = PASSWORD,
    *,
    agent: str = "",
) -> Session:
    """A session with a fresh random key; it exists when it is stored."""
    expires = now() + settings.session_days * DAY
    key = secrets.token_urlsafe(KEY_BYTES)
    return Session(key, account, acr, expires, methods, agent)


# --- inside the writer ---------------------------------------------------------------


def _begin(db: Connection, settings: Settings, login: str, network: str) -> _Attempt:
    """Counts the attempt first, so that attempts at one time cannot slip through together."""
    salt = sessions.salt_of(db, datetime.now(UTC).date().isoformat())
    keys = (_mark(salt, login, network), _mark(salt, login))
    limits = (settings.signin_failures, settings.signin_failures * FROM_ANYWHERE)
    locked_until = 0
    for key, limit in zip(keys, limits, strict=True):
        window = settings.signin_lock_minutes * MINUTE
        tried, until = sessions.count_attempt(db, key, limit, window)
        if tried > limit:
            locked_until = max(locked_until, until)
    account, encoded, active = accounts.password_of(db, login) or ("", "", False)
    return _Attempt(account, encoded, active, locked_until, keys)


def _mark(key: bytes, *parts: str) -> bytes:
    return hashlib.blake2b("\n".join(parts).encode(), key=key, digest_size=16).digest()


def _refuse(db: Connection, attempt: _Attempt) -> None:
    audit.note(db, attempt.account, "sign-in", attempt.account, outcome="refused")


def _admit(
    db: Connection, attempt: _Attempt, wanted: Session, renewed: str | None, previous: str | None
) -> Session | None:
    """None when the account was disabled or got a new password while this one was checked."""
    current = accounts.password_by_id(db, attempt.account)
    if current != (attempt.encoded, True):
        return None
    for key in attempt.keys:
        sessions.forget_attempts(db, key)
    if renewed:
        accounts.renew_hash(db, attempt.account, attempt.encoded, renewed)
    return open_session(db, wanted, previous)


def open_session(db: Connection, wanted: Session, previous: str | None) -> Session:
    """Stores the session, closes the previous one of the browser, and notes it.

    With a password alone, an account with a second factor gets a pending one: the one place
    where that is decided, whichever way somebody comes.
    """
    digest = digest_of(wanted.token)
    if not set(wanted.methods) & set(SECOND) and identity.has_factor(db, wanted.account):
        return _pending(db, digest, wanted)
    if previous:
        sessions.close_session(db, digest_of(previous))
    at = now()
    sessions.open_session(
        db,
        digest,
        SignedIn(
            id=f"s-{secrets.token_hex(8)}",
            account=wanted.account,
            acr=wanted.acr,
            methods=wanted.methods,
            signed_in=at,
            used=at,
            created=at,
            expires=wanted.expires,
            agent=wanted.agent,
            provider=wanted.provider,
            hint=wanted.hint,
        ),
    )
    audit.note(db, wanted.account, "sign-in", wanted.account)
    return wanted


def _pending(db: Connection, digest: bytes, wanted: Session) -> Session:
    detail = msgspec.msgpack.encode((wanted.acr, wanted.methods, wanted.agent))
    expires = now() + STEP_MINUTES * MINUTE
    if not identity.add_step(db, digest, SECOND_STEP, wanted.account, detail, expires):
        raise too_many_steps()
    return structs.replace(wanted, pending=True)


def too_many_steps() -> Busy:
    """The error when more people than are remembered are about to sign in."""
    return Busy(
        "Too many people are signing in; please try again in ten minutes.",
        "Zu viele melden sich gerade an; bitte in zehn Minuten noch einmal versuchen.",
    )


def _sign_out(db: Connection, digest: bytes) -> None:
    account = sessions.close_session(db, digest)
    if account is not None:
        audit.note(db, account, "sign-out", account)


def not_signed_in() -> NotAuthenticated:
    """The one answer to every login that does not fit."""
    return NotAuthenticated(
        "Login or password is wrong.",
        "Anmeldename oder Passwort ist falsch.",
        code="signin-failed",
    )


def _locked(until: int) -> TooManyRequests:
    seconds = max(1, (until - now()) // 1_000_000)
    minutes = seconds // 60 + 1
    return TooManyRequests(
        f"Too many attempts for this login; try again in {minutes} minutes.",
        f"Zu viele Versuche für diesen Anmeldenamen; bitte in {minutes} Minuten noch einmal.",
        retry_after=seconds,
    )
