# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""OGC API Features Part 1 (17-069r4) and 2 (18-058r1), by their abstract tests, on both engines."""

from typing import Any

import pytest
from tests.interfaces.ogcapi.city import TREES, City

pytestmark = pytest.mark.anyio

ITEMS = "/ogc/collections/trees/items"
UTM = "http://www.opengis.net/def/crs/EPSG/0/25832"
LATLON = "http://www.opengis.net/def/crs/EPSG/0/4326"
GK4 = "http://www.opengis.net/def/crs/EPSG/0/31468"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"


def ids(found: dict[str, Any]) -> list[str]:
    return [each["id"] for each in found["features"]]


def rel(found: dict[str, Any], name: str, kind: str = "") -> list[str]:
    return [
        each["href"]
        for each in found["links"]
        if each["rel"] == name and kind in each.get("type", "")
    ]


# --- landing page, conformance, api -------------------------------------------------------------


async def test_the_landing_page_leads_everywhere(api: City) -> None:
    found = await api.json("/ogc")
    for name in ("self", "service-desc", "service-doc", "conformance", "data", "alternate"):
        assert rel(found, name), name
    for name in ("service-desc", "conformance", "data"):
        (first, *_) = rel(found, name)
        assert (await api.get(first)).status_code == 200


async def test_conformance_names_core(api: City) -> None:
    found = (await api.json("/ogc/conformance"))["conformsTo"]
    assert "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core" in found
    assert len(found) == len(set(found))


async def test_a_browser_is_led_to_pages(api: City) -> None:
    browser = {"accept": "text/html,*/*;q=0.8", "accept-language": "en"}
    pages = {
        "/ogc": "/en/collections",
        "/ogc/collections": "/en/collections",
        "/ogc/collections/trees": "/en/collections/trees",
        ITEMS: "/en/collections/trees",
        f"{ITEMS}/3": "/en/collections/trees/rows/3",
        "/ogc/collections/houses/items/h%2F1": "/en/collections/houses/rows/h%2F1",
        "/ogc/collections/catalogue/items": "/en/datasets",
    }
    for path, page in pages.items():
        answer = await api.get(path, headers=browser)
        assert (answer.status_code, answer.headers["location"]) == (303, page)
        assert (await api.get(path, params={"f": "html"})).status_code == 303
        assert (await api.get(path, params={"f": "json"}, headers=browser)).status_code == 200


# --- collections --------------------------------------------------------------------------------


async def test_collections_say_what_they_are(api: City) -> None:
    found = await api.json("/ogc/collections")
    names = [each["id"] for each in found["collections"]]
    assert names == ["houses", "sums", "trees", "catalogue"]
    trees = await api.json("/ogc/collections/trees", headers={"accept-language": "en"})
    assert trees["title"] == "The trees"
    assert trees["itemType"] == "feature"
    assert (trees["crs"][0], trees["storageCrs"]) == (CRS84, CRS84)
    assert {UTM, LATLON, GK4} <= set(trees["crs"])
    assert trees["extent"]["spatial"]["bbox"][0] == pytest.approx([11.581, 50.921, 11.605, 50.945])
    assert trees["extent"]["temporal"]["interval"] == [
        ["1951-01-01T00:00:00Z", "1975-12-31T23:59:59Z"]
    ]
    assert rel(trees, "items", "application/geo+json")
    assert rel(trees, "items", "text/html")
    assert rel(trees, "license") == ["http://dcat-ap.de/def/licenses/dl-by-de/2.0"]
    for each in rel(trees, "enclosure"):
        assert (await api.get(each)).status_code == 200, each
    assert "crs" not in await api.json("/ogc/collections/sums")


async def test_every_link_of_the_api_leads_somewhere(api: City) -> None:
    waiting, seen = ["/ogc"], set[str]()
    while waiting:
        path = waiting.pop()
        if path in seen or "{" in path or "/ogc" not in path or "after=" in path:
            continue
        seen.add(path)
        answer = await api.get(path)
        assert answer.status_code == 200, f"{path}: {answer.text[:200]}"
        if "json" in answer.headers["content-type"]:
            waiting += [each["href"] for each in links_in(answer.json())]
    assert len(seen) > 80


def links_in(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, list):
        return [found for each in value for found in links_in(each)]
    if isinstance(value, dict):
        own = [value] if isinstance(value.get("href"), str) else []
        return own + [found for each in value.values() for found in links_in(each)]
    return []


# --- features -----------------------------------------------------------------------------------


