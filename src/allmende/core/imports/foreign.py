# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Content that is no table: what it is instead, and what a person can do about it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec import Struct

from allmende.model.sniff.dialect import Dialect, sniff_dialect

HEAD = 65_536
LINES = 400  # of a text that are looked at
LONG = 150  # characters of a line of prose


class Foreign(Struct, frozen=True):
    """What content is and what to do, in English and German, to follow “cannot be read:”."""

    en: str
    de: str


def _document(en: str, de: str) -> Foreign:
    return Foreign(
        f"it is {en}, no table. Save the table in it as CSV or XLSX and take that file",
        f"sie ist {de} und keine Tabelle. Bitte speichern Sie die Tabelle daraus als CSV oder "
        "XLSX und nehmen Sie diese Datei",
    )


def _other(en: str, de: str) -> Foreign:
    return Foreign(
        f"it is {en}, no table. Choose the file that holds the data",
        f"sie ist {de} und keine Tabelle. Bitte wählen Sie die Datei mit den Daten",
    )


PDF = _document("a PDF document", "ein PDF-Dokument")
WORD = _document("a document of a word processor", "ein Dokument einer Textverarbeitung")
SLIDES = _document("a presentation", "eine Präsentation")
PICTURE = _other("a picture", "ein Bild")
PROGRAM = _other("a program", "ein Programm")
SOURCE = _other("the source text of a program", "der Quelltext eines Programms")
ARCHIVE = Foreign(
    "it is an archive that is not unpacked here. Unpack it and choose one file, or send a ZIP",
    "sie ist ein Archiv, das hier nicht entpackt wird. Bitte entpacken Sie es und wählen Sie "
    "eine Datei, oder senden Sie ein ZIP",
)
LOCKED = Foreign(
    "it is protected with a password. Save it without a password and send it again",
    "sie ist mit einem Passwort geschützt. Bitte speichern Sie sie ohne Passwort und senden Sie "
    "sie noch einmal",
)
PROSE = _document("running text", "fortlaufender Text")
EMPTY = Foreign(
    "it is empty. Save the table again and look into the file before sending it",
    "sie ist leer. Bitte speichern Sie die Tabelle neu und sehen Sie vor dem Senden in die Datei",
)
UNKNOWN = Foreign(
    "its format is not known. Save the table as CSV or XLSX; all formats stand in the "
    "documentation",
    "ihr Format ist nicht bekannt. Bitte speichern Sie die Tabelle als CSV oder XLSX; alle "
    "Formate stehen in der Dokumentation",
)

_BEGINNINGS: tuple[tuple[bytes, Foreign], ...] = (
    (b"%PDF-", PDF),
    (b"%!PS", PDF),
    (b"{\\rtf", WORD),
    (b"\x89PNG\r\n", PICTURE),
    (b"\xff\xd8\xff", PICTURE),
    (b"GIF87a", PICTURE),
    (b"GIF89a", PICTURE),
    (b"II*\0", PICTURE),
    (b"MM\0*", PICTURE),
    (b"\x7fELF", PROGRAM),
    (b"Rar!\x1a\x07", ARCHIVE),
    (b"7z\xbc\xaf\x27\x1c", ARCHIVE),
)
_MEMBERS = {"word/document.xml": WORD, "ppt/presentation.xml": SLIDES}
_MIMETYPES = {
    b"application/vnd.oasis.opendocument.text": WORD,
    b"application/vnd.oasis.opendocument.presentation": SLIDES,
}
_STREAMS = (
    ("EncryptedPackage", LOCKED),
    ("WordDocument", WORD),
    ("PowerPoint Document", SLIDES),
)
_CODE = re.compile(
    r"\s*(import [\w.]+|from [\w.]+ import |def \w+\(|class \w+|return\b|(el)?if .+:$|for .+:$|"
    r"else:$|try:$|with .+:$|elif |function\b|const \w+ =|let \w+ =|var \w+ =|#include\b|<\?php|"
    r"public |private |\}|\{|//|/\*|\*/|@\w+$|INSERT INTO |CREATE TABLE |DROP TABLE |"
    r"[\w.]+\(.*\);?$|\w+ = .+[^;,]$)"
)


_MARKDOWN = re.compile(r"#{1,6} \w|\s*[-*] \w|```")


def binary(data: bytes) -> Foreign | None:
    """What content is by its first bytes; None for what may be a table."""
    for beginning, found in _BEGINNINGS:
        if data.startswith(beginning):
            return found
    if data.startswith(b"MZ") and b"\0" in data[:64]:
        return PROGRAM
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return PICTURE
    return None


def office(data: bytes) -> Foreign | None:
    """What a compound file of older office programs is; None for a spreadsheet."""
    if any(name.encode("utf-16-le") in data for name in ("Workbook", "Book\0")):
        return None
    for name, found in _STREAMS:
        if name.encode("utf-16-le") in data:
            return found
    return None


def packed(names: Iterable[str], mimetype: bytes) -> Foreign | None:
    """What a ZIP file is by the names in it and the content of `mimetype`."""
    there = next((found for name, found in _MEMBERS.items() if name in names), None)
    return there or _MIMETYPES.get(mimetype.strip())


def web_page(head: str) -> Foreign | None:
    """A web page, mostly one that says an error; told with its title."""
    low = head.lower()
    if not any(mark in low for mark in ("<!doctype html", "<html", "<body", "<head>")):
        return None
    titled = re.search(r"<title[^>]*>([^<]{1,100})", head, re.I)
    named = f" (“{' '.join(titled[1].split())}”)" if titled else ""
    benannt = f" („{' '.join(titled[1].split())}“)" if titled else ""
    return Foreign(
        f"it is a web page{named}, perhaps an error or a login. Open the address in the browser, "
        "save the table itself, or give the address of the data",
        f"sie ist eine Webseite{benannt}, vielleicht eine Fehlermeldung oder Anmeldung. Bitte "
        "öffnen Sie die Adresse im Browser und speichern Sie die Tabelle selbst, oder geben Sie "
        "die Adresse der Daten an",
    )


def text(data: bytes) -> Foreign | None:
    """Program text or prose, in content that would be read as CSV else; None for a table."""
    dialect = sniff_dialect(data[:HEAD])
    head = data[:HEAD].decode(dialect.encoding, "replace")
    lines = [line for line in head.splitlines()[:LINES] if line.strip()]
    if len(lines) < 3:
        return None
    if lines[0].startswith(("#!/", "<?php")):
        return SOURCE
    parted = sum(dialect.delimiter in line for line in lines)
    several = dialect.columns > 1 and parted > 0.9 * len(lines)
    code = sum(bool(_CODE.match(line)) for line in lines)
    if not several and code > 0.3 * len(lines):
        return SOURCE
    marked = sum(bool(_MARKDOWN.match(line)) for line in lines)
    if not several and marked > 0.2 * len(lines):
        return PROSE
    return PROSE if _is_prose(lines, dialect) else None


def _is_prose(lines: list[str], dialect: Dialect) -> bool:
    """Long lines from the first on, with commas as in sentences or without any separator."""
    marks = sum(line.count(dialect.delimiter) for line in lines)
    spaced = sum(line.count(f"{dialect.delimiter} ") for line in lines)
    if dialect.columns > 1 and (dialect.delimiter != "," or spaced < 0.9 * marks):
        return False
    long = [len(line) > LONG and line.count(" ") > LONG / 12 for line in lines]
    return long[0] and sum(long) > 0.5 * len(long)
