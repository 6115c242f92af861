# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Up to six datastreams in one chart, and side by side in one table."""

from __future__ import annotations

from dataclasses import dataclass, replace

from starlette.responses import Response

from allmende.core.sensing import listing
from allmende.core.sensing.listing import Valued, Wanted
from allmende.core.sensing.staleness import now
from allmende.model.sensing import calendar
from allmende.portal import sensing_charts as charts
from allmende.portal import sensing_period as period
from allmende.portal import sensing_table as tables
from allmende.portal import sensing_words as words
from allmende.portal.charts.series import Grain, figure_of
from allmende.portal.map_rows import Pager
from allmende.portal.page import Crumb, Page
from allmende.portal.sensing_charts import Part
from allmende.portal.sensing_figures import Loaded, Row, figure_for, load
from allmende.portal.sensing_period import MOST, PER_PAGE, Choice, Span
from allmende.portal.views.sensing_data import MOST_TOGETHER, asked
from allmende.portal.views.sensing_streams import FORMATS

FOUND = 10  # things that are offered for a search
OFFERED = 40  # datastreams that are offered


@dataclass(frozen=True, slots=True)
class Chosen:
    """A datastream of the comparison."""

    part: Part
    address: str
    without: str
    latest: words.Latest | None


async def compare(page: Page) -> Response:
    """The comparison of the datastreams that the address names."""
    idents = asked(page)
    found = await listing.streams(page.platform, page.subject, idents)
    found = [each for each in found if each.stream.readable and not each.stream.multi]
    choice = period.read(page.request.query_params)
    states = [each.state for each in found if each.state and each.state.n]
    zone = page.platform.settings.timezone
    span = period.span(choice, states, zone)
    parts = [
        Part(each, await _load(page, each, span, choice), at, words.title(page, each.stream))
        for at, each in enumerate(found, 1)
    ]
    span = await _alike(page, parts, span, choice)
    first, last = period.days(span, zone)
    return page.render(
        "sensing_compare.html",
        title=str(page.words("sense.compare")),
        crumbs=[
            Crumb(str(page.words("sense.title")), page.at("/things")),
            Crumb(str(page.words("sense.compare"))),
        ],
        choice=choice,
        span=span,
        chosen=[_chosen(page, part, found, choice) for part in parts],
        pictures=charts.together(page, parts, span) if states else [],
        table=_table(page, parts, span, choice) if states else None,
        figures=[tables.statistics(page, part.loaded, part.unit, sums=False) for part in parts],
        periods=[
            (name, _at(page, found, choice, name), name == span.name) for name in period.NAMES
        ],
        grains=period.GRAINS,
        first_day=first.isoformat(),
        last_day=last.isoformat(),
        said_first=words.moment(page, span.start),
        said_last=words.moment(page, span.end - 1),
        downloads=_downloads(page, found, choice, span, zone),
        offered=await _offered(page, found, choice),
        most=MOST_TOGETHER,
        q=_text(page),
        hidden=len(idents) - len(found),
    )


async def _load(page: Page, each: Valued, span: Span, choice: Choice) -> Loaded:
    if not each.state or not each.state.n:
        return Loaded(None, span=span)
    return await load(page, each, span, choice.figure)


async def _alike(page: Page, parts: list[Part], span: Span, choice: Choice) -> Span:
    """The span in the steps that all numbers were loaded in, read anew where they differ."""
    grains: list[Grain] = [
        part.loaded.span.grain
        for part in parts
        if part.loaded.span and part.loaded.series and part.loaded.series.points
    ]
    if len(set(grains)) < 2:
        return replace(span, grain=grains[0]) if grains else span
    longest = max(grains, key=period.GRAINS.index)
    made = replace(span, grain=longest, coarser=True)
    for at, part in enumerate(parts):
        if part.loaded.series and part.loaded.series.points:
            parts[at] = replace(part, loaded=await load(page, part.valued, made, choice.figure))
    return made


