# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Changing entities (OGC 18-088 clause 10.3), on both engines."""

from pathlib import Path
from typing import Any

import pytest
from tests.interfaces.sensorthings.writers import (
    OM,
    UNIT,
    feature,
    location,
    multi,
    number,
    observed,
    sensor,
    service,
    stream,
    thing,
    tree,
)

pytestmark = pytest.mark.anyio
PATCH = {"content-type": "application/json-patch+json"}


async def test_patch_changes_what_is_given(engine: str, tmp_path: Path) -> None:
    async with service(tmp_path, engine) as api:
        made = await api.make("Things", thing(properties={"a": 1, "b": 2}))
        assert await api.status("PATCH", made, {"description": "neu", "@iot.id": 99}) == 200
        found = await api.get(made)
        assert (found["name"], found["description"]) == ("Linde", "neu")
        assert found["properties"] == {"a": 1, "b": 2}
        assert await api.status("PATCH", made, {"properties": None}) == 200
        assert (await api.get(made)).get("properties") is None
        assert await api.status("PATCH", made, {}) == 200
        for wrong in ({"name": None}, {"farbe": 1}, {"Locations": [location()]}, [1]):
            assert await api.status("PATCH", made, wrong) == 400
        assert await api.status("PATCH", "Things(99)", {"name": "x"}) == 404
        assert await api.status("PATCH", "Things", {"name": "x"}) == 400


async def test_put_replaces_everything(engine: str, tmp_path: Path) -> None:
    async with service(tmp_path, engine) as api:
        made = await api.make("Things", thing(properties={"a": 1}, Locations=[location()]))
        assert await api.status("PUT", made, {"name": "Eiche", "description": "neu"}) == 200
        found = await api.get(made)
        assert found["name"] == "Eiche"
        assert found.get("properties") is None
        assert len(await api.values(f"{made}/Locations")) == 1
        assert await api.status("PUT", made, {"name": "nur das"}) == 400


async def test_links_are_changed_by_id(engine: str, tmp_path: Path) -> None:
    async with service(tmp_path, engine) as api:
        made, path = await tree(api)
        other = await api.make("Sensors", sensor(name="Neuer"))
        assert await api.status("PATCH", path, {"Sensor": {"@iot.id": number(other)}}) == 200
        assert (await api.get(f"{path}/Sensor"))["name"] == "Neuer"
        for wrong in ({"Sensor": {"@iot.id": 999}}, {"Sensor": sensor()}, {"Sensor": None}):
            assert await api.status("PATCH", path, wrong) == 400
        place = await api.make("Locations", location(12, 51, name="dort"))
        moved = {"Locations": [{"@iot.id": number(place)}]}
        assert await api.status("PATCH", made, moved) == 200
        assert [each["name"] for each in await api.values(f"{made}/Locations")] == ["dort"]
        assert len(await api.values(f"{made}/HistoricalLocations")) == 2
        assert await api.status("PATCH", f"{path}/Thing", {"name": "über den Link"}) == 200
        assert (await api.get(made))["name"] == "über den Link"


async def test_references_are_made_and_taken_away(engine: str, tmp_path: Path) -> None:
    async with service(tmp_path, engine) as api:
        made, path = await tree(api)
        party = await api.make("Parties", {"role": "institutional", "displayName": "Amt"})
        ref = {"@odata.id": f"http://127.0.0.1:8000/sensorthings/v1.1/{party}"}
        assert await api.status("PUT", f"{made}/Party/$ref", ref) == 204
        assert (await api.get(f"{made}/Party"))["displayName"] == "Amt"
        assert await api.status("DELETE", f"{made}/Party/$ref") == 204
        assert await api.status("GET", f"{made}/Party") in (204, 404)
        place = (await api.values(f"{made}/Locations"))[0]["@iot.id"]
        assert await api.status("DELETE", f"{made}/Locations({place})/$ref") == 204
        assert await api.values(f"{made}/Locations") == []
        assert len(await api.values(f"{made}/HistoricalLocations")) == 1
        for kept in (f"{path}/Thing/$ref", f"{made}/Datastreams({number(path)})/$ref"):
            assert await api.status("DELETE", kept) == 409
        assert await api.status("DELETE", f"{made}/Locations(99)/$ref") == 404
        assert await api.status("POST", f"{made}/Locations/$ref", {"@iot.id": 99}) == 400
        assert await api.status("POST", f"{made}/Locations/$ref", {"x": 1}) == 400


