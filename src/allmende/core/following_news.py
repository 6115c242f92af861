# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a follower has not been told yet, as the follower may see the catalogue now.

A letter is decided on when something has changed and written when it is sent, both times
with the rights of that moment: of a record that was hidden in between nothing is told.
"""

from __future__ import annotations

from msgspec import Struct

from allmende.core import catalogue, following, mail
from allmende.core.following_changes import changes
from allmende.core.following_words import said, word
from allmende.core.platform import Platform
from allmende.core.search import search
from allmende.errors import NotFound
from allmende.model.catalogue import Resource, ResourceKind, local
from allmende.policy import Subject
from allmende.store import following as rows
from allmende.store.following import Follow
from allmende.store.records import Record, Revision

MOST_LOOKED_AT = 200  # records of a search
MOST_TOLD = 30  # records in one letter
MOST_EVENTS = 20_000


class Span(Struct, frozen=True):
    """From when to when something is told: revisions or events, and their times in µs UTC."""

    since: int
    since_at: int
    upto: int
    upto_at: int


class Item(Struct, frozen=True):
    """One record in a letter: its id, its title, whether it is new, what has changed."""

    id: str
    title: str
    new: bool
    lines: list[str]


class News(Struct, frozen=True):
    """What there is to tell; `hidden` when the follower does not see the dataset now."""

    items: list[Item] = []
    more: bool = False
    hidden: bool = False


async def news(platform: Platform, follow: Follow, span: Span) -> News:
    """What the follower may be told of a span of changes."""
    subject = await following.reader_of(platform, follow)
    return await news_for(platform, subject, follow, span) if subject else News(hidden=True)


async def news_for(platform: Platform, subject: Subject, follow: Follow, span: Span) -> News:
    """What a subject may be told of a span of changes of what is followed."""
    if follow.kind == "dataset":
        return await _of_dataset(platform, subject, follow, span)
    return await _of_search(platform, subject, follow, span)


async def _of_dataset(platform: Platform, subject: Subject, follow: Follow, span: Span) -> News:
    kind = ResourceKind.DATASET
    try:
        await catalogue.get(platform, subject, kind, follow.target)
        after = await catalogue.revision(platform, subject, kind, follow.target, span.upto)
    except NotFound:
        return News(hidden=True)
    before: Revision | None = None
    try:
        before = await catalogue.revision(platform, subject, kind, follow.target, span.since)
    except NotFound:
        before = None  # what it was then, the follower may not see
    item = _item(follow.target, before, after, follow.language)
    return News([item]) if item else News()


def _item(ident: str, before: Revision | None, after: Revision, language: str) -> Item | None:
    """What is told of a record between two of its states; None when nothing is."""
    new = after.resource
    if new is None:
        return None
    old = before.resource if before else None
    lines = changes(old, new, language) if old is not None else []
    if old is not None and not lines:
        return None
    return Item(ident, _title(new, ident, language), old is None, lines)


def _title(resource: Resource, ident: str, language: str) -> str:
    return mail.one_line(local(resource.title, language, "de", "en")) or ident


async def _of_search(platform: Platform, subject: Subject, follow: Follow, span: Span) -> News:
    changed = await platform.store.read(rows.changed_records, span.since, span.upto, MOST_EVENTS)
    if not changed:
        return News()
    query = following.query_of(follow.target, follow.language, MOST_LOOKED_AT)
    found = await search(platform, subject, query, asked=False)
    if found.mode in ("partial", "none"):
        return News()
    mine = [record for record in found.records if record.key in changed]
    items: list[Item] = []
    for record in mine:
        if len(items) >= MOST_TOLD:
            break
        item = await _of_record(platform, subject, record, follow.language, span)
        if item is not None:
            items.append(item)
    more = len(items) >= MOST_TOLD or (len(mine) == MOST_LOOKED_AT and bool(items))
    return News(items, more)


async def _of_record(
    platform: Platform, subject: Subject, record: Record, language: str, span: Span
) -> Item | None:
    """A record of a search: its last state of before and its last state of the span."""
    states = await catalogue.revisions(platform, subject, record.kind, record.id)
    after = next((each for each in states if each.at <= span.upto_at), None)
    before = next((each for each in states if each.at <= span.since_at), None)
    if after is None or (before is not None and before.number == after.number):
        return None
    whole = [
        await catalogue.revision(platform, subject, record.kind, record.id, each.number)
        if each
        else None
        for each in (before, after)
    ]
    return _item(record.id, whole[0], whole[1], language) if whole[1] else None


# --- the letter ----------------------------------------------------------------------


def written(platform: Platform, follow: Follow, found: News) -> mail.Written:
    """The letter about what there is to tell, with its links and the headers of RFC 8058."""
    base, language = platform.settings.base_url, follow.language
    if follow.kind == "dataset":
        item = found.items[0]
        subject, text = said(
            "dataset",
            language,
            title=item.title,
            changes=_lines(item.lines or [word("new", language, title=item.title)]),
            address=f"{base}/{language}/datasets/{item.id}",
        )
    else:
        subject, text = said(
            "search",
            language,
            name=name_of(follow),
            changes=_listed(platform, follow, found),
            address=f"{base}/{language}/datasets?{follow.target}",
        )
    link = following.address(platform, follow, following.MANAGE)
    _, end = said("end", language, site=platform.settings.site_name, link=link)
    headers = {
        "List-Unsubscribe": f"<{following.stop_address(platform, follow)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    return mail.Written(subject, text + end, headers)


def name_of(follow: Follow) -> str:
    """The words of a search in quotation marks, with a space before them; "" without words."""
    text = following.query_of(follow.target, follow.language, 1).text
    return word("quoted", follow.language, text=mail.one_line(text)[:80]) if text else ""


def _lines(lines: list[str]) -> str:
    return "\n".join(f"* {line}" for line in lines)


def _listed(platform: Platform, follow: Follow, found: News) -> str:
    base, language = platform.settings.base_url, follow.language
    parts = []
    for item in found.items:
        head = word("new" if item.new else "changed", language, title=item.title)
        parts.append(
            "\n".join([head, *(f"  * {line}" for line in item.lines[:6])])
            + f"\n  {base}/{language}/datasets/{item.id}"
        )
    if found.more:
        parts.append(word("more", language))
    return "\n\n".join(parts)
