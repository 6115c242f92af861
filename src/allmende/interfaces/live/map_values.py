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
from allmende.model.sensing.levels import Level, levels
from allmende.model.sensing.moments import written
from allmende.model.sensing.observation import Flag
from allmende.policy import ANONYMOUS, Subject

MEDIA_TYPE = "application/geo+json"
FRESH = 15
"""Seconds for which the answer may be used without asking again."""
NO_VALUE = {"de": "kein Wert", "en": "no value"}
_encode = msgspec.json.encode


@operation(
    "Latest values of an observed property as GeoJSON",
    about="One point for each datastream with a number as its latest result and a place. "
    "`shown` is missing where the value is out of date or unusable. Of a datastream with levels "
    "the place itself, and the middle of an area as a point (`spot`); `shown` is the colour.",
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
    features = [feature for each in found for feature in _features(each, at)]
    body = _encode({"type": "FeatureCollection", "features": features})
    tag = etag(body)
    kept = "public" if subject is ANONYMOUS else "private"
    headers = {**validators(tag), "cache-control": f"{kept}, max-age={FRESH}"}
    if is_fresh(request.headers, tag):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=MEDIA_TYPE, headers=headers)


def _features(each: Valued, at: int) -> list[dict[str, Any]]:
    place, known = each.place, levels(each.stream.properties)
    if place is None:
        return []
    lon, lat = listing.middle(place)
    point = {"type": "Point", "coordinates": [round(lon, 7), round(lat, 7)]}
    if not known:
        number = _number(each, at)
        return [_feature(each, point, number)] if number else []
    properties = _level(each, known, at)
    area = listing.area_of(place)
    if area is None:
        return [_feature(each, point, properties)]
    spot = {name: value for name, value in properties.items() if not name.startswith("label_")}
    return [_feature(each, area, properties), _feature(each, point, spot | {"spot": True})]


def _feature(each: Valued, geometry: dict[str, Any], properties: dict[str, Any]) -> dict[str, Any]:
    stream = each.stream
    said = {
        "_id": str(stream.id),
        "datastream": stream.id,
        "name": stream.name,
        "thing": each.thing.id,
        "thingName": each.thing.name,
        "origin": each.thing.origin,
    }
    ident = {} if properties.get("spot") else {"id": stream.id}
    return {"type": "Feature", **ident, "geometry": geometry, "properties": said | properties}


def _number(each: Valued, at: int) -> dict[str, Any] | None:
    """The value of a datastream of numbers; None where it has none."""
    state = each.state
    if state is None or state.value is None or state.last_time is None:
        return None
    stale = is_stale(each.stream.interval, state.last_time, at)
    properties: dict[str, Any] = {
        "value": state.value,
        "unit": listing.unit_of(each.stream).symbol,
        "time": written(state.last_time),
        "stale": stale,
    }
    if not stale and state.flag != Flag.BAD:
        properties["shown"] = state.value
    return properties


def _level(each: Valued, known: dict[str, Level], at: int) -> dict[str, Any]:
    """The level of a datastream, with its words; without a current one there is no colour."""
    state = each.state
    properties: dict[str, Any] = {}
    level = None
    if state is not None and state.last_time is not None and state.observation is not None:
        stale = is_stale(each.stream.interval, state.last_time, at)
        value = state.observation.result
        properties = {"value": value, "time": written(state.last_time), "stale": stale}
        if isinstance(value, str) and not stale and state.flag != Flag.BAD:
            level = known.get(value)
    if level is not None and level.colour:
        properties["shown"] = level.colour
    for language, missing in NO_VALUE.items():
        word = (level.label.get(language) or level.code) if level else missing
        properties[f"label_{language}"] = f"{each.thing.name}: {word}"
    return properties
