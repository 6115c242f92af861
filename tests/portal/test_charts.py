# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Axes, lines, bars and steps: whatever the numbers, all lies inside the frame."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.core.sensing.classes import limits
from allmende.model.sensing import calendar, series
from allmende.model.sensing.calendar import DAY, HOUR
from allmende.model.sensing.observation import Bucket, Flag
from allmende.portal.charts import ticks
from allmende.portal.charts.chart import HEIGHT, WIDTH, draw, spark
from allmende.portal.charts.series import (
    Gap,
    Series,
    Step,
    of_buckets,
    of_categories,
    of_columns,
)

BERLIN = "Europe/Berlin"
START = calendar.micros(datetime(2024, 3, 30, 23, tzinfo=UTC))  # midnight in Berlin
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)


def columns(*values: float | None, step: int = HOUR, flags: tuple[int, ...] = ()) -> series.Columns:
    rows = [
        (
            START + at * step,
            at + 1,
            value,
            None if value is not None else '"x"',
            flag,
            None,
            None,
            None,
        )
        for at, (value, flag) in enumerate(zip(values, flags or (0,) * len(values), strict=True))
    ]
    return series.from_rows(rows)


@given(NUMBERS, NUMBERS, st.booleans())
def test_an_axis_holds_its_values_at_round_numbers(one: float, other: float, zero: bool) -> None:
    low, high = min(one, other), max(one, other)
    axis = ticks.numbers(low, high, zero=zero)
    assert 2 <= len(axis.places) <= ticks.MOST + 1
    assert axis.places == sorted(axis.places)
    if abs(low) < 1e290 and abs(high) < 1e290:
        room = max(abs(low), abs(high)) * 1e-6 + 1e-250
        assert axis.low <= low + room
        assert axis.high >= high - room
    if zero:
        assert axis.low <= 0 <= axis.high


@pytest.mark.parametrize(
    ("low", "high", "expected", "decimals"),
    [
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1], 1),
        (-3.2, 7.9, [-5, -2.5, 0, 2.5, 5, 7.5, 10], 1),
        (120, 980, [0, 200, 400, 600, 800, 1000], 0),
        (5, 5, [4, 4.5, 5, 5.5, 6], 1),
        (0, 0, [-1, -0.5, 0, 0.5, 1], 1),
    ],
)
def test_axes_as_people_draw_them(
    low: float, high: float, expected: list[float], decimals: int
) -> None:
    axis = ticks.numbers(low, high)
    assert axis.places == pytest.approx(expected)
    assert axis.decimals == decimals


@pytest.mark.parametrize(
    ("length", "kind"),
    [
        (60, "second"),
        (3_600, "minute"),
        (86_400, "hour"),
        (7 * 86_400, "day"),
        (365 * 86_400, "month"),
        (9 * 365 * 86_400, "year"),
    ],
)
def test_places_of_time_by_the_length(length: int, kind: str) -> None:
    found = ticks.times(START, START + length * 1_000_000, BERLIN)
    assert found.kind == kind
    assert 3 <= len(found.places) <= 13
    assert all(START <= each <= START + length * 1_000_000 for each in found.places)


def test_days_begin_at_midnight_of_the_city_also_when_the_clock_is_changed() -> None:
    found = ticks.times(START, START + 5 * DAY, BERLIN)
    begins = [calendar.period_of(each, "day", BERLIN) for each in found.places]
    assert found.places == begins  # 31 March 2024 had 23 hours


def drawn(made: Series, end: int = START + DAY):  # type: ignore[no-untyped-def]
    return draw(
        "c",
        "t",
        "d",
        [made],
        START,
        end,
        zone=BERLIN,
        number=lambda value, decimals: f"{value:.{decimals}f}",
        clock=lambda time, kind: kind,
    )


def places(path: str) -> list[tuple[int, int]]:
    """The corners of a path of M, L, l, h, V and z."""
    x = y = 0
    found = []
    for letter, text in re.findall(r"([MLlhVz])([-0-9 ]*)", path):
        numbers = [int(each) for each in re.findall(r"-?\d+", text)]
        if letter in "ML":
            x, y = numbers
        elif letter == "l":
            x, y = x + numbers[0], y + numbers[1]
        elif letter == "h":
            x += numbers[0]
        elif letter == "V":
            y = numbers[0]
        found.append((x, y))
    return found


