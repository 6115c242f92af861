# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""req/resource-path/resource-path-to-entities: every use of an address (18-088 clause 9.2)."""

from __future__ import annotations

import pytest
from tests.conformance_sta.service import KINDS, LINKS, RUN, Service, World, key, requirement

PATHS = requirement("resource-path/resource-path-to-entities")


@PATHS
def test_resource_path_root(sta: Service) -> None:
    found = {each["name"]: each["url"] for each in sta.start()["value"]}
    assert set(KINDS) <= found.keys()
    for kind in KINDS:
        assert isinstance(sta.get(found[kind])["value"], list)


@pytest.mark.parametrize("kind", KINDS)
@PATHS
def test_resource_path_collection_and_entity(sta: Service, world: World, kind: str) -> None:
    entity = sta.get(world.address(kind))
    assert sta.get(f"{kind}({key(entity)})")["@iot.id"] == entity["@iot.id"]
    assert sta.values(kind)


@pytest.mark.parametrize("kind", KINDS)
@PATHS
def test_resource_path_property_and_value(sta: Service, world: World, kind: str) -> None:
    address = world.address(kind)
    entity = sta.get(address)
    for name in KINDS[kind]:
        answer = sta.ask("GET", f"{address}/{name}")
        if entity[name] is None:
            assert answer.status_code in (200, 204)
            continue
        assert answer.json() == {name: entity[name]}
        raw = sta.ask("GET", f"{address}/{name}/$value", headers={"Accept": "*/*"})
        assert raw.status_code == 200
        if isinstance(entity[name], str):
            assert raw.text == entity[name]


@pytest.mark.parametrize("kind", KINDS)
@PATHS
def test_resource_path_navigation_and_ref(sta: Service, world: World, kind: str) -> None:
    address = world.address(kind)
    for link, many in LINKS[kind].items():
        found = sta.get(f"{address}/{link}")
        if many:
            references = sta.values(f"{address}/{link}/$ref")
            assert [each["@iot.selfLink"] for each in references] == [
                each["@iot.selfLink"] for each in found["value"]
            ]
            assert all(set(each) == {"@iot.selfLink"} for each in references)


@PATHS
def test_resource_path_address_of_one_reference(sta: Service, world: World) -> None:
    found = sta.get(f"{world.stream}/Thing/$ref")
    assert found["@iot.selfLink"] == sta.get(world.thing)["@iot.selfLink"]


@PATHS
def test_resource_path_value_of_a_number_and_json(sta: Service, world: World) -> None:
    any_kind = {"Accept": "*/*"}
    assert float(sta.ask("GET", f"{world.observation}/result/$value", headers=any_kind).text) == 3
    raw = sta.ask("GET", f"{world.thing}/properties/$value", headers=any_kind)
    assert raw.json()["run"] == RUN


@PATHS
def test_resource_path_value_that_is_missing(sta: Service, world: World) -> None:
    """9.2.6: 204 when the value is null."""
    assert sta.ask("GET", f"{world.observation}/validTime/$value").status_code in (204, 404)


@PATHS
def test_resource_path_below_a_member(sta: Service, world: World) -> None:
    entity = sta.get(world.stream)
    nested = f"{world.thing}/Datastreams({key(entity)})"
    assert sta.get(nested)["@iot.id"] == entity["@iot.id"]
    assert sta.get(f"{nested}/Thing/name") == {"name": f"{RUN} thing"}
    assert len(sta.values(f"{nested}/Observations")) == 10


@PATHS
def test_resource_path_nested(sta: Service, world: World) -> None:
    assert sta.get(f"{world.observation}/Datastream/Thing")["name"] == f"{RUN} thing"
    assert sta.get(f"{world.observation}/Datastream/Sensor/name")["name"] == f"{RUN} sensor"
    places = sta.values(f"{world.observation}/Datastream/Thing/Locations")
    assert [each["name"] for each in places] == [f"{RUN} place"]


@PATHS
def test_resource_path_nothing_there(sta: Service, world: World) -> None:
    assert sta.status("Nothings") in (400, 404)
    assert sta.status(f"{world.thing}/nothing") in (400, 404)
    assert sta.status(world.gone()) in (404, 410)


@PATHS
def test_resource_path_to_what_is_elsewhere(sta: Service, world: World) -> None:
    other = sta.make("Things", {"name": f"{RUN} x", "description": "x"})
    stream = sta.get(world.stream)
    assert sta.status(f"{other}/Datastreams({key(stream)})") == 404
    sta.ask("DELETE", other)
