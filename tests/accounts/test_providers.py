# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Signing in with a real provider of OpenID Connect, and every lie on the way."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from tests.accounts.people import ADDRESS, signed_in, someone
from tests.accounts.web import BASE
from tests.support import oidc
from tests.support.platforms import run_scenario, settings_for

from allmende.core import accounts
from allmende.core.identity import journey, levels, provider
from allmende.core.identity.config import identity
from allmende.core.identity.levels import Assurance, StepUp
from allmende.core.platform import Platform
from allmende.core.settings import Settings
from allmende.errors import Conflict, InvalidInput, NotAuthenticated, NotFound, SourceUnavailable
from allmende.policy import SYSTEM, Role
from allmende.store import sessions as rows

LEVELS = {
    "urn:test:low": "low",
    "urn:test:substantial": "substantial",
    "urn:test:high": "high",
}
RULES = [
    {"claim": "groups", "value": "trees", "organisation": "jena", "role": "contributor"},
    {"claim": "realm_access.roles", "value": "reads", "organisation": "jena", "role": "reader"},
    {"claim": "groups", "value": "trees", "organisation": "gone", "role": "steward"},
]


Run = Callable[..., None]


@pytest.fixture
def run(idp: oidc.Elsewhere, tmp_path: Path, cheap: None, monkeypatch) -> Run:
    monkeypatch.setenv("CITY_SECRET", oidc.SECRET)

    def runs(scenario, **more: Any) -> None:
        city = {
            "id": "city",
            "name": "Stadtkonto",
            "issuer": idp.issuer,
            "client_id": "allmende",
            "client_secret_env": "CITY_SECRET",
            "private": True,
            "levels": LEVELS,
            "roles": RULES,
            **more,
        }
        extra = {"identity": {"providers": [city, {**city, "id": "other", "client_id": "other"}]}}
        settings = settings_for("", tmp_path, base_url=BASE, signins_per_minute=1000, extra=extra)
        run_scenario(settings, scenario)

    return runs


async def go(platform: Platform, idp: oidc.Elsewhere, **more: Any) -> journey.Arrived:
    """There and back."""
    begun = await journey.begin(platform, "city", ADDRESS, "/de/account", **more)
    answer = idp.visit(begun.address)
    return await journey.arrive(platform, "city", begun.step, answer, ADDRESS)


async def bound(platform: Platform, idp: oidc.Elsewhere, who: str = "ada") -> str:
    ident = await someone(platform)
    await accounts.link_identity(platform, SYSTEM, ident, idp.issuer, who)
    return ident


async def refused(work) -> NotAuthenticated:
    with pytest.raises(NotAuthenticated) as caught:
        await work
    return caught.value


async def sessions(platform: Platform, account: str) -> int:
    """How many sessions of an account are open."""
    return len(await platform.store.read(rows.sessions_of, account, 1 << 52))


def test_a_bound_person_signs_in(run: Run, idp) -> None:
    async def scenario(platform: Platform) -> None:
        ident = await bound(platform, idp)
        idp.be("ada", acr="urn:test:substantial")
        arrived = await go(platform, idp, level=Assurance.SUBSTANTIAL)
        assert (arrived.session.account, arrived.session.acr) == (ident, "substantial")
        assert arrived.then == "/de/account"
        subject = await accounts.authenticate_session(platform, arrived.session.token)
        assert subject.id == ident
        require = levels.require_level
        assert await require(platform, subject, arrived.session.token, Assurance.SUBSTANTIAL, 5)
        with pytest.raises(StepUp):
            await require(platform, subject, arrived.session.token, Assurance.HIGH)

    run(scenario)


def test_what_is_asked_keeps_to_the_profile(run: Run, idp) -> None:
    async def scenario(platform: Platform) -> None:
        begun = await journey.begin(platform, "city", ADDRESS, "/de/", level=Assurance.HIGH)
        asked = {k: v[0] for k, v in parse_qs(urlsplit(begun.address).query).items()}
        assert asked["redirect_uri"] == f"{BASE}/login/back/city"
        assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
        assert asked["acr_values"] == "urn:test:high"
        assert min(len(asked[each]) for each in ("state", "nonce", "code_challenge")) == 43
        again = await journey.begin(platform, "city", ADDRESS, "/de/")
        assert asked["state"] not in again.address
        with pytest.raises(NotFound):
            await journey.begin(platform, "nowhere", ADDRESS, "/de/")

    run(scenario)


def test_who_is_not_known_gets_no_account(run: Run, idp) -> None:
    async def scenario(platform: Platform) -> None:
        await someone(platform)  # has the very address that Eve says is hers
        for who in ("eve", "kim"):
            idp.be(who)
            error = await refused(go(platform, idp))
            assert error.code == "provider-unknown-person"
        assert len(await accounts.accounts_of(platform, SYSTEM)) == 1

    run(scenario)


