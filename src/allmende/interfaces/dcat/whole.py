# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Catalogues: as a stream with everything in them, or page by page with Hydra."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import urlencode

from anyio import CapacityLimiter, WouldBlock, to_thread
from msgspec import Struct, json
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from allmende.core import departures, pages
from allmende.core.catalogue import Record
from allmende.core.conditional import etag, is_fresh, validators
from allmende.core.negotiation import Format, by_ending, choose
from allmende.core.operations import Parameter, operation
from allmende.core.pages import Root
from allmende.core.platform import Platform
from allmende.errors import Busy, NotFound
from allmende.interfaces.dcat.cache import cache_of
from allmende.interfaces.dcat.envelope import envelope
from allmende.interfaces.dcat.graph import Graphs, profile_named
from allmende.interfaces.dcat.handlers import (
    FORMATS,
    JSON,
    PRODUCES,
    PROFILE,
    record_at,
    respond,
    to_people,
)
from allmende.interfaces.dcat.links import alternates, link_header, neighbours, profile_link
from allmende.interfaces.dcat.paging import MAX_PER_PAGE, page_of, paging
from allmende.interfaces.dcat.past import of_another_time
from allmende.interfaces.dcat.syntax import SYNTAXES, Syntax
from allmende.model.catalogue import ResourceKind
from allmende.model.rdf.page import Page
from allmende.policy import Subject

PER_PAGE = 100
PART = 25  # records encoded at a time
EXPORTS = 2  # whole catalogues written at a time by one process

_PAGING = (
    Parameter("page", "query", "Number of the page, from 1; without page and limit: everything"),
    Parameter("limit", "query", f"Records per page, {PER_PAGE} if not given, {MAX_PER_PAGE} most"),
    PROFILE,
)
_exports = CapacityLimiter(EXPORTS)


class Asked(Struct, frozen=True):
    """What is asked of a catalogue: the root, format and profile, and the page if any."""

    platform: Platform
    subject: Subject
    root: Root
    format: Format
    profile: str | None
    path: str  # with the ending that was asked for
    number: int | None
    limit: int


@operation(
    "Everything that is public, as RDF or JSON",
    about="A stream of the whole catalogue; with page or limit one page with Hydra paging.",
    tag="DCAT",
    parameters=_PAGING,
    produces=PRODUCES,
)
async def everything(request: Request) -> Response:
    """The addresses /catalog and /catalog.ttl, .rdf, .jsonld, .nt, .trig, .json."""
    people = to_people(request, "/catalogues") if request.url.path == "/catalog" else None
    return people or await _answer(request, None)


@operation(
    "One catalogue with its members, as RDF; its description as JSON",
    tag="DCAT",
    parameters=(Parameter("name", "path", "Id, with or without an ending", {}, True), *_PAGING),
    produces=PRODUCES,
)
async def one(request: Request) -> Response:
    """The address of a catalogue."""
    people = to_people(request, f"/catalogues/{request.path_params['name']}")
    try:
        return people or await _answer(request, request.path_params["name"])
    except NotFound as error:
        platform, subject = request.app.state.platform, request.state.subject
        name = by_ending(request.path_params["name"], FORMATS)[0]
        raise await departures.gone(platform, subject, ResourceKind.CATALOG, name, error) from error


async def _answer(request: Request, name: str | None) -> Response:
    path, chosen = choose(request.url.path, request.headers.get("accept"), FORMATS)
    platform, subject = request.app.state.platform, request.state.subject
    if name is not None:
        name = path.rpartition("/")[2]
        other = await of_another_time(request, ResourceKind.CATALOG, name, chosen)
        if other is not None:
            return other
        if chosen == JSON:
            return await respond(
                request, await record_at(request, ResourceKind.CATALOG, name), chosen
            )
    asked = Asked(
        platform,
        subject,
        await pages.root_of(platform, subject, name),
        chosen,
        profile_named(request.query_params.get("profile")),
        request.url.path,
        *paging(request, PER_PAGE),
    )
    state = await pages.state_of(platform)
    policy = pages.policy_key(subject)
    key = (asked.path, chosen.media_type, asked.profile, asked.number, asked.limit, policy)
    tag = etag(state.sequence, *key)
    headers = {"vary": "Accept"} | validators(tag, state.at)
    if is_fresh(request.headers, tag, state.at):
        return Response(status_code=304, headers=headers)
    if asked.number is None:
        return await _stream(request, asked, headers)
    return await _page(asked, state.sequence, key, headers)


# --- pages ---------------------------------------------------------------------------


async def _page(
    asked: Asked, sequence: int, key: tuple[object, ...], headers: dict[str, str]
) -> Response:
    cache = cache_of(asked.platform)
    kept = cache.get(sequence, key)
    if kept is None:
        page, body = await _encoded(asked)
        link = link_header([*neighbours(page), *_links(asked)])["link"]
        kept = link.encode() + b"\n" + body
        cache.put(sequence, key, kept)
    link_line, _, body = kept.partition(b"\n")
    headers = headers | {"link": link_line.decode()}
    return Response(body, headers=headers, media_type=asked.format.content_type)


