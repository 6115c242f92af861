# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A platform behind the whole web room, in this process and, when asked, on a real port."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import uvicorn
from msgspec import Struct
from starlette.routing import BaseRoute

from allmende.core import sparql
from allmende.core.platform import Platform
from allmende.core.settings import Settings
from allmende.errors import NotAuthenticated
from allmende.policy import Role, Subject
from allmende.web.app import Application, Rooms
from allmende.web.errors import Encoder
from allmende.web.signin import Credentials

BASE = "http://127.0.0.1:8000"
SUBJECTS = {
    f"{role}-{organisation}": Subject(
        kind="token",
        id=f"{role}-{organisation}",
        roles={organisation: frozenset({role})},
    )
    for role in Role
    for organisation in ("jena", "other")
}
"""Tokens of the tests: `steward-jena`, `reader-other`, …"""


class Served(Struct):
    """A platform and a client that speaks to it."""

    platform: Platform
    app: Application
    client: httpx2.AsyncClient


@asynccontextmanager
async def served(
    folder: Path,
    routes: Callable[[], Sequence[BaseRoute]],
    encoders: Mapping[str, Encoder] | None = None,
    **settings: object,
) -> AsyncIterator[Served]:
    """A fresh platform with one interface's addresses; a token's secret is its subject's name."""

    async def authenticate(_platform: Platform, shown: Credentials) -> Subject:
        if shown.secret not in SUBJECTS:
            raise NotAuthenticated("unknown token")
        return SUBJECTS[shown.secret]

    given = Settings(data=folder, access_log=False, **settings)  # type: ignore[arg-type]
    rooms = Rooms(routes=lambda _: routes(), authenticate=authenticate, encoders=encoders or {})
    async with Platform.open(given) as platform:
        app = Application(given, rooms, platform)
        transport = httpx2.ASGITransport(app)
        async with httpx2.AsyncClient(transport=transport, base_url=BASE) as client:
            try:
                yield Served(platform, app, client)
            finally:
                await sparql.close(platform)


@asynccontextmanager
async def listening(app: Application) -> AsyncIterator[str]:
    """The application on a free port of this machine, for clients that need a real server."""
    config = uvicorn.Config(app, port=0, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await running
