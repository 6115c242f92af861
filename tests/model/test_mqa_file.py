# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What is inside a file, also a hostile one."""

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.model.mqa_file import JUDGED, code_of, detect, measure

XML = b'<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document/></kml>'
LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE k [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>
<kml>&b;</kml>"""


def packed(*names: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return target.getvalue()


@pytest.mark.parametrize(
    ("data", "declared", "parses", "trouble"),
    [
        (b"a,b\n1,2\n", "CSV", True, ""),
        (b"<html><body>Not found</body></html>", "CSV", False, "other-format"),
        (b"   \n", "CSV", False, "empty"),
        (b"a\0b\0c,d\n" * 3, "CSV", False, "not-text"),
        (b'{"a": 1}', "JSON", True, ""),
        (b'{"a": ', "JSON", False, "broken"),
        (b"[" * 100_000, "JSON", False, "broken"),
        (b'{"type": "FeatureCollection", "features": []}', "GEOJSON", True, ""),
        (b'{"type": "Baum"}', "GEOJSON", False, "other-format"),
        (XML, "KML", True, ""),
        (XML, "XML", True, ""),
        (XML, "ATOM", False, "other-format"),
        (XML[:-3], "KML", False, "broken"),
        (LAUGHS, "KML", False, "entities"),
        (b"<http://a> <http://b> <http://c> .", "RDF_TURTLE", True, ""),
        (b"<http://a> <http://b> .", "RDF_TURTLE", False, "broken"),
        (packed("xl/workbook.xml"), "XLSX", True, ""),
        (packed("a.shp", "a.dbf"), "SHP", True, ""),
        (packed("a.txt"), "SHP", False, "other-format"),
        (packed("a.txt"), "ZIP", True, ""),
        (b"PK\x03\x04 and nonsense", "XLSX", False, "other-format"),
        (b"%PDF-1.7 ...", "PDF", True, ""),
        (b"%PDF-1.7 ...", "PDFA1B", True, ""),
        (b"GIF89a", "PNG", False, "other-format"),
        (b"anything", "ECW", None, ""),
    ],
)
def test_files(data: bytes, declared: str, parses: bool | None, trouble: str) -> None:
    found = measure(data, declared)
    assert (found.parses, found.trouble) == (parses, trouble)
    assert found.size == len(data)


def test_a_table_tells_how_it_is_written() -> None:
    found = measure("Straße;Höhe\nA;1,5\nB;2,5\n".encode("cp1252"), "CSV")
    assert (found.encoding, found.delimiter, found.decimal) == ("cp1252", ";", ",")
    assert (found.columns, found.rows) == (2, 3)


def test_of_a_beginning_not_everything_is_judged() -> None:
    assert measure(b'{"a": ', "JSON", whole=False).parses is None
    assert measure(XML[:-3], "KML", whole=False).parses is None
    assert measure(packed("xl/workbook.xml")[:40], "XLSX", whole=False).parses is None
    assert measure(b"<html>", "JSON", whole=False).parses is False
    assert measure(b"a,b", "CSV", whole=False).size is None


@pytest.mark.parametrize(
    ("format_", "media_type", "code"),
    [
        ("http://publications.europa.eu/resource/authority/file-type/CSV", None, "CSV"),
        ("csv", None, "CSV"),
        (None, "http://www.iana.org/assignments/media-types/application/json", "JSON"),
        (None, "text/turtle", "RDF_TURTLE"),
        (None, None, ""),
        ("quux", "quux", ""),
    ],
)
def test_codes(format_: str | None, media_type: str | None, code: str) -> None:
    assert code_of(format_, media_type) == code


@given(st.binary(max_size=300), st.sampled_from(sorted(JUDGED)), st.booleans())
def test_any_bytes_are_measured(data: bytes, declared: str, whole: bool) -> None:
    found = measure(data, declared, whole=whole)
    assert found.declared == declared
    assert (found.trouble != "") == (found.parses is False)


def test_real_files_are_what_they_say(shared_data: Path) -> None:
    wanted = {".csv": "CSV", ".geojson": "GEOJSON", ".json": "JSON", ".gml": "GML"}
    found = 0
    for path in sorted(shared_data.rglob("*")):
        code = wanted.get(path.suffix)
        if code and path.stat().st_size < 300_000:
            seen = measure(path.read_bytes(), code)
            assert seen.parses or seen.trouble, path
            assert seen.parses is not False or seen.detail or seen.trouble == "empty", path
            found += seen.parses is True
    assert found > 10
    assert detect(b"") == ""
