# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Resource paths of OGC 18-088, 9.2, and what entities look like (8.1, 8.2)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.interfaces.sensorthings.readers import ROOT, City, city_in
from tests.interfaces.sensorthings.writers import multi
from tests.interfaces.support import BASE

from allmende.model.sensing.entities import COLLECTIONS, TYPES, Kind
from allmende.web import create_app

pytestmark = pytest.mark.anyio

GONE = 999_999_999


async def test_the_root_names_collections_and_conformance(tmp_path: Path) -> None:
    async with city_in("", tmp_path) as city:
        for path in ("", f"{BASE}/sensorthings/v1.1"):
            found = await city.get(path)
            assert [each["name"] for each in found["value"]] == list(COLLECTIONS)
            conformance = found["serverSettings"]["conformance"]
            assert len(conformance) == len(set(conformance))
            base = "http://www.opengis.net/spec/iot_sensing/1.1/req/"
            for name in (
                "datamodel/thing/properties",
                "datamodel/feature-of-interest/relations",
                "resource-path/resource-path-to-entities",
                "request-data/built-in-query-functions",
                "multi-datastream/relations",
            ):
                assert base + name in conformance
        for each in found["value"]:
            assert "value" in await city.get(each["url"])
        answer = await city.ask("GET", f"{BASE}/sensorthings")
        assert answer.headers["location"] == "/sensorthings/v1.1"


async def test_entities_have_their_control_information(engine: str, tmp_path: Path) -> None:
    async with city_in(engine, tmp_path) as city:
        for name in ("Things", "Locations", "HistoricalLocations", "Datastreams", "Sensors",
                     "ObservedProperties", "Observations", "FeaturesOfInterest"):  # fmt: skip
            entity = COLLECTIONS[name]
            for each in (await city.values(name))[:2]:
                assert each["@iot.selfLink"] == f"{ROOT}/{name}({each['@iot.id']})"
                assert await city.get(each["@iot.selfLink"]) == each
                for attribute in entity.attributes:
                    if attribute.required:
                        assert attribute.name in each
                for link in entity.links:
                    if link.target != Kind.MULTI_DATASTREAM or link.many:
                        assert each[f"{link.name}@iot.navigationLink"].endswith(f"/{link.name}")


async def test_paths_of_any_depth(engine: str, tmp_path: Path) -> None:
    async with city_in(engine, tmp_path) as city:
        thing, soil, air = city.things[0], city.streams["soil"], city.streams["air"]
        (first, _) = await city.found(f"Datastreams({soil})/Observations", orderby="id")
        observation = first["@iot.id"]
        (history,) = await city.values(f"Things({thing})/HistoricalLocations")
        lists: dict[str, int] = {
            f"Things({thing})/Datastreams": 2,
            f"Things({thing})/Locations": 1,
            f"Things({thing})/Datastreams({soil})/Observations": 2,
            f"Datastreams({air})/Thing/Locations": 1,
            f"Datastreams({air})/Thing/Datastreams({soil})/Thing/HistoricalLocations": 1,
            f"Observations({observation})/Datastream/Thing/Datastreams": 2,
            f"Observations({observation})/FeatureOfInterest/Observations": 5,
            f"Observations({observation})/ObservationGroups": 0,
            f"HistoricalLocations({history['@iot.id']})/Locations": 1,
            f"Locations({history['@iot.id']})/Things": 1,
            f"Datastreams({air})/Sensor/Datastreams": 1,
            f"Datastreams({air})/ObservedProperty/Datastreams": 1,
            f"Things({thing})/MultiDatastreams": 0,
        }
        for path, size in lists.items():
            assert len(await city.values(path)) == size, path
        ones: dict[str, Any] = {
            f"Datastreams({soil})/Thing": thing,
            f"Things({thing})/Datastreams({soil})": soil,
            f"Datastreams({soil})/Observations({observation})": observation,
            f"Observations({observation})/Datastream": soil,
            f"HistoricalLocations({history['@iot.id']})/Thing": thing,
        }
        for path, ident in ones.items():
            assert (await city.get(path))["@iot.id"] == ident, path


