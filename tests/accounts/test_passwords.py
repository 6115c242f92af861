# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a password must be, how it is kept, and how rates are counted."""

import subprocess
import sys

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.core import passwords, signin
from allmende.core.rates import BUCKETS, Rates, network_of
from allmende.core.settings import Settings
from allmende.errors import InvalidInput, TooManyRequests
from allmende.policy import ANONYMOUS, SYSTEM, Subject


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "elfzeichen!",
        "aaaaaaaaaaaaaaaaaaaa",
        "abababababab",
        "123456789012",
        "987654321098",
        "abcdefghijklmnop",
        "Passwort1234!",
        "passwortpasswort",
        "Willkommen2026",
        "Qwertz-Qwertz-1",
        "mein.geheimes.passwort",
        "Ada-Lovelace-1815",
        "Allmende2026!!",
        "x" * 300,
    ],
)
def test_weak_passwords_are_refused(password: str) -> None:
    with pytest.raises(InvalidInput):
        passwords.check_strength(password, "ada@example.org", "Ada Lovelace", "Allmende")


@pytest.mark.parametrize(
    "password",
    [
        "Lampe Fluss Kiesel",
        "correct horse battery staple",
        "83920174650284",
        "ß日本語のパスワードです十二",
    ],
)
def test_good_passwords_are_taken(password: str) -> None:
    passwords.check_strength(password, "ada@example.org", "Ada Lovelace", "Allmende")


@given(st.text(max_size=40), st.lists(st.text(max_size=20), max_size=3))
def test_the_check_ends_for_every_text(password: str, personal: list[str]) -> None:
    known = {"password-short", "password-common", "password-long"}
    code = ""
    try:
        passwords.check_strength(password, *personal)
    except InvalidInput as error:
        code = error.code
    assert code in known or len(passwords._normalised(password)) >= passwords.SHORTEST


@given(st.text(max_size=300))
def test_logins_are_normalised_once_and_for_all(login: str) -> None:
    once = signin.normalised_login(login)
    assert signin.normalised_login(once).strip() == signin.normalised_login(once)
    assert signin.normalised_login(f" {once[:100]} ") == signin.normalised_login(once[:100])


def test_parameters_are_those_of_the_standard() -> None:
    encoded = anyio.run(passwords.hash_password, "Lampe Fluss Kiesel")
    assert encoded.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert anyio.run(passwords.verify, encoded, "Lampe Fluss Kiesel")
    assert not passwords.is_outdated(encoded)


@pytest.mark.parametrize("encoded", [None, "", "nonsense", "$argon2id$v=19$m=8,t=1,p=1$x$x"])
def test_nothing_fits_without_a_hash(cheap: None, encoded: str | None) -> None:
    assert not anyio.run(passwords.verify, encoded, "")
    assert not anyio.run(passwords.verify, encoded, "anything")


def test_same_characters_fit_however_they_are_typed(cheap: None) -> None:
    encoded = anyio.run(passwords.hash_password, "Grüne Bäume im Tal")
    assert anyio.run(passwords.verify, encoded, "Gru\u0308ne Ba\u0308ume im Tal")


def test_argon2_is_only_loaded_when_needed() -> None:
    code = "import sys, allmende.core.accounts; sys.exit('argon2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# --- rates ---------------------------------------------------------------------------


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def attempts(rates: Rates, address: str, number: int) -> int:
    told: list[int] = []
    for _ in range(number):
        try:
            rates.sign_in(address)
        except TooManyRequests as error:
            told.append(error.retry_after)
    assert all(1 <= seconds <= 60 for seconds in told)
    return number - len(told)


def test_a_bucket_empties_and_fills() -> None:
    clock = Clock()
    rates = Rates(Settings(signins_per_minute=10), clock)
    assert attempts(rates, "192.0.2.1", 30) == 10
    assert attempts(rates, "192.0.2.2", 30) == 10
    clock.now = 12
    assert attempts(rates, "192.0.2.1", 30) == 2
    clock.now = 4000
    assert attempts(rates, "192.0.2.1", 30) == 10


def test_waiting_as_told_is_enough() -> None:
    clock = Clock()
    rates = Rates(Settings(signins_per_minute=7), clock)
    attempts(rates, "a", 7)
    with pytest.raises(TooManyRequests) as caught:
        rates.sign_in("a")
    clock.now += caught.value.retry_after
    rates.sign_in("a")


@given(st.lists(st.floats(0, 30), max_size=60), st.integers(1, 100))
def test_no_minute_sees_more_than_twice_the_rate(pauses: list[float], rate: int) -> None:
    clock = Clock()
    rates = Rates(Settings(signins_per_minute=rate), clock)
    allowed: list[float] = []
    for pause in pauses:
        clock.now += pause
        allowed += [clock.now] * attempts(rates, "a", 3)
    for start in allowed:
        assert sum(start <= at < start + 60 for at in allowed) <= 2 * rate


def test_writes_are_counted_for_subject_or_address() -> None:
    rates = Rates(Settings(writes_per_minute=5, anonymous_writes_per_minute=2), Clock())
    ada = Subject("user", "u-ada")
    for _ in range(5):
        rates.write(ada, "192.0.2.1")
    with pytest.raises(TooManyRequests):
        rates.write(ada, "192.0.2.9")
    for _ in range(2):
        rates.write(ANONYMOUS, "192.0.2.1")
    with pytest.raises(TooManyRequests):
        rates.write(ANONYMOUS, "192.0.2.1")
    for _ in range(50):
        rates.write(SYSTEM, "")


def test_buckets_are_bounded_and_hold_no_address() -> None:
    clock = Clock()
    rates = Rates(Settings(), clock)
    for number in range(BUCKETS + 50):
        rates.write(Subject("user", str(number)), "")
    assert len(rates._buckets) == BUCKETS
    rates.sign_in("192.0.2.77")
    assert "192.0.2.77" not in repr(rates._buckets)
    before = rates._hidden("192.0.2.77")
    clock.now += 90_000
    assert rates._hidden("192.0.2.77") != before


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::ffff:1", "2001:db8::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
    ],
)
def test_ipv6_counts_by_network(address: str, network: str) -> None:
    assert network_of(address) == network
