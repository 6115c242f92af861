# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""sensor.community: both forms in which its data are given."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.support.incoming import found, utc

from allmende.core.sensing.importing_types import Limits
from allmende.errors import InvalidInput, LimitExceeded

ARCHIVE = (
    "sensor_id;sensor_type;location;lat;lon;timestamp;P1;durP1;ratioP1;P2;durP2;ratioP2\n"
    "88091;SDS011;74714;50.926;11.586;2026-02-22T00:01:10;21.03;;;9.50;;\n"
    "88091;SDS011;74714;50.926;11.586;2026-02-22T00:03:37;;;;9.75;;\n"
    "88091;SDS011;74714;50.926;11.586;2026-02-22T00:06:04;kaputt;;;-999;;\n"
    "88091;SDS011;74714;50.926\n"
    ";SDS011;74714;50.926;11.586;2026-02-22T00:06:04;1;;;2;;\n"
)


def reading(**more: Any) -> dict[str, Any]:
    """One record of the API."""
    return {
        "id": 18289642104,
        "timestamp": "2026-02-22 15:22:32",
        "location": {"id": 590, "latitude": "50.926", "longitude": "11.586", "indoor": 0},
        "sensor": {"id": 253, "pin": "1", "sensor_type": {"id": 14, "name": "BME280"}},
        "sensordatavalues": [
            {"id": 1, "value": "4.20", "value_type": "temperature"},
            {"id": 2, "value": "98765.31", "value_type": "pressure"},
            {"value": 101234.5, "value_type": "pressure_at_sealevel"},
        ],
        **more,
    }


def test_the_answer_of_the_api() -> None:
    inside = reading(location={"indoor": 1}, sensor={"id": 254})
    broken = reading(timestamp="", sensor={"id": 255})
    made = found("sensor-community", json.dumps([reading(), inside, broken, {"sensor": 5}]))
    thing = made.things["sensor-community:253"]
    assert "sensor-community:254" not in made.things
    assert (thing.origin, thing.properties) == ("citizen", {"sensor_type": "BME280"})
    assert [(row.stream, row.result) for row in made.rows] == [
        ("temperature", 4.2),
        ("pressure", 98765.31),
        ("pressure-at-sealevel", 101234.5),
    ]
    assert made.rows[0].time == utc("2026-02-22T15:22:32Z")
    assert made.streams[thing.key, "pressure"].unit.symbol == "Pa"
    assert (made.missing, [each.line for each in made.problems]) == (1, [3, 4])


def test_a_day_of_the_archive() -> None:
    made = found("sensor-community", ARCHIVE)
    assert [(row.line, row.stream, row.result) for row in made.rows] == [
        (2, "p1", 21.03),
        (2, "p2", 9.5),
        (3, "p2", 9.75),
    ]
    assert {key for _, key in made.streams} == {"p1", "p2"}
    assert made.streams["sensor-community:88091", "p1"].property.name == "Feinstaub PM10"
    assert (made.missing, [each.line for each in made.problems]) == (2, [4, 5, 6])


def test_what_is_neither_and_limits() -> None:
    for body in ("{}", "<html>", "", "id;lat\n"):
        with pytest.raises(InvalidInput):
            found("sensor-community", body)
    with pytest.raises(LimitExceeded):
        found("sensor-community", ARCHIVE, limits=Limits(rows=3))
    with pytest.raises(LimitExceeded):
        found("sensor-community", ARCHIVE, limits=Limits(things=0))
    with pytest.raises(LimitExceeded):
        found("sensor-community", ARCHIVE + "x" * 200_000)
