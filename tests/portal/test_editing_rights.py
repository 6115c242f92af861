# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Who reaches the forms of which records, and what a second person has to release."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

import pytest
from starlette.testclient import TestClient
from tests.portal import city
from tests.portal.importing import ORIGIN, form_of
from tests.support.platforms import run_scenario

from allmende.core import accounts, catalogue
from allmende.core.catalogue import Entry
from allmende.core.four_eyes import decide
from allmende.core.platform import Platform
from allmende.model.catalogue import Agent, Dataset, Distribution, ResourceKind
from allmende.policy import SYSTEM, Level, Role, Status
from allmende.web.app import Application
from allmende.web.rooms import rooms

PASSWORD = "Forms are for everybody 2041"
RECORDS = {
    f"{status}-{level}": (status, level)
    for status, level in product((Status.DRAFT, Status.PUBLISHED), Level)
}
PEOPLE: dict[str, tuple[str, Role]] = {
    "reader": ("jena", Role.READER),
    "contributor": ("jena", Role.CONTRIBUTOR),
    "steward": ("jena", Role.STEWARD),
    "second": ("jena", Role.STEWARD),
    "gatekeeper": ("jena", Role.GATEKEEPER),
    "stranger": ("gera", Role.STEWARD),
}
EDITS = {"contributor", "steward", "second"}  # of what they see
LICENCE = "http://dcat-ap.de/def/licenses/cc-by/4.0"


