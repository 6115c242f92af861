# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""How citizens get accounts: nobody learns who has one, and no letter opens other rights."""

import re
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import httpx2
import pytest
from tests.support.citizens import BASE, PASSWORD, STEWARD, client, person
from tests.support.platforms import run_scenario, settings_for
from tests.support.postbox import Postbox, postbox

from allmende.core import accounts
from allmende.core.platform import Platform
from allmende.core.sensing import citizens_joining
from allmende.core.work import registry
from allmende.errors import Conflict, NotAllowed, NotFound
from allmende.policy import SYSTEM, Role
from allmende.store import accounts as stored
from allmende.store import jobs

Scenario = Callable[[Platform], Awaitable[None]]
FORM = {"origin": BASE, "accept": "text/html"}


@pytest.fixture
def box() -> Iterator[Postbox]:
    with postbox() as found:
        yield found


@pytest.fixture
def run_mailing(engine: str, tmp_path: Path, box: Postbox) -> Callable[[Scenario], None]:
    settings = settings_for(
        engine, tmp_path, signins_per_minute=1000, access_log=False,
        anonymous_writes_per_minute=1000, smtp_host="127.0.0.1", smtp_port=box.port,
        smtp_security="none", smtp_from="daten@jena.example",
    )  # fmt: skip
    return lambda scenario: run_scenario(settings, scenario)


async def deliver(platform: Platform) -> None:
    for job in reversed(await platform.store.read(jobs.jobs, "waiting", None, 100)):
        if job.kind == "mail":
            await registry().handlers[job.kind](platform, job.arguments)


async def ask(http: httpx2.AsyncClient, email: str) -> tuple[int, str]:
    answer = await http.post("/de/register", data={"email": email}, headers=FORM)
    return answer.status_code, answer.text


def code_in(text: str) -> str:
    found = re.search(r"/de/register/confirm\?code=([\w-]+)", text)
    assert found, text
    return found[1]


async def confirm(http: httpx2.AsyncClient, code: str, **more: str) -> httpx2.Response:
    data = {"code": code, "password": PASSWORD, "agree": "1", **more}
    return await http.post("/de/register/confirm", data=data, headers=FORM)


def test_from_the_letter_to_the_first_sensor(
    run_mailing: Callable[[Scenario], None], box: Postbox
) -> None:
    async def scenario(platform: Platform) -> None:
        async with client(platform) as http:
            assert (await ask(http, "Erika@Example.org"))[0] == 200
            await deliver(platform)
            assert box.envelopes[0][1] == ["Erika@Example.org"]
            code = code_in(box.text())
            page = await http.get(f"/de/register/confirm?code={code}", headers=FORM)
            assert page.status_code == 200
            assert page.headers["cache-control"] == "no-store"
            weak = await confirm(http, code, password="passwort1234")
            assert weak.status_code == 400
            not_agreed = await confirm(http, code, agree="")
            assert not_agreed.status_code == 400
            done = await confirm(http, code, name="Erika")
            assert done.status_code == 303
            assert done.headers["location"] == "/de/my-sensors"
            assert (await http.get("/de/my-sensors", headers=FORM)).status_code == 200
            again = await confirm(http, code)
            assert again.status_code == 404
            form = await http.get("/de/my-sensors/new?kind=program", headers=FORM)
            csrf = re.search(r'name="csrf" value="([^"]+)"', form.text)
            assert csrf
            fields = {
                "csrf": csrf[1], "kind": "program", "name": "Balkon", "place": "50,9274 11,5861",
                "detail": "1km", "licence": "cc-zero", "q-temperature": "public", "consent": "1",
            }  # fmt: skip
            made = await http.post("/de/my-sensors/new", data=fields, headers=FORM)
            assert made.status_code == 200, made.text
            key = re.search(r"alc_[0-9a-f]{48}", made.text)
            assert key
            assert f"Bearer {key[0]}" in made.text.replace("&#39;", "'")
            listed = await http.get("/de/my-sensors/1", headers=FORM)
            assert key[0] not in listed.text
            forged = await http.post(
                "/de/my-sensors/1", data={"what": "erase", "sure": "1"}, headers=FORM
            )
            assert forged.status_code == 403
            erase = {"csrf": csrf[1], "what": "erase", "sure": "1"}
            strange = {**FORM, "origin": "https://evil.example"}
            foreign = await http.post("/de/my-sensors/1", data=erase, headers=strange)
            assert foreign.status_code == 403
            assert (await http.get("/de/citizens", headers=FORM)).status_code == 403
            packed = await http.get("/de/my-sensors/export.zip", headers=FORM)
            assert packed.content[:2] == b"PK"

    run_mailing(scenario)


