# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Signing in with a provider of OpenID Connect, there and back (Core 1.0 §3.1; RFC 9700).

Authorization code with PKCE (RFC 7636), state and nonce. Each provider has an address of its
own to come back to, and the name in its answer is compared (RFC 9207), so that no provider's
code is handed to another (mix-up). What was begun is kept here, for ten minutes and one use,
and is bound to the browser by a cookie.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import quote_plus, urlencode

import msgspec
from msgspec import Struct

from allmende.core.identity import mapping, sealing
from allmende.core.identity.config import Provider, identity
from allmende.core.identity.levels import Assurance, level_of
from allmende.core.identity.outgoing import ask
from allmende.core.identity.provider import checked_claims, metadata, more_claims, not_believed
from allmende.core.platform import Platform
from allmende.core.rates import rates
from allmende.core.signin import (
    MINUTE,
    STEP_MINUTES,
    Session,
    digest_of,
    new_session,
    open_session,
    too_many_steps,
)
from allmende.errors import Conflict, NotAuthenticated, NotFound
from allmende.policy import Subject
from allmende.store import Connection, accounts, audit, now
from allmende.store import identity as rows
from allmende.store.sessions import SignedIn

STEP, LEAVE_STEP = "provider", "leave"
SKEW = 60  # seconds
KEY_BYTES = 32
HINT_LONGEST = 6_000  # characters of an ID token that is sent along when leaving

Purpose = Literal["in", "again", "bind"]


class Begun(Struct, frozen=True):
    """Where to send the browser, and the key of the step for its cookie."""

    address: str
    step: str


class Arrived(Struct, frozen=True):
    """A session (None when an account was bound) and the page to go on to."""

    session: Session | None
    then: str


class _Journey(Struct, array_like=True):
    provider: str
    purpose: Purpose
    state: str
    nonce: str
    verifier: str
    then: str
    level: Assurance
    begun: int


def providers(platform: Platform) -> tuple[Provider, ...]:
    """The providers people may sign in with."""
    return identity(platform.settings).providers


async def begin(
    platform: Platform,
    ident: str,
    address: str,
    then: str,
    *,
    purpose: Purpose = "in",
    subject: Subject | None = None,
    level: Assurance = Assurance.LOW,
) -> Begun:
    """Begins to sign in; `again` and `bind` are for the subject who is signed in already.

    NotFound for an unknown provider, SourceUnavailable when it cannot be reached.
    """
    rates(platform).sign_in(address)
    provider = _provider(platform, ident)
    known = await metadata(platform, provider)
    state, nonce, verifier, step = (secrets.token_urlsafe(KEY_BYTES) for _ in range(4))
    journey = _Journey(ident, purpose, state, nonce, verifier, then, level, now())
    account = subject.id if subject is not None and purpose != "in" else ""
    await _keep(platform, STEP, step, account, msgspec.msgpack.encode(journey))
    challenge = hashlib.sha256(verifier.encode()).digest()
    asked = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": _back(platform, ident),
        "scope": " ".join(provider.scopes),
        "state": state,
        "nonce": nonce,
        "code_challenge": base64.urlsafe_b64encode(challenge).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    if purpose != "in":
        asked |= {"prompt": "login", "max_age": "0"}
    if level is not Assurance.LOW and provider.acr_for(level):
        asked["acr_values"] = " ".join(provider.acr_for(level))
    return Begun(_with(known.authorization_endpoint, asked), step)


async def arrive(
    platform: Platform,
    ident: str,
    step: str,
    answer: Mapping[str, str],
    address: str,
    *,
    previous: str | None = None,
    agent: str = "",
) -> Arrived:
    """Ends what `begin` began. NotAuthenticated when anything does not fit."""
    rates(platform).sign_in(address)
    found = await platform.store.write(rows.take_step, digest_of(step), STEP)
    if found is None:
        raise _too_late()
    journey = msgspec.msgpack.decode(found.detail, type=_Journey)
    provider = _provider(platform, ident)
    await _require_fitting(platform, provider, journey, answer)
    tokens = await _tokens(platform, provider, journey, answer["code"])
    token = str(tokens.get("id_token", ""))
    claims = await checked_claims(platform, provider, token, journey.nonce)
    _require_recent(journey, claims)
    level = provider.level(claims.get("acr"))
    if not level.reaches(journey.level):
        raise _too_low(provider, journey.level)
    access = str(tokens.get("access_token", ""))
    more = await more_claims(platform, provider, access, claims["sub"])
    everything = {**more, **claims}
    if journey.purpose == "bind":
        await platform.store.write(_bind, provider, claims["sub"], found.account)
        return Arrived(None, journey.then)
    wanted = msgspec.structs.replace(
        new_session(platform.settings, "", level, ("provider",), agent=agent), provider=ident
    )
    key = sealing.key_of(platform)
    opened = await platform.store.write(
        _open, provider, everything, found.account, wanted, (key, token), previous
    )
    if opened is None:
        raise _nobody(provider)
    return Arrived(opened, journey.then)


async def _require_fitting(
    platform: Platform, provider: Provider, journey: _Journey, answer: Mapping[str, str]
) -> None:
    """The answer is this provider's, to this very question, and says yes."""
    known = await metadata(platform, provider)
    state = answer.get("state", "")
    issuer = answer.get("iss")
    fits = (
        journey.provider == provider.id
        and hmac.compare_digest(state.encode(), journey.state.encode())
        and (issuer == provider.issuer or (issuer is None and not known.says_issuer))
    )
    if not fits:
        raise not_believed()
    if answer.get("error") or not answer.get("code"):
        raise NotAuthenticated(
            f"“{provider.name}” has not signed you in.",
            f"„{provider.name}“ hat Sie nicht angemeldet.",
            code="provider-refused",
        )


async def _tokens(
    platform: Platform, provider: Provider, journey: _Journey, code: str
) -> dict[str, Any]:
    known = await metadata(platform, provider)
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": _back(platform, provider.id),
        "code_verifier": journey.verifier,
    }
    headers = {}
    secret = provider.secret
    if secret and known.basic:  # RFC 6749 §2.3.1
        pair = f"{quote_plus(provider.client_id)}:{quote_plus(secret)}"
        headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    else:
        form["client_id"] = provider.client_id
        if secret:
            form["client_secret"] = secret
    return await ask(provider, known.token_endpoint, form=form, headers=headers)


def _require_recent(journey: _Journey, claims: Mapping[str, Any]) -> None:
    """Somebody who was to sign in again has done so after we asked (Core §3.1.3.7, 13)."""
    if journey.purpose == "in":
        return
    at = claims.get("auth_time")
    if not isinstance(at, int | float) or at < journey.begun / 1_000_000 - SKEW:
        raise not_believed()


def _open(
    db: Connection,
    provider: Provider,
    claims: Mapping[str, Any],
    only: str,
    wanted: Session,
    hint: tuple[bytes, str],
    previous: str | None,
) -> Session | None:
    if only:
        account = accounts.account_of_identity(db, provider.issuer, str(claims["sub"]))
        if account != only:
            return None
    account = mapping.account_for(db, provider, claims)
    if account is None:
        return None
    key, token = hint
    box = sealing.sealed(key, token.encode(), account) if len(token) <= HINT_LONGEST else None
    wanted = msgspec.structs.replace(wanted, account=account, hint=box)
    return open_session(db, wanted, previous)


def _bind(db: Connection, provider: Provider, subject: str, account: str) -> None:
    known = accounts.account_of_identity(db, provider.issuer, subject)
    if known == account:
        return
    if known is not None or not accounts.link_identity(db, provider.issuer, subject, account):
        raise Conflict(
            "This identity belongs to another account here.",
            "Diese Identität gehört hier zu einem anderen Konto.",
        )
    audit.note(db, account, "identity-link", account)


async def unbind(platform: Platform, subject: Subject, issuer: str) -> None:
    """One's own account is no longer opened by a provider. Conflict if nothing else opens it."""
    await platform.store.write(_unbind, subject.id, issuer)


def _unbind(db: Connection, account: str, issuer: str) -> None:
    password = accounts.password_by_id(db, account)
    others = [each for each in accounts.identities_of(db, account) if each[0] != issuer]
    if not (password and password[0]) and not others and not rows.passkeys(db, account):
        raise Conflict(
            "Nothing else opens your account; set a password or add a passkey first.",
            "Sonst öffnet nichts Ihr Konto; bitte zuerst ein Passwort oder einen Passkey anlegen.",
        )
    if accounts.unlink_identity(db, issuer, account):
        audit.note(db, account, "identity-unlink", account)


