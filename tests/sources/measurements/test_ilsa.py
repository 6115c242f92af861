# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""ILSA traffic lights: the layout of K440 and states as the city's broker sends them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.support.incoming import found, utc

from allmende.core.sensing.importing_types import Limits
from allmende.demo.shipped import content
from allmende.errors import InvalidInput, LimitExceeded
from allmende.model.sensing.specs import CATEGORY

LAYOUT = content("traffic-light-k440/k440.json")
TOPIC = "5g/ilsa/K440/tk1/K3/1"


def state(**more: Any) -> dict[str, Any]:
    """One message."""
    return {
        "eClass": "http://jena.de/udp/trafficos/trafficlight/1.1.1#//TLSignalState",
        "id": "K3/1",
        "signalGroup": {"id": "K3"},
        "timestamp": "2026-01-06T14:48:15.288ZCET",
        "state": "⚪⚪🔴",
        "values": [False, False, True],
        **more,
    }


def test_an_intersection_becomes_a_thing() -> None:
    made = found("ilsa", LAYOUT)
    thing = made.things["ilsa:K440"]
    assert thing.name == "Ampelanlage Felsenkeller (K440)"
    assert thing.place is not None
    assert thing.place.geometry["type"] == "Polygon"
    assert set(thing.place.geometry) == {"type", "coordinates"}
    groups = {key: each for (_, key), each in made.streams.items() if key != "thermal"}
    assert len(groups) == 17
    first = groups["K1"]
    assert first.type == CATEGORY
    signals = first.properties["signals"]
    assert [each["id"] for each in signals] == ["K1/1", "K1/2"]
    assert signals[0]["position"] == [11.581255, 50.920902]
    assert signals[0]["area"]["type"] == "Polygon"
    assert made.problems == []


@pytest.mark.parametrize(
    ("lights", "word"),
    [
        ("⚪⚪🔴", "red"),
        ("⚪🟡🔴", "red-amber"),
        ("🟢⚪⚪", "green"),
        ("⚪🟡⚪", "amber"),
        ("⚪⚪", "off"),
    ],
)
def test_states_become_words(lights: str, word: str) -> None:
    made = found("ilsa", json.dumps(state(state=lights)), name=TOPIC)
    (row,) = made.rows
    assert (row.thing, row.stream, row.result) == ("ilsa:K440", "K3", word)
    assert row.time == utc("2026-01-06T13:48:15.288Z")
    assert row.parameters == {"signal": "K3/1"}
    assert made.things == {}


@pytest.mark.parametrize(
    "changed",
    [
        {"state": "rot"},
        {"state": ""},
        {"timestamp": "heute"},
        {"timestamp": "1970-01-01T00:00:00.000ZCET"},
        {"signalGroup": {}},
        {"signalGroup": None},
    ],
)
def test_one_broken_state_costs_only_itself(changed: dict[str, Any]) -> None:
    made = found("ilsa", json.dumps([state(), state(**changed), 5]), {"intersection": "K440"})
    assert (len(made.rows), len(made.problems)) == (1, 2)


def test_the_temperature_is_a_number_alone() -> None:
    made = found("ilsa", "25.6", name="5g/ilsa/K440/thermal")
    assert [(row.stream, row.result) for row in made.rows] == [("thermal", 25.6)]
    assert found("ilsa", "25.6").rows == []


def test_modules_may_lie_deeper_and_parts_may_be_missing() -> None:
    signal = {"id": "A/1", "signalGroup": {"id": "A"}, "location": [{"latitude": "x"}]}
    deep = {"subcircles": [{"serialPorts": [{"modules": [{"signals": [signal, 1, {}]}]}]}]}
    made = found("ilsa", json.dumps([{"intersectionId": "K1", **deep}, {"modules": []}]))
    assert set(key for _, key in made.streams) == {"A", "thermal"}
    assert made.things["ilsa:K1"].place is None
    assert [each.line for each in made.problems] == [2]


def test_limits() -> None:
    with pytest.raises(LimitExceeded):
        found("ilsa", LAYOUT, limits=Limits(streams=5))
    with pytest.raises(InvalidInput):
        found("ilsa", "{")
