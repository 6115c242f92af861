# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Headers every answer has: what browsers may do with it, and who may read it from afar.

An answer that sets one of these headers itself keeps its own. Pages may load only what this
server serves, never inline. Public reading from other web sites is allowed without
credentials (Fetch §3.2): the cookie of a signed-in person is never sent along.
"""

from collections.abc import Collection, Sequence
from functools import cache

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from allmende.core.operations import PLAIN
from allmende.web.heads import has_any, said

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"

_EVERY = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
)
_PAGE = (
    (b"content-security-policy", PAGE_POLICY.encode()),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(self), microphone=(), payment=(), usb=()"),
    (b"x-frame-options", b"DENY"),
)
_DATA = (
    (b"content-security-policy", DATA_POLICY.encode()),
    (b"cross-origin-resource-policy", b"cross-origin"),
)
_SECURE = ((b"strict-transport-security", b"max-age=31536000; includeSubDomains"),)
_EXPOSED = (
    b"Content-Crs, Content-Disposition, Content-Language, Content-Range, ETag, Last-Modified, "
    b"Link, Location, OGC-NumberMatched, OGC-NumberReturned, Retry-After, X-Request-Id"
)
_WITH_ALL = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", _EXPOSED),
)
_PREFLIGHT = {
    "access-control-allow-headers": "Accept, Accept-Crs, Accept-Language, Content-Crs, "
    "Content-Type, If-None-Match, Range",
    "access-control-max-age": "86400",
}


class AnswerHeaders:
    """Adds security, cross-origin and caching headers; answers preflight requests."""

    def __init__(
        self, app: ASGIApp, origins: Collection[str] = ("*",), reading_posts: Collection[str] = ()
    ) -> None:
        self.app = app
        self.origins = frozenset(origins)
        self.reading_posts = frozenset(reading_posts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI 3)."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def finish(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *self.missing(scope, message["headers"])]
            await send(message)

        if scope["method"] == "OPTIONS" and has_any(scope, (b"access-control-request-method",)):
            await self.preflight(scope)(scope, receive, finish)
        else:
            await self.app(scope, receive, finish)

    def missing(
        self, scope: Scope, present: list[tuple[bytes, bytes]]
    ) -> list[tuple[bytes, bytes]]:
        """The headers an answer does not have yet."""
        names = {name.lower(): value for name, value in present}
        page = names.get(b"content-type", b"").startswith((b"text/html", b"application/xhtml"))
        wanted = _usual(page, scope.get("scheme") == "https", _is_anonymous(scope))
        framed = _may_be_framed(names.get(b"content-security-policy", b""))
        return [
            pair
            for pair in (*wanted, *self.sharing(scope))
            if (pair[0] not in names or pair[0] == b"vary")
            and not (framed and pair[0] == b"x-frame-options")
        ]

    def sharing(self, scope: Scope) -> Sequence[tuple[bytes, bytes]]:
        """The cross-origin headers of a public read; nothing for a write."""
        operation = scope["state"].get("operation", PLAIN)
        if scope["method"] not in ("GET", "HEAD", "OPTIONS") and not operation.reads:
            return ()
        if "*" in self.origins:
            return _WITH_ALL
        origin = said(scope, b"origin")
        vary = (b"vary", b"Origin")
        if origin not in self.origins:
            return [vary] if self.origins else []
        return [
            vary,
            (b"access-control-allow-origin", origin.encode("latin-1")),
            (b"access-control-expose-headers", _EXPOSED),
        ]

    def preflight(self, scope: Scope) -> Response:
        """The answer to a preflight: reading is allowed, and POST where it only reads."""
        methods = "GET, HEAD, OPTIONS"
        if any(scope["path"].startswith(prefix) for prefix in self.reading_posts):
            methods += ", POST"
        headers = {**_PREFLIGHT, "access-control-allow-methods": methods}
        return Response(status_code=204, headers=headers)


def _may_be_framed(policy: bytes) -> bool:
    """Whether an answer's own policy lets other sites frame it: then the older header is wrong."""
    return b"frame-ancestors" in policy and b"frame-ancestors 'none'" not in policy


@cache
def _usual(page: bool, secure: bool, anonymous: bool) -> tuple[tuple[bytes, bytes], ...]:
    """What a page or data has wherever it is.

    An answer may be kept but is asked for again; one of a signed-in person stays private.
    """
    caching = b"no-cache" if anonymous else b"private, no-cache"
    own = _PAGE if page else _DATA
    return (*_EVERY, *own, (b"cache-control", caching), *(_SECURE if secure else ()))


def _is_anonymous(scope: Scope) -> bool:
    subject = scope["state"].get("subject")
    return subject is None or subject.kind == "anonymous"