def test_who_asks_does_not_learn_who_has_an_account(
    run_mailing: Callable[[Scenario], None], box: Postbox
) -> None:
    async def scenario(platform: Platform) -> None:
        erika = await person(platform, "erika@example.org")
        roles = {"*": frozenset({Role.ADMINISTRATOR})}
        await accounts.create_account(platform, SYSTEM, "ada@example.org", "Ada", PASSWORD, roles)
        off = await person(platform, "off@example.org")
        await accounts.set_active(platform, SYSTEM, off.id, active=False)
        emails = [f"{name}@example.org" for name in ("new", "erika", "ada", "off")]
        async with client(platform) as http:
            answers = {await ask(http, email) for email in emails}
            assert len(answers) == 1
            await deliver(platform)
            letters = {str(each["To"]): str(each.get_content()) for each in box.letters}
            assert set(letters) == set(emails)
            assert {str(each["Subject"]) for each in box.letters} == {"Ihr Konto bei Allmende"}
            for email in ("ada@example.org", "off@example.org"):
                assert "code=" not in letters[email]
            fresh = "Neue Wiesen gehören allen 1887"
            code = code_in(letters["erika@example.org"])
            assert (await confirm(http, code, password=fresh)).status_code == 303
            await accounts.login(platform, "erika@example.org", fresh, "192.0.2.1")
        found = await platform.store.read(stored.account, erika.id)
        assert found is not None
        assert found.roles == {"citizens": frozenset({Role.CITIZEN})}

    run_mailing(scenario)


def test_a_letter_to_somebody_who_became_a_steward_opens_nothing(
    run_mailing: Callable[[Scenario], None], box: Postbox
) -> None:
    async def scenario(platform: Platform) -> None:
        erika = await person(platform, "erika@example.org")
        async with client(platform) as http:
            await ask(http, "erika@example.org")
            await deliver(platform)
            await accounts.grant(platform, SYSTEM, erika.id, "citizens", Role.STEWARD)
            answer = await confirm(http, code_in(box.text()))
            assert answer.status_code == 400
        await accounts.login(platform, "erika@example.org", PASSWORD, "192.0.2.1")

    run_mailing(scenario)


def test_nobody_is_flooded_with_letters(
    run_mailing: Callable[[Scenario], None], box: Postbox
) -> None:
    async def scenario(platform: Platform) -> None:
        async with client(platform) as http:
            answers = {await ask(http, "erika@example.org") for _ in range(6)}
            assert len(answers) == 1
            await deliver(platform)
        assert len(box.letters) == 3
        first, last = code_in(box.text(0)), code_in(box.text(-1))
        with pytest.raises(NotFound):
            await citizens_joining.code(platform, first)
        assert (await citizens_joining.code(platform, last)).email == "erika@example.org"

    run_mailing(scenario)


@pytest.mark.parametrize("email", ["x", "a@b.de\r\nBcc: all@example.org", "", "a@b.de,c@d.de"])
def test_what_is_no_address_gets_no_letter(
    run_mailing: Callable[[Scenario], None], box: Postbox, email: str
) -> None:
    async def scenario(platform: Platform) -> None:
        async with client(platform) as http:
            assert (await ask(http, email))[0] == 400
            await deliver(platform)
        assert not box.letters

    run_mailing(scenario)


def test_without_a_mail_server_there_are_invitations_only(
    run: Callable[[Scenario], None],
) -> None:
    async def scenario(platform: Platform) -> None:
        async with client(platform) as http:
            page = await http.get("/de/register", headers=FORM)
            assert 'name="email"' not in page.text
            assert (await ask(http, "erika@example.org"))[0] == 404
        code = await citizens_joining.invite(platform, STEWARD)
        await citizens_joining.use(platform, code, PASSWORD, login="erika")
        with pytest.raises(NotFound):
            await citizens_joining.use(platform, code, PASSWORD, login="max")
        taken = await citizens_joining.invite(platform, STEWARD)
        for _ in range(5):
            with pytest.raises(Conflict):
                await citizens_joining.use(platform, taken, PASSWORD, login="erika")
        with pytest.raises(NotFound):
            await citizens_joining.use(platform, taken, PASSWORD, login="max")
        erika = await person(platform)
        with pytest.raises(NotAllowed):
            await citizens_joining.invite(platform, erika)

    run(scenario)


def test_accounts_can_be_switched_off(engine: str, tmp_path: Path) -> None:
    async def scenario(platform: Platform) -> None:
        with pytest.raises(NotFound):
            await citizens_joining.invite(platform, STEWARD)

    run_scenario(settings_for(engine, tmp_path, citizens="off"), scenario)
