# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""req/create-update-delete (18-088 clause 10)."""

from __future__ import annotations

from typing import Any

import pytest
from tests.conformance_sta.service import (
    KINDS,
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
def test_create_entity_with_relations(sta: Service, world: World) -> None:
    address = sta.make(f"{world.thing}/Datastreams", stream("third"))
    assert sta.get(f"{address}/Thing")["@iot.id"] == sta.get(world.thing)["@iot.id"]
    observation = sta.make(f"{address}/Observations", {"phenomenonTime": at(1), "result": 21.5})
    assert sta.get(observation)["result"] == 21.5
    past = {
        "time": at(2),
        "Locations": [{"@iot.id": sta.get(world.address("Locations"))["@iot.id"]}],
    }
    assert sta.make(f"{world.thing}/HistoricalLocations", past)
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
def test_create_observation_gets_what_is_missing(sta: Service, world: World) -> None:
    made = sta.get(sta.make(f"{world.other}/Observations", {"result": 5}))
    assert made["phenomenonTime"]
    assert made["resultTime"] is None or isinstance(made["resultTime"], str)
    target = sta.get(made["FeatureOfInterest@iot.navigationLink"])
    assert target["feature"] == sta.get(world.address("Locations"))["location"]


@requirement("create-update-delete/link-to-existing-entities")
def test_link_to_existing_entities(sta: Service, world: World) -> None:
    ids = {
        name: {"@iot.id": sta.get(world.address(kind))["@iot.id"]}
        for name, kind in (
            ("Thing", "Things"),
            ("Sensor", "Sensors"),
            ("ObservedProperty", "ObservedProperties"),
        )
    }
    address = sta.make("Datastreams", stream("linked", **ids))
    for name, target in ids.items():
        assert sta.get(f"{address}/{name}")["@iot.id"] == target["@iot.id"]
    sta.ask("DELETE", address)
    sta.post("Datastreams", stream("no", Thing={"@iot.id": 987654321}), 400, 404, 409, 422)


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


@requirement("create-update-delete/update-entity")
def test_update_entity(sta: Service, world: World) -> None:
    for kind, body in BODIES.items():
        address = sta.make(kind, body)
        answer = sta.ask("PATCH", address, json={"description": "changed"})
        assert answer.status_code in (200, 204)
        assert sta.get(address)["description"] == "changed"
        assert sta.get(address)["name"] == body["name"]
        sta.ask("DELETE", address)
    assert sta.ask("PATCH", "Things(987654321)", json={"name": "x"}).status_code == 404
    observation = sta.make(f"{world.other}/Observations", {"phenomenonTime": at(3), "result": 1})
    assert sta.ask("PATCH", observation, json={"result": 2}).is_success
    assert sta.get(observation)["result"] == 2


@requirement("create-update-delete/update-entity")
def test_update_entity_moves_a_relation(sta: Service, world: World) -> None:
    address = sta.make(f"{world.thing}/Datastreams", stream("moved"))
    other = sta.get(sta.make("Sensors", sensor("other")))["@iot.id"]
    assert sta.ask("PATCH", address, json={"Sensor": {"@iot.id": other}}).is_success
    assert sta.get(f"{address}/Sensor")["@iot.id"] == other
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
def test_delete_entity_thing(sta: Service, world: World) -> None:
    address = sta.make("Things", thing("gone", Locations=[location("stays")]))
    below = sta.make(f"{address}/Datastreams", stream("gone"))
    observation = sta.make(f"{below}/Observations", {"phenomenonTime": at(1), "result": 1})
    place = sta.values(f"{address}/Locations")[0]["@iot.selfLink"]
    past = sta.values(f"{address}/HistoricalLocations")[0]["@iot.selfLink"]
    assert sta.ask("DELETE", address).status_code in (200, 204)
    assert gone(sta, address, below, observation, past)
    assert sta.status(place) == 200


@pytest.mark.parametrize("link", ["Sensor", "ObservedProperty"])
@requirement("create-update-delete/delete-entity")
def test_delete_entity_what_a_stream_needs(sta: Service, world: World, link: str) -> None:
    below = sta.make(f"{world.thing}/Datastreams", stream("gone"))
    target = sta.get(f"{below}/{link}")["@iot.selfLink"]
    assert sta.ask("DELETE", target).is_success
    assert gone(sta, target, below)


@requirement("create-update-delete/delete-entity")
def test_delete_entity_feature_and_location(sta: Service, world: World) -> None:
    target = sta.make("FeaturesOfInterest", feature("gone"))
    link = {"@iot.id": sta.get(target)["@iot.id"]}
    body = {"phenomenonTime": at(5), "result": 1, "FeatureOfInterest": link}
    observation = sta.make(f"{world.other}/Observations", body)
    assert sta.ask("DELETE", target).is_success
    assert gone(sta, target, observation)
    address = sta.make("Things", thing("moves", Locations=[location("gone")]))
    place = sta.values(f"{address}/Locations")[0]["@iot.selfLink"]
    past = sta.values(f"{address}/HistoricalLocations")[0]["@iot.selfLink"]
    assert sta.ask("DELETE", place).is_success
    assert gone(sta, place, past)
    assert sta.status(address) == 200
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
