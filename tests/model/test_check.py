# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Findings: the sentences, the rules, and the same verdict as pySHACL on the same records."""

from pathlib import Path

import pytest
import rdflib
from pyshacl import validate
from tests.model.shapes import SHAPES

from allmende.model.catalogue import (
    Agent,
    Checksum,
    DataService,
    Dataset,
    DatasetSeries,
    Distribution,
    Kind,
    Location,
    Period,
    Relationship,
    Resource,
)
from allmende.model.check import FINDINGS, Finding, check
from allmende.model.profile import HVD_LEGISLATION, PROFILES, field_label, profile, profiles_for
from allmende.model.rdf import serialise, statements

SH = rdflib.Namespace("http://www.w3.org/ns/shacl#")
AUTHORITY = "http://publications.europa.eu/resource/authority/"
IRI = "https://example.org/datasets/1"


def complete() -> Dataset:
    """A dataset that meets every profile."""
    return Dataset(
        title={"de": "Bäume", "en": "Trees"},
        description={"de": "Alle Bäume der Stadt.", "en": "All trees of the city."},
        publisher=Agent(
            iri="https://example.org/stadt",
            name={"de": "Stadt Jena"},
            type="http://purl.org/adms/publishertype/LocalAuthority",
        ),
        contact_point=[Kind(fn={"und": "Grünflächen"}, email=["mailto:gruen@example.org"])],
        keyword={"de": ["Baum"]},
        theme=[AUTHORITY + "data-theme/ENVI"],
        spatial=[Location(bbox=["POLYGON((11 50,12 50,12 51,11 51,11 50))"])],
        temporal=[Period(start="2020")],
        availability=AUTHORITY + "planned-availability/STABLE",
        contributor_id=["http://dcat-ap.de/def/contributors/openDataHRO"],
        political_geocoding_level=["http://dcat-ap.de/def/politicalGeocoding/Level/municipality"],
        applicable_legislation=[HVD_LEGISLATION],
        hvd_category=["http://data.europa.eu/bna/c_ac64a52d"],
        distribution=[
            Distribution(
                title={"de": "CSV"},
                description={"de": "Eine Zeile je Baum."},
                access_url=["https://example.org/trees.csv"],
                format=AUTHORITY + "file-type/CSV",
                license="http://dcat-ap.de/def/licenses/dl-by-de/2.0",
                license_attribution={"de": "Stadt Jena"},
                availability=AUTHORITY + "planned-availability/STABLE",
                applicable_legislation=[HVD_LEGISLATION],
                modified="2026-01-01",
                checksum=Checksum(
                    algorithm="http://spdx.org/rdf/terms#checksumAlgorithm_sha256", value="00ff"
                ),
            )
        ],
    )


def incomplete() -> dict[str, Resource]:
    """Records that lack something mandatory, by name."""
    bare = complete()
    bare.title, bare.publisher = {}, None
    distribution = complete()
    distribution.distribution = [Distribution(title={"de": "x"}, checksum=Checksum(value="00"))]
    agent = complete()
    agent.creator = [Agent(homepage=["https://example.org/"])]
    contact = complete()
    contact.contact_point = [Kind(fn={"und": "Amt"})]
    relation = complete()
    relation.qualified_relation = [Relationship(relation=["https://example.org/b"])]
    named = complete()
    named.contact_point[0].fn = {"de": "Amt", "en": "Office"}
    named.temporal = [Period(iri="_:p")]
    return {
        "nothing": Dataset(),
        "bare": bare,
        "distribution": distribution,
        "agent": agent,
        "contact": contact,
        "relation": relation,
        "named": named,
        "series": DatasetSeries(description={"de": "Jahre"}),
        "service": DataService(description={"de": "WFS"}),
        "complete": complete(),
    }


@pytest.fixture(scope="module")
def official(shared_data: Path) -> dict[str, rdflib.Graph]:
    """The official shapes without the two that have no path."""
    graphs = {}
    for name in PROFILES:
        graph = rdflib.Graph()
        for file in SHAPES[name]:
            graph.parse(shared_data / "conformance" / "dcat" / file)
        for _, shape in list(graph.subject_objects(SH.property)):
            if (shape, SH.path, None) not in graph:
                graph.remove((None, SH.property, shape))
        graphs[name] = graph
    return graphs


