# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Mistakes and bad intentions are answered in CKAN's shapes, each with its status code."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.interfaces.ckan.conftest import City

from allmende.errors import InvalidInput
from allmende.interfaces.ckan import solr
from allmende.interfaces.ckan.terms import meaning
from allmende.model.filter import depth

pytestmark = pytest.mark.anyio

STEWARD = "steward-jena"
VALIDATION = "Validation Error"
OK = {"name": "satz-1", "owner_org": "jena"}

# What CKAN 2.12 answers to the same calls.
SAME: list[tuple[str, dict[str, Any], int, dict[str, Any]]] = [
    ("package_create", {}, 409,
     {"name": ["Missing value"], "owner_org": ["An organization must be provided"]}),
    ("package_create", {"name": "Bad Name!", "owner_org": "jena"}, 409,
     {"name": ["Must be purely lowercase alphanumeric (ascii) characters and these symbols: -_"]}),
    ("package_create", {"name": "orgged", "owner_org": "nope"}, 409,
     {"owner_org": ["Organization does not exist"]}),
    ("package_create", OK | {"extras": [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]},
     409, {"extras_validation": ['Duplicate key "a"']}),
    ("package_create", OK | {"tags": [{"name": "x"}]}, 409,
     {"tags": ['Tag "x" length is less than minimum 2']}),
    ("package_show", {}, 409, {"name_or_id": ["Missing value"]}),
    ("package_update", {"title": "x"}, 409, {"id": "Missing value"}),
    ("package_update", {"id": "zzz"}, 404, {"message": "Not found: Package was not found."}),
    ("package_search", {"rows": -1}, 409, {"rows": ["Must be a natural number"]}),
    ("resource_create", {"url": "x"}, 409, {"package_id": ["Missing value"]}),
    ("resource_search", {"query": "zzz:neu"}, 409,
     {"query": 'Field "zzz" not recognised in resource_search.'}),
    ("resource_search", {"query": "zzz"}, 409, {"query": "Must be <field>:<value> pair(s)"}),
    ("package_revise", {"update": {"notes": "r"}}, 409, {"match__id": "Missing value"}),
    ("help_show", {}, 409, {"name": ["Missing value"]}),
    ("help_show", {"name": "nope"}, 404, {"message": "Not found: Action function not found"}),
]  # fmt: skip
KINDS = {404: "Not Found Error", 409: VALIDATION, 403: "Authorization Error"}


async def test_errors_are_those_of_ckan(city: City) -> None:
    for action, data, status, expected in SAME:
        found = await city.error(action, STEWARD, **data)
        assert found == (status, {**expected, "__type": KINDS[status]}), action
    await city.result("package_create", STEWARD, **OK)
    found = await city.error("package_create", STEWARD, **OK)
    assert found[1] == {"name": ["That URL is already in use."], "__type": VALIDATION}
    match = {"match": {"name": "satz-1", "notes": "q"}}
    found = await city.error("package_revise", STEWARD, **match, update={})
    assert found == (409, {"match": ["notes"], "__type": VALIDATION})
    for action in ("package_show", "resource_show", "organization_show", "group_show", "tag_show"):
        status, error = await city.error(action, id="nope")
        assert (status, error["__type"]) == (404, "Not Found Error")
        assert error["message"].startswith("Not found")
    status, error = await city.error("package_search", nonsense=1)
    assert (status, error["__type"]) == (400, "Search Query Error")
    assert error["message"].startswith("Search Query is invalid: ")


async def test_what_is_no_call_is_a_bad_request(city: City) -> None:
    post = city.served.client.post
    for content in (b"{", b"[1]", b'"x"', b"7", b"{'a': 1}", b"\xff\xfe{}", b'{"a": \xff}'):
        answer = await post("/api/3/action/package_show", content=content)
        assert answer.status_code == 400, content
        assert answer.json().startswith("Bad request: JSON Error: "), content
    answer = await post("/api/3/action/nope", json={})
    assert (answer.status_code, answer.json()) == (
        400, "Bad request: Action name not known: nope"
    )  # fmt: skip
    answer = await post("/api/3/action/package_show", content=b"[" * 5000)
    assert answer.status_code == 413
    limit = city.served.platform.settings.body_limit
    answer = await post("/api/3/action/package_show", content=b" " * (limit + 1))
    assert (answer.status_code, answer.json()["success"]) == (413, False)


HOSTILE: list[dict[str, Any]] = [
    {"name": ["a"], "tags": "x", "resources": "y"},
    {"name": {"a": 1}},
    {"name": True},
    {"name": "x" * 101},
    {"name": "x"},
    {"name": "new"},
    {"name": "nul\x00l"},
    {"title": ["x"]},
    {"title": {"de": "x"}, "notes": ["x"]},
    {"notes": "x" * 600_000},
    {"tags": [1, 2]},
    {"tags": [{"name": None}]},
    {"tags": [{"name": "a,b"}]},
    {"tags": [{"name": "x" * 300}]},
    {"tags": [{"name": f"tag {number}"} for number in range(1_500)]},
    {"extras": {"a": "b"}},
    {"extras": [{"value": "x"}]},
    {"extras": [{"key": f"k{number}", "value": "x"} for number in range(900)]},
    {"extras": [{"key": "big", "value": "x" * 300_000}]},
    {"extras": [{"key": "dcat_more", "value": "{"}]},
    {"extras": [{"key": "dcat_more", "value": '{"title": 7}'}]},
    {"groups": [{"name": "nope"}]},
    {"resources": [{"url": {"a": 1}}]},
    {"resources": [{"url": "x"}] * 1_500},
    {"resources": [[]]},
    {"state": "gone"},
    {"private": "perhaps"},
    {"private": [1]},
]


