# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What is refused before anything is looked up: foreign hosts, long heads, too many at once."""

from functools import lru_cache
from ipaddress import ip_address
from itertools import chain
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from allmende.core.settings import Settings
from allmende.web.heads import said
from allmende.web.refusals import header_too_large, too_busy, unknown_host, uri_too_long

ALWAYS = ("/health", "/health/live", "/health/ready", "/metrics")  # answered however busy


class Guard:
    """Checks host, length of address and headers, and the number of requests at work."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.settings = settings
        self.hosts = known_hosts(settings)
        self.running = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI 3)."""
        check_head(scope, self.settings)
        if not host_is_known(said(scope, b"host"), self.hosts):
            raise unknown_host()
        if scope["path"] in ALWAYS:
            await self.app(scope, receive, send)
            return
        if self.running >= self.settings.concurrency:
            raise too_busy(self.settings.concurrency)
        self.running += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self.running -= 1


def check_head(scope: Scope, settings: Settings) -> None:
    """Raise UriTooLong (414) or HeaderTooLarge (431) for a head beyond the limits."""
    if len(scope.get("raw_path", b"")) + 1 + len(scope["query_string"]) > settings.url_limit:
        raise uri_too_long(settings.url_limit)
    headers = scope["headers"]
    if len(headers) > settings.header_count:
        raise header_too_large("header_count", settings.header_count)
    if sum(map(len, chain.from_iterable(headers))) > settings.header_limit:
        raise header_too_large("header_limit", settings.header_limit)


def known_hosts(settings: Settings) -> frozenset[str]:
    """Host names this server answers for, in lower case; `*` in `hosts` means any."""
    public = urlsplit(settings.base_url).hostname or ""
    return frozenset({public.lower(), "localhost", *(name.lower() for name in settings.hosts)})


@lru_cache(maxsize=256)
def host_is_known(header: str, known: frozenset[str]) -> bool:
    """Whether a Host header names this server.

    A plain network address is always fine: a foreign page can bend a name to this machine
    (DNS rebinding), never an address.
    """
    if "*" in known or not header:
        return True
    try:
        name = urlsplit(f"//{header}").hostname or ""
    except ValueError:
        return False
    if name in known:
        return True
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
