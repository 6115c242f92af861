# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The landing page, the conformance declaration and the description of the API."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from allmende.core import collections
from allmende.core.negotiation import Format
from allmende.core.operations import operation
from allmende.interfaces.ogcapi.common import (
    HTML,
    JSON,
    Asked,
    Link,
    answer,
    asked,
    link,
    people,
    plain,
    to_people,
)
from allmende.interfaces.ogcapi.conformance import classes
from allmende.interfaces.ogcapi.openapi import OPENAPI_30, OPENAPI_31, document

_PAGE = "/collections"
_DESCRIPTIONS = (
    Format(OPENAPI_30, ("json",)),
    Format(OPENAPI_31, ("json31",)),
    Format(JSON.media_type),
)


@operation("Where the OGC API begins", tag="OGC API", produces=(JSON.media_type,))
async def landing(request: Request) -> Response:
    """The address /ogc (OGC 17-069r4 §7.2)."""
    ask = asked(request)
    found = to_people(ask, _PAGE)
    if found is not None:
        return found
    plain(ask)
    links = _links(ask)
    body = {
        "title": ask.platform.settings.site_name,
        "description": ask.said(
            {
                "en": "Features, tiles, styles and the catalogue by the standards of OGC API.",
                "de": "Objekte, Kacheln, Stile und der Katalog nach den Standards der OGC API.",
            }
        ),
        "links": links,
    }
    return answer(ask, body, links=links)


def _links(ask: Asked) -> list[Link]:
    return [
        link(ask.root, "self", JSON.media_type, "This document"),
        *people(ask, _PAGE, "Pages for people"),
        link(ask.at("api"), "service-desc", OPENAPI_30, "OpenAPI 3.0"),
        link(ask.at("api") + "?f=json31", "service-desc", OPENAPI_31, "OpenAPI 3.1"),
        link(ask.page("/developers"), "service-doc", HTML, "Help for developers"),
        link(ask.at("conformance"), "conformance", JSON.media_type, "Conformance classes"),
        link(ask.at("collections"), "data", JSON.media_type, "Collections"),
        link(
            ask.at("tileMatrixSets"),
            "http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes",
            JSON.media_type,
            "Tile matrix sets",
        ),
        link(
            ask.at("tiles"),
            "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector",
            JSON.media_type,
            "Vector tiles of all collections",
        ),
    ]


@operation("Conformance classes of the OGC API", tag="OGC API", produces=(JSON.media_type,))
async def conformance(request: Request) -> Response:
    """The address /ogc/conformance (OGC 17-069r4 §7.4)."""
    ask = asked(request)
    found = to_people(ask, "/developers")
    if found is not None:
        return found
    plain(ask)
    return answer(ask, {"conformsTo": classes()})


@operation("Description of the OGC API", tag="OGC API", produces=(OPENAPI_30, OPENAPI_31))
async def api(request: Request) -> Response:
    """The address /ogc/api: OpenAPI with the collections the client sees."""
    ask = asked(request)
    found = to_people(ask, "/developers")
    if found is not None:
        return found
    wanted = plain(ask, _DESCRIPTIONS)
    known = await collections.listing(ask.platform, ask.subject)
    newer = wanted.media_type == OPENAPI_31
    body = document(ask, known, "3.1.0" if newer else "3.0.3")
    return answer(ask, body, OPENAPI_31 if newer else OPENAPI_30)
