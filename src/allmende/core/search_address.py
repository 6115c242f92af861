# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A search as the query of an address: `?q=trees&theme=…&bbox=…`, for every interface alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, cast, get_args

from msgspec import structs

from allmende.core.operations import Parameter
from allmende.core.search import FACETS, SearchQuery, Sort
from allmende.errors import InvalidInput
from allmende.model.catalogue import ResourceKind

__all__ = ["PARAMETERS", "query_of"]

PARAMETERS = (
    Parameter("q", "query", "Words; in quotes they follow each other, a minus excludes"),
    *(Parameter(name, "query", "Value of the facet; may be repeated") for name in FACETS),
    Parameter("bbox", "query", "west,south,east,north in degrees"),
    Parameter("start", "query", "ISO date: data about this time or later"),
    Parameter("end", "query", "ISO date: data about this time or earlier"),
    Parameter("sort", "query", "relevance, modified, issued, title or quality"),
)


class Given(Protocol):
    """The parameters of an address; the same name may stand there several times."""

    def get(self, key: str, default: str, /) -> str: ...
    def getlist(self, key: str, /) -> Sequence[str]: ...
    def __contains__(self, key: object, /) -> bool: ...


def query_of(given: Given, *, limit: int, offset: int, language: str) -> SearchQuery:
    """The search an address asks for. Raises InvalidInput for a value that cannot be read."""
    text, sort = given.get("q", "").strip(), given.get("sort", "")
    if sort and sort not in get_args(Sort):
        raise InvalidInput(
            f"sort is one of: {', '.join(get_args(Sort))}.",
            f"sort ist eines von: {', '.join(get_args(Sort))}.",
        )
    start, end = given.get("start", ""), given.get("end", "")
    if start and end and end < start[: len(end)]:
        raise InvalidInput("end lies before start.", "end liegt vor start.")
    query = SearchQuery(
        text=text,
        facets={name: tuple(given.getlist(name)) for name in FACETS if name in given},
        kinds=() if "kind" in given else (ResourceKind.DATASET,),
        start=start or None,
        end=end or None,
        sort=cast(Sort, sort or ("relevance" if text else "modified")),
        limit=limit,
        offset=offset,
        language=language,
    )
    box = given.get("bbox", "")
    return structs.replace(query, bbox=_box(box)) if box else query


def _box(text: str) -> tuple[float, float, float, float]:
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError as error:
        raise InvalidInput(
            "bbox has to be four numbers: west,south,east,north.",
            "bbox muss aus vier Zahlen bestehen: West,Süd,Ost,Nord.",
        ) from error
    if not (abs(west) <= 180 and abs(east) <= 180 and -90 <= south <= north <= 90):
        raise InvalidInput(
            "bbox has to be in degrees: west and east within ±180, south below north within ±90.",
            "bbox ist in Grad: West und Ost in ±180, Süd unter Nord in ±90.",
        )
    return west, south, east, north
