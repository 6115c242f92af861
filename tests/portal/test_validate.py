# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The page on which anybody checks metadata, without scripts."""

import re

import pytest
from starlette.testclient import TestClient

from allmende.core.validating import NAMES

TURTLE = """@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
<https://example.org/d> a dcat:Dataset ; dct:title "<b>Bäume</b>" ; dct:issued "<i>neulich</i>" .
<https://example.org/e> a dcat:Dataset ; dct:title "Bänke" .
"""


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_the_form_offers_every_profile(client: TestClient) -> None:
    page = client.get("/de/validate")
    assert page.status_code == 200
    for name in NAMES:
        assert f'value="{name}"' in page.text
        assert client.get(f"/validate/shapes/{name}.ttl").status_code == 200
    led = client.get("/validate")
    assert (led.status_code, led.headers["location"]) == (303, "/de/validate")


@pytest.mark.parametrize(
    ("language", "sentence", "sums"),
    [
        ("de", "„Herausgeber“ fehlt. Bitte angeben.", "4 Verstöße"),
        ("en", "“Publisher” is missing. Please add it.", "4 violations"),
    ],
)
def test_pasted_metadata_are_checked(
    client: TestClient, language: str, sentence: str, sums: str
) -> None:
    form = {"text": TURTLE, "profile": "dcat-ap-de", "syntax": ""}
    page = client.post(f"/{language}/validate", data=form, files={"file": ("", b"")})
    assert page.status_code == 200
    said = text_of(page.text)
    assert sentence in said
    assert sums in said
    assert "https://example.org/e" in said
    assert "<i>neulich" not in page.text
    assert "&lt;i&gt;neulich&lt;/i&gt;" in page.text


def test_a_file_is_checked_by_its_ending(client: TestClient) -> None:
    document = b'{"@id": "https://example.org/d", "@type": "http://www.w3.org/ns/dcat#Dataset"}'
    given = {"file": ("catalogue.jsonld", document)}
    page = client.post("/de/validate", data={"profile": "govdata"}, files=given)
    assert page.status_code == 200
    assert "GovData verlangt genau eine Kennung" in page.text


@pytest.mark.parametrize(
    ("form", "file", "status", "sentence"),
    [
        ({}, ("", b""), 400, "wählen Sie eine Datei"),
        ({"text": "no rdf"}, ("", b""), 400, "fehlerhaft aufgebaut"),
        ({"text": TURTLE, "profile": "none"}, ("", b""), 400, "Es gibt kein Profil"),
        ({"text": TURTLE, "syntax": "pdf"}, ("", b""), 400, "keine hier bekannte RDF-Syntax"),
        ({}, ("photo.png", b"\x89PNG"), 400, "keine hier bekannte RDF-Syntax"),
        ({}, ("a.rdf", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"), 400, "DOCTYPE"),
        ({}, ("a.jsonld", b"[" * 5_000), 413, "json_depth"),
    ],
)
def test_what_cannot_be_checked_is_said_on_the_page(
    client: TestClient, form: dict[str, str], file: tuple[str, bytes], status: int, sentence: str
) -> None:
    page = client.post("/de/validate", data=form, files={"file": file})
    assert page.status_code == status
    assert sentence in text_of(page.text)
    assert 'role="alert"' in page.text
