# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A small city with people, and browsers to sign in with."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient
from tests.support.platforms import run_scenario, settings_for

from allmende.core import accounts
from allmende.core.platform import Platform
from allmende.core.settings import Settings
from allmende.policy import SYSTEM, Role
from allmende.store import accounts as stored
from allmende.web.app import Application
from allmende.web.rooms import rooms

BASE = "http://localhost:8000"
ORIGIN = {"origin": BASE}
WORD = "Lampe Fluss Kiesel 7"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PEOPLE = {
    "root@jena.example": ("*", Role.ADMINISTRATOR),
    "ada@jena.example": ("jena", Role.ADMINISTRATOR),
    "bob@jena.example": ("parks", Role.STEWARD),
    "gerd@gera.example": ("gera", Role.ADMINISTRATOR),
}
OWN = ("/account", "/account/security", "/account/data", "/account/data.json")
OTHERS = ("/people", "/people/log", "/people/organisations", "/people/organisations/jena")


def city(folder: Path, **more: Any) -> Settings:
    """The settings of the city, with everybody in it."""
    made = settings_for(
        "", folder, base_url=BASE, jobs=False, access_log=False, signins_per_minute=1000, **more
    )

    async def scenario(platform: Platform) -> None:
        for ident, parent in (("jena", None), ("parks", "jena"), ("gera", None)):
            await accounts.save_organisation(platform, SYSTEM, ident, {"de": ident.title()}, parent)
        for login, (organisation, role) in PEOPLE.items():
            roles = {organisation: frozenset({role})}
            name = login.partition("@")[0].title()
            await accounts.create_account(platform, SYSTEM, login, name, WORD, roles)

    run_scenario(made, scenario)
    return made


@contextmanager
def browser(settings: Settings) -> Iterator[TestClient]:
    """A browser without a session; it follows no redirects."""
    app = Application(settings, rooms())
    agent = {"user-agent": FIREFOX, "accept": "text/html"}
    with TestClient(app, BASE, follow_redirects=False, headers=agent) as client:
        yield client


def sign_in(client: TestClient, login: str = "ada@jena.example", password: str = WORD) -> str:
    """Signs in; where it leads."""
    form = {"login": login, "password": password}
    answer = client.post("/de/login", data=form, headers=ORIGIN)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def hold(client: TestClient, **cookies: str) -> None:
    """Gives the browser these cookies and no others."""
    client.cookies.clear()
    for name, value in cookies.items():
        client.cookies.set(name, value, domain="localhost.local", path="/")


def csrf_of(html: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', html)
    assert found, html
    return found[1]


def send(client: TestClient, page: str, address: str = "", **fields: str):
    """Sends a form as a page has it, its mark included."""
    shown = client.get(page)
    assert shown.status_code == 200, (page, shown.status_code, shown.headers)
    form = {"csrf": csrf_of(shown.text), **fields}
    return client.post(address or page, data=form, headers=ORIGIN)


def code_for(html: str, shift: int = 0) -> str:
    """The code of an app that was told the secret on the page."""
    import base64

    from allmende.core.identity import totp
    from allmende.store import now

    found = re.search(r"secret=([A-Z2-7]+)", html)
    assert found
    raw = base64.b32decode(found[1] + "=" * (-len(found[1]) % 8))
    return totp.code_at(raw, totp.step_at(now()) + shift)


def platform_of(client: TestClient):
    return client.app.state.platform


def ident_of(client: TestClient, login: str) -> str:
    return client.portal.call(platform_of(client).store.read, stored.account_id, login)


def set_up_second(client: TestClient) -> tuple[str, list[str]]:
    """Sets the second factor up; the page with the secret, and the recovery codes."""
    page = "/de/account/security"
    send(client, page, f"{page}/factor", what="begin")
    shown = client.get(page).text
    done = send(client, page, f"{page}/factor", what="confirm", code=code_for(shown))
    assert done.status_code == 200
    codes = re.findall(r"\b(?:[a-z0-9]{4}-){3}[a-z0-9]{4}\b", done.text)
    assert len(codes) == 10
    return shown, codes
