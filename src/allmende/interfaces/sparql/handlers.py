# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The answers of /sparql."""

import asyncio
from collections.abc import Coroutine
from typing import Any
from urllib.parse import urlencode

from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from allmende.core import catalogue, sparql
from allmende.core.conditional import etag, is_fresh
from allmende.core.negotiation import language, negotiate, wants_html
from allmende.core.operations import Parameter, operation
from allmende.errors import InvalidInput
from allmende.interfaces.sparql import description
from allmende.interfaces.sparql.request import Query, choose_format, read

_FORMATS = tuple(offer.media_type for offer in sparql.FORMATS.values())


@operation(
    "SPARQL 1.1 query",
    about="Public records only, one named graph each under the address of the record; the "
    "default graph is the merge of all. Without a query: the service description.",
    tag="SPARQL",
    parameters=(
        Parameter("query", "query", "The query"),
        Parameter("default-graph-uri", "query", "Graph of the default graph; may be repeated"),
        Parameter("named-graph-uri", "query", "Named graph of the dataset; may be repeated"),
        Parameter("format", "query", "json, xml, csv, tsv, turtle, rdfxml, jsonld or ntriples"),
    ),
    consumes=("application/x-www-form-urlencoded", "application/sparql-query"),
    produces=_FORMATS,
    reads=True,
)
async def endpoint(request: Request) -> Response:
    """Answers a query, describes the service, or leads a browser to the query page."""
    query = await read(request)
    accept = request.headers.get("accept")
    browser = request.method != "POST" and query.format is None and wants_html(accept)
    if browser:
        return _to_page(request, query)
    if query.text is None or not query.text.strip():
        return _description(request, query)
    return await _answer(request, query, query.text)


async def _answer(request: Request, query: Query, text: str) -> Response:
    platform, accept = request.app.state.platform, request.headers.get("accept")
    form = sparql.form_of(text)
    name, content_type = choose_format(form, query.format, accept)
    parts = (text, content_type, query.default_graphs, query.named_graphs)
    if request.method != "POST":
        tag = _tag(await catalogue.sequence(platform), *parts)
        if is_fresh(request.headers, tag):
            return Response(status_code=304, headers={"etag": tag, "vary": "Accept"})
    asked = sparql.query(
        platform,
        request.state.subject,
        text,
        format=name,
        default_graphs=query.default_graphs,
        named_graphs=query.named_graphs,
    )
    result = await _while_connected(request, asked)
    headers = {
        "content-length": str(result.size),
        "etag": _tag(result.sequence, *parts),
        "vary": "Accept",
        "server-timing": f"sparql;dur={result.seconds * 1000:.1f}",
    }
    return StreamingResponse(result.pieces(), headers=headers, media_type=content_type)


async def _while_connected(
    request: Request, asked: Coroutine[Any, Any, sparql.SparqlResult]
) -> sparql.SparqlResult:
    """The result, unless the client goes away; then the query is stopped."""
    answer, gone = asyncio.create_task(asked), asyncio.create_task(_disconnected(request))
    try:
        await asyncio.wait((answer, gone), return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            raise ClientDisconnect
        return await answer
    finally:
        gone.cancel()
        answer.cancel()


async def _disconnected(request: Request) -> None:
    await request.body()
    while (await request.receive())["type"] != "http.disconnect":
        continue


def _tag(sequence: int, *parts: object) -> str:
    """A weak tag: the same state and query give the same answer, perhaps in another order."""
    return "W/" + etag(sequence, *parts)


def _description(request: Request, query: Query) -> Response:
    if request.method == "POST":
        raise _query_missing()
    offers = {offer: name for name, offer in sparql.GRAPH_FORMATS.items()}
    if query.format is not None:
        name, content_type = choose_format(sparql.Form.DESCRIBE, query.format, None)
    else:
        chosen = negotiate(request.headers.get("accept"), list(offers))
        if chosen is None:
            raise _query_missing()
        name, content_type = offers[chosen], chosen.content_type
    platform = request.app.state.platform
    settings = platform.settings
    body = description.describe(
        f"{settings.base_url}/sparql",
        sparql.state(platform),
        settings.sparql_seconds,
        settings.sparql_rows,
        sparql.FORMATS[name].media_type,
    )
    return Response(body, headers={"vary": "Accept"}, media_type=content_type)


def _query_missing() -> InvalidInput:
    return InvalidInput(
        "The parameter query is missing.", "Der Parameter query fehlt.", code="sparql-syntax"
    )


def _to_page(request: Request, query: Query) -> Response:
    """The query page in the language of the browser, with the query in it."""
    chosen = language(request.headers.get("accept-language"))
    pairs = [("query", query.text)] if query.text else []
    pairs += [("default-graph-uri", iri) for iri in query.default_graphs]
    pairs += [("named-graph-uri", iri) for iri in query.named_graphs]
    address = f"/{chosen}/sparql" + (f"?{urlencode(pairs)}" if pairs else "")
    headers = {"vary": "Accept, Accept-Language"}
    return RedirectResponse(address, status_code=303, headers=headers)
