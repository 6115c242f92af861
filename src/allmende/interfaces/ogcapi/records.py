# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The catalogue as a collection of records (OGC 20-004r1)."""

from __future__ import annotations

import time
from typing import Any

from msgspec import json
from starlette.requests import Request
from starlette.responses import Response

from allmende.core import catalogue, pages
from allmende.core import search as searching
from allmende.core.catalogue import Record
from allmende.core.conditional import etag, is_fresh, validators
from allmende.core.formats import GEOJSON
from allmende.core.negotiation import Format
from allmende.core.operations import Parameter, operation
from allmende.core.search import SearchQuery, Sort
from allmende.errors import InvalidInput, NotFound
from allmende.interfaces.ogcapi import moments
from allmende.interfaces.ogcapi.common import (
    JSON,
    SCHEMA,
    VARY,
    Asked,
    Link,
    answer,
    asked,
    check_names,
    chosen,
    header,
    link,
    people,
    plain,
    to_people,
    with_query,
)
from allmende.interfaces.ogcapi.record import (
    CATALOGUE,
    KINDS,
    encoded,
    external,
    feature,
    kind_and_id,
)
from allmende.interfaces.ogcapi.record_filter import RECORD, condition, filtered
from allmende.model.catalogue import ResourceKind
from allmende.model.document import CRS84
from allmende.model.emit.feature_schema import feature_schema
from allmende.model.filter import Compare

LIMIT = 10
MAX_LIMIT = 1_000
MAX_IDS = 100
MAX_OFFSET = 100_000

NAMES = (
    "f", "limit", "offset", "bbox", "datetime", "q", "ids", "type", "externalIds", "sortby",
    "filter", "filter-lang", "filter-crs",
)  # fmt: skip
_FORMATS = (GEOJSON, Format("application/json"))
_ALONE = {"bbox", "datetime", "q", "sortby", "offset", "filter"}  # what ids cannot be combined with
SORTS: dict[str, Sort] = {"title": "title", "-updated": "modified", "-created": "issued"}
PARAMETERS = (
    Parameter("limit", "query", f"1 to {MAX_LIMIT}; {LIMIT} if not given"),
    Parameter("bbox", "query", "west,south,east,north in degrees"),
    Parameter("datetime", "query", "Time the data speak about"),
    Parameter("q", "query", "Words"),
    Parameter("ids", "query", "Ids of records, separated by commas"),
    Parameter("type", "query", "dataset, series or service"),
    Parameter("externalIds", "query", "Ids at the source"),
    Parameter("sortby", "query", ", ".join(SORTS)),
    Parameter("filter", "query", "CQL2 over the queryables"),
    Parameter("filter-lang", "query", "cql2-text or cql2-json"),
    Parameter("filter-crs", "query", "URI of the CRS of geometries in the filter"),
    Parameter("offset", "query", "Records passed over; from the link next"),
)


def collection(ask: Asked) -> dict[str, Any]:
    """The description of the record collection (§8)."""
    here = ask.at("collections", CATALOGUE)
    title = ask.said({"en": "Catalogue", "de": "Katalog"})
    return {
        "id": CATALOGUE,
        "type": "Collection",
        "title": title,
        "description": ask.said(
            {
                "en": "Datasets, series and services of the catalogue as records.",
                "de": "Datensätze, Reihen und Dienste des Katalogs als Einträge.",
            }
        ),
        "itemType": "record",
        "conformsTo": [
            f"http://www.opengis.net/spec/ogcapi-records-1/1.0/conf/{name}"
            for name in ("record-collection", "record-core-query-parameters", "records-api")
        ],
        "crs": [CRS84],
        "links": [
            link(here, "self", JSON.media_type, title),
            *people(ask, "/datasets", title),
            link(f"{here}/items", "items", GEOJSON.media_type, title),
            link(f"{here}/schema", "http://www.opengis.net/def/rel/ogc/1.0/schema", SCHEMA),
            link(f"{here}/queryables", "http://www.opengis.net/def/rel/ogc/1.0/queryables", SCHEMA),
            link(f"{ask.platform.settings.base_url}/catalog.ttl", "alternate", "text/turtle"),
        ],
    }


