# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""History, undo, release and archive as people use them, without any script."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.portal import city
from tests.portal.test_pages import VOID, read
from tests.support.platforms import run_scenario

from allmende.core import accounts, catalogue
from allmende.core.catalogue import Entry
from allmende.core.platform import Platform
from allmende.core.settings import Settings
from allmende.core.signin import LOCAL_ACR, new_session, open_session
from allmende.model.catalogue import (
    Catalog,
    DataService,
    Dataset,
    DatasetSeries,
    Distribution,
    Location,
)
from allmende.model.catalogue import ResourceKind as Kind
from allmende.policy import SYSTEM, Role, Status
from allmende.portal.past import marked
from allmende.web.app import Application
from allmende.web.rooms import rooms

PEOPLE = {
    "grace": Role.CONTRIBUTOR,
    "stella": Role.STEWARD,
    "gustav": Role.GATEKEEPER,
    "anna": Role.ADMINISTRATOR,
}


def trees(title: str, **changes: Any) -> Entry:
    files = [Distribution(title={"de": "Tabelle"}, access_url=["https://a.example/1"])]
    made = Entry(
        kind=Kind.DATASET,
        id="trees",
        organisation="jena",
        catalogue="city",
        resource=Dataset(
            title={"de": title},
            description={"de": f"Alle {title} der Stadt <b>Jena</b>"},
            keyword={"de": ["Baum", title]},
            distribution=files,
            spatial=[Location(bbox=["POLYGON((11.5 50.8,11.7 50.8,11.7 51,11.5 51,11.5 50.8))"])],
        ),
    )
    for name, value in changes.items():
        setattr(made, name, value)
    return made


async def _fill(platform: Platform) -> dict[str, str]:
    await accounts.save_organisation(platform, SYSTEM, "jena", {"de": "Stadt Jena"})
    idents = {}
    for login, role in PEOPLE.items():
        roles = {"jena": frozenset({role})}
        person = await accounts.create_account(
            platform, SYSTEM, login, f"{login.title()} Muster", "", roles
        )
        idents[login] = person.id
    for kind, resource, ident in (
        (Kind.CATALOG, Catalog(title={"de": "Stadt"}), "city"),
        (Kind.SERVICE, DataService(title={"de": "WFS"}), "wfs"),
        (Kind.SERIES, DatasetSeries(title={"de": "Jahre"}), "years"),
    ):
        entry = Entry(kind=kind, resource=resource, organisation="jena", id=ident)
        await catalogue.put(platform, SYSTEM, entry)
    for title, status in (("Bäume", "published"), ("Gehölze", "draft"), ("Stämme", "published")):
        entry = trees(title, status=Status(status), reason=f"Grund {title}")
        await catalogue.put(platform, SYSTEM, entry)
    return idents


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A small city on the disk and the secrets of a session of each person."""
    folder = tmp_path_factory.mktemp("past")
    return folder, prepared(folder)


def prepared(folder: Path) -> dict[str, str]:
    """Builds the city; the secrets."""
    keys: dict[str, str] = {}

    async def scenario(platform: Platform) -> None:
        for login, ident in (await _fill(platform)).items():
            wanted = new_session(platform.settings, ident, LOCAL_ACR)
            keys[login] = (await platform.store.write(open_session, wanted, None)).token

    run_scenario(_settings(folder), scenario)
    return keys


def _settings(folder: Path) -> Settings:
    return Settings(
        data=folder / "data",
        base_url=city.BASE,
        access_log=False,
        jobs=False,
        smtp_host="localhost",
        smtp_from="daten@example.org",
    )


class Browser(TestClient):
    """A browser that can be somebody's."""

    keys: dict[str, str]


@pytest.fixture
def browser(built: tuple[Path, dict[str, str]], tmp_path: Path) -> Iterator[Browser]:
    """A browser without a session before a city of its own."""
    shutil.copytree(built[0], tmp_path, dirs_exist_ok=True)
    app = Application(_settings(tmp_path), rooms())
    with Browser(
        app, base_url=city.BASE, follow_redirects=False, headers={"accept": "text/html"}
    ) as made:
        made.keys = built[1]
        yield made


def sign_in(browser: Browser, login: str) -> None:
    browser.cookies.clear()
    browser.cookies.set(Settings().session_cookie, browser.keys[login])


def page(browser: Browser, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:500]}"
    assert read(answer.text).faults == []
    assert not set(read(answer.text).open) - VOID
    return answer.text