def test_roles_follow_the_claims(run: Run, idp, monkeypatch) -> None:
    monkeypatch.setattr(provider, "AGAIN_US", 0)

    async def scenario(platform: Platform) -> None:
        await accounts.save_organisation(platform, SYSTEM, "jena", {"de": "Jena"})
        idp.be("ada")
        await refused(go(platform, idp))  # nothing maps
        idp.be("kim")
        await go(platform, idp)
        (kim,) = await accounts.accounts_of(platform, SYSTEM)
        assert kim.login == "kim@jena.example"
        assert kim.roles == {"jena": {Role.CONTRIBUTOR, Role.READER}}
        await accounts.grant(platform, SYSTEM, kim.id, "jena", Role.STEWARD)
        idp.people["kim"]["groups"] = []
        idp.stop()
        idp.start()
        idp.be("kim")
        arrived = await go(platform, idp)  # a new key, too
        subject = await accounts.authenticate_session(platform, arrived.session.token)
        assert subject.roles == {"jena": {Role.READER, Role.STEWARD}}
        await accounts.set_active(platform, SYSTEM, kim.id, False)
        await refused(go(platform, idp))

    run(scenario, people="mapped")


def test_an_address_that_is_not_made_sure_of_is_no_login(run: Run, idp) -> None:
    async def scenario(platform: Platform) -> None:
        idp.be("eve")
        await go(platform, idp)
        await someone(platform)
        logins = {each.login for each in await accounts.accounts_of(platform, SYSTEM)}
        assert logins == {"city:eve", "ada@jena.example"}
        idp.be("ada")  # the login is taken; the account is not
        arrived = await go(platform, idp)
        subject = await accounts.authenticate_session(platform, arrived.session.token)
        assert subject.roles == {}

    run(scenario, people="all")


def test_an_answer_belongs_to_the_browser_that_asked(run: Run, idp) -> None:
    async def scenario(platform: Platform) -> None:
        await bound(platform, idp)
        idp.be("ada")
        mine = await journey.begin(platform, "city", ADDRESS, "/de/")
        theirs = await journey.begin(platform, "city", ADDRESS, "/de/")
        answer = idp.visit(theirs.address)
        for step in ("", "unknown", mine.step):  # login CSRF
            await refused(journey.arrive(platform, "city", step, answer, ADDRESS))
        assert await journey.arrive(platform, "city", theirs.step, answer, ADDRESS)
        await refused(journey.arrive(platform, "city", theirs.step, answer, ADDRESS))

    run(scenario)


def test_a_stolen_code_is_useless_without_its_verifier(run: Run, idp) -> None:
    async def scenario(platform: Platform) -> None:
        await bound(platform, idp)
        idp.be("ada")
        victim = await journey.begin(platform, "city", ADDRESS, "/de/")
        stolen = idp.visit(victim.address)["code"]
        thief = await journey.begin(platform, "city", ADDRESS, "/de/")
        state = parse_qs(urlsplit(thief.address).query)["state"][0]
        forged = {"code": stolen, "state": state, "iss": idp.issuer}
        with pytest.raises(SourceUnavailable):  # the provider refuses it
            await journey.arrive(platform, "city", thief.step, forged, ADDRESS)

    run(scenario)


def test_answers_of_another_provider_are_not_taken(run: Run, idp) -> None:
    async def scenario(platform: Platform) -> None:
        ident = await bound(platform, idp)
        idp.be("ada")
        for change in (
            {"iss": "https://evil.example"},
            {"iss": None},  # this provider always names itself
            {"state": "x"},
            {"state": ""},
            {"code": ""},
        ):
            begun = await journey.begin(platform, "city", ADDRESS, "/de/")
            answer = idp.visit(begun.address) | change
            given = {name: value for name, value in answer.items() if value is not None}
            await refused(journey.arrive(platform, "city", begun.step, given, ADDRESS))
        begun = await journey.begin(platform, "city", ADDRESS, "/de/")
        answer = idp.visit(begun.address)
        await refused(journey.arrive(platform, "other", begun.step, answer, ADDRESS))
        assert await sessions(platform, ident) == 0  # nobody was signed in by any of them
        await go(platform, idp)
        assert await sessions(platform, ident) == 1

    run(scenario)


def test_a_refusal_is_told_without_its_text(run: Run, idp) -> None:
    async def scenario(platform: Platform) -> None:
        idp.be("ada", deny="1")
        error = await refused(go(platform, idp))
        assert error.code == "provider-refused"
        assert "<b>" not in str(error.text)

    run(scenario)


def test_stepping_up_needs_the_same_person_again(run: Run, idp) -> None:
    async def scenario(platform: Platform) -> None:
        ident = await bound(platform, idp)
        subject, session = await signed_in(platform)
        asked = {"purpose": "again", "subject": subject, "level": Assurance.SUBSTANTIAL}
        idp.be("kim", acr="urn:test:substantial")
        await refused(go(platform, idp, **asked))
        idp.be("ada", acr="urn:test:low")
        error = await refused(go(platform, idp, **asked))
        assert error.code == "level-not-reached"
        idp.be("ada", acr="urn:test:high")
        arrived = await go(platform, idp, **asked)
        assert (arrived.session.account, arrived.session.acr) == (ident, "high")
        assert arrived.session.token != session.token

    run(scenario)


