# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Who passes which door of the pages about citizens' sensors, role by role."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx2
import pytest
from tests.support.citizens import BASE, PASSWORD, person, sensor

from allmende.core import accounts
from allmende.core.platform import Platform
from allmende.policy import SYSTEM, Role
from allmende.web.app import Application
from allmende.web.rooms import rooms

Run = Callable[[Callable[[Platform], Awaitable[None]]], None]
HTML = {"accept": "text/html", "origin": BASE}
OWN = ("/de/my-sensors/new", "/de/my-sensors/export.zip", "/de/my-sensors/leave")
CARE = ("/de/citizens", "/de/citizens/1")
DEEDS = (
    ("/de/my-sensors/1", {"what": "erase", "sure": "1"}),
    ("/de/my-sensors/1/edit", {"name": "taken over"}),
    ("/de/citizens/1", {"what": "hide", "reason": "x"}),
    ("/de/citizens/invite", {}),
)
CARING = {Role.STEWARD, Role.ADMINISTRATOR}


@asynccontextmanager
async def signed_in(platform: Platform, login: str) -> AsyncIterator[httpx2.AsyncClient]:
    session = await accounts.login(platform, login, PASSWORD, "192.0.2.1")
    transport = httpx2.ASGITransport(Application(platform.settings, rooms(), platform))
    cookies = {platform.settings.session_cookie: session.token}
    async with httpx2.AsyncClient(transport=transport, base_url=BASE, cookies=cookies) as made:
        made.headers["x-test-csrf"] = session.csrf
        yield made


@pytest.mark.parametrize("organisation", ["citizens", "jena"])
@pytest.mark.parametrize("role", Role)
def test_every_role_at_every_door(run: Run, role: Role, organisation: str) -> None:
    async def scenario(platform: Platform) -> None:
        await sensor(platform, await person(platform))
        names = {"de": "Jena"}
        await accounts.save_organisation(platform, SYSTEM, "jena", names)
        roles = {organisation: frozenset({role})}
        await accounts.create_account(platform, SYSTEM, "guest", "Guest", PASSWORD, roles)
        here = organisation == "citizens"
        cares, own = here and role in CARING, here and role == Role.CITIZEN
        async with signed_in(platform, "guest") as http:
            csrf = http.headers.pop("x-test-csrf")
            for path in OWN:
                status = (await http.get(path, headers=HTML)).status_code
                assert status == (200 if own else 403), path
            for path in CARE:
                status = (await http.get(path, headers=HTML)).status_code
                assert status == (200 if cares else 403), path
            assert (await http.get("/de/my-sensors/1", headers=HTML)).status_code in (403, 404)
            for path, fields in DEEDS:
                answer = await http.post(path, data={"csrf": csrf, **fields}, headers=HTML)
                passes = cares and "citizens" in path
                assert (answer.status_code == 200) == passes, (path, answer.status_code)
                if not passes:
                    assert answer.status_code in (403, 404)

    run(scenario)
