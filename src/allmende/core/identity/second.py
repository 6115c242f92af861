# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The second factor: set up, asked for, replaced by recovery codes, removed.

Guessing is limited per account, for all processes: five wrong codes in a quarter of an hour,
twenty in a day. A code is good once (RFC 6238 §5.2).
"""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime
from typing import Literal

import msgspec
from msgspec import Struct

from allmende.core.identity import sealing, totp
from allmende.core.people import managed, refused
from allmende.core.platform import Platform
from allmende.core.rates import rates
from allmende.core.signin import (
    DAY,
    MINUTE,
    SECOND_STEP,
    Session,
    digest_of,
    new_session,
    not_signed_in,
    open_session,
)
from allmende.errors import Conflict, InvalidInput, NotAuthenticated, TooManyRequests
from allmende.policy import Subject
from allmende.store import Connection, accounts, audit, identity, now, sessions
from allmende.store.sessions import SignedIn

RECOVERY_CODES = 10
RECOVERY_LENGTH = 16  # letters and digits: 80 bits
LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"  # without those that look alike
LIMITS = ((5, 15 * MINUTE), (20, DAY))  # wrong codes of an account, in which time
STEP_TRIES = 5

Outcome = Literal["wrong", "gone"]


class State(Struct, frozen=True):
    """The second factor of a person: since when (µs UTC), and unused recovery codes."""

    since: int | None
    codes: int


class Setup(Struct, frozen=True):
    """What to show while it is set up: the secret as text, its address and its picture."""

    secret: str
    address: str
    picture: str


async def state(platform: Platform, subject: Subject) -> State:
    """The second factor of the subject."""
    return await platform.store.read(_state, _person(subject))


def _state(db: Connection, account: str) -> State:
    found = identity.factor(db, account)
    since = found.confirmed if found else None
    return State(since, identity.recovery_codes_left(db, account) if since else 0)


async def begin(platform: Platform, subject: Subject) -> None:
    """Makes a secret that waits to be confirmed. Conflict when there is a second factor."""
    account = _person(subject)
    secret = secrets.token_bytes(totp.SECRET_BYTES)
    box = sealing.sealed(sealing.key_of(platform), secret, account)
    await platform.store.write(_begin, account, box)


def _begin(db: Connection, account: str, box: bytes) -> None:
    if identity.has_factor(db, account):
        raise Conflict(
            "There is a second factor already; remove it first.",
            "Es gibt schon einen zweiten Faktor; bitte entfernen Sie ihn zuerst.",
        )
    identity.begin_factor(db, account, box)


async def setup(platform: Platform, subject: Subject) -> Setup | None:
    """What an app needs, while the secret waits to be confirmed; else None."""
    account = _person(subject)
    found = await platform.store.read(identity.factor, account)
    person = await platform.store.read(accounts.account, account)
    if found is None or found.confirmed is not None or person is None:
        return None
    secret = sealing.opened(sealing.key_of(platform), found.secret, account)
    if secret is None:
        return None
    address = totp.address(secret, platform.settings.site_name, person.login)
    return Setup(totp.as_text(secret), address, totp.picture(address))


async def confirm(
    platform: Platform, subject: Subject, session: SignedIn, code: str
) -> tuple[list[str], Session]:
    """The factor counts from now on; the recovery codes, which are shown once.

    Every session ends, the one returned takes the place of the one that asked. InvalidInput
    when the code does not fit, TooManyRequests after too many.
    """
    account = _person(subject)
    key = sealing.key_of(platform)
    codes = _new_codes()
    methods = (*(each for each in session.methods if each != "totp"), "totp")
    wanted = new_session(platform.settings, account, session.acr, methods, agent=session.agent)
    found = await platform.store.write(_confirm, key, wanted, code, _digests(codes))
    if isinstance(found, Session):
        return codes, found
    _said(found)
    raise not_signed_in()


def _confirm(
    db: Connection, key: bytes, wanted: Session, code: str, digests: list[bytes]
) -> Session | Outcome | int:
    account = wanted.account
    locked = _count(db, account)
    if locked:
        return locked
    if identity.has_factor(db, account) or not _totp_fits(db, key, account, code):
        return "wrong"
    _forget(db, account)
    identity.confirm_factor(db, account)
    identity.set_recovery_codes(db, account, digests)
    audit.note(db, account, "second-factor-add", account)
    sessions.close_sessions(db, account)
    identity.forget_steps(db, account)
    return open_session(db, wanted, None)


async def renew_codes(platform: Platform, subject: Subject) -> list[str]:
    """New recovery codes; the old ones are useless. Conflict without a second factor."""
    account, codes = _person(subject), _new_codes()
    await platform.store.write(_renew_codes, account, _digests(codes))
    return codes


def _renew_codes(db: Connection, account: str, digests: list[bytes]) -> None:
    if not identity.has_factor(db, account):
        raise Conflict("There is no second factor.", "Es gibt keinen zweiten Faktor.")
    identity.set_recovery_codes(db, account, digests)
    audit.note(db, account, "recovery-codes-renew", account)


async def remove(platform: Platform, subject: Subject) -> None:
    """Removes one's own second factor."""
    await platform.store.write(_remove, subject.id, _person(subject))


async def reset(platform: Platform, subject: Subject, ident: str) -> None:
    """Removes a person's second factor and passkeys; for their administrators.

    Their sessions end: whoever lost a device should not stay signed in on it.
    """
    await platform.store.write(_reset, subject, ident)


