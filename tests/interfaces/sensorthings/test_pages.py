# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""$orderby, $top, $skip, $count, links to pages, $select and $expand (OGC 18-088, 9.3)."""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from tests.interfaces.sensorthings.readers import City, city_in

from allmende.core import sensing
from allmende.model.sensing.observation import Observation
from allmende.policy import SYSTEM

pytestmark = pytest.mark.anyio

ALL = [3, 4, 5, 6, 7.5, 30, 31, 32, 33]
HOUR = 3_600_000_000
ORDERS: dict[str, list[float]] = {
    "": ALL,
    "id": ALL,
    "id desc": ALL[::-1],
    "@iot.id asc": ALL,
    "result": ALL,
    "result desc": ALL[::-1],
    "phenomenonTime": [3, 5, 30, 4, 6, 31, 7.5, 32, 33],
    "phenomenonTime desc": [33, 32, 7.5, 31, 6, 4, 30, 5, 3],
    "phenomenonTime asc,id asc": [3, 5, 30, 4, 6, 31, 7.5, 32, 33],
    "phenomenonTime desc,result asc": [33, 7.5, 32, 4, 6, 31, 3, 5, 30],
    "Datastream/name,phenomenonTime desc": [7.5, 6, 5, 33, 32, 31, 30, 4, 3],
    "Datastream/Thing/name desc,result desc": [33, 32, 31, 30, 7.5, 6, 5, 4, 3],
    "result mod 2,result": [4, 6, 30, 32, 3, 5, 31, 33, 7.5],
    "resultTime,id desc": ALL[::-1],
}
FILTER = "Datastream/Thing/name eq 'Lime tree' or result gt 30"


