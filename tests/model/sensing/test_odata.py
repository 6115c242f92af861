# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Expressions of SensorThings queries: read, bound, calculated, over columns and row by row."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.errors import InvalidInput
from allmende.model.sensing.entities import TYPES, Kind
from allmende.model.sensing.odata.binding import condition
from allmende.model.sensing.odata.evaluate import compiled, fold
from allmende.model.sensing.odata.masks import Part, getter, mask
from allmende.model.sensing.odata.options import Expand, Options, read_options, split
from allmende.model.sensing.odata.reading import read_filter
from allmende.model.sensing.odata.splitting import time_range
from allmende.model.sensing.odata.times import (
    read_duration,
    read_interval,
    read_time,
    show_time,
    show_times,
)
from allmende.model.sensing.odata.tree import Call, Constant
from allmende.model.sensing.series import from_rows
from allmende.model.sensing.thinning import thinned

OBSERVATION, THING = TYPES[Kind.OBSERVATION], TYPES[Kind.THING]
SECOND = 1_000_000
MOMENTS = st.integers(-2_000_000_000 * SECOND, 4_000_000_000 * SECOND)

numbers = st.one_of(st.none(), st.integers(-5, 5), st.floats(-5, 5))
results = st.one_of(numbers, st.sampled_from(["a", True, [1]]))


def rows_of(values: list[Any]) -> list[tuple[Any, ...]]:
    from allmende.model.sensing.series import value_of

    found = []
    for at, value in enumerate(values):
        number, text = (None, None) if value is None else value_of(value)
        told = at * SECOND if at % 2 else None
        found.append((at * SECOND, at + 1, number, text, 0, None, told, None))
    return found


atoms = st.one_of(
    st.builds(
        "{} {} {}".format,
        st.sampled_from(
            ["result", "result add 1", "id sub 12884901888", "2 mul result", "result div 0"]
        ),
        st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le"]),
        st.sampled_from(["0", "1", "-2.5", "result", "2"]),
    ),
    st.builds(
        "{} {} {}".format,
        st.sampled_from(["phenomenonTime", "resultTime"]),
        st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le"]),
        st.sampled_from(["1970-01-01T00:00:02Z", "1970-01-01", "phenomenonTime"]),
    ),
    st.sampled_from(["result eq null", "resultTime ne null", "true", "result in (1,2)"]),
)
conditions = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.builds("({} and {})".format, inner, inner),
        st.builds("({} or {})".format, inner, inner),
        st.builds("not ({})".format, inner),
    ),
    max_leaves=5,
)


@given(conditions, st.lists(results, max_size=6))
def test_columns_and_rows_agree(text: str, values: list[Any]) -> None:
    columns = from_rows(rows_of(values))
    part = Part(3, columns)
    node = condition(read_filter(text), OBSERVATION)
    test = compiled(fold(node), lambda each: getter(each, None))
    one_by_one = [test(row) is True for row in columns.rows(3)]
    assert mask(node, part).tolist() == one_by_one
    bounds = time_range(node)
    for row, found in zip(columns.rows(3), one_by_one, strict=True):
        assert not found or bounds.start <= row.time < bounds.end


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    for entity in (THING, OBSERVATION):
        with suppress(InvalidInput):
            condition(read_filter(text), entity)


WORDS = "name eq ne and or not ( ) 'x' 5 -1.5 null true id result properties/a in , add div now() "
WORDS += (
    "startswith( Datastreams/name 2024-01-01T00:00:00Z duration'PT1H' geography'POINT(1 2)' $top"
)


@given(st.lists(st.sampled_from(WORDS.split()), max_size=10).map(" ".join))
def test_any_words_are_read_or_refused(text: str) -> None:
    for entity in (THING, OBSERVATION):
        with suppress(InvalidInput):
            fold(condition(read_filter(text), entity))


@given(MOMENTS)
def test_times_come_back(time: int) -> None:
    assert read_time(show_time(time)) == time


@given(st.lists(st.integers(-2_000_000_000, 4_000_000_000), max_size=5))
def test_many_times_are_shown_like_one(seconds: list[int]) -> None:
    import numpy as np

    times = np.array([each * SECOND for each in seconds], np.int64)
    assert show_times(times) == [show_time(time) for time in times.tolist()]


def test_times_and_durations() -> None:
    assert read_time("2024-06-01T12:00:00+02:00") == read_time("2024-06-01T10:00:00Z")
    assert read_time("2024-06-01T12:00:00 02:00") == read_time("2024-06-01T10:00Z")
    assert read_time("2016-12-31T23:59:60Z") == read_time("2017-01-01")
    assert show_time(read_time("2024-06-01T12:00:00.25Z")) == "2024-06-01T12:00:00.250Z"
    assert read_duration("P1DT2H3M4.5S") == ((26 * 60 + 3) * 60 * 10 + 45) * 100_000
    assert read_interval("PT1H/2024-01-01T01:00Z") == read_interval("2024-01-01/PT1H")
    for wrong in ("", "2024", "2024-02-30", "2024-01-01T25:00Z", "x"):
        with pytest.raises(InvalidInput):
            read_time(wrong)
    for wrong in ("", "P", "PT", "1H", "P1Y", "P99999999999D"):
        with pytest.raises(InvalidInput):
            read_duration(wrong)
    with pytest.raises(InvalidInput):
        read_interval("2024-01-02/2024-01-01")


def test_precedence() -> None:
    found = read_filter("1 add 2 mul 3 eq 7 or false and not 1 eq 2")
    assert isinstance(found, Call)
    assert fold(found) == Constant("boolean", True)
    assert fold(read_filter("(1 add 2) mul 3 eq 9")) == Constant("boolean", True)
    assert fold(read_filter("2 sub 1 sub 1 eq 0")) == Constant("boolean", True)
    assert fold(read_filter("7 mod -4 eq 3 and -7 mod 4 eq -3")) == Constant("boolean", True)
    assert fold(read_filter("round(2.5) eq 3 and round(-2.5) eq -3")) == Constant("boolean", True)


def test_options_inside_of_options() -> None:
    text = "Datastreams($filter=name eq 'a;b,c(';$top=3;$expand=Sensor,Thing),Locations/Things"
    found = read_options([("$expand", text)], THING)
    streams, places = found.expand
    assert (streams.options.top, [each.name for each in streams.options.expand]) == (
        3,
        ["Sensor", "Thing"],
    )
    assert [each.name for each in places.options.expand] == ["Things"]
    again = read_options(streams.options.given, TYPES[Kind.DATASTREAM])
    assert again == streams.options
    both = read_options([("$expand", "Datastreams/Sensor,Datastreams($top=2)")], THING)
    (streams,) = both.expand
    assert (streams.options.top, streams.options.expand) == (
        2,
        (Expand("Sensor", Options()),),
    )
    assert split("a(b,c),'d,e',f", ",") == ["a(b,c)", "'d,e'", "f"]


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=60), st.integers(3, 20))
def test_fewer_points(values: list[float], wanted: int) -> None:
    import numpy as np

    times = np.arange(len(values), dtype=np.int64) * SECOND
    places = thinned(times, np.array(values), wanted).tolist()
    assert len(places) == min(wanted, len(values))
    assert places == sorted(set(places))
    assert (places[0], places[-1]) == (0, len(values) - 1)
