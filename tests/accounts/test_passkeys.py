# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Passkeys: what signs in, and every lie of a device or a page between, on both engines."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.accounts.people import ADDRESS, GOOD, signed_in, someone
from tests.support.authenticator import PRESENT, VERIFIED, Device
from tests.support.platforms import run_scenario, settings_for

from allmende.core import accounts
from allmende.core.identity import passkeys
from allmende.core.platform import Platform
from allmende.core.settings import Settings
from allmende.errors import AllmendeError, InvalidInput, LimitExceeded, NotAuthenticated
from allmende.policy import ANONYMOUS, SYSTEM, Subject

ORIGIN = "http://localhost:8000"


@pytest.fixture
def at_home(engine: str, tmp_path, cheap: None) -> Callable[..., None]:
    settings = settings_for(engine, tmp_path, base_url=ORIGIN, signins_per_minute=1000)
    return lambda scenario: run_scenario(settings, scenario)


async def added(platform: Platform, subject: Subject, device: Device, name: str = "") -> None:
    asked = await passkeys.begin_new(platform, subject)
    await passkeys.finish_new(platform, subject, asked.step, device.made(asked.options), name)


async def with_passkey(platform: Platform) -> tuple[Subject, Device]:
    await someone(platform)
    subject, _ = await signed_in(platform)
    device = Device(ORIGIN)
    await added(platform, subject, device, "Telefon")
    return subject, device


async def use(platform: Platform, device: Device, **more) -> accounts.Session:
    asked = await passkeys.begin(platform, ADDRESS)
    answer = device.signed(asked.options)
    return await passkeys.finish(platform, asked.step, answer, ADDRESS, **more)


async def refused(platform: Platform, device: Device, **more) -> AllmendeError:
    with pytest.raises(NotAuthenticated) as caught:
        await use(platform, device, **more)
    return caught.value


@pytest.mark.parametrize(
    ("address", "usable"),
    [
        ("https://daten.example.de", True),
        ("http://localhost:8000", True),
        ("http://127.0.0.1:8000", False),
        ("https://192.0.2.1", False),
        ("http://daten.example.de", False),
        ("https://[2001:db8::1]", False),
    ],
)
def test_where_browsers_use_them(address: str, usable: bool) -> None:
    assert passkeys.possible(Settings(base_url=address)) is usable


def test_a_passkey_signs_in_without_a_login(at_home) -> None:
    async def scenario(platform: Platform) -> None:
        subject, device = await with_passkey(platform)
        opened = await use(platform, device)
        assert (opened.account, opened.methods, opened.pending) == (subject.id, ("passkey",), False)
        assert (await accounts.authenticate_session(platform, opened.token)).id == subject.id
        (kept,) = await passkeys.of_account(platform, subject)
        assert (kept.name, kept.used is not None) == ("Telefon", True)
        await passkeys.remove(platform, subject, kept.id.hex())
        await refused(platform, device)
        with pytest.raises(InvalidInput):
            await passkeys.remove(platform, subject, kept.id.hex())

    at_home(scenario)


def test_questions_tell_nothing_of_accounts(at_home) -> None:
    async def scenario(platform: Platform) -> None:
        await with_passkey(platform)
        asked = await passkeys.begin(platform, ADDRESS)
        assert "allowCredentials" not in json.dumps(asked.options["publicKey"], default=str)
        unknown = await refused(platform, Device(ORIGIN))
        assert "not known" in str(unknown)

    at_home(scenario)


LIES = (
    {"origin": "https://al1mende.example"},
    {"origin": "http://localhost:8001"},
    {"origin": "https://localhost:8000"},
    {"rp": "example.org"},
    {"flags": PRESENT},  # nobody was verified
    {"flags": VERIFIED},  # nobody was there
    {"user": b"u-somebody-else"},
)


def test_lies_of_a_device_sign_nobody_in(at_home) -> None:
    async def scenario(platform: Platform) -> None:
        _, device = await with_passkey(platform)
        for lie in LIES:
            await refused(platform, replace(device, **lie))
        assert await use(platform, device)

    at_home(scenario)


def test_a_stranger_with_our_id_has_another_key(at_home) -> None:
    async def scenario(platform: Platform) -> None:
        _, device = await with_passkey(platform)
        thief = Device(ORIGIN, id=device.id, user=device.user)
        error = await refused(platform, thief)
        assert error.code == "not-authenticated"
        assert await use(platform, device)  # the true one goes on working

    at_home(scenario)


