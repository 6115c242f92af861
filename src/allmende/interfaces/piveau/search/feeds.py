# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Results of a search as Atom (RFC 4287) and RSS 2.0, changes of a dataset, and sitemaps."""

from __future__ import annotations

import re
from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import Response

from allmende.core import catalogue, originals, pages
from allmende.core.catalogue import Record
from allmende.core.operations import Parameter, operation
from allmende.core.platform import ADDRESS_PARTS, Platform
from allmende.errors import InvalidInput
from allmende.interfaces.piveau.asking import DATASETS
from allmende.interfaces.piveau.finding import missing, record_of, who
from allmende.interfaces.piveau.search.asked import asked_of
from allmende.interfaces.piveau.search.searching import TAG, records_for
from allmende.model import feed
from allmende.model.catalogue import ResourceKind, local
from allmende.model.feed import Feed, Item
from allmende.model.filter import Compare, all_of

LANGUAGE = re.compile(r"[a-z]{2}\Z")
PER_SITEMAP = 10_000
PAGES = ("de", "en")
XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
SPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
_LANG = Parameter("lang", "path", "Language of the texts", {}, True)


@operation(
    "The results of a search as Atom",
    tag=TAG,
    parameters=(_LANG,),
    produces=("application/atom+xml",),
)
async def atom(request: Request) -> Response:
    """The parameters of /search; the newest first unless said."""
    found = await _results(request)
    return Response(feed.atom(found), media_type="application/atom+xml; charset=utf-8")


@operation(
    "The results of a search as RSS",
    tag=TAG,
    parameters=(_LANG,),
    produces=("application/rss+xml",),
)
async def rss(request: Request) -> Response:
    """The parameters of /search; the newest first unless said."""
    found = await _results(request)
    return Response(feed.rss(found), media_type="application/rss+xml; charset=utf-8")


@operation(
    "The changes of a dataset as RSS",
    tag=TAG,
    parameters=(_LANG, Parameter("ident", "path", "Id with .rss", {}, True)),
    produces=("application/rss+xml",),
)
async def changes(request: Request) -> Response:
    """One entry for each revision the subject may see."""
    platform, subject = who(request)
    language = _language(request)
    ident = request.path_params["ident"].removesuffix(".rss")
    record = await record_of(request, ident, DATASETS)
    found = await catalogue.revisions(platform, subject, record.kind, record.id)
    title = local(record.resource.title, language)
    items = [
        Item(
            ident=f"{catalogue.address(platform, record)}#revision-{each.number}",
            title=f"{title} ({each.number})",
            text=each.reason or each.action,
            link=_page(platform, record, language),
            updated=each.at,
        )
        for each in found
    ]
    told = _feed(request, title, items)
    return Response(feed.rss(told), media_type="application/rss+xml; charset=utf-8")


def _language(request: Request) -> str:
    given: str = request.path_params["lang"]
    if not LANGUAGE.match(given):
        raise InvalidInput(
            "The language has two small letters, such as de.",
            "Die Sprache besteht aus zwei Kleinbuchstaben, etwa de.",
        )
    return given


async def _results(request: Request) -> Feed:
    platform, _ = who(request)
    language = _language(request)
    asked = await asked_of(request)
    asked.filters, asked.filter, asked.aggregation = ["dataset"], None, False
    found = await records_for(request, asked)
    title = platform.settings.site_name
    title += f": {asked.q}" if asked.q.strip() else ""
    return _feed(request, title, [_item(platform, each, language) for each in found.records])


def _feed(request: Request, title: str, items: list[Item]) -> Feed:
    platform, _ = who(request)
    base, query = platform.settings.base_url, request.url.query
    return Feed(
        address=f"{base}{request.url.path}" + (f"?{query}" if query else ""),
        title=title,
        language=_language(request),
        home=base,
        author=platform.settings.site_name,
        items=items,
    )


def _item(platform: Platform, record: Record, language: str) -> Item:
    resource = record.resource
    publisher = resource.publisher
    return Item(
        ident=catalogue.address(platform, record),
        title=local(resource.title, language) or record.id,
        text=local(resource.description, language),
        link=_page(platform, record, language),
        updated=record.updated,
        author=local(publisher.name, language) if publisher else "",
    )


def _page(platform: Platform, record: Record, language: str) -> str:
    """The page for people, in their language when there is one."""
    tongue = language if language in PAGES else "en"
    path = f"/{tongue}/{ADDRESS_PARTS[record.kind]}/{record.id}"
    return platform.settings.base_url + path


# --- sitemaps ------------------------------------------------------------------------


@operation("The list of sitemaps", tag=TAG, produces=("application/xml",))
async def sitemap_index(request: Request) -> Response:
    """One for every 10,000 datasets."""
    platform, subject = who(request)
    where = all_of(originals.CURRENT, Compare("kind", "=", ResourceKind.DATASET))
    total = await catalogue.count(platform, subject, where=where)
    base = f"{platform.settings.base_url}{request.url.path}"
    parts = "".join(
        f"<sitemap><loc>{feed.clean(f'{base}/{number}')}</loc></sitemap>\n"
        for number in range(1, max(1, -(-total // PER_SITEMAP)) + 1)
    )
    body = f'{XML}<sitemapindex xmlns="{SPACE}">\n{parts}</sitemapindex>\n'
    return Response(body, media_type="application/xml")


@operation("One sitemap", tag=TAG, produces=("application/xml",))
async def sitemap(request: Request) -> Response:
    """The pages of its datasets with the day they last changed; 404 after the last."""
    platform, subject = who(request)
    number = int(request.path_params["number"])
    where = all_of(originals.CURRENT, Compare("kind", "=", ResourceKind.DATASET))
    start = (number - 1) * PER_SITEMAP
    if not 0 <= start < 10**9:
        raise missing(f"sitemap {number}")
    found = await pages.slice_of(platform, subject, where, start, PER_SITEMAP)
    if not found.records and number > 1:
        raise missing(f"sitemap {number}")
    body = "".join(_urls(platform, found.records))
    return Response(
        f'{XML}<urlset xmlns="{SPACE}">\n{body}</urlset>\n', media_type="application/xml"
    )


def _urls(platform: Platform, records: Iterable[Record]) -> Iterable[str]:
    for record in records:
        day = pages.date_time(record.updated)[:10]
        for language in PAGES:
            place = feed.clean(_page(platform, record, language))
            yield f"<url><loc>{place}</loc><lastmod>{day}</lastmod></url>\n"
