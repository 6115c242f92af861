# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The tiles on a real port, for foreign programs."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from tests.interfaces.ogcapi.tiles.support import fill

from allmende.core.platform import Platform
from allmende.core.settings import Settings
from allmende.interfaces.ogcapi import routes
from allmende.policy import ANONYMOUS, Subject
from allmende.web.app import Application, Rooms
from allmende.web.signin import Credentials


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The tiles on a free port, served from a thread."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("tiles")
    settings = Settings(data=folder, access_log=False).on_port(port)

    async def load() -> None:
        async with Platform.open(settings) as platform:
            await fill(platform)

    async def anybody(_platform: Platform, _shown: Credentials) -> Subject:
        return ANONYMOUS

    asyncio.run(load())
    app = Application(settings, Rooms(routes=lambda _: routes(), authenticate=anybody))
    running = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", lifespan="on"))
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.02)
    yield settings.base_url
    running.should_exit = True
    thread.join(10)
