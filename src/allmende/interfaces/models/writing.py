# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Models sent by stewards: as they are published, as model document, or in a foreign format."""

from enum import StrEnum
from typing import Any, TypeVar

import msgspec
from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response

from allmende.core import models
from allmende.core.conditional import require_match
from allmende.core.operations import Parameter, operation
from allmende.core.payload import check_json
from allmende.errors import InvalidInput, NotAuthenticated, NotFound
from allmende.interfaces.models.formats import words_in
from allmende.interfaces.models.reading import NAME, VERSION
from allmende.interfaces.models.tags import state_tag, states
from allmende.model.bring import Brought, bring
from allmende.model.emit import EMITTERS
from allmende.policy import Level, Status

_E = TypeVar("_E", bound=StrEnum)
CONSUMES = (
    "application/schema+json",
    "application/json",
    *(EMITTERS[each].media_type for each in ("model", "table-schema", "linkml", "ecore")),
)
_NAMES = (
    Parameter("name", "query", "Id of the model, instead of the one in the file"),
    Parameter("version", "query", "Version, instead of the one in the file"),
    Parameter("lang", "query", "Language of the texts in a foreign file: de or en"),
)
_POLICY = (
    Parameter("organisation", "query", "Id of the organisation that owns the model", {}, True),
    Parameter("status", "query", "published (if not given) or draft"),
    Parameter("access", "query", "Who sees it: open (if not given), internal or restricted"),
)


@operation(
    "Add a model or a version of one",
    about="The version number has to say what the change means: patch, compatible, or not.",
    tag="Models",
    parameters=(*_NAMES, *_POLICY),
    consumes=CONSUMES,
    secured=True,
)
async def create(request: Request) -> Response:
    """201 with the address, or 200 when the same is there already."""
    return await _put(request, await _body(request))


@operation(
    "Add or replace a version of a model",
    about="A published version is never replaced; drafts are.",
    tag="Models",
    parameters=(NAME, VERSION, *_POLICY),
    consumes=CONSUMES,
    secured=True,
)
async def replace(request: Request) -> Response:
    """As POST, for the id and version in the address."""
    brought = await _body(request)
    model = brought.model
    named = (request.path_params["name"], request.path_params["version"])
    if (model.id, model.version) != named:
        raise InvalidInput(
            f"The model says it is {model.id} {model.version}, the address {' '.join(named)}.",
            f"Das Modell nennt sich {model.id} {model.version}, die Adresse {' '.join(named)}.",
        )
    await _require_match(request, model.id, model.version)
    return await _put(request, brought)


@operation(
    "Release, archive or classify a version",
    tag="Models",
    parameters=(NAME, VERSION, *_POLICY[1:]),
    secured=True,
)
async def arrange(request: Request) -> Response:
    """Changes status or access, never the content."""
    name, number = request.path_params["name"], request.path_params["version"]
    platform, subject = request.app.state.platform, request.state.subject
    await _require_match(request, name, number)
    status = _choice(request, "status", Status, None)
    access = _choice(request, "access", Level, None)
    if status is None and access is None:
        raise InvalidInput(
            "Say what is to change: status or access.",
            "Bitte sagen, was sich ändern soll: status oder access.",
        )
    await models.arrange(platform, subject, name, number, status=status, metadata_access=access)
    return Response(status_code=204)


@operation("Delete a draft", tag="Models", parameters=(NAME, VERSION), secured=True)
async def discard(request: Request) -> Response:
    """Deletes a version that was never published."""
    name, number = request.path_params["name"], request.path_params["version"]
    await _require_match(request, name, number)
    await models.discard(request.app.state.platform, request.state.subject, name, number)
    return Response(status_code=204)


async def _require_match(request: Request, name: str, number: str) -> None:
    """Holds If-Match and If-None-Match against the state of the version, whatever was read."""
    platform, subject = request.app.state.platform, request.state.subject
    given = {
        each: states(request.headers[each])
        for each in ("if-match", "if-none-match")
        if each in request.headers
    }
    if not given:
        return
    try:
        kept = await models.find(platform, subject, name, number)
    except NotFound:
        require_match(given, None)
    else:
        require_match(given, state_tag(kept))


async def _body(request: Request) -> Brought:
    """The model in the body, and notes of its importer. Raises InvalidInput, LimitExceeded.

    Nobody who is unknown makes the server read a model (NotAuthenticated).
    """
    if request.state.subject.kind == "anonymous":
        raise NotAuthenticated(
            "Send a token to add models.", "Bitte senden Sie ein Token, um Modelle anzulegen."
        )
    settings = request.app.state.platform.settings
    body = await request.body()
    if body.lstrip()[:1] in (b"{", b"["):
        check_json(body, settings.json_depth, settings.json_values)
    name = request.query_params.get("name", "")
    brought = await to_thread.run_sync(
        lambda: bring(body, name=name, language=words_in(request)), abandon_on_cancel=True
    )
    given = {each: request.query_params[each] for each in _NAMED if each in request.query_params}
    changes = {_NAMED[each]: value for each, value in given.items()}
    return Brought(msgspec.structs.replace(brought.model, **changes), brought.notes)


_NAMED = {"name": "id", "version": "version"}  # parameter → attribute of the model


async def _put(request: Request, brought: Brought) -> Response:
    platform, subject = request.app.state.platform, request.state.subject
    organisation = request.query_params.get("organisation", "")
    if not organisation:
        raise InvalidInput(
            "Say which organisation owns the model: ?organisation=…",
            "Bitte sagen, welcher Organisation das Modell gehört: ?organisation=…",
        )
    status = _choice(request, "status", Status, Status.PUBLISHED)
    access = _choice(request, "access", Level, Level.OPEN)
    done = await models.put(
        platform, subject, brought.model, organisation, status=status, metadata_access=access
    )
    address = f"{platform.settings.base_url}/models/{done.id}/{done.version}"
    said = {"id": done.id, "version": done.version, "change": done.change}
    body = msgspec.json.encode(said | {"notes": brought.notes})
    headers = {"location": address}
    code = 201 if done.change == "created" else 200
    return Response(body, code, headers, media_type="application/json")


def _choice(request: Request, name: str, kind: type[_E], default: Any) -> Any:
    text = request.query_params.get(name)
    if text is None:
        return default
    try:
        return kind(text)
    except ValueError:
        known = ", ".join(kind)
        raise InvalidInput(
            f"{name} is one of: {known}.", f"{name} ist eines von: {known}."
        ) from None