def entry(ident: str, status: Status, level: Level) -> Entry:
    """A complete dataset of Jena."""
    file = Distribution(access_url=["https://x.example/1"], license=LICENCE)
    return Entry(
        kind=ResourceKind.DATASET,
        id=ident,
        organisation="jena",
        status=status,
        metadata_access=level,
        data_access=level,
        legal_basis="§ 1",
        resource=Dataset(
            title={"de": f"Satz {ident}"},
            description={"de": "Text"},
            publisher=Agent(name={"de": "Amt"}),
            distribution=[file],
        ),
    )


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A city with people of every role and a dataset of every kind."""
    settings = city.settings(tmp_path_factory.mktemp("rights"))

    async def scenario(platform: Platform) -> None:
        for organisation in ("jena", "gera"):
            await accounts.save_organisation(platform, SYSTEM, organisation, {"de": organisation})
        for login, (organisation, role) in PEOPLE.items():
            roles = {organisation: frozenset({role})}
            await accounts.create_account(platform, SYSTEM, login, login, PASSWORD, roles)
        for ident, (status, level) in RECORDS.items():
            await catalogue.put(platform, SYSTEM, entry(ident, status, level))

    run_scenario(settings, scenario)
    app = Application(settings, rooms())
    with TestClient(
        app, base_url=city.BASE, follow_redirects=False, headers={"accept": "text/html"}
    ) as client:
        yield client


def sign_in(client: TestClient, who: str) -> None:
    """Another person sits down at the browser."""
    client.cookies.clear()
    if who != "nobody":
        given = {"login": who, "password": PASSWORD, "next": "/de/account"}
        assert client.post("/de/login", data=given, headers=ORIGIN).status_code == 303


def sees(who: str, status: Status, level: Level) -> bool:
    """docs/explanation/policy.md, for people of Jena."""
    if who in ("steward", "second", "gatekeeper"):
        return True
    if status == Status.DRAFT:
        return who == "contributor" and level != Level.RESTRICTED
    inside = who in ("contributor", "reader")
    return level == Level.OPEN or (level == Level.INTERNAL and inside)


@pytest.mark.parametrize("who", ["nobody", *PEOPLE])
def test_forms_open_for_those_who_may_write(house: TestClient, who: str) -> None:
    sign_in(house, who)
    for ident, (status, level) in RECORDS.items():
        open_to = who in EDITS and sees(who, status, level)
        hidden = not sees(who, status, level)
        for path in (ident, f"{ident}/files", f"{ident}/files/0"):
            answer = house.get(f"/de/edit/dataset/{path}")
            wanted = 200 if open_to else 303 if who == "nobody" else 404 if hidden else 403
            assert answer.status_code in ({wanted, 401} if who == "nobody" else {wanted}), path
            assert open_to or f"Satz {ident}" not in answer.text
        copy = house.get(f"/de/edit/dataset?from={ident}")
        assert (f"Satz {ident}" in copy.text) == (
            sees(who, status, level) and who in {*EDITS, "stranger"}
        ), ident


@pytest.mark.parametrize("who", ["nobody", *PEOPLE])
def test_the_table_holds_what_one_looks_after(house: TestClient, who: str) -> None:
    sign_in(house, who)
    answer = house.get("/de/my-data?sort=name")
    found = set(re.findall(r"Satz ([a-z]+-[a-z]+)<", answer.text))
    cares = who in {*EDITS, "gatekeeper"}
    assert found == {ident for ident, each in RECORDS.items() if cares and sees(who, *each)}
    ticks = {each for each in re.findall(r'name="pick\.dataset/([^@]+)@', answer.text)}
    assert ticks == (found if who in EDITS else set())


def send(client: TestClient, path: str, do: str, **changed: str) -> str:
    """Where a form leads, or what it says."""
    form = form_of(client.get(path).text, path)
    data = form | {name.replace("__", "."): text for name, text in changed.items()} | {"do": do}
    answer = client.post(path, data=data, headers=ORIGIN)
    if answer.status_code == 303:
        return str(answer.headers["location"])
    return f"{answer.status_code} {answer.text.partition('role=')[2][:400]}"


def test_a_contributor_proposes_and_a_steward_releases(house: TestClient) -> None:
    path = "/de/edit/dataset/published-open"
    sign_in(house, "contributor")
    assert 'value="save"' not in house.get(path).text
    assert send(house, path, "save", title__de="Direkt").startswith(f"{path}?saved=c")
    assert send(house, path, "copy", title__de="Vorschlag").startswith(f"{path}?saved=c")
    assert "Vorschlag" not in house.get("/datasets/published-open.ttl").text
    where = send(house, path, "submit")
    assert where.startswith("/de/releases/"), where
    sign_in(house, "steward")
    assert "Vorschlag" in house.get(path).text
    assert send(house, path, "release", description__de="Mit mehr Text") == (
        "/de/datasets/published-open"
    )
    turtle = house.get("/datasets/published-open.ttl").text
    assert "Vorschlag" in turtle
    assert "Mit mehr Text" in turtle


def test_where_four_eyes_are_asked_for_nobody_publishes_alone(house: TestClient) -> None:
    platform = house.app.state.platform  # type: ignore[attr-defined]
    house.portal.call(decide, platform, SYSTEM, "organisation", "jena", True)  # type: ignore[union-attr]
    try:
        sign_in(house, "steward")
        path = "/de/edit/dataset/draft-open"
        assert 'value="publish"' not in house.get(path).text
        assert send(house, path, "draft", title__de="Von mir").startswith(f"{path}?saved=")
        assert send(house, path, "publish").startswith("403")
        where = send(house, path, "submit", title__de="Vier Augen")
        assert where.startswith("/de/releases/"), where
        path = "/de/edit/dataset/published-internal"
        assert send(house, path, "copy", title__de="Anders").startswith(f"{path}?saved=c")
        assert "Anders" not in house.get("/datasets/published-internal.ttl").text
        assert send(house, path, "release").startswith("403")
    finally:
        house.portal.call(decide, platform, SYSTEM, "organisation", "jena", False)  # type: ignore[union-attr]


def test_a_working_copy_leads_to_its_form(house: TestClient) -> None:
    sign_in(house, "contributor")
    path = "/de/edit/dataset/published-open"
    where = send(house, path, "submit", title__de="Noch ein Vorschlag")
    assert f'href="{path}"' in house.get(where).text
    assert f'href="{where}"' in house.get(path).text
    assert f'href="{where}"' in house.get("/de/my-data").text


def test_a_file_of_a_working_copy_cannot_be_guessed(house: TestClient) -> None:
    sign_in(house, "contributor")
    path = "/de/edit/dataset/published-open/files"
    form = form_of(house.get(path).text, path)
    files = {"file": ("neu.csv", b"a;b\n1;2\n")}
    answer = house.post(path, data=form, files=files, headers=ORIGIN)
    assert answer.status_code == 303
    assert house.get("/files/published-open/neu.csv").status_code == 404
    assert "neu" not in house.get("/datasets/published-open.ttl").text
    shown = house.get(str(answer.headers["location"])).text
    name = re.search(r"/files/published-open/(neu-[0-9a-f]{12}\.csv)", shown)
    assert name
    assert house.get(f"/files/published-open/{name[1]}").status_code == 200


def test_who_releases_can_open_the_new_file_of_a_working_copy(house: TestClient) -> None:
    path = "/de/edit/dataset/published-open/files"
    sign_in(house, "contributor")
    files = {"file": ("pruefen.csv", b"a;b\n3;4\n")}
    answer = house.post(path, data=form_of(house.get(path).text, path), files=files, headers=ORIGIN)
    shown = house.get(str(answer.headers["location"])).text
    name = re.search(r"/files/published-open/(pruefen-[0-9a-f]{12}\.csv)", shown)
    assert name
    allowed = {"contributor", "steward", "second", "gatekeeper"}
    for who in ("nobody", *PEOPLE):
        sign_in(house, who)
        answer = house.get(name[0])
        assert answer.status_code == (200 if who in allowed else 404), who
        assert (answer.content == files["file"][1]) == (who in allowed), who
