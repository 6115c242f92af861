# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""RDF out in every syntax a piveau hub speaks, with the answers' headers."""

from collections.abc import Sequence

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response

from allmende.core.conditional import etag, is_fresh, validators
from allmende.core.negotiation import Format, by_ending, choose
from allmende.model.rdf import Statement, serialise

JSON_LD = Format("application/ld+json", ("jsonld",))
FORMATS = (
    JSON_LD,
    Format("text/turtle", ("ttl",)),
    Format("application/rdf+xml", ("rdf", "xml")),
    Format("application/n-triples", ("nt",)),
    Format("text/n3", ("n3",)),
    Format("application/trig", ("trig",)),
    Format("application/n-quads", ("nq",)),
    Format("application/json", ("json",)),
)
MEDIA_TYPES = tuple(each.media_type for each in FORMATS)
DISTRIBUTIONS = "/distributions/"
LARGE = 2_000  # statements that are written in a worker thread


def named(request: Request, parameter: str) -> str:
    """A name in the path, without the ending that asks for a syntax."""
    return by_ending(request.path_params[parameter], FORMATS)[0]


def format_of(request: Request) -> Format:
    """The syntax that is asked for by ending or Accept; JSON-LD unless said. NotAcceptable.

    The id of a distribution is the end of an IRI and may look like a file with an ending.
    """
    path = "" if DISTRIBUTIONS in request.url.path else request.url.path
    return choose(path, request.headers.get("accept"), FORMATS)[1]


async def answer(
    request: Request,
    statements: Sequence[Statement],
    *state: object,
    updated: int | None = None,
) -> Response:
    """The statements in the syntax asked for; with a state also ETag and 304."""
    chosen = format_of(request)
    headers = {"vary": "Accept"}
    if state:
        tag = etag(chosen.media_type, *state)
        headers |= validators(tag, updated)
        if is_fresh(request.headers, tag, updated):
            return Response(status_code=304, headers=headers)
    if len(statements) > LARGE:
        body = await to_thread.run_sync(serialise, statements, chosen.media_type)
    else:
        body = serialise(statements, chosen.media_type)
    return Response(body, headers=headers, media_type=chosen.content_type)
