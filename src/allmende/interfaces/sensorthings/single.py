# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The most frequent request of all: a device sends one observation.

A small body that names a datastream and has a plain result is stored together with those of
other devices; everything else takes the way of all entities, with the same meaning.
"""

from __future__ import annotations

import re

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from allmende.core.sensing.gathering import observe_one
from allmende.interfaces.sensorthings.writing import JSON, platform_of, root_of, subject_of
from allmende.model.sensing import moments
from allmende.model.sensing.observation import MOST_STREAM, Observation

MOST_BYTES = 2_000

_PATH = re.compile(r"(?:Datastreams\(([0-9]{1,7})\)/)?Observations")


class Link(msgspec.Struct, forbid_unknown_fields=True):
    """A link to an entity by its id."""

    ident: int = msgspec.field(name="@iot.id")


class Body(msgspec.Struct, forbid_unknown_fields=True):
    """An observation as devices send it."""

    result: float | int | bool | str
    time: str | None = msgspec.field(name="phenomenonTime", default=None)
    result_time: str | None = msgspec.field(name="resultTime", default=None)
    stream: Link | None = msgspec.field(name="Datastream", default=None)


_decode = msgspec.json.Decoder(Body).decode


async def post(request: Request, path: str) -> Response | None:
    """201 for a plain observation; None for one that takes the usual way."""
    found = _PATH.fullmatch(path)
    data = await request.body()
    if found is None or len(data) > MOST_BYTES:
        return None
    try:
        body = _decode(data)
    except msgspec.MsgspecError:
        return None
    stream = _stream(body, found.group(1))
    if stream is None:
        return None
    platform = platform_of(request)
    observation = _observation(body, stream)
    ident = await observe_one(
        platform, subject_of(request), observation, timed=body.time is not None
    )
    if not ident:
        return None
    address = f"{root_of(platform)}/Observations({ident})"
    text = f'{{"@iot.id":{ident},"@iot.selfLink":"{address}"}}'
    return Response(text, 201, {"location": address}, media_type=JSON)


def _stream(body: Body, named: str | None) -> int | None:
    """The datastream that the address or the body names; None when both or neither does."""
    if (named is None) == (body.stream is None):
        return None
    ident = int(named) if named is not None else body.stream.ident if body.stream else 0
    return ident if 0 < ident <= MOST_STREAM else None


def _observation(body: Body, stream: int) -> Observation:
    time, end = moments.span(body.time) if body.time is not None else (0, None)
    told = moments.moment(body.result_time) if body.result_time is not None else None
    return Observation(datastream=stream, time=time, end=end, result=body.result, result_time=told)
