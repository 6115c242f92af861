# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Messy tables for the import, and steps that a person takes in it."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path

from starlette.testclient import TestClient
from tests.portal import city

from allmende.web.app import Application
from allmende.web.rooms import rooms

ROWS = (
    ("T1", "Bergahorn", "12,5", "15.03.1987", "ja", "681200,5", "5644100,2", "Anna Schmidt"),
    ("T2", "Winterlinde", "8,0", "01.11.1999", "nein", "681300,0", "5644200,0", "Jens Müller"),
    ("T3", "Stieleiche", "21,75", "", "ja", "681400,0", "5644300,0", "Anna Schmidt"),
    ("T4", "Bergahorn", "", "12.04.2004", "ja", "681500,0", "5644150,0", "Petra Weiß"),
    ("T5", "Winterlinde", "k.A.", "03.10.2011", "", "681250,0", "5644250,0", ""),
)
HEAD = ("Nr.", "Baumart", "Höhe [m]", "gepflanzt am", "geschützt", "Rechtswert", "Hochwert",
        "Kontrolleur")  # fmt: skip


def table(copies: int = 8) -> list[tuple[str, ...]]:
    """Trees, each with another number."""
    found = []
    for copy in range(copies):
        for number, row in enumerate(ROWS):
            east = f"{float(row[5].replace(',', '.')) + copy * 37:.1f}".replace(".", ",")
            found.append((f"B-{copy * 10 + number + 1:03d}", *row[1:5], east, *row[6:]))
    return found


def messy_csv() -> bytes:
    """As a German office exports it: Windows-1252, titles above, semicolons, decimal commas."""
    lines = ["Baumkataster Musterstadt;;;;;;;", "Stand: 01.10.2025;;;;;;;", "", ";".join(HEAD)]
    rows = [";".join(row) for row in table()]
    rows.append("B-001;Bergahorn;9,0;;ja;681200,0;5644100,0;")  # the number of another row
    return "\r\n".join([*lines, *rows, ""]).encode("cp1252")


def workbook() -> bytes:
    """The same as XLSX with a title above, real dates and numbers."""
    import datetime

    import xlsxwriter

    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    sheet = book.add_worksheet("Bäume")
    day = book.add_format({"num_format": "dd.mm.yyyy"})
    sheet.write(0, 0, "Baumkataster")
    sheet.write_row(2, 0, HEAD)
    for at, row in enumerate(table(), 3):
        sheet.write_row(at, 0, row[:2])
        if row[2] and row[2] != "k.A.":
            sheet.write_number(at, 2, float(row[2].replace(",", ".")))
        if row[3]:
            when = datetime.datetime.strptime(row[3], "%d.%m.%Y")
            sheet.write_datetime(at, 3, when, day)
        sheet.write(at, 4, row[4])
        sheet.write_number(at, 5, float(row[5].replace(",", ".")))
        sheet.write_number(at, 6, float(row[6].replace(",", ".")))
        sheet.write(at, 7, row[7])
    book.close()
    return target.getvalue()


class Form(HTMLParser):
    """Collects what a browser would send of a form."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self.action = action
        self.found: dict[str, str] = {}
        self.inside = False
        self.select = ""
        self.writing = ""  # name of the field whose text comes as data

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.inside = at.get("action", "").startswith(self.action)
        if self.inside and tag in ("input", "select", "option", "textarea"):
            getattr(self, f"on_{tag}")(at)

    def on_input(self, at: dict[str, str]) -> None:
        ticked = at.get("type") not in ("checkbox", "radio") or "checked" in at
        if at.get("name") and at.get("type") != "file" and ticked:
            self.found[at["name"]] = at.get("value", "")

    def on_select(self, at: dict[str, str]) -> None:
        self.select = at["name"]

    def on_option(self, at: dict[str, str]) -> None:
        if "selected" in at or self.select not in self.found:
            self.found[self.select] = at.get("value", "")
            self.writing = self.select if "value" not in at else ""

    def on_textarea(self, at: dict[str, str]) -> None:
        self.writing = at["name"]
        self.found[self.writing] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False
        if tag in ("option", "textarea"):
            self.writing = ""

    def handle_data(self, data: str) -> None:
        if self.writing:
            self.found[self.writing] += data


def form_of(html: str, action: str = "") -> dict[str, str]:
    """What a browser without scripts would send of the form (its last button not pressed)."""
    form = Form(action)
    form.feed(html)
    return form.found


ORIGIN = {"origin": city.BASE}


def upload(client: TestClient, name: str, content: bytes) -> str:
    """Sends a file; the path of the draft."""
    csrf = form_of(client.get("/de/import").text, "/de/import")["csrf"]
    answer = client.post(
        "/de/import", data={"csrf": csrf}, files={"file": (name, content)}, headers=ORIGIN
    )
    assert answer.status_code == 303, re.findall(r'role="alert"[^>]*>([^<]*)', answer.text)
    return str(answer.headers["location"])


def send(client: TestClient, path: str, do: str, **changed: str) -> str:
    """Sends the form of a page with some fields changed; where it leads, or the errors."""
    form = form_of(client.get(path).text, path.partition("?")[0])
    data = {name: value for name, value in {**form, **changed, "do": do}.items() if value != "\0"}
    answer = client.post(path, data=data, headers=ORIGIN)
    if answer.status_code == 303:
        return str(answer.headers["location"])
    return f"{answer.status_code}: " + " ".join(re.findall(r"<li>([^<]*)</li>", answer.text))


ABOUT = {
    "title-de": "Bäume der Probe",
    "description-de": "Bäume mit Höhe und Pflanzdatum.",
    "licence": "http://dcat-ap.de/def/licenses/dl-zero-de/2.0",
    "organisation": "jena",
    "keywords-de": "Baum, Grün",
}


def number_of(html: str, column: str) -> str:
    """The number of the fieldset of a column."""
    part = html.partition(f"<legend>{column}</legend>")[2]
    found = re.search(r'name="c(\d+)-name"', part)
    assert found, column
    return found[1]


@contextmanager
def at_work(folder: Path) -> Iterator[TestClient]:
    """The browser of a steward of a city of its own."""
    app = Application(city.build(folder), rooms())
    with TestClient(
        app, base_url=city.BASE, follow_redirects=False, headers={"accept": "text/html"}
    ) as made:
        answer = made.post(
            "/de/login",
            data={"login": city.LOGIN, "password": city.PASSWORD, "next": "/de/account"},
            headers=ORIGIN,
        )
        assert answer.status_code == 303
        yield made


@contextmanager
def outside(client: TestClient) -> Iterator[None]:
    """The same browser without its session."""
    kept = dict(client.cookies)
    client.cookies.clear()
    try:
        yield
    finally:
        client.cookies.update(kept)


def publish(client: TestClient, ident: str) -> None:
    """Brings the messy table to its end, with the inspector for stewards only."""
    path = upload(client, f"{ident}.csv", messy_csv())
    html = client.get(path).text
    fields = {
        f"c{number_of(html, 'Kontrolleur')}-who": "personal",
        f"c{number_of(html, 'Nr.')}-key": "1",
    }
    about = send(client, path, "next", **fields)
    check = send(client, about, "next", **{**ABOUT, "ident": ident})
    assert send(client, check, "publish") == f"/de/collections/{ident}"
