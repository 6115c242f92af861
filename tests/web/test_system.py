# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Health, the description of the interfaces, robots."""

import pytest

from allmende.errors import Busy
from allmende.web.app import Application


def test_health(client):
    answer = client.get("/health")
    assert answer.status_code == 200
    assert answer.json()["checks"] == {"read": "ok", "write": "ok"}
    assert client.get("/health/live").json()["status"] == "ok"


def test_a_store_that_cannot_write_is_not_ready(client, monkeypatch):
    async def refuse(*_):
        raise Busy("full")

    monkeypatch.setattr(client.app.state.platform.store, "write", refuse)
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["status"] == "failing"
    assert answer.json()["checks"] == {"read": "ok", "write": "busy"}
    assert client.get("/health/live").status_code == 200


def test_a_store_that_hangs_is_not_ready(client, monkeypatch):
    async def hang(*_):
        raise TimeoutError

    monkeypatch.setattr(client.app.state.platform.store, "read", hang)
    assert client.get("/health").json()["checks"]["read"] == "too slow"


def test_openapi(client):
    body = client.get("/openapi.json").json()
    assert body["openapi"] == "3.1.0"
    paths = body["paths"]
    assert set(paths["/ask"]) == {"get", "post"}
    assert "requestBody" in paths["/ask"]["post"]
    assert "requestBody" not in paths["/ask"]["get"]
    assert paths["/upload"]["post"]["security"] == [{"token": []}]
    assert "/change" not in paths
    assert paths["/problems/{code}"]["get"]["parameters"][0]["required"] is True
    assert paths["/json"]["post"]["parameters"][0]["schema"]["maxLength"] == 9
    idents = [said["operationId"] for item in paths.values() for said in item.values()]
    assert len(idents) == len(set(idents))


def test_robots(client):
    answer = client.get("/robots.txt")
    assert "Sitemap: http://127.0.0.1:8000/sitemap.xml" in answer.text


def test_head_has_no_body(client):
    answer = client.head("/health/live")
    assert answer.status_code == 200


@pytest.mark.anyio
async def test_an_application_that_has_not_started_says_so(client):
    app = Application(client.app.state.settings, client.app.rooms)
    with pytest.raises(RuntimeError, match="lifespan"):
        await app({"type": "http", "path": "/"}, None, None)
