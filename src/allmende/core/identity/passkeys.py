# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Passkeys (WebAuthn Level 2): added to an account, signed in with, removed.

The device checks who holds it (user verification), so that a passkey is two factors in one,
and it answers for our own address only, so that it cannot be phished. Nobody says a login:
the answer itself names the passkey, and so nothing tells which accounts exist.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from allmende.core.people import refused
from allmende.core.platform import Platform
from allmende.core.rates import rates
from allmende.core.settings import Settings
from allmende.core.signin import (
    LOCAL_ACR,
    MINUTE,
    Session,
    digest_of,
    new_session,
    open_session,
    too_many_steps,
)
from allmende.errors import Conflict, InvalidInput, LimitExceeded, NotAuthenticated
from allmende.policy import Subject
from allmende.store import Connection, accounts, audit, identity, now
from allmende.store.identity import Passkey

if TYPE_CHECKING:
    from fido2.server import Fido2Server

NEW_STEP, USE_STEP = "passkey-new", "passkey"
STEP_MINUTES = 5
MOST_PASSKEYS = 20
NAME_LONGEST = 60
ANSWER_LONGEST = 8_000  # characters; without attestation it has about 1,000


class Asked(Struct, frozen=True):
    """What the browser's script hands to the device (JSON), and the key of the step."""

    options: dict[str, Any]
    step: str


class Answer(Struct):
    """What a device answers, as far as the sign-in has to know it."""

    id: str


def possible(settings: Settings) -> bool:
    """Whether browsers use passkeys here: by https, or on `localhost`; never at a bare address."""
    parts = urlsplit(settings.base_url)
    host = parts.hostname or ""
    if host == "localhost":
        return True
    return parts.scheme == "https" and not host.replace(".", "").isdigit() and ":" not in host


async def of_account(platform: Platform, subject: Subject) -> list[Passkey]:
    """The passkeys of the subject, the oldest first."""
    return await platform.store.read(identity.passkeys, _person(subject))


