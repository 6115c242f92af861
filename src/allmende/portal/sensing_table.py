# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The table beside a chart: a page of its values, newest first, and the statistics."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import ceil
from zoneinfo import ZoneInfo

from allmende.model.sensing import calendar
from allmende.portal import sensing_levels
from allmende.portal import sensing_words as words
from allmende.portal.charts.series import Grain
from allmende.portal.map_rows import Pager
from allmende.portal.page import Page
from allmende.portal.search_form import page_numbers
from allmende.portal.sensing_figures import Loaded, Row
from allmende.portal.sensing_levels import Level
from allmende.portal.sensing_period import PER_PAGE, Choice

MOST_GAPS = 5


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table, all cells as text."""

    iso: str
    time: str
    cells: list[str]
    flag: str


@dataclass(frozen=True, slots=True)
class Table:
    """One page of lines; `single` when they are single observations."""

    lines: list[Line]
    total: int
    first: int
    pager: Pager
    single: bool

    @property
    def last(self) -> int:
        """Number of the last line on this page."""
        return self.first + len(self.lines) - 1


def table(
    page: Page,
    loaded: Loaded,
    choice: Choice,
    path: str,
    *,
    sums: bool,
    known: dict[str, Level] | None = None,
) -> Table:
    """The page of the table that the choice asks for; with sums where they mean something.

    `known` are the levels of the datastream: results in words.
    """
    last = max(1, ceil(len(loaded.rows) / PER_PAGE))
    number = min(choice.page, last)
    first = (number - 1) * PER_PAGE
    grain = loaded.span.grain if loaded.span else "raw"
    rows = loaded.rows[first : first + PER_PAGE]

    def address(at: int) -> str:
        return page.at(path, replace(choice, page=at).pairs()) + "#values"

    return Table(
        [_line(page, each, grain, sums, known or {}) for each in rows],
        len(loaded.rows),
        first + 1,
        pager(number, last, address),
        grain == "raw",
    )


def pager(number: int, last: int, address: Callable[[int], str]) -> Pager:
    """Links to the pages of a table."""
    return Pager(
        number,
        last,
        [(n, address(n) if n else "") for n in page_numbers(number, last)],
        address(number - 1) if number > 1 else None,
        address(number + 1) if number < last else None,
    )


def _line(page: Page, row: Row, grain: Grain, sums: bool, known: dict[str, Level]) -> Line:
    iso = calendar.moment(row.start).isoformat().replace("+00:00", "Z")
    if row.observation is not None:
        found = row.observation
        time = words.short(page, row.start)
        if found.end is not None:
            time += " – " + words.short(page, found.end)
        text = sensing_levels.said(page, known, found.result) or words.result(page, found.result)
        return Line(iso, time, [text], words.flag_name(found.flag))
    bucket = row.bucket
    assert bucket is not None  # noqa: S101 - a row has one or the other
    numbers = [(bucket.mean, 4), (bucket.min, 6), (bucket.max, 6)]
    if sums:
        numbers.append((bucket.sum, 9))
    cells = ["–" if value is None else words.number(page, value, n) for value, n in numbers]
    bad = bucket.n - bucket.good
    cells += [page.words.number(bucket.n), page.words.number(bad) if bad else ""]
    return Line(iso, interval(page, row.start, grain), cells, "bad" if bad else "")


def interval(page: Page, start: int, grain: Grain) -> str:
    """The name of an interval: `3. Mai 2024, 14:00`, `3. Mai 2024`, `Mai 2024`."""
    local = calendar.moment(start).astimezone(_zone(page)).date().isoformat()
    if grain == "hour":
        return words.moment(page, start)
    return page.words.date(local if grain == "day" else local[:7])


def _zone(page: Page) -> ZoneInfo:
    return ZoneInfo(page.platform.settings.timezone)


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of the whole time: the key of its name, its text, when it was."""

    key: str
    text: str
    when: str = ""


def statistics(page: Page, loaded: Loaded, unit: str, *, sums: bool) -> list[Figure]:
    """Number, share of usable values, mean, extremes with their times, sum of counts."""
    found = loaded.statistics
    made = [Figure("n", page.words.number(found.n))]
    if found.n:
        made.append(Figure("good", page.words.percent(found.good, found.n)))

    def shown(value: float) -> str:
        return words.number(page, value) + words.gap_before(unit) + unit

    if found.mean is not None:
        mean = words.number(page, found.mean, 4) + words.gap_before(unit) + unit
        made.append(Figure("mean", mean))
    for key, value, time in (
        ("min", found.min, found.min_time),
        ("max", found.max, found.max_time),
    ):
        if value is not None:
            made.append(Figure(key, shown(value), words.moment(page, time) if time else ""))
    if sums and found.sum is not None:
        made.append(Figure("sum", shown(found.sum)))
    return made


@dataclass(frozen=True, slots=True)
class GapShown:
    """A time without values."""

    first: str
    last: str
    length: str


def gaps(page: Page, loaded: Loaded) -> list[GapShown]:
    """The longest times without values, in the order of time."""
    longest = sorted(loaded.gaps, key=lambda each: each.start - each.end)[:MOST_GAPS]
    return [
        GapShown(
            words.moment(page, each.start),
            words.moment(page, each.end),
            words.lasting(page, each.end - each.start),
        )
        for each in sorted(longest)
    ]