def _pairs(found: list[Valued], choice: Choice) -> list[tuple[str, str]]:
    return [*(("stream", str(each.stream.id)) for each in found), *choice.pairs()]


def _at(page: Page, found: list[Valued], choice: Choice, name: str) -> str:
    changed = replace(choice, period=name, first=None, last=None, page=1)
    return page.at("/compare", _pairs(found, changed))


def _chosen(page: Page, part: Part, found: list[Valued], choice: Choice) -> Chosen:
    ident = part.valued.stream.id
    rest = [each for each in found if each.stream.id != ident]
    state = part.valued.state
    return Chosen(
        part,
        page.at(f"/datastreams/{ident}"),
        page.at("/compare", _pairs(rest, replace(choice, page=1))),
        words.latest(page, part.valued.stream, state.observation if state else None, now()),
    )


def _downloads(
    page: Page, found: list[Valued], choice: Choice, span: Span, zone: str
) -> list[tuple[str, str, str]]:
    """Name, media type and address of the values of the time that is shown."""
    first, last = period.days(span, zone)
    changed = replace(choice, period="", first=first, last=last, grain=span.grain, page=1)
    made = []
    for ending, name, media_type, people in FORMATS[:-1] if found else ():
        pairs = [*_pairs(found, changed), *([("form", "people")] if people else [])]
        said = str(page.words(name)) if name.startswith("sense.") else name
        made.append((said, media_type, page.at(f"/compare/data.{ending}", pairs)))
    return made


def _text(page: Page) -> str:
    return " ".join(page.request.query_params.get("q", "").split())[:100]


async def _offered(page: Page, found: list[Valued], choice: Choice) -> list[tuple[str, str]] | None:
    """Datastreams of things whose name was searched for, with the address that adds them."""
    text = _text(page)
    if not text or len(found) >= MOST_TOGETHER:
        return None
    things = await listing.things(page.platform, page.subject, Wanted(text=text), limit=FOUND)
    known = {each.stream.id for each in found}
    made = []
    for each in things.things:
        for stream in each.streams:
            if stream.readable and not stream.multi and stream.id not in known:
                pairs = [*_pairs(found, choice), ("stream", str(stream.id))]
                name = f"{each.thing.name} – {words.title(page, stream)}"
                made.append((name, page.at("/compare", pairs)))
    return made[:OFFERED]


@dataclass(frozen=True, slots=True)
class Side:
    """The table side by side: a line for each time, a cell for each datastream."""

    lines: list[tuple[str, str, list[str]]]
    total: int
    first: int
    pager: Pager

    @property
    def last(self) -> int:
        """Number of the last line on this page."""
        return self.first + len(self.lines) - 1


def _table(page: Page, parts: list[Part], span: Span, choice: Choice) -> Side:
    by_time: dict[int, dict[int, str]] = {}
    for at, part in enumerate(parts):
        for row in part.loaded.rows[:MOST]:
            by_time.setdefault(row.start, {})[at] = _cell(page, part, row, choice)
    times = sorted(by_time, reverse=True)
    last = max(1, -(-len(times) // PER_PAGE))
    number = min(choice.page, last)
    first = (number - 1) * PER_PAGE
    found = [part.valued for part in parts]

    def address(at: int) -> str:
        return page.at("/compare", _pairs(found, replace(choice, page=at))) + "#values"

    return Side(
        [
            (
                calendar.moment(time).isoformat().replace("+00:00", "Z"),
                words.short(page, time)
                if span.grain == "raw"
                else tables.interval(page, time, span.grain),
                [by_time[time].get(at, "") for at in range(len(parts))],
            )
            for time in times[first : first + PER_PAGE]
        ],
        len(times),
        first + 1,
        tables.pager(number, last, address),
    )


def _cell(page: Page, part: Part, row: Row, choice: Choice) -> str:
    if row.observation is not None:
        return words.result(page, row.observation.result)
    if row.bucket is None:
        return ""
    value = figure_of(row.bucket, figure_for(part.valued.stream, choice.figure))
    return "–" if value is None else words.number(page, value, 4)
