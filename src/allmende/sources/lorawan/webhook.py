# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Messages of networks: /ingest/{source} for their webhooks, and `handle` for MQTT.

A network gives up soon and seldom tries again. So a message is only read and put away durably;
what it measured is worked out behind the answer.
"""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from allmende.core.operations import Parameter, operation
from allmende.core.platform import Platform
from allmende.core.rates import rates
from allmende.core.sensing import devices, devices_intake
from allmende.core.sensing.devices import Source
from allmende.errors import Conflict, InvalidInput, NotFound
from allmende.model.sensing.uplink import Uplink
from allmende.policy import ANONYMOUS, Subject
from allmende.sources.lorawan.reading import of_topic, read

SECRET = "x-allmende-secret"  # noqa: S105 - the name of a header
RATE = "sensor_writes_per_minute"
STATUS = {"accepted": 202, "repeated": 200, "noted": 200}


@operation(
    "A message of a network of sensors",
    about="The webhook of The Things Stack v3 (JSON) or the HTTP integration of ChirpStack v4 "
    "(JSON, `?event=…`). The source's secret stands in the header X-Allmende-Secret, or a token "
    "with the scope sensors:write in Authorization. 202: taken in, 200: known already.",
    tag="Sensors",
    parameters=(
        Parameter("source", "path", "Id of the source"),
        Parameter("event", "query", "ChirpStack: up, join, status …"),
    ),
    consumes=("application/json",),
    reads=True,  # it has its own rate, by source
)
async def ingest(request: Request) -> Response:
    """The address /ingest/{source}."""
    platform: Platform = request.app.state.platform
    source = await _source(request, platform)
    who = Subject(kind="token", id=f"source {source.id}")
    rates(platform).write(who, _address(request), RATE)
    body = await request.body()
    try:
        uplink = read(source.kind, body, request.query_params.get("event", ""))
        status = await devices_intake.receive(platform, source, uplink)
    except (Conflict, InvalidInput) as error:
        await devices_intake.refuse(platform, source, body, error)
        raise
    answer = msgspec.json.encode({"status": status, "device": uplink.eui})
    headers = {"cache-control": "no-store"}
    return Response(answer, STATUS[status], headers, media_type="application/json")


async def handle(platform: Platform, source: Source, topic: str, payload: bytes) -> Uplink | None:
    """Takes in a message that came by MQTT; None when it could not be read and is set aside.

    Raises Busy when too much waits; the client should then not acknowledge it.
    """
    try:
        uplink = of_topic(topic, payload)
        await devices_intake.receive(platform, source, uplink)
    except (Conflict, InvalidInput) as error:
        await devices_intake.refuse(platform, source, payload, error)
        return None
    return uplink


async def _source(request: Request, platform: Platform) -> Source:
    """The source, for its own secret or a token; who guesses is slowed down."""
    subject: Subject = request.state.subject
    if subject.kind != "token":  # no browser's session: a foreign page could use it
        subject = ANONYMOUS
    secret = request.headers.get(SECRET, "")
    try:
        return await devices.open_source(platform, subject, request.path_params["source"], secret)
    except NotFound:
        rates(platform).sign_in(_address(request))
        raise


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def routes() -> list[Route]:
    """The address of webhooks."""
    return [Route("/ingest/{source}", ingest, methods=["POST"])]
