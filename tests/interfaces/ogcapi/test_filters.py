# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Filters, schemas, sorting, selection: OGC API Features Part 3 (19-079r2) and 5 (23-058r2)."""

import json
from typing import Any

import jsonschema
import pytest
from tests.interfaces.ogcapi.city import SPECIES, TREES, City
from tests.interfaces.ogcapi.test_core import ITEMS, LATLON, UTM, ids

pytestmark = pytest.mark.anyio

SCHEMA = "application/schema+json"


async def found(api: City, **params: Any) -> list[str]:
    answer = await api.json(ITEMS, params={name.replace("_", "-"): v for name, v in params.items()})
    assert answer["numberMatched"] == len(answer["features"])
    return ids(answer)


async def test_queryables_are_a_schema(api: City) -> None:
    for what in ("queryables", "sortables", "schema"):
        answer = await api.get(f"/ogc/collections/trees/{what}")
        assert answer.headers["content-type"] == SCHEMA
        said = answer.json()
        jsonschema.Draft202012Validator.check_schema(said)
        assert said["$id"] == f"{api.base}/ogc/collections/trees/{what}"
        assert said["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        assert said["type"] == "object"
        assert said["properties"]["species"]["type"] == "string"
        assert ("place" in said["properties"]) == (what != "sortables")
        assert ("required" in said) == (what == "schema")
    schema = (await api.get("/ogc/collections/trees/schema")).json()["properties"]
    assert schema["place"]["format"] == "geometry-point"
    assert schema["place"]["x-ogc-role"] == "primary-geometry"
    assert "type" not in schema["place"]
    assert schema["height"]["x-ogc-unit"] == "m"
    assert schema["kind"]["enum"] == ["street", "park"]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("species = 'Tilia cordata' AND height > 10", [12, 15, 18, 21, 24]),
        ("species LIKE 'Quer%' AND planted BETWEEN 1951 AND 1955", [1, 4]),
        ("kind IN ('park') OR number = 1", [1, 5, 10, 15, 20, 25]),
        ("healthy = TRUE AND number < 5", [2, 4]),
        ("felled IS NULL AND number <= 2", [1, 2]),
        ("CASEI(species) = CASEI('tilia CORDATA') AND number < 4", [3]),
        ("inspected < TIMESTAMP('2026-05-04T00:00:00Z')", [1, 2]),
        ("S_INTERSECTS(place, BBOX(11.5805, 50.92, 11.5835, 50.93))", [1, 2, 3]),
        (
            "S_WITHIN(place, POLYGON((11.5 50.9, 11.5815 50.9, 11.5815 51, 11.5 51, 11.5 50.9)))",
            [1],
        ),
    ],
)
async def test_cql2_text(api: City, text: str, numbers: list[int]) -> None:
    assert sorted(map(int, await found(api, filter=text))) == numbers


async def test_cql2_json(api: City) -> None:
    tree = {"op": "=", "args": [{"property": "species"}, "Tilia cordata"]}
    text = json.dumps(tree)
    assert len(await found(api, filter=text, filter_lang="cql2-json")) == TREES // 3
    broken = await api.get(ITEMS, params={"filter": text})
    assert broken.status_code == 400


async def test_a_filter_can_be_in_another_crs(api: City) -> None:
    moved = await api.json(ITEMS, params={"crs": UTM, "limit": "1"})
    x, y = moved["features"][0]["geometry"]["coordinates"]
    square = f"{x - 9} {y - 9},{x + 9} {y - 9},{x + 9} {y + 9},{x - 9} {y + 9},{x - 9} {y - 9}"
    text = f"S_INTERSECTS(place, POLYGON(({square})))"
    assert await found(api, filter=text, filter_crs=UTM) == ["1"]
    box = f"S_INTERSECTS(place, BBOX({x - 9}, {y - 9}, {x + 9}, {y + 9}))"
    assert await found(api, filter=box, filter_crs=UTM) == ["1"]
    turned = "S_INTERSECTS(place, POINT(50.921 11.581))"
    assert await found(api, filter=turned, filter_crs=LATLON) == ["1"]


@pytest.mark.parametrize(
    "params",
    [
        {"filter": "species ="},
        {"filter": "nonsense = 1"},
        {"filter": ""},
        {"filter": "tags LIKE"},
        {"filter-lang": "cql-text", "filter": "number = 1"},
        {"filter": "(" * 200 + "number = 1" + ")" * 200},
    ],
)
async def test_what_is_no_filter_is_refused(api: City, params: dict[str, str]) -> None:
    answer = await api.get(ITEMS, params=params)
    assert answer.status_code in (400, 413), answer.text


async def test_fields_are_parameters(api: City) -> None:
    assert await found(api, species="Tilia cordata", kind="park") == ["15"]
    assert await found(api, number="7") == ["7"]
    assert await found(api, healthy="true", limit="1000") == [str(n) for n in range(2, TREES, 2)]
    assert await found(api, inspected="2026-05-04T12:00:00+02:00") == ["3"]
    both = await api.json(f"{ITEMS}?number=3&number=4")
    assert ids(both) == ["3", "4"]
    for bad in ({"number": "x"}, {"healthy": "yes"}, {"height": "nan"}, {"inspected": "1"}):
        assert (await api.get(ITEMS, params=bad)).status_code == 400
    assert (await api.get(ITEMS, params={"tags": "a"})).status_code == 400


async def test_parameters_of_the_standard_win_over_fields(api: City) -> None:
    answer = await api.json("/ogc/collections/houses/items", params={"limit": "2"})
    assert answer["numberReturned"] == 2


async def test_sorting(api: City) -> None:
    first = await found(api, sortby="species,-number", limit="1000")
    by_hand = sorted(range(1, TREES + 1), key=lambda n: (SPECIES[n % 3], -n))
    assert first == [str(number) for number in by_hand]
    assert (await found(api, sortby="+number"))[0] == "1"
    for bad in ("nope", "", "tags", "place", "a,b,c,d,e,f"):
        assert (await api.get(ITEMS, params={"sortby": bad})).status_code == 400


async def test_selection(api: City) -> None:
    async def one(**params: str) -> Any:
        given = {name.replace("_", "-"): value for name, value in params.items()}
        return (await api.json(ITEMS, params={**given, "limit": "1"}))["features"][0]

    some = await one(properties="height,species")
    assert some["properties"] == {"species": SPECIES[1], "height": 1.5}
    assert some["geometry"] is not None
    rest = await one(exclude_properties="height,species")
    assert not {"height", "species"} & set(rest["properties"])
    assert (await one(skipGeometry="true"))["geometry"] is None
    moved = await one(properties="height", crs=UTM)
    assert (moved["properties"], moved["geometry"]["type"]) == ({"height": 1.5}, "Point")
    single = await api.json(f"{ITEMS}/1", params={"properties": "height", "skipGeometry": "true"})
    assert (single["properties"], single["geometry"]) == ({"height": 1.5}, None)
    for bad in ({"properties": "nope"}, {"exclude-properties": "x"}, {"skipGeometry": "yes"}):
        assert (await api.get(ITEMS, params=bad)).status_code == 400


async def test_words_and_ids(api: City) -> None:
    assert len(await found(api, q="tilia")) == TREES // 3
    assert await found(api, q="tilia nothing") == []
    assert await found(api, ids="3,5,99") == ["3", "5"]