async def test_json_patch(engine: str, tmp_path: Path) -> None:
    async with service(tmp_path, engine) as api:
        made = await api.make("Things", thing(properties={"key1": 1, "liste": [1, 2]}))

        async def patch(*operations: dict[str, Any]) -> int:
            return await api.status("PATCH", made, list(operations), headers=PATCH)

        assert (
            await patch(
                {"op": "test", "path": "/name", "value": "Linde"},
                {"op": "copy", "from": "/properties/key1", "path": "/properties/copy"},
                {"op": "move", "from": "/properties/key1", "path": "/properties/a~1b"},
                {"op": "add", "path": "/properties/liste/-", "value": 3},
                {"op": "remove", "path": "/properties/liste/0"},
                {"op": "replace", "path": "/name", "value": "Eiche"},
            )
            == 200
        )
        found = await api.get(made)
        assert found["name"] == "Eiche"
        assert found["properties"] == {"copy": 1, "a/b": 1, "liste": [2, 3]}
        assert await patch({"op": "remove", "path": "/properties"}) == 200
        assert (await api.get(made)).get("properties") is None
        assert await patch({"op": "test", "path": "/name", "value": "Linde"}) == 409
        for wrong in (
            {"op": "remove", "path": "/name"},
            {"op": "remove", "path": "/nichts"},
            {"op": "add", "path": "name", "value": 1},
            {"op": "verdreht", "path": "/name"},
            {"op": "replace", "path": "/name", "value": 7},
            {"op": "replace", "path": "", "value": 7},
            {"op": "move", "path": "/properties/a/b", "from": "/properties/a"},
        ):
            assert await patch(wrong) == 400, wrong
        assert await api.status("PATCH", made, {"op": "add"}, headers=PATCH) == 400
        seen = await api.make("FeaturesOfInterest", feature())
        moved = [{"op": "replace", "path": "/feature/coordinates/0", "value": 12.5}]
        assert await api.status("PATCH", seen, moved, headers=PATCH) == 200
        assert (await api.get(seen))["feature"]["coordinates"] == [12.5, 50.9]


async def test_an_observation_is_corrected(engine: str, tmp_path: Path) -> None:
    async with service(tmp_path, engine) as api:
        _, path = await tree(api)
        body = {"result": 10, "phenomenonTime": "2024-01-01T00:00:00Z", "parameters": {"a": 1}}
        seen = await api.make(f"{path}/Observations", body)
        assert await api.status("PATCH", seen, {"result": "99.9"}) == 200
        found = await api.get(seen)
        assert (found["result"], found["phenomenonTime"]) == (99.9, "2024-01-01T00:00:00Z")
        change = [{"op": "add", "path": "/parameters/b", "value": 2}]
        assert await api.status("PATCH", seen, change, headers=PATCH) == 200
        assert (await api.get(seen))["parameters"] == {"a": 1, "b": 2}
        place = await api.make("FeaturesOfInterest", feature())
        link = {"FeatureOfInterest": {"@iot.id": number(place)}}
        assert await api.status("PATCH", seen, link) == 200
        assert (await api.get(f"{seen}/FeatureOfInterest"))["name"] == "Krone"
        assert await api.status("PUT", seen, {"result": 1}) == 200
        assert (await api.get(seen)).get("parameters") is None
        for wrong in ({"result": "viel"}, {"Datastream": {"@iot.id": 7}}, {"phenomenonTime": "x"}):
            assert await api.status("PATCH", seen, wrong) == 400
        assert await api.status("PATCH", "Observations(999999999)", {"result": 0}) == 404
        assert (await api.get(path))["phenomenonTime"].startswith("2024-01-01T00:00:00Z")


async def test_a_stream_with_observations_keeps_its_type(tmp_path: Path) -> None:
    async with service(tmp_path) as api:
        made, path = await tree(api)
        change = {"observationType": f"{OM}OM_CategoryObservation"}
        assert await api.status("PATCH", path, change) == 200
        await api.make(f"{path}/Observations", {"result": "warm"})
        back = {"observationType": f"{OM}OM_Measurement"}
        assert await api.status("PATCH", path, back) == 409
        assert await api.status("PATCH", path, {**change, "name": "Gefühl"}) == 200
        several = await api.make(f"{made}/MultiDatastreams", multi())
        assert await api.status("PATCH", several, {"unitOfMeasurements": [UNIT]}) == 400
        more = {
            "unitOfMeasurements": [UNIT],
            "multiObservationDataTypes": [f"{OM}OM_Measurement"],
            "ObservedProperties": [
                {"@iot.id": number(await api.make("ObservedProperties", observed()))}
            ],
        }
        assert await api.status("PATCH", several, more) == 200
        assert len(await api.values(f"{several}/ObservedProperties")) == 1


async def test_closing_a_thing_closes_what_belongs_to_it(engine: str, tmp_path: Path) -> None:
    async with service(tmp_path, engine) as api:
        made, path = await tree(api)
        seen = await api.make(f"{path}/Observations", {"result": 1})
        nobody = api.of("")
        assert await nobody.status("GET", seen) == 200
        assert await api.status("PATCH", made, {"@allmende.access": "internal"}) == 200
        for hidden in (made, path, seen, "Locations(1)", "FeaturesOfInterest(1)"):
            assert await nobody.status("GET", hidden) == 404, hidden
            assert await api.status("GET", hidden) == 200, hidden
        assert await api.status("PATCH", path, {"@allmende.access": "open"}) == 200
        assert await nobody.status("GET", path) == 404
        late = await api.make(f"{made}/Datastreams", stream(**{"@allmende.access": "open"}))
        assert await nobody.status("GET", late) == 404
