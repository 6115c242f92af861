# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The values of datastreams to take away, read month by month, and as people write them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from allmende.core import sensing
from allmende.core.sensing import listing
from allmende.core.sensing.listing import Valued
from allmende.model.sensing import calendar
from allmende.model.sensing.calendar import DAY
from allmende.portal import sensing_levels
from allmende.portal import sensing_words as words
from allmende.portal.page import Page
from allmende.portal.sensing_period import Span

PART = 30 * DAY  # that is read at once
FAST = 400 * DAY  # of intervals
FIGURES = ("mean", "min", "max", "sum", "n", "good")

Row = tuple[Any, ...]
"""Of single observations: time and end (µs UTC, the end or None), result, flag. Of intervals:
beginning (µs UTC), mean, smallest, largest, sum, number, number of those that are usable."""


async def parts(page: Page, valued: Valued, span: Span) -> AsyncIterator[list[Row]]:
    """Rows in the order of time, a part of the time after the other; no part is empty."""
    state = valued.state
    if state is None or state.first_time is None or state.last_time is None:
        return
    length = PART if span.grain == "raw" else FAST
    start, end = max(span.start, state.first_time), min(span.end, state.last_time + 1)
    before: int | None = None
    while start < end:
        until = min(start + length, end)
        rows = await _rows(page, valued.stream.id, span, start, until)
        if span.grain != "raw":
            rows = [row for row in rows if before is None or row[0] > before]
            before = rows[-1][0] if rows else before
        if rows:
            yield rows
        start = until


async def _rows(page: Page, ident: int, span: Span, start: int, until: int) -> list[Row]:
    if span.grain == "raw":
        found = await sensing.columns(page.platform, page.subject, ident, start, until)
        return [(each.time, each.end, each.result, each.flag) for each in found.rows(ident)]
    buckets = await sensing.buckets(page.platform, page.subject, ident, span.grain, start, until)
    return [(b.start, b.mean, b.min, b.max, b.sum, b.n, b.good) for b in buckets]


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a table for people: names of its columns and what stands above it."""

    name: str
    thing: str
    unit: str
    licence: str
    columns: list[str]
    components: int  # results of one observation


async def head(page: Page, valued: Valued, span: Span, *, bare: bool = False) -> Head:
    """The head of the table of a datastream in the page's language; bare, without its unit."""
    stream, said = valued.stream, page.words
    unit = words.unit_text(stream)
    zone = page.platform.settings.timezone
    columns = [str(said("sense.sheet-time", zone=zone)), str(said("sense.sheet-utc"))]
    shown = "" if bare else unit
    results = [_named(str(said("sense.result")), shown)]
    if stream.multi:
        found = await listing.components(page.platform, page.subject, stream)
        results = [_named(name, words.symbol(each)) for name, each in found]
    if span.grain == "raw":
        columns += [*results, str(said("sense.quality"))]
    else:
        columns += [
            _named(str(said(f"sense.figure.{name}")), shown if name not in ("n", "good") else "")
            for name in FIGURES[:-1]
        ]
        columns.append(str(said("sense.sheet-good")))
    licence = stream.licence_definition or stream.licence_name or ""
    return Head(
        words.title(page, stream),
        valued.thing.name,
        unit,
        licence,
        columns,
        len(results) if stream.multi else 0,
    )


def _named(name: str, unit: str) -> str:
    return f"{name} ({unit})" if unit else name


class Shaper:
    """Makes rows for people: local time, UTC, results one to a cell, quality in words."""

    def __init__(self, page: Page, valued: Valued, head: Head, span: Span) -> None:
        self.page, self.head, self.raw = page, head, span.grain == "raw"
        self.zone = ZoneInfo(page.platform.settings.timezone)
        self.levels = sensing_levels.levels(page, valued.stream.properties)
        self.flags = {
            name: str(page.words(f"sense.flag.{name}"))
            for name in ("unchecked", "good", "suspect", "bad", "interpolated")
        }

    def row(self, row: Row) -> list[Any]:
        """Local time and UTC (datetimes without zone), then the cells."""
        moment = calendar.moment(row[0])
        times: list[datetime] = [
            each.replace(tzinfo=None) for each in (moment.astimezone(self.zone), moment)
        ]
        if not self.raw:
            return [*times, *row[1:]]
        _, _, result, flag = row
        return [*times, *self._results(result), self.flags[words.flag_name(flag)]]

    def _results(self, result: Any) -> list[Any]:
        if not self.head.components:
            return [sensing_levels.said(self.page, self.levels, result) or _plain(result)]
        given = result if isinstance(result, list) else []
        given = given[: self.head.components]
        return [*map(_plain, given), *[None] * (self.head.components - len(given))]


def _plain(value: Any) -> Any:
    import msgspec

    if value is None or isinstance(value, bool | int | float | str):
        return value
    return msgspec.json.encode(value).decode()


__all__ = ["FIGURES", "Head", "Row", "Shaper", "head", "parts"]
