# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The plain query /data, on both engines."""

import csv
import io

import pytest
from tests.interfaces.ogcapi.city import READER, STEWARD, TREES, City

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("number=3", [3]),
        ("number=3&number=5", [3, 5]),
        ("height>=24&height<25", [24]),
        ("height%3E%3D25", [25]),
        ("height>24.5", [25]),
        ("height<=2,5", [1, 2]),
        ("number!=1&number<3", [2]),
        ("species~TILIA&number<7", [3, 6]),
        ("species!~tilia&number<4", [1, 2]),
        ("species=Tilia+cordata&number<4", [3]),
        ("species=tilia", []),
        ("healthy=ja&number<5", [2, 4]),
        ("healthy=false&number<4", [1, 3]),
        ("kind=park&kind=street&number=5", [5]),
        ("felled=&number<3", [1, 2]),
        ("felled!=", []),
        ("tags=t4", [4]),
        ("tags!=a", []),
        ("inspected=2026-05-03", [2]),
        ("inspected>=2026-05-25&inspected<=2026-05-25", [24]),
        ("planted=1952", [2]),
        ("q=quercus&number<5", [1, 4]),
        ("bbox=11.5815,50.9,11.5835,51", [2, 3]),
        ("limit=2&sort=-number", [25, 24]),
        ("limit=2&page=2&sort=number", [3, 4]),
        ("place=&number<3", []),
    ],
)
async def test_conditions_are_written_as_they_are_said(
    api: City, query: str, ids: list[int]
) -> None:
    found = await api.json(f"/data/trees?{query}")
    assert [each["number"] for each in found["items"]] == ids
    if "limit" not in query:
        assert found["total"] == len(ids)
        assert found["next"] is None


async def test_an_answer_says_how_many_and_where_it_goes_on(api: City) -> None:
    found = await api.json("/data/trees?limit=10&sort=-height")
    assert (found["collection"], found["total"], found["count"]) == ("trees", TREES, 10)
    seen = [each["id"] for each in found["items"]]
    while found["next"]:
        found = await api.json(found["next"])
        seen += [each["id"] for each in found["items"]]
    assert seen == [str(number) for number in range(TREES, 0, -1)]


async def test_items_are_plain_objects(api: City) -> None:
    (item,) = (await api.json("/data/trees?number=4&fields=species,tags"))["items"]
    assert item == {
        "id": "4",
        "species": "Quercus robur",
        "tags": ["a", "t4"],
        "lon": 11.584,
        "lat": 50.924,
    }
    (item,) = (await api.json("/data/trees?number=4&fields=species&geometry=false"))["items"]
    assert item == {"id": "4", "species": "Quercus robur"}
    item = (await api.json("/data/houses?limit=1"))["items"][0]
    assert item["shape"]["type"] == "Polygon"


async def test_a_field_called_like_a_parameter(api: City) -> None:
    assert (await api.json("/data/houses?field.limit=x"))["total"] == 0
    assert (await api.json("/data/houses?limit!=x&floors=2"))["count"] == 0


async def test_an_unknown_field_gets_near_hits(api: City) -> None:
    answer = await api.get("/data/trees?heigth>3", headers={"accept-language": "en"})
    assert answer.status_code == 400
    assert answer.json()["code"] == "unknown-field"
    assert "Did you mean height" in answer.json()["detail"]
    for wrong in (
        "number=abc", "height>x", "limit=0", "limit=10001", "page=x", "sort=nope", "sort=tags",
        "fields=nope", "bbox=1,2", "tags>3", "place=5", "number~3", "=3", "geometry=maybe",
        "planted=99999999999999999999999", "felled=2020-13-01", "after=xx", "healthy=perhaps",
    ):  # fmt: skip
        assert (await api.get(f"/data/trees?{wrong}")).status_code == 400, wrong
    many = "&".join(f"number!={number}" for number in range(60))
    assert (await api.get(f"/data/trees?{many}")).status_code == 413


async def test_hidden_fields_and_rows_are_as_if_absent(api: City) -> None:
    assert (await api.get("/data/secrets")).status_code == 404
    assert (await api.json("/data/secrets", headers=READER))["total"] == 1
    assert (await api.get("/data/trees?note=note+1")).status_code == 400
    assert (await api.get("/data/trees?sort=inspector")).status_code == 400
    assert (await api.get("/data/trees?inspector~muster", headers=READER)).status_code == 400
    found = await api.json("/data/trees?note=note+1", headers=READER)
    assert "inspector" not in found["items"][0]
    found = await api.json("/data/trees?inspector~muster&limit=1", headers=STEWARD)
    assert found["items"][0]["inspector"] == "Frau Muster"
    listed = await api.json("/data")
    assert "secrets" not in [each["id"] for each in listed["items"]]
    assert "note" not in next(each for each in listed["items"] if each["id"] == "trees")["fields"]


async def test_files_hold_what_the_page_holds(api: City) -> None:
    answer = await api.get("/data/trees.csv?height>=20&fields=species,height&sort=height")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["id"] for row in rows] == ["20", "21", "22", "23", "24", "25"]
    assert set(rows[0]) == {"id", "species", "height", "lon", "lat"}
    answer = await api.get("/data/trees.csv?limit=3")
    assert answer.text.count("\n") == 4
    answer = await api.get("/data/trees.xlsx")
    assert answer.content.startswith(b"PK")
    found = (await api.get("/data/trees.geojson?number=1")).json()
    assert found["features"][0]["id"] == "1"
    assert (await api.get("/data/trees.exe")).status_code == 404
    answer = await api.get("/data/trees", headers={"accept": "text/csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    formula = (await api.get("/data/sums.csv")).text
    assert "'=1+1" in formula


async def test_nothing_new_is_said_shortly(api: City) -> None:
    answer = await api.get("/data/trees?number=1")
    again = await api.get("/data/trees?number=1", headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304
