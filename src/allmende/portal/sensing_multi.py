# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A MultiDatastream: a chart for each of its observed properties over one time, one table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import msgspec
from msgspec import structs

from allmende.core import sensing
from allmende.core.sensing import listing
from allmende.core.sensing.listing import Valued
from allmende.model.sensing import calendar
from allmende.model.sensing.series import Columns
from allmende.model.sensing.specs import CATEGORY, MEASUREMENT, Unit
from allmende.portal import sensing_charts as charts
from allmende.portal import sensing_table as tables
from allmende.portal import sensing_words as words
from allmende.portal.charts.chart import Chart
from allmende.portal.page import Page
from allmende.portal.sensing_figures import Loaded, of_numbers, of_steps
from allmende.portal.sensing_period import MOST, PER_PAGE, Choice, Span
from allmende.portal.sensing_table import Line, Table

MOST_SHOWN = 20  # results of an observation


@dataclass(frozen=True, slots=True)
class Component:
    """One observed property with its chart and its statistics."""

    name: str
    unit: str
    chart: Chart | None
    figures: list[tables.Figure]


@dataclass(frozen=True, slots=True)
class Loads:
    """All observed properties of a time, newest observations first; `cut` when there are more."""

    components: list[Component]
    found: Columns
    cut: bool


async def load(page: Page, valued: Valued, span: Span) -> Loads:
    """The observations of a time, at most 4,000, taken apart."""
    ident = valued.stream.id
    found = await sensing.columns(
        page.platform,
        page.subject,
        ident,
        span.start,
        span.end,
        descending=True,
        limit=MOST + 1,
    )
    cut = len(found) > MOST
    found = found.part(1, len(found)) if cut else found
    results = found.results()
    parts = await listing.components(page.platform, page.subject, valued.stream)
    made = []
    for at, (name, unit) in enumerate(parts[:MOST_SHOWN]):
        column = [each[at] if _has(each, at) else None for each in results]
        single = _single(valued, name, unit, column)
        loaded = _loaded(found, column, single, span)
        part = charts.Part(single, loaded)
        chart = charts.one(page, part, span, f"chart-{at + 1}")
        figures = tables.statistics(page, loaded, part.unit, sums=False)
        made.append(Component(name, part.unit, chart, figures))
    return Loads(made, found, cut)


def _has(result: object, at: int) -> bool:
    return isinstance(result, list) and len(result) > at


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _single(valued: Valued, name: str, unit: Unit, column: list[Any]) -> Valued:
    """One observed property as if it were a datastream of its own."""
    words_only = any(isinstance(each, str | bool) for each in column)
    stream = structs.replace(
        valued.stream,
        name=name,
        multi=0,
        type=CATEGORY if words_only else MEASUREMENT,
        unit=msgspec.json.encode(unit).decode(),
        property_name=name,
        property_definition=None,
        properties=None,
    )
    return structs.replace(valued, stream=stream)


def _loaded(found: Columns, column: list[Any], single: Valued, span: Span) -> Loaded:
    import numpy as np

    values = np.array([each if _number(each) else np.nan for each in column], dtype=np.float64)
    texts = {
        at: msgspec.json.encode(each).decode()
        for at, each in enumerate(column)
        if not _number(each)
    }
    own = Columns(found.times, found.numbers, values, found.flags, texts=texts)
    if single.stream.type == CATEGORY:
        return of_steps(own, single, span)
    return of_numbers(own, single, span, "line")


def table(page: Page, loads: Loads, valued: Valued, choice: Choice, path: str) -> Table:
    """A page of the observations, a column for each observed property."""
    rows = list(loads.found.rows(valued.stream.id))[::-1]
    last = max(1, -(-len(rows) // PER_PAGE))
    number = min(choice.page, last)
    first = (number - 1) * PER_PAGE

    def address(at: int) -> str:
        return page.at(path, replace(choice, page=at).pairs()) + "#values"

    count = len(loads.components)
    lines = []
    for each in rows[first : first + PER_PAGE]:
        given = each.result if isinstance(each.result, list) else []
        cells = [words.result(page, value) for value in given[:count]]
        lines.append(
            Line(
                calendar.moment(each.time).isoformat().replace("+00:00", "Z"),
                words.short(page, each.time),
                cells + ["–"] * (count - len(cells)),
                words.flag_name(each.flag),
            )
        )
    return Table(lines, len(rows), first + 1, tables.pager(number, last, address), True)
