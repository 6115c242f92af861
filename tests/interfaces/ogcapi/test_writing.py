# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Writing features (20-002r1), their past, and the feed of changes, on both engines."""

import re
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.interfaces.ogcapi.city import READER, STEWARD, STRANGER, TREES, City, city
from tests.interfaces.ogcapi.test_core import GK4, ITEMS, UTM, ids, rel

pytestmark = pytest.mark.anyio

GEO = {"content-type": "application/geo+json"}
MERGE = {"content-type": "application/merge-patch+json"}


def feature(**more: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [11.6, 50.93]},
        "properties": {"number": 100, "species": "Alnus glutinosa", **more},
    }


async def send(api: City, method: str, path: str, **more: Any) -> httpx2.Response:
    headers = {**STEWARD, **GEO, **more.pop("headers", {})}
    return await api.served.client.request(method, path, headers=headers, **more)


async def test_a_feature_lives_and_dies(engine: str, tmp_path: Path) -> None:
    async with city(tmp_path, engine) as api:
        made = await send(api, "POST", ITEMS, json=feature())
        assert made.status_code == 201, made.text
        address = made.headers["location"]
        assert address == f"{api.base}{ITEMS}/100"
        read = await api.get(address)
        first = read.headers["etag"]
        assert read.json()["properties"]["species"] == "Alnus glutinosa"
        assert (await send(api, "POST", ITEMS, json=feature())).status_code == 409

        patch = {"properties": {"height": 7.5, "species": None}}
        changed = await send(
            api, "PATCH", address, json=patch, headers={**MERGE, "if-match": first}
        )
        assert changed.status_code == 204, changed.text
        now = await api.json(address)
        assert (now["properties"]["height"], now["properties"]["species"]) == (7.5, None)
        assert now["geometry"]["coordinates"] == [11.6, 50.93]

        lost = await send(api, "PUT", address, json=feature(), headers={"if-match": first})
        assert lost.status_code == 412
        second = (await api.get(address, params={"crs": UTM})).headers["etag"]
        put = await send(
            api, "PUT", address, json=feature(height=1.0), headers={"if-match": second}
        )
        assert put.status_code == 204, put.text
        assert (await api.json(address))["properties"]["species"] == "Alnus glutinosa"

        gone = await send(api, "DELETE", address)
        assert gone.status_code == 204
        assert (await api.get(address)).status_code == 404
        assert (await send(api, "DELETE", address)).status_code == 404
        again = await send(api, "PUT", address, json=feature())
        assert (again.status_code, again.headers["location"]) == (201, address)


async def test_each_write_says_the_new_tag(engine: str, tmp_path: Path) -> None:
    async with city(tmp_path, engine) as api:
        made = await send(api, "POST", ITEMS, json=feature())
        address = made.headers["location"]
        plain = {"accept-encoding": "identity"}
        read = await send(api, "GET", address, headers=plain)
        assert made.headers["etag"] == read.headers["etag"]
        tag = made.headers["etag"]
        for method, body, kind in (
            ("PATCH", {"properties": {"height": 7.5}}, MERGE),
            ("PATCH", {"properties": {"height": 7.5}}, MERGE),  # nothing changes
            ("PUT", feature(height=3.0), GEO),
        ):
            head = {**kind, "if-match": tag}
            done = await send(api, method, address, json=body, headers=head)
            assert done.status_code == 204, done.text
            read = await send(api, "GET", address, headers=plain)
            assert done.headers["etag"] == read.headers["etag"]
            assert done.headers["last-modified"] == read.headers["last-modified"]
            tag = done.headers["etag"]
        assert "etag" not in (await send(api, "DELETE", address)).headers


