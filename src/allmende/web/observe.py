# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The outermost layer: request id, counting and the access log.

The log holds no network address, no path parameter and no query, so it holds nobody's
search words: method, route, status, bytes, milliseconds and the request id.
"""

import logging
import secrets
from collections.abc import Callable
from time import perf_counter
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from allmende.web.metrics import Requests

NO_ROUTE = "(none)"  # nothing at this address
AT_ONCE = 256
CLIENT_GONE = 499  # the client went away before an answer began

Heard = Callable[[str, Any, int], None]
"""Told of every answered request: template of its address, scope, status."""

log = logging.getLogger("allmende.access")


class Observe:
    """Gives every request an id, counts it and writes its line."""

    def __init__(
        self, app: ASGIApp, requests: Requests, heard: Heard | None = None, *, write_log: bool
    ) -> None:
        self.app = app
        self.requests = requests
        self.heard = heard
        self.write_log = write_log
        self.idents: list[str] = []

    def _ident(self) -> str:
        """16 hexadecimal digits that nobody can guess; made many at once, a system call less."""
        if not self.idents:
            many = secrets.token_hex(8 * AT_ONCE)
            self.idents = [many[at : at + 16] for at in range(0, 16 * AT_ONCE, 16)]
        return self.idents.pop()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI 3)."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        ident = state["request_id"] = self._ident()
        status, size, start = CLIENT_GONE, 0, perf_counter()

        async def watched(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", ident.encode())]
            else:
                size += len(message.get("body", b""))
            await send(message)

        self.requests.running += 1
        try:
            await self.app(scope, receive, watched)
        finally:
            self.requests.running -= 1
            self._finish(scope, status, perf_counter() - start, size)

    def _finish(self, scope: Scope, status: int, seconds: float, size: int) -> None:
        route = route_of(scope)
        self.requests.add(scope["method"], route, status, seconds, size)
        if self.heard is not None:
            self.heard(route, scope, status)
        if self.write_log and log.isEnabledFor(logging.INFO):
            ident = scope["state"]["request_id"]
            line = f"{scope['method']} {route} {status} {size} {seconds * 1000:.1f} {ident}"
            # Made by hand: looking up who logs takes longer than all the rest.
            log.handle(logging.LogRecord(log.name, logging.INFO, "", 0, line, None, None))


def route_of(scope: Scope) -> str:
    """The template of the address (`/datasets/{id}`), never the address itself."""
    template: str | None = scope.get("state", {}).get("template")
    return template or getattr(scope.get("route"), "path", None) or NO_ROUTE
