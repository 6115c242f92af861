# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""/ingest/citizen: where sensors of citizens send their results, with their own key."""

from __future__ import annotations

import base64
import binascii

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from allmende.core.operations import operation
from allmende.core.payload import decode_json
from allmende.core.platform import Platform
from allmende.core.rates import rates
from allmende.core.sensing import citizens
from allmende.core.sensing.citizens_taking import take
from allmende.errors import LimitExceeded, NotAuthenticated
from allmende.policy import Subject
from allmende.sources.citizen.reading import read

ADDRESS = "/ingest/citizen"
LARGEST = 65_536  # bytes of a message


@operation(
    "A message of a citizen's sensor",
    about="The key of the sensor stands in `Authorization: Bearer …`, or is the password of Basic "
    'authentication. JSON of values by quantity: `{"temperature": 21.5, "humidity": 60}`, with '
    "`time` (ISO 8601 or seconds since 1970) if it is not now; or the form that the firmware of "
    "sensor.community sends (`sensordatavalues`). 201: taken; 422: nothing of it; 429: too often.",
    tag="Sensors",
    consumes=("application/json",),
    reads=True,  # it has its own rate, by sensor
)
async def ingest(request: Request) -> Response:
    """The address /ingest/citizen."""
    platform: Platform = request.app.state.platform
    subject = await _sensor(request, platform)
    rates(platform).write(subject, "")
    body = await request.body()
    if len(body) > LARGEST:
        raise LimitExceeded(
            f"A message has at most {LARGEST} bytes.",
            f"Eine Nachricht hat höchstens {LARGEST} Bytes.",
        )
    message = read(decode_json(body, platform.settings))
    taken = await take(platform, subject, message.time, message.values, message.unknown)
    answer = {
        "status": "taken",
        "taken": taken.taken,
        "refused": taken.refused,
        "unknown": taken.unknown,
    }
    headers = {"cache-control": "no-store"}
    return Response(msgspec.json.encode(answer), 201, headers, media_type="application/json")


async def _sensor(request: Request, platform: Platform) -> Subject:
    """The sensor of the key; who guesses is slowed down."""
    subject: Subject = request.state.subject
    if subject.own is not None:
        return subject
    address = request.client.host if request.client else ""
    try:
        return await citizens.authenticate(platform, _basic(request))
    except NotAuthenticated:
        rates(platform).sign_in(address)
        raise


def _basic(request: Request) -> str:
    """The password of Basic authentication (RFC 7617), "" without one."""
    scheme, _, rest = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic" or len(rest) > 1_000:
        return ""
    try:
        said = base64.b64decode(rest.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        return ""
    return said.partition(":")[2]


def routes() -> list[Route]:
    """The address of citizens' sensors."""
    return [Route(ADDRESS, ingest, methods=["POST"])]