def test_an_answer_is_good_once_and_for_its_own_question(at_home) -> None:
    async def scenario(platform: Platform) -> None:
        _, device = await with_passkey(platform)
        first = await passkeys.begin(platform, ADDRESS)
        second = await passkeys.begin(platform, ADDRESS)
        answer = device.signed(first.options)
        with pytest.raises(NotAuthenticated):
            await passkeys.finish(platform, second.step, answer, ADDRESS)
        assert await passkeys.finish(platform, first.step, answer, ADDRESS)
        for step in (first.step, second.step, "", "unknown"):
            with pytest.raises(NotAuthenticated):
                await passkeys.finish(platform, step, answer, ADDRESS)

    at_home(scenario)


def test_a_copied_device_is_noticed_by_its_counter(at_home) -> None:
    async def scenario(platform: Platform) -> None:
        await someone(platform)
        subject, _ = await signed_in(platform)
        device = Device(ORIGIN, counter=1)
        await added(platform, subject, device)
        device.counter = 5
        assert await use(platform, device)
        for stale in (5, 4, 0):
            device.counter = stale
            await refused(platform, device)
        device.counter = 6
        assert await use(platform, device)

    at_home(scenario)


def test_disabled_accounts_and_other_accounts_stay_out(at_home) -> None:
    async def scenario(platform: Platform) -> None:
        subject, device = await with_passkey(platform)
        await refused(platform, device, only="u-somebody-else")
        assert await use(platform, device, only=subject.id)
        await accounts.set_active(platform, SYSTEM, subject.id, False)
        await refused(platform, device)

    at_home(scenario)


BROKEN = (
    "",
    "null",
    "[]",
    "{}",
    '{"id": 1}',
    '{"id": "AAAA"}',
    "\ud800",
    "x" * 9_000,
    '{"id":"' + "A" * 5_000,
)


def test_broken_answers_are_refused(at_home) -> None:
    async def scenario(platform: Platform) -> None:
        await someone(platform)
        subject, _ = await signed_in(platform)
        for answer in BROKEN:
            asked = await passkeys.begin_new(platform, subject)
            with pytest.raises(InvalidInput):
                await passkeys.finish_new(platform, subject, asked.step, answer, "")
            question = await passkeys.begin(platform, ADDRESS)
            with pytest.raises((InvalidInput, NotAuthenticated)):
                await passkeys.finish(platform, question.step, answer, ADDRESS)

    at_home(scenario)


def test_registering_belongs_to_the_person_who_asked(at_home) -> None:
    async def scenario(platform: Platform) -> None:
        subject, device = await with_passkey(platform)
        await someone(platform, "eve@jena.example")
        eve, _ = await signed_in(platform, "eve@jena.example")
        asked = await passkeys.begin_new(platform, subject)
        answer = Device(ORIGIN).made(asked.options)
        with pytest.raises(NotAuthenticated):
            await passkeys.finish_new(platform, eve, asked.step, answer, "")
        with pytest.raises(NotAuthenticated):
            await passkeys.begin_new(platform, ANONYMOUS)
        again = await passkeys.begin_new(platform, eve)
        device.user = None
        with pytest.raises(AllmendeError):  # the id of Ada's passkey is taken
            await passkeys.finish_new(platform, eve, again.step, device.made(again.options), "")
        (kept,) = await passkeys.of_account(platform, subject)
        with pytest.raises(InvalidInput):
            await passkeys.remove(platform, eve, kept.id.hex())

    at_home(scenario)


def test_lies_register_nothing(at_home) -> None:
    async def scenario(platform: Platform) -> None:
        await someone(platform)
        subject, _ = await signed_in(platform)
        for lie in LIES[:6]:
            with pytest.raises(InvalidInput):
                await added(platform, subject, replace(Device(ORIGIN), **lie))
        assert await passkeys.of_account(platform, subject) == []

    at_home(scenario)


def test_there_is_a_limit(at_home, monkeypatch) -> None:
    monkeypatch.setattr(passkeys, "MOST_PASSKEYS", 2)

    async def scenario(platform: Platform) -> None:
        subject, _ = await with_passkey(platform)
        await added(platform, subject, Device(ORIGIN))
        with pytest.raises(LimitExceeded):
            await passkeys.begin_new(platform, subject)

    at_home(scenario)


def test_a_passkey_is_enough_where_a_second_factor_is_asked_for(at_home) -> None:
    async def scenario(platform: Platform) -> None:
        subject, device = await with_passkey(platform)
        await platform.store.write(
            lambda db: db.run(
                "insert into second_factor (account, secret, step, confirmed, created) "
                "values (:account, :secret, 0, 1, 1)",
                account=subject.id,
                secret=b"x" * 40,
            )
        )
        assert (await accounts.login(platform, "ada@jena.example", GOOD, ADDRESS)).pending
        assert not (await use(platform, device)).pending

    at_home(scenario)
