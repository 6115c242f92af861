# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Answers as SensorThings gives them: collections, single entities, properties, errors."""

from __future__ import annotations

from json.encoder import encode_basestring as quoted
from typing import Any

from msgspec import json
from starlette.requests import Request
from starlette.responses import Response

from allmende.core.problems import Problem
from allmende.core.sensing.querying import Answer
from allmende.interfaces.sensorthings.tokens import next_link

JSON = "application/json"
VARY = {"vary": "Accept"}


def collection(
    body: bytes | memoryview, answer: Answer, address: str, given: tuple[tuple[str, str], ...]
) -> Response:
    """Many entities, with commas between them: count, link to the next page, value."""
    head = "{"
    if answer.count is not None:
        head += f'"@iot.count":{answer.count},'
    if answer.after is not None:
        head += f'"@iot.nextLink":{quoted(next_link(address, given, answer.after))},'
    whole = b"".join((head.encode(), b'"value":[', body, b"]}"))
    return Response(whole, headers=VARY, media_type=JSON)


def as_json(text: str) -> Response:
    """A JSON document."""
    return Response(text.encode(), headers=VARY, media_type=JSON)


def value(text: str) -> Response:
    """`…/property` as an object with this one member (9.2.5)."""
    return as_json(text)


def raw(found: Any) -> Response:
    """`…/property/$value`: the bare value, 204 when there is none (9.2.6)."""
    if found is None:
        return Response(status_code=204)
    if isinstance(found, dict | list):
        return Response(json.encode(found), media_type=JSON)
    text = found if isinstance(found, str) else json.encode(found).decode()
    return Response(text, media_type="text/plain; charset=utf-8")


def error(_request: Request, problem: Problem) -> Response:
    """An error as clients of SensorThings know it, with a stable `reason` for programs."""
    body = error_body(problem.status, problem.code, problem.detail)
    return Response(json.encode(body), problem.status, media_type=JSON)


def error_body(status: int, reason: str, message: str) -> dict[str, str | int]:
    """The members of an error."""
    return {"code": status, "type": "error", "reason": reason, "message": message}
