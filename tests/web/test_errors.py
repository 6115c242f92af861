# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Errors: problem details, pages, a protocol's own shape; nothing of the inside."""

import logging

import pytest

from allmende import errors

JSON = {"accept": "application/json"}


def test_problem_details_for_programs(client):
    answer = client.get("/refuse/NotFound", headers={**JSON, "accept-language": "de"})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["content-language"] == "de"
    body = answer.json()
    assert body["detail"] == "Was zu tun ist."
    assert body["instance"] == "/refuse/NotFound"
    assert body["requestId"] == answer.headers["x-request-id"]
    kind = client.get(body["type"]).json()
    assert kind["title"]["de"] == body["title"]


def test_english_without_a_wish(client):
    assert client.get("/refuse/Conflict").json()["detail"] == "What to do."


def test_the_language_of_a_page_is_that_of_its_address(client):
    answer = client.get("/de/none", headers={"accept-language": "en"})
    assert answer.json()["title"] == "Nicht gefunden"


def test_a_page_for_browsers(client):
    answer = client.get("/none", headers={"accept": "text/html,*/*;q=0.8"})
    assert answer.status_code == 404
    assert answer.text == "<h1>Nicht gefunden</h1>"  # the city's own language


def test_a_protocol_keeps_its_shape(client):
    answer = client.get("/protocol/3/action", headers={"accept": "text/html"})
    assert answer.status_code == 404
    assert answer.json() == {"success": False, "code": "not-found"}
    assert client.get("/protocols").headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("InvalidInput", 400),
        ("NotAuthenticated", 401),
        ("NotAllowed", 403),
        ("NotAcceptable", 406),
        ("PreconditionFailed", 412),
        ("LimitExceeded", 413),
        ("InvalidRecord", 422),
        ("TooManyRequests", 429),
        ("SourceUnavailable", 502),
        ("Busy", 503),
        ("DeadlineExceeded", 503),
    ],
)
def test_every_error_has_its_status(client, name, status):
    answer = client.get(f"/refuse/{name}")
    assert answer.status_code == status == getattr(errors, name).status
    assert answer.json()["code"] == getattr(errors, name).code


def test_headers_that_belong_to_errors(client):
    asked = client.get("/refuse/NotAuthenticated").headers["www-authenticate"]
    assert asked == 'Bearer realm="allmende"'
    assert client.get("/refuse/TooManyRequests").headers["retry-after"] == "60"
    assert client.get("/refuse/Busy").headers["retry-after"] == "2"
    wrong = client.post("/thing")
    assert wrong.status_code == 405
    assert set(wrong.headers["allow"].split(", ")) == {"GET", "HEAD"}
    assert wrong.json()["code"] == "method-not-allowed"
    assert client.get("/teapot").json()["code"] == "unsupported-media-type"
    assert client.get("/refuse/NotFound").headers["cache-control"] == "no-store"


def test_an_inner_error_is_logged_with_an_id_and_told_without_its_inside(client, caplog):
    caplog.set_level(logging.ERROR, "allmende.error")
    answer = client.get("/failing")
    assert answer.status_code == 500
    body = answer.json()
    assert "secret" not in answer.text
    assert "Zero" not in answer.text
    assert body["errorId"] in caplog.text
    assert body["requestId"] in caplog.text
    assert "ZeroDivisionError" in caplog.text


def test_every_answer_of_the_error_layer_has_the_security_headers(client):
    for path in ("/failing", "/none", "/refuse/Busy"):
        assert client.get(path).headers["x-content-type-options"] == "nosniff"


def test_an_unknown_kind_of_problem(client):
    assert client.get("/problems/none").status_code == 404
