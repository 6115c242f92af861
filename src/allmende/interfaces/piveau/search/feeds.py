# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Results of a search as Atom (RFC 4287) and RSS 2.0, changes of a dataset, and sitemaps."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from xml.sax.saxutils import escape, quoteattr

from msgspec import Struct
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
from allmende.model.catalogue import ResourceKind, local
from allmende.model.filter import Compare, all_of

LANGUAGE = re.compile(r"[a-z]{2}\Z")
PER_SITEMAP = 10_000
PAGES = ("de", "en")
XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
SPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LANG = Parameter("lang", "path", "Language of the texts", {}, True)


class Item(Struct, frozen=True):
    """One entry of a feed; `updated` in µs UTC."""

    ident: str
    title: str
    text: str
    link: str
    updated: int
    author: str


@operation(
    "The results of a search as Atom",
    tag=TAG,
    parameters=(_LANG,),
    produces=("application/atom+xml",),
)
async def atom(request: Request) -> Response:
    """The parameters of /search; the newest first unless said."""
    title, items = await _items(request)
    body = _atom(request, title, items)
    return Response(body, media_type="application/atom+xml; charset=utf-8")


@operation(
    "The results of a search as RSS",
    tag=TAG,
    parameters=(_LANG,),
    produces=("application/rss+xml",),
)
async def rss(request: Request) -> Response:
    """The parameters of /search; the newest first unless said."""
    title, items = await _items(request)
    return Response(_rss(request, title, items), media_type="application/rss+xml; charset=utf-8")


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
            f"{catalogue.address(platform, record)}#revision-{each.number}",
            f"{title} ({each.number})",
            each.reason or each.action,
            _page(platform, record, language),
            each.at,
            "",
        )
        for each in found
    ]
    return Response(_rss(request, title, items), media_type="application/rss+xml; charset=utf-8")


def _language(request: Request) -> str:
    given: str = request.path_params["lang"]
    if not LANGUAGE.match(given):
        raise InvalidInput(
            "The language has two small letters, such as de.",
            "Die Sprache besteht aus zwei Kleinbuchstaben, etwa de.",
        )
    return given


async def _items(request: Request) -> tuple[str, list[Item]]:
    platform, _ = who(request)
    language = _language(request)
    asked = await asked_of(request)
    asked.filters, asked.filter, asked.aggregation = ["dataset"], None, False
    found = await records_for(request, asked)
    title = platform.settings.site_name
    title += f": {asked.q}" if asked.q.strip() else ""
    return title, [_item(platform, each, language) for each in found.records]


def _item(platform: Platform, record: Record, language: str) -> Item:
    resource = record.resource
    publisher = resource.publisher
    return Item(
        catalogue.address(platform, record),
        local(resource.title, language) or record.id,
        local(resource.description, language),
        _page(platform, record, language),
        record.updated,
        local(publisher.name, language) if publisher else "",
    )


def _page(platform: Platform, record: Record, language: str) -> str:
    """The page for people, in their language when there is one."""
    tongue = language if language in PAGES else "en"
    path = f"/{tongue}/{ADDRESS_PARTS[record.kind]}/{record.id}"
    return platform.settings.base_url + path


def _clean(text: str) -> str:
    """Text for XML: without what no XML document may hold, with everything else escaped."""
    return escape(_FORBIDDEN.sub("", text))


def _own(request: Request) -> str:
    base: str = request.app.state.platform.settings.base_url
    query = f"?{request.url.query}" if request.url.query else ""
    return f"{base}{request.url.path}{query}"


def _atom(request: Request, title: str, items: Sequence[Item]) -> str:
    newest = max((each.updated for each in items), default=0)
    own = _own(request)
    lang = quoteattr(_language(request))
    head = (
        f'{XML}<feed xmlns="http://www.w3.org/2005/Atom" xml:lang={lang}>\n'
        f"<id>{_clean(own)}</id>\n<title>{_clean(title)}</title>\n"
        f"<updated>{pages.date_time(newest)}</updated>\n"
        f'<link rel="self" href={quoteattr(own)}/>\n'
        f"<author><name>{_clean(request.app.state.platform.settings.site_name)}</name></author>\n"
    )
    return head + "".join(map(_atom_entry, items)) + "</feed>\n"


def _atom_entry(item: Item) -> str:
    author = f"<author><name>{_clean(item.author)}</name></author>\n" if item.author else ""
    return (
        f"<entry>\n<id>{_clean(item.ident)}</id>\n<title>{_clean(item.title)}</title>\n"
        f"<updated>{pages.date_time(item.updated)}</updated>\n{author}"
        f'<link rel="alternate" type="text/html" href={quoteattr(item.link)}/>\n'
        f'<summary type="text">{_clean(item.text)}</summary>\n</entry>\n'
    )


def _rss(request: Request, title: str, items: Sequence[Item]) -> str:
    own = _own(request)
    base = request.app.state.platform.settings.base_url
    head = (
        f'{XML}<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom">\n<channel>\n'
        f"<title>{_clean(title)}</title>\n<link>{_clean(base)}</link>\n"
        f"<description>{_clean(title)}</description>\n<language>{_language(request)}</language>\n"
        f'<atom:link rel="self" type="application/rss+xml" href={quoteattr(own)}/>\n'
    )
    return head + "".join(map(_rss_item, items)) + "</channel>\n</rss>\n"


def _rss_item(item: Item) -> str:
    when = format_datetime(datetime.fromtimestamp(item.updated / 1e6, UTC), usegmt=True)
    return (
        f"<item>\n<title>{_clean(item.title)}</title>\n<link>{_clean(item.link)}</link>\n"
        f'<guid isPermaLink="false">{_clean(item.ident)}</guid>\n<pubDate>{when}</pubDate>\n'
        f"<description>{_clean(item.text)}</description>\n</item>\n"
    )


# --- sitemaps ------------------------------------------------------------------------


@operation("The list of sitemaps", tag=TAG, produces=("application/xml",))
async def sitemap_index(request: Request) -> Response:
    """One for every 10,000 datasets."""
    platform, subject = who(request)
    where = all_of(originals.CURRENT, Compare("kind", "=", ResourceKind.DATASET))
    total = await catalogue.count(platform, subject, where=where)
    base = f"{platform.settings.base_url}{request.url.path}"
    parts = "".join(
        f"<sitemap><loc>{_clean(f'{base}/{number}')}</loc></sitemap>\n"
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
            place = _clean(_page(platform, record, language))
            yield f"<url><loc>{place}</loc><lastmod>{day}</lastmod></url>\n"
