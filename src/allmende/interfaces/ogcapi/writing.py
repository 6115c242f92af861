# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Making, replacing, changing and removing features (OGC 20-002r1).

Every write may say which state it starts from: If-Match with the entity tag of the feature,
or If-Unmodified-Since. It does not have to; what was there before is kept in the history.
The answer carries the tag of the new state, so that the next change needs no reading before it.
"""

from __future__ import annotations

import re
from contextlib import suppress
from email.utils import parsedate_to_datetime
from typing import Any, Literal

from msgspec import json, to_builtins
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from allmende.core import collections
from allmende.core.collections import Change, Collection, Row
from allmende.core.conditional import tags, validators
from allmende.core.crs import Crs, crs, move_geometries
from allmende.core.formats import GEOJSON
from allmende.core.negotiation import error_language
from allmende.core.operations import Parameter, operation
from allmende.core.payload import decode_json
from allmende.core.problems import MEDIA_TYPE, problem
from allmende.errors import (
    InvalidInput,
    InvalidRecord,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    PreconditionFailed,
)
from allmende.interfaces.ogcapi import asking
from allmende.interfaces.ogcapi.asking import offered
from allmende.interfaces.ogcapi.common import Asked, asked, check_names
from allmende.interfaces.ogcapi.describing import ID
from allmende.interfaces.ogcapi.single import ROW, parts_of_tag, row_tag
from allmende.model.document import CRS84

MERGE = "application/merge-patch+json"
JSON = "application/json"
SOURCE = "ogc-api"

_REVISION = re.compile(r'"r(\d{1,18})-')
_CRS = Parameter("Content-Crs", "header", "URI of the CRS of the geometry sent; CRS84 if not given")
_MATCH = Parameter("If-Match", "header", "Entity tag of the state the change starts from")


@operation(
    "Make a feature",
    tag="OGC API",
    parameters=(ID, _CRS),
    consumes=(GEOJSON.media_type,),
    secured=True,
)
async def create(request: Request) -> Response:
    """POST to /items (§8): 201 with the address of the new feature."""
    ask, collection = await _writable(request)
    change = await _change(ask, collection, "create", "")
    return await _written(ask, collection, change, 201)


@operation(
    "Replace a feature, or make it under this id",
    tag="OGC API",
    parameters=(ID, ROW, _CRS, _MATCH),
    consumes=(GEOJSON.media_type,),
    secured=True,
)
async def replace(request: Request) -> Response:
    """PUT to /items/{row} (§8): 204, or 201 when there was none."""
    ask, collection = await _writable(request)
    row_id = request.path_params["row"]
    row = await _row(ask, collection, row_id)
    if row is None:
        _check_missing(request)
        change = await _change(ask, collection, "create", row_id)
        return await _written(ask, collection, change, 201)
    expected = _expected(request, row)
    change = await _change(ask, collection, "replace", row_id)
    change.expected_revision = expected
    return await _written(ask, collection, change, 204)


@operation(
    "Change parts of a feature",
    about="JSON merge patch (RFC 7396) of the GeoJSON feature: null removes a value.",
    tag="OGC API",
    parameters=(ID, ROW, _CRS, _MATCH),
    consumes=(MERGE, GEOJSON.media_type),
    secured=True,
)
async def patch(request: Request) -> Response:
    """PATCH to /items/{row} (§9): 204."""
    ask, collection = await _writable(request)
    row = await _existing(ask, collection, request.path_params["row"])
    change = await _change(ask, collection, "patch", row.id)
    change.expected_revision = _expected(request, row)
    return await _written(ask, collection, change, 204)


@operation("Remove a feature", tag="OGC API", parameters=(ID, ROW, _MATCH), secured=True)
async def delete(request: Request) -> Response:
    """DELETE to /items/{row} (§8): 204; the history keeps what it was."""
    ask, collection = await _writable(request)
    row = await _existing(ask, collection, request.path_params["row"])
    change = Change("delete", row.id, expected_revision=_expected(request, row))
    return await _written(ask, collection, change, 204)


async def options(request: Request) -> Response:
    """OPTIONS: the methods the client may use here."""
    ask = asked(request)
    collection = await collections.get(ask.platform, ask.subject, request.path_params["id"])
    methods = ["GET", "HEAD", "OPTIONS"]
    with suppress(NotAuthenticated, NotAllowed):
        await collections.writable(ask.platform, ask.subject, collection.id)
        methods += ["PUT", "PATCH", "DELETE"] if "row" in request.path_params else ["POST"]
    return Response(status_code=204, headers={"allow": ", ".join(methods)})


async def _writable(request: Request) -> tuple[Asked, Collection]:
    """The collection, for whoever may write rows. Raises before the body is read."""
    ask = asked(request)
    check_names(request, ())
    ident = request.path_params["id"]
    await collections.writable(ask.platform, ask.subject, ident)
    return ask, await collections.get(ask.platform, ask.subject, ident)


async def _row(ask: Asked, collection: Collection, row_id: str) -> Row | None:
    try:
        return await collections.row(ask.platform, ask.subject, collection.id, row_id)
    except NotFound:
        return None


async def _existing(ask: Asked, collection: Collection, row_id: str) -> Row:
    return await collections.row(ask.platform, ask.subject, collection.id, row_id)


def _check_missing(request: Request) -> None:
    """A feature that is not there has no tag that If-Match could name."""
    if "if-match" in request.headers:
        raise PreconditionFailed(
            "The feature is not there any more; it cannot be replaced.",
            "Das Objekt gibt es nicht mehr; es kann nicht ersetzt werden.",
        )


def _expected(request: Request, row: Row) -> int | None:
    """The revision a write has to meet. Raises PreconditionFailed when it is another already."""
    headers = request.headers
    if "*" in tags(headers.get("if-none-match", "")):
        raise _changed()
    wanted = headers.get("if-match")
    if wanted is not None:
        named = tags(wanted)
        if "*" not in named and str(row.revision) not in _REVISION.findall(" ".join(named)):
            raise _changed()
        return row.revision
    since = headers.get("if-unmodified-since")
    if since is None:
        return None
    try:
        moment = parsedate_to_datetime(since).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None  # RFC 9110 §13.1.4: one that cannot be read is passed over
    if row.since // 1_000_000 > moment:
        raise _changed()
    return row.revision


def _changed() -> PreconditionFailed:
    return PreconditionFailed(
        "The feature has changed since you read it. Read it again and repeat your change.",
        "Das Objekt wurde inzwischen geändert. Bitte neu laden und die Änderung wiederholen.",
    )


# --- bodies ----------------------------------------------------------------------------------

_Action = Literal["create", "replace", "patch"]
MEMBERS = frozenset({"type", "id", "geometry", "properties", "bbox", "links"})
"""Members of a feature that are no fields (RFC 7946 §3.2)."""


async def _change(ask: Asked, collection: Collection, action: _Action, row_id: str) -> Change:
    """The body, a GeoJSON feature or a part of one, as a change of the row."""
    request = ask.request
    allowed = (GEOJSON.media_type, JSON, MERGE) if action == "patch" else (GEOJSON.media_type, JSON)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind and kind not in allowed:  # some clients name none
        raise HTTPException(415, headers={"accept-patch": MERGE} if action == "patch" else None)
    body: dict[str, Any] = decode_json(await request.body(), ask.platform.settings, dict[str, Any])
    if body.get("type", "Feature") != "Feature" or (action != "patch" and "type" not in body):
        raise InvalidInput(
            "The body has to be one GeoJSON Feature.", "Der Rumpf muss ein GeoJSON-Feature sein."
        )
    _nothing_beside(body, collection, action)
    values = body.get("properties")
    if values is not None and not isinstance(values, dict):
        raise InvalidInput("properties has to be an object.", "properties muss ein Objekt sein.")
    values = dict(values or {})
    placed = collection.entity.geometry
    if "geometry" in body and placed is not None:
        values[placed.name] = _geometry(body["geometry"], _system(ask))
    elif body.get("geometry") is not None:
        raise InvalidInput(
            "The features of this collection have no geometry.",
            "Die Objekte dieser Sammlung haben keine Geometrie.",
        )
    return Change(action, row_id or _id(body, collection), values)


def _nothing_beside(body: dict[str, Any], collection: Collection, action: _Action) -> None:
    """Raises InvalidInput for fields outside of `properties`, which would be lost in silence."""
    stray = [name for name in body if name not in MEMBERS and collection.entity.find(name)]
    empty = action == "patch" and not {"properties", "geometry"} & body.keys()
    if stray or empty:
        named = f" ({', '.join(stray)})" if stray else ""
        raise InvalidInput(
            f"Fields stand in “properties”, the place in “geometry”{named}.",
            f"Felder stehen in „properties“, die Lage in „geometry“{named}.",
        )


def _id(body: dict[str, Any], collection: Collection) -> str:
    """The id of a new feature: that of the body, unless key fields make one."""
    given = body.get("id")
    if given is None or collection.entity.key:
        return ""
    if not isinstance(given, str | int) or isinstance(given, bool):
        raise InvalidInput("id has to be a text or a number.", "id muss Text oder Zahl sein.")
    return str(given)


def _system(ask: Asked) -> Crs:
    """The CRS that Content-Crs names (OGC 20-002r1 §11)."""
    given = ask.request.headers.get("content-crs")
    if given is None:
        return crs(CRS84)
    found = crs(given.strip().strip("<>"))
    if found.uri not in offered(ask.platform.settings):
        raise InvalidInput(
            f"Content-Crs {found.short} is not offered here.",
            f"Content-Crs {found.short} wird hier nicht angeboten.",
            code="unknown-crs",
        )
    return found


def _geometry(given: Any, system: Crs) -> Any:
    """A GeoJSON geometry in CRS84; from another CRS as WKB."""
    if given is None or system.uri == CRS84:
        return given
    import numpy as np
    import shapely

    try:
        found = np.array([shapely.from_geojson(json.encode(given))], dtype=object)
        if system.swapped:
            found = shapely.transform(found, lambda positions: positions[:, ::-1])
        moved = move_geometries(found, system.uri, CRS84)[0]
    except (shapely.errors.GEOSException, ValueError) as error:
        raise InvalidInput(
            f"The geometry cannot be read: {error}.", f"Die Geometrie ist nicht lesbar: {error}."
        ) from error
    return bytes(shapely.to_wkb(moved, flavor="iso"))


# --- answers ---------------------------------------------------------------------------------


async def _written(ask: Asked, collection: Collection, change: Change, status: int) -> Response:
    try:
        done = await collections.write(
            ask.platform, ask.subject, collection.id, [change], source=SOURCE
        )
    except InvalidRecord as error:
        return _refused(ask, error)
    row_id, revision = done.rows[0] if done.rows else (change.id, 0)
    headers = {} if change.action == "delete" else await _tag(ask, collection, row_id, revision)
    if status == 201:
        headers["location"] = ask.at("collections", collection.id, "items", row_id)
    return Response(status_code=status, headers=headers)


async def _tag(ask: Asked, collection: Collection, row_id: str, revision: int) -> dict[str, str]:
    """ETag and Last-Modified as the next GET gives them; none when another write came between."""
    row = await _row(ask, collection, row_id)
    if row is None or row.revision != revision:
        return {}
    given = asking.one(ask.request, collection, ask.platform.settings)
    tag = row_tag(row, parts_of_tag(GEOJSON, given, collection.levels))
    return validators(tag, row.since)


def _refused(ask: Asked, error: InvalidRecord) -> Response:
    """Problem details with every finding, by field."""
    request = ask.request
    spoken = error_language(request.url.path, request.headers)
    ident = getattr(request.state, "request_id", "")
    found = problem(error, spoken, request.url.path, request_id=ident)
    errors = [
        {
            "field": each.field,
            "code": each.code,
            "severity": each.severity,
            "value": each.value,
            "detail": each.text.get(spoken) or each.text.get("en", each.code),
        }
        for each in getattr(error, "findings", ())
    ]
    body = json.encode(to_builtins(found) | {"errors": errors})
    headers = {"content-language": spoken, "cache-control": "no-store"}
    return Response(body, found.status, headers, media_type=MEDIA_TYPE)