async def test_hostile_packages_are_refused_and_nothing_is_written(city: City) -> None:
    for data in HOSTILE:
        status, error = await city.error("package_create", STEWARD, **(OK | data))
        assert (status, error["__type"]) == (409, VALIDATION), (str(data)[:80], error)
        assert len(error) > 1
    assert await city.result("package_list") == []
    assert await city.result("package_search", STEWARD, include_drafts=True) is not None


async def test_odd_packages_are_taken_and_do_no_harm(city: City) -> None:
    evil = "<script>alert('x')</script>\"'><img src=x onerror=y>"
    sent = OK | {
        "title": evil,
        "notes": "=HYPERLINK(\"http://x\")",
        "url": "javascript:alert(1)",
        "license_id": evil,
        "extras": [
            {"key": "uri", "value": "javascript:alert(1)"},
            {"key": evil, "value": evil},
            {"key": "issued", "value": "not a date"},
            {"key": "dcat_more", "value": json.dumps({"relation": ["no iri", "http://a b"],
             "extra": ["<http://a> <http://b> \"c\" .", "rubbish"], "nobody": 1})},
        ],
        "resources": [
            {"url": "https://x.example/\"><script>", "format": evil, "size": "many", "name": evil}
        ],
    }  # fmt: skip
    made = await city.result("package_create", STEWARD, **sent)
    assert made["title"] == evil
    assert await city.result("package_show", id="satz-1") == made
    again = await city.result("package_update", STEWARD, **made)
    assert again == made
    found = await city.result("package_search", q=evil[:20], fq=f'name:"{made["name"]}"')
    assert found["count"] in (0, 1)


HOSTILE_SEARCHES: list[dict[str, Any]] = [
    {"fq": "{!child of=x}a"},
    {"fq": "{!func}y", "q": "x"},
    {"fq": "a:("},
    {"fq": "a:b)"},
    {"fq": "a:"},
    {"fq": "AND"},
    {"fq": "a:[b"},
    {"fq": 'a:"b'},
    {"fq": "-" * 50},
    {"fq": "(" * 200 + "a" + ")" * 200},
    {"fq": " OR ".join(f"tags:t{number}" for number in range(2_000))},
    {"fq": "x" * 9_000},
    {"fq": "metadata_modified:[gestern TO *]"},
    {"fq": "modified:[x TO *]"},
    {"fq": "modified:[NOW-1WEEK TO *]"},
    {"fq": "metadata_modified:[NOW+999999YEARS TO *]"},
    {"fq": "metadata_modified:[NOW" + "-1DAY" * 11 + " TO *]"},
    {"ext_bbox": "1,2,3"},
    {"ext_bbox": "a,b,c,d"},
    {"ext_bbox": [1, 2, 3, None]},
    {"ext_bbox": "1,90,2,-90"},
    {"ext_bbox": "inf,nan,1,2"},
    {"q": "title:("},
]


async def test_hostile_searches_are_refused(city: City) -> None:
    for data in HOSTILE_SEARCHES:
        status, error = await city.error("package_search", **data)
        assert (status, error["__type"]) == (400, "Search Query Error"), (data, error)
    costly = " OR ".join(f"tags:*{number}*" for number in range(40))
    status, error = await city.error("package_search", fq=costly)
    assert (status, error["__type"]) == (400, "Search Query Error")
    for data in WRONG_TYPES:
        status, error = await city.error("package_search", **data)
        assert (status, error["__type"]) == (409, VALIDATION), data
    for data in ODD_SEARCHES:
        assert (await city.call("package_search", **data))[0] in (200, 400), data


WRONG_TYPES: list[dict[str, Any]] = [
    {"rows": "x"}, {"rows": [1]}, {"start": -5}, {"q": {"a": 1}}, {"fq": [1]},
    {"facet.field": "[1"}, {"facet.limit": "-2"}, {"rows": "1" * 400 + "x"},
]  # fmt: skip
ODD_SEARCHES: list[dict[str, Any]] = [
    {"q": "a" * 390}, {"q": "Bäume (Stadt"}, {"q": '"offen'}, {"q": "%_\\"},
    {"fq": "tags:%25' OR 1=1 --"}, {"q": "x" * 5_000},
]  # fmt: skip


@given(st.text(alphabet='ab:()[]{}"\\*?!+-&|^~ TOANDR\n{!', max_size=60))
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_a_condition_or_a_clear_error(text: str) -> None:
    try:
        tree = solr.parse(text, meaning(["jena"]))
    except InvalidInput:
        return
    assert depth(tree) < 64


@pytest.mark.parametrize("text", ["\\ud800", "\\udc00x", "\\ud83d\\ud83d\\ude00", "a\\\\\\ud800"])
async def test_half_a_character_is_named(city: City, text: str) -> None:
    body = f'{{"name": "satz-1", "owner_org": "jena", "title": "{text}"}}'
    answer = await city.served.client.post(
        "/api/3/action/package_create",
        content=body,
        headers={"Authorization": STEWARD, "content-type": "application/json"},
    )
    assert answer.status_code == 400
    assert "half of a character" in answer.text
    assert "truncated" not in answer.text


async def test_a_whole_character_of_two_halves_is_taken(city: City) -> None:
    body = '{"name": "satz-1", "owner_org": "jena", "title": "\\ud83d\\ude00 \\\\ud800"}'
    answer = await city.served.client.post(
        "/api/3/action/package_create",
        content=body,
        headers={"Authorization": STEWARD, "content-type": "application/json"},
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["result"]["title"] == "😀 \\ud800"
