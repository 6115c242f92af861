# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The quality score: points by hand, and metric by metric against queries of another program."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.model import rdf
from allmende.model.catalogue import Agent, Dataset, Distribution, Kind, Location, Period, Statement
from allmende.model.mqa import (
    BANDS,
    DIMENSIONS,
    METRICS,
    MOST,
    Measured,
    band,
    score,
)
from allmende.model.mqa_advice import advice
from allmende.model.mqa_compliance import compliant
from allmende.model.mqa_words import BAND_WORDS, DEEDS, DIMENSION_WORDS, METRIC_WORDS
from allmende.model.validation.record import Checked, Finding

EU = "http://publications.europa.eu/resource/authority/"
CSV = EU + "file-type/CSV"
PDF = EU + "file-type/PDF"
TEXT_CSV = "http://www.iana.org/assignments/media-types/text/csv"
BY = "http://dcat-ap.de/def/licenses/dl-by-de/2.0"
NAMES = [metric.name for metric in METRICS]


def best() -> Dataset:
    """A dataset that lacks nothing."""
    return Dataset(
        keyword={"de": ["Baum"]},
        theme=[EU + "data-theme/ENVI"],
        spatial=[Location(iri="http://sws.geonames.org/2895044/")],
        temporal=[Period(start="2020")],
        access_rights=EU + "access-right/PUBLIC",
        contact_point=[Kind(fn={"de": "Grünflächenamt"})],
        publisher=Agent(name={"de": "Stadt Jena"}),
        issued="2020-01-01",
        modified="2024-01-01",
        distribution=[file()],
    )


def file() -> Distribution:
    """A file that lacks nothing."""
    return Distribution(
        access_url=["https://example.org/trees"],
        download_url=["https://example.org/trees.csv"],
        format=CSV,
        media_type=TEXT_CSV,
        license=BY,
        rights=[Statement(label={"de": "frei"})],
        byte_size=10,
    )


ANSWERS = {"https://example.org/trees": True, "https://example.org/trees.csv": True}
MEASURED = Measured(ANSWERS, compliant=True)


def test_the_points_make_up_what_the_method_says() -> None:
    sums = dict.fromkeys(DIMENSIONS, 0)
    for metric in METRICS:
        sums[metric.dimension] += metric.points
    assert sums == DIMENSIONS
    assert sum(sums.values()) == MOST == 405
    assert len(set(NAMES)) == len(METRICS) == 23


def test_everything_and_nothing() -> None:
    assert score(best(), MEASURED).points == 405
    assert score(best(), MEASURED).band == "excellent"
    assert score(Dataset()).points == 0
    assert score(Dataset(), Measured({}, compliant=False)).band == "bad"


@pytest.mark.parametrize(
    ("points", "name"),
    [(405, "excellent"), (351, "excellent"), (350, "good"), (221, "good"), (220, "sufficient"),
     (121, "sufficient"), (120, "bad"), (0, "bad"), (350.4, "good"), (350.5, "excellent")],
)  # fmt: skip
def test_bands(points: float, name: str) -> None:
    assert band(points) == name


def test_a_metric_of_files_counts_in_proportion() -> None:
    dataset = best()
    dataset.distribution += [Distribution(access_url=["https://example.org/gone"]), file(), file()]
    found = score(dataset, Measured({**ANSWERS, "https://example.org/gone": False}, compliant=True))
    # a quarter of the 220 points about files is lost
    assert found.points == 350
    assert found.exact == pytest.approx(405 - 55)


def test_what_was_not_measured_waits() -> None:
    found = score(best())
    assert found.points == 405 - 50 - 30 - 30
    assert found.pending == 110
    assert advice(best()) == []


def test_one_broken_address_of_two_breaks_the_access() -> None:
    dataset = best()
    dataset.distribution[0].access_url.append("https://example.org/gone")
    found = Measured({**ANSWERS, "https://example.org/gone": False}, compliant=True)
    assert score(dataset, found).points == 355
    (deed,) = advice(dataset, found)
    assert (deed.key, deed.points, deed.paths) == (
        "access-broken", 50, ("distribution[0].access_url",),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("format_", "media_type", "aligned", "open_", "machine"),
    [
        (CSV, TEXT_CSV, 10, 20, 20),
        (PDF, "http://www.iana.org/assignments/media-types/application/pdf", 10, 20, 0),
        (EU + "file-type/XLS", None, 5, 0, 20),
        ("CSV", None, 0, 20, 20),
        (None, "text/csv", 0, 20, 20),
        (None, TEXT_CSV, 5, 20, 20),
        ("https://example.org/formats/quux", "https://example.org/quux", 0, 0, 0),
        (None, "http://www.iana.org/assignments/media-types/quux/csv", 0, 0, 0),
    ],
)
def test_formats(
    format_: str | None, media_type: str | None, aligned: float, open_: float, machine: float
) -> None:
    dataset = Dataset(distribution=[Distribution(format=format_, media_type=media_type)])
    points = {metric.name: metric.points * value.share for metric, value in score(dataset).pairs()}
    assert points["formatMediaTypeVocabularyAlignment"] == aligned
    assert points["formatMediaTypeNonProprietary"] == open_
    assert points["formatMediaTypeMachineInterpretable"] == machine


def test_a_missing_licence_is_worth_thirty_points() -> None:
    dataset = best()
    dataset.distribution[0].license = None
    (deed,) = advice(dataset, MEASURED)
    assert (deed.key, deed.points, deed.paths) == ("licence", 30, ("distribution[0].license",))
    dataset.distribution[0].license = "https://example.org/our-own-terms"
    (deed,) = advice(dataset, MEASURED)
    assert (deed.key, deed.points) == ("licence-list", 10)