def test_an_old_sign_in_there_does_not_count_as_a_new_one(run: Run, idp, monkeypatch) -> None:
    async def scenario(platform: Platform) -> None:
        ident = await bound(platform, idp)
        subject, _ = await signed_in(platform)
        idp.be("ada")
        begun = await journey.begin(
            platform, "city", ADDRESS, "/de/", purpose="again", subject=subject
        )
        with httpx2.Client(trust_env=False) as browser:
            idp.visit((await journey.begin(platform, "city", ADDRESS, "/de/")).address, browser)
            easier = begun.address.replace("prompt=login", "").replace("max_age=0", "")
            answer = idp.visit(easier, browser)
        monkeypatch.setattr(journey, "SKEW", -3600)  # as if that had been an hour ago
        await refused(journey.arrive(platform, "city", begun.step, answer, ADDRESS))
        assert await sessions(platform, ident) == 1  # the one before

    run(scenario)


def test_a_person_connects_and_disconnects(run: Run, idp) -> None:
    async def scenario(platform: Platform) -> None:
        await someone(platform)
        subject, _ = await signed_in(platform)
        idp.be("ada")
        arrived = await go(platform, idp, purpose="bind", subject=subject)
        assert arrived.session is None
        assert (await go(platform, idp)).session.account == subject.id
        await someone(platform, "eve@jena.example")
        eve, _ = await signed_in(platform, "eve@jena.example")
        with pytest.raises(Conflict):
            await go(platform, idp, purpose="bind", subject=eve)
        await journey.unbind(platform, subject, idp.issuer)
        await refused(go(platform, idp))

    run(scenario)


def test_the_only_way_in_stays(run: Run, idp) -> None:
    async def scenario(platform: Platform) -> None:
        idp.be("kim")
        arrived = await go(platform, idp)
        subject = await accounts.authenticate_session(platform, arrived.session.token)
        with pytest.raises(Conflict):
            await journey.unbind(platform, subject, idp.issuer)

    run(scenario, people="all")


def test_signing_out_there(run: Run, idp) -> None:
    async def scenario(platform: Platform) -> None:
        await bound(platform, idp)
        idp.be("ada")
        arrived = await go(platform, idp)
        session = await levels.how(platform, arrived.session.token)
        assert b"eyJ" not in session.hint  # the ID token is sealed
        step = await journey.begin_leaving(platform, session)
        assert (await journey.leaving(platform, step)).name == "Stadtkonto"
        address = await journey.leave(platform, step, f"{BASE}/logged-out")
        asked = parse_qs(urlsplit(address).query)
        assert asked["post_logout_redirect_uri"] == [f"{BASE}/logged-out"]
        assert asked["id_token_hint"][0].count(".") == 2
        with httpx2.Client(trust_env=False) as browser:
            assert browser.get(address).status_code == 200  # it asks whether to
        await refused(journey.leave(platform, step, f"{BASE}/logged-out"))
        assert await journey.begin_leaving(platform, None) == ""

    run(scenario)


# --- what a provider may not do ------------------------------------------------------


def test_keys_are_read_again_when_they_change(run: Run, idp, monkeypatch) -> None:
    async def scenario(platform: Platform) -> None:
        await bound(platform, idp)
        idp.be("ada")
        await go(platform, idp)
        idp.stop()
        idp.start()
        idp.be("ada")
        await refused(go(platform, idp))  # not more often than every half minute
        monkeypatch.setattr(provider, "AGAIN_US", 0)
        assert await go(platform, idp)

    run(scenario)


@pytest.mark.parametrize(
    "lie",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "https://evil.example/token"},
        {"jwks_uri": "http://169.254.169.254/latest"},
        {"userinfo_endpoint": "http://127.0.0.1@evil.example/"},
        {"end_session_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "file:///etc/passwd"},
        {"token_endpoint": None},
        {"jwks_uri": 7},
    ],
)
def test_a_document_that_leads_elsewhere_is_refused(run: Run, idp, monkeypatch, lie) -> None:
    inner = provider.ask

    async def bent(which, address: str, **more: Any) -> dict[str, Any]:
        found = await inner(which, address, **more)
        return found | lie if "openid-configuration" in address else found

    monkeypatch.setattr(provider, "ask", bent)

    async def scenario(platform: Platform) -> None:
        with pytest.raises(SourceUnavailable):
            await journey.begin(platform, "city", ADDRESS, "/de/")

    run(scenario)


def test_private_networks_are_closed_unless_said(run: Run, idp) -> None:
    async def scenario(platform: Platform) -> None:
        with pytest.raises(SourceUnavailable):
            await journey.begin(platform, "city", ADDRESS, "/de/")

    run(scenario, private=False)


@pytest.mark.parametrize(
    "issuer",
    [
        "http://id.example",
        "https://",
        "ftp://id.example",
        "https://a@id.example",
        "https://x/#y",
        "",
    ],
)
def test_issuers_are_safe_addresses(issuer: str) -> None:
    city = {"id": "city", "name": "x", "issuer": issuer, "client_id": "y"}
    with pytest.raises(InvalidInput):
        identity(Settings(extra={"identity": {"providers": [city]}}))
