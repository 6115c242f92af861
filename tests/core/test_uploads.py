# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What an uploaded file is by its content, what it says of itself, and what is suggested."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest
from tests.portal.importing import messy_csv, workbook
from tests.support.platforms import run_scenario

from allmende.core import catalogue, suggesting, uploads
from allmende.core.catalogue import Entry
from allmende.core.platform import Platform
from allmende.core.settings import Settings
from allmende.core.uploads import Facts, Kind, file_name, kind_of, kind_of_large
from allmende.errors import InvalidInput
from allmende.model.catalogue import Dataset, ResourceKind
from allmende.policy import ANONYMOUS, SYSTEM, Level, Status

THEMES = "http://publications.europa.eu/resource/authority/data-theme/"


def zipped(**members: bytes) -> bytes:
    """A ZIP file; `__` in a name stands for a dot."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "."), content)
    return target.getvalue()


def points() -> bytes:
    """Two wells as GeoJSON."""
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [11.5 + n / 10, 50.9]},
            "properties": {"name": f"Brunnen {n}", "seit": f"201{n}-05-01"},
        }
        for n in (1, 2)
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


@pytest.mark.parametrize(
    ("content", "code", "ending"),
    [
        (messy_csv(), "CSV", "csv"),
        (workbook(), "XLSX", "xlsx"),
        (points(), "GEOJSON", "geojson"),
        (b'[{"a": 1}]', "JSON", "json"),
        (b"%PDF-1.7\n", "PDF", "pdf"),
        (b"\x89PNG\r\n\x1a\n", "PNG", "png"),
        (b"@prefix dct: <http://purl.org/dc/terms/> .\n<a> dct:title 'x' .", "RDF_TURTLE", "ttl"),
        (b"<!doctype html><title>x</title>", "HTML", "html"),
        (b"<?xml version='1.0'?><thing><part/></thing>", "XML", "xml"),
        (zipped(a__txt=b"x", b__txt=b"y"), "ZIP", "zip"),
        (zipped(a__csv=messy_csv()), "CSV", "zip"),
        (zipped(**{"word/document__xml": b"<w/>"}), "DOCX", "docx"),
    ],
)
def test_the_content_tells_the_kind(content: bytes, code: str, ending: str, tmp_path: Path) -> None:
    found = kind_of(content, "table.exe")
    assert (found.code, found.ending) == (code, ending)
    path = tmp_path / "content"
    path.write_bytes(content)
    large = kind_of_large(path, "x")
    assert large.table == ""
    assert large.code == code or (code, large.code) == ("CSV", "ZIP")


@pytest.mark.parametrize("content", [b"MZ\x90\0\3", b"\x7fELF\2", b"#!/bin/sh\n", b"a\0b\0c"])
def test_programs_and_the_unknown_are_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "content"
    path.write_bytes(content)
    for told in (lambda: kind_of(content, "a.csv"), lambda: kind_of_large(path, "a.csv")):
        with pytest.raises(InvalidInput) as refused:
            told()
        assert refused.value.code == "file-type"


def test_an_empty_and_a_broken_file() -> None:
    with pytest.raises(InvalidInput) as refused:
        kind_of(b" \n\0", "a.csv")
    assert refused.value.code == "file-empty"
    with pytest.raises(InvalidInput):
        kind_of(b"PK\x03\x04broken", "a.zip")


def test_names_get_the_ending_of_the_kind() -> None:
    kind = Kind("CSV", "text/csv", "csv")
    assert file_name("Bäume 2024.XLSX", kind) == "baeume-2024.csv"
    assert file_name("..\\..\\.x..y.txt", kind) == "x.y.csv"
    assert file_name("???", kind) == "datei.csv"


def test_a_file_says_rows_columns_area_period_and_language(tmp_path: Path) -> None:
    found: list[Facts] = []

    async def scenario(platform: Platform) -> None:
        for content in (messy_csv(), points(), b"%PDF-1.7\n", b'{"type": "FeatureColl'):
            kind = kind_of(content, "x")
            found.append(await uploads.look(platform, content, kind, "x"))

    portal = {"portal": {"bbox": [11.5, 50.86, 11.67, 50.98]}}
    run_scenario(Settings(data=tmp_path, extra=portal), scenario)
    table, layer, document, broken = found
    assert table.rows == 41
    assert table.columns[:2] == ["Nr.", "Baumart"]
    assert (table.start, table.end) == ("1987-03-15", "2011-10-03")
    assert table.box == (11.57807, 50.91997, 11.58603, 50.92179)
    assert (table.encoding, table.language) == ("cp1252", "de")
    assert (layer.rows, layer.box) == (2, (11.6, 50.9, 11.7, 50.9))
    assert (layer.start, layer.end) == ("2011-05-01", "2012-05-01")
    assert document == Facts()
    assert broken == Facts(encoding="utf-8")  # a text, as far as one can see


def test_suggestions_come_from_words_and_from_what_is_similar(tmp_path: Path) -> None:
    def entry(number: int, level: Level = Level.OPEN) -> Entry:
        return Entry(
            kind=ResourceKind.DATASET,
            organisation="jena",
            status=Status.PUBLISHED,
            metadata_access=level,
            data_access=level,
            legal_basis="§ 1",
            resource=Dataset(
                title={"de": f"Spielplätze im Bezirk {number}"},
                keyword={"de": ["Freizeit", "Spielplatz", f"Geheim {level}"]},
                theme=[THEMES + "SOCI"],
            ),
        )

    async def scenario(platform: Platform) -> None:
        for number in range(4):
            await catalogue.put(platform, SYSTEM, entry(number))
        for number in range(4, 9):
            await catalogue.put(platform, SYSTEM, entry(number, Level.RESTRICTED))
        asked = Dataset(title={"de": "Spielplätze und Umwelt"}, theme=[THEMES + "SOCI"])
        found = await suggesting.suggest(platform, ANONYMOUS, asked)
        said = {(each.field, each.value, each.why) for each in found}
        assert ("theme", THEMES + "ENVI", "words") in said
        assert ("keyword", "Spielplatz", "words") in said
        assert ("keyword", "Freizeit", "similar") in said
        values = {each.value for each in found}
        assert THEMES + "SOCI" not in values  # it is there already
        assert "Geheim restricted" not in values
        bare = Dataset(title={"de": "Spielplätze"})
        others = await suggesting.suggest(platform, ANONYMOUS, bare)
        assert ("theme", THEMES + "SOCI") in {(each.field, each.value) for each in others}
        assert await suggesting.suggest(platform, ANONYMOUS, Dataset()) == []
        odd = Dataset(title={"de": 'OR "x -(* NOT', "en": "- -"})
        assert isinstance(await suggesting.suggest(platform, ANONYMOUS, odd), list)

    run_scenario(Settings(data=tmp_path), scenario)
