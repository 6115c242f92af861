# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The search form as a value: read from an address, written back with one thing changed."""

import re
from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from starlette.datastructures import QueryParams

from allmende.core.search import Sort
from allmende.core.search_address import VALUES

FACETS = (
    "theme", "type", "format", "licence", "publisher", "openness", "quality", "hvd", "year",
    "keyword", "catalogue",
)  # fmt: skip
SORTS: tuple[Sort, ...] = ("relevance", "modified", "issued", "title", "quality")
SIZES = (10, 20, 50, 100)
DEFAULT_SIZE = 20
MAX_TEXT = 200  # characters of a search
MAX_VALUES = 50  # values of one facet
MAX_DEPTH = 10_000  # results that can be paged through

_YEARISH = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?\Z")

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class SearchForm:
    """What a person has filled in; `wrong` names the fields that could not be understood."""

    text: str = ""
    facets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    bbox: Box | None = None
    start: str = ""
    end: str = ""
    sort: Sort | None = None
    page: int = 1
    size: int = DEFAULT_SIZE
    wrong: tuple[str, ...] = ()

    @property
    def order(self) -> Sort:
        """The sort in force: relevance when there is a text to be relevant to, else newest."""
        return self.sort or ("relevance" if self.text else "modified")

    @property
    def offset(self) -> int:
        """How many results come before this page."""
        return (self.page - 1) * self.size

    @property
    def narrowed(self) -> bool:
        """Whether anything but the text narrows the search."""
        return bool(self.facets or self.bbox or self.start or self.end)

    @property
    def first_day(self) -> str:
        """The beginning of the wanted time as a full date for a date field."""
        return (self.start + "-01-01"[len(self.start) - 4 :])[:10] if self.start else ""

    @property
    def last_day(self) -> str:
        """The end of the wanted time as a full date for a date field."""
        if not self.end or len(self.end) == 10:
            return self.end
        year, month = int(self.end[:4]), int(self.end[5:7] or 12)
        return f"{self.end[:4]}-{month:02}-{monthrange(year, month)[1]}"

    def has(self, facet: str, value: str) -> bool:
        """Whether the value of the facet is chosen."""
        return value in self.facets.get(facet, ())

    def pairs(self) -> list[tuple[str, str]]:
        """The form as query parameters, defaults left out, in a fixed order."""
        return list(self._pairs())

    def _pairs(self) -> Iterator[tuple[str, str]]:
        if self.text:
            yield "q", self.text
        for name in FACETS:
            yield from ((name, value) for value in self.facets.get(name, ()))
        if self.bbox:
            yield "bbox", ",".join(f"{n:g}" for n in self.bbox)
        for name, value in (("start", self.start), ("end", self.end), ("sort", self.sort or "")):
            if value:
                yield name, value
        if self.size != DEFAULT_SIZE:
            yield "limit", str(self.size)
        if self.page != 1:
            yield "page", str(self.page)

    def without(self, facet: str, value: str) -> "SearchForm":
        """The same search with one filter value less, from its first page."""
        rest = tuple(v for v in self.facets.get(facet, ()) if v != value)
        facets = {**self.facets, facet: rest}
        return replace(self, page=1, facets={n: v for n, v in facets.items() if v})

    def at_page(self, number: int) -> "SearchForm":
        """Another page of the same search."""
        return replace(self, page=number)


def read(query: QueryParams) -> SearchForm:
    """The form of an address. What cannot be understood is left out and named in `wrong`."""
    wrong: list[str] = []
    facets = {name: _values(query, name) for name in FACETS}
    size = _number(query.get("limit", ""), DEFAULT_SIZE)
    size = size if size in SIZES else DEFAULT_SIZE
    sort = query.get("sort", "")
    return SearchForm(
        text=" ".join(query.get("q", "").split())[:MAX_TEXT],
        facets={name: values for name, values in facets.items() if values},
        bbox=_box(query, wrong),
        start=_date(query, "start", wrong),
        end=_date(query, "end", wrong),
        sort=next((known for known in SORTS if known == sort), None),
        page=min(max(_number(query.get("page", ""), 1), 1), MAX_DEPTH // size),
        size=size,
        wrong=tuple(wrong),
    )


def _values(query: QueryParams, name: str) -> tuple[str, ...]:
    """The chosen values of a facet, those left out that no dataset can have."""
    known = VALUES.get(name)
    given = [value for value in query.getlist(name) if value and (not known or value in known)]
    return tuple(dict.fromkeys(given))[:MAX_VALUES]


def _number(text: str, default: int) -> int:
    return int(text) if text.isdecimal() and len(text) < 9 else default


def _box(query: QueryParams, wrong: list[str]) -> Box | None:
    """`bbox=west,south,east,north`, or the four fields of the form, in degrees."""
    parts = query.get("bbox", "").split(",")
    if parts == [""]:
        parts = [query.get(side, "") for side in ("west", "south", "east", "north")]
    if not any(part.strip() for part in parts):
        return None
    try:
        west, south, east, north = (float(part.strip().replace(",", ".")) for part in parts)
    except ValueError:
        wrong.append("bbox")
        return None
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        wrong.append("bbox")
        return None
    return west, south, east, north


def _date(query: QueryParams, name: str, wrong: list[str]) -> str:
    text = query.get(name, "").strip()
    if not text:
        return ""
    try:
        if _YEARISH.match(text):
            date.fromisoformat((text + "-01-01")[:10] if len(text) < 10 else text)
            return text
    except ValueError:
        pass
    wrong.append(name)
    return ""


def page_numbers(current: int, last: int) -> list[int | None]:
    """Numbers to show for paging: first, last and those around; None where some are left out."""
    wanted = {1, last, *range(current - 1, current + 2)}
    shown = sorted(number for number in wanted if 1 <= number <= last)
    numbers: list[int | None] = []
    for number in shown:
        before = numbers[-1] if numbers else 0
        if before is not None and number - before == 2:
            numbers.append(number - 1)
        elif before is not None and number - before > 2:
            numbers.append(None)
        numbers.append(number)
    return numbers
