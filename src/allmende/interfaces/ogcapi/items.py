# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Features: a page of many, and whole collections as files."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from typing import Any

from anyio import to_thread
from msgspec import Struct, json
from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from allmende.core import collections, formats
from allmende.core.collections import Collection, Parts
from allmende.core.conditional import etag, is_fresh, validators
from allmende.core.formats import FILES, FORMATS, GEOJSON, JSON_FG, Shape, shape_of
from allmende.core.negotiation import Format
from allmende.core.operations import Parameter, operation
from allmende.errors import NotFound
from allmende.interfaces.ogcapi import asking, moments
from allmende.interfaces.ogcapi.asking import Items
from allmende.interfaces.ogcapi.common import (
    VARY,
    Asked,
    Link,
    asked,
    check_names,
    chosen,
    header,
    link,
    people,
    to_people,
    with_query,
)
from allmende.interfaces.ogcapi.describing import ID

PART = 2_000  # features of a file that are read at a time
COUNTED = 50_000  # rows of a collection in which the matches of a filter are still counted
INLINE = 1_000  # features that are encoded without a thread of their own
JSON = Format("application/json")
OFFERS = (*FORMATS, JSON)
"""The formats of many features; plain JSON for clients that know no better name."""

PARAMETERS = (
    ID,
    Parameter("f", "query", "geojson, jsonfg, csv, xlsx, gpkg, fgb or parquet"),
    Parameter("limit", "query", "Features of a page: 1 to 10000; files have no limit of their own"),
    Parameter("bbox", "query", "Four numbers, or six with heights, in the CRS of bbox-crs"),
    Parameter("bbox-crs", "query", "URI of the CRS of bbox; CRS84 if not given"),
    Parameter("datetime", "query", "Instant or interval that the valid time meets"),
    Parameter("crs", "query", "URI of the CRS of the answer; CRS84 if not given"),
    Parameter("filter", "query", "CQL2"),
    Parameter("filter-lang", "query", "cql2-text or cql2-json"),
    Parameter("filter-crs", "query", "URI of the CRS of geometries in the filter"),
    Parameter("properties", "query", "Fields to give, separated by commas"),
    Parameter("exclude-properties", "query", "Fields to leave out"),
    Parameter("skipGeometry", "query", "true: without geometries"),
    Parameter("sortby", "query", "Fields; with a minus descending"),
    Parameter("q", "query", "Words that all stand in the text fields"),
    Parameter("ids", "query", "Ids of features"),
    Parameter("as-of", "query", "The state at this moment instead of today's"),
    Parameter("after", "query", "Where the page before ended; only from the link next"),
)


@operation(
    "Features of a collection",
    about="The fields of the collection are parameters too: species=Tilia cordata.",
    tag="OGC API",
    parameters=PARAMETERS,
    produces=tuple(offer.media_type for offer in FORMATS),
    seconds="upload_seconds",
)
async def many(request: Request) -> Response:
    """The address /ogc/collections/{id}/items (OGC 17-069r4 §7.15)."""
    ask, ident = asked(request), request.path_params["id"]
    found = to_people(ask, f"/collections/{ident}")
    if found is not None:
        return found
    collection = await collections.get(ask.platform, ask.subject, ident)
    wanted = chosen(ask, OFFERS)
    if wanted in FILES:
        return await _download(ask, collection, wanted)
    return await _page(ask, collection, _read(ask, collection, asking.MAX_LIMIT), wanted)


@operation(
    "All features of a collection as a file",
    about="With the parameters of the features; without a limit all of them.",
    tag="OGC API",
    parameters=PARAMETERS,
    produces=tuple(offer.media_type for offer in FORMATS),
    seconds="upload_seconds",
)
async def file(request: Request) -> Response:
    """The address /ogc/collections/{id}/items.{ending}."""
    ask, ending = asked(request), request.path_params["ending"]
    collection = await collections.get(ask.platform, ask.subject, request.path_params["id"])
    for each in FORMATS:
        if ending in each.endings:
            return await _download(ask, collection, each)
    names = ", ".join(each.endings[0] for each in FORMATS)
    raise NotFound(
        f"There is no file with this ending; there are: {names}.",
        f"Eine Datei mit dieser Endung gibt es nicht; es gibt: {names}.",
    )


