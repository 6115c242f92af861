# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Who sends a request, forms from foreign sites, and rates."""

import pytest
from starlette.datastructures import Headers

from allmende.web.signin import Credentials, credentials, is_foreign


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"authorization": "Bearer abc"}, Credentials("token", "abc")),
        ({"authorization": "bearer  abc "}, Credentials("token", "abc")),
        ({"authorization": "abc"}, Credentials("token", "abc")),
        ({"authorization": "Basic YTpi"}, None),
        ({"x-api-key": "abc"}, Credentials("token", "abc")),
        ({"x-ckan-api-key": "abc"}, Credentials("token", "abc")),
        ({"cookie": "a=1; allmende=abc"}, Credentials("session", "abc")),
        ({"cookie": "allmende="}, None),
        ({"cookie": "other=abc"}, None),
        ({"authorization": "Bearer t", "cookie": "allmende=s"}, Credentials("token", "t")),
    ],
)
def test_credentials(headers, expected):
    assert credentials(Headers(headers), ("allmende",)) == expected


def test_the_subject_is_known_to_the_routes(client):
    assert client.post("/change").json()["subject"] == "anonymous"
    token = {"authorization": "Bearer good"}
    assert client.post("/change", headers=token).json()["subject"] == "token"
    client.cookies.set("allmende", "good")
    assert client.post("/change").json()["subject"] == "user"


def test_an_unknown_token_is_told_so_even_on_public_reading(client):
    answer = client.get("/thing", headers={"authorization": "Bearer unknown"})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].endswith('error="invalid_token"')


def test_the_cookie_is_bound_to_the_host_by_https(start):
    assert start(base_url="https://localhost").app.state.settings.session_cookie.startswith(
        "__Host-"
    )


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, False),
        ({"sec-fetch-site": "same-origin"}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"sec-fetch-site": "same-site"}, True),
        ({"sec-fetch-site": "cross-site"}, True),
        ({"origin": "https://daten.example.de"}, False),
        ({"origin": "http://127.0.0.1:8000", "host": "127.0.0.1:8000"}, False),
        ({"origin": "https://evil.example"}, True),
        ({"origin": "null"}, True),
        ({"origin": ""}, True),
        ({"sec-fetch-site": "cross-site", "origin": "https://daten.example.de"}, True),
    ],
)
def test_is_foreign(headers, expected):
    assert is_foreign(Headers(headers), "daten.example.de") is expected


def test_a_form_from_another_site_is_refused(client):
    foreign = {"sec-fetch-site": "cross-site"}
    client.cookies.set("allmende", "good")
    answer = client.post("/change", headers=foreign)
    assert answer.status_code == 403
    assert answer.json()["code"] == "foreign-form"
    assert client.get("/thing", headers=foreign).status_code == 200
    assert client.post("/ask", headers=foreign).status_code == 200
    program = {**foreign, "authorization": "Bearer good"}
    assert client.post("/change", headers=program).status_code == 200


def test_changes_have_a_rate_and_reads_do_not(start):
    client = start(anonymous_writes_per_minute=2, writes_per_minute=3)
    assert [client.post("/change").status_code for _ in range(3)] == [200, 200, 429]
    answer = client.post("/change")
    assert int(answer.headers["retry-after"]) > 0
    assert client.post("/ask").status_code == 200
    assert client.get("/thing").status_code == 200
    token = {"authorization": "Bearer good"}
    codes = [client.post("/change", headers=token).status_code for _ in range(4)]
    assert codes == [200, 200, 200, 429]
