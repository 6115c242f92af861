# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""One tile over HTTP (OGC 20-057 §7)."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from allmende.core import tiles
from allmende.core.collections import Collection
from allmende.core.conditional import ENCODED, etag, is_fresh
from allmende.core.negotiation import Format, accepts_gzip
from allmende.core.operations import Parameter, operation
from allmende.core.tiles import MAX_ZOOM
from allmende.errors import InvalidInput, NotFound
from allmende.interfaces.ogcapi.common import Asked, asked, check_names, chosen
from allmende.interfaces.ogcapi.tiles.grids import GRID
from allmende.interfaces.ogcapi.tiles.links import MVT, grid_of
from allmende.interfaces.ogcapi.tiles.sets import COLLECTION, COLLECTIONS, drawn, selected
from allmende.model.filter import Everything, Filter

FORMATS = (
    Format(MVT, ("mvt", "pbf")),
    Format("application/x-protobuf"),
    Format("application/octet-stream"),
)
_NUMBER = {"type": "integer", "minimum": 0}
_PLACE = (
    GRID,
    Parameter("zoom", "path", f"Tile matrix, 0 to {MAX_ZOOM}", _NUMBER, True),
    Parameter("row", "path", "Row, from the north", _NUMBER, True),
    Parameter("column", "path", "Column, from the west", _NUMBER, True),
)
_QUERY = (
    Parameter("f", "query", "Format: mvt", {"type": "string", "enum": ["mvt"]}),
    Parameter("properties", "query", "Fields to carry, comma between; empty for _id alone"),
    Parameter("filter", "query", "CQL2: only rows for which it is true"),
    Parameter("filter-lang", "query", "cql2-text or cql2-json"),
    Parameter("batch", "query", "The collection's batch number: the tile may be kept meanwhile"),
)
NAMES = tuple(each.name for each in _QUERY)
KEEP = 3_600  # seconds a tile is good for when the address names the state it shows
SHARED = 60  # … in caches that serve others: a collection may be closed to them meanwhile


@operation(
    "A vector tile of one collection",
    about="Mapbox Vector Tile 2.1 with one layer named like the collection; 204 when empty.",
    tag="Tiles",
    parameters=(COLLECTION, *_PLACE, *_QUERY),
    produces=(MVT,),
)
async def of_one(request: Request) -> Response:
    """A tile with one layer."""
    ask = asked(request)
    check_names(request, NAMES)
    return await _respond(ask, [await drawn(ask, request.path_params["id"])])


@operation(
    "A vector tile of several collections",
    about="Mapbox Vector Tile 2.1 with a layer for each collection; 204 when empty.",
    tag="Tiles",
    parameters=(*_PLACE, COLLECTIONS, *_QUERY[:2]),
    produces=(MVT,),
)
async def of_all(request: Request) -> Response:
    """A tile with a layer per collection."""
    ask = asked(request)
    check_names(request, ("f", "properties", "collections"))
    return await _respond(ask, await selected(ask, request.query_params.get("collections")))


async def _respond(ask: Asked, found: Sequence[Collection]) -> Response:
    request = ask.request
    chosen(ask, FORMATS)
    wanted = tiles.Asked(
        grid=grid_of(request.path_params["grid"]).id,
        **_place(request),
        properties=_properties(request.query_params.get("properties"), found),
        where=_filter(request, found[0]) if found else Everything(),
        gzip=accepts_gzip(request.headers.get("accept-encoding", "")),
    )
    tag = etag(
        *(
            (each.number, each.changed, each.batch, *sorted(each.levels), each.model_version)
            for each in found
        ),
        wanted.grid,
        request.scope["path"],
        request.scope["query_string"],
    )
    headers = {"etag": tag, "vary": "Accept, Accept-Encoding"} | _kept(ask, found)
    if is_fresh(request.headers, tag):
        return Response(status_code=304, headers=headers)
    content = await tiles.cut(ask.platform, ask.subject, found, wanted)
    if not content:
        return Response(status_code=204, headers=headers)
    if tiles.is_packed(content):
        headers |= {"content-encoding": "gzip", "etag": f'{tag[:-1]}{ENCODED}"'}
    return Response(content, headers=headers, media_type=MVT)


def _kept(ask: Asked, found: Sequence[Collection]) -> dict[str, str]:
    """How long the tile is good for: only an address that names the state can be trusted."""
    if [str(each.batch) for each in found] != [ask.request.query_params.get("batch")]:
        return {}
    if ask.subject.kind == "anonymous":
        return {"cache-control": f"max-age={KEEP}, s-maxage={SHARED}"}
    return {"cache-control": f"private, max-age={KEEP}"}


def _place(request: Request) -> dict[str, int]:
    """The place of the tile. NotFound when there is none, InvalidInput when it is no number."""
    texts = {name: request.path_params[name] for name in ("zoom", "row", "column")}
    for text in texts.values():
        if not (text.isascii() and text.isdecimal() and len(text) < 10):
            raise InvalidInput(
                f"“{text[:40]}” is no number of a tile matrix, row or column.",
                f"„{text[:40]}“ ist keine Nummer einer Kachelmatrix, Zeile oder Spalte.",
            )
    place = {name: int(text) for name, text in texts.items()}
    zoom = place["zoom"]
    if zoom > MAX_ZOOM or max(place["row"], place["column"]) >= 2**zoom:
        raise NotFound(
            f"There is no such tile: zooms go from 0 to {MAX_ZOOM}, rows and columns from 0 to "
            "2 to the power of the zoom, less 1.",
            f"Diese Kachel gibt es nicht: Zoomstufen gehen von 0 bis {MAX_ZOOM}, Zeilen und "
            "Spalten von 0 bis 2 hoch Zoomstufe weniger 1.",
        )
    return place


def _properties(text: str | None, found: Sequence[Collection]) -> tuple[str, ...] | None:
    """The named fields. InvalidInput for one that no collection here has for the subject."""
    if text is None:
        return None
    names = tuple(part.strip() for part in text.split(",") if part.strip())
    known = {field.name for each in found for field in tiles.carried(each.entity)}
    for name in names:
        if name not in known and name != "_id":
            raise InvalidInput(
                f"properties names “{name[:80]}”, which tiles here cannot carry; they can: "
                f"{', '.join(sorted(known))}.",
                f"properties nennt „{name[:80]}“, das Kacheln hier nicht tragen können; möglich: "
                f"{', '.join(sorted(known))}.",
                code="unknown-field",
            )
    return tuple(name for name in dict.fromkeys(names) if name != "_id")


def _filter(request: Request, collection: Collection) -> Filter:
    given = request.query_params
    language = given.get("filter-lang", "cql2-text")
    if language not in ("cql2-text", "cql2-json"):
        raise InvalidInput(
            "filter-lang is cql2-text or cql2-json.", "filter-lang ist cql2-text oder cql2-json."
        )
    if "filter" not in given:
        return Everything()
    from allmende.core.crs import crs
    from allmende.interfaces.ogcapi.filtering import parse
    from allmende.model.document import CRS84

    return parse(given["filter"], language, crs(CRS84), collection.entity)
