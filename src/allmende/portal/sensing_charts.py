# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Charts of datastreams with their words: title, description, axes in the page's language."""

from __future__ import annotations

from dataclasses import dataclass, replace

from allmende.core.sensing.listing import Valued
from allmende.portal import sensing_levels
from allmende.portal import sensing_words as words
from allmende.portal.charts.chart import Chart, draw
from allmende.portal.charts.series import Series
from allmende.portal.page import Page
from allmende.portal.sensing_figures import Loaded, Statistics
from allmende.portal.sensing_period import Span


@dataclass(frozen=True, slots=True)
class Part:
    """A datastream of a chart with its values."""

    valued: Valued
    loaded: Loaded
    number: int = 1
    title: str = ""  # of the datastream in the language of the page, else its own name

    @property
    def unit(self) -> str:
        """The unit as people write it."""
        return words.unit_text(self.valued.stream)

    @property
    def name(self) -> str:
        """The thing and the datastream."""
        stream, thing = self.valued.stream, self.valued.thing
        named = self.title or stream.name or stream.property_name or stream.id
        return f"{thing.name} – {named}"


def one(page: Page, part: Part, span: Span, ident: str = "chart") -> Chart | None:
    """The chart of one datastream; None when nothing can be drawn."""
    series = part.loaded.series
    if series is None or not (series.points or series.steps or series.flagged):
        return None
    return _drawn(page, ident, part.name, _told(page, part, span), [_named(page, part)], span)


def _named(page: Page, part: Part) -> Series:
    """The series with its number, its name and truths in words."""
    series = part.loaded.series
    assert series is not None  # noqa: S101 - only parts that are drawn come here
    said = {"true": str(page.words("value.yes")), "false": str(page.words("value.no"))}
    known = sensing_levels.levels(page, part.valued.stream.properties)
    steps = [
        each._replace(
            name=(sensing_levels.said(page, known, each.name) or said.get(each.name, each.name))[
                :40
            ]
        )
        for each in series.steps
    ]
    return replace(series, steps=steps, name=part.name, number=part.number, unit=part.unit)


def _drawn(
    page: Page, ident: str, title: str, told: str, series: list[Series], span: Span
) -> Chart:
    units = list(dict.fromkeys(each.unit for each in series))
    return draw(
        ident,
        title,
        told,
        series,
        span.start,
        span.end,
        zone=page.platform.settings.timezone,
        number=words.axis_number(page),
        clock=words.clock(page),
        unit=units[0] if units else "",
        right_unit=units[1] if len(units) > 1 else "",
    )


def together(page: Page, parts: list[Part], span: Span) -> list[Chart]:
    """Charts of several datastreams: one of all units when these are two, else one each."""
    drawable = [
        part for part in parts if part.loaded.series is not None and part.loaded.series.points
    ]
    units = list(dict.fromkeys(part.unit for part in drawable))
    groups = [units] if len(units) <= 2 else [[unit] for unit in units]
    charts = []
    for at, group in enumerate(groups if units else []):
        chosen = [part for part in drawable if part.unit in group]
        series = [
            replace(_named(page, part), right=part.unit != group[0], banded=False)
            for part in chosen
        ]
        told = " ".join(_told(page, part, span) for part in chosen)
        title = page.words.joined([part.name for part in chosen])
        charts.append(_drawn(page, f"chart-{at + 1}", title, told, series, span))
    charts += [
        chart
        for part in parts
        if part.loaded.series is not None
        and part.loaded.series.steps
        and (chart := one(page, part, span, f"chart-steps-{part.number}"))
    ]
    return charts


def _told(page: Page, part: Part, span: Span) -> str:
    """What a chart shows in a sentence or two."""
    said = page.words(
        "sense.chart-of",
        name=part.name,
        first=words.moment(page, span.start),
        last=words.moment(page, span.end - 1),
    )
    figures = part.loaded.statistics
    if figures.mean is None or figures.min is None or figures.max is None:
        return f"{said} {page.words.count('sense.chart-n', figures.n)}"
    return f"{said} {_extremes(page, figures, part.unit)}"


def _extremes(page: Page, figures: Statistics, unit: str) -> str:
    def shown(value: float | None) -> str:
        return words.number(page, value or 0.0) + words.gap_before(unit) + unit

    return str(
        page.words(
            "sense.chart-figures",
            n=page.words.number(figures.n),
            mean=shown(figures.mean),
            low=shown(figures.min),
            high=shown(figures.max),
        )
    )