IRIS = st.sampled_from([None, CSV, PDF, "csv", TEXT_CSV, BY, "https://example.org/x"])
URLS = st.lists(st.sampled_from([*ANSWERS, "https://example.org/gone"]), max_size=2)
FILES = st.builds(
    Distribution,
    access_url=URLS,
    download_url=URLS,
    format=IRIS,
    media_type=IRIS,
    license=IRIS,
    byte_size=st.sampled_from([None, 0, 7]),
)
DATASETS = st.builds(
    Dataset,
    keyword=st.sampled_from([{}, {"de": []}, {"de": ["Baum"]}]),
    theme=st.lists(st.just("x"), max_size=1),
    access_rights=IRIS,
    modified=st.sampled_from([None, "2020"]),
    distribution=st.lists(FILES, max_size=4),
)


@given(
    DATASETS,
    st.dictionaries(st.sampled_from([*ANSWERS, "https://example.org/gone"]), st.booleans()),
    st.sampled_from([None, True, False]),
)
def test_points_gains_and_waiting_make_up_405(
    dataset: Dataset, answers: dict[str, bool], is_compliant: bool | None
) -> None:
    measured = Measured(answers, is_compliant)
    found = score(dataset, measured)
    gains = advice(dataset, measured)
    assert found.exact + found.pending + sum(each.points for each in gains) == pytest.approx(405)
    assert [each.points for each in gains] == sorted((g.points for g in gains), reverse=True)
    assert sum(found.dimensions.values()) == pytest.approx(found.exact)
    assert all(each.title["de"] and each.text["en"] for each in gains)


def test_only_dcat_ap_itself_decides_about_compliance() -> None:
    def checked(check: str, severity: str) -> Checked:
        return Checked(("dcat-ap-de",), [Finding("dcat-ap-de", check, severity, "")], 1, 0, 0)

    assert not compliant(checked("Dataset.title.min", "violation"))
    assert compliant(checked("Dataset.title.min", "warning"))
    assert compliant(checked("attribution-missing", "violation"))
    assert compliant(checked("Dataset.publisher.min", "violation"))  # only DCAT-AP.de


def test_there_are_words_for_everything() -> None:
    assert set(METRIC_WORDS) == set(NAMES)
    assert set(DIMENSION_WORDS) == set(DIMENSIONS)
    assert set(BAND_WORDS) == {name for name, _ in BANDS}
    for texts in [*METRIC_WORDS.values(), *(text for pair in DEEDS.values() for text in pair)]:
        assert texts["de"] != texts["en"]


# What share of datasets or distributions fulfils a metric, asked of the RDF by rdflib.
QUERIES = {
    "keywordAvailability": "?d a dcat:Dataset; dcat:keyword ?x",
    "categoryAvailability": "?d a dcat:Dataset; dcat:theme ?x",
    "spatialAvailability": "?d a dcat:Dataset; dct:spatial ?x",
    "temporalAvailability": "?d a dcat:Dataset; dct:temporal ?x",
    "accessRightsAvailability": "?d a dcat:Dataset; dct:accessRights ?x",
    "contactPointAvailability": "?d a dcat:Dataset; dcat:contactPoint ?x",
    "publisherAvailability": "?d a dcat:Dataset; dct:publisher ?x",
    "dateIssuedAvailability": "?d a dcat:Dataset; dct:issued ?x",
    "dateModifiedAvailability": "?d a dcat:Dataset; dct:modified ?x",
    "downloadUrlAvailability": "[] dcat:distribution ?d. ?d dcat:downloadURL ?x",
    "formatAvailability": "[] dcat:distribution ?d. ?d dct:format ?x",
    "mediaTypeAvailability": "[] dcat:distribution ?d. ?d dcat:mediaType ?x",
    # a text such as "terms of the city" is no licence: DCAT-AP wants a dct:LicenseDocument
    "licenceAvailability": "[] dcat:distribution ?d. ?d dct:license ?x FILTER (!isLiteral(?x))",
    "rightsAvailability": "[] dcat:distribution ?d. ?d dct:rights ?x",
    "byteSizeAvailability": "[] dcat:distribution ?d. ?d dcat:byteSize ?x",
}
PREFIXES = "PREFIX dcat: <http://www.w3.org/ns/dcat#> PREFIX dct: <http://purl.org/dc/terms/> "


@pytest.mark.parametrize("name", ["bremen", "brandenburg", "destatis"])
def test_real_catalogues_have_the_counts_rdflib_finds(shared_data: Path, name: str) -> None:
    rdflib = pytest.importorskip("rdflib")
    file = shared_data / "catalogue" / f"{name}-catalog-original-input.rdf"
    document = rdf.read_catalogue(rdf.parse(file.read_bytes(), "application/rdf+xml"))
    datasets = [each.resource for each in document.records if isinstance(each.resource, Dataset)]
    graph = rdflib.Graph().parse(file)
    have = dict.fromkeys(QUERIES, 0.0)
    for dataset in datasets:
        for metric, value in score(dataset).pairs():
            if metric.name in have:
                have[metric.name] += value.have
    asked = {}
    for metric_name, pattern in QUERIES.items():
        question = f"{PREFIXES} SELECT (COUNT(DISTINCT ?d) AS ?n) WHERE {{ {pattern} }}"
        asked[metric_name] = float(next(iter(graph.query(question)))[0])
    assert have == asked
