# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A city behind CKAN's Action API, and the real client of CKAN asking it."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import anyio.to_thread
import pytest
from msgspec import Struct
from tests.interfaces.support import Served, listening, served

from allmende.core import accounts
from allmende.interfaces import ckan
from allmende.policy import SYSTEM

STEWARD = {"Authorization": "steward-jena"}


class City(Struct):
    """The platform, and its address for clients that need a real server."""

    served: Served
    address: str

    async def call(self, action: str, token: str = "", **data: Any) -> tuple[int, Any]:
        """Status and body of an action, asked by POST with JSON."""
        headers = {"Authorization": token} if token else {}
        path = f"/api/3/action/{action}"
        answer = await self.served.client.post(path, json=data, headers=headers)
        return answer.status_code, answer.json()

    async def result(self, action: str, token: str = "", **data: Any) -> Any:
        """The result of an action that succeeds."""
        status, body = await self.call(action, token, **data)
        assert (status, body["success"]) == (200, True), body
        assert body["help"].endswith(f"/api/3/action/help_show?name={action}")
        return body["result"]

    async def error(self, action: str, token: str = "", **data: Any) -> tuple[int, Any]:
        """Status and error of an action that is refused."""
        status, body = await self.call(action, token, **data)
        assert body["success"] is False
        return status, body["error"]

    async def remote(self, work: Callable[[Any], Any], who: str = "steward-jena") -> Any:
        """What the real client gives, in a thread of its own."""
        from ckanapi import RemoteCKAN

        def run() -> Any:
            with RemoteCKAN(self.address, apikey=who or None) as client:
                return work(client)

        return await anyio.to_thread.run_sync(run)


@pytest.fixture
def database() -> str:
    """SQLite; a module that wants both engines overrides it."""
    return ""


@pytest.fixture
async def city(tmp_path: Path, database: str, anyio_backend: str) -> AsyncIterator[City]:
    """An empty city with the organisations `jena` and `other`."""
    async with served(tmp_path / "data", ckan.routes, ckan.ENCODERS, database=database) as found:
        for ident, name in (("jena", "Stadt Jena"), ("other", "Andere")):
            await accounts.save_organisation(found.platform, SYSTEM, ident, {"de": name})
        async with listening(found.app) as address:
            yield City(found, address)
