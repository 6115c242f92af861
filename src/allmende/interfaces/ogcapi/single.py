# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""One feature.

Nearly all requests ask for the stored GeoJSON text and nothing special. Their answers differ
in the row alone, so the rest is made once and kept as a `Frame`; what they say is the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from msgspec import Struct, json
from starlette.requests import Request
from starlette.responses import Response

from allmende.core import collections, formats
from allmende.core.collections import Collection, Ready, Row
from allmende.core.conditional import etag, http_date, is_fresh, validators
from allmende.core.formats import GEOJSON, JSON_FG
from allmende.core.negotiation import Format, negotiate, wants_html
from allmende.core.operations import Parameter, operation
from allmende.core.platform import Platform
from allmende.interfaces.ogcapi import asking
from allmende.interfaces.ogcapi.asking import Items
from allmende.interfaces.ogcapi.common import (
    HTML,
    Asked,
    Link,
    Raw,
    asked,
    check_names,
    chosen,
    header,
    link,
    to_people,
    with_query,
)
from allmende.interfaces.ogcapi.describing import ID
from allmende.interfaces.ogcapi.items import JSON, PARAMETERS, crs_headers, shape_for
from allmende.model.document import Visibility
from allmende.policy import Subject

SINGLE = (GEOJSON, JSON_FG, JSON)
ROW = Parameter("row", "path", "Id of the feature", {}, True)


@operation(
    "One feature",
    tag="OGC API",
    parameters=(
        ID,
        ROW,
        *(each for each in PARAMETERS if each.name in asking.SHARED),
    ),
    produces=tuple(offer.media_type for offer in SINGLE),
)
async def one(request: Request) -> Response:
    """The address /ogc/collections/{id}/items/{row} (OGC 17-069r4 §7.16)."""
    if _is_usual(request.scope) and (found := await _usual(request)):
        return found
    ask = asked(request)
    ident, row_id = request.path_params["id"], request.path_params["row"]
    found = to_people(ask, f"/collections/{ident}/rows/{quote(row_id, safe='')}")
    if found is not None:
        return found
    collection = await collections.get(ask.platform, ask.subject, ident)
    wanted = chosen(ask, SINGLE)
    check_names(request, asking.SHARED)
    given = asking.one(request, collection, ask.platform.settings)
    plain = wanted == GEOJSON and given.plain
    row: Row | Ready
    if plain:
        row = await collections.ready(ask.platform, ask.subject, ident, row_id, collection)
    else:
        row = await read_row(ask.platform, ask.subject, collection, row_id, given)
    tag = row_tag(row, parts_of_tag(wanted, given, collection.levels))
    headers = crs_headers(given, wanted) | validators(tag, row.since)
    pairs = request.query_params.multi_items()
    links = row_links(ask.platform.settings.base_url, collection.id, row_id, pairs, wanted)
    headers["link"] = header(links)
    if is_fresh(request.headers, tag, row.since):
        return Response(status_code=304, headers=headers)
    if isinstance(row, Ready):
        text = row.text
    else:
        text = _row_text(ask, collection, row, given, wanted).encode()
    body = text[:-1] + b',"links":' + json.encode(links) + b"}"
    return Response(body, headers=headers, media_type=wanted.media_type)


async def read_row(
    platform: Platform, subject: Subject, collection: Collection, row_id: str, given: Items
) -> Row:
    """The row, today or at the moment that was asked for. NotFound."""
    return await collections.row(platform, subject, collection.id, row_id, as_of=given.query.as_of)


def row_tag(row: Row | Ready, parts: str) -> str:
    """A strong tag that begins with the revision, so that a write can be checked against it."""
    return f'"r{row.revision}-{etag(row.fid, row.since, parts)[1:]}'


def parts_of_tag(wanted: Format, given: Items, levels: frozenset[Visibility]) -> str:
    """What the tag of a feature depends on besides its row."""
    return f"{wanted.media_type}\x1f{given}\x1f{sorted(levels)}"


def _row_text(ask: Asked, collection: Collection, row: Row, given: Items, wanted: Format) -> str:
    shape = shape_for(ask, collection, given)
    if wanted != JSON_FG:
        return formats.features([row], shape)[0]
    head = json.encode(formats.fg_head(shape)).decode()
    return "{" + head[1:-1] + "," + formats.fg_features([row], shape)[0][1:]


