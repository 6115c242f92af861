# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""One record in the format that is asked for."""

from collections.abc import Sequence

from msgspec import json
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from allmende.core import catalogue, departures, pages
from allmende.core.catalogue import Record
from allmende.core.conditional import etag, is_fresh, validators
from allmende.core.negotiation import Format, by_ending, choose, language, wants_html
from allmende.core.operations import Parameter, operation
from allmende.core.platform import ADDRESS_PARTS
from allmende.errors import NotFound
from allmende.interfaces.dcat.envelope import envelope
from allmende.interfaces.dcat.graph import Graphs, profile_named
from allmende.interfaces.dcat.links import (
    alternates,
    for_people,
    link_header,
    profile_link,
    quality_link,
)
from allmende.interfaces.dcat.syntax import SYNTAXES
from allmende.model.catalogue import ResourceKind

JSON = Format("application/json", ("json",))
FORMATS = (*SYNTAXES, JSON)
PRODUCES = tuple(offer.media_type for offer in FORMATS)
PROFILE = Parameter("profile", "query", "dcat-ap, dcat-ap-de or hvd: only what that profile has")
_NAME = Parameter("name", "path", "Id, with or without an ending such as .ttl or .json", {}, True)


@operation(
    "One dataset as RDF or JSON",
    tag="DCAT",
    parameters=(_NAME, PROFILE),
    produces=PRODUCES,
)
async def dataset(request: Request) -> Response:
    """The address of a dataset."""
    return await _record(request, ResourceKind.DATASET)


@operation(
    "One data service as RDF or JSON",
    tag="DCAT",
    parameters=(_NAME, PROFILE),
    produces=PRODUCES,
)
async def service(request: Request) -> Response:
    """The address of a data service."""
    return await _record(request, ResourceKind.SERVICE)


@operation(
    "One dataset series as RDF or JSON",
    tag="DCAT",
    parameters=(_NAME, PROFILE),
    produces=PRODUCES,
)
async def series(request: Request) -> Response:
    """The address of a series."""
    return await _record(request, ResourceKind.SERIES)


async def _record(request: Request, kind: ResourceKind) -> Response:
    from allmende.interfaces.dcat.past import of_another_time

    name = request.path_params["name"]
    people = to_people(request, f"/{ADDRESS_PARTS[kind]}/{name}")
    if people is not None:
        return people
    ident, chosen = choose(name, request.headers.get("accept"), FORMATS)
    other = await of_another_time(request, kind, ident, chosen)
    return other or await respond(request, await record_at(request, kind, ident), chosen)


async def record_at(request: Request, kind: ResourceKind, ident: str) -> Record:
    """The record at an address. NotFound, and Gone where a public one has left."""
    platform, subject = request.app.state.platform, request.state.subject
    try:
        return await catalogue.get(platform, subject, kind, ident)
    except NotFound as error:
        raise await departures.gone(platform, subject, kind, ident, error) from error


async def respond(request: Request, record: Record, chosen: Format) -> Response:
    """The record in a format, or 304 when the client has it already."""
    platform, subject = request.app.state.platform, request.state.subject
    profile = profile_named(request.query_params.get("profile"))
    parents = await pages.catalogues_of(platform, subject, [record.catalogue or ""])
    parent = next((pages.iri_of(platform, each) for each in parents.values()), None)
    tag = etag(record.kind, record.id, record.revision, parent, chosen.media_type, profile)
    headers = _headers(request, record, chosen, profile) | validators(tag, record.updated)
    if is_fresh(request.headers, tag, record.updated):
        return Response(status_code=304, headers=headers)
    if chosen == JSON:
        body = json.encode(envelope(platform, record))
    else:
        graphs = Graphs(platform, profile)
        found = graphs.record(record)
        if parent is not None:
            found += graphs.entry(record, parent)
        body = SYNTAXES[chosen].document(found)
    return Response(body, headers=headers, media_type=chosen.content_type)


def _headers(
    request: Request, record: Record, chosen: Format, profile: str | None
) -> dict[str, str]:
    platform = request.app.state.platform
    address = catalogue.address(platform, record)
    path = f"/{ADDRESS_PARTS[record.kind]}/{record.id}"
    links = [
        f'<{address}>; rel="canonical"',
        *alternates(address, FORMATS, chosen),
        *for_people(platform.settings.base_url, path),
        *profile_link(profile),
        *(quality_link(address) if record.kind is ResourceKind.DATASET else ()),
        f'<{address}>; rel="original timegate"',
        f'<{address}/timemap>; rel="timemap"; type="application/link-format"',
    ]
    return {"vary": "Accept, Accept-Datetime", **link_header(links)}


def to_people(request: Request, path: str, formats: Sequence[Format] = FORMATS) -> Response | None:
    """Leads a browser that asks for the bare address to the page in its language."""
    if by_ending(path, formats)[1] is not None or not wants_html(request.headers.get("accept")):
        return None
    chosen = language(request.headers.get("accept-language"))
    query = f"?{request.url.query}" if request.url.query else ""
    headers = {"vary": "Accept, Accept-Language"}
    return RedirectResponse(f"/{chosen}{path}{query}", 303, headers)
