# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Search results for programs: JSON with facets, CSV, or RDF in Hydra pages."""

import csv
from collections.abc import Iterable
from io import StringIO
from typing import Any
from urllib.parse import urlencode

from anyio import to_thread
from msgspec import json
from starlette.requests import Request
from starlette.responses import Response

from allmende.core import catalogue, pages
from allmende.core import search as searching
from allmende.core.catalogue import Record
from allmende.core.conditional import etag, is_fresh, validators
from allmende.core.negotiation import Format, by_ending, choose, language
from allmende.core.operations import Parameter, operation
from allmende.core.platform import Platform
from allmende.core.search import SearchQuery, SearchResult
from allmende.core.search_address import PARAMETERS, known_values, query_of
from allmende.errors import NotFound
from allmende.interfaces.dcat.envelope import envelope
from allmende.interfaces.dcat.graph import Graphs, profile_named
from allmende.interfaces.dcat.handlers import JSON, to_people
from allmende.interfaces.dcat.links import alternates, link_header, neighbours
from allmende.interfaces.dcat.paging import page_of, paging
from allmende.interfaces.dcat.syntax import SYNTAXES
from allmende.model.catalogue import Dataset, local
from allmende.model.rdf.page import Page

CSV = Format("text/csv", ("csv",))
FORMATS = (JSON, CSV, *SYNTAXES)
PER_PAGE = 20
COLUMNS = (
    "id", "title", "description", "publisher", "themes", "licences", "formats", "modified",
    "catalogue", "address",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what makes a spreadsheet calculate


@operation(
    "Search for datasets",
    about="Values of one facet are alternatives, different facets all have to fit. JSON has "
    "total, facets and the address of the next page; CSV has one line a dataset.",
    tag="DCAT",
    parameters=(
        *PARAMETERS,
        Parameter("page", "query", "Number of the page, from 1"),
        Parameter("limit", "query", "Datasets per page, at most 1000"),
    ),
    produces=tuple(offer.media_type for offer in FORMATS),
)
async def datasets(request: Request) -> Response:
    """The addresses /datasets and /datasets.json, .csv, .ttl, .rdf, .jsonld, .nt, .trig."""
    people = to_people(request, request.url.path, FORMATS)
    if people is not None:
        return people
    if "ending" in request.path_params and by_ending(request.url.path, FORMATS)[1] is None:
        raise NotFound(
            "Search results come as .json, .csv, .ttl, .rdf, .jsonld, .nt and .trig.",
            "Suchergebnisse gibt es als .json, .csv, .ttl, .rdf, .jsonld, .nt und .trig.",
            code="no-such-page",
        )
    path, chosen = choose(request.url.path, request.headers.get("accept"), FORMATS)
    platform, subject = request.app.state.platform, request.state.subject
    number, limit = paging(request, PER_PAGE)
    known_values(request.query_params)
    query = query_of(
        request.query_params,
        limit=limit,
        offset=((number or 1) - 1) * limit,
        language=language(request.headers.get("accept-language")),
    )
    state = await pages.state_of(platform)
    tag = etag(state.sequence, chosen.media_type, repr(query), pages.policy_key(subject))
    headers = {"vary": "Accept, Accept-Language", **validators(tag, state.at)}
    if is_fresh(request.headers, tag):
        return Response(status_code=304, headers=headers)
    result = await searching.search(platform, subject, query)
    page = page_of(number or 1, limit, result.total, lambda wanted: _at(request, wanted, limit))
    if page is None:
        raise NotFound("There is no such page.", "Diese Seite gibt es nicht.", code="no-such-page")
    address = platform.settings.base_url + path
    headers |= link_header((*neighbours(page), *alternates(address, FORMATS, chosen)))
    body = await _encoded(request, chosen, query, result, page)
    return Response(body, headers=headers, media_type=chosen.content_type)


async def _encoded(
    request: Request, chosen: Format, query: SearchQuery, result: SearchResult, page: Page
) -> bytes:
    platform, subject = request.app.state.platform, request.state.subject
    if chosen == JSON:
        return json.encode(_as_json(platform, result, page.next))
    if chosen == CSV:
        return _as_csv(platform, result.records, query.language)
    profile = profile_named(request.query_params.get("profile"))
    root = await pages.root_of(platform, subject, None)
    idents = [each.catalogue for each in result.records if each.catalogue]
    parents = await pages.catalogues_of(platform, subject, idents)
    found = Graphs(platform, profile).page(root, result.records, parents, page)
    return await to_thread.run_sync(SYNTAXES[chosen].document, found)


def _at(request: Request, page: int, limit: int) -> str:
    given = [
        pair for pair in request.query_params.multi_items() if pair[0] not in ("page", "limit")
    ]
    query = urlencode([*given, ("page", page), ("limit", limit)])
    return f"{request.app.state.platform.settings.base_url}{request.url.path}?{query}"


def _as_json(platform: Platform, result: SearchResult, following: str | None) -> dict[str, Any]:
    return {
        "total": result.total,
        "mode": result.mode,
        "ignored": result.ignored,
        "suggestions": result.suggestions,
        "next": following,
        "facets": result.facets,
        "items": [envelope(platform, record) for record in result.records],
    }


def _as_csv(platform: Platform, records: Iterable[Record], wanted: str) -> bytes:
    """A table as RFC 4180 says; several values of one cell are separated by a bar.

    A text that a spreadsheet would take for a formula begins with an apostrophe.
    """
    text = StringIO(newline="")
    table = csv.writer(text)
    table.writerow(COLUMNS)
    for record in records:
        table.writerow(_inert(cell) for cell in _row(platform, record, wanted))
    return text.getvalue().encode()


def _inert(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _row(platform: Platform, record: Record, wanted: str) -> tuple[str, ...]:
    resource = record.resource
    parts = resource.distribution if isinstance(resource, Dataset) else []
    licences = dict.fromkeys(part.license for part in parts if part.license)
    formats = dict.fromkeys(part.format for part in parts if part.format)
    return (
        record.id,
        local(resource.title, wanted),
        local(resource.description, wanted),
        local(resource.publisher.name, wanted) if resource.publisher else "",
        "|".join(resource.theme),
        "|".join(licences),
        "|".join(formats),
        resource.modified or "",
        record.catalogue or "",
        catalogue.address(platform, record),
    )