async def test_times_lock_as_well(engine: str, tmp_path: Path) -> None:
    async with city(tmp_path, engine) as api:
        read = await api.get(f"{ITEMS}/1")
        old = {**MERGE, "if-unmodified-since": "Thu, 01 Jan 2015 00:00:00 GMT"}
        patch = {"properties": {"height": 2.0}}
        assert (await send(api, "PATCH", f"{ITEMS}/1", json=patch, headers=old)).status_code == 412
        now = {**MERGE, "if-unmodified-since": read.headers["last-modified"]}
        assert (await send(api, "PATCH", f"{ITEMS}/1", json=patch, headers=now)).status_code == 204
        only_new = {"if-none-match": "*"}
        put = await send(api, "PUT", f"{ITEMS}/1", json=feature(number=1), headers=only_new)
        assert put.status_code == 412
        missing = {"if-match": '"r1-abc"'}
        put = await send(api, "PUT", f"{ITEMS}/77", json=feature(number=77), headers=missing)
        assert put.status_code == 412


async def test_geometries_come_in_any_crs(engine: str, tmp_path: Path) -> None:
    async with city(tmp_path, engine) as api:
        for number, uri in ((201, UTM), (202, GK4)):
            here = (await api.json(f"{ITEMS}/1", params={"crs": uri}))["geometry"]
            body = feature(number=number) | {"geometry": here}
            made = await send(api, "POST", ITEMS, json=body, headers={"content-crs": f"<{uri}>"})
            assert made.status_code == 201, made.text
            placed = (await api.json(made.headers["location"]))["geometry"]["coordinates"]
            assert placed == pytest.approx([11.581, 50.921], abs=1e-6)
        other = {"content-crs": "<http://www.opengis.net/def/crs/EPSG/0/2154>"}
        assert (await send(api, "POST", ITEMS, json=feature(), headers=other)).status_code == 400


async def test_a_bad_row_is_told_field_by_field(engine: str, tmp_path: Path) -> None:
    async with city(tmp_path, engine) as api:
        bad = feature(height=-1, kind="alley", healthy="perhaps")
        answer = await send(api, "POST", ITEMS, json=bad, headers={"accept-language": "de"})
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        found = answer.json()
        assert (found["code"], found["status"]) == ("invalid-record", 422)
        errors = {each["field"]: each for each in found["errors"]}
        assert {"height", "kind", "healthy"} <= set(errors)
        assert all(each["code"] and each["detail"] for each in errors.values())
        plain = await send(api, "POST", ITEMS, json=bad)
        assert plain.headers["content-language"] == "en"
        assert plain.json()["title"] == "The record does not fit its model"
        german = {each["detail"] for each in found["errors"]}
        assert not german & {each["detail"] for each in plain.json()["errors"]}
        place = {"type": "Point", "coordinates": [999, 0]}
        misplaced = await send(api, "POST", ITEMS, json=feature() | {"geometry": place})
        assert misplaced.status_code == 422
        assert len(ids(await api.json(ITEMS))) == TREES


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[]", 400),
        (b'{"type":"FeatureCollection","features":[]}', 400),
        (b'{"properties":{}}', 400),
        (b'{"type":"Feature","properties":[]}', 400),
        (b'{"type":"Feature","properties":{"nope":1,"number":5000}}', 422),
        (b'{"type":"Feature","properties":{"number":5001},"geometry":{"type":"Point"}}', 422),
        (b'{"type":"Feature","properties":{"number":5002},"geometry":7}', 422),
    ],
)
async def test_what_is_no_feature_is_refused(tmp_path: Path, body: bytes, status: int) -> None:
    async with city(tmp_path) as api:
        for headers in ({}, {"content-crs": UTM}):
            answer = await send(api, "POST", ITEMS, content=body, headers=headers)
            assert answer.status_code in (status, 400), answer.text


async def test_only_those_who_may_write(tmp_path: Path) -> None:
    async with city(tmp_path) as api:
        for headers, status in (({}, 401), (READER, 403), (STRANGER, 403)):
            for method, path in (("POST", ITEMS), ("PUT", f"{ITEMS}/1"), ("DELETE", f"{ITEMS}/1")):
                answer = await api.served.client.request(
                    method, path, headers={**GEO, **headers}, json=feature()
                )
                assert answer.status_code == status, (method, headers)
            said = await api.served.client.request("OPTIONS", f"{ITEMS}/1", headers=headers)
            assert said.headers["allow"] == "GET, HEAD, OPTIONS"
        hidden = await send(api, "POST", "/ogc/collections/secrets/items", headers=STRANGER)
        assert hidden.status_code == 404
        for path, methods in ((ITEMS, ["POST"]), (f"{ITEMS}/1", ["PUT", "PATCH", "DELETE"])):
            said = await api.served.client.request("OPTIONS", path, headers=STEWARD)
            assert said.headers["allow"].split(", ")[3:] == methods
        other = {"content-type": "text/csv"}
        assert (await send(api, "POST", ITEMS, content=b"a", headers=other)).status_code == 415


