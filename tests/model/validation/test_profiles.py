# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Shapes made from our tables: as SHACL files, and against the official shapes.

The engine with the official shapes equals pySHACL (test_official_shapes.py), so here the two
sets of shapes are compared with the one engine; every difference is listed with its reason.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.model.validation.oracle import (
    compiled,
    data_of,
    official,
    ours,
    pyshacl_finds,
)
from tests.model.validation.test_official_shapes import CATALOGUES, SAMPLES, read

from allmende.model.namespaces import DCAT, DCT, FOAF, LOCN, SKOS, SPDX
from allmende.model.profile import DELIVERIES, PROFILES
from allmende.model.rdf import parse
from allmende.model.validation import Data, Result, profiles

ALL = PROFILES + DELIVERIES
# (component, path) the official shapes of DCAT-AP ask for and our tables do not: the class of
# a term of a list or of a foreign document. The lists and documents are not delivered with a
# catalogue, so without downloads these checks fail always; DCAT-AP.de switches them off too.
# Ours look into the lists themselves.
FOREIGN = {
    *(DCT + name for name in ("language", "accessRights", "accrualPeriodicity", "conformsTo")),
    *(DCT + name for name in ("format", "license", "rights", "type", "provenance")),
    *(DCAT + name for name in ("landingPage", "mediaType", "theme", "themeTaxonomy", "hadRole")),
    *(DCAT + name for name in ("compressFormat", "packageFormat", "endpointURL")),
    *(FOAF + name for name in ("homepage", "page")),
    "http://www.w3.org/ns/adms#status",
    "http://data.europa.eu/r5r/availability",
    "http://data.europa.eu/r5r/applicableLegislation",
    "http://data.europa.eu/r5r/hvdCategory",
    SPDX + "algorithm",
    LOCN + "geometry",
    # no dataset says of itself that it is a resource, an attribution or an activity
    FOAF + "primaryTopic",
    "http://www.w3.org/ns/prov#qualifiedAttribution",
    "http://www.w3.org/ns/prov#wasGeneratedBy",
    # an address is a resource by itself; nobody states it
    *("http://www.w3.org/2006/vcard/ns#" + name for name in ("hasEmail", "hasURL")),
    *(DCAT + name for name in ("accessURL", "endpointDescription")),
}
# a geometry may be a literal, as portals write it; what a list says of its own terms is not
# the matter of a catalogue
OTHER = {
    ("NodeKindConstraintComponent", LOCN + "geometry"),
    ("MinCountConstraintComponent", SKOS + "prefLabel"),
}
# checks of ours that the official shapes do not have, by the end of the shape's id:
# recommendations, lists, dates, the two rules of the conventions and the regulation
OURS_ONLY = (".wanted", ".list", ".date", ":attribution-missing")
OURS_ONLY_HVD = (*OURS_ONLY, ":hvd-legislation.Dataset", ":hvd-legislation.Distribution")
NAMES = {"dcat-ap": "dcat-ap", "dcat-ap-de": "dcat-ap-de", "hvd": "dcat-ap+hvd"}


def key(result: Result) -> tuple[object, ...]:
    return result.focus, result.path, result.value, result.component, result.severity


def foreign(result: Result) -> bool:
    if result.component == "ClassConstraintComponent":
        return result.path in FOREIGN
    return (result.component, result.path) in OTHER


@pytest.mark.parametrize("name", PROFILES)
@pytest.mark.parametrize("source", [*CATALOGUES, *SAMPLES])
def test_tables_find_what_the_official_shapes_find(
    shared_data: Path, source: str, name: str
) -> None:
    data = data_of(read(shared_data, source))
    theirs = official(shared_data, NAMES[name]).validate(data)
    mine = profiles.compiled(name).validate(data)
    beyond = OURS_ONLY_HVD if name == "hvd" else OURS_ONLY
    assert {key(r) for r in mine if not r.source.endswith(beyond)} == {
        key(r) for r in theirs if not foreign(r)
    }


@pytest.mark.parametrize("name", ALL)
def test_file_and_compiled_checks_are_the_same(name: str, shared_data: Path) -> None:
    """The SHACL file says what the checks do, and pySHACL reads it so."""
    content = read(shared_data, "eudata01")
    data = data_of(content)
    turtle = profiles.shacl_file(name).decode()
    mine = ours(profiles.compiled(name), data)
    assert mine == ours(compiled(turtle), data)
    assert mine == pyshacl_finds(turtle, content)
    assert mine


