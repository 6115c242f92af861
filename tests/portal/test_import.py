# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""From an unknown table to a published collection, as a browser without scripts sends it."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient
from tests.portal.importing import (
    ABOUT,
    ORIGIN,
    at_work,
    form_of,
    messy_csv,
    number_of,
    outside,
    send,
    upload,
    workbook,
)  # fmt: skip


@pytest.fixture(scope="module")
def steward(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The browser of a steward of a city of its own."""
    with at_work(tmp_path_factory.mktemp("import")) as made:
        yield made


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_unknown_table_becomes_a_collection(steward: TestClient, kind: str) -> None:
    content = messy_csv() if kind == "csv" else workbook()
    path = upload(steward, f"Bäume {kind}.{kind}", content)
    html = steward.get(path).text
    form = form_of(html, path)
    height, inspector = number_of(html, "Höhe [m]"), number_of(html, "Kontrolleur")
    assert form[f"c{height}-type"] == "number"
    assert form[f"c{height}-unit"] == "m"
    assert form[f"c{number_of(html, 'gepflanzt am')}-type"] == "date"
    assert form[f"c{number_of(html, 'geschützt')}-type"] == "boolean"
    assert (form["x"], form["y"], form["crs"]) == ("Rechtswert", "Hochwert", "EPSG:25832")
    assert "alle liegen in der Stadt" in html.lower() or "gestrichelt" in html
    assert form[f"c{inspector}-who"] == ""
    refused = send(steward, path, "next")
    assert refused.startswith("422")
    assert "Kontrolleur" in refused
    key = f"c{number_of(html, 'Nr.')}-key"
    closed = {f"c{inspector}-who": "personal", f"c{inspector}-key": "1"}
    assert "Schlüsselfeld" in send(steward, path, "next", **closed)
    closed[f"c{inspector}-key"] = ""
    about = send(steward, path, "next", **{**closed, key: "1"})
    assert about == f"{path}/about"
    check = send(steward, about, "next", **{**ABOUT, "ident": f"probe-{kind}"})
    assert check == f"{path}/check", check
    report = steward.get(check).text
    assert "<strong>40</strong>" in report
    if kind == "csv":
        assert "<strong>1</strong>" in report
        assert "B-001" in report
    assert steward.get(f"/de/collections/probe-{kind}").status_code == 404
    assert send(steward, check, "publish") == f"/de/collections/probe-{kind}"
    page = steward.get(f"/de/collections/probe-{kind}").text
    assert "Bäume der Probe" in page
    features = steward.get(f"/ogc/collections/probe-{kind}/items?f=geojson&limit=1").json()
    (first,) = features["features"]
    west, south = first["geometry"]["coordinates"]
    assert 11.5 < west < 11.7
    assert 50.8 < south < 51
    assert steward.get(path).status_code == 404
    assert "kontrolleur" in first["properties"]
    with outside(steward):
        visitor = steward.get(f"/ogc/collections/probe-{kind}/items?f=geojson&limit=1").json()
        assert "kontrolleur" not in visitor["features"][0]["properties"]


def test_values_of_closed_data_do_not_stand_in_the_model(steward: TestClient) -> None:
    rows = "".join(f"{n};{'rot' if n % 2 else 'blau'};Anna Schmidt\n" for n in range(40))
    path = upload(steward, "farben.csv", f"nr;farbe;melder\n{rows}".encode())
    html = steward.get(path).text
    assert "Gefundene Werte" in html
    assert "melder" in html
    assert html.count("Gefundene Werte") == 1
    who = f"c{number_of(html, 'melder')}-who"
    about = send(steward, path, "next", **{who: "internal"})
    closed = {"ident": "farben", "access": "restricted", "legal-basis": "§ 1"}
    check = send(steward, about, "next", **{**ABOUT, **closed})
    assert send(steward, check, "publish") == "/de/collections/farben"
    with outside(steward):
        assert steward.get("/de/collections/farben").status_code == 404
        model = steward.get("/models/farben", headers={"accept": "application/json"})
        assert "rot" not in model.text
        assert "Anna" not in model.text


def test_a_place_that_is_not_for_all_stays_inside(steward: TestClient) -> None:
    path = upload(steward, "horste.csv", b"nr,lon,lat\n1,11.58,50.92\n2,11.59,50.93\n")
    about = send(steward, path, "next", **{"place-who": "internal"})
    assert form_of(steward.get(path).text, path)["place-who"] == "internal"
    check = send(steward, about, "next", **{**ABOUT, "ident": "horste"})
    assert send(steward, check, "publish") == "/de/collections/horste"
    item = "/data/horste?limit=1"
    assert "lon" in steward.get(item, headers={"accept": "*/*"}).json()["items"][0]
    with outside(steward):
        assert "lon" not in steward.get(item, headers={"accept": "*/*"}).json()["items"][0]


def test_a_pasted_table_is_read_and_read_anew(steward: TestClient) -> None:
    start = steward.get("/de/import").text
    csrf = form_of(start, "/de/import")["csrf"]
    text = "Ort\tWert\nA\t1,5\nB\t2,5\n"
    answer = steward.post("/de/import", data={"csrf": csrf, "text": text}, headers=ORIGIN)
    path = answer.headers["location"]
    html = steward.get(path).text
    assert form_of(html, path)["c1-type"] == "number"
    send(steward, path, "save", **{"c1-de": "Messwert", "c1-name": "Mess Wert!"})
    again = form_of(steward.get(path).text, path)
    assert (again["c1-de"], again["c1-name"]) == ("Messwert", "mess_wert")
    assert send(steward, path, "read", header="no") == path
    assert number_of(steward.get(path).text, "column_1")
    send(steward, path, "read", header="yes")
    assert number_of(steward.get(path).text, "Wert")
    assert "table.csv" in steward.get("/de/import").text
    csrf = form_of(steward.get("/de/import").text, f"{path}/delete")["csrf"]
    assert steward.post(f"{path}/delete", data={"csrf": csrf}, headers=ORIGIN).status_code == 303
    assert steward.get(path).status_code == 404


def test_what_cannot_be_read_is_explained(steward: TestClient) -> None:
    csrf = form_of(steward.get("/de/import").text, "/de/import")["csrf"]
    for content in (b"", b"%PDF-1.4\0\0\0", b"PK\x03\x04broken"):
        answer = steward.post(
            "/de/import", data={"csrf": csrf}, files={"file": ("x.bin", content)}, headers=ORIGIN
        )
        assert answer.status_code == 400
        assert 'role="alert"' in answer.text
    answer = steward.post("/de/import", data={"csrf": csrf}, headers=ORIGIN)
    assert answer.status_code == 400
    answer = steward.post(
        "/de/import", data={"csrf": csrf, "address": "http://127.0.0.1:1/x"}, headers=ORIGIN
    )
    assert answer.status_code >= 400
    assert "x.bin" not in steward.get("/de/import").text


def test_about_says_what_is_missing_and_keeps_the_rest(steward: TestClient) -> None:
    path = upload(steward, "kurz.csv", b"a,b\n1,2\n")
    about = f"{path}/about"
    wrong = send(
        steward, about, "next", **{"title-de": "Kurz", "ident": "Kurz!", "keywords-de": "x, y"}
    )
    for word in ("beschreiben", "Kennung", "Lizenz"):
        assert word in wrong
    form = form_of(steward.get(about).text, about)
    assert (form["ident"], form["keywords-de"]) == ("Kurz!", "x, y")
    wrong = send(steward, about, "next", **{**ABOUT, "ident": "trees"})
    assert "vergeben" in wrong
    wrong = send(steward, about, "next", **{**ABOUT, "ident": "kurz", "access": "internal"})
    assert "Rechtsgrundlage" in wrong
    assert send(steward, about, "back") == path


def test_imports_are_for_stewards(steward: TestClient) -> None:
    path = upload(steward, "meins.csv", b"a,b\n1,2\n")
    with outside(steward):
        for each in ("/de/import", path, f"{path}/check"):
            assert steward.get(each).status_code in (303, 401)
        assert steward.post(f"{path}", data={}, headers=ORIGIN).status_code in (303, 401)


def test_dates_that_can_be_read_in_two_ways_are_asked_about(steward: TestClient) -> None:
    table = b"nr;gepflanzt;gefallen\n1;03/04/2024;13/04/2024\n2;05/06/2024;01/02/2024\n"
    path = upload(steward, "daten.csv", table)
    html = steward.get(path).text
    number = number_of(html, "gepflanzt")
    assert f"c{number}-dates" in form_of(html, path)
    assert f"c{number_of(html, 'gefallen')}-dates" not in form_of(html, path)
    assert "03/04/2024 = 3. April 2024" in html
    assert "03/04/2024 = 4. März 2024" in html
    english = steward.get(path.replace("/de/", "/en/")).text
    assert "03/04/2024 = 3 April 2024" in english
    assert "03/04/2024 = 4 March 2024" in english
    assert "Tag oder Monat zuerst" in send(steward, path, "next")
    about = send(steward, path, "next", **{f"c{number}-dates": "mdy"})
    assert about == f"{path}/about"
    send(steward, path, "read", header="yes")
    assert form_of(steward.get(path).text, path)[f"c{number}-dates"] == "mdy"
    check = send(steward, about, "next", **{**ABOUT, "ident": "daten"})
    assert send(steward, check, "publish") == "/de/collections/daten"
    found = steward.get("/data/daten?limit=5", headers={"accept": "*/*"}).json()["items"]
    assert [each["gepflanzt"] for each in found] == ["2024-03-04", "2024-05-06"]
    assert [each["gefallen"] for each in found] == ["2024-04-13", "2024-02-01"]


def test_places_outside_the_city_are_flagged_and_kept(steward: TestClient) -> None:
    table = b"nr,lon,lat\n1,11.58,50.92\n2,11.59,50.93\n3,13.40,52.52\n"
    path = upload(steward, "orte.csv", table)
    check = send(steward, send(steward, path, "next"), "next", **{**ABOUT, "ident": "orte"})
    report = steward.get(check).text
    assert "Außerhalb der Stadt" in report
    assert "13.40000 52.52000" in report
    assert send(steward, check, "publish") == "/de/collections/orte"
    assert len(steward.get("/ogc/collections/orte/items?f=geojson").json()["features"]) == 3
    quality = steward.get("/de/collections/orte/quality").text
    assert "Außerhalb der Stadt" in quality
    assert "52,52" in quality


def test_a_row_with_a_cell_too_many_is_shown_with_its_content(steward: TestClient) -> None:
    table = b"name,anzahl,notiz\nBank,3,alt, aber gut\nTisch,4,neu\nStuhl,5,rot\n"
    path = upload(steward, "moebel.csv", table)
    check = send(steward, send(steward, path, "next"), "next", **{**ABOUT, "ident": "moebel"})
    report = steward.get(check).text
    assert "Zeile 2 hat 4 Zellen" in report
    assert "Anführungszeichen" in report
    assert "aber gut" in report
    assert send(steward, check, "publish") == "/de/collections/moebel"
    quality = steward.get("/de/collections/moebel/quality").text
    assert "Zeile 2 hat 4 Zellen" in quality
    assert "aber gut" in quality