def _reset(db: Connection, subject: Subject, ident: str) -> None:
    managed(db, subject, ident)
    _remove(db, subject.id, ident)
    for key in identity.passkeys(db, ident):
        identity.remove_passkey(db, ident, key.id)
        audit.note(db, subject.id, "passkey-remove", ident)
    sessions.close_sessions(db, ident)
    identity.forget_steps(db, ident)


def _remove(db: Connection, actor: str, account: str) -> None:
    if identity.remove_factor(db, account):
        audit.note(db, actor, "second-factor-remove", account)


# --- signing in ----------------------------------------------------------------------


async def waits(platform: Platform, token: str) -> bool:
    """Whether a browser has shown the right password and owes the second factor."""
    found = await platform.store.read(identity.step, digest_of(token), SECOND_STEP)
    return found is not None


async def complete(
    platform: Platform, token: str, code: str, address: str, *, previous: str | None = None
) -> Session:
    """The session behind a pending one, for a one-time password or a recovery code.

    NotAuthenticated when the step is over, InvalidInput for a wrong code, TooManyRequests
    after too many of them.
    """
    rates(platform).sign_in(address)
    key = sealing.key_of(platform)
    fresh = new_session(platform.settings, "", "")
    found = await platform.store.write(_complete, key, token, code, fresh, previous)
    if isinstance(found, Session):
        return found
    _said(found)
    raise not_signed_in()


def _complete(
    db: Connection, key: bytes, token: str, code: str, fresh: Session, previous: str | None
) -> Session | Outcome | int:
    digest = digest_of(token)
    step = identity.step(db, digest, SECOND_STEP)
    if step is None:
        return "gone"
    locked = _count(db, step.account)
    if locked:
        return locked
    method = _fits(db, key, step.account, code)
    if method is None:
        audit.note(db, step.account, "second-factor", step.account, outcome="refused")
        if identity.try_step(db, digest) >= STEP_TRIES:
            identity.take_step(db, digest, SECOND_STEP)
        return "wrong"
    identity.take_step(db, digest, SECOND_STEP)
    _forget(db, step.account)
    acr, methods, agent = msgspec.msgpack.decode(step.detail, type=tuple[str, list[str], str])
    wanted = msgspec.structs.replace(
        fresh, account=step.account, acr=acr, methods=(*methods, method), agent=agent
    )
    return open_session(db, wanted, previous)


def _fits(db: Connection, key: bytes, account: str, code: str) -> str | None:
    if _totp_fits(db, key, account, code):
        return "totp"
    if identity.use_recovery_code(db, account, _recovery_digest(code)):
        audit.note(db, account, "recovery-code-use", account)
        return "recovery"
    return None


def _totp_fits(db: Connection, key: bytes, account: str, code: str) -> bool:
    """Whether the code fits; its step is used up then."""
    factor = identity.factor(db, account)
    secret = sealing.opened(key, factor.secret, account) if factor else None
    if factor is None or secret is None:
        return False
    step = totp.fitting_step(secret, code, now(), factor.step)
    return step is not None and identity.use_step(db, account, step)


def _marks(db: Connection, account: str) -> list[bytes]:
    import hashlib

    salt = sessions.salt_of(db, datetime.now(UTC).date().isoformat())
    return [
        hashlib.blake2b(f"second {window}\n{account}".encode(), key=salt, digest_size=16).digest()
        for _, window in LIMITS
    ]


def _count(db: Connection, account: str) -> int:
    """Counts a try before it is looked at; until when the account is locked (µs), or 0."""
    until = 0
    for mark, (limit, window) in zip(_marks(db, account), LIMITS, strict=True):
        tried, end = sessions.count_attempt(db, mark, limit, window)
        if tried > limit:
            until = max(until, end)
    return until


def _forget(db: Connection, account: str) -> None:
    for mark in _marks(db, account):
        sessions.forget_attempts(db, mark)


def _said(outcome: Outcome | int) -> None:
    if isinstance(outcome, int):
        seconds = max(1, (outcome - now()) // 1_000_000)
        minutes = seconds // 60 + 1
        raise TooManyRequests(
            f"Too many wrong codes; try again in {minutes} minutes.",
            f"Zu viele falsche Codes; bitte in {minutes} Minuten noch einmal versuchen.",
            retry_after=seconds,
        )
    if outcome == "wrong":
        raise InvalidInput(
            "The code does not fit or was used already; wait for the next one.",
            "Der Code passt nicht oder wurde schon benutzt; bitte den nächsten abwarten.",
            code="second-factor-wrong",
        )
    if outcome == "gone":
        raise NotAuthenticated(
            "That took too long; please begin again.",
            "Das hat zu lange gedauert; bitte beginnen Sie noch einmal.",
        )


# --- what several of them need -------------------------------------------------------


def _person(subject: Subject) -> str:
    if subject.kind != "user":
        raise refused(subject)
    return subject.id


def _new_codes() -> list[str]:
    made = [
        "".join(secrets.choice(LETTERS) for _ in range(RECOVERY_LENGTH))
        for _ in range(RECOVERY_CODES)
    ]
    return ["-".join(re.findall(".{4}", each)) for each in made]


def _digests(codes: list[str]) -> list[bytes]:
    return [_recovery_digest(each) for each in codes]


def _recovery_digest(code: str) -> bytes:
    return digest_of("recovery " + re.sub(r"[\s-]", "", code).lower())