async def test_every_order_and_its_pages(engine: str, tmp_path: Path) -> None:
    """Each order, whole and by pages of every size, without gaps or repetitions."""
    async with city_in(engine, tmp_path) as city:
        for order, expected in ORDERS.items():
            given = {"orderby": order} if order else {}
            assert await city.results(**given) == expected, order
            for size in (1, 2, 4, 8, 9):
                pages = await city.pages("Observations", top=str(size), **given)
                assert [len(page) for page in pages[:-1]] == [size] * (len(pages) - 1)
                assert [each["result"] for page in pages for each in page] == expected, order
                assert len(pages) == -(-len(ALL) // size)
            some = [each for each in expected if each != 30]
            pages = await city.pages("Observations", filter=FILTER, top="3", **given)
            assert [each["result"] for page in pages for each in page] == some, order
            assert await city.results(skip="2", top="3", **given) == expected[2:5], order


async def test_entities_in_order(engine: str, tmp_path: Path) -> None:
    async with city_in(engine, tmp_path) as city:
        orders = {
            "name": ["air", "ground", "silent", "soil"],
            "name desc": ["soil", "silent", "ground", "air"],
            "Thing/name desc,name": ["ground", "silent", "air", "soil"],
            "properties/depth,name": ["air", "ground", "silent", "soil"],
            "properties/depth desc,name desc": ["soil", "silent", "ground", "air"],
            "phenomenonTime,name": ["silent", "soil", "air", "ground"],
            "phenomenonTime desc": ["ground", "air", "soil", "silent"],
            "length(name),name desc": ["air", "soil", "silent", "ground"],
            "unitOfMeasurement/symbol,id": ["soil", "air", "ground", "silent"],
        }
        for order, expected in orders.items():
            assert await city.names("Datastreams", orderby=order) == expected, order
            for size in (1, 2, 3):
                pages = await city.pages("Datastreams", orderby=order, top=str(size))
                assert [each["name"] for each in chain(*pages)] == expected, (order, size)
        assert await city.names("Datastreams", orderby="name", skip="3") == ["soil"]
        assert await city.names("Datastreams", orderby="name", skip="9") == []
        for wrong in ("nosuch", "name up", "", "Datastreams/name", "Locations/location", "name,"):
            assert await city.code("Things", orderby=wrong) == 400, wrong
        assert await city.code("Locations", orderby="location") == 400


async def test_counts(engine: str, tmp_path: Path) -> None:
    async with city_in(engine, tmp_path) as city:
        mine = f"Things({city.things[0]})/Datastreams"
        for path, total in (("Things", 2), ("Observations", 9), (mine, 2)):
            found = await city.get(path, **{"$count": "true", "$top": "1", "$skip": "1"})
            assert (found["@iot.count"], len(found["value"])) == (total, 1)
            assert "@iot.count" not in await city.get(path, **{"$count": "false"})
            assert (await city.get(path, **{"$count": "true", "$top": "0"}))["value"] == []
        empty = await city.get("Observations", **{"$filter": "result gt 99", "$count": "true"})
        assert empty == {"@iot.count": 0, "value": []}
        ranged = {"$filter": "phenomenonTime ge 2024-03-03T00:00:00Z", "$count": "true"}
        assert (await city.get("Observations", **ranged))["@iot.count"] == 3


async def test_select(engine: str, tmp_path: Path) -> None:
    async with city_in(engine, tmp_path) as city:
        thing = f"Things({city.things[0]})"
        found = await city.get(thing, **{"$select": "name,Datastreams"})
        assert set(found) == {"name", "Datastreams@iot.navigationLink"}
        assert set(await city.get(thing, **{"$select": "id"})) == {"@iot.id"}
        (first, *_) = await city.found("Observations", select="result,phenomenonTime,id")
        assert set(first) == {"@iot.id", "result", "phenomenonTime"}
        both = await city.get(thing, **{"$select": "name", "$expand": "Locations($select=name)"})
        assert both == {"name": "Lime tree", "Locations": [{"name": "Market"}]}
        assert await city.code("Things", select="nosuch") == 400


async def test_expand(engine: str, tmp_path: Path) -> None:
    async with city_in(engine, tmp_path) as city:
        thing = f"Things({city.things[0]})"

        async def expanded(path: str, text: str) -> dict[str, Any]:
            return await city.get(path, **{"$expand": text})

        both = await expanded(thing, "Locations,Datastreams")
        assert [each["name"] for each in both["Datastreams"]] == ["soil", "air"]
        assert "Datastreams@iot.navigationLink" not in both
        deep = await expanded(thing, "Datastreams/Observations,Datastreams/Sensor,Locations")
        assert [each["result"] for each in deep["Datastreams"][1]["Observations"]] == [5, 6, 7.5]
        assert deep["Datastreams"][0]["Sensor"]["name"] == "sensor of soil"
        nested = await expanded(
            thing,
            "Datastreams($filter=name eq 'air';$select=name;$expand=Observations("
            "$filter=result gt 5;$orderby=result desc;$top=1;$count=true;$select=result))",
        )
        (air,) = nested["Datastreams"]
        assert air["Observations"] == [{"result": 7.5}]
        assert air["Observations@iot.count"] == 2
        following = await city.get(air["Observations@iot.nextLink"])
        assert following["value"] == [{"result": 6}]
        paged = await expanded(thing, "Datastreams($top=1;$orderby=name;$count=true)")
        assert [each["name"] for each in paged["Datastreams"]] == ["air"]
        assert paged["Datastreams@iot.count"] == 2
        rest = await city.values(paged["Datastreams@iot.nextLink"])
        assert [each["name"] for each in rest] == ["soil"]
        back = await expanded(
            "Observations", "Datastream($expand=Thing($select=name)),FeatureOfInterest"
        )
        assert [each["Datastream"]["Thing"]["name"] for each in back["value"]] == (
            ["Lime tree"] * 5 + ["Äpfelbaum"] * 4
        )
        assert back["value"][0]["FeatureOfInterest"]["feature"]["coordinates"] == [11.5, 50.9]
        features = await expanded("FeaturesOfInterest", "Observations($select=result)")
        found = [[o["result"] for o in each["Observations"]] for each in features["value"]]
        assert sorted(found) == [[3, 4, 5, 6, 7.5], [30, 31, 32, 33]]
        skipped = await expanded(thing, "Datastreams($skip=1;$select=name)")
        assert skipped["Datastreams"] == [{"name": "air"}]
        none = await expanded(thing, "Datastreams($top=0),MultiDatastreams,Party")
        assert (none["Datastreams"], none["MultiDatastreams"]) == ([], [])
        assert "Party" not in none


async def test_wrong_expansions_are_refused(engine: str, tmp_path: Path) -> None:
    async with city_in(engine, tmp_path) as city:
        for wrong in (
            "Nothing",
            "name",
            "Datastreams(",
            "Datastreams($top=x)",
            "Datastreams(top=1)",
            "Datastreams($filter=result gt 1)",
            "",
            "Datastreams($top=1;$top=2)",
        ):
            assert await city.code("Things", expand=wrong) in (400, 501), wrong
        assert await city.code("Things", expand="Datastreams($bogus=1)") == 501


async def test_the_latest_of_every_datastream(engine: str, tmp_path: Path) -> None:
    async with city_in(engine, tmp_path) as city:
        text = "Observations($orderby=phenomenonTime desc;$top=1)"
        found = await city.found("Datastreams", expand=text)
        latest = {each["name"]: [o["result"] for o in each["Observations"]] for each in found}
        assert latest == {"soil": [4], "air": [7.5], "ground": [33], "silent": []}
        full = await city.found(f"Datastreams({city.streams['air']})/Observations", skip="2")
        assert next(e for e in found if e["name"] == "air")["Observations"] == full
        older = await city.values(found[1]["Observations@iot.nextLink"])
        assert [each["result"] for each in older] == [6]
        deeper = await city.found(
            "Datastreams",
            expand="Observations($orderby=phenomenonTime desc;$top=1;$expand=FeatureOfInterest)",
        )
        assert deeper[0]["Observations"][0]["FeatureOfInterest"]["name"] == "Market"
        things = await city.found("Things", expand=f"Datastreams($expand={text})")
        assert [len(each["Datastreams"]) for each in things] == [2, 2]


async def test_long_series_by_pages(engine: str, tmp_path: Path) -> None:
    """Chunks, several observations at one instant, late and packed ones."""
    async with city_in(engine, tmp_path) as city:
        stream = city.streams["silent"]
        times = [1_700_000_000_000_000 + (at // 3) * HOUR for at in range(2_000)]
        times = times[1_000:] + times[:1_000]
        rows = [
            Observation(datastream=stream, time=time, result=float(at % 97))
            for at, time in enumerate(times)
        ]
        await sensing.observe(city.served.platform, SYSTEM, rows)
        await _pack(city, stream)
        numbers = {each.time: 0 for each in rows}
        path = f"Datastreams({stream})/Observations"
        for order, sign in (("phenomenonTime", 1), ("phenomenonTime desc", -1)):
            pages = await city.pages(path, orderby=order, top="333")
            found = [each["@iot.id"] for page in pages for each in page]
            assert len(found) == len(set(found)) == 2_000
            seen = [each["phenomenonTime"] for page in pages for each in page]
            assert seen == sorted(seen, reverse=sign < 0)
        some = await city.pages(path, filter="result eq 5", top="7")
        expected = sorted((each.time, at) for at, each in enumerate(rows) if each.result == 5)
        assert [each["result"] for page in some for each in page] == [5] * len(expected)
        assert len(numbers) == 667
        counted = await city.get(path, **{"$filter": "result eq 5", "$count": "true", "$top": "1"})
        assert counted["@iot.count"] == len(expected)
        ids = await city.pages(path, orderby="id", top="700", select="id")
        assert [each["@iot.id"] & 0xFFFFFFFF for page in ids for each in page] == list(
            range(1, 2_001)
        )
        everything = await city.pages("Observations", orderby="phenomenonTime desc", top="500")
        seen = [each["phenomenonTime"] for page in everything for each in page]
        assert (len(seen), seen) == (2_009, sorted(seen, reverse=True))


async def _pack(city: City, stream: int) -> None:
    from allmende.store.sensing import blocks

    before = 1_700_000_000_000_000 + 400 * HOUR
    assert await city.served.platform.store.write(blocks.seal, stream, before)
