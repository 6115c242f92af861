# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A fresh platform, cheap passwords, and a clock that the test turns."""

from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.accounts import web
from tests.conftest import missing
from tests.support import oidc
from tests.support.clock import Clock, install
from tests.support.platforms import run_scenario, settings_for

from allmende.core import passwords, signin, tokens
from allmende.core.identity import inviting, levels, passkeys, second
from allmende.core.platform import Platform
from allmende.core.settings import Settings
from allmende.store import accounts as stored
from allmende.store import audit, identity, sessions, teams

Scenario = Callable[[Platform], Awaitable[None]]


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Argon2 with the smallest parameters."""
    monkeypatch.setattr(passwords, "MEMORY_KIB", 8)
    monkeypatch.setattr(passwords, "PASSES", 1)
    monkeypatch.setattr(passwords, "LANES", 1)
    passwords._hasher.cache_clear()
    passwords._unknown.cache_clear()
    yield
    passwords._hasher.cache_clear()
    passwords._unknown.cache_clear()


@pytest.fixture
def run(engine: str, tmp_path: Path, cheap: None) -> Callable[[Scenario], None]:
    """Runs a scenario on a fresh platform with few allowed attempts."""
    settings = settings_for(engine, tmp_path, signin_failures=3, signins_per_minute=1000)
    return lambda scenario: run_scenario(settings, scenario)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The time of everything that has to do with accounts."""
    strong = (identity, second, passkeys, levels, teams, inviting)
    return install(monkeypatch, audit, sessions, signin, stored, tokens, *strong)


@pytest.fixture
def settings(tmp_path: Path, cheap: None) -> Settings:
    """The settings of a small city with everybody in it."""
    return web.city(tmp_path)


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    """A browser of that city."""
    with web.browser(settings) as found:
        yield found


@pytest.fixture(scope="session")
def idp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[oidc.Elsewhere]:
    """A real provider of OpenID Connect that knows `BASE` as its client."""
    if not oidc.is_there():
        missing("judges", "npm's oidc-provider is not in node_modules")
    folder = tmp_path_factory.mktemp("oidc")
    with oidc.elsewhere(folder, f"{web.BASE}/login/back/city", f"{web.BASE}/logged-out") as found:
        yield found