async def test_features_come_as_geojson(api: City) -> None:
    answer = await api.get(ITEMS)
    assert answer.headers["content-type"] == "application/geo+json"
    assert answer.headers["content-crs"] == f"<{CRS84}>"
    found = answer.json()
    assert found["type"] == "FeatureCollection"
    assert (found["numberMatched"], found["numberReturned"]) == (TREES, TREES)
    assert found["timeStamp"].endswith("Z")
    first = found["features"][0]
    assert (first["id"], first["geometry"]["coordinates"]) == ("1", [11.581, 50.921])
    assert first["properties"]["species"] == "Quercus robur"
    assert "note" not in first["properties"]
    assert rel(found, "self", "application/geo+json")
    assert rel(found, "alternate", "text/html")
    assert not rel(found, "next")


async def test_pages_together_are_the_whole(api: City) -> None:
    for sort in ({}, {"sortby": "-kind,species"}, {"bbox": "11,50,12,51"}):
        path, seen, pages = ITEMS, list[str](), 0
        params: dict[str, str] | None = {"limit": "4", **sort}
        while True:
            found = await api.json(path, params=params)
            seen += ids(found)
            pages += 1
            assert found["numberReturned"] == len(found["features"])
            assert ("numberMatched" in found) == (pages == 1)
            following = rel(found, "next", "application/geo+json")
            if not following:
                break
            path, params = following[0], None
        assert sorted(seen, key=int) == [str(number) for number in range(1, TREES + 1)]
        assert pages == 7


@pytest.mark.parametrize("limit", ["0", "-1", "x", "1.5", "", "٣"])
async def test_a_limit_is_a_number_from_one(api: City, limit: str) -> None:
    assert (await api.get(ITEMS, params={"limit": limit})).status_code == 400


async def test_a_large_limit_means_the_largest(api: City) -> None:
    assert len((await api.json(ITEMS, params={"limit": "1000000"}))["features"]) == TREES


@pytest.mark.parametrize(
    ("box", "count"),
    [
        ("11.5805,50.92,11.5835,50.93", 3),
        ("11.5805,50.92,0,11.5835,50.93,500", 3),
        ("-180,-90,180,90", TREES),
        ("0,0,1,1", 0),
        ("170,-90,-170,90", 0),
        ("11.58,50.9,-170,51", TREES),
    ],
)
async def test_boxes(api: City, box: str, count: int) -> None:
    found = await api.json(ITEMS, params={"bbox": box})
    assert len(found["features"]) == count == found["numberMatched"]


@pytest.mark.parametrize(
    "box", ["", "1,2,3", "1,2,3,4,5", "a,b,c,d", "11,52,12,50", "nan,0,1,1", "0,0,inf,1"]
)
async def test_what_is_no_box_is_refused(api: City, box: str) -> None:
    assert (await api.get(ITEMS, params={"bbox": box})).status_code == 400


@pytest.mark.parametrize(
    ("time", "numbers"),
    [
        ("1960-05-05", range(1, 11)),
        ("1951-01-01T00:00:00Z", [1]),
        ("../1952-12-31", [1, 2]),
        ("/1952-12-31", [1, 2]),
        ("1970-01-01/..", range(1, TREES + 1)),
        ("1800-01-01/1801-01-01", []),
    ],
)
async def test_times(api: City, time: str, numbers: Any) -> None:
    """A tree that was not felled still stands."""
    found = await api.json(ITEMS, params={"datetime": time})
    wanted = {str(number) for number in numbers}
    assert set(ids(found)) == wanted or (time.startswith("1951") and set(ids(found)) == {"1"})


@pytest.mark.parametrize(
    "time", ["", "..", "../..", "/", "x", "2026-13-01", "2026-05-31/2026-01-01", "a/b/c"]
)
async def test_what_is_no_time_is_refused(api: City, time: str) -> None:
    assert (await api.get(ITEMS, params={"datetime": time})).status_code == 400


async def test_an_unknown_parameter_is_refused(api: City) -> None:
    for path in ("/ogc", "/ogc/conformance", "/ogc/collections", ITEMS, f"{ITEMS}/1"):
        answer = await api.get(path, params={"nonsense": "1"})
        assert (answer.status_code, answer.json()["code"]) == (400, "unknown-parameter")
    assert (await api.get(ITEMS + "?limit=1&limit=2")).status_code == 400


async def test_unknown_things_are_not_found(api: City) -> None:
    for path in ("/ogc/collections/nothing", "/ogc/collections/nothing/items", f"{ITEMS}/99"):
        assert (await api.get(path)).status_code == 404


