# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Signing in and out, on both engines."""

import anyio
import pytest

from allmende.core import accounts, passwords
from allmende.core.platform import Platform
from allmende.errors import NotAuthenticated, TooManyRequests
from allmende.policy import SYSTEM, Role, Scope, Subject

GOOD = "Lampe Fluss Kiesel 7"
NEW = "Regen unter Brücken 3"
ADDRESS = "203.0.113.7"


async def someone(platform: Platform, login: str = "ada@jena.example") -> str:
    await accounts.save_organisation(platform, SYSTEM, "jena", {"de": "Stadt Jena"})
    roles = {"jena": frozenset({Role.STEWARD})}
    account = await accounts.create_account(platform, SYSTEM, login, "Ada L.", GOOD, roles)
    return account.id


async def refused(platform: Platform, login: str, password: str, address: str = ADDRESS):
    with pytest.raises((NotAuthenticated, TooManyRequests)) as caught:
        await accounts.login(platform, login, password, address)
    return caught.value


def test_a_person_signs_in_and_out(run) -> None:
    async def scenario(platform: Platform) -> None:
        ident = await someone(platform)
        session = await accounts.login(platform, " ADA@jena.example ", GOOD, ADDRESS)
        subject = await accounts.authenticate_session(platform, session.token)
        assert subject == Subject(
            "user", ident, "Ada L.", {"jena": frozenset({Role.STEWARD})}, frozenset(Scope)
        )
        await accounts.sign_out(platform, session.token)
        with pytest.raises(NotAuthenticated):
            await accounts.authenticate_session(platform, session.token)
        await accounts.sign_out(platform, session.token)

    run(scenario)


def test_nobody_learns_which_logins_exist(run) -> None:
    async def scenario(platform: Platform) -> None:
        ident = await someone(platform)
        wrong = await refused(platform, "ada@jena.example", "something else")
        unknown = await refused(platform, "eve@jena.example", "something else")
        await accounts.set_active(platform, SYSTEM, ident, False)
        disabled = await refused(platform, "ada@jena.example", GOOD)
        answers = {(error.code, error.status, str(error)) for error in (wrong, unknown, disabled)}
        assert len(answers) == 1

    run(scenario)


def test_every_refusal_costs_one_calculation(run, monkeypatch) -> None:
    calls = []
    inner = passwords._verify
    monkeypatch.setattr(passwords, "_verify", lambda *args: calls.append(args) or inner(*args))

    async def scenario(platform: Platform) -> None:
        ident = await someone(platform)
        await refused(platform, "ada@jena.example", "something else")
        await refused(platform, "eve@jena.example", "something else")
        await accounts.set_active(platform, SYSTEM, ident, False)
        await refused(platform, "ada@jena.example", GOOD)
        await accounts.create_account(platform, SYSTEM, "elsewhere", "E", "", {})
        await refused(platform, "elsewhere", "")
        assert len(calls) == 4

    run(scenario)


@pytest.mark.parametrize("login", ["ada@jena.example", "nobody@jena.example"])
def test_too_many_attempts_lock_known_and_unknown_logins(run, clock, login: str) -> None:
    async def scenario(platform: Platform) -> None:
        await someone(platform)
        for _ in range(3):
            assert (await refused(platform, login, "something else")).status == 401
        locked = await refused(platform, login, GOOD)
        assert isinstance(locked, TooManyRequests)
        assert 1 <= locked.retry_after <= 15 * 60
        clock.turn(minutes=10)
        assert (await refused(platform, login, GOOD)).status == 429
        clock.turn(minutes=6)
        if login.startswith("ada"):
            assert await accounts.login(platform, login, GOOD, ADDRESS)
        else:
            assert (await refused(platform, login, GOOD)).status == 401

    run(scenario)


def test_a_lock_concerns_one_address_until_there_are_many(run, clock) -> None:
    async def scenario(platform: Platform) -> None:
        await someone(platform)
        for _ in range(4):
            await refused(platform, "ada@jena.example", "something else", "198.51.100.1")
        assert await accounts.login(platform, "ada@jena.example", GOOD, ADDRESS)
        for number in range(30):
            address = f"198.51.100.{number + 10}"
            await refused(platform, "ada@jena.example", "something else", address)
        assert (await refused(platform, "ada@jena.example", GOOD)).status == 429

    run(scenario)


def test_attempts_at_one_time_do_not_slip_through(run) -> None:
    async def scenario(platform: Platform) -> None:
        await someone(platform)
        seen = []

        async def attempt() -> None:
            seen.append((await refused(platform, "ada@jena.example", "something else")).status)

        async with anyio.create_task_group() as tasks:
            for _ in range(8):
                tasks.start_soon(attempt)
        assert sorted(seen) == [401] * 3 + [429] * 5

    run(scenario)


def test_success_forgets_earlier_mistakes(run) -> None:
    async def scenario(platform: Platform) -> None:
        await someone(platform)
        for _ in range(3):
            await refused(platform, "ada@jena.example", "something else")
            await refused(platform, "ada@jena.example", "something else")
            assert await accounts.login(platform, "ada@jena.example", GOOD, ADDRESS)

    run(scenario)


