# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""req/create-update-delete (18-088 clause 10)."""

from __future__ import annotations

from typing import Any

import pytest
from tests.conformance_sta.service import (
    KINDS,
    OM,
    RUN,
    Service,
    World,
    at,
    feature,
    location,
    observed,
    requirement,
    sensor,
    stream,
    thing,
)

BODIES: dict[str, dict[str, Any]] = {
    "Things": thing("new"),
    "Locations": location("new"),
    "Sensors": sensor("new"),
    "ObservedProperties": observed("new"),
    "FeaturesOfInterest": feature("new"),
}


@pytest.mark.parametrize("kind", BODIES)
@requirement("create-update-delete/create-entity")
def test_create_entity(sta: Service, world: World, kind: str) -> None:
    body = BODIES[kind]
    made = sta.get(sta.make(kind, body))
    assert {name: made[name] for name in body} == body


@requirement("create-update-delete/create-entity")
def test_create_entity_location_is_the_self_link(sta: Service, world: World) -> None:
    address = sta.make("Things", thing("self link"))
    assert address == sta.get(address)["@iot.selfLink"]
    sta.ask("DELETE", address)


@requirement("create-update-delete/create-entity")
def test_create_entity_ignores_what_is_computed(sta: Service, world: World) -> None:
    address = sta.make("Things", thing("computed", **{"@iot.id": 1, "@iot.selfLink": "x"}))
    assert sta.get(address)["name"] == f"{RUN} computed"
    assert sta.get(address)["@iot.selfLink"] != "x"
    sta.ask("DELETE", address)


@requirement("create-update-delete/create-entity")
def test_create_entity_below_another(sta: Service, world: World) -> None:
    links = {"Sensor": world.link(world.sensor), "ObservedProperty": world.link(world.observed)}
    address = sta.make(f"{world.thing}/Datastreams", stream("third", **links))
    assert sta.get(f"{address}/Thing")["@iot.id"] == sta.get(world.thing)["@iot.id"]
    body = {"phenomenonTime": at(1), "resultTime": at(1), "result": 21.5}
    observation = sta.make(f"{address}/Observations", body)
    assert sta.get(observation)["result"] == 21.5
    sta.ask("DELETE", address)


@requirement("create-update-delete/create-entity")
def test_create_entity_historical_location(sta: Service, world: World) -> None:
    past = {
        "time": at(2),
        "Thing": world.link(world.thing),
        "Locations": [world.link(world.place)],
    }
    made = sta.get(sta.make("HistoricalLocations", past))
    assert made["time"].startswith(at(2)[:-1])
    assert sta.get(made["Thing@iot.navigationLink"])["name"] == f"{RUN} thing"


@pytest.mark.parametrize(
    ("kind", "result"),
    [
        ("OM_Measurement", 21.5),
        ("OM_CountObservation", 3),
        ("OM_TruthObservation", True),
        ("OM_CategoryObservation", "https://example.org/red"),
        ("OM_Observation", {"any": ["thing", 1]}),
    ],
)
@requirement("create-update-delete/create-entity")
def test_create_entity_results_of_every_type(
    sta: Service, world: World, kind: str, result: Any
) -> None:
    address = world.new_stream(kind, observationType=f"{OM}{kind}")
    found = sta.get(world.observe(address, 1, result))["result"]
    assert found == result
    assert isinstance(found, bool) == isinstance(result, bool)
    sta.ask("DELETE", address)


@requirement("create-update-delete/create-entity")
def test_create_entity_stream_without_unit(sta: Service, world: World) -> None:
    """8.2.4: the three members are null when there is no unit."""
    unit = {"name": None, "symbol": None, "definition": None}
    kind = f"{OM}OM_TruthObservation"
    address = world.new_stream("truth", observationType=kind, unitOfMeasurement=unit)
    assert sta.get(address)["unitOfMeasurement"] == unit
    sta.ask("DELETE", address)


@pytest.mark.parametrize("kind", BODIES)
@requirement("create-update-delete/create-entity")
def test_create_entity_without_what_is_mandatory(sta: Service, kind: str) -> None:
    for name in KINDS[kind]:
        if name == "description" or (kind == "Sensors" and name == "metadata"):
            continue
        body = {key: value for key, value in BODIES[kind].items() if key != name}
        sta.post(kind, body, 400, 409, 422)


