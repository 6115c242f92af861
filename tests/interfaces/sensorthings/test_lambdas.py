# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""any and all in $filter (OData 4.0 Part 2, 5.1.1.10), on both engines."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.interfaces.sensorthings.readers import City, city_in
from tests.interfaces.sensorthings.writers import stream

from allmende.model.sensing.entities import Kind
from allmende.store.sensing import entities

pytestmark = pytest.mark.anyio

LIME, APPLE = "Lime tree", "Äpfelbaum"
AROUND = "geography'POLYGON((11.4 50.8,11.55 50.8,11.55 50.92,11.4 50.92,11.4 50.8))'"
MOIST = "d/ObservedProperty/name eq 'moisture'"

THINGS: dict[str, list[str]] = {
    "Datastreams/any()": [LIME, APPLE],
    "MultiDatastreams/any()": [],
    "not MultiDatastreams/any()": [LIME, APPLE],
    "Datastreams/any(d:d/name eq 'soil')": [LIME],
    "Datastreams/any(d: d/name eq 'soil')": [LIME],
    "Datastreams/any(d : d/name eq 'soil')": [LIME],
    "Datastreams/any(d:not (d/name eq 'soil'))": [LIME, APPLE],
    "not Datastreams/any(d:d/name eq 'soil')": [APPLE],
    "Datastreams/any(d:(d/name eq 'soil'))": [LIME],
    "Datastreams/any(d:'soil' eq d/name)": [LIME],
    "Datastreams/any(d:30 eq d/properties/depth)": [LIME],
    "Datastreams/any(d:-30 eq -d/properties/depth)": [LIME],
    "Datastreams/any(d:startswith(d/name,'so'))": [LIME],
    "Datastreams/any(d:true)": [LIME, APPLE],
    "Datastreams/any(d:false)": [],
    "Datastreams/any(d:null)": [],
    "Datastreams/any(d:d/name eq 'soil') and name eq 'Lime tree'": [LIME],
    "Datastreams/any(d:d/name eq 'soil') or name eq 'Äpfelbaum'": [LIME, APPLE],
    # one and the same datastream, unlike two comparisons side by side
    f"Datastreams/any(d:d/name eq 'soil' and {MOIST})": [LIME],
    f"Datastreams/any(d:d/name eq 'air' and {MOIST})": [],
    "Datastreams/name eq 'air' and Datastreams/ObservedProperty/name eq 'moisture'": [LIME],
    # all
    "Datastreams/all(d:d/unitOfMeasurement/symbol eq '°C')": [LIME, APPLE],
    f"Datastreams/all(d:{MOIST})": [],
    f"Datastreams/all(d:{MOIST} or d/name eq 'air')": [LIME],
    f"Datastreams/all(d:{MOIST} and d/name ne 'air')": [],
    f"not Datastreams/all(d:{MOIST} or d/name eq 'air')": [APPLE],
    "MultiDatastreams/all(d:d/name eq 'x')": [LIME, APPLE],
    "Datastreams/all(d:d/properties/depth eq 30)": [],  # unknown is not true
    "Datastreams/all(d:not (d/properties/depth eq 30))": [],
    # inside of each other, and looking outwards
    "Datastreams/any(d:d/Thing/Datastreams/any(e:e/name eq 'air' and d/name eq 'soil'))": [LIME],
    "Datastreams/any(d:d/Thing/Datastreams/any(e:e/name gt d/name and d/name eq 'soil'))": [],
    "Datastreams/any(d:d/Thing/Datastreams/all(e:e/name ge d/name) and d/name eq 'air')": [LIME],
    "Datastreams/any(d:d/id ge id and name eq 'Lime tree')": [LIME],
    "Datastreams/any(d:d/Thing/id eq $it/id)": [LIME, APPLE],
    "Datastreams/any(d:d/Thing/name ne $it/name)": [],
    "Datastreams/any(d:d/Thing eq $it/id)": [LIME, APPLE],
    "$it/name eq 'Lime tree'": [LIME],
    "HistoricalLocations/any(h:h/Locations/any(l:l/name eq 'Park'))": [APPLE],
    "Locations/any(l:l/Things/any(t:t/name eq 'Lime tree'))": [LIME],
    f"Locations/any(l:st_within(l/location,{AROUND}))": [LIME],
    "Locations/any(l:l/Things/Datastreams/name eq 'air')": [LIME],
    # observations
    "Datastreams/any(d:d/Observations/any())": [LIME, APPLE],
    "Datastreams/all(d:d/Observations/any())": [LIME],
    "Datastreams/any(d:d/Observations/any(o:o/result gt 30))": [APPLE],
    "Datastreams/any(d:d/Observations/any(o:o/result gt 3 and o/result lt 5))": [LIME],
    "Datastreams/any(d:d/name eq 'air' and d/Observations/any(o:o/result eq 4))": [],
    "Datastreams/all(d:d/Observations/all(o:o/result lt 30))": [LIME],
    "Datastreams/any(d:d/Observations/all(o:o/result ge 30))": [APPLE],
    "Datastreams/any(d:d/Observations/all(o:o/result ge 30) and d/Observations/any())": [APPLE],
    "Datastreams/any(d:d/Observations/all(o:o/result ge 31) and d/Observations/any())": [],
    "Datastreams/any(d:d/Observations/any(o:o/phenomenonTime ge 2024-03-04T00:00:00Z))": [APPLE],
    "Datastreams/any(d:d/Observations/any(o:year(o/phenomenonTime) eq 2024))": [LIME, APPLE],
}
STREAMS: dict[str, list[str]] = {
    "Observations/any()": ["soil", "air", "ground"],
    "not Observations/any()": ["silent"],
    "Observations/any(o:o/result gt 6 and o/result lt 8)": ["air"],
    "Observations/result gt 6 and Observations/result lt 8": ["air"],
    "Observations/result ge 7.5 and Observations/result lt 6": ["air"],
    "Observations/any(o:o/result ge 7.5 and o/result lt 6)": [],
    "Observations/all(o:o/result lt 5)": ["soil", "silent"],
    "Observations/all(o:o/result lt 5 or o/result gt 29)": ["soil", "ground", "silent"],
    "Thing/Datastreams/any(d:d/name eq 'air')": ["soil", "air"],
    "Thing/Datastreams/any(d:d/id ne $it/id and d/name eq 'air')": ["soil"],
    "Campaigns/any()": [],
    "Campaigns/all(c:c/name eq 'x')": ["soil", "air", "ground", "silent"],
}
OBSERVATIONS: dict[str, list[float]] = {
    "Datastream/Thing/Datastreams/any(d:d/name eq 'air')": [3, 4, 5, 6, 7.5],
    "Datastream/Thing/Datastreams/any(d:d/name eq 'air') and result gt 5": [6, 7.5],
    "Datastream/Thing/Datastreams/any(d:d/name eq 'air') or result gt 32": [3, 4, 5, 6, 7.5, 33],
    "Datastream/Thing/Locations/all(l:l/name eq 'Park') and result gt 31": [32, 33],
    "ObservationGroups/any()": [],
    "ObservationGroups/any(g:g/name eq 'best')": [],
    "not ObservationGroups/any(g:g/name eq 'best') and result gt 32": [33],
}
WRONG: dict[str, int] = {
    "Datastreams/all()": 400,
    "Datastreams/any(d)": 400,
    "Datastreams/any(d:)": 400,
    "Datastreams/any(:d/name eq 'x')": 400,
    "Datastreams/any(d:d/name eq 'x'": 400,
    "Datastreams/any(d:d/name)": 400,
    "Datastreams/any(d:d/nothing eq 1)": 400,
    "Datastreams/any(d:e/name eq 'x')": 400,
    "Datastreams/any('d':d/name eq 'x')": 400,
    "Datastreams/any(d:d/name eq 'x') eq true": 400,
    "length(Datastreams/any()) eq 1": 400,
    "Datastreams/any(d:d/Thing/Datastreams/any(d:d/name eq 'x'))": 400,
    "Datastreams/Observations/any(o:o/result gt 1)": 400,
    "Party/any(p:p/role eq 'individual')": 400,
    "name/any(n:n eq 'x')": 400,
    "Datastreams/id/any()": 400,
    "any(d:d/name eq 'x')": 400,
    "Datastreams/some(d:d/name eq 'x')": 400,
    "Datastreams/any(d:d/Observations/any(o:o/result gt d/id))": 501,
    "Datastreams/any(d:d/Observations/any(o:o/result gt d/properties/depth))": 501,
}