def send(browser: Browser, html: str, begin: str, **values: str) -> Any:
    """Sends the form whose button or hidden field has this text, with its hidden fields."""
    forms = re.findall(r'<form method="post" action="([^"]+)">(.*?)</form>', html, re.S)
    action, inside = next(each for each in forms if begin in each[1])
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', inside)
    data = {**dict(found), **values}
    return browser.post(action, data=data, headers={"origin": city.BASE})


def test_the_history_of_every_kind_has_a_page(browser: Browser) -> None:
    for part, ident in (("catalogues", "city"), ("dataservices", "wfs"), ("series", "years")):
        assert f'href="/de/{part}/{ident}/history"' in page(browser, f"/de/{part}/{ident}")
        html = page(browser, f"/en/{part}/{ident}/history")
        assert "Revision 1" in html
        assert "created" in html
        assert "Stadt" in page(browser, f"/en/{part}/{ident}/history/1") or part != "catalogues"


def test_outsiders_find_no_hidden_revision_and_no_name(browser: Browser) -> None:
    html = page(browser, "/de/datasets/trees/history")
    assert "Fassung 3" in html
    assert "Fassung 2" not in html
    assert "Gehölze" not in html
    assert "die Plattform" not in html
    assert "Grund Stämme" in html
    for path in ("history/2", "history/1...2", "history/2...3", "history/9"):
        assert browser.get(f"/de/datasets/trees/{path}").status_code == 404
    sign_in(browser, "gustav")
    html = page(browser, "/de/datasets/trees/history")
    assert "Fassung 2" in html
    assert "die Plattform" in html


def test_differences_are_told_in_the_language_of_the_reader(browser: Browser) -> None:
    html = page(browser, "/de/datasets/trees/history/1...3")
    assert "<del>Bäume</del>" in html
    assert "<ins>Stämme</ins>" in html
    assert "&lt;b&gt;Jena" in html
    assert "Schlagwort" in html
    assert "restore" not in html
    english = page(browser, "/en/datasets/trees/history/1...3")
    assert "Keyword" in english
    assert "(German)" in english
    chosen = browser.get("/de/datasets/trees/history?from=3&to=1")
    assert chosen.headers["location"] == "/de/datasets/trees/history/1...3"


def test_an_area_is_told_by_its_sides(browser: Browser) -> None:
    html = page(browser, "/de/datasets/trees/history/3")
    assert "POLYGON" not in html
    assert "11,5°\N{NO-BREAK SPACE}O" in html


def test_a_day_of_the_past(browser: Browser) -> None:
    html = page(browser, "/de/datasets/trees?as-of=2099-01-01")
    assert "aktuelle Stand" in html
    assert browser.get("/de/datasets/trees?as-of=1999-01-01").status_code == 404
    assert browser.get("/de/datasets/trees?as-of=gestern").status_code == 400


def test_a_steward_undoes_with_a_reason(browser: Browser) -> None:
    sign_in(browser, "stella")
    html = page(browser, "/de/datasets/trees/history/1...3")
    answer = send(browser, html, "wiederherstellen", reason="Besser so")
    assert answer.headers["location"] == "/de/datasets/trees/history"
    html = page(browser, "/de/datasets/trees/history")
    assert "Besser so" in html
    assert "Stella Muster" in html
    assert "Bäume" in page(browser, "/de/datasets/trees")
    stale = browser.post(
        "/de/datasets/trees/history/3/restore",
        data={"csrf": _csrf(html or "", browser), "revision": "3"},
        headers={"origin": city.BASE},
    )
    assert stale.status_code == 412
    assert "inzwischen geändert" in stale.text


def _csrf(html: str, browser: Browser) -> str:
    text = browser.get("/de/releases").text
    found = re.search(r'name="csrf" value="([^"]+)"', text)
    assert found, html
    return found[1]


def test_contributors_submit_and_others_release(browser: Browser) -> None:
    sign_in(browser, "gustav")
    html = page(browser, "/de/releases")
    assert send(browser, html, "letters").status_code == 303
    assert "Keine E-Mails mehr" in page(browser, "/de/releases")
    sign_in(browser, "grace")
    html = page(browser, "/de/datasets/trees/history/1...3")
    answer = send(browser, html, "wiederherstellen", reason="Alter Titel")
    address = answer.headers["location"]
    assert address.startswith("/de/releases/w-")
    html = page(browser, address)
    assert "Freigeben</button>" not in html
    assert send(browser, html, 'value="submit"').status_code == 303
    sign_in(browser, "gustav")
    assert "Alter Titel" in page(browser, "/de/releases")
    html = page(browser, address)
    assert "Grace Muster" in html
    empty = send(browser, html, 'value="return"', comment=" ")
    assert empty.status_code == 400
    assert send(browser, html, 'value="return"', comment="Bitte kürzer").status_code == 303
    sign_in(browser, "grace")
    html = page(browser, address)
    assert "Bitte kürzer" in html
    assert send(browser, html, 'value="submit"').status_code == 303
    sign_in(browser, "gustav")
    html = page(browser, address)
    assert (
        send(browser, html, 'value="release"').headers["location"] == "/de/releases?done=released"
    )
    html = page(browser, "/de/datasets/trees/history")
    assert "Freigabe: Gustav Muster" in html
    assert browser.get(address).status_code == 404