async def test_a_feature_has_a_past(engine: str, tmp_path: Path) -> None:
    async with city(tmp_path, engine) as api:
        before = await api.json(f"{ITEMS}/1/history")
        (state,) = before["states"]
        moment = state["since"]
        await send(api, "PATCH", f"{ITEMS}/1", json={"properties": {"height": 9.0}}, headers=MERGE)
        await send(api, "DELETE", f"{ITEMS}/2")
        found = await api.json(f"{ITEMS}/1/history")
        newest, oldest = found["states"]
        assert newest["until"] is None
        assert oldest["until"] == newest["since"]
        heights = [each["feature"]["properties"]["height"] for each in found["states"]]
        assert heights == [9.0, 1.5]
        assert "actor" not in newest
        inside = await api.json(f"{ITEMS}/1/history", headers=READER)
        assert inside["states"][0]["actor"] == "steward-jena"
        assert (await api.get(f"{ITEMS}/99/history")).status_code == 404

        params = {"as-of": moment}
        assert len(ids(await api.json(ITEMS, params=params))) == TREES
        assert len(ids(await api.json(ITEMS))) == TREES - 1
        old = await api.json(f"{ITEMS}/1", params=params)
        assert old["properties"]["height"] == 1.5
        assert ids(await api.json(ITEMS, params={"as-of": "2001-01-01"})) == []
        assert (await api.get(ITEMS, params={"as-of": "soon"})).status_code == 400


async def test_the_feed_of_changes_goes_on(engine: str, tmp_path: Path) -> None:
    async with city(tmp_path, engine) as api:
        path, seen = "/ogc/collections/trees/changes?limit=10", list[str]()
        while True:
            found = await api.json(path)
            seen += [each["id"] for each in found["changes"]]
            (path,) = rel(found, "next")
            if not found["more"]:
                break
        assert sorted(seen, key=int) == [str(number) for number in range(1, TREES + 1)]
        assert (await api.json(path))["changes"] == []
        await send(api, "PATCH", f"{ITEMS}/4", json={"properties": {"height": 9}}, headers=MERGE)
        await send(api, "DELETE", f"{ITEMS}/5")
        later = (await api.json(path))["changes"]
        assert [(each["id"], each["action"]) for each in later] == [
            ("4", "updated"),
            ("5", "deleted"),
        ]
        assert re.fullmatch(r"\d{4}-.*Z", later[0]["at"])
        for bad in ("x", "1-x", "-1"):
            wrong = await api.get("/ogc/collections/trees/changes", params={"after": bad})
            assert wrong.status_code == 400


async def test_rows_without_key_get_an_id(tmp_path: Path) -> None:
    async with city(tmp_path) as api:
        here = "/ogc/collections/sums/items"
        body: dict[str, Any] = {"type": "Feature", "geometry": None, "properties": {"text": "x"}}
        made = await send(api, "POST", here, json=body)
        assert made.status_code == 201
        given = await send(api, "POST", here, json=body | {"id": "own"})
        assert given.headers["location"].endswith("/own")
        placed = body | {"geometry": {"type": "Point", "coordinates": [1, 2]}}
        assert (await send(api, "POST", here, json=placed)).status_code == 400


async def test_fields_beside_the_properties_are_not_lost_in_silence(
    engine: str, tmp_path: Path
) -> None:
    async with city(tmp_path, engine) as api:
        for body in ({"height": 3.5}, {"properties": {}, "height": 3.5}, {}):
            answer = await send(api, "PATCH", f"{ITEMS}/1", json=body, headers=MERGE)
            assert answer.status_code == 400, body
            assert "properties" in answer.text
