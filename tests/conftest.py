# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Fixtures for every test: foreign data, database engines, a real browser.

What a machine lacks is skipped with its reason. `ALLMENDE_REQUIRE=postgres,chromium,shared`
turns such a skip into a failure, so that continuous integration cannot pass by accident.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings
from tests.support.postgres import Cluster, find_binaries, has_postgis

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# The same examples on every machine and no limit on time; HYPOTHESIS_PROFILE=explore looks further.
settings.register_profile("house", derandomize=True, deadline=None)
settings.register_profile("explore", max_examples=1_000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "house"))


def missing(what: str, reason: str) -> None:
    """Skip the test, or fail it when ALLMENDE_REQUIRE names `what`."""
    required = {word.strip() for word in os.environ.get("ALLMENDE_REQUIRE", "").split(",")}
    if what in required:
        pytest.fail(f"{what} is required here but {reason}", pytrace=False)
    pytest.skip(f"needs {what}: {reason}")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Tests marked `anyio` run once, on asyncio."""
    return "asyncio"


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of foreign open data that lies beside the repository and is not part of it."""
    named = os.environ.get("ALLMENDE_SHARED")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        missing("shared", "the folder ../shared/data is not there (set ALLMENDE_SHARED)")
    return folder


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[Cluster]:
    """A PostgreSQL cluster of our own on a Unix socket, gone when the session ends."""
    binaries = find_binaries()
    if binaries is None:
        missing("postgres", "no initdb in /usr/lib/postgresql/*/bin nor on the PATH")
        return
    if not has_postgis(binaries):
        missing("postgres", "PostGIS is not installed (Debian: postgresql-15-postgis-3)")
    folder = Path(tempfile.mkdtemp(prefix="allmende-pg-"))
    cluster = Cluster(binaries, folder)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_cluster: Cluster) -> Iterator[str]:
    """The address of a fresh, empty database; it is dropped after the test."""
    name = postgres_cluster.create()
    yield postgres_cluster.url(name)
    postgres_cluster.drop(name)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database address the store understands: a directory (SQLite) or a postgresql:// URL."""
    if request.param == "sqlite":
        return str(tmp_path / "store")
    address: str = request.getfixturevalue("postgres_url")
    return address


def _chromium_path() -> Path | None:
    named = os.environ.get("CHROMIUM")
    found = named or shutil.which("chromium") or shutil.which("chromium-browser")
    return Path(found) if found and Path(found).is_file() else None


@pytest.fixture(scope="module")
def chromium() -> Iterator["Browser"]:
    """Debian's Chromium, driven by Playwright's synchronous interface.

    One per module: while it lives, its event loop counts as running in this thread, so
    `asyncio.run` is not possible in the same module. Serve pages from a thread or process.
    """
    path = _chromium_path()
    if path is None:
        missing("chromium", "no chromium on the PATH (set CHROMIUM)")
        return
    from playwright.sync_api import sync_playwright

    options: dict[str, Any] = {"executable_path": str(path), "args": CHROMIUM_FLAGS}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**options)
        yield browser
        browser.close()
