# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The page for SQL: for stewards, with a table, files and errors that help."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient
from tests.portal.importing import at_work, outside, publish


@pytest.fixture(scope="module")
def steward(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The browser of a steward whose city has one collection."""
    with at_work(tmp_path_factory.mktemp("sql")) as made:
        publish(made, "baeume")
        yield made


def test_the_page_shows_tables_and_examples(steward: TestClient) -> None:
    html = steward.get("/de/sql").text
    assert "<code>baeume</code>" in html
    assert "select *" in html


def test_an_answer_is_a_table_and_files(steward: TestClient) -> None:
    query = quote("select '=1+1' as a, 2.5 as b, null as c")
    html = steward.get(f"/en/sql?query={query}").text
    assert '<td class="num">2.5</td>' in html
    answer = steward.get(f"/en/sql?query={query}&format=csv")
    assert answer.text == "a,b,c\r\n'=1+1,2.5,\r\n"
    assert "attachment" in answer.headers["content-disposition"]
    assert steward.get(f"/en/sql?query={query}&format=json").json()["rows"] == [["=1+1", 2.5, None]]


def test_an_error_is_told_and_the_query_stays(steward: TestClient) -> None:
    answer = steward.get(f"/de/sql?query={quote('select nowhere from baeume')}")
    assert answer.status_code == 400
    assert "no such column: nowhere" in answer.text
    assert "select nowhere from baeume" in answer.text
    answer = steward.get(f"/de/sql?query={quote('drop table baeume')}&format=csv")
    assert answer.status_code == 400


def test_sql_is_for_stewards(steward: TestClient) -> None:
    with outside(steward):
        assert steward.get("/de/sql?query=select+1").status_code in (303, 401)
