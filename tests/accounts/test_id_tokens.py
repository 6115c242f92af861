# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""ID tokens: one is believed, every forged one is not (OpenID Connect Core §3.1.3.7)."""

import base64
import hmac
import json
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey
from tests.support.platforms import run_scenario, settings_for

from allmende.core.identity import provider as provided
from allmende.core.identity.config import identity
from allmende.core.identity.provider import Known, Metadata, checked_claims
from allmende.core.platform import Platform
from allmende.errors import NotAuthenticated
from allmende.store import now

ISSUER = "https://id.example"
CITY = {"id": "city", "name": "City", "issuer": ISSUER, "client_id": "allmende"}
KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
OTHER = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})


def claims(**changes: Any) -> dict[str, Any]:
    moment = now() // 1_000_000
    said = {
        "iss": ISSUER,
        "aud": "allmende",
        "sub": "4711",
        "nonce": "n",
        "iat": moment,
        "exp": moment + 60,
        **changes,
    }
    return {name: value for name, value in said.items() if value is not None}


def signed(key: Any = KEY, alg: str = "RS256", kid: str = "one", **changes: Any) -> str:
    return jwt.encode({"alg": alg, "kid": kid}, claims(**changes), key, algorithms=[alg])


def unsigned(alg: str = "none", **changes: Any) -> str:
    parts = ({"alg": alg, "kid": "one"}, claims(**changes))
    texts = [base64.urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=") for each in parts]
    return b".".join([*texts, b""]).decode()


def with_public_key_as_secret() -> str:
    """The classic confusion: the public key taken for a shared secret."""
    begun = unsigned(alg="HS256").removesuffix(".")
    mac = hmac.digest(KEY.as_pem(private=False), begun.encode(), "sha256")
    return f"{begun}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def bent() -> str:
    head, _, mac = signed().split(".")
    body = base64.urlsafe_b64encode(json.dumps(claims(sub="1")).encode()).rstrip(b"=").decode()
    return f"{head}.{body}.{mac}"


FORGED = {
    "nothing": lambda: "",
    "no token": lambda: "a.b.c",
    "not signed": unsigned,
    "another key": lambda: signed(OTHER),
    "an unknown key": lambda: signed(kid="two"),
    "confused": with_public_key_as_secret,
    "bent": bent,
    "another issuer": lambda: signed(iss="https://id.example/"),
    "no issuer": lambda: signed(iss=None),
    "for another client": lambda: signed(aud="other"),
    "for nobody": lambda: signed(aud=[]),
    "for several": lambda: signed(aud=["allmende", "other"]),
    "by another party": lambda: signed(aud=["allmende", "other"], azp="other"),
    "of another sign-in": lambda: signed(nonce="m"),
    "without nonce": lambda: signed(nonce=None),
    "over": lambda: signed(exp=now() // 1_000_000 - 61),
    "without end": lambda: signed(exp=None),
    "with a word for its end": lambda: signed(exp="later"),
    "from tomorrow": lambda: signed(iat=now() // 1_000_000 + 3600),
    "of nobody": lambda: signed(sub=""),
    "of a number": lambda: signed(sub=4711),
    "of a long name": lambda: signed(sub="x" * 256),
}


def test_only_what_was_signed_for_us_is_believed(tmp_path: Path, monkeypatch) -> None:
    asked = []

    async def keys(which, address: str, **more: Any) -> dict[str, Any]:
        asked.append(address)
        return {"keys": [KEY.as_dict(private=False)]}

    monkeypatch.setattr(provided, "ask", keys)

    async def scenario(platform: Platform) -> None:
        city = identity(platform.settings).providers[0]
        document = Metadata(
            issuer=ISSUER,
            authorization_endpoint=ISSUER,
            token_endpoint=ISSUER,
            jwks_uri=f"{ISSUER}/keys",
        )
        platform.caches[provided.CACHE] = {ISSUER: Known(document, now())}
        assert (await checked_claims(platform, city, signed(), "n"))["sub"] == "4711"
        several = signed(aud=["allmende", "other"], azp="allmende")
        assert await checked_claims(platform, city, several, "n")
        believed = []
        for name, forge in FORGED.items():
            try:
                await checked_claims(platform, city, forge(), "n")
                believed.append(name)
            except NotAuthenticated:
                continue
        assert believed == []
        assert asked == [f"{ISSUER}/keys"]  # unknown keys do not make us ask again and again

    settings = settings_for("", tmp_path, extra={"identity": {"providers": [CITY]}})
    run_scenario(settings, scenario)
