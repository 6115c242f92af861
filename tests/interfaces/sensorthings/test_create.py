# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Making entities (OGC 18-088 clause 10.2), on both engines."""

import time
from datetime import UTC, datetime
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


async def test_every_kind_can_be_made_and_read(engine: str, tmp_path: Path) -> None:
    async with service(tmp_path, engine) as api:
        simple: dict[str, dict[str, Any]] = {
            "Things": thing(properties={"art": "Linde", "höhe": 12.5}),
            "Locations": location(),
            "Sensors": sensor(metadata={"serie": [1, 2]}),
            "ObservedProperties": observed(),
            "FeaturesOfInterest": feature(),
            "Parties": {"role": "individual", "displayName": "Ada"},
            "Licenses": {
                "name": "CC0",
                "description": "frei",
                "definition": "https://creativecommons.org/publicdomain/zero/1.0/",
            },
        }
        made = {}
        for collection, body in simple.items():
            made[collection] = await api.make(collection, body)
            found = await api.get(made[collection])
            assert {name: found[name] for name in body} == body
            assert found["@iot.id"] == number(made[collection])
            assert found["@iot.selfLink"].endswith(made[collection])
        thing_path = made["Things"]
        made["Datastreams"] = await api.make(f"{thing_path}/Datastreams", stream())
        party = {"@iot.id": number(made["Parties"])}
        campaign = await api.make(
            "Campaigns",
            {
                "name": "Sommer",
                "description": "Messaktion",
                "termsOfUse": "frei",
                "creationTime": "2024-06-01T00:00:00Z",
                "Party": party,
                "Datastreams": [{"@iot.id": number(made["Datastreams"])}],
            },
        )
        assert [each["name"] for each in await api.values(f"{campaign}/Datastreams")] == [
            "Lufttemperatur"
        ]
        history = await api.make(
            "HistoricalLocations",
            {"time": "2020-01-01T00:00:00Z", "Thing": {"@iot.id": number(thing_path)}},
        )
        assert (await api.get(history))["time"] == "2020-01-01T00:00:00Z"


async def test_a_deep_insert_makes_everything_inside(engine: str, tmp_path: Path) -> None:
    async with service(tmp_path, engine) as api:
        body = thing(
            Locations=[location()],
            Datastreams=[
                stream(
                    Observations=[
                        {"phenomenonTime": "2024-05-01T10:00:00Z", "result": 20.5},
                        {
                            "phenomenonTime": "2024-05-01T11:00:00+02:00/2024-05-01T12:00:00+02:00",
                            "result": 21,
                            "resultTime": "2024-05-01T13:00:00Z",
                            "validTime": "2024-05-01T10:00:00Z/2024-05-02T10:00:00Z",
                            "resultQuality": {"nameOfMeasure": "DQ_Status"},
                            "parameters": {"tiefe": 30},
                            "FeatureOfInterest": feature(),
                        },
                    ]
                ),
                stream(name="Zweite", Observations=[]),
            ],
            MultiDatastreams=[multi(Observations=[{"result": [1.5, True]}])],
        )
        made = await api.make("Things", body)
        streams = await api.values(f"{made}/Datastreams", **{"$expand": "Sensor,ObservedProperty"})
        assert [each["name"] for each in streams] == ["Lufttemperatur", "Zweite"]
        assert streams[0]["Sensor"]["name"] == "Fühler"
        assert streams[0]["ObservedProperty"]["name"] == "Temperatur"
        path = f"Datastreams({streams[0]['@iot.id']})/Observations"
        found = await api.values(
            path, **{"$orderby": "phenomenonTime desc", "$expand": "FeatureOfInterest"}
        )
        assert [each["result"] for each in found] == [20.5, 21]
        assert found[1]["phenomenonTime"] == "2024-05-01T09:00:00Z/2024-05-01T10:00:00Z"
        assert found[1]["parameters"] == {"tiefe": 30}
        assert found[0]["FeatureOfInterest"]["feature"] == location()["location"]
        assert found[1]["FeatureOfInterest"]["name"] == "Krone"
        several = await api.values(f"{made}/MultiDatastreams", **{"$expand": "Observations"})
        assert several[0]["Observations"][0]["result"] == [1.5, True]
        assert len(await api.values(f"{made}/HistoricalLocations")) == 1


async def test_nothing_remains_of_a_deep_insert_that_fails(engine: str, tmp_path: Path) -> None:
    async with service(tmp_path, engine) as api:
        bad = stream(Observations=[{"result": 1}, {"result": "viel"}])
        answer = await api.post("Things", thing(Locations=[location()], Datastreams=[bad]), 400)
        assert "number" in answer.text
        for collection in ("Things", "Locations", "Sensors", "Datastreams", "Observations"):
            assert await api.values(collection) == []
        assert await api.values("HistoricalLocations") == []
        assert await api.values("FeaturesOfInterest") == []


