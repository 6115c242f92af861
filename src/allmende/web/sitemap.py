# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The list of pages for search engines (sitemaps.org protocol 0.9), in parts where it is long."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from html import escape

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from allmende.core import catalogue, pages
from allmende.core.catalogue import Record
from allmende.core.platform import ADDRESS_PARTS, Platform
from allmende.errors import NotFound
from allmende.model.filter import Everything
from allmende.policy import ANONYMOUS
from allmende.web.entrance import LANGUAGES

MOST = 50_000  # addresses of one sitemap, by the protocol
PAGES = (
    "/",
    "/datasets",
    "/collections",
    "/map",
    "/models",
    "/catalogues",
    "/publishers",
    "/showcases",
    "/statistics",
    "/developers",
    "/about",
)
PART = MOST // len(LANGUAGES) - len(PAGES)  # records of one sitemap
SPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
HEAD = f'{XML}<urlset xmlns="{SPACE}" xmlns:xhtml="http://www.w3.org/1999/xhtml">\n'
HEADERS = {"cache-control": "public, max-age=3600"}


async def sitemap(request: Request) -> Response:
    """Every page anybody may see, in all languages, with the day it last changed.

    With more records than one sitemap may name, an index of sitemaps.
    """
    platform = request.app.state.platform
    records = await catalogue.count(platform, ANONYMOUS)
    if records > PART:
        parts = -(-records // PART)
        return Response(_index(platform, parts), headers=HEADERS, media_type="application/xml")
    return _answer(platform, 1, 0)


async def part(request: Request) -> Response:
    """One of the sitemaps that the index names, from 1. NotFound after the last."""
    number = int(request.path_params["number"])
    platform = request.app.state.platform
    offset = (number - 1) * PART
    found = await pages.slice_of(platform, ANONYMOUS, Everything(), max(offset, 0), 1)
    if number < 1 or not found.records:
        raise NotFound(
            "There is no such part; /sitemap.xml names them.",
            "Diesen Teil gibt es nicht; /sitemap.xml nennt alle.",
        )
    return _answer(platform, number, found.records[0].key - 1)


def _answer(platform: Platform, number: int, after: int) -> Response:
    body = _body(platform, number, after)
    return StreamingResponse(body, media_type="application/xml", headers=HEADERS)


def _index(platform: Platform, parts: int) -> str:
    base = escape(platform.settings.base_url)
    named = "".join(
        f"<sitemap><loc>{base}/sitemaps/{number}.xml</loc></sitemap>\n"
        for number in range(1, parts + 1)
    )
    return f'{XML}<sitemapindex xmlns="{SPACE}">\n{named}</sitemapindex>\n'


async def _body(platform: Platform, number: int, after: int) -> AsyncIterator[str]:
    base, left = platform.settings.base_url, PART
    yield HEAD + "".join(_entries(base, path) for path in PAGES if number == 1)
    async for record in catalogue.each(platform, ANONYMOUS, after=after):
        left -= 1
        if left < 0:
            break
        yield _entries(base, _path(record), record.updated)
    yield "</urlset>\n"


def _path(record: Record) -> str:
    return f"/{ADDRESS_PARTS[record.kind]}/{record.id}"


def _entries(base: str, path: str, updated: int | None = None) -> str:
    """One entry per language, each naming the others."""
    others = "".join(
        f'<xhtml:link rel="alternate" hreflang="{tag}" href="{escape(f"{base}/{tag}{path}")}"/>'
        for tag in LANGUAGES
    )
    day = ""
    if updated is not None:
        day = f"<lastmod>{datetime.fromtimestamp(updated / 1e6, UTC):%Y-%m-%d}</lastmod>"
    return "".join(
        f"<url><loc>{escape(f'{base}/{tag}{path}')}</loc>{day}{others}</url>\n" for tag in LANGUAGES
    )