def verdict(record: Resource, shapes: rdflib.Graph) -> set[tuple[str, str]]:
    """Kind of fault and property, as pySHACL sees them in the RDF we write."""
    data = rdflib.Graph().parse(serialise(statements(record, IRI), "turtle"), format="turtle")
    _, report, _ = validate(data, shacl_graph=shapes, do_owl_imports=False)
    kinds = {
        SH.MinCountConstraintComponent: "missing",
        SH.MaxCountConstraintComponent: "too-many",
        SH.DatatypeConstraintComponent: "datatype",
    }
    found = set()
    for result in report.subjects(rdflib.RDF.type, SH.ValidationResult):
        kind = kinds.get(report.value(result, SH.sourceConstraintComponent))
        if kind is not None:
            path = report.value(result, SH.resultPath)
            found.add((kind, "alternatives" if isinstance(path, rdflib.BNode) else str(path)))
    return found


def ours(record: Resource, name: str) -> set[tuple[str, str]]:
    properties = {row.field.name: row.field.iri for rows in profile(name).rows.values()
                  for row in rows.values()}  # fmt: skip
    found = set()
    for finding in check(record, name):
        if finding.code in ("contact-unreachable", "period-empty"):
            found.add(("missing", "alternatives"))
        elif finding.code in ("missing", "too-many"):
            # names are unique among the classes that occur here, except for `role`
            found.add((finding.code, properties[finding.field]))
    return found


@pytest.mark.parametrize("case", incomplete())
@pytest.mark.parametrize("name", PROFILES)
def test_same_verdict_as_pyshacl(official: dict[str, rdflib.Graph], name: str, case: str) -> None:
    record = incomplete()[case]
    expected = verdict(record, official[name])
    found = ours(record, name)
    if name == "dcat-ap-de" and case == "series":
        # the German file defines this shape but hangs it on no class
        found.discard(("missing", "http://purl.org/dc/terms/publisher"))
    assert found == expected


@pytest.mark.parametrize("name", PROFILES)
def test_complete_record_has_no_findings(name: str) -> None:
    assert [finding for finding in check(complete(), name) if finding.severity != "info"] == []


def test_every_finding_has_a_sentence_in_both_languages() -> None:
    for code, texts in FINDINGS.items():
        text = Finding(code, "a", "violation", "title", "x").text
        assert set(texts) == set(text) == {"de", "en"}
        assert "{" not in text["de"] + text["en"]


def test_missing_title_says_what_to_do() -> None:
    finding = check(Dataset())[0]
    assert (finding.code, finding.path, finding.severity) == ("missing", "title", "violation")
    assert finding.text["de"].startswith("„Titel“ fehlt. Bitte angeben.")
    assert finding.text["en"].startswith("“Title” is missing. Please add it.")


def codes(record: Resource, name: str = "dcat-ap-de") -> dict[str, str]:
    return {finding.path: finding.code for finding in check(record, name)}


def test_values_outside_the_vocabularies_are_found() -> None:
    record = complete()
    record.theme = ["https://example.org/theme"]
    record.language = [AUTHORITY + "language/DEU", "deutsch"]
    record.distribution[0].license = "https://example.org/licence"
    found = codes(record)
    assert found["theme[0]"] == "not-in-vocabulary"
    assert found["language[1]"] == "not-an-iri"
    assert found["distribution[0].license"] == "not-in-vocabulary"
    assert "language[0]" not in found


def test_a_foreign_theme_beside_one_of_the_list_is_fine() -> None:
    record = complete()
    record.theme.append("http://eurovoc.europa.eu/100146")
    assert not [path for path in codes(record) if path.startswith("theme")]


def test_rules_of_the_german_profile() -> None:
    record = complete()
    record.distribution[0].license_attribution = {}
    record.political_geocoding = ["http://dcat-ap.de/def/politicalGeocoding/stateKey/16"]
    record.issued = "01.01.2020"
    record.extra = [f'<{IRI}> <http://dcat-ap.de/def/dcatde/legalBasis> "x" .']
    found = codes(record)
    assert found["distribution[0].license_attribution"] == "attribution-missing"
    assert found["political_geocoding"] == "deprecated"
    assert found["issued"] == "not-a-date"
    assert found["extra"] == "deprecated-statement"


def test_high_value_datasets_are_recognised() -> None:
    assert profiles_for(Dataset()) == ("dcat-ap-de",)
    record = complete()
    assert profiles_for(record) == ("dcat-ap-de", "hvd")
    record.applicable_legislation = ["https://example.org/law"]
    assert codes(record, "hvd")["applicable_legislation"] == "hvd-legislation"


def test_fields_have_names_in_both_languages() -> None:
    for name in PROFILES:
        for rows in profile(name).rows.values():
            for field in rows:
                assert "_" not in field_label(field, "de")
                assert field_label(field, "en")
