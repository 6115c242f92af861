# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""CKAN's DataStore, read only, in CKAN's shapes."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from tests.interfaces.ogcapi.city import READER, TREES, City

pytestmark = pytest.mark.anyio

SEARCH = "/api/3/action/datastore_search"


async def ask(api: City, **given: Any) -> dict[str, Any]:
    """By GET, by POST with JSON and by a form; all answer the same."""
    plain = {
        name: json.dumps(value) if isinstance(value, dict) else value
        for name, value in given.items()
    }
    if isinstance(plain.get("fields"), list):
        plain["fields"] = ",".join(plain["fields"])
    by_get = await api.json(f"{SEARCH}?{urlencode(plain)}")
    posted = await api.served.client.post(SEARCH, json=given)
    formed = await api.served.client.post(SEARCH, data=plain)
    short = await api.served.client.post("/api/action/datastore_search", json=given)
    assert by_get == posted.json() == formed.json() == short.json()
    assert by_get["success"] is True
    assert by_get["help"].endswith("help_show?name=datastore_search")
    found: dict[str, Any] = by_get["result"]
    return found


async def test_rows_in_the_shape_of_ckan(api: City) -> None:
    found = await ask(api, resource_id="trees", limit=5)
    assert found["total"] == TREES
    assert found["total_was_estimated"] is False
    types = {each["id"]: each["type"] for each in found["fields"]}
    assert types["_id"] == "int"
    assert (types["species"], types["height"]) == ("text", "numeric")
    assert (types["healthy"], types["felled"], types["place"]) == ("bool", "date", "json")
    assert "note" not in types
    first = found["records"][0]
    assert list(first) == [each["id"] for each in found["fields"]]
    assert first["place"]["type"] == "Point"
    assert found["_links"]["next"].endswith("&offset=5")


async def test_filters_words_order_and_fields(api: City) -> None:
    found = await ask(
        api,
        resource_id="trees",
        filters={"species": "Quercus robur", "number": [1, 4, "5"]},
        fields=["number", "species"],
        sort="number desc",
    )
    assert found["records"] == [
        {"number": 4, "species": "Quercus robur"},
        {"number": 1, "species": "Quercus robur"},
    ]
    found = await ask(api, resource_id="trees", q="tilia", limit=0)
    assert (found["total"], found["records"]) == (8, [])
    found = await ask(api, resource_id="trees", q={"species": "acer"}, offset=2, limit=2)
    assert [each["number"] for each in found["records"]] == [8, 11]
    found = await ask(api, resource_id="trees", filters={"tags": "t3"})
    assert found["total"] == 1
    found = await ask(api, resource_id="trees", filters={"healthy": True, "felled": None})
    assert found["total"] == 12
    answer = await api.json(f"{SEARCH}?resource_id=trees&limit=1&include_total=false")
    assert "total" not in answer["result"]
    answer = await api.json(
        f"{SEARCH}?resource_id=trees&limit=1&records_format=lists&fields=number"
    )
    assert answer["result"]["records"] == [[1]]


async def test_fields_are_described(api: City) -> None:
    answer = await api.json("/api/3/action/datastore_info?id=trees")
    result = answer["result"]
    assert (result["meta"]["id"], result["meta"]["count"]) == ("trees", TREES)
    height = next(each for each in result["fields"] if each["id"] == "height")
    assert (height["type"], height["info"]["unit"]) == ("numeric", "m")
    number = next(each for each in result["fields"] if each["id"] == "number")
    assert number["schema"]["uniquekey"] is True


@pytest.mark.parametrize(
    ("query", "status", "kind"),
    [
        ("resource_id=nope", 404, "Not Found Error"),
        ("resource_id=secrets", 404, "Not Found Error"),
        ("", 409, "Validation Error"),
        ("resource_id=trees&filters={", 409, "Validation Error"),
        ('resource_id=trees&filters={"note":"x"}', 409, "Validation Error"),
        ('resource_id=trees&filters={"number":{"a":1}}', 409, "Validation Error"),
        ("resource_id=trees&limit=-1", 409, "Validation Error"),
        ("resource_id=trees&limit=x", 409, "Validation Error"),
        ("resource_id=trees&sort=nope", 409, "Validation Error"),
        ("resource_id=trees&distinct=true", 409, "Validation Error"),
        ("resource_id=trees&records_format=csv", 409, "Validation Error"),
    ],
)
async def test_errors_have_the_shape_of_ckan(api: City, query: str, status: int, kind: str) -> None:
    answer = await api.get(f"{SEARCH}?{query}")
    assert answer.status_code == status
    found = answer.json()
    assert found["success"] is False
    assert found["error"]["__type"] == kind
    assert found["error"]["message"]


async def test_a_token_sees_more(api: City) -> None:
    answer = await api.json(f"{SEARCH}?resource_id=secrets", headers=READER)
    assert answer["result"]["total"] == 1
    answer = await api.json(f"{SEARCH}?resource_id=trees&limit=1", headers=READER)
    assert "note" in answer["result"]["records"][0]
    assert "inspector" not in answer["result"]["records"][0]


async def test_a_body_that_is_no_object_is_refused(api: City) -> None:
    answer = await api.served.client.post(SEARCH, content=b"[1]")
    assert answer.status_code == 409
    answer = await api.served.client.post(SEARCH, content=b"{")
    assert answer.status_code == 409
