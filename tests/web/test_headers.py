# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Security, cross-origin and caching headers."""

import pytest

from allmende.web.headers import PAGE_POLICY

BROWSER = {"accept": "text/html"}


def test_a_page_may_load_only_from_here(client):
    headers = client.get("/de/page", headers=BROWSER).headers
    policy = headers["content-security-policy"]
    assert policy == PAGE_POLICY
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["x-frame-options"] == "DENY"
    assert "camera=()" in headers["permissions-policy"]
    assert headers["referrer-policy"] == "same-origin"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-cache"


def test_data_is_sandboxed_and_may_be_embedded(client):
    headers = client.get("/thing").headers
    assert "sandbox" in headers["content-security-policy"]
    assert headers["cross-origin-resource-policy"] == "cross-origin"
    assert "strict-transport-security" not in headers


def test_an_answer_keeps_the_headers_it_sets(client):
    headers = client.get("/open-policy").headers
    assert headers.get_list("content-security-policy") == ["default-src 'self'"]


def test_https_is_remembered(start):
    client = start(base_url="https://localhost")
    headers = client.get("https://localhost/thing").headers
    assert headers["strict-transport-security"].startswith("max-age=31536000")


def test_public_reading_from_other_sites(client):
    headers = client.get("/thing", headers={"origin": "https://example.org"}).headers
    assert headers["access-control-allow-origin"] == "*"
    assert "ETag" in headers["access-control-expose-headers"]
    assert "access-control-allow-credentials" not in headers
    assert "access-control-allow-origin" not in client.post("/change").headers
    assert client.post("/ask").headers["access-control-allow-origin"] == "*"


def preflight(client, path: str) -> list[str]:
    wish = {"origin": "https://example.org", "access-control-request-method": "POST"}
    answer = client.options(path, headers=wish)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "authorization" not in answer.headers["access-control-allow-headers"].lower()
    return answer.headers["access-control-allow-methods"].split(", ")


def test_preflight_allows_reading_only(client):
    assert preflight(client, "/change") == ["GET", "HEAD", "OPTIONS"]
    assert preflight(client, "/ask") == ["GET", "HEAD", "OPTIONS", "POST"]


@pytest.mark.parametrize(
    ("origin", "expected"),
    [("https://a.example", "https://a.example"), ("https://b.example", None)],
)
def test_named_sites(start, origin, expected):
    client = start(cors_origins=("https://a.example",))
    headers = client.get("/thing", headers={"origin": origin}).headers
    assert headers.get("access-control-allow-origin") == expected
    assert "Origin" in headers["vary"]


def test_no_sites(start):
    assert "access-control-allow-origin" not in start(cors_origins=()).get("/thing").headers


def test_answers_to_a_person_are_private(client):
    client.cookies.set("allmende", "secret")
    assert client.get("/thing").headers["cache-control"] == "private, no-cache"
