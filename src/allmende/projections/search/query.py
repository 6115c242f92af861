# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What can be asked of the search and what it answers."""

from __future__ import annotations

from datetime import date as calendar
from typing import Literal

from msgspec import Struct

from allmende.errors import InvalidInput, LimitExceeded
from allmende.model.catalogue import ResourceKind
from allmende.model.filter import Filter
from allmende.projections.search.bitmaps import FACETS, FacetCount
from allmende.projections.search.places import Box, day
from allmende.projections.search.where import check_where

Sort = Literal["relevance", "modified", "issued", "title", "quality"]
Stored = Literal["updated", "created", "id"]
"""Orders by what the platform itself notes of a record."""

Mode = Literal["all", "stem", "prefix", "substring", "partial", "none"]

MAX_LIMIT = 1000
MAX_TEXT = 400  # characters
MAX_WORDS = 16
MAX_FACET_VALUES = 100  # selected in one query
MAX_FACET_LIMIT = 1000


class SearchQuery(Struct, frozen=True, kw_only=True):
    """A question to the catalogue.

    `text` is free text: quoted words follow each other, a word with a minus must not occur,
    `OR` stands between alternatives.
    `facets` selects values; a record needs one of the values of each facet, or all of them
    for the facets named in `all_values`. `bbox` is west, south, east, north in degrees;
    `start` and `end` are ISO dates (both inclusive) against the time the data speak about,
    else the date of issue or change. `counted` names the facets to count, each with its
    `facet_limit` most frequent values.
    `where` narrows the result and every count (see `where`). `backwards` turns the order
    of `sort` round: dates are newest first by themselves, the best quality is first, titles
    and ids begin with A.
    """

    text: str = ""
    facets: dict[str, tuple[str, ...]] = {}
    all_values: frozenset[str] = frozenset()
    kinds: tuple[ResourceKind, ...] = ()
    bbox: Box | None = None
    start: str | None = None
    end: str | None = None
    sort: Sort | Stored = "relevance"
    limit: int = 20
    offset: int = 0
    language: str = "de"
    counted: tuple[str, ...] = FACETS
    facet_limit: int = 50
    where: Filter | None = None
    backwards: bool = False


class Found(Struct, frozen=True, kw_only=True):
    """Keys of the records of one page, and what is known about the whole result.

    `mode` tells how the text was found: `all` no text was given; `stem` every word as such,
    as part of a compound or by a synonym; `prefix` and `substring` some word only as the
    beginning or as a part of words; `partial` the words in `ignored` were left out because
    nothing has all words; `none` nothing was found.
    """

    total: int
    keys: list[int]
    facets: dict[str, list[FacetCount]]
    mode: Mode
    ignored: list[str]
    suggestions: list[str]
    publishers: dict[str, dict[str, str]] = {}  # names by language of publishers that are counted


def check(query: SearchQuery) -> None:
    """Raises InvalidInput or LimitExceeded for a query that cannot be answered."""
    _limit("limit", query.limit, MAX_LIMIT)
    _limit("facet_limit", query.facet_limit, MAX_FACET_LIMIT)
    _limit("text", len(query.text), MAX_TEXT)
    _limit("facets", sum(map(len, query.facets.values())), MAX_FACET_VALUES)
    if query.limit < 0 or query.offset < 0:
        raise InvalidInput(
            "limit and offset cannot be negative.", "limit und offset dürfen nicht negativ sein."
        )
    if query.where is not None:
        check_where(query.where)
    for name in (*query.facets, *query.all_values, *query.counted):
        if name not in FACETS:
            raise InvalidInput(
                f"There is no facet “{name}”; known are: {', '.join(FACETS)}.",
                f"Es gibt keine Facette „{name}“; bekannt sind: {', '.join(FACETS)}.",
            )
    for date in (query.start, query.end):
        if date and not (day(date) and _exists(date)):
            raise InvalidInput(
                f"“{date}” is not a date; write 2021, 2021-05 or 2021-05-31.",
                f"„{date}“ ist kein Datum; schreiben Sie 2021, 2021-05 oder 2021-05-31.",
            )
    if query.bbox is not None and query.bbox[1] > query.bbox[3]:
        raise InvalidInput(
            "The box must be west, south, east, north.",
            "Der Ausschnitt muss West, Süd, Ost, Nord sein.",
        )


def _exists(date: str) -> bool:
    """Whether the calendar has the day; a year or month alone stands for its first one."""
    try:
        calendar.fromisoformat(f"{date}-01-01"[:10])
    except ValueError:
        return False
    return True


def _limit(name: str, number: int, allowed: int) -> None:
    if number > allowed:
        raise LimitExceeded(
            f"{name} is {number}, allowed are {allowed}.",
            f"{name} ist {number}, erlaubt sind {allowed}.",
        )
