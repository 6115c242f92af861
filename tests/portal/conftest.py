# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The test city behind the whole web room, in this process and on a real port."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from starlette.testclient import TestClient
from tests.portal import city

from allmende.core.settings import Settings
from allmende.web.app import Application
from allmende.web.rooms import rooms


@pytest.fixture(scope="session")
def city_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a city that is loaded."""
    return city.build(tmp_path_factory.mktemp("city"))


@pytest.fixture(scope="module")
def client(city_settings: Settings) -> Iterator[TestClient]:
    """A browser without a session; it follows no redirects."""
    app = Application(city_settings, rooms())
    with TestClient(
        app, base_url=city.BASE, follow_redirects=False, headers={"accept": "text/html"}
    ) as made:
        yield made


@pytest.fixture(scope="module")
def paths(client: TestClient) -> dict[str, str]:
    """The paths of `city.PATHS` with the ids that the city gave."""
    ids = {
        "harvested": _first(client, "/de/datasets?q=Brunnen&catalogue=nachbar", "/de/datasets/"),
        "series": _first(client, "/de/catalogues/jena", "/de/series/") or "trees",
        "service": _first(client, "/de/catalogues/jena", "/de/dataservices/"),
    }
    return {path: path.format(**ids) for path in city.PATHS}


def _first(client: TestClient, address: str, begin: str) -> str:
    """The id behind the first link on a page that begins so."""
    rest = client.get(address).text.partition(f'href="{begin}')[2]
    return rest.partition('"')[0]


@pytest.fixture(scope="module")
def server(city_settings: Settings) -> Iterator[str]:
    """The city on a free port, for the browser."""
    app = Application(city_settings, rooms())
    config = uvicorn.Config(app, port=0, log_level="error", lifespan="on")
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.02)
    port = running.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    running.should_exit = True
    thread.join(10)


@pytest.fixture
def inside(client: TestClient) -> Iterator[TestClient]:
    """The browser of somebody who is signed in."""
    answer = client.post(
        "/de/login",
        data={"login": city.LOGIN, "password": city.PASSWORD, "next": "/de/account"},
        headers={"origin": city.BASE},
    )
    assert answer.status_code == 303, answer.text
    yield client
    client.cookies.clear()


@pytest.fixture(scope="session")
def templates(repository: Path) -> list[Path]:
    """Every template of the portal."""
    return sorted((repository / "src/allmende/portal/templates").glob("*.html"))
