# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Feeds as Atom (RFC 4287), RSS 2.0 and JSON Feed 1.1. Pure functions.

    text = atom(Feed(address="https://…/feeds/de/datasets.atom?q=trees", title="…", …))

Entries that are gone are written as tombstones in Atom (RFC 6721) and left out elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import msgspec
from msgspec import Struct

XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
ATOM = "http://www.w3.org/2005/Atom"
OPEN_SEARCH = "http://a9.com/-/spec/opensearch/1.1/"
TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"
JSON_FEED = "https://jsonfeed.org/version/1.1"
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


class Item(Struct, frozen=True, kw_only=True):
    """One entry; `updated` and `published` in µs UTC, `link` the page for people."""

    ident: str  # an IRI that never changes
    title: str
    text: str
    link: str
    updated: int
    published: int | None = None
    author: str = ""
    words: tuple[str, ...] = ()
    data: tuple[tuple[str, str], ...] = ()  # media type and address of the same as data


class Gone(Struct, frozen=True):
    """An entry that is not there any more, since `at` in µs UTC."""

    ident: str
    at: int


class Found(Struct, frozen=True):
    """Where a feed stands in the results of a search (OpenSearch 1.1); `start` counts from 1."""

    total: int
    start: int
    per_page: int


class Feed(Struct, frozen=True, kw_only=True):
    """A feed: its own address, whose it is, its page for people, and what is in it."""

    address: str
    title: str
    language: str
    home: str
    author: str
    items: list[Item]
    about: str = ""
    icon: str = ""
    updated: int = 0  # µs UTC; of the newest entry if that is newer
    next: str = ""  # the address of the next page
    gone: list[Gone] = []
    found: Found | None = None

    @property
    def newest(self) -> int:
        """When the feed last changed, in µs UTC."""
        moments = [each.updated for each in self.items] + [each.at for each in self.gone]
        return max(self.updated, *moments, 0)


# --- Atom ----------------------------------------------------------------------------


def atom(feed: Feed) -> str:
    """An Atom document (RFC 4287); what is gone as at:deleted-entry (RFC 6721 §3)."""
    spaces = f'xmlns="{ATOM}"' + (f' xmlns:at="{TOMBSTONES}"' if feed.gone else "")
    spaces += f' xmlns:opensearch="{OPEN_SEARCH}"' if feed.found else ""
    head = f"{XML}<feed {spaces} xml:lang={_quoted(feed.language)}>\n"
    parts = (*_atom_head(feed), *map(_atom_entry, feed.items), *map(_atom_gone, feed.gone))
    return head + "".join(parts) + "</feed>\n"


def _atom_head(feed: Feed) -> Iterator[str]:
    yield f"<id>{clean(feed.address)}</id>\n<title>{clean(feed.title)}</title>\n"
    if feed.about:
        yield f"<subtitle>{clean(feed.about)}</subtitle>\n"
    yield f"<updated>{_time(feed.newest)}</updated>\n"
    yield f"<author><name>{clean(feed.author)}</name></author>\n"
    yield f'<link rel="self" type="application/atom+xml" href={_quoted(feed.address)}/>\n'
    yield f'<link rel="alternate" type="text/html" href={_quoted(feed.home)}/>\n'
    if feed.next:
        yield f'<link rel="next" href={_quoted(feed.next)}/>\n'
    if feed.icon:
        yield f"<icon>{clean(feed.icon)}</icon>\n"
    yield _found(feed)


def _found(feed: Feed) -> str:
    """OpenSearch 1.1 Draft 6, response elements."""
    if feed.found is None:
        return ""
    return (
        f"<opensearch:totalResults>{feed.found.total}</opensearch:totalResults>\n"
        f"<opensearch:startIndex>{feed.found.start}</opensearch:startIndex>\n"
        f"<opensearch:itemsPerPage>{feed.found.per_page}</opensearch:itemsPerPage>\n"
    )


