# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Controlled vocabularies: complete, named in two languages, and found by what people write."""

from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, Store

from allmende.errors import NotFound
from allmende.model.catalogue import RESOURCE_TYPES, Agent, Checksum, Distribution, Range
from allmende.model.rdf.plan import plan_of
from allmende.model.vocabulary import names, vocabulary

SIZES = {"data-theme": 13, "hvd-category": 96, "licence": 34, "eu-licence": 47, "contributor": 69}
CONCEPT = "PREFIX skos: <http://www.w3.org/2004/02/skos/core#> SELECT ?c { ?c a skos:Concept }"


@pytest.mark.parametrize("name", names())
def test_every_concept_has_a_name_and_a_valid_iri(name: str) -> None:
    words = vocabulary(name)
    assert words.source
    assert set(words.title) == {"de", "en"}
    for concept in words:
        assert concept.iri.startswith(words.base)
        assert words.has(concept.iri)
        assert words.get(concept.iri) is concept
        assert concept.label("de")
        assert words.label(concept.iri, "en") == concept.label("en")


@pytest.mark.parametrize(("name", "size"), SIZES.items())
def test_lists_are_complete(name: str, size: int) -> None:
    assert len(vocabulary(name)) == size


def test_lists_hold_the_official_codes(shared_data: Path) -> None:
    for name, file, syntax in (
        ("data-theme", "vocabularies/data-theme-skos-ap-act.ttl", RdfFormat.TURTLE),
        ("file-type", "vocabularies/filetypes-skos-ap-act.ttl", RdfFormat.TURTLE),
        ("licence", "vocabularies/dcat-ap-de-licenses-open.rdf", RdfFormat.RDF_XML),
        ("contributor", "vocabularies/dcat-ap-de-contributors.rdf", RdfFormat.RDF_XML),
        ("hvd-category", "catalogue/hvd_scheme.ttl", RdfFormat.TURTLE),
    ):
        store = Store()
        store.bulk_load(path=str(shared_data / file), format=syntax)
        official = {row["c"].value for row in store.query(CONCEPT)}
        missing = {iri for iri in official if not vocabulary(name).has(iri)}
        assert {iri.rpartition("/")[2] for iri in missing} <= {"OP_DATPRO"}, name


def test_every_field_names_a_known_vocabulary() -> None:
    for cls in (*RESOURCE_TYPES.values(), Distribution, Agent, Checksum):
        for field in plan_of(cls).by_name.values():
            if field.range is Range.CONCEPT:
                assert field.vocabulary in names(), field.name


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("CSV", "CSV"), (".csv", "CSV"), ("text/csv", "CSV"), ("csv ", "CSV"),
        ("GeoJSON", "GEOJSON"), ("application/vnd.geo+json", "GEOJSON"), ("Shapefile", "SHP"),
        ("ESRI Shape", "SHP"), ("WMS", "WMS_SRVC"), ("wfs_srvc", "WFS_SRVC"), ("xlsx", "XLSX"),
        ("Excel", "XLS"), ("tif", "TIFF"), ("jpg", "JPEG"), ("ttl", "RDF_TURTLE"),
        ("application/rdf+xml", "RDF_XML"), ("html", "HTML"), ("pdf", "PDF"), ("gpkg", "GPKG"),
        ("zip", "ZIP"), ("json", "JSON"), ("gml", "GML"), ("txt", "TXT"), ("kml", "KML"),
        ("application/octet-stream", None), ("irgendwas", None), ("", None),
    ],
)  # fmt: skip
def test_file_types_are_found_by_text(text: str, code: str | None) -> None:
    concept = vocabulary("file-type").match(text)
    assert (concept.code if concept else None) == code


def test_open_and_machine_readable_file_types() -> None:
    words = vocabulary("file-type")
    facts = {concept.code: concept.facts for concept in words}
    assert facts["CSV"].get("open")
    assert facts["CSV"].get("machine_readable")
    assert facts["PDF"].get("open")
    assert not facts["PDF"].get("machine_readable")
    assert not facts["XLS"].get("open")
    assert facts["XLS"].get("machine_readable")


def test_licences_speak_plainly() -> None:
    for concept in vocabulary("licence"):
        assert set(concept.labels) == {"de", "en"}
        assert isinstance(concept.facts["open"], bool)
        assert set(concept.facts["sentence"]) == {"de", "en"}
    by = vocabulary("licence").get("https://creativecommons.org/licenses/by/4.0")
    assert by is not None
    assert by.code == "cc-by/4.0"
    assert (by.facts["open"], by.facts["attribution"], by.facts["commercial"]) == (True,) * 3
    nc = vocabulary("licence").match("CC BY-NC 4.0")
    assert nc is not None
    assert (nc.facts["open"], nc.facts["commercial"]) == (False, False)


def test_hvd_categories_have_six_roots() -> None:
    words = vocabulary("hvd-category")
    roots = [concept for concept in words if concept.broader is None]
    assert len(roots) == 6
    assert all(words.has(concept.broader) for concept in words if concept.broader)


def test_languages_are_found_by_all_their_codes() -> None:
    words = vocabulary("language")
    for text in ("de", "deu", "ger", "Deutsch", "German"):
        concept = words.match(text)
        assert concept is not None
        assert concept.code == "DEU"
    assert words.label("http://publications.europa.eu/resource/authority/language/DEU", "de") == (
        "Deutsch"
    )


def test_unknown_things_have_a_readable_end() -> None:
    assert vocabulary("licence").label("https://e.org/licences/own", "de") == "own"
    assert vocabulary("licence").get("https://e.org/licences/own") is None
    with pytest.raises(NotFound):
        vocabulary("weather")
    with pytest.raises(NotFound):
        vocabulary("../errors")