@requirement("create-update-delete/create-entity")
def test_create_observation_gets_its_time(sta: Service, world: World) -> None:
    links = {
        "Datastream": world.link(world.other),
        "FeatureOfInterest": world.link(world.feature),
    }
    made = sta.get(sta.make("Observations", {"result": 5, **links}))
    assert made["phenomenonTime"]
    assert made["resultTime"] is None or isinstance(made["resultTime"], str)


@requirement("create-update-delete/create-entity")
def test_create_observation_gets_its_feature(sta: Service, world: World) -> None:
    body = {
        "phenomenonTime": at(1),
        "resultTime": at(1),
        "result": 5,
        "Datastream": world.link(world.other),
    }
    made = sta.make("Observations", body)
    target = sta.get(f"{made}/FeatureOfInterest")
    assert target["feature"] == sta.get(world.place)["location"]


@requirement("create-update-delete/link-to-existing-entities")
def test_link_to_existing_entities(sta: Service, world: World) -> None:
    address = world.new_stream("linked")
    for name, target in (
        ("Thing", world.thing),
        ("Sensor", world.sensor),
        ("ObservedProperty", world.observed),
    ):
        assert sta.get(f"{address}/{name}")["@iot.id"] == sta.get(target)["@iot.id"]
    sta.ask("DELETE", address)


@requirement("create-update-delete/link-to-existing-entities")
def test_link_to_many_existing_entities(sta: Service, world: World) -> None:
    address = sta.make("Things", thing("linked", Locations=[world.link(world.place)]))
    assert [each["name"] for each in sta.values(f"{address}/Locations")] == [f"{RUN} place"]
    sta.ask("DELETE", address)


@requirement("create-update-delete/link-to-existing-entities")
def test_link_to_nothing(sta: Service, world: World) -> None:
    address = sta.make("Things", thing("soon gone"))
    link = world.link(address)
    assert sta.ask("DELETE", address).is_success
    links = {"Sensor": world.link(world.sensor), "ObservedProperty": world.link(world.observed)}
    sta.post("Datastreams", stream("no", Thing=link, **links), 400, 404, 409, 422)


@requirement("create-update-delete/deep-insert")
def test_deep_insert_of_what_a_stream_needs(sta: Service, world: World) -> None:
    address = sta.make("Datastreams", stream("deep", Thing=world.link(world.thing)))
    assert sta.get(f"{address}/Sensor")["name"] == f"{RUN} sensor"
    assert sta.get(f"{address}/ObservedProperty")["name"] == f"{RUN} property"
    sta.ask("DELETE", address)


@requirement("create-update-delete/deep-insert")
def test_deep_insert(sta: Service, world: World) -> None:
    whole = thing(
        "deep",
        Locations=[location("deep place")],
        Datastreams=[
            stream(
                "deep stream",
                Observations=[
                    {"phenomenonTime": at(1), "result": 1.5, "FeatureOfInterest": feature("deep")},
                    {"phenomenonTime": at(2), "result": 2.5},
                ],
            )
        ],
    )
    address = sta.make("Things", whole)
    (found,) = sta.values(f"{address}/Datastreams", expand="Sensor,ObservedProperty,Observations")
    assert found["Sensor"]["name"] == f"{RUN} sensor"
    assert sorted(each["result"] for each in found["Observations"]) == [1.5, 2.5]
    assert [each["name"] for each in sta.values(f"{address}/Locations")] == [f"{RUN} deep place"]
    sta.ask("DELETE", address)


@requirement("create-update-delete/deep-insert-status-code")
def test_deep_insert_status_code(sta: Service, world: World) -> None:
    name = f"{RUN} never"
    broken = thing("never", Datastreams=[{"name": name, "description": "incomplete"}])
    sta.post("Things", broken, 400, 409, 422)
    assert sta.values("Things", filter=f"name eq '{name}'") == []
    answer = sta.post("Things", thing("never", Locations=[location("never")]))
    assert sta.get(answer.headers["location"])["name"] == name
    sta.ask("DELETE", answer.headers["location"])


