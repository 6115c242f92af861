# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Deleting entities with what is below them (OGC 18-088 clause 10.4), on both engines."""

from pathlib import Path

import pytest
from tests.interfaces.sensorthings.writers import (
    Api,
    feature,
    location,
    multi,
    number,
    service,
    stream,
    thing,
    tree,
)

pytestmark = pytest.mark.anyio


async def gone(api: Api, *paths: str) -> list[str]:
    return [path for path in paths if await api.status("GET", path) == 404]


async def last(api: Api, made: str) -> str:
    """The first HistoricalLocation of a thing."""
    found = await api.values(f"{made}/HistoricalLocations")
    return f"HistoricalLocations({found[0]['@iot.id']})"


async def test_a_thing_goes_with_its_streams_and_past(engine: str, tmp_path: Path) -> None:
    async with service(tmp_path, engine) as api:
        made, path = await tree(api)
        seen = await api.make(f"{path}/Observations", {"result": 1})
        several = await api.make(f"{made}/MultiDatastreams", multi())
        past = await last(api, made)
        below = [made, path, seen, several, past]
        kept = ["Locations(1)", "Sensors(1)", "ObservedProperties(1)", "FeaturesOfInterest(1)"]
        assert await api.status("DELETE", made) == 200
        assert await gone(api, *below, *kept) == below
        assert await api.status("DELETE", made) == 404


async def test_cascades_of_the_other_kinds(engine: str, tmp_path: Path) -> None:
    async with service(tmp_path, engine) as api:
        made, path = await tree(api)
        past = await last(api, made)
        assert await api.status("DELETE", "Locations(1)") == 200
        assert await gone(api, past, made) == [past]
        place = await api.make("FeaturesOfInterest", feature())
        link = {"FeatureOfInterest": {"@iot.id": number(place)}}
        ours = await api.make(f"{path}/Observations", {"result": 1, **link})
        other = await api.make(f"{path}/Observations", {"result": 2})
        assert await api.status("DELETE", place) == 200
        assert await gone(api, ours, other, place) == [ours, place]
        assert (await api.get(path)).get("observedArea") is None
        sensor = f"Sensors({(await api.get(f'{path}/Sensor'))['@iot.id']})"
        assert await api.status("DELETE", sensor) == 200
        assert await gone(api, path, other, made) == [path, other]
        several = await api.make(f"{made}/MultiDatastreams", multi())
        one = (await api.values(f"{several}/ObservedProperties"))[1]["@iot.id"]
        assert await api.status("DELETE", f"ObservedProperties({one})") == 200
        assert await gone(api, several) == [several]


async def test_a_feature_made_from_a_place_can_be_deleted(engine: str, tmp_path: Path) -> None:
    async with service(tmp_path, engine) as api:
        _, path = await tree(api)
        seen = await api.make(f"{path}/Observations", {"result": 1})
        assert await api.status("DELETE", "FeaturesOfInterest(1)") == 200
        assert await gone(api, seen) == [seen]
        again = await api.make(f"{path}/Observations", {"result": 2})
        assert (await api.get(f"{again}/FeatureOfInterest"))["@iot.id"] == 2


async def test_what_a_filter_finds(engine: str, tmp_path: Path) -> None:
    async with service(tmp_path, engine) as api:
        _, path = await tree(api)
        _, other = await tree(api)
        far = {
            "FeatureOfInterest": {
                "@iot.id": number(await api.make("FeaturesOfInterest", feature(-80, -60)))
            }
        }
        for place in (path, other):
            for day in range(1, 7):
                when = f"20{20 + day}-01-01T00:00:00Z"
                more = far if day < 3 and place == path else {}
                await api.make(
                    f"{place}/Observations", {"result": day, "phenomenonTime": when, **more}
                )
        assert (await api.get(path))["observedArea"]["type"] == "Polygon"
        query = {"$filter": "result lt 3"}
        answer = await api.ask("DELETE", f"{path}/Observations", params=query)
        assert (answer.status_code, answer.json()) == (200, {"deleted": 2})
        left = await api.values(f"{path}/Observations", **{"$orderby": "phenomenonTime"})
        assert [each["result"] for each in left] == [3, 4, 5, 6]
        found = await api.get(path)
        assert found["phenomenonTime"].startswith("2023-01-01")
        assert found["observedArea"]["type"] == "Point"
        scoped = f"Datastream/@iot.id eq {number(other)} and (result gt 5 or result lt 2)"
        answer = await api.ask("DELETE", "Observations", params={"$filter": scoped})
        assert answer.json() == {"deleted": 2}
        none = await api.ask("DELETE", "Observations", params={"$filter": "result gt 1000"})
        assert none.json() == {"deleted": 0}
        for wrong in ("", "?$filter=result lt", "?$filter=farbe eq 1"):
            assert await api.status("DELETE", f"Observations{wrong}") == 400
        assert len(await api.values("Observations")) == 8
        named = {"$filter": "name eq 'Linde'"}
        assert (await api.ask("DELETE", "Things", params=named)).json() == {"deleted": 2}
        assert await api.values("Observations") == []


async def test_parties_groups_and_relations(engine: str, tmp_path: Path) -> None:
    async with service(tmp_path, engine) as api:
        _, path = await tree(api)
        one = await api.make(f"{path}/Observations", {"result": 1})
        two = await api.make(f"{path}/Observations", {"result": 2})
        party = await api.make("Parties", {"role": "individual"})
        made = {"creationTime": "2024-06-01T00:00:00Z", "Party": {"@iot.id": number(party)}}
        campaign = await api.make(
            "Campaigns",
            {"name": "Sommer", "description": "Aktion", "termsOfUse": "frei", **made},
        )
        group = await api.make(
            "ObservationGroups",
            {
                "name": "Paar",
                "description": "zwei",
                **made,
                "Campaign": {"@iot.id": number(campaign)},
                "Observations": [{"@iot.id": number(one)}],
            },
        )
        added = await api.make(
            f"{group}/Observations", {"result": 3, "Datastream": {"@iot.id": number(path)}}
        )
        await api.post(f"{group}/Observations/$ref", {"@iot.id": number(two)}, 204)
        assert len(await api.values(f"{group}/Observations")) == 3
        relation = await api.make(
            "Relations",
            {
                "role": "sampledFrom",
                "Subject": {"@iot.id": number(one)},
                "Object": {"@iot.id": number(two)},
            },
        )
        assert (await api.get(f"{relation}/Object"))["result"] == 2
        assert await api.status("DELETE", party) == 409
        assert await api.status("DELETE", two) == 200
        assert await gone(api, relation) == [relation]
        assert await api.status("DELETE", f"{group}/Observations({number(added)})/$ref") == 204
        assert len(await api.values(f"{group}/Observations")) == 1
        assert await api.status("DELETE", campaign) == 200
        assert await api.status("GET", f"{group}/Campaign") in (204, 404)
        assert await api.status("DELETE", party) == 200
        assert await gone(api, group) == []
        assert await api.status("DELETE", group) == 200


async def test_what_others_use_stays(engine: str, tmp_path: Path) -> None:
    async with service(tmp_path, engine) as api:
        _, path = await tree(api)
        shared = (await api.get(f"{path}/Sensor"))["@iot.id"]
        other = api.of("contributor-other")
        theirs = await other.make("Things", thing(Locations=[location()]))
        await other.make(f"{theirs}/Datastreams", stream(Sensor={"@iot.id": shared}))
        assert await api.status("DELETE", f"Sensors({shared})") == 409
        assert await gone(api, path) == []
