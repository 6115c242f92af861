# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The forms of records as a browser without scripts sends them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import replace
from starlette.testclient import TestClient
from tests.core.test_scanning import TEST_VIRUS, clamd, tcp
from tests.portal.importing import ORIGIN, at_work, form_of, messy_csv

LICENCE = "http://dcat-ap.de/def/licenses/dl-zero-de/2.0"
CHANGE = "/de/my-data/change"
ENVIRONMENT = "http://publications.europa.eu/resource/authority/data-theme/ENVI"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A steward at work in a city of their own."""
    with at_work(tmp_path_factory.mktemp("editing")) as made:
        yield made


def send(client: TestClient, path: str, do: str, **changed: str) -> Any:
    """The answer to a form of a page with some fields changed (`__` stands for a dot)."""
    answer = client.get(path)
    assert answer.status_code == 200, answer.text[:500]
    data = form_of(answer.text, path.partition("?")[0])
    data |= {name.replace("__", "."): value for name, value in changed.items()}
    return client.post(path, data={**data, "do": do}, headers=ORIGIN)


def made(client: TestClient, title: str, **more: str) -> str:
    """The id of a new draft."""
    answer = send(client, "/de/edit/dataset", "draft", title__de=title, **more)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"]).split("/")[4]


def alerts(html: str) -> str:
    """What the box of errors says."""
    told = html.partition('role="alert"')[2].partition("</div>")[0]
    beside = html.partition('class="edit-findings"')[2].partition("</ul>")[0]
    return re.sub(r"<[^>]+>", " ", told + beside)


def test_a_dataset_from_nothing_to_published(client: TestClient) -> None:
    ident = made(client, "Brunnen der Probe", description__de="Alle Brunnen im Stadtgebiet.")
    files = f"/de/edit/dataset/{ident}/files"
    csrf = form_of(client.get(files).text, files)
    answer = client.post(
        files, data=csrf, files={"file": ("Brunnen.dat", messy_csv())}, headers=ORIGIN
    )
    assert answer.status_code == 303, alerts(answer.text)
    file = str(answer.headers["location"])
    assert file.startswith(f"{files}/0?kept=1")
    assert "Kodierung: CP1252" in client.get(file).text
    answer = send(client, file, "save", license=LICENCE, **{"also-columns": "1"})
    assert answer.status_code == 303, alerts(answer.text)
    form = f"/de/edit/dataset/{ident}"
    answer = send(client, form, "publish", **{f"theme__{ENVIRONMENT}".replace(".", "__"): "1"})
    assert answer.headers.get("location") == f"/de/datasets/{ident}", alerts(answer.text)
    turtle = client.get(f"/datasets/{ident}.ttl").text
    for said in (
        "dcat:bbox",
        "1987-03-15",
        "file-type/CSV",
        "media-types/text/csv",
        "sha256",
        "Baumart",
    ):
        assert said in turtle, turtle
    assert client.get(f"/files/{ident}/brunnen.csv").content == messy_csv()


def test_what_a_form_does_not_show_survives(client: TestClient) -> None:
    """Saving a form as it came changes nothing, whatever the record holds."""
    for kind, ident in (("dataset", "trees"), ("dataset", "parking"), ("catalog", "jena")):
        before = client.get(f"/de/edit/{kind}/{ident}")
        assert before.status_code == 200
        answer = send(client, f"/de/edit/{kind}/{ident}", "save")
        assert answer.status_code == 303, alerts(answer.text)
        again = client.get(f"/de/edit/{kind}/{ident}")
        assert form_of(again.text)["revision"] == form_of(before.text)["revision"]


def test_a_mistake_is_said_at_its_field_and_above(client: TestClient) -> None:
    ident = made(client, "Fehlerhaft")
    path = f"/de/edit/dataset/{ident}"
    answer = send(client, path, "draft", issued="gestern", contact_point__0__email="keine Adresse")
    assert answer.status_code == 422
    said = alerts(answer.text)
    assert "Das ist kein Datum" in said
    assert "Das ist keine E-Mail-Adresse" in said
    assert '<a href="#issued">' in answer.text
    assert 'id="issued--fault"' in answer.text
    assert form_of(answer.text, path)["issued"] == "gestern"
    assert "gestern" not in client.get(f"/datasets/{ident}.ttl").text


def test_two_people_at_once_see_both_versions(client: TestClient) -> None:
    ident = made(client, "Zwei Fassungen", description__de="Anfang")
    path = f"/de/edit/dataset/{ident}"
    old = form_of(client.get(path).text, path)
    answer = send(client, path, "draft", description__de="Von anderen", keyword__de="Neu")
    assert answer.status_code == 303
    mine = {**old, "description.de": "Von mir", "version": "2", "do": "draft"}
    answer = client.post(path, data=mine, headers=ORIGIN)
    assert answer.status_code == 409
    assert "Von anderen" in answer.text
    assert "Von mir" in answer.text
    kept = form_of(answer.text, path) | {"choose.description": "mine", "do": "draft"}
    answer = client.post(path, data=kept, headers=ORIGIN)
    assert answer.status_code == 303, alerts(answer.text)
    turtle = client.get(f"/datasets/{ident}.ttl").text
    assert "Von mir" in turtle
    assert "Von anderen" not in turtle
    assert '"Neu"@de' in turtle
    assert 'dcat:version "2"' in turtle


def test_suggestions_fill_their_fields(client: TestClient) -> None:
    csrf = form_of(client.get("/de/edit/dataset").text, "/de/edit/dataset")
    given = csrf | {"title.de": "Baumkataster: Umwelt und Stadtgrün", "do": "check"}
    answer = client.post("/de/edit/dataset", data=given, headers=ORIGIN)
    offers = re.findall(r'value="(take theme [^"]+)"', answer.text)
    assert f"take theme de {ENVIRONMENT}" in offers
    answer = client.post("/de/edit/dataset", data={**given, "do": offers[0]}, headers=ORIGIN)
    assert form_of(answer.text, "/de/edit/dataset")[f"theme.{ENVIRONMENT}"] == "1"


def test_the_check_alone_is_a_piece_of_a_page(client: TestClient) -> None:
    given = form_of(client.get("/de/edit/dataset").text, "/de/edit/dataset")
    answer = client.post("/de/edit/check", data=given, headers=ORIGIN)
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert "Pflichtangaben fehlen" in answer.text
    assert (
        client.post("/de/edit/check", data={"kind": "dataset"}, headers=ORIGIN).status_code == 403
    )


def test_programs_are_refused(client: TestClient) -> None:
    ident = made(client, "Mit Programm")
    path = f"/de/edit/dataset/{ident}/files"
    csrf = form_of(client.get(path).text, path)
    for content in (b"MZ\x90\0", b"\x7fELF\x02", b"#!/bin/sh\nrm -r x\n", b""):
        answer = client.post(
            path, data=csrf, files={"file": ("daten.csv", content)}, headers=ORIGIN
        )
        assert answer.status_code == 400
        assert 'role="alert"' in answer.text


def test_series_service_and_copy(client: TestClient) -> None:
    answer = send(client, "/de/edit/series", "publish", title__de="Reihe", description__de="Text")
    assert answer.headers.get("location") == "/de/series/reihe", alerts(answer.text)
    service = {"endpoint_url": "https://example.org/wfs", "title__de": "Dienst"}
    answer = send(client, "/de/edit/service", "publish", **service)
    assert answer.headers.get("location") == "/de/dataservices/dienst", alerts(answer.text)
    form = form_of(client.get("/de/edit/dataset?from=trees").text)
    assert form["title.de"] == "Kopie von Baumkataster der Stadt Jena"
    assert form["id"] == ""
    assert form["identifier"].strip() == ""


def test_an_organisation_says_how_it_stands(client: TestClient) -> None:
    path = "/de/edit/organisation/jena"
    answer = send(client, path, "", contact__email="daten@example.org", agent__name__de="Jena")
    assert answer.status_code == 303, alerts(answer.text)
    form = form_of(client.get("/de/edit/dataset").text)
    assert form["contact_point.0.email"].strip() == "daten@example.org"
    assert form["publisher.name.de"] == "Jena"
    stale = {**form_of(client.get(path).text, path), "revision": "0"}
    assert client.post(path, data=stale, headers=ORIGIN).status_code == 412


def test_many_records_are_changed_after_a_preview(client: TestClient) -> None:
    ids = [made(client, f"Serie {number}") for number in (1, 2)]
    table = client.get("/de/my-data?q=Serie&sort=name").text
    picks = re.findall(r'name="(pick\.dataset/serie-[^"]+)"', table)
    assert len(picks) == 2
    given = {**form_of(table, "/de/my-data/change"), **dict.fromkeys(picks, "1")}
    begun = client.post("/de/my-data/change", data={**given, "do": "begin"}, headers=ORIGIN)
    wish = {"add-theme": ENVIRONMENT, "add-keywords": "Eins, Zwei", "keyword-language": "de"}
    wanted = form_of(begun.text, f"{CHANGE}#preview") | wish
    seen = client.post("/de/my-data/change", data={**wanted, "do": "preview"}, headers=ORIGIN)
    assert "2 Einträge ändern sich" in seen.text
    assert "Umwelt" in seen.text
    assert '<h2 id="preview">' in seen.text
    assert "Eins" not in client.get(f"/datasets/{ids[0]}.ttl").text
    moved = send(client, f"/de/edit/dataset/{ids[1]}", "draft", description__de="Anders")
    assert moved.status_code == 303
    sent = form_of(seen.text, f"{CHANGE}#preview") | {"do": "apply", "reason": "Ordnung"}
    done = client.post("/de/my-data/change", data=sent, headers=ORIGIN)
    assert "Geändert: 1, war schon so: 0, nicht geändert: 1." in done.text
    changed = client.get(f"/datasets/{ids[0]}.ttl").text
    assert '"Eins"@de' in changed
    assert '"Zwei"@de' in changed
    assert "Eins" not in client.get(f"/datasets/{ids[1]}.ttl").text


def test_the_table_filters_sorts_and_pages(client: TestClient) -> None:
    html = client.get("/de/my-data").text
    assert 'aria-sort="descending"' in html
    few = client.get("/de/my-data?trouble=violations&kind=dataset&status=published").text
    assert "/de/edit/dataset/trees" not in few
    for sort in ("name", "status", "violations", "warnings", "points", "updated"):
        assert client.get(f"/de/my-data?sort={sort}&order=up").status_code == 200
    assert client.get("/de/my-data?q=%25%5C&page=zwei&sort=x").status_code == 200


HOSTILE = '"><script>alert(1)</script>\u202e=cmd|calc'


def test_hostile_texts_stay_texts(client: TestClient) -> None:
    ident = made(client, HOSTILE, keyword__de=HOSTILE, legal_basis=HOSTILE)
    for path in (f"/de/edit/dataset/{ident}", f"/de/edit/dataset/{ident}/files", "/de/my-data"):
        html = client.get(path).text
        assert "<script>alert" not in html
        assert "alert(1)" in html
    seen = send(client, f"/de/edit/dataset/{ident}", "check", issued=HOSTILE, license=HOSTILE)
    assert seen.status_code == 200
    assert "<script>alert" not in seen.text


def test_names_are_escaped_once(client: TestClient) -> None:
    ident = made(client, "Sträucher & Hecken")
    html = client.get(f"/de/edit/dataset/{ident}").text
    assert "<h1>Sträucher &amp; Hecken bearbeiten</h1>" in html
    assert "&amp;amp;" not in html


def test_the_area_of_a_file_is_said_as_the_language_writes_numbers(client: TestClient) -> None:
    path = f"/edit/dataset/{made(client, 'Gebiet einer Datei')}/files/new"
    shown = {
        language: client.get(f"/{language}{path}?kept=1&box=11.5,50.8,11.7,51").text
        for language in ("de", "en")
    }
    assert "11,5 / 50,8 / 11,7 / 51" in shown["de"]
    assert "11.5 / 50.8 / 11.7 / 51" in shown["en"]


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "C:\\x\\..\\y.csv", "ü" * 300, ".htaccess", ""]
)
def test_names_of_files_are_made_plain(client: TestClient, name: str) -> None:
    ident = made(client, "Namen")
    path = f"/de/edit/dataset/{ident}/files"
    csrf = form_of(client.get(path).text, path)
    files = {"file": (name, b"a;b\n1;2\n3;4\n")}
    answer = client.post(path, data=csrf, files=files, headers=ORIGIN)
    if not name:
        assert answer.status_code == 400
        return
    assert answer.status_code == 303, alerts(answer.text)
    address = re.search(r"/files/[^<>\"]+\.csv", client.get(f"/datasets/{ident}.ttl").text)
    assert address
    assert re.fullmatch(r"/files/[a-z0-9-]+/[a-z0-9][a-z0-9._-]*\.csv", address[0])
    assert client.get(address[0]).status_code == 200


def test_a_replaced_file_keeps_its_address(client: TestClient) -> None:
    ident = made(client, "Ersetzt")
    path = f"/de/edit/dataset/{ident}/files"
    for content, more in ((b"a;b\n1;2\n", {}), (b"a;b\n1;2\n3;4\n", {"replaces": "0"})):
        data = form_of(client.get(path).text, path) | more
        answer = client.post(path, data=data, files={"file": ("x.csv", content)}, headers=ORIGIN)
        assert answer.status_code == 303, alerts(answer.text)
    assert client.get(f"/files/{ident}/x.csv").content == b"a;b\n1;2\n3;4\n"
    assert client.get(f"/datasets/{ident}.ttl").text.count("a dcat:Distribution") == 1
    other = form_of(client.get(path).text, path)
    client.post(path, data=other, files={"file": ("x.csv", b"%PDF-1.7")}, headers=ORIGIN)
    turtle = client.get(f"/datasets/{ident}.ttl").text
    assert f"/files/{ident}/x.pdf" in turtle
    assert turtle.count("a dcat:Distribution") == 2
    assert send(client, f"{path}/1", "remove").status_code == 303
    assert f"/files/{ident}/x.pdf" not in client.get(f"/datasets/{ident}.ttl").text


def test_forms_want_our_own_page_and_a_real_kind(client: TestClient) -> None:
    assert client.get("/de/edit/nothing").status_code == 404
    assert client.get("/de/edit/dataset/nothing").status_code == 404
    assert client.get("/de/edit/dataset/trees/files/99").status_code == 404
    assert client.get("/de/edit/dataset/trees/files/-1").status_code == 404
    given = form_of(client.get("/de/edit/dataset").text, "/de/edit/dataset")
    stolen = {**given, "csrf": "x", "do": "draft", "title.de": "Fremd"}
    assert client.post("/de/edit/dataset", data=stolen, headers=ORIGIN).status_code == 403
    taken = {**given, "ident": "trees", "do": "draft", "title.de": "Doppelt"}
    assert client.post("/de/edit/dataset", data=taken, headers=ORIGIN).status_code == 412
    zero = {**given, "do": "draft", "title.de": "a\0b"}
    assert client.post("/de/edit/dataset", data=zero, headers=ORIGIN).status_code == 400


def test_an_area_and_a_language_are_added(client: TestClient) -> None:
    ident = made(client, "Mit Gebiet")
    path = f"/de/edit/dataset/{ident}"
    assert '<option value="city">' in client.get(path).text
    seen = send(client, path, "language", **{"add-language": "pl", "add-area": "city"})
    form = form_of(seen.text, path)
    assert form["title.pl"] == ""
    assert form["spatial.0.bbox.west"] == "11,5"
    data = form | {"do": "draft", "title.pl": "Z obszarem"}
    assert client.post(path, data=data, headers=ORIGIN).status_code == 303
    turtle = client.get(f"/datasets/{ident}.ttl").text
    assert '"Z obszarem"@pl' in turtle
    assert "dcat:bbox" in turtle


def test_records_are_linked_by_their_title(client: TestClient) -> None:
    html = client.get("/de/edit/dataset/trees").text
    assert 'list="list-records-series"' in html
    ident = made(client, "In einer Reihe", in_series__0="https://example.org/series/1")
    turtle = client.get(f"/datasets/{ident}.ttl").text
    assert "dcat:inSeries <https://example.org/series/1>" in turtle


def test_files_wait_for_the_virus_scanner(client: TestClient) -> None:
    ident = made(client, "Gescannt")
    path = f"/de/edit/dataset/{ident}/files"
    csrf = form_of(client.get(path).text, path)
    platform = client.app.state.platform  # type: ignore[attr-defined]
    listening, address = tcp()
    before = platform.settings
    platform.settings = replace(before, virus_scanner=address)
    try:
        with clamd(listening):
            harmful = {"file": ("x.csv", b"a;b\n1;" + TEST_VIRUS)}
            answer = client.post(path, data=csrf, files=harmful, headers=ORIGIN)
            assert answer.status_code == 400
            assert "Test-Signature" in alerts(answer.text)
        clean = {"file": ("x.csv", b"a;b\n1;2\n")}
        answer = client.post(path, data=csrf, files=clean, headers=ORIGIN)
        assert answer.status_code == 503
        assert "Virenscanner" in alerts(answer.text)
    finally:
        platform.settings = before
    assert client.get(f"/files/{ident}/x.csv").status_code == 404