async def test_links_to_what_is_there(engine: str, tmp_path: Path) -> None:
    async with service(tmp_path, engine) as api:
        made = await api.make("Things", thing())
        ids = {
            name: {"@iot.id": number(await api.make(collection, body))}
            for name, collection, body in (
                ("Sensor", "Sensors", sensor()),
                ("ObservedProperty", "ObservedProperties", observed()),
            )
        }
        path = await api.make("Datastreams", stream(Thing={"@iot.id": number(made)}, **ids))
        found = await api.get(path, **{"$expand": "Thing,Sensor,ObservedProperty"})
        assert found["Thing"]["@iot.id"] == number(made)
        assert found["Sensor"]["@iot.id"] == ids["Sensor"]["@iot.id"]
        place = await api.make("FeaturesOfInterest", feature())
        seen = await api.make(
            "Observations",
            {
                "result": 3,
                "Datastream": {"@iot.id": number(path)},
                "FeatureOfInterest": {"@iot.id": number(place)},
            },
        )
        assert (await api.get(f"{seen}/FeatureOfInterest"))["@iot.id"] == number(place)
        assert (await api.get(path))["observedArea"] == feature()["feature"]
        moved = await api.make("Things", thing("Eiche", Datastreams=[{"@iot.id": number(path)}]))
        assert (await api.get(f"{path}/Thing"))["@iot.id"] == number(moved)


async def test_a_link_with_all_members_of_a_known_entity_is_a_link(tmp_path: Path) -> None:
    async with service(tmp_path) as api:
        made = await api.make("Things", thing())
        whole = await api.get(made)
        await api.make("Datastreams", stream(Thing=whole))
        assert len(await api.values("Things")) == 1
        await api.make("Datastreams", stream(Thing={**thing("Neu"), "@iot.id": 777}))
        assert [each["name"] for each in await api.values("Things")] == ["Linde", "Neu"]


async def test_defaults_of_an_observation(engine: str, tmp_path: Path) -> None:
    async with service(tmp_path, engine) as api:
        made, path = await tree(api)
        before = time.time()
        first = await api.make(f"{path}/Observations", {"result": 1})
        found = await api.get(first, **{"$expand": "FeatureOfInterest"})
        moment = datetime.fromisoformat(found["phenomenonTime"]).replace(tzinfo=UTC)
        assert before - 1 <= moment.timestamp() <= time.time() + 1
        assert found.get("resultTime") is None
        assert found["FeatureOfInterest"]["feature"] == location()["location"]
        second = await api.make(f"{path}/Observations", {"result": 2})
        again = await api.get(f"{second}/FeatureOfInterest")
        assert again["@iot.id"] == found["FeatureOfInterest"]["@iot.id"]

        await api.make(f"{made}/Locations", location(11.7, 50.8))
        third = await api.make(f"{path}/Observations", {"result": 3})
        elsewhere = await api.get(f"{third}/FeatureOfInterest")
        assert elsewhere["feature"]["coordinates"] == [11.7, 50.8]
        assert (await api.get(f"{first}/FeatureOfInterest"))["@iot.id"] == again["@iot.id"]
        area = (await api.get(path))["observedArea"]
        assert area["type"] == "Polygon"
        assert [11.7, 50.8] in area["coordinates"][0]


async def test_where_a_thing_was_is_remembered(engine: str, tmp_path: Path) -> None:
    async with service(tmp_path, engine) as api:
        made = await api.make("Things", thing(Locations=[location()]))
        await api.make(f"{made}/Locations", location(11.7, name="Neu"))
        assert [each["name"] for each in await api.values(f"{made}/Locations")] == ["Neu"]
        past = await api.values(
            f"{made}/HistoricalLocations", **{"$expand": "Locations", "$orderby": "time"}
        )
        assert [[place["name"] for place in each["Locations"]] for each in past] == [
            ["Platz"],
            ["Neu"],
        ]
        indoors = location(name="Raum 7", encodingType="text/plain", location="Raum 7")
        other = await api.make("Locations", indoors)
        link = {"@iot.id": number(other)}
        await api.post(f"{made}/Locations/$ref", link, 204)
        names = {each["name"] for each in await api.values(f"{made}/Locations")}
        assert names == {"Neu", "Raum 7"}
        two = [location(), location(11.9)]
        refused = await api.post("Things", thing(Locations=two), 400)
        assert "encodingType" in refused.text


async def test_a_later_historical_location_moves_the_thing(engine: str, tmp_path: Path) -> None:
    async with service(tmp_path, engine) as api:
        made = await api.make("Things", thing(Locations=[location()]))
        before = await api.make("Locations", location(1, 1, name="früher"))
        after = await api.make("Locations", location(2, 2, name="später"))
        for place, when in ((before, "2001-01-01T00:00:00Z"), (after, "2099-01-01T00:00:00Z")):
            body = {"time": when, "Locations": [{"@iot.id": number(place)}]}
            await api.make(f"{made}/HistoricalLocations", body)
        assert [each["name"] for each in await api.values(f"{made}/Locations")] == ["später"]
        assert len(await api.values(f"{made}/HistoricalLocations")) == 3


