# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The whole program on SQLite and on PostgreSQL: load, search, sign in, stop."""

import asyncio
import re

import pytest
from starlette.testclient import TestClient

from allmende.core import people
from allmende.core.platform import Platform
from allmende.core.settings import Settings
from allmende.demo.load import load
from allmende.policy import SYSTEM, Role
from allmende.web import create_app

BASE = "http://127.0.0.1:8000"
PASSWORD = "seven green bicycles by the river"


async def fill(settings: Settings) -> None:
    async with Platform.open(settings) as platform:
        await load(platform)
        roles = {"*": frozenset({Role.ADMINISTRATOR})}
        await people.create_account(platform, SYSTEM, "ada@example.org", "Ada", PASSWORD, roles)


@pytest.fixture
def client(engine, tmp_path):
    database = engine if engine.startswith("postgresql") else ""
    settings = Settings(data=tmp_path / "data", database=database, access_log=False)
    asyncio.run(fill(settings))
    with TestClient(create_app(settings), BASE, follow_redirects=False) as client:
        yield client


def test_the_demo_city_on_this_engine(client):
    assert client.get("/health").json()["checks"] == {"read": "ok", "write": "ok"}
    page = client.get("/de/datasets?q=baum")
    assert page.status_code == 200
    assert "/de/datasets/trees" in page.text
    assert client.get("/datasets/trees.ttl").status_code == 200
    ask = client.get(
        "/sparql", params={"query": "ASK { ?s a <http://www.w3.org/ns/dcat#Dataset> }"}
    )
    assert ask.json()["boolean"] is True


def test_a_person_signs_in_and_out(client):
    form = client.get("/en/login").text
    fields = dict(re.findall(r'name="([\w-]+)"[^>]*value="([^"]*)"', form))
    fields |= {"login": "ada@example.org", "password": PASSWORD}
    answer = client.post("/en/login", data=fields)
    assert answer.status_code == 303, answer.text
    cookie = answer.headers["set-cookie"].lower()
    assert cookie.startswith("allmende=")
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    account = client.get("/en/account")
    assert account.status_code == 200
    assert account.headers["cache-control"].startswith(("private", "no-store"))
    assert "content-encoding" not in account.headers
    forms = dict(re.findall(r'name="([\w-]+)"[^>]*value="([^"]*)"', account.text))
    foreign = {"sec-fetch-site": "cross-site"}
    assert client.post("/en/logout", data=forms, headers=foreign).status_code == 403
    assert client.post("/en/logout", data=forms).status_code == 303
    assert client.get("/en/account", headers={"accept": "text/html"}).status_code in (303, 401)