async def test_properties_and_their_values(engine: str, tmp_path: Path) -> None:
    async with city_in(engine, tmp_path) as city:
        thing, soil = f"Things({city.things[0]})", f"Datastreams({city.streams['soil']})"
        assert await city.get(f"{thing}/name") == {"name": "Lime tree"}
        assert (await city.get(f"{soil}/unitOfMeasurement"))["unitOfMeasurement"]["symbol"] == "°C"
        assert await city.get(f"{soil}/Thing/name") == {"name": "Lime tree"}
        raw = await city.ask("GET", f"{thing}/name/$value")
        assert (raw.text, raw.headers["content-type"]) == ("Lime tree", "text/plain; charset=utf-8")
        body = await city.ask("GET", f"{soil}/unitOfMeasurement/$value")
        assert body.json()["symbol"] == "°C"
        assert body.headers["content-type"] == "application/json"
        (first, *_) = await city.values(f"{soil}/Observations")
        path = f"Observations({first['@iot.id']})"
        assert (await city.ask("GET", f"{path}/result/$value")).text == "3"
        assert (await city.ask("GET", f"{path}/resultTime/$value")).status_code == 204
        assert await city.get(f"{path}/resultTime") == {"resultTime": None}
        silent = f"Datastreams({city.streams['silent']})"
        assert await city.get(f"{silent}/phenomenonTime") == {"phenomenonTime": None}
        assert (await city.ask("GET", f"{silent}/phenomenonTime/$value")).status_code == 204
        (sensor, *_) = await city.values("Sensors")
        metadata = await city.ask("GET", f"Sensors({sensor['@iot.id']})/metadata/$value")
        assert metadata.text == "http://example.org/sensor"


async def test_references(tmp_path: Path) -> None:
    async with city_in("", tmp_path) as city:
        thing, soil = city.things[0], city.streams["soil"]
        found = await city.get(f"Things({thing})/Datastreams/$ref", **{"$count": "true"})
        assert found["@iot.count"] == 2
        assert found["value"][0] == {"@iot.selfLink": f"{ROOT}/Datastreams({soil})"}
        assert await city.get(f"Datastreams({soil})/Thing/$ref") == {
            "@iot.selfLink": f"{ROOT}/Things({thing})"
        }
        many = await city.values(f"Datastreams({soil})/Observations/$ref")
        assert [list(each) for each in many] == [["@iot.selfLink"]] * 2


async def test_what_is_not_there(tmp_path: Path) -> None:
    async with city_in("", tmp_path) as city:
        thing, soil, ground = city.things[0], city.streams["soil"], city.streams["ground"]
        missing = [f"{name}({GONE})" for name in COLLECTIONS]
        missing += [f"{name}({2**52})" for name in COLLECTIONS]
        missing += [
            "Nothing",
            "Things(x)",
            f"Things({GONE})/name",
            f"Things({GONE})/name/$value",
            f"Things({GONE})/Datastreams",
            f"Things({thing})/nosuch",
            f"Things({thing})/name/more",
            f"Things({thing})/Datastreams({ground})",
            f"Things({thing})/Party",
            f"Datastreams({soil})/Thing(1)",
            f"MultiDatastreams({soil})",
            f"Datastreams({soil})/Observations({(ground << 32) + 1})",
            f"Observations({(soil << 32) + 1})/MultiDatastream",
            "Things/name",
            "/".join([f"Datastreams({soil})", "Thing", "Datastreams"] * 30),
        ]
        for path in missing:
            assert await city.code(path) == 404, path


async def test_computed_properties_of_datastreams(engine: str, tmp_path: Path) -> None:
    async with city_in(engine, tmp_path) as city:
        found = {each["name"]: each for each in await city.values("Datastreams")}
        soil, silent = found["soil"], found["silent"]
        assert soil["phenomenonTime"] == "2024-03-01T00:00:00Z/2024-03-02T00:00:00Z"
        assert soil["observedArea"]["coordinates"] == [11.5, 50.9]
        assert "phenomenonTime" not in silent
        assert "resultTime" not in soil


async def test_multidatastreams(engine: str, tmp_path: Path) -> None:
    async with city_in(engine, tmp_path) as city:
        path = await city.make(f"Things({city.things[0]})/MultiDatastreams", multi())
        time = "2024-06-01T00:00:00Z"
        await city.make(f"{path}/Observations", {"result": [7, True], "phenomenonTime": time})
        (seen,) = await city.values(f"{path}/Observations")
        assert seen["result"] == [7, True]
        assert "MultiDatastream@iot.navigationLink" in seen
        assert "Datastream@iot.navigationLink" not in seen
        names = await city.names(f"{path}/ObservedProperties", orderby="name desc")
        assert names == ["Temperatur", "Regen"]
        assert await city.results(filter="MultiDatastream/name eq 'Wetter'") == [[7, True]]
        assert await city.results(filter="result/0 eq 7") == [[7, True]]
        (expanded,) = await city.found("Observations", filter="result/1", expand="MultiDatastream")
        assert expanded["MultiDatastream"]["multiObservationDataTypes"]
        assert (await city.get(f"Observations({seen['@iot.id']})/MultiDatastream"))["name"]
        assert await city.code(f"Observations({seen['@iot.id']})/Datastream") == 404
        assert len(await city.values("Datastreams")) == 4
        things = await city.names("Things", filter="MultiDatastreams/name eq 'Wetter'")
        assert things == ["Lime tree"]


