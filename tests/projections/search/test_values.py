# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Facet values and facts of a record."""

import pytest

from allmende.model.catalogue import Dataset, Distribution, Location, Period, ResourceKind
from allmende.projections.search.document import decode, document, sort_key
from allmende.projections.search.values import boxes, format_code, licences, openness, years
from allmende.store.records import Entry
from allmende.store.search import _tsvector

EU = "http://publications.europa.eu/resource/authority/"
IANA = "https://www.iana.org/assignments/media-types/"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (EU + "file-type/CSV", "CSV"),
        (IANA + "text/csv", "CSV"),
        (IANA + "application/geo+json", "GEOJSON"),
        (IANA + "application/octet-stream", ""),
        ("csv", "CSV"),
        (".xlsx", "XLSX"),
        ("https://example.org/formats/special", "SPECIAL"),
        ("x" * 40, ""),
    ],
)
def test_formats_become_codes(given: str, code: str) -> None:
    assert format_code(given) == code


def with_licences(*given: str | None, rights: str | None = None) -> Dataset:
    return Dataset(
        access_rights=rights, distribution=[Distribution(license=each) for each in given]
    )


@pytest.mark.parametrize(
    ("record", "value"),
    [
        (with_licences("http://dcat-ap.de/def/licenses/dl-by-de/2.0"), "open"),
        (with_licences("https://creativecommons.org/licenses/by/4.0/"), "open"),
        (with_licences("http://dcat-ap.de/def/licenses/cc-by-nc"), "restricted"),
        (with_licences("http://dcat-ap.de/def/licenses/cc-by-nc", "https://x/other"), "restricted"),
        (with_licences("Nutzungsbedingungen"), "unknown"),
        (with_licences(None), "unknown"),
        (
            with_licences(
                "http://dcat-ap.de/def/licenses/cc-zero", rights=EU + "access-right/NON_PUBLIC"
            ),
            "restricted",
        ),
    ],
)
def test_openness(record: Dataset, value: str) -> None:
    assert openness(record) == value


def test_spellings_of_a_licence_are_one_value() -> None:
    record = with_licences(
        "https://www.dcat-ap.de/def/licenses/cc-zero", "http://dcat-ap.de/def/licenses/cc-zero"
    )
    assert licences(record) == ["http://dcat-ap.de/def/licenses/cc-zero"]


def test_years_are_those_the_data_speak_about() -> None:
    record = Dataset(issued="2022-05-01")
    assert years(record, [("2019-01-01", "2021-06-30")]) == ["2019", "2020", "2021"]
    assert years(record, [("2019", "")]) == ["2019"]
    assert years(record, [("1000", "2000")]) == ["2022"]  # too long to be told by years
    assert years(record, []) == ["2022"]
    assert years(Dataset(modified="2020"), []) == ["2020"]
    assert years(Dataset(), []) == []


def test_the_box_comes_before_geometry_and_centroid() -> None:
    place = Location(bbox=["POLYGON((1 2,3 2,3 4,1 4))"], centroid=["POINT(9 9)"])
    assert boxes(Dataset(spatial=[place, Location(centroid=["POINT(9 9)"])])) == [
        (1, 2, 3, 4), (9, 9, 9, 9),
    ]  # fmt: skip


def test_titles_sort_as_in_a_dictionary_and_numbers_by_value() -> None:
    titles = [
        "Ämter", "„Apfel“", "Bebauungsplan 9", "Bebauungsplan 10", "Straße", "Strasse 2", "Zoo",
    ]  # fmt: skip
    assert sorted(reversed(titles), key=sort_key) == titles


def test_what_is_kept_of_a_record() -> None:
    record = Dataset(
        title={"de": "Bäume &amp; Sträucher", "en": "Trees"},
        description={"de": "<p>Alle <b>Bäume</b></p>"},
        keyword={"de": ["Grün", "Grün"], "en": ["green"]},
        temporal=[Period(start="2020", end="2021")],
        modified="2021-01-01T00:00:00Z",
    )
    made = document(Entry(kind=ResourceKind.DATASET, resource=record, organisation="jena"))
    title, keyword, _, description, other = made.texts
    assert title == ["baum", "strauch", "tree"]
    assert keyword == ["grun", "grun", "green"]
    assert description == ["all", "baum"]
    assert other == ["2020", "2021"]
    facts = decode(made.facts)
    assert facts.facets["keyword"] == ["Grün"]
    assert facts.facets["year"] == ["2020", "2021"]
    assert (facts.modified, facts.periods) == ("2021-01-01T00:00:00", [("2020", "2021")])
    assert ("baum", "bäume", "Bäume") in made.words
    assert not any(word.isdigit() for _, word, _ in made.words)


def test_long_texts_fit_into_a_tsvector() -> None:
    made = _tsvector((["a"] * 400, ["b"], [], ["c"] * 20_000, ["d"]))
    positions = dict(part.split(":") for part in made.split(" "))
    assert positions["'a'"].count(",") == 249
    assert positions["'d'"] == "16000D"
