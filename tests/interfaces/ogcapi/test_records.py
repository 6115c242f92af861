# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""OGC API Records (20-004r1): the catalogue as a collection."""

import jsonschema
import pytest
from tests.interfaces.ogcapi.city import READER, City
from tests.interfaces.ogcapi.test_core import ids, rel

pytestmark = pytest.mark.anyio

HERE = "/ogc/collections/catalogue"
ITEMS = HERE + "/items"


async def test_the_collection_says_that_it_has_records(api: City) -> None:
    found = await api.json(HERE)
    assert (found["id"], found["itemType"], found["type"]) == ("catalogue", "record", "Collection")
    assert rel(found, "items", "application/geo+json")


async def test_a_record_has_what_the_standard_wants(api: City) -> None:
    found = await api.json(f"{ITEMS}/trees", headers={"accept-language": "en"})
    assert found["conformsTo"] == [
        "http://www.opengis.net/spec/ogcapi-records-1/1.0/conf/record-core"
    ]
    assert (found["id"], found["type"]) == ("trees", "Feature")
    properties = found["properties"]
    assert (properties["type"], properties["title"]) == ("dataset", "The trees")
    assert properties["keywords"] == ["Grün"]
    assert properties["contacts"] == [{"organization": "Stadt Jena", "roles": ["publisher"]}]
    assert {"value": "urn:trees"} in properties["externalIds"]
    assert properties["license"].endswith("dl-by-de/2.0")
    assert found["time"] == {"interval": ["2020-01-01", "2025-06-30"]}
    assert found["geometry"]["type"] == "Polygon"
    assert rel(found, "enclosure") == ["http://example.org/trees.csv"]
    assert rel(found, "self") == [f"{api.base}{ITEMS}/trees"]
    assert (await api.json(f"{ITEMS}/noise"))["geometry"] is None


async def test_searching(api: City) -> None:
    async def find(**params: str) -> set[str]:
        found = await api.json(ITEMS, params=params)
        assert found["numberReturned"] == len(found["features"]) == found["numberMatched"]
        return set(ids(found))

    everything = {"trees", "houses", "sums", "secrets", "noise"}
    assert await find(limit="100") == everything
    assert await find(q="Lärmkarte") == {"noise"}
    assert await find(bbox="11.2,50.2,11.3,50.3", limit="100") == everything - {"noise"}
    assert await find(bbox="1,1,2,2") == set()
    assert "trees" in await find(datetime="2021-01-01/2021-12-31", limit="100")
    assert "trees" not in await find(datetime="2030-01-01/..", limit="100")
    assert await find(ids="trees,nothing,noise") == {"trees", "noise"}
    assert await find(externalIds="https://example.org/noise") == {"noise"}
    assert await find(type="series") == set()
    assert await find(type="dataset", limit="100") == everything
    assert await find(type="process") == set()


async def test_pages(api: City) -> None:
    path, seen = f"{ITEMS}?limit=2&sortby=title", list[str]()
    while path:
        found = await api.json(path)
        seen += ids(found)
        path = next(iter(rel(found, "next", "application/geo+json")), "")
    assert len(seen) == len(set(seen)) == 5


@pytest.mark.parametrize(
    "query",
    ["limit=0", "bbox=1,2,3", "datetime=x", "sortby=nope", "nope=1", "offset=-1", "ids=a&q=b"],
)
async def test_what_is_no_query_is_refused(api: City, query: str) -> None:
    assert (await api.get(f"{ITEMS}?{query}")).status_code == 400


async def test_unknown_records_are_not_found(api: City) -> None:
    for ident in ("nothing", "service:trees", "series:x", "catalog:x"):
        assert (await api.get(f"{ITEMS}/{ident}")).status_code == 404


async def test_the_schema_is_one(api: City) -> None:
    answer = await api.get(f"{HERE}/schema", headers=READER)
    assert answer.headers["content-type"] == "application/schema+json"
    jsonschema.Draft202012Validator.check_schema(answer.json())


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("title = 'Noise map'", {"noise"}),
        ("title LIKE 'The %' AND id <> 'secrets'", {"trees", "houses", "sums"}),
        ("A_CONTAINS(keywords, ('Grün')) AND id IN ('trees', 'noise')", {"trees"}),
        ("A_CONTAINS(externalIds, ('urn:sums'))", {"sums"}),
        ("S_INTERSECTS(geometry, POINT(11.5 50.5)) AND id = 'trees'", {"trees"}),
        ("S_INTERSECTS(geometry, POINT(1 1))", set()),
        ("description IS NULL", {"noise"}),
        ("updated > TIMESTAMP('2020-01-01T00:00:00Z') AND type = 'series'", set()),
    ],
)
async def test_filters(api: City, text: str, found: set[str]) -> None:
    answer = await api.json(ITEMS, params={"filter": text}, headers={"accept-language": "en"})
    assert set(ids(answer)) == found
    assert answer["numberMatched"] == len(found)


async def test_filters_have_pages_and_limits(api: City, monkeypatch: pytest.MonkeyPatch) -> None:
    path, seen = f"{ITEMS}?limit=2&filter=type%3D'dataset'", list[str]()
    while path:
        found = await api.json(path)
        seen += ids(found)
        path = next(iter(rel(found, "next")), "")
    assert len(seen) == len(set(seen)) == 5
    for bad in ("nope = 1", "title =", ""):
        assert (await api.get(ITEMS, params={"filter": bad})).status_code == 400
    wrong = {"filter": "id = 'a'", "filter-lang": "x"}
    assert (await api.get(ITEMS, params=wrong)).status_code == 400
    monkeypatch.setattr("allmende.interfaces.ogcapi.record_filter.MOST", 3)
    assert (await api.get(ITEMS, params={"filter": "id = 'a'"})).status_code == 413


async def test_words_follow_each_other_and_terms_are_alternatives(api: City) -> None:
    async def find(text: str) -> set[str]:
        return set(ids(await api.json(ITEMS, params={"q": text, "limit": "100"})))

    assert await find("Noise map") == {"noise"}
    assert await find("map Noise") == set()
    assert await find("Lärmkarte,Trees") >= {"noise", "trees"}