async def _encoded(asked: Asked) -> tuple[Page, bytes]:
    platform, subject, number = asked.platform, asked.subject, asked.number or 1
    start = (number - 1) * asked.limit
    found = await pages.slice_of(platform, subject, asked.root.members, start, asked.limit)
    page = _place(asked, number, found.total)
    if asked.format == JSON:
        records = [envelope(platform, record) for record in found.records]
        content = {"total": found.total, "next": page.next, "records": records}
        return page, await to_thread.run_sync(json.encode, content)
    parents: dict[str, Record] = {}
    if asked.root.whole:
        idents = [record.catalogue for record in found.records if record.catalogue]
        parents = await pages.catalogues_of(platform, subject, idents)

    def encode() -> bytes:
        graphs = Graphs(platform, asked.profile)
        found_statements = graphs.page(asked.root, found.records, parents, page)
        return SYNTAXES[asked.format].document(found_statements)

    return page, await to_thread.run_sync(encode)


def _place(asked: Asked, number: int, total: int) -> Page:
    def at(wanted: int) -> str:
        pairs = {"page": wanted, "limit": asked.limit}
        extra = {"profile": asked.profile} if asked.profile else {}
        return f"{asked.platform.settings.base_url}{asked.path}?{urlencode(pairs | extra)}"

    page = page_of(number, asked.limit, total, at)
    if page is None:
        raise NotFound("There is no such page.", "Diese Seite gibt es nicht.", code="no-such-page")
    return page


def _links(asked: Asked) -> Iterator[str]:
    address = asked.platform.settings.base_url + choose(asked.path, None, FORMATS)[0]
    yield from alternates(address, FORMATS, asked.format)
    yield from profile_link(asked.profile)


# --- everything at once --------------------------------------------------------------


async def _stream(request: Request, asked: Asked, headers: dict[str, str]) -> Response:
    headers = headers | link_header(_links(asked))
    content_type = asked.format.content_type
    if request.method == "HEAD":
        return Response(headers=headers, media_type=content_type)
    pieces = _whole_json(asked) if asked.format == JSON else _whole(asked)
    running = _few(pieces)
    first = await anext(running)  # raises Busy while there can still be a proper answer
    return StreamingResponse(_after(first, running), headers=headers, media_type=content_type)


async def _after(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece


async def _few(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The pieces, while no more than EXPORTS whole catalogues are being written."""
    with _turn():
        async for piece in pieces:
            yield piece


@contextmanager
def _turn() -> Iterator[None]:
    turn = object()
    try:
        _exports.acquire_on_behalf_of_nowait(turn)
    except WouldBlock:
        raise Busy(
            "Others are reading the whole catalogue. Try again in a minute, or read it in pages.",
            "Der ganze Katalog wird gerade von anderen gelesen. Bitte gleich noch einmal "
            "versuchen oder seitenweise lesen.",
        ) from None
    try:
        yield
    finally:
        _exports.release_on_behalf_of(turn)


async def _whole(asked: Asked) -> AsyncIterator[bytes]:
    """The document in pieces: head, root, members in parts, foot."""
    platform, subject = asked.platform, asked.subject
    syntax, graphs = SYNTAXES[asked.format], Graphs(platform, asked.profile)
    yield syntax.head + syntax.part(graphs.root(asked.root))
    names: dict[str, str] = {}
    async for records in _parts(asked):
        new = {each.catalogue for each in records if each.catalogue} - names.keys()
        if new and asked.root.whole:
            found = await pages.catalogues_of(platform, subject, [each for each in new if each])
            names |= {ident: pages.iri_of(platform, each) for ident, each in found.items()}
        yield await to_thread.run_sync(_part, syntax, graphs, records, dict(names), asked.root.iri)
    yield syntax.foot


def _part(
    syntax: Syntax, graphs: Graphs, records: Sequence[Record], names: dict[str, str], root: str
) -> bytes:
    return syntax.between + syntax.part(graphs.members(records, names, root))


async def _whole_json(asked: Asked) -> AsyncIterator[bytes]:
    yield b'{"records":[\n'
    between, total = b"", 0
    async for records in _parts(asked):
        found = [json.encode(envelope(asked.platform, record)) for record in records]
        yield between + b",\n".join(found)
        between, total = b",\n", total + len(found)
    yield b'\n],"total":' + str(total).encode() + b"}\n"


async def _parts(asked: Asked) -> AsyncIterator[list[Record]]:
    part: list[Record] = []
    async for record in pages.everything_of(asked.platform, asked.subject, asked.root.members):
        part.append(record)
        if len(part) == PART:
            yield part
            part = []
    if part:
        yield part