async def test_one_feature(api: City) -> None:
    answer = await api.get(f"{ITEMS}/3")
    assert answer.headers["content-type"] == "application/geo+json"
    found = answer.json()
    assert (found["type"], found["id"]) == ("Feature", "3")
    assert rel(found, "self") == [f"{api.base}{ITEMS}/3"]
    assert rel(found, "collection") == [f"{api.base}/ogc/collections/trees"]
    assert rel(found, "alternate", "text/html")
    slashed = await api.json("/ogc/collections/houses/items/h%2F1")
    assert slashed["id"] == "h/1"
    assert rel(slashed, "self")[0].endswith("/items/h%2F1")


async def test_what_the_client_has_is_not_sent_again(api: City) -> None:
    for path in (ITEMS, f"{ITEMS}/3", "/ogc", "/ogc/collections", f"{ITEMS}.csv"):
        first = await api.get(path)
        again = await api.get(path, headers={"if-none-match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b""), path
    one, other = [await api.get(f"{ITEMS}/3", params=p) for p in ({}, {"crs": UTM})]
    assert one.headers["etag"] != other.headers["etag"]
    assert "last-modified" in one.headers


async def test_head(api: City) -> None:
    for path in (ITEMS, f"{ITEMS}/3", "/ogc", f"{ITEMS}.gpkg"):
        answer = await api.served.client.head(path)
        assert (answer.status_code, answer.content) == (200, b"")


# --- Part 2 -------------------------------------------------------------------------------------


async def test_coordinates_come_in_the_crs_and_its_axes(api: City) -> None:
    for uri, first, second in (
        (UTM, 681_000, 5_644_000),
        (LATLON, 50.921, 11.581),
        (GK4, 5_642_000, 4_470_000),
    ):
        answer = await api.get(ITEMS, params={"crs": uri, "limit": "1"})
        assert answer.headers["content-crs"] == f"<{uri}>"
        position = answer.json()["features"][0]["geometry"]["coordinates"]
        assert position == pytest.approx([first, second], rel=1e-3)
        single = await api.json(f"{ITEMS}/1", params={"crs": uri})
        assert single["geometry"]["coordinates"] == position
        whole = await api.json(f"{ITEMS}.geojson", params={"crs": uri})
        assert whole["features"][0]["geometry"]["coordinates"] == position


async def test_a_crs_that_is_not_offered_is_refused(api: City) -> None:
    for name in ("crs", "bbox-crs", "filter-crs"):
        for value in ("http://www.opengis.net/def/crs/EPSG/0/2154", "nonsense", ""):
            params = {name: value, "bbox": "0,0,1,1"}
            assert (await api.get(ITEMS, params=params)).status_code == 400, (name, value)


async def test_boxes_are_read_in_their_crs(api: City) -> None:
    params = {"bbox": "50.92,11.5805,50.93,11.5835", "bbox-crs": LATLON}
    assert ids(await api.json(ITEMS, params=params)) == ["1", "2", "3"]
    moved = await api.json(ITEMS, params={"crs": UTM, "limit": "3"})
    xs, ys = zip(*(each["geometry"]["coordinates"] for each in moved["features"]), strict=True)
    box = f"{min(xs) - 5},{min(ys) - 5},{max(xs) + 5},{max(ys) + 5}"
    found = await api.json(ITEMS, params={"bbox": box, "bbox-crs": UTM, "crs": UTM})
    assert found["features"] == moved["features"]
    turned = "50.93,11.5805,50.92,11.5835"
    assert (await api.get(ITEMS, params={"bbox": turned, "bbox-crs": LATLON})).status_code == 400


async def test_polygons_move_too(api: City) -> None:
    found = await api.json("/ogc/collections/houses/items", params={"crs": UTM, "limit": "1"})
    (ring,) = found["features"][0]["geometry"]["coordinates"]
    assert len(ring) == 5
    assert all(680_000 < x < 685_000 and 5_643_000 < y < 5_646_000 for x, y in ring)


async def test_a_slash_at_the_end_does_no_harm(api: City) -> None:
    for path in ("/ogc/", "/ogc/collections/", "/ogc/collections/trees/"):
        answer = await api.get(path, follow_redirects=True)
        assert answer.status_code == 200


async def test_links_stand_in_the_header_as_far_as_one_bears(api: City) -> None:
    short = await api.get(ITEMS, params={"limit": "3"})
    assert 'rel="next"' in short.headers["link"]
    assert 'rel="alternate"' in short.headers["link"]
    long = await api.get(ITEMS, params={"limit": "3", "ids": ",".join(map(str, range(900)))})
    assert long.status_code == 200
    assert len(long.headers.get("link", "")) <= 3_000
    assert rel(long.json(), "next")