@pytest.mark.parametrize("kind", BODIES)
@requirement("create-update-delete/update-entity")
def test_update_entity(sta: Service, world: World, kind: str) -> None:
    address = sta.make(kind, BODIES[kind])
    answer = sta.ask("PATCH", address, json={"description": "changed"})
    assert answer.status_code in (200, 204)
    assert sta.get(address) == {**sta.get(address), **BODIES[kind], "description": "changed"}
    sta.ask("DELETE", address)


@requirement("create-update-delete/update-entity")
def test_update_entity_keeps_what_is_computed(sta: Service, world: World) -> None:
    address = sta.make("Things", thing("computed"))
    ident = sta.get(address)["@iot.id"]
    body = {"@iot.id": ident, "@iot.selfLink": "x", "name": f"{RUN} new name"}
    assert sta.ask("PATCH", address, json=body).is_success
    found = sta.get(address)
    assert (found["@iot.id"], found["name"]) == (ident, f"{RUN} new name")
    assert found["@iot.selfLink"] != "x"
    sta.ask("DELETE", address)


@requirement("create-update-delete/update-entity")
def test_update_entity_that_is_gone(sta: Service, world: World) -> None:
    answer = sta.ask("PATCH", world.gone(), json={"name": "x"})
    assert answer.status_code in (404, 410)


@requirement("create-update-delete/update-entity")
def test_update_entity_observation_and_stream(sta: Service, world: World) -> None:
    address = world.new_stream("changed")
    observation = world.observe(address, 3, 1)
    assert sta.ask("PATCH", observation, json={"result": 2}).is_success
    assert sta.get(observation)["result"] == 2
    unit = {"name": "kelvin", "symbol": "K", "definition": "ucum:K"}
    assert sta.ask("PATCH", address, json={"unitOfMeasurement": unit}).is_success
    assert sta.get(address)["unitOfMeasurement"] == unit
    sta.ask("DELETE", address)


@requirement("create-update-delete/update-entity")
def test_update_entity_moves_a_relation(sta: Service, world: World) -> None:
    address = world.new_stream("moved")
    other = sta.make("Sensors", sensor("other"))
    assert sta.ask("PATCH", address, json={"Sensor": world.link(other)}).is_success
    assert sta.get(f"{address}/Sensor")["@iot.id"] == sta.get(other)["@iot.id"]
    sta.ask("DELETE", address)


@requirement("create-update-delete/update-entity")
def test_update_entity_takes_no_inline_entities(sta: Service, world: World) -> None:
    """10.3.1: related entities do not come as inline content; the service says 400."""
    address = world.new_stream("inline")
    before = sta.get(f"{address}/Sensor")["@iot.id"]
    answer = sta.ask("PATCH", address, json={"Sensor": sensor("inline")})
    assert answer.status_code in (400, 422)
    assert sta.get(f"{address}/Sensor")["@iot.id"] == before
    sta.ask("DELETE", address)


@requirement("create-update-delete/update-entity-put")
def test_update_entity_put(sta: Service, world: World) -> None:
    address = sta.make("Things", thing("put", properties={"a": 1}))
    answer = sta.ask("PUT", address, json=thing("put anew"))
    if answer.status_code in (405, 501):
        pytest.skip("the service does not offer PUT, which 18-088 allows")
    assert answer.is_success
    found = sta.get(address)
    assert found["name"] == f"{RUN} put anew"
    assert not found.get("properties")
    sta.ask("DELETE", address)


@requirement("create-update-delete/update-entity-jsonpatch")
def test_update_entity_jsonpatch(sta: Service, world: World) -> None:
    address = sta.make("Things", thing("patch", properties={"a": 1, "b": 2}))
    steps = [
        {"op": "replace", "path": "/properties/a", "value": 5},
        {"op": "remove", "path": "/properties/b"},
        {"op": "add", "path": "/properties/c", "value": [1]},
    ]
    headers = {"Content-Type": "application/json-patch+json"}
    answer = sta.ask("PATCH", address, json=steps, headers=headers)
    if answer.status_code in (405, 415, 501):
        pytest.skip("the service does not offer JSON Patch, which 18-088 allows")
    assert answer.is_success
    assert sta.get(address)["properties"] == {"a": 5, "c": [1]}
    sta.ask("DELETE", address)