def _read(ask: Asked, collection: Collection, most: int) -> Items:
    own = [each.name for each in asking.by_parameter(collection.entity)]
    check_names(ask.request, asking.MANY, own)
    return asking.items(ask.request, collection, ask.platform.settings, most)


# --- pages ---------------------------------------------------------------------------------


async def _page(ask: Asked, collection: Collection, given: Items, wanted: Format) -> Response:
    tag = "W/" + _tag(ask, collection, wanted)
    headers = crs_headers(given, wanted) | validators(tag, collection.changed)
    if is_fresh(ask.request.headers, tag):
        return Response(status_code=304, headers=headers)
    texts = await _texts(ask, collection, given, wanted)
    matched = await _matched(ask, collection, given, texts)
    links = _links(ask, collection, wanted, texts.next)
    members: dict[str, Any] = {"type": "FeatureCollection"}
    if wanted == JSON_FG:
        members |= formats.fg_head(shape_for(ask, collection, given))
    members |= {
        "timeStamp": moments.said(time.time_ns() // 1_000),
        "links": links,
        "numberReturned": texts.count,
    }
    headers |= {"ogc-numberreturned": str(texts.count), "link": header(links)}
    if matched is not None:
        members["numberMatched"] = matched
        headers["ogc-numbermatched"] = str(matched)
    head = json.encode(members)[:-1] + b',"features":['
    return Response(texts.between(head, b"]}"), headers=headers, media_type=wanted.media_type)


class Texts(Struct, frozen=True):
    """Features of a page as texts, and where the next page begins."""

    texts: list[bytes]
    next: str

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.texts)

    def between(self, head: bytes, tail: bytes) -> bytes:
        """Head, the texts with commas, tail: in one go, a large page is copied once."""
        if not self.texts:
            return head + tail
        if len(self.texts) == 1:
            return head + self.texts[0] + tail
        return b",".join([head + self.texts[0], *self.texts[1:-1], self.texts[-1] + tail])


async def _texts(ask: Asked, collection: Collection, given: Items, wanted: Format) -> Texts:
    """The features of a page in the format and the CRS that were asked for."""
    platform, subject, query = ask.platform, ask.subject, given.query
    shape = shape_for(ask, collection, given)
    if wanted == JSON_FG:
        page = await collections.page(platform, subject, query, collection)
        texts = await _aside(formats.fg_features, page.rows, shape)
        return Texts([each.encode() for each in texts], page.next)
    if query.geometry and not formats.is_plain(shape) and collection.entity.geometry:
        found = await collections.parts(platform, subject, query, collection)
        texts = await _aside(spliced, found.parts, shape)
        return Texts([each.encode() for each in texts], found.next)
    ready = await collections.features(platform, subject, query, collection)
    return Texts(ready.features, ready.next)


async def _aside(encode: Any, rows: Sequence[Any], shape: Shape) -> list[str]:
    """The texts of rows; of many in another thread."""
    if len(rows) <= INLINE:
        return list(encode(rows, shape))
    return list(await to_thread.run_sync(encode, rows, shape))


def spliced(parts: Sequence[Parts], shape: Shape) -> list[str]:
    """Stored properties with geometries in another CRS as the texts of features."""
    places = formats.geometry_texts([each.geometry for each in parts], shape)
    return [
        f'{{"type":"Feature","id":{formats.text(each.id)},"geometry":{place},'
        f'"properties":{each.properties}}}'
        for each, place in zip(parts, places, strict=True)
    ]


async def _matched(ask: Asked, collection: Collection, given: Items, texts: Texts) -> int | None:
    """How many features fit; on later pages it is left out, having been said on the first."""
    query = given.query
    if query.after:
        return None
    if not texts.next:
        return texts.count
    if collection.count > COUNTED and asking.is_searched(query):
        return None  # it would cost many times the page itself
    return await collections.count(ask.platform, ask.subject, query)


