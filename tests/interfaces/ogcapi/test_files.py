# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The formats of features, and whole collections as files."""

import pytest
from tests.interfaces.ogcapi.city import TREES, City
from tests.interfaces.ogcapi.test_core import ITEMS, UTM, ids, rel

pytestmark = pytest.mark.anyio


async def test_json_fg(api: City) -> None:
    found = await api.json(ITEMS, params={"f": "jsonfg", "crs": UTM, "limit": "2"})
    assert found["coordRefSys"] == UTM
    assert found["featureType"] == "Tree"
    assert found["features"][0]["geometry"] is None
    assert found["features"][0]["place"]["type"] == "Point"
    assert found["features"][0]["time"] == {"interval": ["1951-01-01", ".."]}
    assert rel(found, "next", "application/vnd.ogc.fg+json")
    one = await api.json(f"{ITEMS}/1", params={"f": "jsonfg"})
    assert one["conformsTo"][0].endswith("json-fg-1/1.0/conf/core")
    assert one["geometry"]["type"] == "Point"


async def test_formats_by_name_and_header(api: City) -> None:
    kinds = {
        "json": "application/geo+json",
        "geojson": "application/geo+json",
        "jsonfg": "application/vnd.ogc.fg+json",
        "csv": "text/csv; charset=utf-8",
        "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "gpkg": "application/geopackage+sqlite3",
        "fgb": "application/flatgeobuf",
        "parquet": "application/vnd.apache.parquet",
    }
    for name, kind in kinds.items():
        answer = await api.get(ITEMS, params={"f": name})
        assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
        accept = {"accept": kind.partition(";")[0]}
        assert (await api.get(ITEMS, headers=accept)).headers["content-type"] == kind
    plain = await api.get(ITEMS, headers={"accept": "application/json"})
    assert plain.headers["content-type"] == "application/json"
    assert (await api.get(ITEMS, params={"f": "nonsense"})).status_code == 400
    assert (await api.get(ITEMS, headers={"accept": "image/png"})).status_code == 406


async def test_files_are_whole_unless_limited(api: City) -> None:
    whole = (await api.get(f"{ITEMS}.csv")).text.splitlines()
    assert len(whole) == TREES + 1
    assert len((await api.get(ITEMS, params={"f": "csv", "limit": "3"})).text.splitlines()) == 4
    assert len((await api.json(f"{ITEMS}.geojson"))["features"]) == TREES
    some = await api.get(
        f"{ITEMS}.csv", params={"species": "Tilia cordata", "properties": "height"}
    )
    assert some.text.splitlines()[0] == "id,height,lon,lat"
    assert "attachment" in some.headers["content-disposition"]
    assert (await api.get(f"{ITEMS}.exe")).status_code == 404
    table = (await api.get("/ogc/collections/sums/items.csv")).text.splitlines()
    assert table == ["id,text,sum", "1,'=1+1,-1.5"]


async def test_files_are_longer_than_pages(api: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("allmende.interfaces.ogcapi.asking.MAX_LIMIT", 5)
    monkeypatch.setattr("allmende.interfaces.ogcapi.items.PART", 4)
    assert len((await api.json(ITEMS, params={"limit": "20"}))["features"]) == 5
    for name, text in (("csv", ""), ("geojson", "features")):
        for limit in (20, 8, 1000):
            answer = await api.get(f"{ITEMS}.{name}", params={"limit": str(limit)})
            found = answer.json()[text] if text else answer.text.splitlines()[1:]
            assert len(found) == min(limit, TREES), (name, limit)
    last = await api.get(f"{ITEMS}.geojson", params={"crs": UTM})
    assert len(set(ids(last.json()))) == TREES
