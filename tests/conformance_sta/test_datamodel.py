# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""req/datamodel: properties, relations and control information (18-088 clause 8)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.conformance_sta.service import KINDS, LINKS, Service, World, at, requirement

NAMES = {
    "thing": "Things",
    "location": "Locations",
    "historical_location": "HistoricalLocations",
    "datastream": "Datastreams",
    "sensor": "Sensors",
    "observed_property": "ObservedProperties",
    "observation": "Observations",
    "feature_of_interest": "FeaturesOfInterest",
}


def _properties(name: str) -> Callable[[Service, World], None]:
    @requirement(f"datamodel/{name.replace('_', '-')}/properties")
    def test(sta: Service, world: World) -> None:
        entity = sta.get(world.address(NAMES[name]))
        assert set(KINDS[NAMES[name]]) <= entity.keys()
        texts = {"name", "description", "definition", "encodingType", "observationType"}
        assert all(isinstance(entity[each], str) for each in texts & entity.keys())

    return test


def _relations(name: str) -> Callable[[Service, World], None]:
    @requirement(f"datamodel/{name.replace('_', '-')}/relations")
    def test(sta: Service, world: World) -> None:
        entity = sta.get(world.address(NAMES[name]))
        for link, many in LINKS[NAMES[name]].items():
            found = sta.get(entity[f"{link}@iot.navigationLink"])
            assert isinstance(found.get("value"), list) if many else "@iot.id" in found

    return test


for _name in NAMES:
    globals()[f"test_datamodel_{_name}_properties"] = _properties(_name)
    globals()[f"test_datamodel_{_name}_relations"] = _relations(_name)


@pytest.mark.parametrize("kind", KINDS)
@requirement("datamodel/entity-control-information/common-control-information")
def test_datamodel_entity_control_information(sta: Service, world: World, kind: str) -> None:
    entity = sta.get(world.address(kind))
    assert sta.get(entity["@iot.selfLink"])["@iot.id"] == entity["@iot.id"]
    assert {f"{link}@iot.navigationLink" for link in LINKS[kind]} <= entity.keys()


@requirement("datamodel/datastream/properties")
def test_datamodel_datastream_computed(sta: Service, world: World) -> None:
    found = sta.get(world.stream)
    begin, _, end = found["phenomenonTime"].partition("/")
    assert begin.startswith("2025-03-01T00:00:00")
    assert end.startswith("2025-03-01T09:00:00")
    assert set(found["unitOfMeasurement"]) == {"name", "symbol", "definition"}


@requirement("datamodel/thing/properties")
def test_datamodel_thing_json(sta: Service, world: World) -> None:
    assert sta.get(world.thing)["properties"]["deep"] == {"er": "yes"}


@requirement("datamodel/datastream/properties")
def test_datamodel_datastream_area(sta: Service, world: World) -> None:
    found = sta.get(world.stream).get("observedArea")
    assert found is None or {"type", "coordinates"} <= found.keys()


@requirement("datamodel/observation/properties")
def test_datamodel_observation_optional(sta: Service, world: World) -> None:
    more = {
        "phenomenonTime": f"{at(1)}/{at(2)}",
        "validTime": f"{at(1)}/{at(3)}",
        "parameters": {"depth": 30},
        "resultQuality": {"nameOfMeasure": "good"},
    }
    found = sta.get(world.observe(world.other, 1, 1.5, **more))
    assert found["phenomenonTime"].count("/") == found["validTime"].count("/") == 1
    assert found["parameters"] == {"depth": 30}
    assert found["resultQuality"]


@pytest.mark.parametrize("kind", KINDS)
@requirement("datamodel/entity-control-information/common-control-information")
def test_datamodel_control_information_in_collections(
    sta: Service, world: World, kind: str
) -> None:
    world.address(kind)
    for each in sta.values(kind, top=2):
        assert {"@iot.id", "@iot.selfLink"} <= each.keys()