def _links(ask: Asked, collection: Collection, wanted: Format, following: str) -> list[Link]:
    here = ask.at("collections", collection.id, "items")
    pairs = ask.request.query_params.multi_items()
    bare = [pair for pair in pairs if pair[0] != "f"]
    kind = wanted.media_type
    links = [link(with_query(here, pairs), "self", kind)]
    other = with_query(here, [*bare, ("f", "")])
    links += [
        link(other + each.endings[0], "alternate", each.media_type)
        for each in FORMATS
        if each != wanted
    ]
    links += people(ask, f"/collections/{collection.id}", collection.id)
    links.append(link(ask.at("collections", collection.id), "collection", "application/json"))
    if following:
        rest = [pair for pair in pairs if pair[0] != "after"]
        links.append(link(with_query(here, [*rest, ("after", following)]), "next", kind))
    return links


def shape_for(ask: Asked, collection: Collection, given: Items) -> Shape:
    """How features are written: fields, CRS, language, address of the schema."""
    return shape_of(
        collection.id,
        collection.entity,
        fields=given.query.fields,
        geometry=given.query.geometry,
        crs=given.crs.uri,
        language=ask.language,
        title=collection.title,
        schema=ask.at("collections", collection.id, "schema"),
    )


def _tag(ask: Asked, collection: Collection, wanted: Format) -> str:
    """Changes with the rows, the description, what the subject sees and what was asked."""
    return etag(
        collection.id,
        collection.batch,
        collection.changed,
        collection.model_version,
        sorted(collection.levels),
        wanted.media_type,
        ask.language,
        ask.request.url.path,
        ask.request.url.query,
    )


def crs_headers(given: Items, wanted: Format) -> dict[str, str]:
    """What an answer depends on and the CRS of its geometries."""
    headers = dict(VARY)
    if wanted in (GEOJSON, JSON_FG, JSON):
        headers["content-crs"] = f"<{given.crs.uri}>"  # OGC 18-058r1 §6.5
    return headers


# --- files ---------------------------------------------------------------------------------


async def _download(ask: Asked, collection: Collection, wanted: Format) -> Response:
    """Everything the query finds as a file; a limit is respected when one was named."""
    given = _read(ask, collection, asking.MAX_FILE)
    tag = _tag(ask, collection, wanted)
    name = f"{collection.id}.{wanted.endings[0]}"
    headers = crs_headers(given, wanted) | validators("W/" + tag, collection.changed)
    headers["content-disposition"] = f'attachment; filename="{name}"'
    if is_fresh(ask.request.headers, "W/" + tag):
        return Response(status_code=304, headers=headers)
    if ask.request.method == "HEAD":
        return Response(headers=headers, media_type=wanted.content_type)
    shape = shape_for(ask, collection, given)
    if wanted == GEOJSON:
        pieces = formats.ready_document(shape, _all_texts(ask, collection, given))
    else:
        query = given.query if given.limited else replace(given.query, limit=0)
        rows = collections.each(ask.platform, ask.subject, query)
        pieces = formats.document(wanted, shape, rows)
    first = await anext(pieces, b"")  # raises while there can still be a proper answer
    return StreamingResponse(_after(first, pieces), headers=headers, media_type=wanted.content_type)


async def _all_texts(ask: Asked, collection: Collection, given: Items) -> AsyncIterator[bytes]:
    """The texts of all features, page by page, from the stored ones."""
    left = given.query.limit if given.limited else asking.MAX_FILE
    query = given.query
    while left > 0:
        query = replace(query, limit=min(left, PART))
        texts = await _texts(ask, collection, Items(query, given.crs, True), GEOJSON)
        yield b",".join(texts.texts)
        left -= texts.count
        if not texts.next:
            return
        query = replace(query, after=texts.next)


async def _after(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece
