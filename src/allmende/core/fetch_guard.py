# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Which machines the program may call: public addresses, and what the operator allowed.

A source's address is written by people, so it is not trusted. Names are resolved here,
once, and the connection goes to exactly the address that was checked; a name server
that changes its answer between check and connection gains nothing.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Any, Self

import anyio
import httpcore2
import httpx2

from allmende.errors import SourceUnavailable

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolver = Callable[[str, int], Awaitable[list[str]]]

NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
NEVER: tuple[Network, ...] = tuple(
    ipaddress.ip_network(text)
    for text in (
        "192.0.0.0/24",
        "192.88.99.0/24",
        "fec0::/10",
        "64:ff9b:1::/48",
        "::/96",
        "::ffff:0:0:0/96",  # IPv4-translated (RFC 2765 §2.1)
    )
)


def embedded(address: IPAddress) -> IPAddress | None:
    """The IPv4 address carried inside an IPv6 one (mapped, 6to4, Teredo, NAT64), or None."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address.ipv4_mapped:
        return address.ipv4_mapped
    if address.sixtofour:
        return address.sixtofour
    if address.teredo:
        return address.teredo[1]
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def is_public(address: IPAddress) -> bool:
    """True for the public internet, so not for private, local, shared or multicast ranges."""
    inner = embedded(address)
    if inner is not None:
        return is_public(inner)
    if address.is_multicast or any(address in network for network in NEVER):
        return False
    return address.is_global


async def resolve(host: str, port: int) -> list[str]:
    """Every address the system's resolver knows for a name, as text."""
    found = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Guard:
    """Decides which addresses may be called; `allow` holds names and networks of the intranet."""

    def __init__(self, allow: Iterable[str] = (), resolver: Resolver = resolve) -> None:
        self.names: set[str] = set()
        self.networks: list[Network] = []
        self._resolver = resolver
        for entry in allow:
            try:
                self.networks.append(ipaddress.ip_network(entry, strict=False))
            except ValueError:
                self.names.add(entry.lower().rstrip("."))

    async def addresses(self, host: str, port: int) -> list[str]:
        """The checked addresses of a host; SourceUnavailable when one of them is not allowed."""
        found = await self._lookup(host, port)
        if host.lower().rstrip(".") in self.names:
            return found
        for text in found:
            self._check(host, text)
        return found

    async def _lookup(self, host: str, port: int) -> list[str]:
        try:
            return [str(ipaddress.ip_address(host.strip("[]")))]
        except ValueError:
            pass
        try:
            found = await self._resolver(host, port)
        except (OSError, UnicodeError) as error:
            raise unknown_host(host) from error
        if not found:
            raise unknown_host(host)
        return found

    def _check(self, host: str, text: str) -> None:
        address = ipaddress.ip_address(text.partition("%")[0])
        if is_public(address):
            return
        if any(address in network for network in self.networks):
            return
        raise SourceUnavailable(
            f"{host} is at {text}, which is not a public address; an administrator can allow it "
            "with the setting harvest_private.",
            f"{host} hat die Adresse {text}, die nicht öffentlich ist; die Verwaltung kann sie "
            "mit der Einstellung harvest_private erlauben.",
            code="source-address-refused",
        )


def unknown_host(host: str) -> SourceUnavailable:
    """The error for a name that has no address."""
    return SourceUnavailable(
        f"The name {host} cannot be resolved; check the address of the source.",
        f"Der Name {host} ist nicht auflösbar; bitte die Adresse der Quelle prüfen.",
        code="source-unknown-host",
    )


class GuardedBackend(httpcore2.AsyncNetworkBackend):
    """Opens connections to checked addresses only."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._inner = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect to the first checked address of the host that answers."""
        failure: httpcore2.ConnectError | httpcore2.ConnectTimeout | None = None
        for address in await self._guard.addresses(host, port):
            try:
                return await self._inner.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore2.ConnectError(f"no address for {host}")

    async def sleep(self, seconds: float) -> None:
        """Wait; used by the connection pool between its own attempts."""
        await anyio.sleep(seconds)


class _Stream(httpx2.AsyncByteStream):
    def __init__(self, inner: Any) -> None:
        self._inner = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._inner:
            yield part

    async def aclose(self) -> None:
        await self._inner.aclose()


class GuardedTransport(httpx2.AsyncBaseTransport):
    """The only HTTP client's transport: no proxy of the environment, no unchecked address."""

    def __init__(self, guard: Guard, context: ssl.SSLContext | None = None) -> None:
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=context,
            max_connections=16,
            max_keepalive_connections=4,
            keepalive_expiry=15.0,
            network_backend=GuardedBackend(guard),
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request; errors are those of httpcore2."""
        url = request.url
        answer = await self._pool.handle_async_request(
            httpcore2.Request(
                method=request.method,
                url=httpcore2.URL(
                    scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx2.Response(
            status_code=answer.status,
            headers=answer.headers,
            stream=_Stream(answer.stream),
            extensions=answer.extensions,
        )

    async def aclose(self) -> None:
        """Close every connection."""
        await self._pool.aclose()


class Caller:
    """Holds one client of `guarded_client` while it is entered (`async with`)."""

    _client: httpx2.AsyncClient | None = None

    def _opened(self) -> httpx2.AsyncClient:
        """A client as the caller wants it."""
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        self._client = self._opened()
        return self

    async def __aexit__(self, *_error: object) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()


def guarded_client(guard: Guard, *, total: float, connect: float, agent: str) -> httpx2.AsyncClient:
    """A client that calls checked addresses only, knows no proxy of the environment and says
    who it is; times in seconds."""
    return httpx2.AsyncClient(
        transport=GuardedTransport(guard),
        timeout=httpx2.Timeout(total, connect=connect),
        trust_env=False,
        headers={"User-Agent": agent},
    )
