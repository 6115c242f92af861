# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What all writing through SensorThings has in common: addresses, bodies, answers."""

from __future__ import annotations

from typing import Any

from msgspec import json
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from allmende.core.payload import decode_json
from allmende.core.platform import Platform
from allmende.core.sensing import entities
from allmende.core.sensing.entities import Done, Method, Operation
from allmende.errors import InvalidInput
from allmende.model.sensing.entities import TYPES, Kind
from allmende.policy import Subject

ROOT = "/sensorthings/v1.1"
RATE = "sensor_writes_per_minute"
JSON = "application/json"
MERGE = "application/merge-patch+json"
PATCH = "application/json-patch+json"


def platform_of(request: Request) -> Platform:
    """The platform behind a request."""
    found: Platform = request.app.state.platform
    return found


def subject_of(request: Request) -> Subject:
    """Who sent a request."""
    found: Subject = request.state.subject
    return found


def root_of(platform: Platform) -> str:
    """The public address of the service, without a slash at the end."""
    return f"{platform.settings.base_url}{ROOT}"


def path_of(request: Request) -> str:
    """The part of the address below the root of the service."""
    return str(request.path_params["path"]).strip("/")


def media_type(request: Request) -> str:
    """What the client says it sends, without parameters, in small letters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def read_json(request: Request, allowed: tuple[str, ...] = (JSON,)) -> Any:
    """The JSON body, within the limits of the settings; 415 for other media types."""
    kind = media_type(request)
    if kind and kind not in allowed and not kind.startswith("text/plain"):
        raise HTTPException(415, headers={"accept": ", ".join(allowed)})
    return decode_json(await request.body(), platform_of(request).settings)


async def perform(request: Request, method: Method, path: str, body: Any = None) -> Response:
    """Does one operation and answers as `answer` does."""
    platform, subject = platform_of(request), subject_of(request)
    operation = Operation(method=method, path=path, body=body)
    return answer(root_of(platform), await entities.perform(platform, subject, operation))


STATUS: dict[Method, int] = {
    "create": 201,
    "merge": 200,
    "replace": 200,
    "patch": 200,
    "delete": 200,
    "link": 204,
    "unlink": 204,
}


def answer(root: str, done: Done) -> Response:
    """What a client is told: status, and what was made (18-088 §10.2: Location)."""
    status, headers, body = told(root, done)
    if body is None:
        return Response(status_code=status, headers=headers)
    return Response(json.encode(body), status, headers, media_type=JSON)


def told(root: str, done: Done) -> tuple[int, dict[str, str], dict[str, Any] | None]:
    """Status, headers and body of the answer to an operation."""
    status = STATUS[done.method]
    if done.method != "create":
        return status, {}, None
    address = f"{root}/{done.address}"
    return status, {"location": address}, {"@iot.id": done.id, "@iot.selfLink": address}


def link_to(root: str, kind: Kind, ident: int) -> str:
    """The @iot.selfLink of an entity."""
    return f"{root}/{TYPES[kind].collection}({ident})"


def as_object(body: Any) -> dict[str, Any]:
    """The body, which has to be a JSON object."""
    if isinstance(body, dict):
        return body
    raise InvalidInput("The body has to be a JSON object.", "Der Rumpf muss ein JSON-Objekt sein.")
