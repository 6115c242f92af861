# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The how-to for interfaces, followed literally."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from allmende.core.platform import Platform
from allmende.core.settings import Settings
from allmende.demo.load import load
from allmende.policy import ANONYMOUS, Subject
from allmende.web.app import Application, Rooms

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "add-an-interface.md"


async def nobody(*_: Any) -> Subject:
    return ANONYMOUS


@pytest.fixture
def client(tmp_path):
    code = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    room: dict[str, Any] = {}
    exec("\n".join(code), room)  # noqa: S102 - our own page
    settings = Settings(data=tmp_path, access_log=False)

    async def fill() -> None:
        async with Platform.open(settings) as platform:
            await load(platform)

    asyncio.run(fill())
    app = Application(settings, Rooms(routes=lambda _: room["routes"](), authenticate=nobody))
    with TestClient(app, "http://127.0.0.1:8000") as client:
        yield client


def test_the_page_is_true(client):
    answer = client.get("/titles/trees")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert "aum" in answer.text
    assert client.get("/titles/trees.csv").headers["content-type"].startswith("text/csv")
    fresh = {"if-none-match": answer.headers["etag"]}
    assert client.get("/titles/trees", headers=fresh).status_code == 304
    assert client.get("/titles/trees", headers={"accept": "image/png"}).status_code == 406
    assert client.get("/titles/none").json()["code"] == "not-found"
    assert client.post("/titles/trees").status_code == 405
    said = client.get("/openapi.json").json()["paths"]["/titles/{id}"]["get"]
    assert said["summary"] == "The title of a dataset"
