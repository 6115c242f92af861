# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Telling followers: who is due is looked for, a letter goes in, and that it did is noted.

A letter and the note of how far its reader has been told are one transaction, so that after
a fall nothing is told twice and nothing is lost. What the letter says is worked out when it
is sent.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from allmende.core import following, following_news, mail
from allmende.core.following_news import Span
from allmende.core.jobs import enqueue
from allmende.core.platform import Platform
from allmende.errors import AllmendeError, Busy
from allmende.store import Connection, now
from allmende.store import following as rows
from allmende.store import mail as letters
from allmende.store.events import Event
from allmende.store.following import Follow
from allmende.store.mail import Waiting

JOB_KIND = "follow"
LETTER = "follow"
PAGE = 100
GATHER = 20 * 1_000_000
"""How long changes are gathered before followers are told (µs)."""
REST = 3_600 * 1_000_000

log = logging.getLogger("allmende.jobs")


class Reference(msgspec.Struct, frozen=True):
    """What a waiting letter knows of itself: who follows, and which span it tells."""

    follow: str
    span: Span


async def hear(platform: Platform, batch: Sequence[Event]) -> None:
    """A subscriber of the outbox: when records have changed, followers are told soon."""
    if mail.possible(platform.settings) and any(each.topic == "resource" for each in batch):
        await enqueue(platform, JOB_KIND, key=JOB_KIND, run_at=now() + GATHER)


async def work(platform: Platform, _arguments: Mapping[str, Any]) -> None:
    """The job: puts a letter in for everybody who is due and has not been told something."""
    if not mail.possible(platform.settings):
        return
    at, newest = now(), await platform.store.read(rows.newest)

    def searches(db: Connection, after: str) -> list[Follow]:
        return rows.due_searches(db, after, at, newest[0], PAGE)

    def datasets(db: Connection, after: str) -> list[Follow]:
        return rows.due_datasets(db, after, at, PAGE)

    for look in (datasets, searches):
        await _all(platform, look, newest)


async def _all(
    platform: Platform, look: Callable[[Connection, str], list[Follow]], newest: tuple[int, int]
) -> None:
    after = ""
    while found := await platform.store.read(look, after):
        for each in found:
            try:
                await tell(platform, each, newest)
            except Busy:
                raise
            except AllmendeError as error:
                log.warning("%s cannot be told: %s", each.id, error.text["en"])
                await platform.store.write(rows.rest, each.id, now() + REST)
        after = found[-1].id


async def tell(platform: Platform, follow: Follow, newest: tuple[int, int]) -> bool:
    """Puts a letter in when there is something to tell up to an event; whether there was."""
    at, (upto, upto_at) = now(), newest
    if follow.record is not None:
        upto = await platform.store.read(rows.revision_of, follow.record)
    span = Span(follow.told, follow.told_at, upto, upto_at)
    found = await following_news.news(platform, follow, span)
    if found.hidden:
        await platform.store.write(rows.rest, follow.id, at + REST)
        return False
    due = following.next_due(platform.settings, follow.pace, at) if found.items else follow.due
    return await platform.store.write(_put, follow, span, due, bool(found.items))


def _put(db: Connection, follow: Follow, span: Span, due: int, letter: bool) -> bool:
    if not rows.told(db, follow, span.upto, span.upto_at, due):
        return False
    if letter:
        text = msgspec.json.encode(Reference(follow.id, span)).decode()
        mail.put(db, follow.email, "", text, LETTER)
    return letter


async def write(platform: Platform, letter: Waiting) -> mail.Written | None:
    """Writes a letter when it is sent; None when it has nothing to say to its reader any more."""
    about = msgspec.json.decode(letter.body, type=Reference)
    follow = await platform.store.read(rows.find, about.follow)
    if follow is None or follow.confirmed is None:
        return None
    found = await following_news.news(platform, follow, about.span)
    return following_news.written(platform, follow, found) if found.items else None


def tidy(db: Connection, before: int) -> None:
    """Letters that could not be sent since a moment (µs UTC) go; what they say is told anew."""
    for letter in letters.older(db, LETTER, before):
        about = msgspec.json.decode(letter.body, type=Reference)
        span = about.span
        rows.untold(db, about.follow, span.since, span.since_at, span.upto)
        letters.remove(db, letter.id)


mail.WRITERS[LETTER] = write
