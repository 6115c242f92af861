# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The list of collections and the description of one."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from allmende.core import collections
from allmende.core.collections import Collection
from allmende.core.formats import FILES, GEOJSON, JSON_FG
from allmende.core.operations import Parameter, operation
from allmende.interfaces.ogcapi import records
from allmende.interfaces.ogcapi.asking import offered
from allmende.interfaces.ogcapi.common import (
    HTML,
    JSON,
    SCHEMA,
    Asked,
    Link,
    answer,
    asked,
    link,
    people,
    plain,
    to_people,
)
from allmende.model.document import CRS84
from allmende.model.query import Interval

ID = Parameter("id", "path", "Id of the collection", {}, True)
GREGORIAN = "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"
REL = "http://www.opengis.net/def/rel/ogc/1.0/"


@operation("Collections the client may read", tag="OGC API", produces=(JSON.media_type,))
async def listing(request: Request) -> Response:
    """The address /ogc/collections (OGC 17-069r4 §7.13)."""
    ask = asked(request)
    found = to_people(ask, "/collections")
    if found is not None:
        return found
    plain(ask)
    known = await collections.listing(ask.platform, ask.subject)
    links = [
        link(ask.at("collections"), "self", JSON.media_type),
        *people(ask, "/collections", "Collections"),
    ]
    described = [describe(ask, each) for each in known]
    body = {
        "links": links,
        "crs": list(offered(ask.platform.settings)),
        "collections": [*described, records.collection(ask)],
    }
    return answer(ask, body, links=links)


@operation("One collection", tag="OGC API", parameters=(ID,), produces=(JSON.media_type,))
async def one(request: Request) -> Response:
    """The address /ogc/collections/{id} (OGC 17-069r4 §7.14)."""
    ask, ident = asked(request), request.path_params["id"]
    found = to_people(ask, f"/collections/{ident}")
    if found is not None:
        return found
    plain(ask)
    collection = await collections.get(ask.platform, ask.subject, ident)
    body = describe(ask, collection)
    return answer(ask, body, links=body["links"][:4])


def describe(ask: Asked, collection: Collection) -> dict[str, Any]:
    """The description of a collection (OGC 17-069r4 §7.14, OGC 18-058r1 §6.2)."""
    body: dict[str, Any] = {
        "id": collection.id,
        "title": ask.said(collection.title) or collection.id,
        "description": ask.said(collection.description),
        "links": links(ask, collection),
        "itemType": "feature",
    }
    if collection.licence:
        body["license"] = collection.licence
    if collection.attribution:
        body["attribution"] = ask.said(collection.attribution)
    extent = _extent(collection)
    if extent:
        body["extent"] = extent
    if collection.entity.geometry is not None:
        body["crs"] = list(offered(ask.platform.settings))
        body["storageCrs"] = CRS84
    return body


def _extent(collection: Collection) -> dict[str, Any]:
    extent: dict[str, Any] = {}
    if collection.extent is not None:
        extent["spatial"] = {"bbox": [list(collection.extent)], "crs": CRS84}
    if collection.period is not None:
        extent["temporal"] = {"interval": [span(collection.period)], "trs": GREGORIAN}
    return extent


def span(period: Interval) -> list[str | None]:
    """An interval as two moments; None for an open end."""
    return [
        _moment(period.start, "01-01", "T00:00:00Z"),
        _moment(period.end, "12-31", "T23:59:59Z"),
    ]


def _moment(text: str, day: str, clock: str) -> str | None:
    if not text:
        return None
    if len(text) <= len("YYYY"):
        text = f"{text:0>4}-{day}"
    return text if "T" in text else text + clock


def links(ask: Asked, collection: Collection) -> list[Link]:
    """Everything there is of a collection."""
    ident = collection.id
    here = ask.at("collections", ident)
    title = ask.said(collection.title) or ident
    found = [
        link(here, "self", JSON.media_type, title),
        *people(ask, f"/collections/{ident}", title),
        link(f"{here}/items", "items", GEOJSON.media_type, f"{title} (GeoJSON)"),
        link(f"{here}/items?f=jsonfg", "items", JSON_FG.media_type, f"{title} (JSON-FG)"),
        *(each | {"rel": "items"} for each in people(ask, f"/collections/{ident}", title)),
        link(f"{here}/schema", REL + "schema", SCHEMA),
        link(f"{here}/queryables", REL + "queryables", SCHEMA),
        link(f"{here}/sortables", REL + "sortables", SCHEMA),
        link(f"{here}/changes", "related", JSON.media_type, "Changes of the rows"),
    ]
    for each in (GEOJSON, JSON_FG, *FILES):
        ending = each.endings[0]
        found.append(
            link(f"{here}/items.{ending}", "enclosure", each.media_type, f"{title} (.{ending})")
        )
    if collection.entity.geometry is not None:
        found += [
            link(f"{here}/styles", REL + "styles", JSON.media_type, "Styles"),
            link(f"{here}/tiles", REL + "tilesets-vector", JSON.media_type, "Vector tiles"),
        ]
    found += _about(ask, collection)
    return found


def _about(ask: Asked, collection: Collection) -> list[Link]:
    base = ask.platform.settings.base_url
    found = [
        link(f"{base}/datasets/{collection.dataset}", "describedby", HTML, "Dataset"),
        link(f"{base}/datasets/{collection.dataset}.ttl", "describedby", "text/turtle"),
        link(
            f"{base}/models/{collection.model}/{collection.model_version}",
            "describedby",
            SCHEMA,
            "Model",
        ),
    ]
    if collection.licence:
        found.append(link(collection.licence, "license"))
    return found
