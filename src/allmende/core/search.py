# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Searching the catalogue, completing words, and what people looked for in vain."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec import Struct

from allmende.core import projecting
from allmende.core.projecting import Progress, silent
from allmende.errors import Busy, NotAllowed
from allmende.model.filter import Filter, all_of
from allmende.policy import Action, Subject, may, read_condition
from allmende.projections.search import (
    FACETS,
    REBUILD_BATCH,
    FacetCount,
    Found,
    Mode,
    SearchIndex,
    SearchProjection,
    SearchQuery,
    Sort,
)
from allmende.store import Connection, catalogue, now
from allmende.store import search as stored
from allmende.store.records import Record
from allmende.store.search import Miss

if TYPE_CHECKING:
    from allmende.core.platform import Platform

__all__ = [
    "FACETS",
    "FacetCount",
    "Miss",
    "SearchQuery",
    "SearchResult",
    "Sort",
    "attach",
    "complete",
    "make_ready",
    "misses",
    "search",
    "values",
]

MISSES_KEPT_DAYS = 180
MAX_MISS = 80  # characters
MAX_MISSES_PER_DAY = 5_000  # different ones, noted by one process
DAY = 86_400_000_000  # microseconds

# An e-mail address, a telephone number, a date of birth: not to be kept.
_PERSONAL = re.compile(r"@|\bat\b.*\.|\d[\d /.()+-]{5,}\d|\w+\.\w+\.(?:de|com|org|net)\b")
_BLANKS = re.compile(r"\s+")


class SearchResult(Struct, frozen=True, kw_only=True):
    """One page of records, and what is known about the whole result; see `Found`."""

    total: int
    records: list[Record]
    facets: dict[str, list[FacetCount]]
    mode: Mode
    ignored: list[str]
    suggestions: list[str]
    publishers: dict[str, dict[str, str]] = {}


def attach(platform: Platform) -> SearchProjection:
    """Makes the platform's records searchable; `Platform.open` does it once."""
    projection = SearchProjection(platform.settings.language)

    async def audit() -> list[str]:
        found = await platform.store.read_slow(projection.check)
        return [f"{each.problem}: {each.id or each.key}" for each in found]

    async def rebuild(keys: Sequence[int], progress: Progress) -> None:
        await _rebuild(platform, projection, keys, progress)

    platform.audits.append(("search", audit))
    return projecting.attach(platform, projection, rebuild)


def projection_of(platform: Platform) -> SearchProjection:
    """The search of the platform."""
    return projecting.attached(platform, SearchProjection, attach)


async def make_ready(platform: Platform, progress: Progress = silent) -> None:
    """Indexes what is not indexed yet (after a restore or an upgrade) and fills the memory."""
    projection = projection_of(platform)
    keys = await platform.store.read_slow(projection.outdated)
    if keys:
        await _rebuild(platform, projection, keys, progress)
    await platform.store.read_slow(projection.index.refresh)


async def _rebuild(
    platform: Platform, projection: SearchProjection, keys: Sequence[int], progress: Progress
) -> None:
    made = projection.rebuild
    await projecting.in_batches(platform, "search", made, keys, REBUILD_BATCH, progress)
    await platform.store.write(projection.finish_rebuild)


async def search(
    platform: Platform, subject: Subject, query: SearchQuery, *, asked: bool = True
) -> SearchResult:
    """The records the subject may see that answer the query, with counts of the facets.

    `asked` is False when a program repeats a search that a person made once. Raises
    InvalidInput or LimitExceeded for a query that cannot be answered.
    """
    index = projection_of(platform).index
    condition = read_condition(subject)
    found, records = await platform.store.read(_answer, index, condition, query)
    if asked and query.offset == 0 and found.mode in ("none", "partial"):
        _note_miss(platform, query.text)
    return SearchResult(
        total=found.total,
        records=records,
        facets=found.facets,
        mode=found.mode,
        ignored=found.ignored,
        suggestions=found.suggestions,
        publishers=found.publishers,
    )


def _answer(
    db: Connection, index: SearchIndex, condition: Filter, query: SearchQuery
) -> tuple[Found, list[Record]]:
    found = index.search(db, condition, query)
    return found, catalogue.by_keys(db, condition, found.keys) if found.keys else []


async def complete(platform: Platform, subject: Subject, text: str, limit: int = 10) -> list[str]:
    """Keywords and titles the subject may see that go on as the text begins."""
    index = projection_of(platform).index
    return await platform.store.read(index.complete, read_condition(subject), text, limit)


async def values(platform: Platform, subject: Subject, name: str, where: Filter) -> dict[str, int]:
    """Every value of a facet among the visible records that fit, with their number.

    `where` may ask for what the policy looks at, the kind and the catalogue.
    """
    index = projection_of(platform).index
    condition = all_of(read_condition(subject), where)
    return await platform.store.read(index.values, condition, name)


# --- what was looked for in vain ---------------------------------------------------------


async def misses(
    platform: Platform, subject: Subject, *, days: int = 30, at_least: int = 2, limit: int = 100
) -> list[Miss]:
    """Queries that found nothing, or only parts of them, the most frequent first.

    For stewards and administrators of any organisation, else NotAllowed.
    """
    if not any(may(subject, Action.WRITE, organisation) for organisation in subject.roles):
        raise NotAllowed(
            "Only stewards see what people looked for in vain.",
            "Nur Datenverantwortliche sehen, wonach vergeblich gesucht wurde.",
        )
    since = now() // DAY - days
    return await platform.store.read(stored.misses, since, at_least, limit)


def normalised_miss(text: str) -> str:
    """The query as it is counted; empty when it may be about a person."""
    plain = _BLANKS.sub(" ", text.casefold()).strip()
    return "" if len(plain) > MAX_MISS or _PERSONAL.search(plain) else plain


def _note_miss(platform: Platform, text: str) -> None:
    """Counts the query without keeping anybody waiting for it."""
    query = normalised_miss(text)
    if query:
        with suppress(Busy):  # then there is more important work to do
            platform.store.writer.submit(_count_miss, (query, now() // DAY))


def _count_miss(db: Connection, query: str, day: int) -> None:
    if stored.misses_of(db, day) == 0:
        stored.forget_misses(db, day - MISSES_KEPT_DAYS)
    stored.add_miss(db, day, query, MAX_MISSES_PER_DAY)
