# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The pages about accounts as a person uses them."""

import json
import re

from starlette.testclient import TestClient
from tests.accounts import web
from tests.accounts.web import (
    BASE,
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
from tests.support.authenticator import Device
from tests.support.postbox import postbox

from allmende.core import mail
from allmende.core.identity import levels
from allmende.core.settings import Settings
from allmende.store import now as moment

# --- a person ------------------------------------------------------------------------


def test_second_factor_from_setting_up_to_signing_in(client: TestClient) -> None:
    sign_in(client)
    before = client.cookies["allmende"]
    shown, codes = set_up_second(client)
    assert client.cookies["allmende"] != before
    assert 'src="data:image/svg+xml' in shown
    assert client.get("/de/account").status_code == 200
    client.cookies.clear()
    there = sign_in(client)
    assert there.startswith("/de/login/second?next=")
    assert "allmende" not in client.cookies
    assert client.get("/de/account").status_code == 303
    wrong = send(client, there, "/de/login/second", code="000000")
    assert (wrong.status_code, 'role="alert"' in wrong.text) == (400, True)
    used = send(client, there, "/de/login/second", code=web.code_for(shown), next="/de/people")
    assert used.status_code == 400  # that code was used for setting up
    done = send(client, there, "/de/login/second", code=codes[0], next="/de/people")
    assert (done.status_code, done.headers["location"]) == (303, "/de/people")
    assert "Wiederherstellungscode" in client.get("/de/account/security").text
    assert "allmende-step" not in client.cookies


def test_the_code_is_asked_of_the_browser_that_knew_the_password(
    client: TestClient, settings: Settings
) -> None:
    sign_in(client)
    _, codes = set_up_second(client)
    client.cookies.clear()
    there = sign_in(client)
    step = client.cookies["allmende-step"]
    mark = web.csrf_of(client.get(there).text)
    client.cookies.clear()
    assert client.get(there).headers["location"] == "/de/login"
    form = {"csrf": mark, "code": codes[0]}
    assert client.post("/de/login/second", data=form, headers=ORIGIN).status_code == 401
    web.hold(client, **{"allmende-step": step})
    form = {"csrf": "x", "code": codes[0]}
    assert client.post("/de/login/second", data=form, headers=ORIGIN).status_code == 401
    web.hold(client, allmende=step)  # a step is no session
    assert client.get("/de/account").status_code == 303


def test_a_passkey_is_added_used_and_removed(client: TestClient) -> None:
    page = "/de/account/security"
    sign_in(client)
    mark = web.csrf_of(client.get(page).text)
    asked = client.post(f"{page}/passkeys/options", data={"csrf": mark}, headers=ORIGIN)
    device = Device(BASE)
    made = send(
        client,
        page,
        f"{page}/passkeys",
        what="add",
        name="<b>Telefon</b>",
        credential=device.made(asked.json()),
    )
    assert made.status_code == 303, made.text
    shown = client.get(page).text
    assert "&lt;b&gt;Telefon" in shown
    client.cookies.clear()
    asked = client.post("/de/login/passkey/options", headers=ORIGIN)
    assert asked.headers["cache-control"] == "no-store"
    form = {"credential": device.signed(asked.json()), "next": "/de/account/security"}
    done = client.post("/de/login/passkey", data=form, headers=ORIGIN)
    assert done.headers["location"] == page
    assert "Passkey" in client.get(page).text
    again = client.post("/de/login/passkey", data=form, headers=ORIGIN)
    assert again.status_code == 401  # an answer is good once
    key = re.search(r'name="id" value="([0-9a-f]+)"', client.get(page).text)
    assert key
    send(client, page, f"{page}/passkeys", what="remove", id=key[1])
    assert "&lt;b&gt;Telefon" not in client.get(page).text


def test_sessions_are_listed_and_ended(client: TestClient, settings: Settings) -> None:
    sign_in(client)
    other = client.cookies["allmende"]
    client.cookies.clear()
    sign_in(client)
    page = "/de/account/security"
    shown = client.get(page).text
    assert shown.count("Firefox, Linux") >= 2
    assert FIREFOX not in shown
    send(client, page, f"{page}/sessions", what="others")
    mine = client.cookies["allmende"]
    web.hold(client, allmende=other)
    assert client.get("/de/account").status_code == 303
    web.hold(client, allmende=mine)
    assert client.get("/de/account").status_code == 200


def test_data_is_taken_along_and_deleted(client: TestClient) -> None:
    sign_in(client, "bob@jena.example")
    found = json.loads(client.get("/de/account/data.json").content)
    assert found["account"]["login"] == "bob@jena.example"
    assert send(client, "/de/account/data").status_code == 400
    gone = send(client, "/de/account/data", sure="1")
    assert gone.headers["location"] == "/de/logged-out"
    assert client.get("/de/account").status_code == 303
    form = {"login": "bob@jena.example", "password": WORD}
    assert client.post("/de/login", data=form, headers=ORIGIN).status_code == 401


def test_an_own_key_of_somebody_who_administers_nothing(client: TestClient) -> None:
    sign_in(client, "bob@jena.example")
    fields = {"name": "Skript", "organisation": "parks", "scope-catalogue:read": "1", "days": "30"}
    refused = send(
        client,
        "/de/account",
        "/de/account/tokens",
        role="steward",
        **fields | {"organisation": "jena"},
    )
    assert (refused.status_code, 'role="alert"' in refused.text) == (403, True)
    made = send(client, "/de/account", "/de/account/tokens", role="steward", **fields)
    key = re.search(r"alm_[0-9a-f]+", made.text)
    assert key
    client.cookies.clear()
    headers = {"authorization": f"Bearer {key[0]}"}
    assert client.get("/datasets", headers=headers).status_code in (200, 303)
    assert client.get("/de/people", headers=headers).status_code == 303


# --- fresh and strong ----------------------------------------------------------------


def age_sessions(client: TestClient, minutes: int) -> None:
    def older(db) -> None:
        db.run("update page_session set signed_in = :at", at=moment() - minutes * 60_000_000)

    client.portal.call(platform_of(client).store.write, older)


def test_sensitive_pages_ask_once_more(client: TestClient) -> None:
    sign_in(client)
    age_sessions(client, 16)
    for path in (*OWN[1:], *OTHERS):
        answer = client.get(f"/de{path}")
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/de/login/again?next=%2Fde%2F"), path
    assert client.get("/de/account").status_code == 200
    before = client.cookies["allmende"]
    there = client.get("/de/people").headers["location"]
    wrong = send(client, there, "/de/login/again", password="something else")
    assert wrong.status_code == 401
    done = send(client, there, "/de/login/again", password=WORD, next="/de/people")
    assert done.headers["location"] == "/de/people"
    assert client.cookies["allmende"] != before
    assert client.get("/de/people").status_code == 200
    web.hold(client, allmende=before)
    assert client.get("/de/account").status_code == 303  # the old key is dead


def test_a_form_may_come_somewhat_later_than_its_page(client: TestClient) -> None:
    sign_in(client)
    page = "/de/account/data"
    mark = web.csrf_of(client.get(page).text)
    age_sessions(client, 25)
    assert client.post(page, data={"csrf": mark}, headers=ORIGIN).status_code == 400
    age_sessions(client, 31)
    answer = client.post(page, data={"csrf": mark, "sure": "1"}, headers=ORIGIN)
    assert answer.headers["location"].startswith("/de/login/again")
    assert client.get("/de/account").status_code == 200


def test_a_higher_level_that_nobody_offers_is_explained(client: TestClient) -> None:
    sign_in(client)
    shown = client.get("/en/login/again?level=high&next=/en/account").text
    assert "level of assurance high" in shown
    assert 'name="password"' not in shown


def test_require_level_is_a_seam_for_services(client: TestClient) -> None:
    sign_in(client)
    platform = platform_of(client)
    token = client.cookies["allmende"]

    async def ask(level: levels.Assurance) -> str:
        from allmende.core.signin import authenticate_session

        subject = await authenticate_session(platform, token)
        try:
            return (await levels.require_level(platform, subject, token, level)).acr
        except levels.StepUp as more:
            return f"more: {more.level}"

    assert client.portal.call(ask, levels.Assurance.LOW) == "low"
    assert client.portal.call(ask, levels.Assurance.HIGH) == "more: high"


def test_a_city_may_ask_its_administrators_for_a_second_factor(tmp_path, cheap) -> None:
    made = web.city(tmp_path, extra={"identity": {"second_factor": "administrators"}})
    with web.browser(made) as client:
        sign_in(client)
        assert client.get("/de/people").headers["location"] == "/de/account/security?needed=1"
        set_up_second(client)
        assert client.get("/de/people").status_code == 200


# --- administrators ------------------------------------------------------------------


def test_an_invitation_by_mail_from_the_form_to_the_account(tmp_path, cheap) -> None:
    with postbox() as box:
        made = web.city(
            tmp_path,
            smtp_host="127.0.0.1",
            smtp_port=box.port,
            smtp_security="none",
            smtp_from="allmende@jena.example",
        )
        with web.browser(made) as client:
            sign_in(client)
            fields = {"email": "Neu@Jena.example", "organisation": "parks", "role": "contributor"}
            sent = send(client, "/de/people", "/de/people/invite", **fields)
            assert "ist unterwegs" in sent.text
            assert "code=" not in sent.text
            platform = platform_of(client)

            async def deliver() -> None:
                (row,) = await platform.store.read(lambda db: db.rows("select id from mail"))
                await mail.deliver(platform, {"mail": row[0]})

            client.portal.call(deliver)
            assert box.envelopes == [("allmende@jena.example", ["neu@jena.example"])]
            link = re.search(r"http://\S+code=\S+", box.text().replace("=\n", ""))
            assert link
            client.cookies.clear()
            path = link[0].removeprefix(BASE)
            shown = client.get(path)
            assert shown.headers["referrer-policy"] == "no-referrer"
            assert "neu@jena.example" in shown.text
            form = {"code": path.partition("code=")[2], "password": WORD, "name": "Neu"}
            assert client.post("/de/invitation", data=form, headers=ORIGIN).status_code == 400
            form["agree"] = "1"
            done = client.post("/de/invitation", data=form, headers=ORIGIN)
            assert done.headers["location"] == "/de/account"
            assert "Mitarbeit" in client.get("/de/account").text
            assert client.get(path).status_code == 404


def test_without_a_mail_server_the_link_is_shown_once(client: TestClient) -> None:
    sign_in(client)
    fields = {"email": "neu@jena.example", "organisation": "parks", "role": "reader"}
    made = send(client, "/de/people", "/de/people/invite", **fields)
    assert "/de/invitation?code=" in made.text
    shown = client.get("/de/people").text
    assert "/de/invitation?code=" not in shown
    ident = re.search(r'name="id" value="(i-[0-9a-f]+)"', shown)
    assert ident
    send(client, "/de/people", "/de/people/invitations", id=ident[1])
    assert "neu@jena.example" not in client.get("/de/people").text


def test_people_are_looked_after(client: TestClient) -> None:
    bob = ident_of(client, "bob@jena.example")
    sign_in(client)
    assert "Gerd" not in client.get("/de/people").text
    assert "Bob" in client.get("/de/people?q=BOB").text
    page = f"/de/people/{bob}"
    for what, fields, seen in (
        ("grant", {"organisation": "jena", "role": "reader"}, "Lesen: sieht"),
        ("withdraw", {"organisation": "jena", "role": "reader"}, ""),
        ("sessions", {}, ""),
        ("reset", {}, ""),
        ("disable", {}, "gesperrt"),
        ("enable", {}, ""),
    ):
        assert send(client, page, what=what, **fields).status_code == 303, what
        assert seen in client.get(page).text, what
    assert send(client, page, what="delete").status_code == 400
    assert send(client, page, what="delete", sure="1").headers["location"] == "/de/people"
    assert client.get(page).status_code == 404
    client.cookies.clear()
    sign_in(client, "root@jena.example")
    log = client.get("/en/people/log").text
    for deed in ("account deleted", "role given: reader", "account disabled"):
        assert deed in log
    assert "Ada" in log


def test_organisations_and_teams_have_pages(client: TestClient) -> None:
    sign_in(client)
    page = "/de/people/organisations"
    fields = {"id": "water", "name-de": "Wasser <script>", "parent": "jena"}
    assert send(client, page, **fields).headers["location"] == f"{page}/water"
    for wrong in (
        {"id": "water", "name-de": "x", "parent": "jena"},
        {"id": "No Id", "name-de": "x", "parent": "jena"},
        {"id": "third", "name-de": "x", "parent": "gera"},
        {"id": "third", "name-de": "x"},
    ):
        answer = send(client, page, **wrong)
        assert answer.status_code in (400, 403)
        assert 'role="alert"' in answer.text
    assert send(client, f"{page}/parks", what="team", name="Baumpflege", role="contributor")
    shown = client.get(f"{page}/parks").text
    team = re.search(r'name="team" value="(g-[0-9a-f]+)"', shown)
    assert team
    assert "Baumpflege" in shown
    bob = ident_of(client, "bob@jena.example")
    for what in ("join", "leave"):
        fields = {"what": what, "team": team[1], "account": bob}
        assert send(client, f"{page}/parks", **fields).status_code == 303
    assert send(client, f"{page}/parks", what="team-remove", team=team[1]).status_code == 303
    assert "Baumpflege" not in client.get(f"{page}/parks").text
    assert "<script>" not in client.get(page).text.replace('<script type="module"', "")
    assert client.get(f"{page}/gera").status_code == 404


def test_the_log_tells_roles_organisations_and_teams_by_their_names(client: TestClient) -> None:
    sign_in(client)
    page = "/de/people/organisations/parks"
    send(client, page, what="team", name="Baumpflege", role="contributor")
    found = client.get("/de/people/log").text
    for said in ("Team mit Rolle: Mitarbeit", ">Baumpflege<", ">Parks<", ">Plattform<"):
        assert said in found
    assert "Rolle gegeben: Datenverantwortung" in found
