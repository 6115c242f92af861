# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Following observations as they are committed, by whichever process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from allmende.core.platform import Platform
from allmende.core.sensing import sharing
from allmende.core.sensing.reading import condition
from allmende.core.sensing.sharing import MOST_WAITING, Happened, entries_of, expanded
from allmende.model.filter import Filter
from allmende.model.sensing.calendar import SECOND
from allmende.policy import Subject
from allmende.store import Connection, now
from allmende.store.sensing import journal, streams

__all__ = ["MOST_WAITING", "Happened", "follow", "happened", "position"]

PAUSE = 1.0
"""Seconds after which other processes' commits are looked for."""
BATCH = 500
"""Entries of the journal that are read at once."""


async def follow(
    platform: Platform,
    subject: Subject,
    *,
    after: int | None = None,
    idents: Sequence[int] | None = None,
) -> AsyncIterator[list[Happened]]:
    """What happens to observations the subject may read, in the order of commits.

    Begins behind the sequence `after`, or now. `idents` narrows it to some datastreams. An
    empty list comes after a second in which nothing happened, so that a caller can stop. It
    ends when the caller is too slow: when more than `MOST_WAITING` wait for it. Whoever follows
    reads alone until there is nothing older, and then together with all others of the process.
    """
    seen, wanted = condition(subject), None if idents is None else frozenset(idents)
    at = after
    while at is not None:
        more, found = await platform.store.read(_happened, seen, at, wanted, BATCH)
        if more == at:
            break
        at = more
        if found:
            yield found
    member = await sharing.join(platform, seen, wanted)
    try:
        while at is not None and at < member.since:  # what came while it was joining
            at, found = await platform.store.read(_happened, seen, at, wanted, BATCH)
            if found:
                yield found
        while (batch := await member.next(PAUSE)) is not None:
            fresh = batch if at is None else [each for each in batch if each.sequence > at]
            if fresh or not batch:
                yield fresh
    finally:
        sharing.leave(platform, member)


async def happened(
    platform: Platform, subject: Subject, after: int, limit: int = BATCH
) -> tuple[int, list[Happened]]:
    """The next entries after a sequence: the sequence reached, and what the subject may see."""
    return await platform.store.read(_happened, condition(subject), after, None, limit)


async def position(platform: Platform, subject: Subject) -> int:
    """The sequence of what happened last."""
    return await platform.store.read(journal.last)


def good_for(subject: Subject, seconds: float) -> float:
    """How long of these seconds the subject may follow before a grant of it ends."""
    left = ((each.until - now()) / SECOND for each in subject.grants)
    return max(0.0, min([seconds, *left]))


def _happened(
    db: Connection, seen: Filter, after: int, wanted: frozenset[int] | None, limit: int
) -> tuple[int, list[Happened]]:
    entries = entries_of(db, after, limit)
    if not entries:
        return after, []
    asked = {each.datastream for each in entries}
    if wanted is not None:
        asked &= wanted
    allowed = set(streams.seen(db, seen, list(asked))) if asked else set()
    found: list[Happened] = []
    for entry in entries:
        if entry.datastream in allowed:
            found += expanded(db, entry)
    return entries[-1].sequence, found