@operation("The catalogue as a collection", tag="OGC API Records", produces=(JSON.media_type,))
async def about(request: Request) -> Response:
    """The address /ogc/collections/catalogue."""
    ask = asked(request)
    found = to_people(ask, "/datasets")
    if found is not None:
        return found
    plain(ask)
    return answer(ask, collection(ask))


@operation("JSON Schema of the records", tag="OGC API Records", produces=(SCHEMA,))
async def schema(request: Request) -> Response:
    """The addresses /ogc/collections/catalogue/schema and /queryables."""
    ask = asked(request)
    wanted = plain(ask, (Format(SCHEMA, ("json",)), Format("application/json")))
    name = request.url.path.rpartition("/")[2]
    body = feature_schema(RECORD, ask.at("collections", CATALOGUE, name), language=ask.language)
    body["title"] = collection(ask)["title"]
    return answer(ask, body, wanted.media_type)


@operation(
    "Records of the catalogue",
    tag="OGC API Records",
    parameters=PARAMETERS,
    produces=(GEOJSON.media_type,),
)
async def many(request: Request) -> Response:
    """The address /ogc/collections/catalogue/items (§9, §10)."""
    ask = asked(request)
    found = to_people(ask, "/datasets")
    if found is not None:
        return found
    check_names(request, NAMES)
    wanted = chosen(ask, _FORMATS)
    limit = _number(request, "limit", LIMIT, MAX_LIMIT)
    offset = _number(request, "offset", 0, MAX_OFFSET)
    state = await pages.state_of(ask.platform)
    key = (state.sequence, wanted.media_type, request.url.query, pages.policy_key(ask.subject))
    tag = "W/" + etag(*key, ask.language)
    headers = VARY | validators(tag, state.at)
    if is_fresh(request.headers, tag):
        return Response(status_code=304, headers=headers)
    records, total = await _found(ask, limit, offset)
    more = offset + len(records) < total
    links = _links(ask, offset + limit if more else None)
    members = {
        "type": "FeatureCollection",
        "timeStamp": moments.said(time.time_ns() // 1_000),
        "numberMatched": total,
        "numberReturned": len(records),
        "links": links,
    }
    headers["link"] = header(links)
    texts = ",".join(encoded(ask, each) for each in records).encode()
    body = json.encode(members)[:-1] + b',"features":[' + texts + b"]}"
    return Response(body, headers=headers, media_type=wanted.media_type)


async def _found(ask: Asked, limit: int, offset: int) -> tuple[list[Record], int]:
    """The records of the page and how many there are in all."""
    named = await _named(ask)
    if named is not None:
        return named, len(named)
    query = _query(ask, limit, offset)
    tree = condition(ask)
    if tree is not None:
        found = await filtered(ask, tree, query)
        return found[offset : offset + limit], len(found)
    result = await searching.search(ask.platform, ask.subject, query)
    return result.records, result.total


def _links(ask: Asked, following: int | None) -> list[Link]:
    here = ask.at("collections", CATALOGUE, "items")
    pairs = ask.request.query_params.multi_items()
    links = [
        link(with_query(here, pairs), "self", GEOJSON.media_type),
        *people(ask, "/datasets", "Catalogue"),
        link(ask.at("collections", CATALOGUE), "collection", JSON.media_type),
    ]
    if following is not None:
        rest = [pair for pair in pairs if pair[0] != "offset"]
        address = with_query(here, [*rest, ("offset", following)])
        links.append(link(address, "next", GEOJSON.media_type))
    return links


def _query(ask: Asked, limit: int, offset: int) -> SearchQuery:
    given = ask.request.query_params
    period = moments.interval(given["datetime"]) if "datetime" in given else None
    box = _box(given["bbox"]) if "bbox" in given else None
    sort = given.get("sortby")
    if sort is not None and sort.lstrip("+") not in SORTS:
        raise InvalidInput(
            f"sortby is one of: {', '.join(SORTS)}.", f"sortby ist eines von: {', '.join(SORTS)}."
        )
    default: Sort = "relevance" if given.get("q") else "modified"
    return SearchQuery(
        text=_words(given.get("q", "")),
        kinds=tuple(_kinds(given.get("type"))),
        bbox=box,
        start=_second(period.start) if period else None,
        end=_second(period.end) if period else None,
        sort=SORTS[sort.lstrip("+")] if sort else default,
        limit=limit,
        offset=offset,
        language=ask.language,
        counted=(),
    )


def _words(text: str) -> str:
    """Terms with a comma between are alternatives, words with a blank follow each other (§9.5)."""
    terms = [part.strip() for part in text.split(",") if part.strip()]
    return " OR ".join(f'"{each}"' if " " in each and '"' not in each else each for each in terms)


def _second(text: str) -> str | None:
    """A moment as far as the search compares it."""
    return text.partition(".")[0] or None


def _box(text: str) -> tuple[float, float, float, float]:
    from allmende.core.crs import crs
    from allmende.interfaces.ogcapi.asking import box

    return box(text, crs(CRS84))


def _kinds(text: str | None) -> list[ResourceKind]:
    if text is None:
        return list(KINDS.values())
    return [KINDS[name] for name in text.split(",") if name in KINDS] or [ResourceKind.CATALOG]


async def _named(ask: Asked) -> list[Record] | None:
    """The records that `ids` or `externalIds` name; None when neither is given."""
    given = ask.request.query_params
    if "ids" not in given and "externalIds" not in given:
        return None
    others = _ALONE & set(given)
    if others:
        raise InvalidInput(
            f"ids and externalIds cannot be combined with {', '.join(sorted(others))}.",
            f"ids und externalIds gehen nicht zusammen mit {', '.join(sorted(others))}.",
        )
    kinds = _kinds(given.get("type"))
    if "ids" in given:
        found = await _by_ids(ask, _parts(given["ids"]))
    else:
        found = await _by_external(ask, _parts(given["externalIds"]))
    if "ids" in given and "externalIds" in given:
        wanted = set(_parts(given["externalIds"]))
        found = [each for each in found if wanted & set(external(each))]
    return [each for each in found if each.kind in kinds]


def _parts(text: str) -> list[str]:
    found = list(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if len(found) > MAX_IDS:
        raise InvalidInput(
            f"At most {MAX_IDS} ids can be asked for at once.",
            f"Es können höchstens {MAX_IDS} Kennungen auf einmal abgefragt werden.",
        )
    return found


async def _by_ids(ask: Asked, idents: list[str]) -> list[Record]:
    found = []
    for ident in idents:
        kind, name = kind_and_id(ident)
        try:
            found.append(await catalogue.get(ask.platform, ask.subject, kind, name))
        except NotFound:
            continue
    return found


async def _by_external(ask: Asked, values: list[str]) -> list[Record]:
    found: dict[int, Record] = {}
    for value in values:
        where = Compare("original_id", "=", value)
        async for record in catalogue.each(ask.platform, ask.subject, where=where):
            found[record.key] = record
    return list(found.values())


def _number(request: Request, name: str, default: int, most: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    least = 0 if name == "offset" else 1
    if not text.isascii() or not text.isdecimal() or len(text) > 18 or int(text) < least:
        raise InvalidInput(
            f"{name} has to be a number from {least}.", f"{name} muss eine Zahl ab {least} sein."
        )
    return min(int(text), most)


@operation("One record of the catalogue", tag="OGC API Records", produces=(GEOJSON.media_type,))
async def one(request: Request) -> Response:
    """The address /ogc/collections/catalogue/items/{row}."""
    ask, ident = asked(request), request.path_params["row"]
    kind, name = kind_and_id(ident)
    part = {ResourceKind.SERIES: "series", ResourceKind.SERVICE: "dataservices"}.get(
        kind, "datasets"
    )
    found = to_people(ask, f"/{part}/{name}")
    if found is not None:
        return found
    wanted = plain(ask, _FORMATS)
    record = await catalogue.get(ask.platform, ask.subject, kind, name)
    return answer(ask, feature(ask, record), wanted.media_type, changed=record.updated)
