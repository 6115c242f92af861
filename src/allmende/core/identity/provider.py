# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a provider says of itself, and whether what it says of a person is true.

OpenID Connect Discovery 1.0 §4 and Core 1.0 §3.1.3.7. Keys are asked for again when a
signature names one that is not known, at most once in half a minute.
"""

from __future__ import annotations

import hmac
from typing import Any

from msgspec import Struct

from allmende.core.identity.config import Provider
from allmende.core.identity.outgoing import ask, require_allowed, unavailable
from allmende.core.platform import Platform
from allmende.errors import NotAuthenticated
from allmende.store import now

CACHE = "identity providers"
SECOND_US = 1_000_000
KEPT_US = 3_600 * SECOND_US
AGAIN_US = 30 * SECOND_US
SKEW = 60  # seconds that clocks may differ by
LONGEST_SUBJECT = 255  # Core §2
SIGNATURES = ("RS256", "PS256", "ES256", "EdDSA", "RS384", "RS512", "PS384", "PS512", "ES384")
KEY_KINDS = frozenset({"RSA", "EC", "OKP"})


class Metadata(Struct, kw_only=True):
    """A provider's document, as far as it is used; its addresses are checked."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str = ""
    end_session_endpoint: str = ""
    says_issuer: bool = False  # its answers name it (RFC 9207)
    basic: bool = True  # takes the client's secret by HTTP Basic
    algorithms: tuple[str, ...] = SIGNATURES


class Known(Struct):
    """What is remembered of a provider; times in µs UTC."""

    metadata: Metadata
    read: int
    keys: list[dict[str, Any]] = []
    keys_read: int = 0


async def metadata(platform: Platform, provider: Provider) -> Metadata:
    """The provider's document, at most an hour old. SourceUnavailable."""
    return (await _known(platform, provider)).metadata


async def _known(platform: Platform, provider: Provider) -> Known:
    cache: dict[str, Known] = platform.caches.setdefault(CACHE, {})
    found = cache.get(provider.issuer)
    if found is None or now() - found.read > KEPT_US:
        address = provider.issuer.rstrip("/") + "/.well-known/openid-configuration"
        document = await ask(provider, address)
        found = cache[provider.issuer] = Known(_checked(provider, document), now())
    return found


def _checked(provider: Provider, document: dict[str, Any]) -> Metadata:
    if document.get("issuer") != provider.issuer:  # Discovery §4.3
        raise unavailable(provider, "another issuer")
    needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    found = {name: require_allowed(provider, document.get(name)) for name in needed}
    for name in ("userinfo_endpoint", "end_session_endpoint"):
        if document.get(name):
            found[name] = require_allowed(provider, document[name])
    said = document.get("id_token_signing_alg_values_supported")
    offered = said if isinstance(said, list) else ["RS256"]
    ways = document.get("token_endpoint_auth_methods_supported")
    return Metadata(
        issuer=provider.issuer,
        says_issuer=document.get("authorization_response_iss_parameter_supported") is True,
        basic=not isinstance(ways, list) or "client_secret_basic" in ways,
        algorithms=tuple(each for each in SIGNATURES if each in offered),
        **found,
    )


async def _keys(platform: Platform, provider: Provider, kid: object) -> list[dict[str, Any]]:
    """The provider's keys; read again when one is named that is not among them."""
    known = await _known(platform, provider)
    missing = kid is not None and all(each.get("kid") != kid for each in known.keys)
    age = now() - known.keys_read
    if age > KEPT_US or ((missing or not known.keys) and age > AGAIN_US):
        document = await ask(provider, known.metadata.jwks_uri)
        listed = document.get("keys")
        known.keys = [each for each in listed if _signs(each)] if isinstance(listed, list) else []
        known.keys_read = now()
    return known.keys


def _signs(key: object) -> bool:
    return isinstance(key, dict) and key.get("kty") in KEY_KINDS and key.get("use") != "enc"


async def checked_claims(
    platform: Platform, provider: Provider, token: str, nonce: str
) -> dict[str, Any]:
    """The claims of an ID token that this provider signed for us and for this sign-in.

    NotAuthenticated for every other.
    """
    known = await _known(platform, provider)
    keys = await _keys(platform, provider, _kid(token))
    claims = _verified(token, keys, known.metadata.algorithms)
    moment = now() / SECOND_US
    expires, issued = claims.get("exp"), claims.get("iat")
    subject = claims.get("sub")
    said = claims.get("nonce")
    right = (
        claims.get("iss") == provider.issuer
        and _is_for(claims, provider.client_id)
        and _number(expires) > moment - SKEW
        and 0 < _number(issued) < moment + SKEW
        and isinstance(subject, str)
        and 0 < len(subject) <= LONGEST_SUBJECT
        and isinstance(said, str)
        and hmac.compare_digest(said.encode(), nonce.encode())
    )
    if not right:
        raise not_believed()
    return claims


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _is_for(claims: dict[str, Any], client: str) -> bool:
    audience = claims.get("aud")
    audiences = [audience] if isinstance(audience, str) else audience
    if not isinstance(audiences, list) or client not in audiences:
        return False
    if len(audiences) > 1 and "azp" not in claims:
        return False
    return bool(claims.get("azp", client) == client)


def _kid(token: str) -> object:
    from joserfc.errors import JoseError
    from joserfc.jws import extract_compact

    try:
        return extract_compact(token.encode()).headers().get("kid")
    except (JoseError, ValueError) as error:
        raise not_believed() from error


def _verified(
    token: str, keys: list[dict[str, Any]], algorithms: tuple[str, ...]
) -> dict[str, Any]:
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    try:
        found = jwt.decode(
            token, KeySet.import_key_set({"keys": keys}), algorithms=list(algorithms)
        )
    except (JoseError, ValueError) as error:
        raise not_believed() from error
    return dict(found.claims)


async def more_claims(
    platform: Platform, provider: Provider, access_token: str, subject: str
) -> dict[str, Any]:
    """What the provider says besides (Core §5.3), when it is about the same person."""
    address = (await metadata(platform, provider)).userinfo_endpoint
    if not address or not access_token:
        return {}
    found = await ask(provider, address, headers={"Authorization": f"Bearer {access_token}"})
    if found.get("sub") != subject:  # Core §5.3.2
        raise not_believed()
    return found


def not_believed() -> NotAuthenticated:
    """The one error for everything that is not as it should be."""
    return NotAuthenticated(
        "The answer of the sign-in service does not fit; please try again.",
        "Die Antwort des Anmeldedienstes passt nicht; bitte versuchen Sie es noch einmal.",
        code="provider-not-believed",
    )
