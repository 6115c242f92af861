# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The second factor: standard, replay, guessing, recovery, what is kept; on both engines."""

import base64

import pytest
from tests.accounts.people import ADDRESS, GOOD, NEW, signed_in, someone

from allmende.core import accounts
from allmende.core.identity import levels, second, totp
from allmende.core.platform import Platform
from allmende.errors import (
    Conflict,
    InvalidInput,
    NotAllowed,
    NotAuthenticated,
    TooManyRequests,
)
from allmende.policy import SYSTEM, Role, Subject

RFC_SECRET = b"12345678901234567890"


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1234567890, "89005924"),
        (20000000000, "65353130"),
    ],
)
def test_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    step = totp.step_at(seconds * 1_000_000)
    assert totp.code_at(RFC_SECRET, step, 8) == code


def test_a_clock_may_be_wrong_by_one_step() -> None:
    at = 1_700_000_000_000_000
    step = totp.step_at(at)
    for shift, fits in ((-2, False), (-1, True), (0, True), (1, True), (2, False)):
        code = totp.code_at(RFC_SECRET, step + shift)
        assert (totp.fitting_step(RFC_SECRET, code, at, 0) is not None) is fits
    spaced = f" {totp.code_at(RFC_SECRET, step)[:3]} {totp.code_at(RFC_SECRET, step)[3:]}"
    assert totp.fitting_step(RFC_SECRET, spaced, at, 0) == step
    assert totp.fitting_step(RFC_SECRET, spaced, at, step) is None
    assert totp.fitting_step(RFC_SECRET, "", at, 0) is None


def test_the_address_for_apps_names_site_and_login() -> None:
    made = totp.address(RFC_SECRET, "Amt: Jena", "ada@jena.example")
    assert made.startswith("otpauth://totp/Amt%20%20Jena%3Aada%40jena.example?secret=GEZDGNBV")
    assert totp.picture(made).startswith("data:image/svg+xml")


def shown(secret: str, clock, shift: int = 0) -> str:
    raw = base64.b32decode(secret + "=" * (-len(secret) % 8))
    return totp.code_at(raw, totp.step_at(clock.now) + shift)


async def with_factor(platform: Platform, clock) -> tuple[Subject, str, list[str]]:
    """Ada with a second factor: who she is, her secret, her recovery codes."""
    await someone(platform)
    subject, session = await signed_in(platform)
    await second.begin(platform, subject)
    waiting = await second.setup(platform, subject)
    assert waiting is not None
    opened = await levels.how(platform, session.token)
    codes, _ = await second.confirm(platform, subject, opened, shown(waiting.secret, clock))
    clock.turn(minutes=2)
    return subject, waiting.secret, codes


async def half(platform: Platform):
    found = await accounts.login(platform, "ada@jena.example", GOOD, ADDRESS)
    assert found.pending
    return found


def test_a_password_alone_opens_nothing_any_more(run, clock) -> None:
    async def scenario(platform: Platform) -> None:
        _, secret, _ = await with_factor(platform, clock)
        waiting = await half(platform)
        with pytest.raises(NotAuthenticated):
            await accounts.authenticate_session(platform, waiting.token)
        assert await second.waits(platform, waiting.token)
        opened = await second.complete(platform, waiting.token, shown(secret, clock), ADDRESS)
        assert opened.token != waiting.token
        assert opened.methods == ("password", "totp")
        assert (await accounts.authenticate_session(platform, opened.token)).id == opened.account
        with pytest.raises(NotAuthenticated):
            await second.complete(platform, waiting.token, shown(secret, clock, 1), ADDRESS)

    run(scenario)


def test_a_code_is_good_once(run, clock) -> None:
    async def scenario(platform: Platform) -> None:
        _, secret, _ = await with_factor(platform, clock)
        code = shown(secret, clock)
        await second.complete(platform, (await half(platform)).token, code, ADDRESS)
        again = await half(platform)
        with pytest.raises(InvalidInput):
            await second.complete(platform, again.token, code, ADDRESS)
        with pytest.raises(InvalidInput):  # an earlier one is no better
            await second.complete(platform, again.token, shown(secret, clock, -1), ADDRESS)
        clock.turn(seconds=30)
        assert await second.complete(platform, again.token, shown(secret, clock), ADDRESS)

    run(scenario)


def test_codes_cannot_be_guessed(run, clock) -> None:
    async def scenario(platform: Platform) -> None:
        _, secret, codes = await with_factor(platform, clock)
        for number in range(5):
            token = (await half(platform)).token  # a new step each time does not help
            with pytest.raises(InvalidInput):
                await second.complete(platform, token, f"{number:06}", ADDRESS)
        token = (await half(platform)).token
        for good in (shown(secret, clock), codes[0]):
            with pytest.raises(TooManyRequests):
                await second.complete(platform, token, good, "198.51.100.9")
        clock.turn(minutes=16)
        token = (await half(platform)).token
        assert await second.complete(platform, token, shown(secret, clock), ADDRESS)

    run(scenario)


