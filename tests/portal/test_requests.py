# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The pages on which data are asked for and licences decided, as their people use them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient
from tests.portal.test_pages import read
from tests.support.platforms import run_scenario, settings_for

from allmende.core import accounts, catalogue, files, licences
from allmende.core.catalogue import Entry
from allmende.core.platform import Platform
from allmende.model.catalogue import Agent, Dataset, Distribution, ResourceKind
from allmende.policy import SYSTEM, Level, Role
from allmende.store.licences import Owner
from allmende.web.app import Application
from allmende.web.rooms import rooms

BASE = "http://127.0.0.1:8000"
GOOD = "Lampe Fluss Kiesel 7"
PURPOSE = "<script>alert(1)</script> How warm do the cellars of the old town get in summer?"
WHY = "The tariffs of the operator are still being negotiated."
CLOSED = {"data_access": Level.RESTRICTED, "legal_basis": "§ 1"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A browser before a town with a closed dataset, two stewards, and somebody from outside."""
    settings = settings_for(
        "sqlite",
        tmp_path_factory.mktemp("town"),
        base_url=BASE,
        access_log=False,
        jobs=False,
        signins_per_minute=1_000,
    )
    run_scenario(settings, _fill)
    app = Application(settings, rooms())
    with TestClient(
        app, base_url=BASE, follow_redirects=False, headers={"accept": "text/html"}
    ) as made:
        yield made


async def _fill(platform: Platform) -> None:
    for ident, title in (("works", "Stadtwerke"), ("citizens", "Bürger")):
        await accounts.save_organisation(platform, SYSTEM, ident, {"de": title})
    for name, roles in (
        ("one", {"works": frozenset({Role.STEWARD})}),
        ("two", {"works": frozenset({Role.GATEKEEPER})}),
        ("guest", {"citizens": frozenset({Role.CITIZEN})}),
    ):
        login = f"{name}@example.org"
        await accounts.create_account(platform, SYSTEM, login, name.title(), GOOD, roles)
    said = Owner("works", "municipal-company", "dng", {"de": "", "en": ""})
    await licences.save_owner(platform, SYSTEM, said)
    await _put(platform, "cellars", CLOSED)
    await _put(platform, "grid", {})
    await files.store(platform, SYSTEM, "cellars", "rows.csv", b"secret\n", "text/csv")


async def _put(platform: Platform, ident: str, changes: dict[str, object]) -> None:
    resource = Dataset(
        title={"de": f"Daten {ident}", "en": f"Data {ident}"},
        publisher=Agent(name={"de": "Stadtwerke"}),
        distribution=[Distribution(access_url=[f"{BASE}/files/{ident}/rows.csv"])],
    )
    entry = Entry(
        kind=ResourceKind.DATASET, id=ident, organisation="works", resource=resource, **changes
    )
    await catalogue.put(platform, SYSTEM, entry)


def enter(client: TestClient, name: str) -> None:
    """Signs in as somebody else."""
    client.cookies.clear()
    form = {"login": f"{name}@example.org", "password": GOOD, "next": "/de/account"}
    assert client.post("/de/login", data=form, headers={"origin": BASE}).status_code == 303


def send(client: TestClient, page: str, path: str = "", **values: str) -> str:
    """Sends a form of a page; where it leads to, or the page with what was wrong."""
    shown = client.get(page)
    found = re.search(r'name="csrf" value="([^"]+)"', shown.text)
    assert shown.status_code == 200
    assert found, shown.text
    answer = client.post(path or page, data={"csrf": found[1], **values}, headers={"origin": BASE})
    if answer.status_code == 303:
        return answer.headers["location"]
    assert not read(answer.text).faults
    return answer.text


def get(client: TestClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    assert not read(answer.text).faults, path
    return answer.text


def page_of_cellars(client: TestClient, *, offered: bool) -> str:
    """The page of the closed dataset, which offers its file only to who may read it."""
    text = get(client, "/en/datasets/cellars")
    assert (f'href="{BASE}/files/cellars/rows.csv"' in text) == offered
    assert ("on request only" in text) != offered
    return text


def test_data_are_asked_for_granted_read_and_closed_again(client: TestClient) -> None:
    client.cookies.clear()
    assert "/en/datasets/cellars/request" in page_of_cellars(client, offered=False)
    assert "Please sign in first" in get(client, "/en/datasets/cellars/request")
    assert client.get("/files/cellars/rows.csv").status_code == 404
    enter(client, "guest")
    form = "/en/datasets/cellars/request"
    wrong = send(client, form, kind="research", purpose="no", months="6")
    assert "20 to 4000 characters" in wrong
    mine = send(client, form, kind="research", purpose=PURPOSE, months="6")
    shown = get(client, mine)
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert" in shown
    assert "Your request for these data waits" in get(client, "/en/datasets/cellars")
    assert client.get("/en/requests/queue").status_code == 403

    enter(client, "two")
    assert mine in get(client, "/en/requests/queue")
    assert "guest@example.org" in get(client, mine)
    assert "(1)" in get(client, "/en/account")
    assert "1 to 4000" in send(client, mine, act="refuse", words="")
    assert send(client, mine, act="ask-back", words="Which summers?") == mine

    enter(client, "guest")
    assert "Which summers?" in get(client, mine)
    assert send(client, mine, act="answer", words="All of them.") == mine
    assert client.get("/files/cellars/rows.csv").status_code == 404

    enter(client, "two")
    assert send(client, mine, act="grant", months="3", words="Delete them after.") == mine

    enter(client, "guest")
    assert client.get("/files/cellars/rows.csv").text == "secret\n"
    assert "These data are open to you until" in page_of_cellars(client, offered=True)
    assert "Delete them after." in get(client, mine)
    assert "granted" in get(client, "/en/requests/mine")
    found = re.search(r"alm_\w+", send(client, mine, f"{mine}/key"))
    assert found
    program = {"authorization": f"Bearer {found[0]}", "cookie": ""}
    assert client.get("/files/cellars/rows.csv", headers=program).text == "secret\n"

    enter(client, "two")
    assert send(client, mine, act="revoke", words="It is over.") == mine
    enter(client, "guest")
    assert client.get("/files/cellars/rows.csv").status_code == 404
    assert client.get("/files/cellars/rows.csv", headers=program).status_code == 404
    client.cookies.clear()
    numbers = get(client, "/de/requests")
    assert "Stadtwerke" in numbers
    assert "guest" not in numbers


def test_forms_without_their_mark_and_strangers_do_nothing(client: TestClient) -> None:
    enter(client, "one")
    form = "/en/datasets/cellars/request"
    sent = {"kind": "research", "purpose": PURPOSE, "months": "6"}
    assert client.post(form, data=sent, headers={"origin": BASE}).status_code == 403
    assert (
        client.post(form, data=sent, headers={"origin": "http://evil.example"}).status_code == 403
    )
    assert "You can read these data" in get(client, form)
    assert client.get("/en/requests/a-0000000000000000").status_code == 404
    assert client.get("/en/datasets/none/request").status_code == 404
    client.cookies.clear()
    for path in ("/en/requests/mine", "/en/requests/queue", "/en/requests/a-1"):
        assert client.get(path).status_code in (303, 401), path


def test_a_reservation_goes_through_the_pages(client: TestClient) -> None:
    enter(client, "one")
    choose = "/en/licences/choose?dataset=grid"
    assert ">does not fit<" in get(client, choose)
    assert send(client, choose, "/en/licences/choose", dataset="grid", act="apply")
    assert ">does not fit<" not in get(client, choose)
    form = "/en/licences/reservations/new?dataset=grid"
    new = "/en/licences/reservations/new"
    given = {"dataset": "grid", "ground": "utility", "months": "6"}
    assert "20 to 4000" in send(client, form, new, reason="no", **given)
    assert send(client, form, new, reason=WHY, **given) == "/en/licences/reservations"
    found = re.search(
        r"/en/licences/reservations/(v-\w+)", get(client, "/en/licences/reservations")
    )
    assert found
    client.cookies.clear()
    assert WHY not in get(client, "/en/licences/reservations")
    enter(client, "two")
    page = "/en/licences/reservations"
    assert not re.search(r"· u-[0-9a-f]{8}", get(client, page))
    assert send(client, page, found[0], act="approve", decision=WHY) == page
    client.cookies.clear()
    public = get(client, page)
    assert WHY in public
    assert "One" not in public
    assert "Another closed licence" in get(client, "/en/datasets/grid")
    enter(client, "one")
    assert send(client, page, found[0], act="end") == page
    assert "dl-de/by-2-0" in get(client, "/en/datasets/grid")


def test_what_holds_for_an_organisation_is_said_by_its_stewards(client: TestClient) -> None:
    choose = "/de/licences/choose?dataset=grid"
    client.cookies.clear()
    assert 'name="named-de"' not in get(client, choose)
    enter(client, "one")
    said = {"dataset": "grid", "act": "owner", "attribution": "1", "named-de": "Werke <Jena>"}
    assert send(
        client, choose, "/de/licences/choose", owner="municipal-company", regime="dng", **said
    )
    assert "Werke &lt;Jena&gt;" in get(client, choose)
    wrong = send(client, choose, "/de/licences/choose", owner="duke", regime="dng", **said)
    assert "keine Art von Inhaber" in wrong


def test_licences_are_explained(client: TestClient) -> None:
    client.cookies.clear()
    page = get(client, "/de/licences/dl-by-de/2.0?dataset=grid")
    assert "Datenquelle: " in page
    assert f"{BASE}/datasets/grid" in page
    assert "Darf ich damit Geld verdienen?" in page
    assert "neuere Fassung" in get(client, "/de/licences/eu/CC_BY_3_0")
    assert "each ask for their own licence" in get(client, "/en/licences?mix=odbl&mix=cc-by-sa/4.0")
    assert "CC BY 4.0" in get(client, "/en/licences?mix=cc-by/4.0&mix=%3Cscript%3E")
    for path in ("/de/licences/none", "/de/licences/eu/NONE", "/en/licences/%3Cscript%3E"):
        assert client.get(path).status_code == 404, path
    assert client.get("/en/licences/cc-by/4.0?dataset=none").status_code == 404
    assert client.get("/en/licences/choose?owner=x&level=%00").status_code == 400
