# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What an address asks for and nobody knows: programs get an error, people a hint."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient
from tests.portal.importing import at_work

JSON = {"accept": "application/json"}
PROBLEM = "application/problem+json"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A steward at work in a city of their own."""
    with at_work(tmp_path_factory.mktemp("unknown")) as found:
        yield found


@pytest.mark.parametrize(
    ("path", "code", "named"),
    [
        ("/datasets.json?quality=zzz", "unknown-value", "excellent"),
        ("/datasets.csv?quality=good&quality=zzz", "unknown-value", "excellent"),
        ("/datasets.ttl?openness=zzz", "unknown-value", "restricted"),
        ("/datasets.json?year=zzz", "unknown-value", "2024"),
        ("/datasets.json?sort=nope", "unknown-value", "relevance"),
        ("/feeds/en/datasets.atom?quality=zzz", "unknown-value", "excellent"),
        ("/datasets/trees?at=zzz", "unknown-parameter", "as-of"),
        ("/datasets/trees.ttl?at=2024-01-01", "unknown-parameter", "as-of"),
        ("/datasets/trees/quality.json?historic=zzz", "unknown-value", "true, false"),
        ("/statistics.csv?from=x", "unknown-parameter", "days"),
        ("/statistics.json?from=x", "unknown-parameter", "days"),
        ("/quality.json?by=x", "unknown-parameter", "publisher"),
    ],
)
def test_programs_get_an_error_that_names_what_there_is(
    client: TestClient, path: str, code: str, named: str
) -> None:
    answer = client.get(path, headers=JSON)
    assert (answer.status_code, answer.headers["content-type"]) == (400, PROBLEM)
    assert answer.json()["code"] == code
    assert named in answer.json()["detail"]
    parameter = re.split("[=&]", path.partition("?")[2])[0]
    assert parameter in answer.json()["detail"]


def test_foreign_parameters_of_a_record_are_no_error(client: TestClient) -> None:
    answer = client.get("/datasets/trees.ttl?useNormalizedId=true&locale=de")
    assert answer.status_code == 200
    assert client.get("/datasets.json?quality=good&openness=open&year=2024").status_code == 200


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("dateType=zzz", "issued, modified, temporal"),
        ("facetOperator=zzz", "AND, OR"),
        ("facetGroupOperator=zzz", "AND, OR"),
        ("sort=nope%2Bdesc", "relevance, modified, issued, title"),
    ],
)
def test_the_search_of_a_hub_names_its_values(client: TestClient, query: str, named: str) -> None:
    answer = client.get(f"/api/hub/search/search?{query}", headers=JSON)
    assert answer.status_code == 400
    assert answer.json()["success"] is False
    assert named in answer.json()["message"]


def test_ckan_refuses_an_order_that_is_none(client: TestClient) -> None:
    address = "/api/3/action/package_search"
    answer = client.get(f"{address}?sort=title+sideways", headers=JSON)
    assert answer.status_code == 400
    assert answer.json()["error"]["__type"] == "Search Query Error"
    assert "asc or desc" in answer.json()["error"]["message"]
    assert client.get(f"{address}?sort=title+DESC,nope+asc", headers=JSON).status_code == 200


@pytest.mark.parametrize(
    ("path", "given", "known"),
    [
        ("/datasets?sort=nope", "sort=nope", "relevance, modified"),
        ("/datasets?quality=zzz", "quality=zzz", "excellent, good"),
        ("/datasets?openness=zzz", "openness=zzz", "open, restricted"),
        ("/datasets?limit=7", "limit=7", "10, 20"),
        ("/statistics?days=x", "days=x", "7, 30"),
        ("/showcases?state=x", "state=x", "published"),
        ("/my-data?sort=nope", "sort=nope", "status"),
        ("/my-data?status=%3Cb%3E", "status=&lt;b&gt;", "draft"),
        ("/feedback?state=x", "state=x", "waiting"),
    ],
)
def test_people_are_told_above_the_results(
    client: TestClient, path: str, given: str, known: str
) -> None:
    for language, hint in (("de", "wurde weggelassen"), ("en", "it was left out")):
        answer = client.get(f"/{language}{path}")
        assert answer.status_code == 200
        notice = re.search(r'<p class="notice warn" role="status">(.*?)</p>', answer.text)
        assert notice
        assert given in notice[1]
        assert known in notice[1]
        assert hint in notice[1]
        plain = client.get(f"/{language}{path.partition('?')[0]}").text
        assert hint not in plain


def test_a_value_that_is_left_out_does_not_empty_the_results(client: TestClient) -> None:
    everything = client.get("/en/datasets").text.count('class="card')
    assert everything > 0
    assert client.get("/en/datasets?quality=zzz").text.count('class="card') == everything


def test_a_page_of_a_record_says_what_the_time_is_called(client: TestClient) -> None:
    answer = client.get("/en/datasets/trees?at=2024-01-01")
    assert answer.status_code == 400
    assert "is called as-of here" in answer.text