async def begin_new(platform: Platform, subject: Subject) -> Asked:
    """The question for a new passkey. LimitExceeded when there are twenty."""
    from fido2.webauthn import (
        AttestedCredentialData,
        PublicKeyCredentialUserEntity,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    account = _person(subject)
    known = await platform.store.read(identity.passkeys, account)
    person = await platform.store.read(accounts.account, account)
    if person is None or len(known) >= MOST_PASSKEYS:
        raise LimitExceeded(
            f"You may have {MOST_PASSKEYS} passkeys; remove one that you no longer need.",
            f"Sie können {MOST_PASSKEYS} Passkeys haben; bitte entfernen Sie einen alten.",
        )
    user = PublicKeyCredentialUserEntity(
        name=person.login, id=account.encode(), display_name=person.name or person.login
    )
    options, state = _server(platform.settings).register_begin(
        user,
        [AttestedCredentialData(each.credential) for each in known],
        resident_key_requirement=ResidentKeyRequirement.REQUIRED,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return await _asked(platform, NEW_STEP, account, options, state)


async def finish_new(
    platform: Platform, subject: Subject, step: str, answer: str, name: str
) -> None:
    """Keeps a new passkey. InvalidInput when the answer does not fit the question."""
    account = _person(subject)
    found = await platform.store.write(identity.take_step, digest_of(step), NEW_STEP)
    if found is None or found.account != account:
        raise _too_late()
    made = _checked_new(_server(platform.settings), _state(found.detail), _read(answer))
    title = " ".join(name.split())[:NAME_LONGEST] or "Passkey"
    key = Passkey(made[0], account, title, made[1], made[2], now(), None)
    await platform.store.write(_add, key)


def _checked_new(
    server: Fido2Server, state: dict[str, Any], answer: dict[str, Any]
) -> tuple[bytes, bytes, int]:
    try:
        data = server.register_complete(state, answer)
    except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
        raise _does_not_fit() from error
    credential = data.credential_data
    if credential is None:
        raise _does_not_fit()
    return credential.credential_id, bytes(credential), data.counter


def _add(db: Connection, key: Passkey) -> None:
    if len(identity.passkeys(db, key.account)) >= MOST_PASSKEYS or not identity.add_passkey(
        db, key
    ):
        raise Conflict("This passkey is known.", "Diesen Passkey gibt es schon.")
    audit.note(db, key.account, "passkey-add", key.account)


async def remove(platform: Platform, subject: Subject, ident: str) -> None:
    """Removes one's own passkey by its id (hexadecimal). InvalidInput for another."""
    account = _person(subject)
    try:
        key = bytes.fromhex(ident)
    except ValueError:
        raise _does_not_fit() from None
    await platform.store.write(_remove, account, key)


def _remove(db: Connection, account: str, ident: bytes) -> None:
    if not identity.remove_passkey(db, account, ident):
        raise _does_not_fit()
    audit.note(db, account, "passkey-remove", account)


# --- signing in ----------------------------------------------------------------------


async def begin(platform: Platform, address: str) -> Asked:
    """The question of a sign-in; the same for everybody."""
    from fido2.webauthn import UserVerificationRequirement

    rates(platform).sign_in(address)
    options, state = _server(platform.settings).authenticate_begin(
        user_verification=UserVerificationRequirement.REQUIRED
    )
    return await _asked(platform, USE_STEP, "", options, state)


async def finish(
    platform: Platform,
    step: str,
    answer: str,
    address: str,
    *,
    previous: str | None = None,
    agent: str = "",
    only: str = "",
) -> Session:
    """A session for the answer of a passkey; `only` of this account, when it is given.

    NotAuthenticated for an unknown passkey, an answer that does not fit, a disabled account.
    """
    rates(platform).sign_in(address)
    found = await platform.store.write(identity.take_step, digest_of(step), USE_STEP)
    if found is None:
        raise _too_late()
    read = _read(answer)
    key = await platform.store.read(identity.passkey, _credential_id(read))
    if key is None or (only and key.account != only):
        raise _unknown()
    counter = _checked(_server(platform.settings), _state(found.detail), key, read)
    wanted = new_session(platform.settings, key.account, LOCAL_ACR, ("passkey",), agent=agent)
    opened = await platform.store.write(_open, key, counter, wanted, previous)
    if opened is None:
        raise _unknown()
    return opened


def _checked(
    server: Fido2Server, state: dict[str, Any], key: Passkey, answer: dict[str, Any]
) -> int:
    """The device's counter, when its signature is right."""
    from fido2.webauthn import AttestedCredentialData, AuthenticationResponse

    try:
        server.authenticate_complete(state, [AttestedCredentialData(key.credential)], answer)
        response = AuthenticationResponse.from_dict(answer).response
    except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
        raise _unknown() from error
    owner = response.user_handle
    if owner is not None and owner != key.account.encode():
        raise _unknown()
    return response.authenticator_data.counter


def _open(
    db: Connection, key: Passkey, counter: int, wanted: Session, previous: str | None
) -> Session | None:
    if identity.passkey(db, key.id) is None or not identity.use_passkey(db, key.id, counter):
        audit.note(db, key.account, "passkey", key.account, outcome="refused")
        return None
    return open_session(db, wanted, previous)


# --- what several of them need -------------------------------------------------------


def _server(settings: Settings) -> Fido2Server:
    from fido2.server import Fido2Server
    from fido2.webauthn import PublicKeyCredentialRpEntity

    parts = urlsplit(settings.base_url)
    origin = f"{parts.scheme}://{parts.netloc}".lower()
    party = PublicKeyCredentialRpEntity(name=settings.site_name, id=parts.hostname or "localhost")
    return Fido2Server(party, verify_origin=lambda given: given == origin)


async def _asked(
    platform: Platform, kind: str, account: str, options: Any, state: dict[str, Any]
) -> Asked:
    step = secrets.token_urlsafe(32)
    detail = msgspec.msgpack.encode({each: str(value) for each, value in state.items()})
    expires = now() + STEP_MINUTES * MINUTE
    kept = await platform.store.write(
        identity.add_step, digest_of(step), kind, account, detail, expires
    )
    if not kept:
        raise too_many_steps()
    return Asked(dict(options), step)


def _state(detail: bytes) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.msgpack.decode(detail, type=dict[str, str])
    return found


def _read(answer: str) -> dict[str, Any]:
    if len(answer) > ANSWER_LONGEST:
        raise _does_not_fit()
    try:
        return msgspec.json.decode(answer, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeEncodeError):
        raise _does_not_fit() from None


def _credential_id(answer: dict[str, Any]) -> bytes:
    from fido2.utils import websafe_decode

    try:
        return websafe_decode(msgspec.convert(answer, Answer).id)
    except (ValueError, msgspec.ValidationError):
        raise _unknown() from None


def _person(subject: Subject) -> str:
    if subject.kind != "user":
        raise refused(subject)
    return subject.id


def _does_not_fit() -> InvalidInput:
    return InvalidInput(
        "The answer of the device does not fit; please try again.",
        "Die Antwort des Geräts passt nicht; bitte noch einmal versuchen.",
    )


def _too_late() -> NotAuthenticated:
    return NotAuthenticated(
        "That took too long; please begin again.",
        "Das hat zu lange gedauert; bitte beginnen Sie noch einmal.",
    )


def _unknown() -> NotAuthenticated:
    return NotAuthenticated(
        "This passkey is not known here.", "Dieser Passkey ist hier nicht bekannt."
    )
