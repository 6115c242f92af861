# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The latest values of one observed property as GeoJSON (RFC 7946), for maps."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from allmende.core.conditional import etag, is_fresh, validators
from allmende.core.operations import Parameter, operation
from allmende.core.platform import Platform
from allmende.core.sensing import listing
from allmende.core.sensing.listing import Valued
from allmende.core.sensing.staleness import is_stale, now
from allmende.model.sensing.moments import written
from allmende.model.sensing.observation import Flag
from allmende.policy import ANONYMOUS, Subject

MEDIA_TYPE = "application/geo+json"
FRESH = 15
"""Seconds for which the answer may be used without asking again."""
_encode = msgspec.json.encode


@operation(
    "Latest values of an observed property as GeoJSON",
    about="One point for each datastream with a number as its latest result and a place. "
    "`shown` is missing where the value is out of date or unusable.",
    tag="Measurements",
    parameters=(Parameter("property", "path", "Id of an observed property", {"type": "integer"}),),
    produces=(MEDIA_TYPE,),
)
async def latest(request: Request) -> Response:
    """The points; an empty collection when there are none that may be seen."""
    platform: Platform = request.app.state.platform
    subject: Subject = request.state.subject
    ident = request.path_params["property"]
    found = await listing.valued(platform, subject, ident)
    at = now()
    features = [feature for each in found if (feature := _feature(each, at))]
    body = _encode({"type": "FeatureCollection", "features": features})
    tag = etag(body)
    kept = "public" if subject is ANONYMOUS else "private"
    headers = {**validators(tag), "cache-control": f"{kept}, max-age={FRESH}"}
    if is_fresh(request.headers, tag):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=MEDIA_TYPE, headers=headers)


def _feature(each: Valued, at: int) -> dict[str, Any] | None:
    state, place = each.state, each.place
    if state is None or state.value is None or state.last_time is None or place is None:
        return None
    lon, lat = listing.middle(place)
    stream, stale = each.stream, is_stale(each.stream.interval, state.last_time, at)
    properties: dict[str, Any] = {
        "_id": str(stream.id),
        "datastream": stream.id,
        "name": stream.name,
        "thing": each.thing.id,
        "thingName": each.thing.name,
        "origin": each.thing.origin,
        "value": state.value,
        "unit": listing.unit_of(stream).symbol,
        "time": written(state.last_time),
        "stale": stale,
    }
    if not stale and state.flag != Flag.BAD:
        properties["shown"] = state.value
    return {
        "type": "Feature",
        "id": stream.id,
        "geometry": {"type": "Point", "coordinates": [round(lon, 7), round(lat, 7)]},
        "properties": properties,
    }
