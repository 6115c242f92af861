# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Who sends a request, and whether that subject may send this one now."""

from collections.abc import Awaitable, Callable
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Receive, Scope, Send

from allmende.core.operations import Operation
from allmende.core.platform import Platform
from allmende.core.rates import rates
from allmende.policy import ANONYMOUS, Subject
from allmende.web.guard import ALWAYS
from allmende.web.heads import has_any
from allmende.web.refusals import foreign_form

SAFE = frozenset(("GET", "HEAD", "OPTIONS"))
SECRETS = frozenset((b"authorization", b"x-api-key", b"x-ckan-api-key", b"cookie"))


class Credentials(NamedTuple):
    """What a request shows: the secret of a session (a cookie) or of a token."""

    kind: Literal["session", "token"]
    secret: str


Authenticate = Callable[[Credentials], Awaitable[Subject]]
"""The subject of credentials; raises NotAuthenticated for an unknown or expired token."""


class SignIn:
    """Puts the subject of each request into its state; nobody in particular without secrets."""

    def __init__(self, app: ASGIApp, cookies: tuple[str, ...], authenticate: Authenticate) -> None:
        self.app = app
        self.cookies = cookies
        self.authenticate = authenticate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI 3)."""
        open_to_all = scope["path"] in ALWAYS  # the token of /metrics is none of the accounts
        subject = ANONYMOUS
        if not open_to_all and has_any(scope, SECRETS):
            shown = credentials(Headers(scope=scope), self.cookies)
            subject = ANONYMOUS if shown is None else await self.authenticate(shown)
        scope["state"]["subject"] = subject
        await self.app(scope, receive, send)


def credentials(headers: Headers, cookies: tuple[str, ...]) -> Credentials | None:
    """The secret of a request: a token in Authorization or X-API-Key, else a session cookie.

    `Authorization: Bearer …` (RFC 6750 §2.1) and the bare token CKAN clients send are read;
    other schemes, such as Basic of a proxy in front, are passed over.
    """
    given = headers.get("authorization", "").strip()
    scheme, _, rest = given.partition(" ")
    if scheme.lower() == "bearer" and rest.strip():
        return Credentials("token", rest.strip())
    if given and not rest:
        return Credentials("token", given)
    key = headers.get("x-api-key") or headers.get("x-ckan-api-key")
    if key:
        return Credentials("token", key.strip())
    crumbs = cookie_parser(headers.get("cookie", ""))
    secret = next((crumbs[name] for name in cookies if crumbs.get(name)), None)
    return Credentials("session", secret) if secret else None


class Gate:
    """Lets changing requests pass: sent from our own pages or by a program, and not too often."""

    def __init__(self, platform: Platform) -> None:
        self.public = urlsplit(platform.settings.base_url).netloc.lower()
        self.rates = rates(platform)

    def __call__(self, scope: Scope, operation: Operation) -> None:
        """Raise NotAllowed for a foreign form, TooManyRequests when the rate is used up."""
        if scope["method"] in SAFE or operation.reads:
            return
        subject: Subject = scope["state"].get("subject", ANONYMOUS)
        if subject.kind != "token" and is_foreign(Headers(scope=scope), self.public):
            raise foreign_form()
        client = scope.get("client")
        self.rates.write(subject, client[0] if client else "", operation.rate)


def is_foreign(headers: Headers, public: str) -> bool:
    """Whether a browser says that another web site sent this request.

    Browsers tell by Sec-Fetch-Site (Fetch Metadata §2.3), older ones by Origin (RFC 6454 §7).
    A request with neither was not sent by a page.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    if origin is None:
        return False
    sender = urlsplit(origin).netloc.lower() if "://" in origin else ""
    return sender not in (public, headers.get("host", "").lower()) or not sender
