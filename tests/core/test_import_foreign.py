# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Files that are no tables are refused with what they are and what to do, in both languages."""

import io
import tempfile
import zipfile
from pathlib import Path

import pytest

from allmende.core import imports
from allmende.core.address_names import shown
from allmende.core.imports import Limits, Material, ReadOptions, open_content
from allmende.errors import InvalidInput, LimitExceeded

PROGRAM = '''"""A module."""
import os
from pathlib import Path


def main(a, b):
    for each in a:
        if each > b:
            print(each, b)
    return os.path.join("a", "b")


class Thing:
    """A thing."""

    def run(self):
        return main([1, 2], 3)
'''
PROSE = "\n".join(
    f"{n}. Der Stadtrat hat in seiner Sitzung beschlossen, dass die Parks und die Spielplätze der "
    "Stadt in den nächsten Jahren erneuert werden und dass dafür Geld im Haushalt steht."
    for n in range(12)
)
ERROR_PAGE = (
    "<!DOCTYPE html>\n<html><head><title>404 Not Found</title></head><body>Sorry</body></html>"
)


def packed(**members: bytes) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        for name, body in members.items():
            archive.writestr(name.replace("__", "/").replace("_DOT_", "."), body)
    return kept.getvalue()


DOCX = packed(word__document_DOT_xml=b"<w/>")
PPTX = packed(ppt__presentation_DOT_xml=b"<p/>")
ODT = packed(mimetype=b"application/vnd.oasis.opendocument.text", content_DOT_xml=b"<o/>")
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
LOCKED = COMPOUND + "EncryptedPackage".encode("utf-16-le")
DOC = COMPOUND + "WordDocument".encode("utf-16-le")


@pytest.mark.parametrize(
    ("name", "data", "is_en", "is_de", "do_de"),
    [
        ("plan.pdf", b"%PDF-1.7\n%\xe2\xe3", "a PDF document", "ein PDF-Dokument", "als CSV"),
        ("plan.csv", b"%PDF-1.4\n1 0 obj\n", "a PDF document", "ein PDF-Dokument", "als CSV"),
        ("brief.docx", DOCX, "word processor", "Textverarbeitung", "als CSV"),
        ("brief.doc", DOC, "word processor", "Textverarbeitung", "als CSV"),
        ("brief.odt", ODT, "word processor", "Textverarbeitung", "als CSV"),
        ("folien.pptx", PPTX, "a presentation", "eine Präsentation", "als CSV"),
        ("geheim.xlsx", LOCKED, "a password", "einem Passwort", "ohne Passwort"),
        ("bild.csv", b"\x89PNG\r\n\x1a\n\0\0", "a picture", "ein Bild", "wählen Sie"),
        ("bild.csv", b"\xff\xd8\xff\xe0\0\x10JFIF", "a picture", "ein Bild", "wählen Sie"),
        ("programm.csv", PROGRAM.encode(), "source text", "Quelltext", "wählen Sie"),
        ("programm.exe", b"MZ\x90\0\3", "a program", "ein Programm", "wählen Sie"),
        ("daten.rar", b"Rar!\x1a\x07\x01\0", "an archive", "ein Archiv", "entpacken"),
        ("text.csv", PROSE.encode(), "running text", "fortlaufender Text", "als CSV"),
        ("daten.csv", ERROR_PAGE.encode(), "404 Not Found", "404 Not Found", "im Browser"),
        ("a.md", b"# A\n\nText.\n\n## B\n\n- one\n- two\n", "running text", "Text", "als CSV"),
        ("wms.xml", b'<?xml version="1.0"?><WMS a="b"/>', "the kind WMS", "der Art WMS", "CSV"),
        ("leer.csv", b"", "it is empty", "sie ist leer", "speichern Sie"),
        ("leer.csv", b"\xef\xbb\xbf\r\n \r\n", "it is empty", "sie ist leer", "speichern Sie"),
        ("leer.zip", packed(), "it is empty", "sie ist leer", "speichern Sie"),
        ("daten.bin", b"abc\0\1\2", "not known", "nicht bekannt", "als CSV"),
    ],
)
def test_what_is_no_table_is_named(
    name: str, data: bytes, is_en: str, is_de: str, do_de: str
) -> None:
    with pytest.raises(InvalidInput) as raised:
        open_content(Material(data, name))
    assert raised.value.text["en"].startswith(f"{name} cannot be read: ")
    assert is_en in raised.value.text["en"]
    assert is_de in raised.value.text["de"]
    assert do_de in raised.value.text["de"]


