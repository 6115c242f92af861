# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Asking a provider: the hosts that are set and no others, no redirects, little and soon."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

import anyio
import httpcore2
import httpx2
import msgspec

from allmende.core.fetch_guard import Guard, GuardedTransport
from allmende.core.identity.config import Provider, is_safe
from allmende.errors import SourceUnavailable

SECONDS = 10.0
MOST_BYTES = 1_000_000
FAILURES = (
    httpcore2.NetworkError,
    httpcore2.ProtocolError,
    httpcore2.TimeoutException,
    httpx2.HTTPError,
    httpx2.InvalidURL,
    TimeoutError,
)


async def ask(
    provider: Provider,
    address: str,
    *,
    form: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The JSON object at an address of the provider; with a form, it is sent there (POST).

    SourceUnavailable when the address is not the provider's, and for every other answer.
    """
    require_allowed(provider, address)
    guard = Guard(provider.allowed if provider.private else ())
    sent = {"Accept": "application/json", "Accept-Encoding": "identity", **(headers or {})}
    body = None
    if form is not None:
        body = urlencode(form).encode()
        sent["Content-Type"] = "application/x-www-form-urlencoded"
    try:
        with anyio.fail_after(SECONDS):
            async with httpx2.AsyncClient(
                transport=GuardedTransport(guard), trust_env=False, timeout=SECONDS
            ) as client:
                data = await _read(client, "GET" if form is None else "POST", address, body, sent)
    except FAILURES as error:
        raise unavailable(provider, type(error).__name__) from error
    try:
        return msgspec.json.decode(data, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise unavailable(provider, "no JSON object") from error


async def _read(
    client: httpx2.AsyncClient, method: str, address: str, body: bytes | None, sent: dict[str, str]
) -> bytes:
    found = b""
    async with client.stream(method, address, content=body, headers=sent) as answer:
        if answer.status_code != 200:
            raise httpx2.HTTPError(f"status {answer.status_code}")
        async for part in answer.aiter_raw():
            found += part
            if len(found) > MOST_BYTES:
                raise httpx2.HTTPError("too long")
    return found


def require_allowed(provider: Provider, address: object) -> str:
    """An address, when it is on a host of the provider and as safe as its issuer."""
    if isinstance(address, str) and is_safe(address):
        parts = urlsplit(address)
        plain = parts.scheme == "http" and not provider.issuer.startswith("http://")
        if (parts.hostname or "").lower() in provider.allowed and not plain:
            return address
    raise unavailable(provider, "an address on another host")


def unavailable(provider: Provider, why: str) -> SourceUnavailable:
    """The error when a provider cannot be used; people only read that it cannot."""
    return SourceUnavailable(
        f"The sign-in service “{provider.name}” cannot be used just now ({why}).",
        f"Der Anmeldedienst „{provider.name}“ ist gerade nicht nutzbar ({why}).",
        code="provider-unavailable",
    )