def _atom_entry(item: Item) -> str:
    author = f"<author><name>{clean(item.author)}</name></author>\n" if item.author else ""
    since = "" if item.published is None else f"<published>{_time(item.published)}</published>\n"
    data = "".join(
        f'<link rel="related" type={_quoted(kind)} href={_quoted(address)}/>\n'
        for kind, address in item.data
    )
    words = "".join(f"<category term={_quoted(word)}/>\n" for word in item.words if word)
    return (
        f"<entry>\n<id>{clean(item.ident)}</id>\n<title>{clean(item.title)}</title>\n"
        f"<updated>{_time(item.updated)}</updated>\n{since}{author}"
        f'<link rel="alternate" type="text/html" href={_quoted(item.link)}/>\n{data}{words}'
        f'<summary type="text">{clean(item.text)}</summary>\n</entry>\n'
    )


def _atom_gone(gone: Gone) -> str:
    return f'<at:deleted-entry ref={_quoted(gone.ident)} when="{_time(gone.at)}"/>\n'


# --- RSS -----------------------------------------------------------------------------


def rss(feed: Feed) -> str:
    """An RSS 2.0 document with atom:link to itself."""
    head = (
        f'{XML}<rss version="2.0" xmlns:atom="{ATOM}" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:opensearch="{OPEN_SEARCH}">\n'
        "<channel>\n"
        f"<title>{clean(feed.title)}</title>\n<link>{clean(feed.home)}</link>\n"
        f"<description>{clean(feed.about or feed.title)}</description>\n"
        f"<language>{clean(feed.language)}</language>\n"
        f"<lastBuildDate>{_mail_time(feed.newest)}</lastBuildDate>\n"
        f'<atom:link rel="self" type="application/rss+xml" href={_quoted(feed.address)}/>\n'
        f"{_found(feed)}"
    )
    more = f'<atom:link rel="next" href={_quoted(feed.next)}/>\n' if feed.next else ""
    return head + more + "".join(map(_rss_item, feed.items)) + "</channel>\n</rss>\n"


def _rss_item(item: Item) -> str:
    author = f"<dc:creator>{clean(item.author)}</dc:creator>\n" if item.author else ""
    words = "".join(f"<category>{clean(word)}</category>\n" for word in item.words if word)
    return (
        f"<item>\n<title>{clean(item.title)}</title>\n<link>{clean(item.link)}</link>\n"
        f'<guid isPermaLink="false">{clean(item.ident)}</guid>\n'
        f"<pubDate>{_mail_time(item.updated)}</pubDate>\n{author}{words}"
        f"<description>{clean(item.text)}</description>\n</item>\n"
    )


# --- JSON Feed -----------------------------------------------------------------------


def json_feed(feed: Feed) -> bytes:
    """A JSON Feed 1.1 document."""
    document: dict[str, Any] = {
        "version": JSON_FEED,
        "title": feed.title,
        "home_page_url": feed.home,
        "feed_url": feed.address,
        "description": feed.about,
        "next_url": feed.next,
        "icon": feed.icon,
        "authors": [{"name": feed.author}],
        "language": feed.language,
    }
    said = {name: value for name, value in document.items() if value}
    return msgspec.json.encode({**said, "items": [_json_item(each) for each in feed.items]})


def _json_item(item: Item) -> dict[str, Any]:
    members: dict[str, Any] = {
        "id": item.ident,
        "url": item.link,
        "title": item.title,
        "date_published": None if item.published is None else _time(item.published),
        "date_modified": _time(item.updated),
        "authors": [{"name": item.author}] if item.author else [],
        "tags": [word for word in item.words if word],
    }
    return {
        **{name: value for name, value in members.items() if value},
        "content_text": item.text or item.title,  # §5: an item needs one of the contents
    }


# --- parts ---------------------------------------------------------------------------


def clean(text: str) -> str:
    """Text for XML 1.0: without what no document may hold, everything else escaped."""
    return escape(_FORBIDDEN.sub("", text))


def _quoted(text: str) -> str:
    return quoteattr(_FORBIDDEN.sub("", text))


def _time(microseconds: int) -> str:
    """RFC 3339 in UTC."""
    return f"{datetime.fromtimestamp(microseconds // 1_000_000, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _mail_time(microseconds: int) -> str:
    """RFC 5322, as RSS wants it."""
    return format_datetime(datetime.fromtimestamp(microseconds // 1_000_000, UTC), usegmt=True)
