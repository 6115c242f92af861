# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Car parks: free spaces in the forms in which cities give them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.support.incoming import found, utc

from allmende.core.sensing.importing_types import Limits
from allmende.errors import InvalidInput, LimitExceeded
from allmende.model.sensing.observation import Flag


def lot(**more: Any) -> dict[str, Any]:
    """A car park as ParkAPI 1 gives it."""
    return {
        "id": "jenaeichplatz",
        "name": "Eichplatz",
        "coords": {"lat": 50.928426, "lng": 11.586044},
        "total": 290,
        "free": 112,
        "state": "open",
        "lot_type": "Parkplatz",
        **more,
    }


def lots(*given: dict[str, Any]) -> str:
    """The whole answer."""
    return json.dumps({"last_updated": "2026-10-01T12:31:00", "lots": list(given)})


def test_lots_of_parkapi() -> None:
    made = found("parking", lots(lot(), lot(id="b", free=300), lot(id="c", free=-1)))
    thing = made.things["parking:jenaeichplatz"]
    assert thing.properties == {"id": "jenaeichplatz", "capacity": 290, "type": "Parkplatz"}
    assert thing.place is not None
    assert thing.place.geometry["coordinates"] == [11.586044, 50.928426]
    free = [row for row in made.rows if row.stream == "free"]
    assert [(row.result, row.flag) for row in free] == [(112, Flag.UNCHECKED), (300, Flag.SUSPECT)]
    assert made.result("state") == "open"
    assert free[0].time == utc("2026-10-01T12:31:00Z")
    assert [each.line for each in made.problems] == [3]
    local = found("parking", lots(lot()), {"zone": "Europe/Berlin", "source": "jena"})
    assert local.rows[0].time == utc("2026-10-01T10:31:00Z")
    assert local.rows[0].thing == "parking:jena:jenaeichplatz"


def test_sites_of_parkapi_3() -> None:
    site = {
        "id": 4711,
        "name": "Inselplatz",
        "lat": "50.9270000",
        "lon": "11.5900000",
        "capacity": 200,
        "realtime_free_capacity": 17,
        "realtime_data_updated_at": "2026-10-01T12:31:00Z",
    }
    made = found("parking", json.dumps({"items": [site]}))
    assert [(row.thing, row.stream, row.result) for row in made.rows] == [
        ("parking:4711", "free", 17)
    ]
    assert made.notes == []


def test_a_list_without_numbers_makes_the_car_parks() -> None:
    feature = {
        "type": "Feature",
        "properties": {"id": "a", "name": "A", "capacity": 40},
        "geometry": {"type": "Point", "coordinates": [11.58, 50.92]},
    }
    made = found("parking", json.dumps({"type": "FeatureCollection", "features": [feature, 5]}))
    assert (list(made.things), made.rows, len(made.notes)) == (["parking:a"], [], 1)
    assert [each.line for each in made.problems] == [2]


def test_the_list_of_karlsruhe(shared_data: Path) -> None:
    body = (shared_data / "mobility" / "parking_karlsruhe.json").read_bytes()
    made = found("parking", body)
    assert len(made.things) == 90
    assert len([row for row in made.rows if row.stream == "free"]) > 30
    assert made.problems == []


def test_the_sites_of_jena(shared_data: Path) -> None:
    body = (shared_data / "mobility" / "parking_jena_live_sites.geojson").read_bytes()
    made = found("parking", body)
    assert len(made.things) == 10
    assert all(thing.place for thing in made.things.values())


def test_what_is_no_list_and_limits() -> None:
    for body in ("{}", "5", "<"):
        with pytest.raises(InvalidInput):
            found("parking", body)
    with pytest.raises(LimitExceeded):
        found("parking", lots(lot(), lot(id="b")), limits=Limits(things=1))