def test_a_gap_is_a_gap_and_a_lonely_value_a_dot() -> None:
    rows = columns(1, 2, 3)
    late = columns(*range(40))
    found = of_columns(series.joined([rows, late.part(20, 22), late.part(35, 36)]), None, "line")
    assert found.gaps == [
        Gap(START + 2 * HOUR, START + 20 * HOUR),
        Gap(START + 21 * HOUR, START + 35 * HOUR),
    ]
    chart = drawn(found, START + 40 * HOUR)
    assert chart.drawn[0].path.count("M") == 3
    assert len(chart.drawn[0].dots) == 1
    assert len(chart.gaps) == 2


def test_bad_values_are_marked_and_not_joined() -> None:
    flags = (0, int(Flag.BAD), int(Flag.SUSPECT), int(Flag.INTERPOLATED), int(Flag.GOOD))
    found = of_columns(columns(1, 999, 2, 3, 4, flags=flags), None, "line")
    assert [point.value for point in found.points] == [1, 2, 3, 4]
    chart = drawn(found)
    assert [mark.kind for mark in chart.marks] == ["bad", "suspect", "interpolated"]
    assert chart.high < 10


@given(st.lists(NUMBERS | st.none(), max_size=30), st.sampled_from(["line", "bars"]))
def test_every_line_and_bar_lies_in_the_frame(values: list[float | None], shape: str) -> None:
    chart = drawn(of_columns(columns(*values), None, shape))  # type: ignore[arg-type]
    corners = places(chart.drawn[0].path) + places(chart.drawn[0].band)
    assert all(0 <= x <= WIDTH + 200 and 0 <= y <= HEIGHT for x, y in corners)


def test_bands_and_figures_of_intervals() -> None:
    buckets = [
        Bucket(start=START, n=2, good=2, sum=6.0, min=1.0, max=5.0),
        Bucket(start=START + HOUR, n=1, good=0, sum=None, min=None, max=None),
        Bucket(start=START + 2 * HOUR, n=1, good=1, sum=2.0, min=2.0, max=2.0),
    ]
    found = of_buckets(buckets, "hour", "mean", "line", BERLIN)
    assert [point.value for point in found.points] == [3.0, 2.0]
    assert found.gaps == [Gap(START + HOUR, START + 2 * HOUR)]
    assert [each.flag for each in found.flagged] == [Flag.BAD]
    chart = drawn(found)
    assert chart.drawn[0].band
    assert not of_buckets(buckets, "hour", "max", "line", BERLIN).banded


def test_bars_stand_on_zero() -> None:
    chart = drawn(of_columns(columns(5, -5), HOUR, "bars"))
    ground = {y for x, y in places(chart.drawn[0].path)}
    assert HEIGHT // 2 in ground
    assert (chart.low, chart.high) == (-6, 6)
    assert chart.zero == "50%"


def test_categories_last_until_the_next_or_a_gap() -> None:
    times = [START, START + HOUR, START + 2 * HOUR, START + 12 * HOUR]
    found = of_categories(["a", "a", True, "b"], times, START + DAY, None)
    assert found.steps == [
        Step(START, START + 2 * HOUR, "a"),
        Step(START + 2 * HOUR, START + 5 * HOUR, "true"),
        Step(START + 12 * HOUR, START + 15 * HOUR, "b"),
    ]
    assert [lane.text for lane in drawn(found).lanes] == ["a", "b", "true"]


def test_many_categories_share_the_last_lane() -> None:
    times = [START + at * HOUR for at in range(40)]
    found = of_categories([f"c{at}" for at in range(40)], times, START + 2 * DAY, None)
    lanes = drawn(found, START + 2 * DAY).lanes
    assert len(lanes) == 12
    assert lanes[-1].text == "…"


def test_nothing_is_drawn_of_nothing() -> None:
    chart = drawn(of_columns(series.empty(), None, "line"))
    assert (chart.drawn[0].path, chart.marks) == ("", [])
    assert spark([], HOUR) == ""
    assert spark([(START, 1.0)], HOUR) == ""


def test_a_small_line_breaks_at_gaps() -> None:
    points = [(START + at * HOUR, float(at)) for at in (0, 1, 2, 10, 11)]
    assert spark(points, 3 * HOUR).count("M") == 2
    assert spark([(START, 2.0), (START + HOUR, 2.0)], HOUR)


@given(st.lists(NUMBERS, max_size=60))
def test_limits_of_classes_ascend_between_the_values(values: list[float]) -> None:
    found = limits(values)
    assert found == sorted(set(found))
    assert len(found) <= 4
    if len(set(values)) < 2:
        assert found == []


def test_limits_are_round_and_share_the_values_out() -> None:
    found = limits([float(n) for n in range(101)])
    assert found == [20, 40, 60, 80]
    assert limits([1.0, 2.0]) == [2.0]
