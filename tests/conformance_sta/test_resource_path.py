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
def test_resource_path_nested(sta: Service, world: World) -> None:
    entity = sta.get(world.stream)
    nested = f"{world.thing}/Datastreams({key(entity)})"
    assert sta.get(nested)["@iot.id"] == entity["@iot.id"]
    assert sta.get(f"{nested}/Thing/name") == {"name": f"{RUN} thing"}
    assert len(sta.values(f"{nested}/Observations")) == 10
    assert sta.get(f"{world.observation}/Datastream/Thing")["name"] == f"{RUN} thing"


@PATHS
def test_resource_path_nothing_there(sta: Service, world: World) -> None:
    other = sta.get(sta.make("Things", {"name": f"{RUN} x", "description": "x"}))
    stream = sta.get(world.stream)
    assert sta.status("Nothings") in (400, 404)
    assert sta.status(f"Things({key(other)})/Datastreams({key(stream)})") == 404
    assert sta.ask("DELETE", other["@iot.selfLink"]).status_code in (200, 204)
    assert sta.status(other["@iot.selfLink"]) in (404, 410)
    assert sta.status(f"{world.thing}/nothing") in (400, 404)
