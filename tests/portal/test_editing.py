# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The forms of records as a browser without scripts sends them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.portal.importing import ORIGIN, at_work, form_of, messy_csv

LICENCE = "http://dcat-ap.de/def/licenses/dl-zero-de/2.0"
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
    answer = send(client, file, "save", license=LICENCE)
    assert answer.status_code == 303, alerts(answer.text)
    form = f"/de/edit/dataset/{ident}"
    answer = send(client, form, "publish", **{f"theme__{ENVIRONMENT}".replace(".", "__"): "1"})
    assert answer.headers.get("location") == f"/de/datasets/{ident}", alerts(answer.text)
    turtle = client.get(f"/datasets/{ident}.ttl").text
    for said in ("dcat:bbox", "1987-03-15", "file-type/CSV", "media-types/text/csv", "sha256"):
        assert said in turtle, turtle
    assert client.get(f"/files/{ident}/brunnen.csv").content == messy_csv()