async def test_a_multi_datastream_has_as_many_of_each(tmp_path: Path) -> None:
    async with service(tmp_path) as api:
        made = await api.make("Things", thing())
        path = f"{made}/MultiDatastreams"
        for wrong in (
            multi(unitOfMeasurements=[UNIT]),
            multi(ObservedProperties=[observed()]),
            multi(multiObservationDataTypes=[f"{OM}OM_Measurement"] * 3),
        ):
            answer = await api.post(path, wrong, 400)
            assert "as many" in answer.text
        several = await api.make(path, multi())
        assert (await api.get(several))["observationType"] == f"{OM}OM_ComplexObservation"
        names = [each["name"] for each in await api.values(f"{several}/ObservedProperties")]
        assert names == ["Temperatur", "Regen"]
        seen = await api.make(f"{several}/Observations", {"result": ["12.5", None]})
        assert (await api.get(seen))["result"] == [12.5, None]
        for result in (1, [1], [1, True, 2], ["warm", True]):
            await api.post(f"{several}/Observations", {"result": result}, 400)
        wrong = f"Datastreams({number(several)})/Observations"
        assert await api.status("POST", wrong, {"result": 1}) == 404


BAD: dict[str, tuple[str, Any]] = {
    "nothing": ("Things", {}),
    "no name": ("Things", {"description": "x"}),
    "a name that is null": ("Things", thing(name=None)),
    "unknown member": ("Things", thing(farbe="grün")),
    "text in the place of an object": ("Things", thing(properties="x")),
    "a nul in a text": ("Things", thing(name="a\0b")),
    "a list": ("Things", [thing()]),
    "links that are no list": ("Things", thing(Locations=location())),
    "a bad id": ("Things", thing(Locations=[{"@iot.id": "drei"}])),
    "an id of nothing": ("Things", thing(Locations=[{"@iot.id": 999999999}])),
    "an unknown access": ("Things", {**thing(), "@allmende.access": "secret"}),
    "a place nowhere": ("Locations", location(11, 95)),
    "a place that is none": ("Locations", location(location={"type": "Point"})),
    "a stream without thing": ("Datastreams", stream()),
    "an unknown type": ("Datastreams", stream(observationType="x", Thing={"@iot.id": 1})),
    "a unit that is a text": ("Datastreams", stream(unitOfMeasurement="°C")),
    "an observation of nothing": ("Observations", {"result": 1}),
    "no result": ("Datastreams(1)/Observations", {"phenomenonTime": "2024-01-01T00:00:00Z"}),
    "no time": ("Datastreams(1)/Observations", {"result": 1, "phenomenonTime": "gestern"}),
    "a time of another age": (
        "Datastreams(1)/Observations",
        {"result": 1, "phenomenonTime": "1500-01-01T00:00:00Z"},
    ),
    "an interval backwards": (
        "Datastreams(1)/Observations",
        {"result": 1, "phenomenonTime": "2024-01-02T00:00:00Z/2024-01-01T00:00:00Z"},
    ),
    "parameters that are a list": ("Datastreams(1)/Observations", {"result": 1, "parameters": []}),
    "a result of another type": ("Datastreams(1)/Observations", {"result": {"a": 1}}),
    "an inline feature without encoding": (
        "Datastreams(1)/Observations",
        {"result": 1, "FeatureOfInterest": {"name": "x", "description": "y"}},
    ),
    "an address of one": ("Datastreams(1)", stream()),
    "a link to one": ("Datastreams(1)/Thing", thing()),
}


@pytest.mark.parametrize("name", BAD)
async def test_what_is_wrong_is_said_and_changes_nothing(name: str, tmp_path: Path) -> None:
    path, body = BAD[name]
    async with service(tmp_path) as api:
        await tree(api)
        answer = await api.post(path, body, 400)
        said = answer.json()
        assert said["code"] == 400
        assert said["type"] == "error"
        assert len(said["message"]) > 15
        assert "select" not in said["message"].lower()
        assert len(await api.values("Things")) == 1
        assert await api.values("Observations") == []


async def test_what_is_no_json_or_of_another_type(tmp_path: Path) -> None:
    async with service(tmp_path) as api:
        json = {"content-type": "application/json"}
        assert await api.status("POST", "Things", content=b"{not", headers=json) == 400
        xml = {"content-type": "application/xml"}
        assert await api.status("POST", "Things", content=b"<a/>", headers=xml) == 415
        for path in ("Nothings", "Things(99)/Datastreams", "Things(1)/Wings"):
            assert await api.status("POST", path, {}) == 404


async def test_limits_of_a_deep_insert(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from allmende.core.sensing import unit

    monkeypatch.setattr(unit, "MOST_ENTITIES", 6)
    async with service(tmp_path) as api:
        many = [stream(), stream()]  # with sensors and properties six, and the thing
        answer = await api.post("Things", thing(Datastreams=many), 413)
        assert "6 entities" in answer.text
        body: dict[str, Any] = thing()
        for _ in range(12):
            body = thing(Locations=[location(Things=[body])])
        monkeypatch.setattr(unit, "MOST_ENTITIES", 100)
        deep = await api.post("Things", body, 413)
        assert "12 levels" in deep.text
        assert await api.values("Things") == []
