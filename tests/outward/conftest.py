# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A small town with people, a mail server and a browser without scripts."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from tests.support.clock import Clock, install
from tests.support.followers import Run, mailing
from tests.support.platforms import run_scenario, settings_for
from tests.support.postbox import Postbox, postbox

from allmende.core import accounts, catalogue, following, following_work, mail, participation
from allmende.core.catalogue import Entry
from allmende.core.platform import Platform
from allmende.core.signin import new_session, open_session
from allmende.core.work import registry
from allmende.model.catalogue import Dataset, Kind, ResourceKind
from allmende.policy import SYSTEM, Level, Role, Status
from allmende.store import Connection, jobs
from allmende.store import accounts as rows
from allmende.store import following as following_rows
from allmende.web import create_app

BASE = "http://127.0.0.1:8000"


class Town:
    """A platform with browsers: of nobody, of a steward, of a steward elsewhere."""

    def __init__(self, platform: Platform, box: Postbox) -> None:
        self.platform, self.box = platform, box
        self.app = create_app(platform)
        self.browsers: list[httpx2.AsyncClient] = []

    def browser(self, **headers: str) -> httpx2.AsyncClient:
        """A new one that follows no redirects."""
        transport = httpx2.ASGITransport(self.app)
        accept = {"accept": "text/html", "origin": BASE, **headers}
        made = httpx2.AsyncClient(transport=transport, base_url=BASE, headers=accept)
        self.browsers.append(made)
        return made

    async def signed_in(self, organisation: str) -> httpx2.AsyncClient:
        """The browser of somebody with a fresh session, a steward of the organisation."""
        ident = f"steward-{organisation}"
        session = new_session(self.platform.settings, ident, "low")

        def sign_in(db: Connection) -> None:
            if rows.add_account(db, ident, ident, ident, "no password"):
                rows.grant(db, ident, organisation, Role.STEWARD)
            open_session(db, session, None)

        await self.platform.store.write(sign_in)
        made = self.browser()
        made.cookies.set(self.platform.settings.session_cookie, session.token)
        return made

    async def letters(self) -> None:
        """Sends every letter that waits."""
        for job in await self.platform.store.read(jobs.jobs, "waiting", None, 100):
            if job.kind == mail.JOB_KIND:
                await registry().handlers[job.kind](self.platform, job.arguments)


def hidden(html: str, name: str) -> str:
    """The value of a hidden field on a page."""
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found, name
    return found[1]


@pytest.fixture
def box() -> Iterator[Postbox]:
    with postbox() as found:
        yield found


Visit = Callable[..., None]


@pytest.fixture
def visit(engine: str, tmp_path: Path, box: Postbox, monkeypatch: pytest.MonkeyPatch) -> Visit:
    """Runs a scenario in the town on both engines; forms may be sent at once."""
    monkeypatch.setattr(participation, "QUICKEST", 0)
    return visiting(engine, tmp_path, box)


@pytest.fixture
def lean(tmp_path: Path, box: Postbox, monkeypatch: pytest.MonkeyPatch) -> Visit:
    """The same on SQLite only, for what the database has no part in."""
    monkeypatch.setattr(participation, "QUICKEST", 0)
    return visiting("", tmp_path, box)


def visiting(engine: str, folder: Path, box: Postbox) -> Visit:
    """How a scenario is run."""

    def run(scenario: Callable[[Town], Awaitable[None]], **changes: Any) -> None:
        values = {
            "smtp_host": "127.0.0.1",
            "smtp_port": box.port,
            "smtp_security": "none",
            "smtp_from": "daten@jena.example",
            "operator_email": "betrieb@jena.example",
            "site_name": "Jena",
            "access_log": False,
            "signins_per_minute": 1_000,
            "anonymous_writes_per_minute": 1_000,
            **changes,
        }

        async def main() -> None:
            settings = settings_for(engine, folder, **values)
            with anyio.fail_after(60):
                async with Platform.open(settings) as platform, town_of(platform, box) as town:
                    await scenario(town)

        asyncio.run(main())

    return run


@asynccontextmanager
async def town_of(platform: Platform, box: Postbox) -> AsyncIterator[Town]:
    """The town, filled."""
    for organisation in ("jena", "elsewhere"):
        await accounts.save_organisation(platform, SYSTEM, organisation, {"de": organisation})
    await catalogue.put_many(
        platform,
        SYSTEM,
        [entry("trees"), entry("wells"), entry("inside", metadata_access=Level.INTERNAL)],
    )
    town = Town(platform, box)
    try:
        yield town
    finally:
        for browser in town.browsers:
            await browser.aclose()


def entry(ident: str, **changes: Any) -> Entry:
    """A dataset of Jena with a contact."""
    contact = Kind(email=["mailto:amt@jena.example"])
    resource = Dataset(title={"de": f"Titel {ident}"}, contact_point=[contact])
    return Entry(
        kind=ResourceKind.DATASET,
        id=ident,
        organisation="jena",
        status=Status.PUBLISHED,
        legal_basis="§ 1",
        resource=resource,
        **changes,
    )


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of all that tells followers."""
    return install(monkeypatch, following, following_work, following_rows, jobs)


@pytest.fixture
def mailed(engine: str, tmp_path: Path, box: Postbox) -> Run:
    """Runs a scenario on a fresh platform with a mail server."""
    return lambda scenario: run_scenario(settings_for(engine, tmp_path, **mailing(box)), scenario)


@pytest.fixture
def mailed_lean(tmp_path: Path, box: Postbox) -> Run:
    """The same on SQLite only, for what the database has no part in."""
    return lambda scenario: run_scenario(settings_for("", tmp_path, **mailing(box)), scenario)
