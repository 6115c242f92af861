# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Showcases as JSON and, in the words of schema.org, as RDF."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from msgspec import json
from starlette.requests import Request
from starlette.responses import Response

from allmende.core import catalogue, showcases
from allmende.core.negotiation import Format, by_ending, choose, not_acceptable
from allmende.core.operations import Parameter, operation
from allmende.core.platform import Platform
from allmende.core.showcases import PAGE, Shown
from allmende.errors import InvalidInput
from allmende.model.catalogue import local
from allmende.model.namespaces import DCT, SCHEMA
from allmende.model.rdf.serialise import serialise
from allmende.model.rdf.terms import LANG_STRING, TYPE, Literal, Statement

DATE_TIME = "http://www.w3.org/2001/XMLSchema#dateTime"
JSON = Format("application/json", ("json",))
FORMATS = (
    JSON,
    Format("application/ld+json", ("jsonld",)),
    Format("text/turtle", ("ttl",)),
    Format("application/rdf+xml", ("rdf", "xml")),
    Format("application/n-triples", ("nt",)),
)
PRODUCES = tuple(each.media_type for each in FORMATS)
TYPES = {
    "application": "SoftwareApplication",
    "article": "Article",
    "research": "ScholarlyArticle",
    "other": "CreativeWork",
}
VARY = {"vary": "Accept, Authorization, Cookie"}


@operation(
    "Showcases: what people have made of datasets",
    about=f"The newest first, {PAGE} on a page; only those with a dataset you may see.",
    tag="Reuse",
    parameters=(Parameter("page", "query", "Number of the page, from 1", {"type": "integer"}),),
    produces=PRODUCES,
)
async def every(request: Request) -> Response:
    """The addresses /showcases and /showcases.{ending}."""
    if "ending" in request.path_params and by_ending(request.url.path, FORMATS)[1] is None:
        raise not_acceptable(FORMATS)
    _, offer = choose(request.url.path, request.headers.get("accept"), FORMATS)
    platform, subject = request.app.state.platform, request.state.subject
    text = request.query_params.get("page", "1")
    if not text.isdecimal() or not 0 < int(text[:6]) < 100_000:
        raise InvalidInput("page has to be a number from 1.", "page muss eine Zahl ab 1 sein.")
    total, found = await showcases.listing(platform, subject, int(text))
    if offer is JSON:
        items = [_described(platform, each) for each in found]
        return _json({"total": total, "page": int(text), "items": items})
    return _rdf([line for each in found for line in _statements(platform, each)], offer)


@operation(
    "One showcase as RDF or JSON",
    tag="Reuse",
    parameters=(Parameter("name", "path", "Id, with or without an ending", {}, True),),
    produces=PRODUCES,
)
async def one(request: Request) -> Response:
    """The address of a showcase."""
    name, _ = by_ending(request.path_params["name"], FORMATS)
    _, offer = choose(request.url.path, request.headers.get("accept"), FORMATS)
    platform = request.app.state.platform
    shown = await showcases.one(platform, request.state.subject, name)
    if offer is JSON:
        return _json(_described(platform, shown))
    return _rdf(_statements(platform, shown), offer)


@operation(
    "The picture of a showcase",
    tag="Reuse",
    parameters=(Parameter("id", "path", "Id of the showcase", {}, True),),
    produces=("image/webp",),
)
async def picture(request: Request) -> Response:
    """The picture as WebP."""
    platform, ident = request.app.state.platform, request.path_params["id"]
    content, kind = await showcases.picture(platform, request.state.subject, ident)
    headers = {"cache-control": "private, max-age=3600", "x-content-type-options": "nosniff"}
    return Response(content, 200, headers, kind)


def _json(value: Any) -> Response:
    return Response(json.encode(value), 200, dict(VARY), "application/json")


def _rdf(lines: list[Statement], offer: Format) -> Response:
    body = serialise(lines, offer.media_type)
    return Response(body, 200, dict(VARY), offer.media_type)


def address(platform: Platform, ident: str) -> str:
    """The address of a showcase."""
    return f"{platform.settings.base_url}/showcases/{ident}"


def _described(platform: Platform, shown: Shown) -> dict[str, Any]:
    it, here = shown.showcase, address(platform, shown.showcase.id)
    return {
        "id": it.id,
        "address": here,
        "kind": it.kind,
        "title": it.title,
        "text": it.text,
        "language": it.language,
        "link": it.link,
        "maker": it.maker or None,
        "created": _time(it.created),
        "picture": f"{here}/picture.webp" if it.picture_type else None,
        "datasets": [
            {
                "id": each.id,
                "title": each.resource.title,
                "address": catalogue.address(platform, each),
            }
            for each in shown.datasets
        ],
    }


def _time(microseconds: int) -> str:
    return datetime.fromtimestamp(microseconds / 1e6, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _statements(platform: Platform, shown: Shown) -> list[Statement]:
    it, here = shown.showcase, address(platform, shown.showcase.id)
    lines: list[Statement] = [
        (here, TYPE, SCHEMA + TYPES[it.kind]),
        (here, SCHEMA + "name", Literal(it.title, it.language, LANG_STRING)),
        (here, SCHEMA + "description", Literal(it.text, it.language, LANG_STRING)),
        (here, SCHEMA + "url", it.link),
        (here, SCHEMA + "dateCreated", Literal(_time(it.created), None, DATE_TIME)),
    ]
    if it.maker:
        lines.append((here, SCHEMA + "creator", Literal(it.maker)))
    if it.picture_type:
        lines.append((here, SCHEMA + "image", f"{here}/picture.webp"))
    for each in shown.datasets:
        dataset = each.resource.iri or catalogue.address(platform, each)
        lines.append((here, SCHEMA + "isBasedOn", dataset))
        lines.append((here, DCT + "references", dataset))
        title = local(each.resource.title, it.language)
        if title:
            lines.append((dataset, SCHEMA + "name", Literal(title)))
    return sorted(lines, key=lambda line: line[0] != here)
