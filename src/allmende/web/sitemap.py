# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The list of pages for search engines (sitemaps.org protocol 0.9)."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from html import escape

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from allmende.core import catalogue
from allmende.core.catalogue import Record
from allmende.core.platform import ADDRESS_PARTS, Platform
from allmende.policy import ANONYMOUS
from allmende.web.entrance import LANGUAGES

MOST = 50_000  # addresses of one sitemap, by the protocol
PAGES = ("/", "/datasets", "/catalogues", "/publishers", "/developers", "/about")
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
    'xmlns:xhtml="http://www.w3.org/1999/xhtml">\n'
)


async def sitemap(request: Request) -> Response:
    """Every page anybody may see, in all languages, with the day it last changed."""
    body = _body(request.app.state.platform)
    headers = {"cache-control": "public, max-age=3600"}
    return StreamingResponse(body, media_type="application/xml", headers=headers)


async def _body(platform: Platform) -> AsyncIterator[str]:
    base, left = platform.settings.base_url, MOST - len(PAGES) * len(LANGUAGES)
    yield HEAD + "".join(_entries(base, path) for path in PAGES)
    async for record in catalogue.each(platform, ANONYMOUS):
        left -= len(LANGUAGES)
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
