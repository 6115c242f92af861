# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What an operator sets about signing in: the table `[extra.identity]`."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct, ValidationError, convert

from allmende.core.identity.levels import Assurance
from allmende.core.settings import Settings
from allmende.errors import InvalidInput
from allmende.policy import Role

Id = Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,40}$")]
LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


class RoleRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A value of a claim (`groups`, `realm_access.roles`) brings a role in an organisation."""

    claim: str
    value: str
    organisation: str
    role: Role


class Provider(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A provider of OpenID Connect that people may sign in with."""

    id: Id
    name: str
    issuer: str
    client_id: str
    client_secret_file: str = ""  # the secret itself never stands in the settings
    client_secret_env: str = ""
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    hosts: tuple[str, ...] = ()  # other hosts its endpoints may be on
    private: bool = False  # whether it may be in a private network or on this machine
    people: Literal["known", "mapped", "all"] = "known"  # who gets an account when first there
    levels: dict[str, Assurance] = {}  # acr as it says it: level of assurance
    roles: tuple[RoleRule, ...] = ()

    @property
    def secret(self) -> str:
        """The client's secret; empty for a public client."""
        if self.client_secret_file:
            return Path(self.client_secret_file).read_text("utf-8").strip()
        return os.environ.get(self.client_secret_env, "")

    @property
    def allowed(self) -> frozenset[str]:
        """Names of the hosts that may be asked."""
        own = urlsplit(self.issuer).hostname or ""
        return frozenset({own.lower(), *(each.lower() for each in self.hosts)})

    def level(self, acr: object) -> Assurance:
        """The level of what the provider says; low for everything that is not set."""
        return self.levels.get(acr, Assurance.LOW) if isinstance(acr, str) else Assurance.LOW

    def acr_for(self, level: Assurance) -> list[str]:
        """What to ask the provider for, so that at least this level is reached."""
        return [acr for acr, found in self.levels.items() if found.reaches(level)]


class Identity(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything about signing in that is not among the settings themselves."""

    key_file: str = ""  # 32 bytes; default identity.key in the data folder
    fresh_minutes: Annotated[int, Meta(ge=1, le=720)] = 15  # then sensitive pages ask again
    second_factor: Literal["optional", "administrators", "everybody"] = "optional"
    invitation_days: Annotated[int, Meta(ge=1, le=60)] = 7
    providers: tuple[Provider, ...] = ()

    def provider(self, ident: str) -> Provider | None:
        """The provider with an id."""
        return next((each for each in self.providers if each.id == ident), None)


def identity(settings: Settings) -> Identity:
    """What is set; InvalidInput names what is wrong in `[extra.identity]`."""
    return _read(msgspec.json.encode(settings.extra.get("identity", {})))


@lru_cache(maxsize=8)
def _read(encoded: bytes) -> Identity:
    try:
        found = convert(msgspec.json.decode(encoded), Identity)
    except ValidationError as error:
        raise InvalidInput(f"A setting of signing in is wrong: {error}") from error
    for each in found.providers:
        if not is_safe(each.issuer):
            raise InvalidInput(
                f"The issuer of {each.id} has to begin with https:// and has no query.",
                f"Der Aussteller von {each.id} muss mit https:// beginnen, ohne Abfrageteil.",
            )
    if len({each.id for each in found.providers}) < len(found.providers):
        raise InvalidInput("Two providers have one id.", "Zwei Anmeldedienste heißen gleich.")
    return found


def is_safe(address: Any) -> bool:
    """Whether an address of a provider is https, or http on this very machine."""
    try:
        parts = urlsplit(address) if isinstance(address, str) else None
        host = (parts.hostname or "") if parts else ""
    except ValueError:
        return False
    if parts is None or not host or parts.username or parts.fragment:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and host in LOCAL)
