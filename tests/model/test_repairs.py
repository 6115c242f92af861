# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Every repair: what stood there, what stands there now, and that it was written down."""

import tomllib
from pathlib import Path

import pytest

from allmende.model.catalogue import Dataset, Repair
from allmende.model.rdf import FoundRecord, parse, read_catalogue, statements
from allmende.model.rdf.terms import ntriples_line
from allmende.model.repair import REPAIRS, explain
from allmende.model.repair_iri import cleaned, email, from_text, is_iri, telephone

PREFIXES = """
PREFIX adms: <http://www.w3.org/ns/adms#> PREFIX dcat: <http://www.w3.org/ns/dcat#>
PREFIX dct: <http://purl.org/dc/terms/> PREFIX foaf: <http://xmlns.com/foaf/0.1/>
PREFIX dcatde: <http://dcat-ap.de/def/dcatde/> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX dcatap: <http://data.europa.eu/r5r/> PREFIX locn: <http://www.w3.org/ns/locn#>
PREFIX schema: <http://schema.org/> PREFIX spdx: <http://spdx.org/rdf/terms#>
PREFIX vcard: <http://www.w3.org/2006/vcard/ns#> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
PREFIX eu: <http://publications.europa.eu/resource/authority/>
"""
IRI = "https://example.org/1"


def read(body: str) -> FoundRecord:
    data = f"{PREFIXES} <{IRI}> a dcat:Dataset ; {body} ."
    return read_catalogue(parse(data.encode(), "turtle")).records[0]


def value(found: FoundRecord, path: str) -> object:
    thing: object = found.resource
    for part in path.replace("]", "").replace("[", ".").split("."):
        if isinstance(thing, list):
            thing = thing[int(part)]
        elif isinstance(thing, dict):
            thing = thing[part]
        else:
            thing = getattr(thing, part)
    return thing


TABLE = tomllib.loads(Path(__file__).with_name("repairs.toml").read_text("utf-8"))["case"]
CASES = [(case["code"], case["path"], case["given"], case.get("now")) for case in TABLE]


@pytest.mark.parametrize(("code", "path", "body", "expected"), CASES)
def test_repair(code: str, path: str, body: str, expected: object) -> None:
    found = read(body)
    repaired = {(repair.code, repair.path) for repair in found.repairs}
    field = path.partition("[")[0]
    assert (code, path) in repaired or (code, field) in repaired
    if expected is not None:
        assert value(found, path) == expected


@pytest.mark.parametrize(("code", "path", "body", "expected"), CASES)
def test_what_goes_out_needs_no_repair(code: str, path: str, body: str, expected: object) -> None:
    lines = statements(read(body).resource, IRI)
    again = read_catalogue(parse("\n".join(map(ntriples_line, lines)).encode(), "nt")).records[0]
    assert [repair.code for repair in again.repairs] == []


def test_every_code_is_tested_and_explained() -> None:
    tested = {code for code, *_ in CASES}
    elsewhere = {"blank-node-record", "type-missing", "language-tag-invalid", "iri-invalid"}
    elsewhere |= {"title-missing"}  # tests/interfaces/piveau/test_hostile.py
    assert tested | elsewhere == set(REPAIRS)
    for code, texts in REPAIRS.items():
        assert set(texts) == {"de", "en"}
        assert explain(Repair(code, ""), "de") == texts["de"]
        assert explain(Repair(code, ""), "fr") == texts["en"]


def test_invalid_tags_and_links_are_dropped_with_a_note() -> None:
    data = b"""{"@id": "https://e.org/1", "@type": "http://www.w3.org/ns/dcat#Dataset",
        "http://purl.org/dc/terms/title": {"@value": "A", "@language": "verylongtag"},
        "http://www.w3.org/ns/dcat#landingPage": {"@id": "::"}}"""
    found = read_catalogue(parse(data, "json-ld")).records[0]
    assert found.resource.title == {"und": "A"}
    assert found.resource.landing_page == []
    codes = [repair.code for repair in found.repairs]
    assert "language-tag-invalid" in codes
    assert "iri-invalid" in codes


def test_unknown_statements_are_kept_and_given_out() -> None:
    found = read(
        'dct:title "A" ; <https://e.org/p> [ <https://e.org/q> "deep" ] ; '
        'dct:license <https://e.org/l> . <https://e.org/l> rdfs:label "Eigene Lizenz"'
    )
    assert isinstance(found.resource, Dataset)
    out = "\n".join(map(ntriples_line, statements(found.resource, "https://new.org/1")))
    assert '<https://e.org/q> "deep"' in out
    assert '<https://e.org/l> <http://www.w3.org/2000/01/rdf-schema#label> "Eigene Lizenz"' in out
    assert IRI not in out


def test_values_set_aside_are_kept_but_not_given_out() -> None:
    found = read('dct:issued "bald" ; dct:publisher <https://e.org/a>, [ foaf:name "B" ]')
    strict = statements(found.resource, IRI)
    everything = statements(found.resource, IRI, strict=False)
    assert len(everything) == len(strict) + 3
    assert not [line for line in strict if "bald" in line[2] or "B" in line[2]]


def test_repairs_of_long_values_are_short() -> None:
    found = read(f'dct:spatial [ locn:geometry "POINT({"1" * 5000} 2)" ]')
    assert max(len(repair.before) for repair in found.repairs) == 300


def test_iris() -> None:
    assert is_iri("https://e.org/ä?q=1#f")
    assert not is_iri("https://e.org/a b")
    assert not is_iri("a#b#c")
    assert cleaned(" https://e.org/{x}|y ") == "https://e.org/%7Bx%7D%7Cy"
    assert cleaned("https://e.org/100%") == "https://e.org/100%25"
    assert cleaned("kein Verweis") is None
    assert from_text("jena.de") == "https://jena.de"
    assert from_text("nur Text") is None
    assert email("MAILTO: a@b.de") == "mailto:a@b.de"
    assert email("niemand") is None
    assert telephone("Durchwahl 12") is None
