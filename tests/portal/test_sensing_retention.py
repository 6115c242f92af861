# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The page of rules of retention: everybody reads, stewards write, and see before what happens."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import httpx2
import pytest
from tests.support.platforms import settings_for
from tests.support.sensing import stream, thing

from allmende.core import accounts, sensing
from allmende.core.platform import Platform
from allmende.core.sensing import archiving, retaining
from allmende.model.sensing.calendar import DAY, HOUR
from allmende.model.sensing.observation import Observation
from allmende.policy import ANONYMOUS, SYSTEM, Role
from allmende.portal.sensing_retention_form import Form, filled, read
from allmende.store import now
from allmende.web import create_app

PASSWORD = "ein langes Kennwort für Tests"
FORM = {
    "title-de": "Luft & Boden",
    "title-en": "Air",
    "organisation": "jena",
    "unit": "days",
    "length": "30",
    "then": "delete",
    "hour": "on",
    "hour-years": "5",
    "day": "on",
    "reason": "Sparsamkeit",
}


@asynccontextmanager
async def visiting(
    engine: str, folder: Path, who: str = ""
) -> AsyncIterator[tuple[Platform, httpx2.AsyncClient]]:
    async with Platform.open(settings_for(engine, folder, access_log=False)) as platform:
        for name in ("jena", "gera"):
            await accounts.save_organisation(platform, SYSTEM, name, {"de": name.title()})
            address = f"{name}@example.org"
            await accounts.create_account(
                platform, SYSTEM, address, name, PASSWORD, {name: {Role.STEWARD}}
            )
        specs = (stream("air"), stream("inside", access="internal"))
        made = await sensing.register(platform, SYSTEM, thing("one", *specs))
        for ident in made.streams.values():
            given = [
                Observation(datastream=ident, time=now() - 60 * DAY + at * HOUR, result=1.0)
                for at in range(100)
            ]
            await sensing.observe(platform, SYSTEM, given)
        base = platform.settings.base_url
        transport = httpx2.ASGITransport(create_app(platform))
        async with httpx2.AsyncClient(
            transport=transport, base_url=base, headers={"origin": base}
        ) as client:
            if who:
                form = {"login": f"{who}@example.org", "password": PASSWORD}
                assert (await client.post("/de/login", data=form)).status_code == 303
            yield platform, client


async def send(client: httpx2.AsyncClient, **changes: str) -> httpx2.Response:
    page = (await client.get("/de/retention/edit")).text
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found
    return await client.post("/de/retention/edit", data={**FORM, "csrf": found[1], **changes})


def test_a_steward_looks_first_and_then_saves(engine: str, tmp_path: Path) -> None:
    async def main() -> None:
        async with visiting(engine, tmp_path, "jena") as (platform, client):
            seen = await send(client, deed="preview")
            assert seen.status_code == 200
            assert "Einzelwerte werden 30 Tage aufbewahrt, danach gelöscht" in seen.text
            assert "Stundenwerte bleiben 5 Jahre und Tageswerte bleiben dauerhaft" in seen.text
            assert "gälte für 2 Messreihen" in seen.text
            assert "beträfe das 200 Messwerte" in seen.text
            assert 'value="Luft &amp; Boden"' in seen.text
            assert await retaining.rules(platform, SYSTEM) == []
            saved = await send(client, deed="save")
            assert saved.headers["location"] == "/de/retention/luft-boden"
            page = (await client.get("/en/retention/luft-boden")).text
            assert "Sparsamkeit" in page
            assert "kept for 30 days and then deleted" in page
            await archiving.run(platform)
            listed = (await client.get("/de/retention")).text
            assert "Einzelwerte gelöscht" in listed
            assert "200" in listed
            again = (await client.get("/de/retention/edit?id=luft-boden")).text
            assert 'name="known" value="luft-boden"' in again
            gone = await send(client, deed="withdraw", known="luft-boden")
            assert gone.status_code == 303
            assert "gilt nicht mehr" in (await client.get("/de/retention/luft-boden")).text

    anyio.run(main)


def test_everybody_reads_and_sees_what_is_open(engine: str, tmp_path: Path) -> None:
    async def main() -> None:
        async with visiting(engine, tmp_path) as (platform, client):
            policy = Form(title_de="Luft", length="30", then="delete").policy()
            await retaining.save(platform, SYSTEM, policy, "<b>Grund</b>")
            await archiving.run(platform)
            page = (await client.get("/de/retention")).text
            assert "Einzelwerte werden 30 Tage aufbewahrt, danach gelöscht" in page
            assert '<td class="num">100</td><td class="num">1</td>' in page  # not the closed one
            assert "/retention/edit" not in page
            one = (await client.get("/de/retention/luft")).text
            assert "&lt;b&gt;Grund" in one
            assert "system" not in one.lower().split("<main")[1].split("</main")[0]
            assert (await client.get("/de/retention/edit")).status_code in (401, 403)
            answer = await client.post("/de/retention/edit", data=FORM)
            assert answer.status_code in (401, 403)
            assert (await client.get("/de/retention/none")).status_code == 404

    anyio.run(main)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"length": "viel"}, "keine ganze Zahl"),
        ({"length": ""}, "wie lange Einzelwerte"),
        ({"length": "0"}, "1 Stunde bis"),
        ({"reason": "", "deed": "save"}, "Grund nennen"),
        ({"unit": "hours", "length": "12", "then": "archive"}, "ganze Monate"),
        ({"title-de": "", "title-en": ""}, "Titel"),
        ({"hold": "on"}, "braucht ihren Grund"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    engine: str, tmp_path: Path, changes: dict[str, str], said: str
) -> None:
    async def main() -> None:
        async with visiting(engine, tmp_path, "jena") as (platform, client):
            answer = await send(client, **{"deed": "preview", **changes})
            assert 400 <= answer.status_code < 500
            assert 'role="alert"' in answer.text
            assert said in answer.text
            if "title-de" not in changes:
                assert 'value="Luft &amp; Boden"' in answer.text
            assert await retaining.rules(platform, ANONYMOUS) == []

    anyio.run(main)


def test_rules_of_others_stay_theirs(engine: str, tmp_path: Path) -> None:
    async def main() -> None:
        async with visiting(engine, tmp_path, "gera") as (platform, client):
            assert (await send(client, deed="save")).status_code == 403
            policy = read({**FORM, "known": "theirs"}).policy()
            await retaining.save(platform, SYSTEM, policy, "x")
            assert (await client.get("/de/retention/edit?id=theirs")).status_code == 403
            taken = await send(client, deed="save", known="theirs", organisation="gera")
            assert taken.status_code == 403

    anyio.run(main)


def test_a_form_says_what_the_rule_says() -> None:
    policy = read({**FORM, "least": "5", "note-de": "Zweck", "datastream": "7"}).policy()
    assert filled(policy).policy() == policy
    assert filled(policy).known == "luft-boden"
