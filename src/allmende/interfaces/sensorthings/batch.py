# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""$batch: many requests in one, as multipart/mixed (OGC 18-088 clause 11) or as JSON.

A change set, in JSON an atomicity group, is one transaction: all of its changes or none.
Every other request is answered as if it had been sent alone, errors included. What a
change makes under a Content-ID can be named `$id` by the changes after it in its set: at
the beginning of an address, or as an @iot.id in a body.
"""

from __future__ import annotations

import secrets
from functools import partial
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec
from msgspec import Struct, field
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message

from allmende.core.payload import decode_json
from allmende.core.sensing import entities
from allmende.core.sensing.entities import Method, Operation
from allmende.errors import AllmendeError, InvalidInput, LimitExceeded
from allmende.interfaces.sensorthings import later, multipart
from allmende.interfaces.sensorthings.answers import error_body
from allmende.interfaces.sensorthings.later import GoOn, Work
from allmende.interfaces.sensorthings.multipart import MOST_PARTS, Asked, Part
from allmende.interfaces.sensorthings.writing import (
    JSON,
    PATCH,
    ROOT,
    media_type,
    platform_of,
    root_of,
    subject_of,
    told,
)

METHODS: dict[str, Method] = {
    "POST": "create",
    "PATCH": "merge",
    "PUT": "replace",
    "DELETE": "delete",
}
MOST_BYTES = 32 * 1024 * 1024
"""Of all answers to the requests inside, together."""
KEPT = ("authorization", "cookie", "x-api-key", "accept-language", "host", "user-agent")
"""Headers of the batch that hold for the requests inside."""


class Told(Struct):
    """An answer to a request inside."""

    status: int
    headers: dict[str, str] = {}
    content: bytes = b""
    name: str = ""


async def post(request: Request) -> Response:
    """POST $batch: 200 with an answer for every request inside, or 202 and the answer later."""
    work = await _read_batch(request)
    if later.is_wanted(request):
        return await later.accept(request, work)
    return await work(later.at_once)


async def _read_batch(request: Request) -> Work:
    """What is to be done; all of it is read before anything is done."""
    body = await request.body()
    if edge := multipart.boundary(request.headers.get("content-type", "")):
        return partial(_multipart, request, _read(body, edge))
    if media_type(request) in (JSON, ""):
        return partial(_json, request, _groups(request, body))
    raise InvalidInput(
        "A batch is multipart/mixed with a boundary, or application/json.",
        "Ein Stapel ist multipart/mixed mit einer Grenze oder application/json.",
    )


class _Room:
    """How many bytes the answers may still have."""

    def __init__(self) -> None:
        self.left = MOST_BYTES

    def check(self) -> None:
        """Raises LimitExceeded when the answers so far are too large together."""
        if self.left < 0:
            raise LimitExceeded(
                f"The answers to a batch have at most {MOST_BYTES} bytes; this request was not "
                "done any more.",
                f"Die Antworten auf einen Stapel haben höchstens {MOST_BYTES} Bytes; diese "
                "Anfrage wurde nicht mehr ausgeführt.",
            )


# --- multipart -------------------------------------------------------------------------------


class Named(Struct):
    """A request inside with its Content-ID."""

    asked: Asked
    name: str


async def _multipart(request: Request, given: list[Named | list[Named]], go_on: GoOn) -> Response:
    found: list[tuple[dict[str, str], bytes]] = []
    room = _Room()
    for each in given:
        await go_on()
        if isinstance(each, list):
            found.append(await _change_set(request, each, room))
        else:
            answer = await _alone(request, each.asked, room)
            answer.name = each.name
            found.append(_as_part(answer))
    new = f"batch_{secrets.token_hex(12)}"
    body = multipart.put_together(found, new)
    return Response(body, 200, media_type=f"multipart/mixed; boundary={new}")


def _read(body: bytes, edge: str) -> list[Named | list[Named]]:
    """The requests of a body, those of a change set in a list."""
    found: list[Named | list[Named]] = []
    left = MOST_PARTS
    for part in multipart.parts(body, edge):
        inner = multipart.boundary(part.headers.get("content-type", ""))
        inside = multipart.parts(part.content, inner) if inner else [part]
        left -= len(inside)
        _check_left(left)
        named = [_named(each) for each in inside]
        found.append(named if inner else named[0])
    return found


def _named(part: Part) -> Named:
    return Named(multipart.request(part), part.headers.get("content-id", "").strip("<>"))


def _check_left(left: int) -> None:
    if left < 0:
        raise LimitExceeded(
            f"A batch has at most {MOST_PARTS} requests.",
            f"Ein Stapel hat höchstens {MOST_PARTS} Anfragen.",
        )


async def _change_set(
    request: Request, given: list[Named], room: _Room
) -> tuple[dict[str, str], bytes]:
    """A change set: its answers as a multipart of their own, or one error."""
    answers = await _together(
        request, [each.asked for each in given], [each.name for each in given], room
    )
    if len(answers) == 1 and answers[0].status >= 400:
        return _as_part(answers[0])
    edge = f"changeset_{secrets.token_hex(12)}"
    body = multipart.put_together([_as_part(each) for each in answers], edge)
    return {"Content-Type": f"multipart/mixed; boundary={edge}"}, body


def _as_part(answer: Told) -> tuple[dict[str, str], bytes]:
    headers = {"Content-Type": "application/http"}
    if answer.name:
        headers["Content-ID"] = answer.name
    return headers, multipart.answer(answer.status, answer.headers, answer.content)


# --- JSON ------------------------------------------------------------------------------------


class JsonRequest(Struct):
    """A request of a JSON batch (OData 4.01 JSON Format §19)."""

    id: str
    method: str
    url: str
    headers: dict[str, str] = {}
    body: Any = None
    group: str = field(name="atomicityGroup", default="")


class JsonBatch(Struct):
    """The body of a JSON batch."""

    requests: list[JsonRequest]


def _groups(request: Request, body: bytes) -> list[list[JsonRequest]]:
    given: JsonBatch = decode_json(body, platform_of(request).settings, JsonBatch)
    _check_left(MOST_PARTS - len(given.requests))
    ids = [each.id for each in given.requests]
    if len(set(ids)) < len(ids):
        raise InvalidInput(
            "Every request of a batch needs an id of its own.",
            "Jede Anfrage eines Stapels braucht eine eigene id.",
        )
    return _grouped(given.requests)


async def _json(request: Request, groups: list[list[JsonRequest]], go_on: GoOn) -> Response:
    answers: list[dict[str, Any]] = []
    room = _Room()
    for group in groups:
        await go_on()
        answers += await _json_group(request, group, room)
    return Response(msgspec.json.encode({"responses": answers}), 200, media_type=JSON)


def _grouped(requests: list[JsonRequest]) -> list[list[JsonRequest]]:
    """Neighbours of one atomicity group together, all others alone."""
    found: list[list[JsonRequest]] = []
    for each in requests:
        if each.group and found and found[-1][0].group == each.group:
            found[-1].append(each)
        else:
            found.append([each])
    return found


async def _json_group(
    request: Request, group: list[JsonRequest], room: _Room
) -> list[dict[str, Any]]:
    asked = [_asked(each) for each in group]
    if not group[0].group:
        return [_json_answer(group[0], await _alone(request, asked[0], room))]
    answers = await _together(request, asked, [each.id for each in group], room)
    if len(answers) < len(group) or answers[0].status >= 400:
        answers = [Told(answers[0].status, answers[0].headers, answers[0].content)] * len(group)
    return [_json_answer(*pair) for pair in zip(group, answers, strict=True)]


def _asked(given: JsonRequest) -> Asked:
    content = b"" if given.body is None else msgspec.json.encode(given.body)
    headers = {name.lower(): value for name, value in given.headers.items()}
    return Asked(given.method.upper(), given.url, headers, content)


def _json_answer(given: JsonRequest, answer: Told) -> dict[str, Any]:
    found: dict[str, Any] = {"id": given.id, "status": answer.status}
    if given.group:
        found["atomicityGroup"] = given.group
    if answer.headers:
        found["headers"] = answer.headers
    if answer.content:
        is_json = "json" in answer.headers.get("content-type", "")
        found["body"] = (
            msgspec.Raw(answer.content) if is_json else answer.content.decode(errors="replace")
        )
    return found


# --- one and many ----------------------------------------------------------------------------


async def _alone(request: Request, asked: Asked, room: _Room) -> Told:
    """The answer to a request as if it had been sent by itself."""
    try:
        room.check()
    except LimitExceeded as error:
        return _error(error, request)
    answer = await _sent(request, asked)
    room.left -= len(answer.content)
    return answer


async def _sent(request: Request, asked: Asked) -> Told:
    target = _target(request, asked.target)
    if target is None or target[0].strip("/").startswith(f"{ROOT[1:]}/$batch"):
        return Told(404)
    path, query = target
    inside = {name: value for name, value in asked.headers.items() if name not in KEPT}
    outside = {name: request.headers[name] for name in KEPT if name in request.headers}
    headers = {**inside, **outside, "content-length": str(len(asked.content))}
    headers.pop("accept-encoding", None)
    scope = {
        **{name: request.scope[name] for name in ("type", "asgi", "http_version", "scheme")},
        "client": request.scope.get("client"),
        "server": request.scope.get("server"),
        "root_path": "",
        "method": asked.method,
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items()],
    }
    return await _answered(request, scope, asked.content)


async def _answered(request: Request, scope: dict[str, Any], content: bytes) -> Told:
    sent = False
    found = Told(500, {}, b"")
    pieces: list[bytes] = []

    async def receive() -> Message:
        nonlocal sent
        if sent:
            return {"type": "http.disconnect"}
        sent = True
        return {"type": "http.request", "body": content, "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            found.status = message["status"]
            told_headers = {name.decode(): value.decode() for name, value in message["headers"]}
            found.headers = {
                name: told_headers[name]
                for name in ("content-type", "location")
                if name in told_headers
            }
        else:
            pieces.append(message.get("body", b""))

    await request.app(scope, receive, send)
    found.content = b"".join(pieces)
    return found


def _target(request: Request, given: str) -> tuple[str, str] | None:
    """Path and query of an address inside, which may be relative to the root of the service."""
    parts = urlsplit(given)
    if parts.scheme or parts.netloc:
        path = parts.path
    elif given.startswith("/"):
        path = parts.path if parts.path.startswith(ROOT) else f"{ROOT}{parts.path}"
    else:
        path = f"{ROOT}/{parts.path}"
    if not (path == ROOT or path.startswith(f"{ROOT}/")):
        return None
    return path, parts.query


async def _together(
    request: Request, asked: list[Asked], names: list[str], room: _Room
) -> list[Told]:
    """The answers to changes that are one transaction, or the one error that undid it."""
    platform, subject = platform_of(request), subject_of(request)
    root = root_of(platform)
    try:
        room.check()
        entities.check_writer(subject)
        operations = [
            _operation(request, each, name) for each, name in zip(asked, names, strict=True)
        ]
        done = await entities.perform_all(platform, subject, operations)
    except AllmendeError as error:
        return [_error(error, request)]
    answers = []
    for each, name in zip(done, names, strict=True):
        status, headers, body = told(root, each)
        content = b"" if body is None else msgspec.json.encode(body)
        if content:
            headers["content-type"] = JSON
        answers.append(Told(status, headers, content, name))
    return answers


def _operation(request: Request, asked: Asked, name: str) -> Operation:
    method = METHODS.get(asked.method)
    path = _change_path(request, asked.target)
    if method is None or path is None or path in ("$batch", "CreateObservations"):
        raise InvalidInput(
            f"A change set holds changes of entities only, not {asked.method} {asked.target[:80]}.",
            "Ein Änderungssatz enthält nur Änderungen von Einträgen, nicht "
            f"{asked.method} {asked.target[:80]}.",
        )
    kind = asked.headers.get("content-type", "").partition(";")[0].strip().lower()
    if method == "merge" and kind == PATCH:
        method = "patch"
    if path.endswith("/$ref"):
        method = "unlink" if method == "delete" else "link"
    body: Any = None
    if asked.content:
        body = decode_json(asked.content, platform_of(request).settings)
    return Operation(method=method, path=path, body=body, name=name)


def _change_path(request: Request, given: str) -> str | None:
    """The path below the root; `$name/…` stays as it is."""
    bare = given.lstrip("/")
    if bare.startswith("$"):
        return unquote(urlsplit(bare).path)
    target = _target(request, given)
    if target is None or target[1]:
        return None
    path = unquote(target[0].removeprefix(ROOT)).strip("/")
    return path or None


def _error(error: AllmendeError, request: Request) -> Told:
    """An error in the shape the service has for errors."""
    german = request.headers.get("accept-language", "").lower().startswith("de")
    body = error_body(error.status, error.code, error.text["de" if german else "en"])
    return Told(error.status, {"content-type": JSON}, msgspec.json.encode(body))
