# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""TrafiCam: figures of intervals, and nothing of a single road user."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.incoming import Found, found, sorted_out, utc

from allmende.core.sensing.importing_types import Limits, Material
from allmende.demo.shipped import content
from allmende.errors import InvalidInput, LimitExceeded
from allmende.model.sensing.calendar import SECOND
from allmende.model.sensing.moments import written
from allmende.model.sensing.specs import COUNT
from allmende.sources.traficam.aggregating import Aggregator
from allmende.sources.traficam.source import feed

START = utc("2026-10-01T08:00:00Z")
CAMERA = {"camera": "k440", "window": 60}


def data(second: float, *objects: tuple[str, str, str]) -> dict[str, Any]:
    """A message about objects: number, class, speed."""
    return {
        "messageType": "Data",
        "type": "TrackUpdate",
        "time": written(START + round(second * SECOND)),
        "object": [
            {
                "id": ident,
                "classId": kind,
                "speed": speed,
                "gpsCoordinates": [{"latitude": "50.92"}],
            }
            for ident, kind, speed in objects
        ],
    }


def event(second: float, zone: str = "1", state: str = "Begin") -> dict[str, Any]:
    """A message about a zone."""
    return {
        "messageType": "Event",
        "state": state,
        "zoneId": zone,
        "time": written(START + round(second * SECOND)),
    }


def minutes(*messages: dict[str, Any], until: float = 120) -> Found:
    """What is made of messages from 8:00 to 8:02."""
    body = json.dumps([data(0), *messages, data(until)])
    return found("traficam", body, CAMERA)


def cars(count: int, kind: str = "7", speed: str = "50.4") -> list[dict[str, Any]]:
    """So many cars, each seen three times."""
    return [
        data(at + again / 10, (f"{kind}-{at}", kind, speed))
        for at in range(count)
        for again in range(3)
    ]


def test_figures_of_intervals() -> None:
    made = minutes(*cars(6), *cars(5, "8", "30"), *(event(at) for at in range(7)))
    rows = {row.stream: row for row in made.rows}
    assert {key: row.result for key, row in rows.items()} == {
        "class-7": 6,
        "class-7-speed": 50,
        "class-8": 5,
        "class-8-speed": 30,
        "zone-1": 7,
    }
    assert {(row.time, row.end) for row in made.rows} == {(START, START + 60 * SECOND)}
    assert made.streams["traficam:k440", "class-7"].type == COUNT
    assert made.streams["traficam:k440", "class-7-speed"].unit.symbol == "km/h"
    assert made.things["traficam:k440"].origin == "derived"


def test_fewer_than_five_leave_no_figure() -> None:
    made = minutes(*cars(4), *(event(at) for at in range(4)))
    assert (made.rows, made.things) == ([], {})
    assert "2" in made.notes[0].text["de"]


def test_the_least_number_can_only_be_raised() -> None:
    body = json.dumps([data(0), *cars(6), data(120)])
    assert found("traficam", body, {**CAMERA, "least": 7}).rows == []
    assert len(found("traficam", body, {**CAMERA, "least": 1}).rows) == 2
    assert found("traficam", body, {**CAMERA, "least": 1}, least=7).rows == []


def test_a_mean_speed_needs_as_many_speeds() -> None:
    slow = [data(at, (f"s{at}", "7", "")) for at in range(4)]
    made = minutes(*cars(4), *slow)
    assert [(row.stream, row.result) for row in made.rows] == [("class-7", 8)]


def test_intervals_that_are_not_covered_have_no_figure() -> None:
    body = [data(1), *cars(9)[3:], data(119)]
    assert found("traficam", json.dumps(body), CAMERA).rows == []
    assert len(minutes(*cars(9), until=59).rows) == 0


def test_a_car_that_stays_counts_once() -> None:
    waiting = [data(at, *((f"w{n}", "7", "0") for n in range(5))) for at in range(0, 300, 5)]
    made = minutes(*waiting, until=300)
    assert [(row.stream, row.result) for row in made.rows] == [
        ("class-7", 5),
        ("class-7-speed", 0),
    ]


def test_the_sample_of_the_city_leaves_nothing() -> None:
    """Nine messages about two vehicles, hours apart."""
    made = found("traficam", content("traffic-camera-samples/messages.json"), {"camera": "k440"})
    assert (made.rows, made.things, made.problems) == ([], {}, [])


SECRETS = ("103820", "50.9211860", "11.5818936", "55.578", "7259")


def test_nothing_of_a_single_one_is_in_what_is_told() -> None:
    broken = {
        "messageType": "Data",
        "time": "103820",
        "object": [{"id": "103820", "latitude": "50.9211860", "speed": "55.578"}],
    }
    made = minutes(broken, {**event(3), "time": "7259"}, {"messageType": "50.9211860"})
    assert len(made.problems) == 3
    told = repr(made)
    assert not any(secret in told for secret in SECRETS)


def test_messages_one_in_a_line() -> None:
    lines = "\n".join(json.dumps(each) for each in [data(0), *cars(6), data(120)])
    assert [row.result for row in found("traficam", lines + "\nkaputt", CAMERA).rows] == [6, 50]


def test_messages_as_they_come() -> None:
    reader = feed(Material(b"", options=CAMERA))
    messages = [data(0), *cars(6), data(90), data(119)]
    for message in messages:
        assert list(reader.items(Material(json.dumps(message).encode()))) == []
    made = sorted_out(reader.items(Material(json.dumps(data(121)).encode())))
    assert [row.result for row in made.rows] == [6, 50]
    again = [data(122), *cars(6), data(181)]
    late = [item for each in again for item in reader.items(Material(json.dumps(each).encode()))]
    assert late == []


@given(
    st.lists(st.tuples(st.integers(0, 299), st.integers(0, 9), st.sampled_from("78")), max_size=80),
    st.integers(2, 6),
)
def test_no_figure_is_about_fewer(seen: list[tuple[int, int, str]], least: int) -> None:
    found_ones = Aggregator(60, least)
    found_ones.seen(0)
    for second, ident, kind in sorted(seen):
        found_ones.seen(second)
        found_ones.road_user(second, str(ident), kind, float(second))
    found_ones.seen(300)
    figures = [*found_ones.closed(), *found_ones.rest()]
    assert all(each.count >= least for each in figures)
    assert len({(each.start, each.what) for each in figures}) == len(figures)
    assert list(found_ones.rest()) == []


@pytest.mark.parametrize(
    ("options", "says"),
    [({}, "camera"), ({"camera": "a", "window": 5}, "window"), ({"camera": "a", "k": 1}, "k")],
)
def test_options(options: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidInput) as error:
        found("traficam", "[]", options)
    assert says in error.value.text["de"]
    with pytest.raises(InvalidInput):
        found("traficam", "<html>", CAMERA)
    with pytest.raises(LimitExceeded):
        found("traficam", json.dumps([data(0)] * 3), CAMERA, limits=Limits(rows=2))
