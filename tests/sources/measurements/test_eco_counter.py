# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Eco-Counter: five days of the Goldbergrampe in Jena."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from tests.support.incoming import found, utc

from allmende.core.sensing.importing_types import Limits
from allmende.errors import InvalidInput, LimitExceeded
from allmende.model.sensing.calendar import SECOND
from allmende.model.sensing.specs import COUNT


def test_five_days_of_quarter_hours(shared_data: Path) -> None:
    file = shared_data / "sensors" / "jena_radzaehler_goldbergrampe_2026-01.json"
    made = found("eco-counter", file.read_bytes())
    assert list(made.things) == ["eco-counter:jena-goldbergrampe"]
    assert made.things["eco-counter:jena-goldbergrampe"].name == "Jena-Goldbergrampe"
    assert (len(made.rows), made.problems) == (1_920, [])
    assert Counter(row.stream for row in made.rows) == dict.fromkeys(
        ("101046725", "102046725", "103046725", "104046725"), 480
    )
    assert {row.end - row.time for row in made.rows if row.end} == {900 * SECOND}
    assert min(row.time for row in made.rows) == utc("2026-01-08T00:00:00+01:00")
    last = made.streams["eco-counter:jena-goldbergrampe", "104046725"]
    assert (last.name, last.type) == ("Jena-Goldbergrampe Fahrräder Ri. Lobdea", COUNT)
    assert last.property.name == "Gezählte Fahrräder"


def flow(**more: Any) -> dict[str, Any]:
    """One flow with one count."""
    data = [{"timestamp": "2026-01-08T00:00:00+01:00", "granularity": "PT15M", "counts": 1.0}]
    return {"flowID": 7, "flowName": "Brücke", "travelMode": "bike", "data": data, **more}


@pytest.mark.parametrize(
    "changed",
    [
        {"counts": 1.5},
        {"counts": -1},
        {"counts": "viele"},
        {"granularity": "PT7M"},
        {"timestamp": "2026-01-08"[:4]},
        {"timestamp": "1970-01-01T00:00:00Z"},
        {"timestamp": "2030-01-08T00:00:00Z"},
    ],
)
def test_one_broken_count_costs_only_itself(changed: dict[str, Any]) -> None:
    given = flow()
    given["data"].append({**given["data"][0], **changed})
    made = found("eco-counter", json.dumps([given]))
    assert (len(made.rows), len(made.problems)) == (1, 1)


def test_counts_that_are_missing_and_a_place() -> None:
    given = flow()
    given["data"].append({"timestamp": "2026-01-08T00:15:00+01:00", "counts": None})
    options = {"station": "b", "name": "Brücke", "longitude": 11.6, "latitude": 50.9}
    made = found("eco-counter", json.dumps([given, {"flowName": "ohne"}]), options)
    assert (made.missing, len(made.problems)) == (1, 1)
    place = made.things["eco-counter:b"].place
    assert place is not None
    assert place.geometry["coordinates"] == [11.6, 50.9]


def test_limits_and_options() -> None:
    flows = [flow(flowID=at) for at in range(3)]
    with pytest.raises(LimitExceeded):
        found("eco-counter", json.dumps(flows), limits=Limits(streams=2))
    with pytest.raises(InvalidInput) as error:
        found("eco-counter", "[]", {"latitde": 1})
    assert "latitude" in error.value.text["de"]
