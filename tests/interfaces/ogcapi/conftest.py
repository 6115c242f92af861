# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""One city a module and engine for tests that only read."""

from collections.abc import AsyncIterator, Iterator

import pytest
from tests.interfaces.ogcapi.city import City, city


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
    async with city(tmp_path_factory.mktemp("city"), store) as found:
        yield found