async def test_parties_licences_campaigns_groups_relations(engine: str, tmp_path: Path) -> None:
    """STAplus 1.0 (22-022r1)."""
    async with city_in(engine, tmp_path) as city:
        ids = [each["@iot.id"] for each in await city.values("Observations")]
        await _staplus(city, ids)
        (party,) = await city.found("Parties", expand="Campaigns/ObservationGroups/Observations")
        (campaign,) = party["Campaigns"]
        (group,) = campaign["ObservationGroups"]
        assert [each["@iot.id"] for each in group["Observations"]] == ids[:3]
        assert await city.results(filter="ObservationGroups/name eq 'a walk'") == [3, 4, 5]
        assert len(await city.values(f"ObservationGroups({group['@iot.id']})/Observations")) == 3
        path = f"ObservationGroups({group['@iot.id']})/Observations"
        assert await city.code(f"{path}({ids[0]})") == 200
        assert await city.code(f"{path}({ids[5]})") == 404
        (relation,) = await city.found("Relations", expand="Subject($select=result),Object")
        assert relation["Subject"] == {"result": 3}
        assert relation["Object"]["@iot.id"] == ids[1]
        assert (await city.get(f"Relations({relation['@iot.id']})/Object"))["@iot.id"] == ids[1]
        (licence,) = await city.found("Licenses", filter="Campaigns/name eq 'Summer'")
        assert licence["definition"].startswith("https://")
        first = await city.get(f"Observations({ids[0]})", **{"$expand": "ObservationGroups"})
        assert [each["name"] for each in first["ObservationGroups"]] == ["a walk"]


async def _staplus(city: City, ids: list[int]) -> None:
    time = "2024-06-01T00:00:00Z"
    party = await city.make("Parties", {"role": "individual", "displayName": "Ada"})
    licence = await city.make(
        "Licenses",
        {
            "name": "CC BY 4.0",
            "description": "attribution",
            "definition": "https://creativecommons.org/licenses/by/4.0/",
        },
    )
    campaign = await city.make(
        "Campaigns",
        {
            "name": "Summer",
            "description": "heat in the city",
            "termsOfUse": "be kind",
            "creationTime": time,
            "Party": {"@iot.id": number(party)},
            "License": {"@iot.id": number(licence)},
        },
    )
    await city.make(
        "ObservationGroups",
        {
            "name": "a walk",
            "description": "through the park",
            "creationTime": time,
            "Campaign": {"@iot.id": number(campaign)},
            "Observations": [{"@iot.id": each} for each in ids[:3]],
        },
    )
    await city.make(
        "Relations",
        {"role": "before", "Subject": {"@iot.id": ids[0]}, "Object": {"@iot.id": ids[1]}},
    )


def number(path: str) -> int:
    """The id in Things(1)."""
    return int(path.rpartition("(")[2].removesuffix(")"))


async def test_errors_say_what_is_wrong(tmp_path: Path) -> None:
    async with city_in("", tmp_path) as city:
        transport = httpx2.ASGITransport(create_app(city.served.platform))
        async with httpx2.AsyncClient(transport=transport, base_url=BASE) as client:
            cases = {
                "Things(77777)": 404,
                "Things?$filter=name%20eq": 400,
                "Things?$as_of=2024-01-01": 501,
                "Things?top=5": 400,
            }
            for path, status in cases.items():
                answer = await client.get(
                    f"/sensorthings/v1.1/{path}", headers={"accept-language": "de"}
                )
                body = answer.json()
                assert (answer.status_code, body["code"]) == (status, status)
                assert body["type"] == "error"
                assert body["reason"]
                assert body["message"].endswith(".")
            assert "$top" in body["message"]


def test_every_link_has_a_way_back() -> None:
    for entity in TYPES.values():
        for link in entity.links:
            if entity.kind != Kind.RELATION:
                back = [each.target for each in TYPES[link.target].links]
                assert entity.kind in back, (entity.kind, link.name)