# --- leaving -------------------------------------------------------------------------


async def begin_leaving(platform: Platform, session: SignedIn | None) -> str:
    """The key of a step to sign out at the provider, too; "" when there is nothing to."""
    provider = identity(platform.settings).provider(session.provider) if session else None
    if session is None or provider is None:
        return ""
    known = await metadata(platform, provider)
    if not known.end_session_endpoint:
        return ""
    step = secrets.token_urlsafe(KEY_BYTES)
    token = None
    if session.hint is not None:
        token = sealing.opened(sealing.key_of(platform), session.hint, session.account)
    detail = msgspec.msgpack.encode((provider.id, (token or b"").decode()))
    await _keep(platform, LEAVE_STEP, step, "", detail)
    return step


async def leaving(platform: Platform, step: str) -> Provider | None:
    """The provider at which a browser is still signed in, as far as is known."""
    found = await platform.store.read(rows.step, digest_of(step), LEAVE_STEP)
    if found is None:
        return None
    ident, _ = msgspec.msgpack.decode(found.detail, type=tuple[str, str])
    return identity(platform.settings).provider(ident)


async def leave(platform: Platform, step: str, then: str) -> str:
    """Where to sign out at the provider (RP-Initiated Logout 1.0 §2). NotAuthenticated."""
    found = await platform.store.write(rows.take_step, digest_of(step), LEAVE_STEP)
    if found is None:
        raise _too_late()
    ident, token = msgspec.msgpack.decode(found.detail, type=tuple[str, str])
    provider = _provider(platform, ident)
    known = await metadata(platform, provider)
    asked = {"client_id": provider.client_id, "post_logout_redirect_uri": then}
    if token:
        asked["id_token_hint"] = token
    return _with(known.end_session_endpoint, asked)


# --- what several of them need -------------------------------------------------------


def reaching(platform: Platform, level: Assurance) -> list[Provider]:
    """The providers that can sign somebody in at this level."""
    low = level is Assurance.LOW
    return [each for each in providers(platform) if low or each.acr_for(level)]


def is_at(session: SignedIn | None, level: Assurance) -> bool:
    """Whether a session has the level already."""
    return session is not None and level_of(session).reaches(level)


def _provider(platform: Platform, ident: str) -> Provider:
    found = identity(platform.settings).provider(ident)
    if found is None:
        raise NotFound("There is no such sign-in service.", "Diesen Anmeldedienst gibt es nicht.")
    return found


def _back(platform: Platform, ident: str) -> str:
    return f"{platform.settings.base_url}/login/back/{ident}"


def _with(address: str, query: Mapping[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}"


async def _keep(platform: Platform, kind: str, step: str, account: str, detail: bytes) -> None:
    expires = now() + STEP_MINUTES * MINUTE
    digest = digest_of(step)
    if not await platform.store.write(rows.add_step, digest, kind, account, detail, expires):
        raise too_many_steps()


def _too_late() -> NotAuthenticated:
    return NotAuthenticated(
        "That took too long or was begun in another browser; please begin again.",
        "Das dauerte zu lange oder begann in einem anderen Browser; bitte noch einmal beginnen.",
    )


def _too_low(provider: Provider, level: Assurance) -> NotAuthenticated:
    return NotAuthenticated(
        f"“{provider.name}” has signed you in, but not at the level “{level}”.",
        f"„{provider.name}“ hat Sie angemeldet, aber nicht auf der Stufe „{level}“.",
        code="level-not-reached",
    )


def _nobody(provider: Provider) -> NotAuthenticated:
    return NotAuthenticated(
        f"“{provider.name}” knows you, but you have no account here; ask for an invitation, or "
        "sign in and connect it in your account.",
        f"„{provider.name}“ kennt Sie, aber Sie haben hier kein Konto; lassen Sie sich einladen, "
        "oder melden Sie sich an und verbinden Sie es in Ihrem Konto.",
        code="provider-unknown-person",
    )