def test_a_session_ends_when_idle_and_in_any_case(run, clock) -> None:
    async def scenario(platform: Platform) -> None:
        await someone(platform)
        idle = await accounts.login(platform, "ada@jena.example", GOOD, ADDRESS)
        clock.turn(hours=11.9)
        await accounts.authenticate_session(platform, idle.token)
        clock.turn(hours=11.9)
        await accounts.authenticate_session(platform, idle.token)
        clock.turn(hours=12.1)
        with pytest.raises(NotAuthenticated):
            await accounts.authenticate_session(platform, idle.token)
        busy = await accounts.login(platform, "ada@jena.example", GOOD, ADDRESS)
        for _ in range(15):
            clock.turn(hours=11)
            await accounts.authenticate_session(platform, busy.token)
        clock.turn(hours=4)
        with pytest.raises(NotAuthenticated):
            await accounts.authenticate_session(platform, busy.token)

    run(scenario)


def test_signing_in_rotates_the_key_of_the_browser(run) -> None:
    async def scenario(platform: Platform) -> None:
        await someone(platform)
        first = await accounts.login(platform, "ada@jena.example", GOOD, ADDRESS)
        second = await accounts.login(
            platform, "ada@jena.example", GOOD, ADDRESS, previous=first.token
        )
        assert first.token != second.token
        assert first.csrf != second.csrf
        with pytest.raises(NotAuthenticated):
            await accounts.authenticate_session(platform, first.token)

    run(scenario)


def test_a_new_password_ends_every_session(run) -> None:
    async def scenario(platform: Platform) -> None:
        await someone(platform)
        others = [
            await accounts.login(platform, "ada@jena.example", GOOD, ADDRESS) for _ in range(2)
        ]
        subject = await accounts.authenticate_session(platform, others[0].token)
        opened = await accounts.change_password(platform, subject, GOOD, NEW)
        for session in others:
            with pytest.raises(NotAuthenticated):
                await accounts.authenticate_session(platform, session.token)
        assert (await accounts.authenticate_session(platform, opened.token)).id == subject.id
        await refused(platform, "ada@jena.example", GOOD)
        assert await accounts.login(platform, "ada@jena.example", NEW, ADDRESS)

    run(scenario)


def test_disabling_ends_sessions_at_once(run) -> None:
    async def scenario(platform: Platform) -> None:
        ident = await someone(platform)
        session = await accounts.login(platform, "ada@jena.example", GOOD, ADDRESS)
        await accounts.set_active(platform, SYSTEM, ident, False)
        with pytest.raises(NotAuthenticated):
            await accounts.authenticate_session(platform, session.token)

    run(scenario)


def test_keys_are_not_in_the_database(run) -> None:
    async def scenario(platform: Platform) -> None:
        await someone(platform)
        session = await accounts.login(platform, "ada@jena.example", GOOD, ADDRESS)
        stored = await platform.store.read(
            lambda db: [
                *db.rows("select * from page_session"),
                *db.rows("select * from signin_failure"),
                *db.rows("select * from audit"),
                *db.rows("select password from account"),
            ]
        )
        text = repr(stored)
        assert session.token not in text
        assert GOOD not in text
        assert ADDRESS not in text
        assert "ada@jena.example" not in text

    run(scenario)


def test_a_hash_with_older_parameters_is_renewed(run, monkeypatch) -> None:
    async def encoded(platform: Platform) -> str:
        return await platform.store.read(lambda db: db.value("select password from account"))

    async def scenario(platform: Platform) -> None:
        await someone(platform)
        before = await encoded(platform)
        monkeypatch.setattr(passwords, "PASSES", 2)
        passwords._hasher.cache_clear()
        session = await accounts.login(platform, "ada@jena.example", GOOD, ADDRESS)
        after = await encoded(platform)
        assert ("t=1" in before, "t=2" in after) == (True, True)
        assert await accounts.authenticate_session(platform, session.token)
        assert await accounts.login(platform, "ada@jena.example", GOOD, ADDRESS)

    run(scenario)


def test_an_identity_elsewhere_signs_in(run) -> None:
    issuer = "https://id.example"

    async def scenario(platform: Platform) -> None:
        ident = await someone(platform)
        await accounts.link_identity(platform, SYSTEM, ident, issuer, "4711")
        session = await accounts.login_by_identity(platform, issuer, "4711", "substantial")
        assert (session.account, session.acr) == (ident, "substantial")
        for wrong in ((issuer, "4712"), ("https://other.example", "4711")):
            with pytest.raises(NotAuthenticated):
                await accounts.login_by_identity(platform, *wrong, "substantial")

    run(scenario)


def test_form_values_belong_to_one_session() -> None:
    csrf = accounts.csrf_token("a")
    assert accounts.csrf_fits("a", csrf)
    assert not accounts.csrf_fits("b", csrf)
    assert not accounts.csrf_fits("a", "")
    assert not accounts.csrf_fits("a", "ä" * 43)