def test_two_people_are_asked_for_where_the_administrator_says_so(browser: Browser) -> None:
    sign_in(browser, "stella")
    assert browser.get("/de/releases/rules").status_code == 403
    sign_in(browser, "anna")
    html = page(browser, "/de/releases/rules")
    assert "Alle Organisationen" not in html
    assert send(browser, html, 'value="city"').status_code == 303
    assert "zwei Personen nötig" in page(browser, "/de/releases/rules")
    sign_in(browser, "stella")
    html = page(browser, "/de/datasets/trees/history/1...3")
    address = send(browser, html, "wiederherstellen").headers["location"]
    html = page(browser, address)
    assert "Vier-Augen-Prinzip" in html
    assert 'value="release"' not in html
    send(browser, html, 'value="submit"')
    html = page(browser, address)
    assert 'value="return"' not in html  # there is nobody else to give it back to
    version = re.search(r'name="version" value="(\d+)"', html)
    assert version
    forced = browser.post(
        address,
        data={"csrf": _csrf("", browser), "do": "release", "version": version[1]},
        headers={"origin": city.BASE},
    )
    assert forced.status_code == 403
    assert "zweite Person" in forced.text
    sign_in(browser, "anna")
    html = page(browser, address)
    assert 'value="return"' in html
    assert send(browser, html, 'value="release"').status_code == 303


def test_archive_tombstone_and_back(browser: Browser) -> None:
    assert browser.get("/de/datasets/trees/status").status_code == 303
    sign_in(browser, "grace")
    assert browser.get("/de/datasets/trees/status").status_code == 403
    sign_in(browser, "stella")
    html = page(browser, "/de/datasets/trees/status?to=archive")
    assert send(browser, html, "archive", reason="").status_code == 400
    values = {"reason": "Ersetzt", "replaced-by": "https://neu.example/x"}
    assert send(browser, html, "archive", **values).status_code == 303
    browser.cookies.clear()
    gone = browser.get("/de/datasets/trees")
    assert gone.status_code == 410
    assert read(gone.text).faults == []
    for text in ("Stadt Jena", "Ersetzt", "https://neu.example/x", "Stämme"):
        assert text in gone.text
    assert "Stella" not in gone.text
    assert browser.get("/de/datasets/trees/history").status_code == 404
    sign_in(browser, "stella")
    assert browser.get("/de/datasets/trees/erase").status_code == 403
    html = page(browser, "/de/datasets/trees/status?to=unarchive")
    assert send(browser, html, "unarchive").status_code == 303
    html = page(browser, "/de/datasets/trees/status?to=publish")
    assert send(browser, html, "publish").status_code == 303
    browser.cookies.clear()
    assert browser.get("/de/datasets/trees").status_code == 200


def test_only_administrators_erase_for_good(browser: Browser) -> None:
    sign_in(browser, "anna")
    html = page(browser, "/de/datasets/trees/status?to=archive")
    send(browser, html, "archive", reason="Weg damit")
    html = page(browser, "/de/datasets/trees/erase")
    assert send(browser, html, "erase", reason="").status_code == 400
    assert send(browser, html, "erase", reason="Gericht").headers["location"] == "/de/datasets"
    browser.cookies.clear()
    gone = browser.get("/de/datasets/trees")
    assert gone.status_code == 410
    assert "endgültig gelöscht" in gone.text
    assert "Stämme" not in gone.text
    assert 'href="/de/datasets/trees"' not in browser.get("/de/datasets?q=Stämme").text


def test_words_that_differ_are_marked() -> None:
    gone, new = marked("Alle Bäume der Stadt", "Alle alten Bäume")
    assert "".join(text for _, text in gone) == "Alle Bäume der Stadt"
    assert "".join(text for _, text in new) == "Alle alten Bäume"
    assert [text for mark, text in new if mark == "new"] == ["alten "]
    assert [text for mark, text in gone if mark == "gone"] == ["der Stadt"]
    long = "Wort " * 3_000
    assert marked(long, "kurz") == ([("gone", long)], [("new", "kurz")])
    same = marked("a " * 1_900, "a b " * 900)  # nothing but repetitions stays cheap
    assert "".join(text for _, text in same[1]) == "a b " * 900
