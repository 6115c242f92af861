# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The quality score for people: words, shares and charts of figures and histories."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from allmende.core import scoring
from allmende.core.catalogue import Record
from allmende.core.scoring import Advice, Rating, Sum
from allmende.model.catalogue import Dataset
from allmende.model.mqa import BANDS, DIMENSIONS, MOST, Metric, Value, band, rounded
from allmende.model.mqa_words import BAND_WORDS, DIMENSION_WORDS, METRIC_WORDS
from allmende.portal import sensing_words
from allmende.portal.charts.chart import Chart, draw
from allmende.portal.charts.series import Point, Series
from allmende.portal.page import Page
from allmende.portal.present import format_of

DAY = 86_400_000_000  # µs
SIGNS = {"excellent": "good", "good": "good", "sufficient": "warn", "bad": "bad"}
MOST_FILES = 8  # named for one deed
_FILE = re.compile(r"distribution\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class BandView:
    """A band: its name, its badge, how many datasets are in it and where they are listed."""

    key: str
    name: str
    sign: str
    least: int
    count: int = 0
    address: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """The points of a dimension or metric out of the most; `state` says how it stands."""

    name: str
    points: float
    most: int
    state: str = ""
    said: str = ""  # how many files fulfil it


@dataclass(frozen=True, slots=True)
class Deed:
    """Something to do: its gain, what and how, and the files it is about."""

    gain: int
    title: str
    text: str
    files: list[str]
    more: int


@dataclass(frozen=True, slots=True)
class Past:
    """A history as a chart and as rows: day, points, band."""

    chart: Chart | None
    rows: list[tuple[str, int, str]]


@dataclass(frozen=True, slots=True)
class Brief:
    """The score of a dataset in one line."""

    points: int
    band: BandView
    address: str


def band_view(page: Page, points: float) -> BandView:
    """The band of so many points."""
    key = band(points)
    least = dict(BANDS)[key]
    return BandView(key, BAND_WORDS[key][page.language], SIGNS[key], least)


def bands(page: Page, found: Sum, pairs: list[tuple[str, str]]) -> list[BandView]:
    """All bands with the datasets in them, the best first."""
    return [
        BandView(
            key,
            BAND_WORDS[key][page.language],
            SIGNS[key],
            least,
            found.bands[key],
            page.at("/datasets", [*pairs, ("quality", key)]),
        )
        for key, least in BANDS
    ]


def dimensions(page: Page, found: dict[str, float]) -> list[Part]:
    """The five dimensions."""
    return [
        Part(DIMENSION_WORDS[name][page.language], round(found[name], 1), most)
        for name, most in DIMENSIONS.items()
    ]


def metrics(page: Page, rating: Rating) -> list[tuple[Part, list[Part]]]:
    """Every dimension with its metrics."""
    whole = {str(key): value for key, value in rating.score.dimensions.items()}
    heads = dict(zip(DIMENSIONS, dimensions(page, whole), strict=True))
    found: dict[str, list[Part]] = {name: [] for name in DIMENSIONS}
    for metric, value in rating.score.pairs():
        found[metric.dimension].append(_metric(page, metric, value))
    return [(heads[name], found[name]) for name in DIMENSIONS]


def _metric(page: Page, metric: Metric, value: Value) -> Part:
    state = "no"
    if value.of and value.pending == value.of:
        state = "pending"
    elif value.of and value.have == value.of:
        state = "yes"
    elif value.have:
        state = "part"
    said = ""
    if metric.of_files and value.of > 1:
        have = page.words.number(value.have)
        said = str(page.words("score.of-files", have=have, of=page.words.number(value.of)))
    points = round(metric.points * value.share, 1)
    return Part(METRIC_WORDS[metric.name][page.language], points, metric.points, state, said)


def deeds(page: Page, record: Record, found: Iterable[Advice]) -> list[Deed]:
    """What to do, with the files by their titles."""
    dataset = record.resource
    listed = dataset.distribution if isinstance(dataset, Dataset) else []
    titles = [page.said(each.title).text for each in listed]
    names = [
        title if titles.count(title) == 1 else format_of(each, page.language)
        for title, each in zip(titles, listed, strict=True)
    ]
    made = []
    for each in found:
        gain = rounded(each.points)
        files = [_file(page, names, path) for path in each.paths if _FILE.match(path)]
        shown = files if len(listed) > 1 else []
        more = max(each.files - MOST_FILES, 0) if shown else 0
        title, text = each.title[page.language], each.text[page.language]
        made.append(Deed(max(gain, 1), title, text, shown[:MOST_FILES], more))
    return made


def _file(page: Page, names: Sequence[str], path: str) -> str:
    match = _FILE.match(path)
    at = int(match[1]) if match else 0
    number = page.words("score.file", number=at + 1)
    return f"{number}: {names[at]}" if at < len(names) and names[at] else str(number)


def past(
    page: Page, ident: str, found: Sequence[tuple[int, float]], today: int, *, steps: bool = False
) -> Past:
    """A history from pairs of day (since 1970-01-01) and points; the last ones hold on.

    Of each day the last points count. With `steps` points hold on until the next ones.
    """
    found = list(dict(found).items())
    rows = [
        (
            page.words.date(scoring.day_of(day)),
            rounded(points),
            BAND_WORDS[band(points)][page.language],
        )
        for day, points in reversed(found)
    ]
    if len(found) < 2:
        return Past(None, rows)
    days = [*found, (today, found[-1][1])] if found[-1][0] < today else list(found)
    if steps:
        days = [pair for each in pairwise(days) for pair in _held(*each)] + days[-1:]
    points = [Point(day * DAY, day * DAY, value, None, None) for day, value in days]
    first, last = (
        page.words.date(scoring.day_of(days[0][0])),
        page.words.date(scoring.day_of(days[-1][0])),
    )
    told = page.words(
        "score.chart-told",
        first=first,
        last=last,
        before=rounded(days[0][1]),
        after=rounded(days[-1][1]),
        most=MOST,
    )
    chart = draw(
        ident,
        str(page.words("score.history")),
        str(told),
        [Series("line", points)],
        days[0][0] * DAY,
        days[-1][0] * DAY,
        zone="UTC",
        number=sensing_words.axis_number(page),
        clock=sensing_words.clock(page),
    )
    return Past(chart, rows)


def _held(one: tuple[int, float], other: tuple[int, float]) -> list[tuple[int, float]]:
    """A change and the points it leaves, just before the next one."""
    return [one, (other[0], one[1])] if one[1] != other[1] else [one]
