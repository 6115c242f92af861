# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The pages on the way to a real provider of OpenID Connect, and back."""

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest
from starlette.testclient import TestClient
from tests.accounts import web
from tests.accounts.web import ORIGIN, WORD, ident_of, platform_of, send, sign_in
from tests.support import oidc

from allmende.core import accounts
from allmende.policy import SYSTEM

SECURITY = "/de/account/security"
ADA = "ada@jena.example"


@pytest.fixture
def client(idp: oidc.Elsewhere, tmp_path: Path, cheap: None, monkeypatch) -> Iterator[TestClient]:
    """A browser of a city with a provider that says two levels."""
    monkeypatch.setenv("CITY_SECRET", oidc.SECRET)
    city: dict[str, Any] = {
        "id": "city",
        "name": "Stadtkonto",
        "issuer": idp.issuer,
        "client_id": "allmende",
        "client_secret_env": "CITY_SECRET",
        "private": True,
        "levels": {"urn:test:low": "low", "urn:test:high": "high"},
    }
    idp.be("ada", acr="urn:test:low")
    made = web.city(tmp_path, extra={"identity": {"providers": [city]}})
    with web.browser(made) as found:
        yield found


def bind(client: TestClient, idp: oidc.Elsewhere) -> None:
    ident = ident_of(client, ADA)

    async def work() -> None:
        await accounts.link_identity(platform_of(client), SYSTEM, ident, idp.issuer, "ada")

    client.portal.call(work)


def back(client: TestClient, idp: oidc.Elsewhere, address: str) -> httpx2.Response:
    """Goes to the provider, signs in there, and comes back by its own ways."""
    answer = idp.visit(address)
    there = client.get(f"/login/back/city?{urlencode(answer)}")
    assert there.status_code in (303, 307), there.status_code
    return client.get(there.headers["location"])


def go(client: TestClient, idp: oidc.Elsewhere, **query: str) -> httpx2.Response:
    begun = client.get(f"/de/login/with/city?{urlencode(query)}")
    assert begun.status_code == 303, begun.text
    assert begun.headers["cache-control"] == "no-store"
    return back(client, idp, begun.headers["location"])


def test_there_and_back_with_a_connected_account(client: TestClient, idp) -> None:
    bind(client, idp)
    assert "/de/login/with/city" in client.get("/de/login").text
    done = go(client, idp, next="/de/people")
    assert (done.status_code, done.headers["location"]) == (303, "/de/people")
    assert client.get("/de/people").status_code == 200
    shown = client.get(SECURITY).text
    assert "Stadtkonto" in shown
    assert "Vertrauensniveau niedrig" in shown


def test_an_account_is_connected_and_disconnected(client: TestClient, idp) -> None:
    sign_in(client)
    page = send(client, SECURITY, f"{SECURITY}/providers", what="bind", id="city")
    address = re.search(r'href="(http://127[^"]+)"', page.text)
    assert address
    done = back(client, idp, html.unescape(address[1]))
    assert done.headers["location"] == SECURITY
    assert "verbunden seit" in client.get(SECURITY).text
    client.cookies.clear()
    assert go(client, idp).headers["location"] == "/de/account"
    assert "Ada" in client.get("/de/account").text
    send(client, SECURITY, f"{SECURITY}/providers", what="unbind", id="city")
    assert "verbunden seit" not in client.get(SECURITY).text
    client.cookies.clear()
    refused = go(client, idp)
    assert refused.status_code == 401
    assert "aber Sie haben hier kein Konto" in refused.text
    assert 'name="password"' in refused.text


def test_stepping_up_through_the_pages(client: TestClient, idp) -> None:
    bind(client, idp)
    sign_in(client)
    page = client.get("/de/login/again?level=high&next=/de/account").text
    offered = re.search(r'href="(/de/login/with/city\?[^"]+)"', page)
    assert offered
    address = html.unescape(offered[1])
    refused = back(client, idp, client.get(address).headers["location"])
    assert (refused.status_code, "nicht auf der Stufe" in refused.text) == (401, True)
    idp.be("ada", acr="urn:test:high")
    done = back(client, idp, client.get(address).headers["location"])
    assert done.headers["location"] == "/de/account"
    assert "Vertrauensniveau hoch" in client.get(SECURITY).text
    idp.be("kim", acr="urn:test:high")
    other = back(client, idp, client.get(address).headers["location"])
    assert other.status_code == 401  # somebody else sits there now


def test_signing_out_here_offers_to_sign_out_there(client: TestClient, idp) -> None:
    bind(client, idp)
    go(client, idp)
    mark = web.csrf_of(client.get("/de/account").text)
    out = client.post("/de/logout", data={"csrf": mark}, headers=ORIGIN)
    assert out.headers["location"] == "/de/logged-out"
    assert "Stadtkonto" in client.get("/de/logged-out").text
    there = client.get("/de/logged-out/elsewhere").headers["location"]
    assert there.startswith(f"{idp.issuer}/session/end?")
    assert "id_token_hint=" in there
    assert client.get("/de/logged-out/elsewhere").headers["location"] == "/de/logged-out"
    assert client.get("/de/account").status_code == 303


def test_attacks_on_the_way_back(client: TestClient, idp) -> None:
    bind(client, idp)
    begun = client.get("/de/login/with/city?next=//evil.example/").headers["location"]
    answer = idp.visit(begun)
    step = client.cookies["allmende-step"]
    for wrong in (
        {**answer, "state": "x" * 43},
        {**answer, "iss": "https://evil.example"},
        {**answer, "code": "x" * 43},
        {"error": "access_denied", "error_description": "<script>", **answer},
        {},
    ):
        web.hold(client, **{"allmende-step": step})
        shown = client.get(f"/de/login/back/city?{urlencode(wrong)}")
        assert shown.status_code == 401, wrong
        assert "<script>" not in shown.text.partition("<main")[2]
        assert "allmende" not in client.cookies
    web.hold(client, **{"allmende-step": step})
    replayed = client.get(f"/de/login/back/city?{urlencode(answer)}")
    assert replayed.status_code == 401  # what was begun is over
    done = go(client, idp, next="//evil.example/")
    assert done.headers["location"] == "/de/account"
    kept = client.cookies["allmende"]
    web.hold(client, allmende="chosen-by-somebody-else")
    go(client, idp)
    assert client.cookies["allmende"] not in (kept, "chosen-by-somebody-else")


def test_a_provider_that_is_down_is_told_in_words(client: TestClient, idp) -> None:
    bind(client, idp)
    idp.stop()
    try:
        shown = client.get("/de/login/with/city")
        assert shown.status_code in (502, 503, 504)
        assert "gerade nicht nutzbar" in shown.text
        assert sign_in(client, ADA, WORD) == "/de/account"
    finally:
        idp.start()