def test_file_of_the_tables_with_pyshacl_on_a_catalogue(shared_data: Path) -> None:
    content = read(shared_data, "destatis")
    turtle = profiles.shacl_file("govdata").decode()
    mine = ours(profiles.compiled("govdata"), data_of(content))
    assert mine == pyshacl_finds(turtle, content)
    assert len(mine) > 1_000


@pytest.mark.parametrize("syntax", ["text/turtle", "application/ld+json", "application/rdf+xml"])
def test_files_in_every_syntax_say_the_same(syntax: str) -> None:
    graph = parse(profiles.shacl_file("hvd", syntax), syntax)
    assert graph.size == len(set(profiles.statements("hvd")))


@pytest.mark.parametrize("name", ALL)
def test_every_check_says_what_to_do_in_two_languages(name: str) -> None:
    data = Data.of(profiles.statements(name))
    asked = data.table("http://www.w3.org/ns/shacl#severity")
    assert len(asked) > 50
    for shape in asked:
        said = data.values(shape, "http://www.w3.org/ns/shacl#message")
        assert sorted(each[1] or "" for each in said) == ["de", "en"], shape
        for text in said:
            assert "{" not in text[0]
            assert text[0].endswith((".", ")", "?"))


DATASET = """
@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> . @prefix dcatde: <http://dcat-ap.de/def/dcatde/> .
@prefix vcard: <http://www.w3.org/2006/vcard/ns#> .
@prefix r5r: <http://data.europa.eu/r5r/> .
<https://example.org/d> a dcat:Dataset ; dct:title "Bäume" ; dct:description "Alle Bäume" ;
  dct:publisher <https://example.org/p> ; dcat:distribution <https://example.org/f> ; %s
  dcat:contactPoint [ a vcard:Kind ; %s ] .
<https://example.org/p> a foaf:Agent ; foaf:name "Stadt" .
<https://example.org/f> a dcat:Distribution ; dcat:accessURL <https://example.org/x> ; %s .
"""
GOOD = (
    "dcatde:contributorID <http://dcat-ap.de/def/contributors/jena> ;",
    "vcard:hasEmail <mailto:a@example.org>",
    "dct:license <http://dcat-ap.de/def/licenses/dl-zero-de/2.0>",
)


def violations(name: str, *parts: str) -> set[str]:
    data = data_of((DATASET % parts).encode(), "turtle")
    found = profiles.compiled(name).validate(data)
    return {r.source.rpartition(f":{name}:")[2] for r in found if r.severity == "Violation"}


def contributor() -> str:
    from allmende.model.vocabulary import vocabulary

    return f"dcatde:contributorID <{next(iter(vocabulary('contributor'))).iri}> ;"


def cases() -> Iterator[tuple[str, tuple[str, str, str], set[str]]]:
    mine, mail, licence = contributor(), GOOD[1], GOOD[2]
    yield "govdata", (mine, mail, licence), set()
    yield "govdata", ("", mail, licence), {"contributor-once"}
    foreign_id = "dcatde:contributorID <https://example.org/own> ;"
    yield "govdata", (foreign_id, mail, licence), {"contributor-once"}
    yield "govdata", (mine + foreign_id, mail, licence), set()
    yield "govdata-indirect", ("", mail, licence), set()
    phone = "vcard:hasTelephone <tel:+493641>"
    yield "dcat-ap-de", ("", phone, licence), set()
    yield "govdata", (mine, phone, licence), {"contact-mail"}
    own = "dct:license <https://example.org/terms>"
    yield "dcat-ap-de", ("", mail, own), set()
    yield "govdata-indirect", ("", mail, own), {"Distribution.license.list"}
    text = licence + ' ; dct:format "CSV"'
    yield "govdata", (mine, mail, text), {"Distribution.format.kind", "Distribution.format.list"}
    yield (
        "hvd",
        ("", mail, licence),
        {
            "Dataset.applicable_legislation.min",
            "Dataset.hvd_category.min",
            "Distribution.applicable_legislation.min",
        },
    )


@pytest.mark.parametrize(("name", "parts", "expected"), list(cases()))
def test_conventions(name: str, parts: tuple[str, str, str], expected: set[str]) -> None:
    assert violations(name, *parts) == expected


def test_attribution_is_asked_for_where_the_licence_does() -> None:
    by = "dct:license <http://dcat-ap.de/def/licenses/dl-by-de/2.0>"
    for licence, expected in [
        (by, True),
        (by + ' ; dcatde:licenseAttributionByText "Stadt"', False),
        (GOOD[2], False),
    ]:
        data = data_of((DATASET % ("", GOOD[1], licence)).encode(), "turtle")
        found = profiles.compiled("dcat-ap-de").validate(data)
        assert any(r.source.endswith(":attribution-missing") for r in found) is expected