def gone(sta: Service, *addresses: str) -> bool:
    return all(sta.status(each) in (404, 410) for each in addresses)


@requirement("create-update-delete/delete-entity")
def test_delete_entity(sta: Service, world: World) -> None:
    for kind, body in BODIES.items():
        address = sta.make(kind, body)
        assert sta.ask("DELETE", address).status_code in (200, 204), kind
        assert gone(sta, address), kind
        assert sta.ask("DELETE", address).status_code in (404, 410), kind


@requirement("create-update-delete/delete-entity")
def test_delete_entity_thing(sta: Service, world: World) -> None:
    place = sta.make("Locations", location("stays"))
    address = sta.make("Things", thing("gone", Locations=[world.link(place)]))
    below = world.new_stream("gone", Thing=world.link(address))
    observation = world.observe(below, 1, 1)
    past = [each["@iot.selfLink"] for each in sta.values(f"{address}/HistoricalLocations")]
    assert sta.ask("DELETE", address).status_code in (200, 204)
    assert gone(sta, address, below, observation, *past)
    assert sta.status(place) == 200


@requirement("create-update-delete/delete-entity")
def test_delete_entity_stream(sta: Service, world: World) -> None:
    below = world.new_stream("gone")
    observation = world.observe(below, 1, 1)
    assert sta.ask("DELETE", below).is_success
    assert gone(sta, below, observation)
    assert sta.status(world.thing) == sta.status(world.feature) == 200


@pytest.mark.parametrize("link", ["Sensor", "ObservedProperty"])
@requirement("create-update-delete/delete-entity")
def test_delete_entity_what_a_stream_needs(sta: Service, world: World, link: str) -> None:
    kind, body = {
        "Sensor": ("Sensors", sensor("gone")),
        "ObservedProperty": ("ObservedProperties", observed("gone")),
    }[link]
    target = sta.make(kind, body)
    below = world.new_stream("gone", **{link: world.link(target)})
    assert sta.ask("DELETE", target).is_success
    assert gone(sta, target, below)


@requirement("create-update-delete/delete-entity")
def test_delete_entity_feature(sta: Service, world: World) -> None:
    target = sta.make("FeaturesOfInterest", feature("gone"))
    observation = world.observe(world.other, 5, 1, FeatureOfInterest=world.link(target))
    assert sta.ask("DELETE", target).is_success
    assert gone(sta, target, observation)


@requirement("create-update-delete/delete-entity")
def test_delete_entity_location(sta: Service, world: World) -> None:
    place = sta.make("Locations", location("gone"))
    address = sta.make("Things", thing("moves", Locations=[world.link(place)]))
    past = [each["@iot.selfLink"] for each in sta.values(f"{address}/HistoricalLocations")]
    assert sta.ask("DELETE", place).is_success
    assert gone(sta, place, *past)
    assert sta.status(address) == 200
    sta.ask("DELETE", address)


@requirement("create-update-delete/historical-location-auto-creation")
def test_historical_location_auto_creation_by_patch(sta: Service, world: World) -> None:
    here, there = (sta.make("Locations", location(name)) for name in ("here", "there"))
    address = sta.make("Things", thing("moves", Locations=[world.link(here)]))
    body = {"Locations": [world.link(there)]}
    assert sta.ask("PATCH", address, json=body).is_success
    assert [each["name"] for each in sta.values(f"{address}/Locations")] == [f"{RUN} there"]
    assert len(sta.values(f"{address}/HistoricalLocations")) == 2
    sta.ask("DELETE", address)


@requirement("create-update-delete/historical-location-auto-creation")
def test_historical_location_auto_creation(sta: Service, world: World) -> None:
    address = sta.make("Things", thing("moves", Locations=[location("here")]))
    assert len(sta.values(f"{address}/HistoricalLocations")) == 1
    sta.make(f"{address}/Locations", location("there"))
    past = sta.values(f"{address}/HistoricalLocations", expand="Locations")
    assert sorted(each["Locations"][0]["name"] for each in past) == [f"{RUN} here", f"{RUN} there"]
    assert [each["name"] for each in sta.values(f"{address}/Locations")] == [f"{RUN} there"]
    sta.ask("DELETE", address)