async def test_any_and_all(engine: str, tmp_path: Path) -> None:
    async with city_in(engine, tmp_path) as city:
        for kind, cases in (("Things", THINGS), ("Datastreams", STREAMS)):
            for condition, expected in cases.items():
                found = await city.names(kind, filter=condition, orderby="id")
                assert found == expected, condition
                both = await city.get(kind, **{"$filter": condition, "$count": "true"})
                assert both["@iot.count"] == len(expected), condition
        for condition, results in OBSERVATIONS.items():
            found = sorted(await city.results(filter=condition))
            assert found == results, condition
        expand = "Datastreams($filter=Observations/any(o:o/result gt 6 and o/result lt 8))"
        (lime, _) = await city.found("Things", expand=expand, orderby="id")
        assert [each["name"] for each in lime["Datastreams"]] == ["air"]
        for condition, status in WRONG.items():
            assert await city.code("Things", filter=condition) == status, condition
        assert await city.code("Things", orderby="Datastreams/any()") == 400


async def test_any_and_all_have_a_depth(engine: str, tmp_path: Path) -> None:
    async with city_in(engine, tmp_path) as city:
        assert await city.code("Things", filter=nested(4)) == 200
        assert await city.code("Things", filter=nested(5)) == 413
        beside = " and ".join(["Datastreams/any(d:d/name eq 'soil')"] * 20)
        assert await city.names("Things", filter=beside) == [LIME]


