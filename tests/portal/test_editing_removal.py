# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Files deleted for good on the pages, and what is said of them afterwards."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient
from tests.portal.importing import ORIGIN, at_work, form_of, outside
from tests.portal.test_editing import LICENCE, alerts, made, send

WHY = "Namen von Kindern"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A steward at work in a city of their own."""
    with at_work(tmp_path_factory.mktemp("removal")) as found:
        yield found


def with_file(client: TestClient, title: str, content: bytes) -> str:
    """A published dataset with the file `a.csv`."""
    ident = made(client, title, description__de="Mit einer Datei.")
    files = f"/de/edit/dataset/{ident}/files"
    csrf = form_of(client.get(files).text, files)
    answer = client.post(files, data=csrf, files={"file": ("a.csv", content)}, headers=ORIGIN)
    file = str(answer.headers["location"])
    assert send(client, file, "save", license=LICENCE).status_code == 303
    answer = send(client, f"/de/edit/dataset/{ident}", "publish")
    assert answer.status_code == 303, alerts(answer.text)
    with outside(client):
        assert client.get(f"/files/{ident}/a.csv").content == content
    return ident


def test_removing_and_deleting_at_once(client: TestClient) -> None:
    ident = with_file(client, "Gleich weg", b"a;b\n1;2\n")
    form = f"/de/edit/dataset/{ident}/files/0"
    assert "Entfernen und Datei löschen" in client.get(form).text
    answer = send(client, form, "delete")
    assert answer.status_code == 400
    assert "warum die Datei gelöscht" in alerts(answer.text)
    answer = send(client, form, "delete", revision="1", reason=WHY)
    assert answer.status_code == 412
    assert client.get(f"/files/{ident}/a.csv").status_code == 200
    answer = send(client, form, "delete", reason=WHY)
    assert answer.status_code == 303, alerts(answer.text)
    assert "Die Datei ist gelöscht." in client.get(str(answer.headers["location"])).text
    with outside(client):
        gone = client.get(f"/files/{ident}/a.csv")
        assert gone.status_code == 410
        assert WHY in gone.text
        steps = client.get(f"/datasets/{ident}/history.json").json()["revisions"]
        assert steps[0]["reason"] == WHY
        before = client.get(f"/de/datasets/{ident}/history/{steps[1]['number']}").text
        assert "Die Datei „a.csv“ dieser Fassung wurde gelöscht" in before
        assert WHY in before
        now = client.get(f"/de/datasets/{ident}/history/{steps[0]['number']}").text
        assert "dieser Fassung wurde gelöscht" not in now


def test_a_removed_file_is_deleted_later(client: TestClient) -> None:
    content = b"a;b\n5;6\n"
    ident, twin = with_file(client, "Später weg", content), with_file(client, "Zwilling", content)
    answer = send(client, f"/de/edit/dataset/{ident}/files/0", "remove")
    assert answer.status_code == 303
    address, files = f"/files/{ident}/a.csv", f"/de/edit/dataset/{ident}/files"
    with outside(client):
        assert client.get(address).status_code == 404
        assert client.delete(f"{address}?reason=x").status_code in (401, 403, 404)
    html = client.get(files).text
    assert "Dateien, die der Datensatz nicht mehr nennt" in html
    leftover = f"/de/edit/dataset/{ident}/leftover"
    given = form_of(html, leftover)
    assert given["name"] == "a.csv"
    answer = client.post(leftover, data={**given, "reason": WHY}, headers=ORIGIN)
    assert answer.headers["location"] == f"{files}?deleted=kept"
    assert "Eine andere Datei hat denselben Inhalt" in client.get(f"{files}?deleted=kept").text
    assert "Dateien, die der Datensatz nicht mehr nennt" not in client.get(files).text
    with outside(client):
        assert client.get(address).status_code == 410
        assert client.get(f"/files/{twin}/a.csv").content == content


def test_programs_delete_what_nothing_names(client: TestClient) -> None:
    ident = with_file(client, "Für Programme", b"a;b\n7;8\n")
    address = f"/files/{ident}/a.csv"
    plain = {**ORIGIN, "accept": "application/json"}
    named = client.delete(f"{address}?reason=x", headers=plain)
    assert (named.status_code, named.json()["code"]) == (409, "file-named")
    send(client, f"/de/edit/dataset/{ident}/files/0", "remove")
    assert client.delete(address, headers=plain).json()["code"] == "reason-missing"
    done = client.delete(f"{address}?reason=Grund", headers=plain)
    assert done.json() == {"deleted": "a.csv", "content": "deleted"}
    assert client.get(address, headers=plain).json()["code"] == "file-deleted"
    assert client.delete(f"{address}?reason=Grund", headers=plain).status_code == 404