@pytest.mark.parametrize(
    "text",
    [
        "Name\nAnna\nBen\nCarl\n",
        "Satz\n" + "Ein kurzer Satz über einen Park.\n" * 5,
        "nr;text\n" + "".join(f"{n};{PROSE.splitlines()[0]}\n" for n in range(5)),
        "id,code\n" + "".join(f"{n},return x{n}\n" for n in range(9)),
        "a;b\n1;2\n",
    ],
)
def test_tables_are_still_tables(text: str) -> None:
    assert open_content(Material(text.encode(), "a.csv")).format == "csv"


@pytest.mark.parametrize("data", [b"Name;Anzahl;Ort\r\n", b"name,count\n\n\n"])
def test_a_heading_alone_is_no_table(data: bytes) -> None:
    layer = open_content(Material(data, "a.csv")).layer()
    with pytest.raises(InvalidInput) as raised:
        imports.propose(layer, "a", ReadOptions())
    assert "only a heading" in raised.value.text["en"]
    assert "nur eine Kopfzeile" in raised.value.text["de"]
    assert "name" in raised.value.text["de"].lower()


def test_what_a_zip_unpacks_to_is_bounded() -> None:
    assert Limits().unpacked_bytes <= 300_000_000
    large = packed(a_DOT_csv=b"nr;art\n" + b"1;Linde\n" * 50_000)
    bounds = Limits(unpacked_bytes=100_000)
    assert len(large) < 100_000 + 400_000
    with pytest.raises(LimitExceeded, match="unpacked_bytes"):
        open_content(Material(large, "a.zip", limits=bounds))


def test_files_of_other_programs_are_not_taken_for_tables(shared_data: Path) -> None:
    named = sorted((shared_data / "council").rglob("*.pdf"))[:3]
    for path in named:
        with pytest.raises(InvalidInput, match="PDF"):
            open_content(Material(path.read_bytes(), path.name))


def shapefile(body: bytes) -> bytes:
    return packed(a__b_DOT_shp=body, a__b_DOT_dbf=body)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.gpkg", b"SQLite format 3\0" + b"\0" * 52 + b"GPKG" + b"x" * 4_000),
        ("a.fgb", b"fgb\x03fgb\0" + b"x" * 400),
        ("a.zip", shapefile(b"junk" * 60)),
        ("a.xls", COMPOUND + b"x" * 600),
        ("a.parquet", b"PAR1" + b"x" * 600 + b"PAR1"),
    ],
)
def test_what_a_library_says_names_no_temporary_file(name: str, data: bytes) -> None:
    with pytest.raises(InvalidInput) as raised:
        open_content(Material(data, name))
    for said in raised.value.text.values():
        assert tempfile.gettempdir() not in said
        assert "allmende-" not in said
        assert "pyogrio" not in said
        assert said.count("cannot be read") + said.count("nicht lesbar") == 1
    assert raised.value.text["de"].startswith(f"{name} ist nicht lesbar: ")


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://ada:geheim@a.example/b.csv", "https://a.example/b.csv"),
        ("https://a.example/b.csv?access_token=x1&f=csv", "https://a.example/b.csv?f=csv"),
        ("https://a.example/b?apiKey=x1&sv=1&sig=x1#x1", "https://a.example/b?sv=1"),
        ("https://a.example/b?layer=keys&page=2", "https://a.example/b?layer=keys&page=2"),
        ("https://a.example/b?X-Amz-Signature=x1", "https://a.example/b"),
        ("C:/data/b.csv", "C:/data/b.csv"),
    ],
)
def test_an_address_is_named_without_what_is_secret(address: str, name: str) -> None:
    assert shown(address) == name
