# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Styles and legends of collections (draft OGC API Styles, 20-009)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from allmende.core import collections
from allmende.core.collections import Collection
from allmende.core.negotiation import Format
from allmende.core.operations import Parameter, operation
from allmende.core.tiles import GRIDS, WEB_MERCATOR, Grid, no_grid
from allmende.errors import NotFound
from allmende.interfaces.ogcapi.common import JSON, Asked, answer, asked, link, plain, to_people
from allmende.interfaces.ogcapi.describing import ID
from allmende.interfaces.ogcapi.maplibre import DEFAULT, document, styles
from allmende.interfaces.ogcapi.maplibre import legend as legend_of
from allmende.model.style import Style

MAPBOX = Format("application/vnd.mapbox.style+json", ("mapbox", "json"))
_FORMATS = (MAPBOX, Format("application/json"))
STYLE = Parameter("style", "path", "Id of the style; the first is default", {}, True)
GRID = Parameter("grid", "query", f"Tiles of this grid; {WEB_MERCATOR.id} if not given")


@operation("Styles of a collection", tag="OGC API Styles", parameters=(ID,))
async def listing(request: Request) -> Response:
    """The address /ogc/collections/{id}/styles."""
    ask = asked(request)
    plain(ask)
    collection = await _drawn(ask)
    here = ask.at("collections", collection.id, "styles")
    found = [
        {
            "id": name,
            "title": _title(ask, collection, name, style),
            "links": [
                link(f"{here}/{name}", "stylesheet", MAPBOX.media_type, name),
                link(f"{here}/{name}/legend", "describedby", JSON.media_type, "Legend"),
            ],
        }
        for name, style in styles(collection).items()
    ]
    links = [link(here, "self", JSON.media_type)]
    return answer(ask, {"styles": found, "default": DEFAULT, "links": links})


@operation(
    "One style for MapLibre and others",
    tag="OGC API Styles",
    parameters=(ID, STYLE, GRID),
    produces=(MAPBOX.media_type,),
)
async def one(request: Request) -> Response:
    """The address /ogc/collections/{id}/styles/{style}."""
    ask, ident = asked(request), request.path_params["id"]
    found = to_people(ask, f"/collections/{ident}")
    if found is not None:
        return found
    wanted = plain(ask, _FORMATS, ("f", "grid"))
    grid = grid_of(request.query_params.get("grid", WEB_MERCATOR.id))
    collection = await _drawn(ask)
    style = _style(collection, request.path_params["style"])
    return answer(ask, document(ask, collection, style, grid), wanted.media_type)


@operation("What the colours of a style mean", tag="OGC API Styles", parameters=(ID, STYLE))
async def legend(request: Request) -> Response:
    """The address /ogc/collections/{id}/styles/{style}/legend."""
    ask = asked(request)
    plain(ask)
    collection = await _drawn(ask)
    style = _style(collection, request.path_params["style"])
    return answer(ask, legend_of(ask, collection, style))


def grid_of(name: str) -> Grid:
    """The tile matrix set with this id. NotFound."""
    if name not in GRIDS:
        raise no_grid(name)
    return GRIDS[name]


async def _drawn(ask: Asked) -> Collection:
    """The collection, if it can be drawn. NotFound."""
    ident = ask.request.path_params["id"]
    collection = await collections.get(ask.platform, ask.subject, ident)
    if collection.entity.geometry is None:
        raise NotFound(
            f"“{ident}” has no geometry, so there are no styles of it.",
            f"„{ident}“ hat keine Geometrie, also gibt es keine Stile dafür.",
        )
    return collection


def _style(collection: Collection, name: str) -> Style:
    found = styles(collection).get(name)
    if found is None:
        names = ", ".join(styles(collection))
        raise NotFound(
            f"There is no style “{name[:60]}”; there are: {names}.",
            f"Den Stil „{name[:60]}“ gibt es nicht; es gibt: {names}.",
        )
    return found


def _title(ask: Asked, collection: Collection, name: str, style: Style) -> str:
    title = ask.said(collection.title) or collection.id
    field = collection.entity.find(name) if name != DEFAULT else None
    return f"{title}: {ask.said(field.title) or name}" if field is not None else title
