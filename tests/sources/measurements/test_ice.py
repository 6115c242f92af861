# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""ICE air stations: the city's own sample."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.support.incoming import found, utc

from allmende.demo.shipped import content
from allmende.errors import InvalidInput
from allmende.model.sensing.observation import Flag
from allmende.model.sensing.specs import CATEGORY

SAMPLE = "air-quality-samples/air-quality-samples.json"


def test_four_stations_of_thirteen_quantities() -> None:
    made = found("ice", content(SAMPLE))
    assert (len(made.things), len(made.streams), len(made.rows)) == (4, 52, 52)
    assert made.problems == []
    station = made.things["ice:ICE-025-049-000-001"]
    assert station.place is not None
    assert station.place.geometry["coordinates"] == [11.60392726, 50.93115286]
    dust = made.streams[station.key, "2-5p"]
    assert (dust.unit.symbol, dust.property.name) == ("µg/m³", "Feinstaub PM2,5")
    rows = {row.stream: row for row in made.rows if row.thing == station.key}
    assert (rows["2-5p"].result, rows["2-5p"].time) == (17.2, utc("2022-08-26T09:06:48Z"))
    assert rows["aqi-criteria"].result == "PM₂.₅ - 24h average"
    assert made.streams[station.key, "aqi-criteria"].type == CATEGORY
    doubtful = [row for row in made.rows if row.flag == Flag.SUSPECT]
    assert {(row.stream, str(row.quality)) for row in doubtful} == {("o3-ugm3", "{'validity': 4}")}


def test_one_broken_value_costs_only_itself() -> None:
    stations: list[dict[str, Any]] = json.loads(content(SAMPLE))
    stations[0]["data"]["temperature"]["avg"] = "warm"
    stations[0]["data"]["humidity"]["created_at"] = 0
    stations[0]["data"]["pressure"]["created_at"] = None
    stations[1]["ice_id"] = ""
    made = found("ice", json.dumps([*stations, None]))
    assert len(made.rows) == 52 - 13 - 3
    assert sorted(each.line for each in made.problems) == [1, 1, 1, 2, 5]


def test_spread_is_kept() -> None:
    value = {"min": 1, "max": 4, "avg": 2.5, "validity": 0, "created_at": 1661504808}
    made = found("ice", json.dumps([{"ice_id": "a", "data": {"10p": value}}]))
    assert made.rows[0].parameters == {"min": 1.0, "max": 4.0}
    assert made.things["ice:a"].place is None


@pytest.mark.parametrize("body", ["{}", "[", '"a"', "\ufeff"])
def test_what_is_no_list(body: str) -> None:
    with pytest.raises(InvalidInput):
        found("ice", body)
