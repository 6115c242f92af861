# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The answers of /data: rows as plain JSON, CSV, XLSX or GeoJSON."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from msgspec import Raw, json
from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from allmende.core import collections, formats
from allmende.core.collections import Collection, Row
from allmende.core.conditional import etag, is_fresh, validators
from allmende.core.formats import CSV, GEOJSON, XLSX, Shape, shape_of
from allmende.core.negotiation import Format, by_ending, language, negotiate, not_acceptable
from allmende.core.operations import Parameter, operation
from allmende.errors import NotFound
from allmende.interfaces.query.conditions import Asked, read
from allmende.model.document import GeometryType

JSON = Format("application/json", ("json",))
OFFERS = (JSON, CSV, XLSX, Format(GEOJSON.media_type, ("geojson",)))
VARY = {"vary": "Accept, Accept-Language, Authorization, Cookie"}


@operation("Collections that can be asked", tag="Query")
async def listing(request: Request) -> Response:
    """The address /data: ids, titles, sizes and fields."""
    platform, subject = request.app.state.platform, request.state.subject
    wanted = _language(request)
    found = await collections.listing(platform, subject)
    base = platform.settings.base_url
    items = [
        {
            "id": each.id,
            "title": _said(each.title, wanted),
            "count": each.count,
            "fields": [field.name for field in each.entity.fields],
            "address": f"{base}/data/{each.id}",
        }
        for each in found
    ]
    return Response(json.encode({"items": items}), headers=VARY, media_type=JSON.media_type)


@operation(
    "Rows of a collection by plain conditions",
    about="Conditions are written as they are said: species=Linde&height>=10&name~park. "
    "See docs/reference/query.md.",
    tag="Query",
    parameters=(
        Parameter("collection", "path", "Id, with an ending: .json, .csv, .xlsx or .geojson"),
        Parameter("fields", "query", "Fields to give, separated by commas"),
        Parameter("sort", "query", "Fields to sort by, with a minus descending"),
        Parameter("limit", "query", "Rows of a page, 1 to 10000; 100 if not given"),
        Parameter("page", "query", "Number of the page, from 1"),
        Parameter("after", "query", "Where the page before ended, from the link next"),
        Parameter("q", "query", "Words that all stand in the text fields"),
        Parameter("bbox", "query", "West, south, east, north in degrees"),
        Parameter("geometry", "query", "false: without places"),
    ),
    produces=tuple(offer.media_type for offer in OFFERS),
    seconds="upload_seconds",
)
async def rows(request: Request) -> Response:
    """The address /data/{collection}."""
    platform, subject = request.app.state.platform, request.state.subject
    ident, wanted = by_ending(request.path_params["collection"], OFFERS)
    wanted = wanted or negotiate(_accept(request), OFFERS)
    if wanted is None:
        raise not_acceptable(OFFERS)
    if "." in ident:
        raise NotFound(
            "There is no such form; take .json, .csv, .xlsx or .geojson.",
            "Diese Form gibt es nicht; möglich sind .json, .csv, .xlsx und .geojson.",
        )
    collection = await collections.get(platform, subject, ident)
    asked = read(ident, collection.entity, request.url.query)
    tag = "W/" + _tag(request, collection, wanted)
    headers = VARY | validators(tag, collection.changed)
    if is_fresh(request.headers, tag):
        return Response(status_code=304, headers=headers)
    if wanted is JSON:
        body = await _page(request, collection, asked)
        return Response(body, headers=headers, media_type=JSON.media_type)
    return await _file(request, collection, asked, wanted, headers)


def _accept(request: Request) -> str | None:
    """Browsers that ask for a page get JSON: it is what the address is for."""
    accept = request.headers.get("accept")
    return None if accept and "text/html" in accept else accept


async def _page(request: Request, collection: Collection, asked: Asked) -> bytes:
    platform, subject = request.app.state.platform, request.state.subject
    found = await collections.page(platform, subject, asked.query)
    total = await collections.count(platform, subject, asked.query)
    shape = shape_of(
        collection.id,
        collection.entity,
        fields=asked.query.fields,
        geometry=asked.query.geometry,
    )
    return json.encode(
        {
            "collection": collection.id,
            "total": total,
            "count": len(found.rows),
            "next": _next(request, found.next),
            "items": items(found.rows, shape),
        }
    )


def items(found: Sequence[Row], shape: Shape) -> list[dict[str, Any]]:
    """Rows as plain objects: id, fields, and lon and lat or a GeoJSON geometry."""
    taken = {each.name for each in shape.entity.fields}
    key = "_id" if "id" in taken else "id"
    places = _places(found, shape, taken)
    return [
        {key: row.id, **{name: row.values.get(name) for name in shape.names}, **place}
        for row, place in zip(found, places, strict=True)
    ]


def _places(found: Sequence[Row], shape: Shape, taken: set[str]) -> list[Mapping[str, Any]]:
    if shape.geometry is None:
        return [{}] * len(found)
    name = shape.geometry.name
    points = shape.geometry.geometry is GeometryType.POINT and not {"lon", "lat"} & taken
    texts = formats.geometry_texts([row.geometry for row in found], shape)
    if not points:
        return [{name: Raw(text.encode())} for text in texts]
    read_points = [json.decode(text) for text in texts]
    return [
        {
            "lon": each["coordinates"][0] if each else None,
            "lat": each["coordinates"][1] if each else None,
        }
        for each in read_points
    ]


def _next(request: Request, after: str) -> str | None:
    if not after:
        return None
    kept = [
        part
        for part in request.url.query.split("&")
        if part and part.partition("=")[0] not in ("after", "page")
    ]
    base = request.app.state.platform.settings.base_url
    return f"{base}{request.url.path}?{'&'.join([*kept, urlencode({'after': after})])}"


async def _file(
    request: Request,
    collection: Collection,
    asked: Asked,
    wanted: Format,
    headers: dict[str, str],
) -> Response:
    """Everything the query finds, or as many rows as were asked for."""
    platform, subject = request.app.state.platform, request.state.subject
    form = next(each for each in (CSV, XLSX, GEOJSON) if each.media_type == wanted.media_type)
    query = asked.query if asked.limited else replace(asked.query, limit=0)
    name = f"{collection.id}.{wanted.endings[0]}"
    headers |= {"content-disposition": f'attachment; filename="{name}"'}
    if request.method == "HEAD":
        return Response(headers=headers, media_type=wanted.content_type)
    shape = _shape(request, collection, asked)
    pieces = formats.document(form, shape, collections.each(platform, subject, query))
    first = await anext(pieces, b"")  # raises while there can still be a proper answer
    return StreamingResponse(_after(first, pieces), headers=headers, media_type=form.content_type)


def _shape(request: Request, collection: Collection, asked: Asked) -> Shape:
    return shape_of(
        collection.id,
        collection.entity,
        fields=asked.query.fields,
        geometry=asked.query.geometry,
        language=_language(request),
        title=collection.title,
    )


async def _after(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece


def _tag(request: Request, collection: Collection, wanted: Format) -> str:
    return etag(
        collection.id,
        collection.batch,
        collection.changed,
        collection.model_version,
        sorted(collection.levels),
        wanted.media_type,
        _language(request),
        request.url.query,
    )


def _language(request: Request) -> str:
    return language(request.headers.get("accept-language"), ("de", "en"))


def _said(text: Mapping[str, str], wanted: str) -> str:
    return text.get(wanted) or next(iter(text.values()), "")
