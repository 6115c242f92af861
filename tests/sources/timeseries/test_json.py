# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""JSON of any service by a description."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.incoming import found, utc

from allmende.core.sensing.importing_types import Limits
from allmende.errors import InvalidInput, LimitExceeded

GAUGES = """
kind = "json"
name = "Pegel"
rows = "stations[]"
[thing]
id = "{uuid}"
name = "Pegel {name}"
longitude = "{coords.lon}"
latitude = "{coords.lat}"
[time]
from = "last.timestamp"
[streams.level]
from = "last.value"
property = "water-level"
unit = "cm"
name = "Wasserstand"
"""
STATIONS = {
    "stations": [
        {
            "uuid": "a1",
            "name": "Jena",
            "coords": {"lon": 11.59, "lat": "50.92"},
            "last": {"timestamp": "2026-10-01T10:00:00+02:00", "value": 143},
        },
        {"uuid": "a2", "last": {"timestamp": "gestern", "value": 3}},
        {"uuid": "", "last": {"timestamp": "2026-10-01T10:00:00+02:00", "value": 3}},
        {"uuid": "a4", "last": {"timestamp": "2026-10-01T10:00:00Z", "value": [1]}},
        {"uuid": "a5", "last": {"timestamp": 1790848800, "value": "12.5"}},
        7,
    ]
}


def test_a_service_needs_a_description_of_fewer_than_thirty_lines() -> None:
    assert len(GAUGES.strip().splitlines()) <= 30
    made = found("json", json.dumps(STATIONS), tomllib.loads(GAUGES))
    assert [(row.thing, row.result) for row in made.rows] == [
        ("pegel:a1", 143.0),
        ("pegel:a5", 12.5),
    ]
    assert [each.line for each in made.problems] == [2, 3, 4, 6]
    thing = made.things["pegel:a1"]
    assert (thing.name, thing.place and thing.place.geometry["coordinates"]) == (
        "Pegel Jena",
        [11.59, 50.92],
    )
    assert made.streams["pegel:a1", "level"].unit.symbol == "cm"
    assert made.rows[0].time == utc("2026-10-01T08:00:00Z")


def test_lists_within_lists_and_what_they_stand_in() -> None:
    flows = [
        {"id": 5, "data": [{"t": "2026-01-01T00:00Z", "n": 3}, {"t": "2026-01-01T01:00Z", "n": 4}]},
        {"id": 6, "data": [{"t": "2026-01-01T00:00Z", "n": None}]},
    ]
    options = {
        "rows": "[].data[]",
        "name": "flows",
        "thing": {"id": "{^.id}"},
        "time": {"from": "t", "interval": 3600, "marks": "end"},
        "streams": {"n": {"type": "count"}},
    }
    made = found("json", json.dumps(flows), options)
    assert [(row.thing, row.result, row.end) for row in made.rows] == [
        ("flows:5", 3, utc("2026-01-01T00:00Z")),
        ("flows:5", 4, utc("2026-01-01T01:00Z")),
    ]
    assert made.missing == 1


def test_values_of_an_object_and_their_own_times() -> None:
    body = {"issued": "2026-10-02T00:00Z", "by": {"x": {"v": 1, "t": 1790848800}, "y": {"v": 2}}}
    options = {
        "rows": "by.*",
        "forecast": True,
        "thing": {"id": "{@key}"},
        "time": {"issued": "^.issued"},
        "streams": {"v": {"time": "t"}},
    }
    made = found("json", json.dumps(body), options)
    assert [(row.thing, row.time, row.result_time) for row in made.rows] == [
        ("source:x", 1790848800 * 10**6, utc("2026-10-02T00:00Z"))
    ]
    assert [each.line for each in made.problems] == [2]


def test_a_topic_of_mqtt_tells_the_thing() -> None:
    options = {
        "source": "haus",
        "thing": {"id": "{@topic[1]}"},
        "time": {"from": "ts"},
        "streams": {"co2": {"from": "values[name=co2].value", "property": "carbon-dioxide"}},
    }
    body = {"ts": 1790848800, "values": [{"name": "temp", "value": 1}, {"name": "co2", "value": 9}]}
    made = found("json", json.dumps(body), options, name="haus/kueche/klima")
    assert [(row.thing, row.result) for row in made.rows] == [("haus:kueche", 9.0)]


@pytest.mark.parametrize(
    ("body", "options", "says"),
    [
        ("{", {"time": {"from": "t"}, "streams": {"a": {}}}, "json"),
        ("[" * 100_000, {"time": {"from": "t"}, "streams": {"a": {}}}, "json"),
        ("{}", {"time": {"from": "t"}}, "streams"),
        ("{}", {"streams": {"a": {}}}, "Zeit"),
        ("{}", {"kind": "csv", "streams": {"a": {}}}, "csv"),
        ("{}", {"rows": "a[].b[].c[].d[].e[].f[].g[].h[].i[]", "time": {"from": "t"},
                "streams": {"a": {}}}, "rows"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_says_why(body: str, options: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidInput) as error:
        found("json", body, options)
    assert says in error.value.text["de"]


def test_limits() -> None:
    body = json.dumps([{"t": 1790848800 + at, "a": 1, "i": at} for at in range(5)])
    options = {"rows": "[]", "thing": {"id": "{i}"}, "time": {"from": "t"}, "streams": {"a": {}}}
    for limits in (Limits(rows=4), Limits(things=4)):
        with pytest.raises(LimitExceeded):
            found("json", body, options, limits=limits)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.integers(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["t", "a", "rows", "b"]), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(JSON)
def test_any_document_gives_items_or_a_reason(document: Any) -> None:
    options = {
        "rows": "rows[]",
        "time": {"from": "t"},
        "streams": {"a": {}, "b": {"type": "count"}},
    }
    try:
        made = found("json", json.dumps({"rows": [document]}), options)
    except InvalidInput:
        return
    assert len(made.rows) + len(made.problems) + made.missing <= 2
