# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Actions by their names, and their answers in CKAN's envelope."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Literal
from urllib.parse import quote

import msgspec
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from allmende.core.negotiation import error_language
from allmende.core.operations import Operation
from allmende.core.problems import Problem
from allmende.core.usage_counting import used
from allmende.errors import AllmendeError, NotAllowed
from allmende.interfaces.ckan.call import Call, call_of, uploads
from allmende.interfaces.ckan.refusals import BadRequest, error_of, of_status

Kind = Literal["read", "write", "upload"]
Perform = Callable[[Call], Awaitable[Any]]

HEADERS = {"vary": "Authorization, Cookie, X-CKAN-API-Key, X-API-Key"}
JSON = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data")


class Action(Struct, frozen=True):
    """An action: what it does, and whether it changes something or takes files."""

    name: str
    perform: Perform
    kind: Kind
    about: str


ACTIONS: dict[str, Action] = {}


def action(kind: Kind = "read") -> Callable[[Perform], Perform]:
    """Registers a function as the action of its name; its documentation is the help text."""

    def register(perform: Perform) -> Perform:
        name = getattr(perform, "__name__", "").rstrip("_")
        ACTIONS[name] = Action(name, perform, kind, (perform.__doc__ or "").strip())
        return perform

    return register


def operation_for(found: Action) -> Operation:
    """The description and limits of an action's address."""
    summary = found.about.partition("\n")[0].rstrip(".")
    return Operation(
        summary=f"CKAN {found.name}: {summary}",
        about="See docs/how-to/use-with-ckan-clients.md.",
        tag="CKAN",
        consumes=JSON,
        body_limit="upload_limit" if found.kind == "upload" else "body_limit",
        seconds="upload_seconds" if found.kind == "upload" else "request_seconds",
        reads=found.kind == "read",
    )


async def answer(request: Request, found: Action) -> Response:
    """Performs an action and says the result or the error as CKAN does."""
    language = error_language(request.url.path, request.headers, None)
    call = None
    try:
        call = await call_of(request, writes=found.kind != "read", language=language)
        if found.kind != "read" and call.subject.kind == "user":
            raise NotAllowed(
                "Changes need an API token in the Authorization header; a session is not enough.",
                "Änderungen brauchen ein API-Token im Kopf Authorization; eine Anmeldung im "
                "Browser genügt nicht.",
            )
        result = await found.perform(call)
    except AllmendeError as error:
        if error.status in (429, 500, 503):
            raise
        return refused(request, found.name, error, language)
    finally:
        for each in uploads(call.data) if call else ():
            await each.close()
    if call.read:
        used(request.scope, call.read)
    body = {"help": help_address(request, found.name), "success": True, "result": result}
    return Response(msgspec.json.encode(body), headers=HEADERS, media_type="application/json")


def refused(request: Request, name: str, error: AllmendeError, language: str) -> Response:
    """The answer to an error of an action."""
    if isinstance(error, BadRequest):
        return _json(f"Bad request: {error}", 400)
    status, said = error_of(error, language)
    return _json({"help": help_address(request, name), "error": said, "success": False}, status)


def failed(request: Request, problem: Problem) -> Response:
    """An error from outside of an action: no such action, a wrong token, too much at once."""
    name = request.url.path.rpartition("/")[2]
    if problem.status == 404 and name not in ACTIONS and not name.startswith("datastore_"):
        return _json(f"Bad request: Action name not known: {name[:80]}", 400)
    status, said = of_status(problem.status, problem.detail)
    return _json({"help": help_address(request, name), "error": said, "success": False}, status)


def help_address(request: Request, name: str) -> str:
    """Where the action is explained."""
    base = request.app.state.platform.settings.base_url
    return f"{base}/api/3/action/help_show?name={quote(name)}"


def _json(body: Any, status: int) -> Response:
    return Response(msgspec.json.encode(body), status, HEADERS, media_type="application/json")
