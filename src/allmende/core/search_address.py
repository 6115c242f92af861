# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A search as the query of an address: `?q=trees&theme=…&bbox=…`, for every interface alike."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol, cast, get_args

from msgspec import structs

from allmende.core.asking import one_of
from allmende.core.operations import Parameter
from allmende.core.search import FACETS, SearchQuery, Sort
from allmende.errors import InvalidInput
from allmende.model.catalogue import ResourceKind
from allmende.model.mqa import BANDS

__all__ = ["PARAMETERS", "VALUES", "known_values", "query_of"]

PARAMETERS = (
    Parameter("q", "query", "Words; in quotes they follow each other, a minus excludes"),
    *(Parameter(name, "query", "Value of the facet; may be repeated") for name in FACETS),
    Parameter("bbox", "query", "west,south,east,north in degrees"),
    Parameter("start", "query", "ISO date: data about this time or later"),
    Parameter("end", "query", "ISO date: data about this time or earlier"),
    Parameter("sort", "query", "relevance, modified, issued, title or quality"),
)


VALUES: dict[str, tuple[str, ...]] = {
    "quality": tuple(name for name, _ in BANDS),
    "openness": ("open", "restricted", "unknown"),
}
"""The facets that have a few values only."""
_YEAR = re.compile(r"[0-9]{1,4}")


class Given(Protocol):
    """The parameters of an address; the same name may stand there several times."""

    def get(self, key: str, default: str, /) -> str: ...
    def getlist(self, key: str, /) -> Sequence[str]: ...
    def __contains__(self, key: object, /) -> bool: ...


def known_values(given: Given) -> None:
    """Raises InvalidInput for a value that no dataset can have: of quality, openness or year."""
    for name, values in VALUES.items():
        for each in given.getlist(name):
            if each:
                one_of(name, each, values)
    for year in given.getlist("year"):
        if year and not _YEAR.fullmatch(year):
            raise InvalidInput(
                "year is a number like 2024.",
                "year ist eine Zahl wie 2024.",
                code="unknown-value",
            )


def query_of(given: Given, *, limit: int, offset: int, language: str) -> SearchQuery:
    """The search an address asks for. Raises InvalidInput for a value that cannot be read.

    `known_values` is asked beforehand where an address comes from outside.
    """
    text, sort = given.get("q", "").strip(), given.get("sort", "")
    if sort:
        one_of("sort", sort, get_args(Sort))
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