def nested(levels: int) -> str:
    """Things of datastreams of things …, so many levels deep."""
    found = "name eq 'x'"
    for level in range(levels, 0, -1):
        above = f"v{level - 1}/Thing/" if level > 1 else ""
        inner = f"v{level}/name eq 'x'" if level == levels else found
        found = f"{above}Datastreams/any(v{level}:{inner})"
    return found


async def test_what_is_hidden_is_in_no_lambda(engine: str, tmp_path: Path) -> None:
    async with city_in(engine, tmp_path) as city:
        lime = f"Things({city.things[0]})"
        secret = stream(name="secret", **{"@allmende.access": "internal"})
        path = await city.make(f"{lime}/Datastreams", secret)
        await city.make(f"{path}/Observations", {"result": 99})
        await city.make("Things", {"name": "Den", "description": "x", "Datastreams": []})
        everybody, other = City(city.served, ""), City(city.served, "contributor-other")
        named = "Datastreams/any(d:d/name eq 'secret')"
        by_result = "Datastreams/any(d:d/Observations/any(o:o/result eq 99))"
        all_named = "Datastreams/all(d:d/name ne 'secret')"
        all_low = "Datastreams/all(d:d/Observations/all(o:o/result lt 50))"
        for reader, sees in ((city, True), (everybody, False), (other, False)):
            for condition in (named, by_result):
                assert await reader.names("Things", filter=condition) == [LIME] * sees
            for condition in (all_named, all_low):
                found = await reader.names("Things", filter=condition)
                assert (LIME in found) is not sees, condition
            through = f"Datastream/Thing/{named} and result lt 4"
            assert await reader.results(filter=through) == [3] * sees


async def test_who_may_see_a_datastream_but_not_its_data(engine: str, tmp_path: Path) -> None:
    async with city_in(engine, tmp_path) as city:
        ident = city.streams["ground"]
        await city.served.platform.store.write(
            lambda db: entities.update(db, Kind.DATASTREAM, ident, {"data_access": "internal"}, [])
        )
        everybody = City(city.served, "")
        high = "Observations/any(o:o/result gt 29)"
        assert await city.names("Datastreams", filter=high) == ["ground"]
        assert await everybody.names("Datastreams", filter=high) == []
        low = "Observations/all(o:o/result lt 29)"
        assert "ground" not in await city.names("Datastreams", filter=low)
        assert "ground" in await everybody.names("Datastreams", filter=low)


async def test_observations_in_groups(engine: str, tmp_path: Path) -> None:
    async with city_in(engine, tmp_path) as city:
        ids = [each["@iot.id"] for each in await city.found("Observations", filter="result lt 5")]
        group = {
            "name": "best",
            "description": "x",
            "creationTime": "2024-01-01T00:00:00Z",
            "Observations": [{"@iot.id": each} for each in ids],
        }
        await city.make("ObservationGroups", group)
        assert await city.results(filter="ObservationGroups/any()") == [3, 4]
        named = "ObservationGroups/any(g:g/name eq 'best' and startswith(g/description,'x'))"
        assert await city.results(filter=f"{named} and result gt 3") == [4]
        assert await city.results(filter="ObservationGroups/all(g:g/name ne 'best')") == [
            *(5, 6, 7.5),
            *(30, 31, 32, 33),
        ]