def row_links(
    base: str, ident: str, row_id: str, pairs: Iterable[tuple[str, Any]], wanted: Format
) -> list[Link]:
    """The links of a feature; `pairs` is the query it was asked for with."""
    collection = f"{base}/ogc/collections/{quote(ident, safe='')}"
    given, name = list(pairs), quote(row_id, safe="")
    bare = [pair for pair in given if pair[0] != "f"]
    here = f"{collection}/items/{name}"
    links = [link(with_query(here, given), "self", wanted.media_type)]
    for each in (GEOJSON, JSON_FG):
        if each != wanted:
            other = with_query(here, [*bare, ("f", each.endings[0])])
            links.append(link(other, "alternate", each.media_type))
    page = f"collections/{ident}/rows/{name}"
    return [
        *links,
        *(
            link(f"{base}/{tongue}/{page}", "alternate", HTML, row_id, hreflang=tongue)
            for tongue in ("de", "en")
        ),
        link(collection, "collection", "application/json"),
        link(f"{here}/history", "version-history", "application/json"),
    ]


# --- when nothing special is asked for -----------------------------------------------------

USUAL: dict[bytes, list[tuple[str, str]]] = {b"": [], b"f=geojson": [("f", "geojson")]}
"""Queries, as they are sent, of which the answers have a frame."""
LONGEST = 64  # characters of an id that fits into a frame
_SIMPLE = re.compile(rf"[A-Za-z0-9._-]{{1,{LONGEST}}}")  # the same in addresses and in JSON
_CONDITIONS = (b"if-none-match", b"if-modified-since")


class Frame(Struct, frozen=True):
    """What answers share: texts between which the id of the row belongs, and the rest."""

    link: list[str]  # the Link header
    links: list[str]  # the end of the document
    headers: list[tuple[bytes, bytes]]
    tag: str  # what entity tags are made of besides the row


def _is_usual(scope: Any) -> bool:
    """Whether the plain GeoJSON text of a row with a simple id is asked for."""
    query = scope["query_string"]
    if query not in USUAL or not _SIMPLE.fullmatch(scope["path_params"]["row"]):
        return False
    if query:
        return True
    accept = next((value for name, value in scope["headers"] if name == b"accept"), b"")
    said = accept.decode("latin-1")
    return not wants_html(said) and negotiate(said, SINGLE) == GEOJSON


async def _usual(request: Request) -> Response | None:
    """The answer to a usual request; None when there is no frame for it."""
    scope = request.scope
    platform, subject = scope["app"].state.platform, scope["state"]["subject"]
    ident, row_id = scope["path_params"]["id"], scope["path_params"]["row"]
    collection = await collections.get(platform, subject, ident)
    base = platform.settings.base_url
    frame = _frame(base, collection.id, scope["query_string"], collection.levels)
    if frame is None:
        return None
    row = await collections.ready(platform, subject, ident, row_id, collection)
    tag = row_tag(row, frame.tag)
    headers = [
        *frame.headers,
        (b"etag", tag.encode()),
        (b"last-modified", http_date(row.since).encode()),
        (b"link", row_id.join(frame.link).encode()),
    ]
    if any(name in _CONDITIONS for name, _ in scope["headers"]) and is_fresh(
        request.headers, tag, row.since
    ):
        return Raw(304, headers)
    body = row.text[:-1] + row_id.join(frame.links).encode()
    return Raw(200, headers, body, GEOJSON.media_type)


@lru_cache(maxsize=1_000)
def _frame(base: str, ident: str, query: bytes, levels: frozenset[Visibility]) -> Frame | None:
    """The frame of a collection's features for whoever sees these levels of its fields.

    None when the links are too long for a header with some ids.
    """
    blank = "~"  # in no simple id
    while blank in base or blank in ident:
        blank += "~"
    given = asking.whole(ident)
    links = row_links(base, ident, blank, USUAL[query], GEOJSON)
    said, document = header(links), ',"links":' + json.encode(links).decode() + "}"
    longest = header(row_links(base, ident, "x" * LONGEST, USUAL[query], GEOJSON))
    if longest.count("; rel=") < len(links):
        return None
    return Frame(
        said.split(blank),
        document.split(blank),
        [(name.encode(), each.encode()) for name, each in crs_headers(given, GEOJSON).items()],
        parts_of_tag(GEOJSON, given, levels),
    )
