# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The city of the OGC API behind the plain query, with its shapes of errors."""

from collections.abc import AsyncIterator, Iterator

import httpx2
import pytest
from tests.interfaces.ogcapi.city import City, city
from tests.interfaces.support import BASE, SUBJECTS, Served

from allmende.core.platform import Platform
from allmende.interfaces import query
from allmende.policy import Subject
from allmende.web.app import Application, Rooms
from allmende.web.signin import Credentials


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
)
def store(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param == "sqlite":
        yield ""
        return
    cluster = request.getfixturevalue("postgres_cluster")
    name = cluster.create()
    yield cluster.url(name)
    cluster.drop(name)


@pytest.fixture(scope="module")
async def api(
    store: str, tmp_path_factory: pytest.TempPathFactory, anyio_backend: str
) -> AsyncIterator[City]:
    async def authenticate(_platform: Platform, shown: Credentials) -> Subject:
        return SUBJECTS[shown.secret]

    async with city(tmp_path_factory.mktemp("city"), store, query.routes) as found:
        rooms = Rooms(
            routes=lambda _: query.routes(), authenticate=authenticate, encoders=query.ENCODERS
        )
        platform = found.served.platform
        app = Application(platform.settings, rooms, platform)
        transport = httpx2.ASGITransport(app)
        async with httpx2.AsyncClient(transport=transport, base_url=BASE) as client:
            yield City(Served(platform, app, client))