def test_a_step_ends_after_five_tries_and_ten_minutes(run, clock) -> None:
    async def scenario(platform: Platform) -> None:
        _, secret, _ = await with_factor(platform, clock)
        token = (await half(platform)).token
        for _ in range(5):
            with pytest.raises(InvalidInput):
                await second.complete(platform, token, "x", ADDRESS)
        assert not await second.waits(platform, token)
        clock.turn(minutes=20)
        token = (await half(platform)).token
        clock.turn(minutes=10)
        with pytest.raises(NotAuthenticated):
            await second.complete(platform, token, shown(secret, clock), ADDRESS)

    run(scenario)


def test_a_recovery_code_is_good_once(run, clock) -> None:
    async def scenario(platform: Platform) -> None:
        subject, _, codes = await with_factor(platform, clock)
        assert len(set(codes)) == 10
        typed = codes[3].upper().replace("-", " ")
        opened = await second.complete(platform, (await half(platform)).token, typed, ADDRESS)
        assert opened.methods == ("password", "recovery")
        assert (await second.state(platform, subject)).codes == 9
        with pytest.raises(InvalidInput):
            await second.complete(platform, (await half(platform)).token, codes[3], ADDRESS)
        fresh = await second.renew_codes(platform, subject)
        with pytest.raises(InvalidInput):
            await second.complete(platform, (await half(platform)).token, codes[4], ADDRESS)
        assert await second.complete(platform, (await half(platform)).token, fresh[4], ADDRESS)

    run(scenario)


def test_setting_up_ends_other_sessions_and_needs_a_fitting_code(run, clock) -> None:
    async def scenario(platform: Platform) -> None:
        await someone(platform)
        _, elsewhere = await signed_in(platform)
        subject, session = await signed_in(platform)
        await second.begin(platform, subject)
        opened = await levels.how(platform, session.token)
        with pytest.raises(InvalidInput):
            await second.confirm(platform, subject, opened, "000000")
        assert not (await accounts.login(platform, "ada@jena.example", GOOD, ADDRESS)).pending
        secret = (await second.setup(platform, subject)).secret
        _, fresh = await second.confirm(platform, subject, opened, shown(secret, clock))
        for old in (elsewhere, session):
            with pytest.raises(NotAuthenticated):
                await accounts.authenticate_session(platform, old.token)
        assert await accounts.authenticate_session(platform, fresh.token)
        assert await second.setup(platform, subject) is None
        with pytest.raises(Conflict):
            await second.begin(platform, subject)

    run(scenario)


def test_a_new_password_ends_what_was_begun_with_the_old_one(run, clock) -> None:
    async def scenario(platform: Platform) -> None:
        subject, secret, _ = await with_factor(platform, clock)
        waiting = await half(platform)
        await accounts.set_password(platform, SYSTEM, subject.id, NEW)
        with pytest.raises(NotAuthenticated):
            await second.complete(platform, waiting.token, shown(secret, clock), ADDRESS)
        again = await accounts.login(platform, "ada@jena.example", NEW, ADDRESS)
        await accounts.set_active(platform, SYSTEM, subject.id, False)
        with pytest.raises(NotAuthenticated):
            await second.complete(platform, again.token, shown(secret, clock), ADDRESS)

    run(scenario)


def test_only_their_administrators_reset_a_lost_device(run, clock) -> None:
    async def scenario(platform: Platform) -> None:
        subject, _, _ = await with_factor(platform, clock)
        other = Subject("user", "u-x", "", {"gera": frozenset({Role.ADMINISTRATOR})})
        with pytest.raises(NotAllowed):
            await second.reset(platform, other, subject.id)
        own = Subject("user", "u-y", "", {"jena": frozenset({Role.ADMINISTRATOR})})
        await second.reset(platform, own, subject.id)
        assert not (await accounts.login(platform, "ada@jena.example", GOOD, ADDRESS)).pending
        assert (await second.state(platform, subject)).since is None

    run(scenario)


def test_the_database_alone_gives_no_codes(run, clock) -> None:
    async def scenario(platform: Platform) -> None:
        _, secret, codes = await with_factor(platform, clock)
        raw = base64.b32decode(secret + "=" * (-len(secret) % 8))
        rows = await platform.store.read(
            lambda db: [
                *db.rows("select * from second_factor"),
                *db.rows("select * from recovery_code"),
            ]
        )
        text = repr(rows)
        assert repr(raw)[2:-1] not in text
        assert secret not in text
        assert codes[0] not in text
        key = platform.settings.data / "identity.key"
        assert (key.stat().st_mode & 0o777, key.stat().st_size) == (0o600, 32)

    run(scenario)
