# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The pages about accounts as an attacker uses them."""

import pytest
from msgspec.structs import replace
from starlette.testclient import TestClient
from tests.accounts import web
from tests.accounts.web import (
    FIREFOX,
    ORIGIN,
    OTHERS,
    OWN,
    WORD,
    ident_of,
    platform_of,
    send,
    set_up_second,
    sign_in,
)

from allmende.policy import Role
from allmende.portal.agents import kind_of
from allmende.portal.routes import FORMS
from allmende.store import accounts as stored

MINE = ("/login", "/logout", "/account", "/people", "/invitation")


def test_every_form_wants_its_mark_and_our_own_page(client: TestClient) -> None:
    sign_in(client)
    bob = ident_of(client, "bob@jena.example")
    tried = 0
    for path, _ in FORMS:
        if not path.startswith(MINE) or path in (
            "/login",
            "/login/passkey",
            "/login/passkey/options",
        ):
            continue
        address = f"/de{path.replace('{id}', bob)}"
        expected = 401 if path == "/login/second" else 403
        for form in ({}, {"csrf": ""}, {"csrf": "x" * 43}):
            answer = client.post(address, data=form, headers=ORIGIN)
            assert answer.status_code == expected, (path, answer.status_code)
        tried += 1
    assert tried >= 18
    evil = {"origin": "https://evil.example"}
    for path, _ in FORMS:
        if path.startswith(MINE):
            address = f"/de{path.replace('{id}', bob)}"
            assert client.post(address, headers=evil).status_code == 403, path
            crossing = {**ORIGIN, "sec-fetch-site": "cross-site"}
            assert client.post(address, headers=crossing).status_code == 403, path
    assert client.get("/de/account").status_code == 200


def test_who_may_see_which_page(client: TestClient) -> None:
    bob = f"/people/{ident_of(client, 'bob@jena.example')}"
    for path in (*OWN, *OTHERS, bob):
        answer = client.get(f"/de{path}")
        assert answer.headers.get("location", "").startswith("/de/login?next="), path
    for login, allowed in (
        ("root@jena.example", (*OWN, *OTHERS, bob)),
        ("ada@jena.example", (*OWN, *OTHERS, bob)),
        ("gerd@gera.example", (*OWN, *OTHERS[:3])),
        ("bob@jena.example", (*OWN, "/people/log")),
    ):
        client.cookies.clear()
        sign_in(client, login)
        for path in (*OWN, *OTHERS, bob):
            status = client.get(f"/de{path}").status_code
            assert (status == 200) is (path in allowed), (login, path, status)
            assert status in (200, 403, 404)


def test_nobody_acts_on_people_of_others(client: TestClient) -> None:
    bob, root = (ident_of(client, login) for login in ("bob@jena.example", "root@jena.example"))
    sign_in(client, "gerd@gera.example")
    mark = web.csrf_of(client.get("/de/people").text)
    for ident in (bob, root, "u-unknown"):
        for what in ("grant", "disable", "reset", "sessions", "delete"):
            form = {
                "csrf": mark,
                "what": what,
                "sure": "1",
                "organisation": "gera",
                "role": "administrator",
            }
            answer = client.post(f"/de/people/{ident}", data=form, headers=ORIGIN)
            assert answer.status_code in (403, 404), (what, answer.status_code)
    form = {"csrf": mark, "email": "x@y.example", "organisation": "*", "role": "administrator"}
    assert client.post("/de/people/invite", data=form, headers=ORIGIN).status_code == 403
    found = client.portal.call(platform_of(client).store.read, stored.account, bob)
    assert (found.active, found.roles) == (True, {"parks": {Role.STEWARD}})


ELSEWHERE = (
    "https://evil.example/",
    "//evil.example/",
    "/de//evil.example",
    "/de/\\evil.example",
    "/\\evil.example",
    "javascript:alert(1)",
    "/fr/account",
    "",
    "/de",
)


def test_nobody_is_sent_to_another_site(client: TestClient) -> None:
    for then in ELSEWHERE:
        form = {"login": "ada@jena.example", "password": WORD, "next": then}
        answer = client.post("/de/login", data=form, headers=ORIGIN)
        assert answer.headers["location"] == "/de/account", then
        mark = web.csrf_of(client.get("/de/account").text)
        form = {"csrf": mark, "password": WORD, "next": then}
        answer = client.post("/de/login/again", data=form, headers=ORIGIN)
        assert answer.headers["location"] == "/de/account", then


def test_cookies_say_what_browsers_may_do(tmp_path, cheap) -> None:
    made = web.city(tmp_path)
    secure = replace(made, base_url="https://daten.example.de")
    with web.browser(secure) as client:
        form = {"login": "ada@jena.example", "password": WORD}
        headers = {"origin": "https://daten.example.de"}
        answer = client.post("/de/login", data=form, headers=headers)
        asked = client.post("/de/login/passkey/options", headers=headers)
    for cookie, name in ((answer, "__Host-allmende="), (asked, "__Host-allmende-step=")):
        said = cookie.headers["set-cookie"]
        assert said.startswith(name)
        for flag in ("Secure", "HttpOnly", "SameSite=lax", "Path=/"):
            assert flag in said
        assert "Domain" not in said


def test_a_session_cannot_be_fixed(client: TestClient) -> None:
    web.hold(client, allmende="chosen-by-somebody-else")
    sign_in(client)
    assert client.cookies["allmende"] != "chosen-by-somebody-else"
    first = client.cookies["allmende"]
    sign_in(client)
    assert client.cookies["allmende"] != first
    web.hold(client, allmende=first)
    assert client.get("/de/account").status_code == 303


def test_signing_in_tells_nothing_of_accounts(client: TestClient) -> None:
    sign_in(client)
    set_up_second(client)
    client.cookies.clear()
    answers = set()
    for login in ("ada@jena.example", "bob@jena.example", "nobody@jena.example"):
        form = {"login": login, "password": "something else"}
        answer = client.post("/de/login", data=form, headers=ORIGIN)
        headers = {name for name in answer.headers if name != "x-request-id"}
        text = answer.text.replace(login, "")
        answers.add((answer.status_code, text, tuple(sorted(headers))))
    assert len(answers) == 1


def test_unknown_buttons_and_roles_are_refused(client: TestClient) -> None:
    bob = ident_of(client, "bob@jena.example")
    sign_in(client)
    assert send(client, "/de/account/security", "/de/account/security/factor").status_code == 400
    assert send(client, f"/de/people/{bob}", what="explode").status_code == 400
    fields = {"what": "grant", "organisation": "jena", "role": "emperor"}
    assert send(client, f"/de/people/{bob}", **fields).status_code == 400
    for page in ("/de/login/with/nowhere", "/de/login/back/nowhere?code=x&state=y"):
        assert client.get(page).status_code in (401, 404)
    assert client.get("/de/people/log?before=" + "9" * 30).status_code == 200


@pytest.mark.parametrize(
    ("agent", "kind"),
    [
        (FIREFOX, "Firefox, Linux"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1",
            "Safari, iPhone",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge, Windows"),
        ("<script>", ""),
    ],
)
def test_of_a_browser_only_its_kind_is_kept(agent: str, kind: str) -> None:
    assert kind_of(agent) == kind
