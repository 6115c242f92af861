# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A published collection is kept up to date in a browser without scripts."""

import csv
import io
import re
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient
from tests.portal.importing import (
    HEAD,
    ORIGIN,
    at_work,
    form_of,
    messy_csv,
    outside,
    publish,
    send,
    table,
)

TREES = "/de/collections/baeume"


@pytest.fixture(scope="module")
def steward(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The browser of a steward of a city with a collection of 40 trees and one row set aside."""
    with at_work(tmp_path_factory.mktemp("care")) as made:
        publish(made, "baeume")
        yield made


def as_file(rows: list[tuple[str, ...]]) -> bytes:
    return "\r\n".join(";".join(row) for row in (HEAD, *rows)).encode("cp1252")


def load(client: TestClient, content: bytes, name: str = "neu.csv") -> str:
    """Uploads a file for the trees; the path of its trial, or the error."""
    csrf = form_of(client.get(f"{TREES}/load").text, f"{TREES}/load")["csrf"]
    answer = client.post(
        f"{TREES}/load", data={"csrf": csrf}, files={"file": (name, content)}, headers=ORIGIN
    )
    if answer.status_code != 303:
        return " ".join(re.findall(r'role="alert"[^>]*>([^<]*)', answer.text))
    return str(answer.headers["location"])


def act(client: TestClient, path: str, to: str = "", **changed: str) -> tuple[int, str]:
    """Sends the form of a page; the status and where it leads or what the page says."""
    action = to or path.partition("?")[0]
    form = form_of(client.get(path).text, action)
    data = {name: value for name, value in {**form, **changed}.items() if value != "\0"}
    answer = client.post(action, data=data, headers=ORIGIN)
    if answer.status_code == 303:
        return 303, str(answer.headers["location"])
    return answer.status_code, answer.text


def numbers(html: str) -> list[int]:
    """New, changed, unchanged, missing or removed, refused."""
    part = html.partition("import-numbers")[2].partition("</ul>")[0]
    return [int(each) for each in re.findall(r"<strong>(\d+)</strong>", part)]


def row(client: TestClient, ident: str) -> dict[str, object]:
    answer = client.get(f"/ogc/collections/baeume/items/{ident}?f=geojson")
    return dict(answer.json()["properties"]) if answer.status_code == 200 else {}


def count(client: TestClient) -> int:
    return int(
        client.get("/ogc/collections/baeume/items?f=geojson&limit=1").json()["numberMatched"]
    )


def test_a_new_file_is_tried_and_then_stored(steward: TestClient) -> None:
    rows = table()
    gone = rows.pop(3)
    rows[0] = (rows[0][0], "Silberlinde", *rows[0][2:])
    rows.append(("B-900", "Bergahorn", "3,5", "01.02.2024", "ja", "681300,5", "5644150,0", ""))
    rows.append((rows[1][0], *rows[2][1:]))  # the number of another row
    path = load(steward, as_file(rows))
    html = steward.get(path).text
    assert numbers(html) == [1, 1, 38, 1, 1]
    assert "Silberlinde" in html
    assert "B-900" in html
    assert gone[0] in html
    assert count(steward) == 40
    assert act(steward, path, do="run", mode="add") == (303, path)
    assert numbers(steward.get(path).text) == [1, 1, 38, 0, 1]
    assert count(steward) == 41
    assert row(steward, "B-001")["baumart"] == "Silberlinde"
    again = load(steward, as_file(rows))
    assert act(steward, again, do="run", mode="replace") == (303, again)
    assert numbers(steward.get(again).text) == [0, 0, 40, 1, 1]
    assert row(steward, gone[0]) == {}
    assert count(steward) == 40


def test_most_rows_are_not_removed_by_mistake(steward: TestClient) -> None:
    path = load(steward, as_file(table()[:3]))
    before = count(steward)
    status, html = act(steward, path, do="run", mode="replace")
    assert status == 400
    assert "anhaken" in html or "haken Sie" in html
    assert count(steward) == before
    assert act(steward, path, do="run", mode="add", loss="\0")[0] == 303
    assert count(steward) == before
    stale = load(steward, as_file(table()[:3]))
    act(steward, f"{TREES}/edit/B-002", **{"f-baumart": "Zeder"})
    status, html = act(steward, stale, do="run", mode="add")
    assert status == 409
    assert "Probelauf" in html


def test_a_file_of_another_kind_is_refused_or_mapped_by_hand(steward: TestClient) -> None:
    assert "nicht" in load(steward, b"\0\1\2\3")
    path = load(steward, b"Nummer;Art\r\nB-001;Blauglocke\r\n")
    html = steward.get(path).text
    assert "Keine Spalte gehört" in html
    assert 'name="mode"' not in html
    status, _ = act(steward, path, do="trial", **{"m-nr": "Nummer", "m-baumart": "Art"})
    assert status == 303
    assert "Blauglocke" in steward.get(path).text


def test_a_row_is_added_changed_and_removed(steward: TestClient) -> None:
    new = {"f-nr": "B-777", "f-baumart": "Kirsche", "f-hoehe": "4,25"}
    names = form_of(steward.get(f"{TREES}/add").text, f"{TREES}/add")
    height = next(name for name in names if "h" in name and name.startswith("f-h"))
    place = next(name for name in names if name.endswith("-lon"))
    new = {"f-nr": "B-777", "f-baumart": "Kirsche", height: "viel", place: "11,58"}
    status, html = act(steward, f"{TREES}/add", **new)
    assert status == 422
    assert "aria-invalid" in html
    assert 'value="Kirsche"' in html
    assert "Länge von -180" in html
    new |= {height: "4,25", place.removesuffix("lon") + "lat": "50,93"}
    assert act(steward, f"{TREES}/add", **new) == (303, f"{TREES}/rows/B-777")
    assert row(steward, "B-777")[height[2:]] == 4.25
    status, html = act(steward, f"{TREES}/add", **new)
    assert status == 409
    assert "gibt es schon" in html
    edit = f"{TREES}/edit/B-777"
    assert act(steward, edit, **{height: "5,5", "reason": "nachgemessen"})[0] == 303
    assert row(steward, "B-777")[height[2:]] == 5.5
    assert "nachgemessen" in steward.get(f"{TREES}/rows/B-777").text
    status, where = act(steward, f"{TREES}/remove/B-777", reason="gefällt")
    assert (status, where) == (303, TREES)
    assert row(steward, "B-777") == {}


def test_two_people_who_change_one_row_hear_of_each_other(steward: TestClient) -> None:
    edit = f"{TREES}/edit/B-005"
    mine = form_of(steward.get(edit).text, edit)
    assert act(steward, edit, **{"f-baumart": "Esche"})[0] == 303
    other = next(name for name in mine if name.startswith("f-ge") and name.endswith("zt"))
    answer = steward.post(edit, data={**mine, other: "true", "do": "save"}, headers=ORIGIN)
    assert answer.status_code == 409
    assert "Jemand anderes" in answer.text
    assert "Winterlinde" in answer.text
    assert "Esche" in answer.text
    merged = form_of(answer.text, edit)
    assert (merged["f-baumart"], merged[other]) == ("Esche", "true")
    assert steward.post(edit, data={**merged, "do": "save"}, headers=ORIGIN).status_code == 303
    assert row(steward, "B-005")["baumart"] == "Esche"
    assert row(steward, "B-005")[other[2:]] is True
    old = form_of(steward.get(f"{TREES}/remove/B-005").text, f"{TREES}/remove/B-005")
    act(steward, edit, **{"f-baumart": "Ulme"})
    answer = steward.post(f"{TREES}/remove/B-005", data=old, headers=ORIGIN)
    assert answer.status_code == 409
    assert row(steward, "B-005")["baumart"] == "Ulme"


def first_waiting(client: TestClient) -> str:
    found = re.search(rf'href="({TREES}/quarantine/\d+)"', client.get(f"{TREES}/quarantine").text)
    assert found
    return found[1]


def test_a_refused_row_is_put_right_or_discarded(steward: TestClient) -> None:
    load_more = [("B-001", "=cmd", "1,0", "", "ja", "681200,0", "5644100,0", "")] * 3
    act(steward, load(steward, as_file(load_more)), do="run", mode="add")
    answer = steward.get(f"{TREES}/quarantine.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    lines = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert "'=cmd" in {each["Baumart"] for each in lines}
    assert all(each["reasons"] for each in lines)
    waiting = len(lines)
    one = first_waiting(steward)
    html = steward.get(one).text
    assert "So kam die Zeile an" in html
    form = form_of(html, one)
    assert form["f-nr"] == "B-001"
    assert form["f-baumart"] == "Bergahorn"
    status, html = act(steward, one, do="save", **{"f-nr": "B-002"})
    assert status == 412
    assert "B-002" in html
    assert act(steward, one, do="retry") == (303, one)
    assert act(steward, one, do="save", **{"f-nr": "B-950"}) == (303, f"{TREES}/rows/B-950")
    assert row(steward, "B-950")["baumart"] == "Bergahorn"
    assert steward.get(one).status_code == 404
    two = first_waiting(steward)
    assert act(steward, two, do="discard", reason=" ")[0] == 400
    assert act(steward, two, do="discard", reason="doppelt geliefert")[0] == 303
    status, html = act(steward, f"{TREES}/quarantine", do="retry")
    assert status == 200
    assert f"Weiter zurückgestellt: {waiting - 2}" in html
    assert act(steward, f"{TREES}/quarantine", do="discard", reason="Probe")[0] == 422
    status, html = act(steward, f"{TREES}/quarantine", do="discard", reason="Probe", sure="1")
    assert "Es wartet keine Zeile" in html


def test_words_levels_and_status_are_changed(steward: TestClient) -> None:
    about = f"{TREES}/about"
    before = form_of(steward.get(about).text, about)
    cc = "http://dcat-ap.de/def/licenses/cc-by/4.0"
    words = {"title-de": "Stadtbäume", "licence": cc, "attribution": "Stadt Jena, Grünflächen"}
    assert act(steward, about, **words) == (303, TREES)
    page = steward.get(TREES).text
    assert "Stadtbäume" in page
    assert "CC BY 4.0" in page
    turtle = steward.get("/datasets/baeume.ttl").text
    assert "cc-by/4.0" in turtle
    assert "dl-zero" not in turtle
    stale = {**before, "title-de": "Alter Titel"}
    answer = steward.post(about, data=stale, headers=ORIGIN)
    assert answer.status_code == 412
    assert "Alter Titel" in answer.text
    status, html = act(steward, about, licence="")
    assert status == 422
    assert "Lizenz" in html
    status, html = act(steward, about, data="restricted", **{"legal-basis": ""})
    assert status == 422
    assert "Rechtsgrundlage" in html
    closed = {"data": "restricted", "legal-basis": "§ 30 AO"}
    assert act(steward, about, **closed)[0] == 303
    with outside(steward):
        assert steward.get(TREES).status_code == 404
    assert act(steward, about, data="open")[0] == 303
    with outside(steward):
        assert steward.get(TREES).status_code == 200
    question = f"{TREES}/status?to=archived"
    assert "Archivieren?" in steward.get(question).text
    assert act(steward, question, reason="Verfahren beendet") == (303, TREES)
    with outside(steward):
        assert steward.get(TREES).status_code == 404
    assert steward.get(TREES).status_code == 200
    assert act(steward, f"{TREES}/status?to=published") == (303, TREES)
    with outside(steward):
        assert steward.get(TREES).status_code == 200


PAGES = ("about", "status", "load", "quarantine", "quarantine.csv", "add", "edit/B-001",
         "remove/B-001")  # fmt: skip


@pytest.mark.parametrize("rest", PAGES)
def test_visitors_see_neither_doors_nor_pages(steward: TestClient, rest: str) -> None:
    assert steward.get(f"{TREES}/{rest}").status_code == 200
    assert steward.get(f"/en/collections/baeume/{rest}").status_code == 200
    if "/" not in rest and "." not in rest:
        assert f'href="{TREES}/{rest}"' in steward.get(TREES).text
    with outside(steward):
        assert f"{TREES}/{rest}" not in steward.get(TREES).text
        answer = steward.get(f"{TREES}/{rest}")
        assert answer.status_code in (302, 303, 401)
        assert "B-001" not in answer.text
        if rest != "quarantine.csv":
            assert steward.post(f"{TREES}/{rest}", headers=ORIGIN).status_code == 401
    if rest != "quarantine.csv":
        assert steward.post(f"{TREES}/{rest}", headers=ORIGIN).status_code == 403


def test_the_trees_are_still_what_their_mapping_says(steward: TestClient) -> None:
    path = load(steward, messy_csv())
    html = steward.get(path).text
    assert numbers(html)[4] >= 1
    assert "Felder ohne Spalte" not in html
    assert send(steward, path, "trial") == path
    deleted = act(steward, f"{TREES}/load", to=f"{path}/delete")
    assert deleted == (303, f"{TREES}/load")
    assert steward.get(path).status_code == 404
