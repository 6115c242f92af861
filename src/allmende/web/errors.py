# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Every error becomes an answer here: problem details, a page, or a protocol's own shape."""

import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from allmende.core.negotiation import error_language, wants_html
from allmende.core.problems import MEDIA_TYPE, Problem, problem, retry_after
from allmende.errors import AllmendeError, NotAuthenticated
from allmende.web.observe import route_of

log = logging.getLogger("allmende.error")

Encoder = Callable[[Request, Problem], Response]
"""Turns a problem into a protocol's own shape; registered for an address prefix."""

Page = Callable[[Request, Problem], Awaitable[Response]]
"""Turns a problem into a page for browsers; the portal has it."""


class Errors:
    """Catches what a request raises and answers it; no inside is shown to the client."""

    def __init__(self, app: ASGIApp, encoders: Mapping[str, Encoder], page: Page | None) -> None:
        self.app = app
        self.encoders = sorted(encoders.items(), key=lambda pair: -len(pair[0]))
        self.page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI 3)."""
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except ClientDisconnect:
            return
        except (AllmendeError, HTTPException) as error:
            if started:
                _log_broken(scope, error)
            else:
                await self._refuse(scope, receive, send, error)
        except Exception as error:
            ident = secrets.token_hex(6)
            log.error(  # noqa: TRY400 - the server's own log of the exception is filtered out
                "error %s request %s %s %s",
                ident,
                scope["state"]["request_id"],
                scope["method"],
                route_of(scope),
                exc_info=error,
            )
            if not started:
                await self._refuse(scope, receive, send, AllmendeError(""), ident)
            raise

    async def _refuse(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        error: AllmendeError | HTTPException,
        ident: str = "",
    ) -> None:
        """Send the answer to an error; `ident` is the error id of an inner one."""
        request = Request(scope, receive)
        found = _problem(request, error)
        if ident:
            found = msgspec.structs.replace(found, error_id=ident)
        response = await self.encode(request, found)
        for name, value in _headers(error, request).items():
            response.headers[name] = value
        response.headers.setdefault("cache-control", "no-store")
        await response(scope, receive, send)

    async def encode(self, request: Request, found: Problem) -> Response:
        """A problem in the protocol's shape, as a page, or as problem details."""
        path = request.url.path
        for prefix, encoder in self.encoders:
            if path == prefix or path.startswith(prefix.rstrip("/") + "/"):
                return encoder(request, found)
        if self.page is not None and wants_html(request.headers.get("accept")):
            return await self.page(request, found)
        return as_json(request, found)


def as_json(request: Request, found: Problem) -> Response:
    """RFC 9457 §3: application/problem+json."""
    headers = {"content-language": language_of(request)}
    body = msgspec.json.encode(found)
    return Response(body, found.status, headers, media_type=MEDIA_TYPE)


def language_of(request: Request) -> str:
    """German or English; see `error_language`."""
    own = None
    if wants_html(request.headers.get("accept")):
        own = getattr(getattr(request.app.state, "settings", None), "language", None)
    return error_language(request.url.path, request.headers, own)


def _problem(request: Request, error: AllmendeError | HTTPException) -> Problem:
    what = error.status_code if isinstance(error, HTTPException) else error
    ident = request.state.request_id
    return problem(what, language_of(request), request.url.path, request_id=ident)


def _headers(error: AllmendeError | HTTPException, request: Request) -> dict[str, str]:
    """Headers that belong to an error: Allow, Retry-After, WWW-Authenticate, Connection."""
    if isinstance(error, HTTPException):
        headers, status = dict(error.headers or {}), error.status_code
        seconds = retry_after(status)
    else:
        headers, status, seconds = {}, error.status, retry_after(error)
    if seconds is not None:
        headers["retry-after"] = str(seconds)
    if isinstance(error, NotAuthenticated):
        wrong = ', error="invalid_token"' if "authorization" in request.headers else ""
        headers["www-authenticate"] = f'Bearer realm="allmende"{wrong}'  # RFC 6750 §3
    if status in (408, 413, 414, 431):
        headers["connection"] = "close"  # the rest of the request is not read
    return headers


def _log_broken(scope: Scope, error: Exception) -> None:
    """An answer that broke after it had begun: the connection is closed, the log knows why."""
    ident, route = scope["state"]["request_id"], route_of(scope)
    log.error("answer broken request %s %s %s: %s", ident, scope["method"], route, error)
