# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Models sent by stewards: as published JSON Schema, or as the model document itself."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from allmende.core import models
from allmende.core.conditional import require_match
from allmende.core.operations import Parameter, operation
from allmende.core.payload import decode_json
from allmende.errors import InvalidInput, NotFound
from allmende.interfaces.models.reading import NAME, VERSION
from allmende.interfaces.models.tags import state_tag, states
from allmende.model.document import Model
from allmende.model.emit import EMITTERS, json_schema
from allmende.policy import Level, Status

_E = TypeVar("_E", bound=StrEnum)
CONSUMES = ("application/schema+json", "application/json", EMITTERS["model"].media_type)
_POLICY = (
    Parameter("organisation", "query", "Id of the organisation that owns the model", {}, True),
    Parameter("status", "query", "published (if not given) or draft"),
    Parameter("access", "query", "Who sees it: open (if not given), internal or restricted"),
)


@operation(
    "Add a model or a version of one",
    about="The version number has to say what the change means: patch, compatible, or not.",
    tag="Models",
    parameters=_POLICY,
    consumes=CONSUMES,
    secured=True,
)
async def create(request: Request) -> Response:
    """201 with the address, or 200 when the same is there already."""
    model = await _body(request)
    return await _put(request, model)


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
    model = await _body(request)
    named = (request.path_params["name"], request.path_params["version"])
    if (model.id, model.version) != named:
        raise InvalidInput(
            f"The model says it is {model.id} {model.version}, the address {' '.join(named)}.",
            f"Das Modell nennt sich {model.id} {model.version}, die Adresse {' '.join(named)}.",
        )
    await _require_match(request, model.id, model.version)
    return await _put(request, model)


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


async def _body(request: Request) -> Model:
    settings = request.app.state.platform.settings
    body = await request.body()
    found: Any = decode_json(body, settings)
    if not isinstance(found, Mapping):
        raise InvalidInput("A model is a JSON object.", "Ein Modell ist ein JSON-Objekt.")
    if "$schema" in found or "$defs" in found:
        return json_schema.read(found)
    try:
        return msgspec.convert(found, Model)
    except msgspec.ValidationError as error:
        raise InvalidInput(
            f"The model document does not fit: {error}.",
            f"Das Modelldokument passt nicht: {error}.",
            code="model-document",
        ) from error


async def _put(request: Request, model: Model) -> Response:
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
        platform, subject, model, organisation, status=status, metadata_access=access
    )
    address = f"{platform.settings.base_url}/models/{done.id}/{done.version}"
    body = msgspec.json.encode({"id": done.id, "version": done.version, "change": done.change})
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
