# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What is really inside a file: does it parse as the format its record names?

Looks at bytes and never fails. Of a file that was read in part only its beginning is judged.
Nothing is unpacked and no entity of XML is expanded, so that a hostile file costs no more than
its own size.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable
from typing import Literal
from xml.parsers import expat

import msgspec
from msgspec import Struct

from allmende.errors import AllmendeError
from allmende.model import rdf
from allmende.model.sniff.dialect import read_rows, sniff_dialect
from allmende.model.vocabulary import vocabulary

MOST_RDF = 3_000_000  # bytes that are read as RDF
MOST_ROWS = 2_000_000
MOST_MEMBERS = 20_000  # of a ZIP file
HEAD = 2_000

Trouble = Literal["", "other-format", "broken", "entities", "empty", "not-text"]


class FileFound(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was measured. `parses` None: this format, or so little of it, cannot be judged.

    `size` in bytes and `sha256` (hexadecimal) are known of whole files only; `rows` are those of
    a table with its heading.
    """

    declared: str
    detected: str = ""
    parses: bool | None = None
    trouble: Trouble = ""
    detail: str = ""  # where it breaks, in the words of the parser
    size: int | None = None
    sha256: str = ""
    encoding: str = ""
    delimiter: str = ""
    quote: str = ""
    decimal: str = ""
    columns: int = 0
    rows: int = 0


class _Refused(Exception):
    """Why a file is not what it should be."""

    def __init__(self, trouble: Trouble, detail: str = "") -> None:
        self.trouble: Trouble = trouble
        self.detail = detail[:200]


def code_of(format_: str | None, media_type: str | None = None) -> str:
    """The code of a file type by the IRIs or texts of a distribution; "" when unknown."""
    formats = vocabulary("file-type")
    for value in (format_, media_type):
        if value:
            text = value.partition("media-types/")[2] or value
            found = formats.get(value) or formats.match(text)
            if found:
                return found.code
    return ""


def measure(data: bytes, declared: str, *, whole: bool = True) -> FileFound:
    """What is inside the bytes of a file whose format is said to be `declared` (a code)."""
    detected = detect(data)
    facts = FileFound(
        declared=declared,
        detected=detected,
        size=len(data) if whole else None,
        sha256=hashlib.sha256(data).hexdigest() if whole else "",
    )
    try:
        return _judged(data, whole, facts)
    except _Refused as refused:
        return msgspec.structs.replace(
            facts, parses=False, trouble=refused.trouble, detail=refused.detail
        )


def _judged(data: bytes, whole: bool, facts: FileFound) -> FileFound:
    check = _CHECKS.get(facts.declared)
    if check is None:
        return facts
    if not data.strip():
        raise _Refused("empty")
    if facts.detected == "HTML":
        raise _Refused("other-format", "HTML")
    return check(data, whole, facts)


def detect(data: bytes) -> str:
    """The format as the first bytes show it: a code of the list of file types, or ""."""
    for mark, code in _MARKS:
        if data.startswith(mark):
            return _inside(data) if code == "ZIP" else code
    head = data[:HEAD].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<!doctype html", b"<html")):
        return "HTML"
    if head.startswith(b"<?xml") or (head.startswith(b"<") and b">" in head):
        return "HTML" if b"<html" in head else "XML"
    if head.startswith((b"{", b"[")):
        return "JSON"
    return ""


_MARKS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "PDF"),
    (b"PK\x03\x04", "ZIP"),
    (b"PK\x05\x06", "ZIP"),
    (b"\x89PNG\r\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"SQLite format 3\x00", "GPKG"),
    (b"PAR1", "PARQUET"),
    (b"\x1f\x8b", "GZIP"),
    (b"\xd0\xcf\x11\xe0", "XLS"),
)


def _inside(data: bytes) -> str:
    """What a ZIP file is by the names of its members."""
    try:
        names = _names(data)
    except _Refused:
        return "ZIP"
    for wanted, code in (
        ("xl/workbook.xml", "XLSX"),
        ("word/document.xml", "DOCX"),
        ("ppt/presentation.xml", "PPTX"),
        ("doc.kml", "KMZ"),
        ("stops.txt", "GTFS"),
    ):
        if wanted in names:
            return code
    if any(name.lower().endswith(".shp") for name in names):
        return "SHP"
    if "mimetype" in names and "content.xml" in names:
        return "ODS" if b"opendocument.spreadsheet" in data[:200] else "ODT"
    return "ZIP"


def _names(data: bytes) -> list[str]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, UnicodeDecodeError) as error:
        raise _Refused("broken", str(error)) from error
    if len(names) > MOST_MEMBERS:
        raise _Refused("broken", f"{len(names)} members")
    return names


Check = Callable[[bytes, bool, FileFound], FileFound]


def _good(facts: FileFound) -> FileFound:
    return msgspec.structs.replace(facts, parses=True)


def _by_mark(data: bytes, whole: bool, facts: FileFound) -> FileFound:
    """Formats that are known by their first bytes, and ZIP files by their members."""
    wanted = _SAME.get(facts.declared, facts.declared)
    if facts.detected == wanted or (wanted == "ZIP" and data.startswith(b"PK")):
        return _good(facts)
    if data.startswith(b"PK") and not whole:
        return facts  # the list of members stands at the end
    raise _Refused("other-format", facts.detected)


_SAME = {
    "PDFA1A": "PDF", "PDFA1B": "PDF", "PDFA2A": "PDF", "PDFA2B": "PDF", "PDFA3": "PDF",
    "GEOTIFF": "TIFF", "DOC": "XLS", "PPT": "XLS",
}  # fmt: skip


def _json(data: bytes, whole: bool, facts: FileFound) -> FileFound:
    if facts.detected != "JSON":
        raise _Refused("other-format", facts.detected)
    if not whole:
        return facts
    try:
        content = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _Refused("broken", str(error)) from error
    if facts.declared == "GEOJSON":
        type_ = content.get("type") if isinstance(content, dict) else None
        if type_ not in _GEOJSON_TYPES:
            raise _Refused("other-format", "JSON")
    return msgspec.structs.replace(facts, parses=True, encoding="utf-8")


_GEOJSON_TYPES = frozenset(
    {
        "FeatureCollection", "Feature", "Point", "MultiPoint", "LineString", "MultiLineString",
        "Polygon", "MultiPolygon", "GeometryCollection",
    }
)  # fmt: skip


def _xml(data: bytes, whole: bool, facts: FileFound) -> FileFound:
    if facts.detected not in ("XML", "HTML"):
        raise _Refused("other-format", facts.detected)
    parser = expat.ParserCreate(namespace_separator=" ")
    roots: list[str] = []

    def entity(*_: object) -> None:
        raise _Refused("entities")

    def start(name: str, _attributes: object) -> None:
        if not roots:
            roots.append(name)

    parser.EntityDeclHandler = entity
    parser.StartElementHandler = start
    try:
        parser.Parse(data, whole)
    except expat.ExpatError as error:
        raise _Refused("broken", str(error)) from error
    wanted = _ROOTS.get(facts.declared)
    if wanted and roots and roots[0].rpartition(" ")[2] not in wanted:
        raise _Refused("other-format", roots[0].rpartition(" ")[2])
    return _good(facts) if whole else facts


_ROOTS = {"KML": ("kml",), "ATOM": ("feed",), "RSS": ("rss", "RDF"), "RDF_XML": ("RDF",)}


def _rdf(data: bytes, whole: bool, facts: FileFound) -> FileFound:
    if not whole or len(data) > MOST_RDF:
        return facts
    try:
        graph = rdf.parse(data, _RDF[facts.declared])
    except AllmendeError as error:
        raise _Refused("broken", str(error)) from error
    if graph.problems or not graph.size:
        first = graph.problems[0] if graph.problems else ""
        raise _Refused("broken" if graph.problems else "empty", str(first))
    return _good(facts)


_RDF = {
    "RDF_TURTLE": "text/turtle",
    "RDF_N_TRIPLES": "application/n-triples",
    "RDF_TRIG": "application/trig",
    "JSON_LD": "application/ld+json",
    "RDF_XML": "application/rdf+xml",
    "RDF": "application/rdf+xml",
}


def _table(data: bytes, whole: bool, facts: FileFound) -> FileFound:
    if facts.detected:
        raise _Refused("other-format", facts.detected)
    dialect = sniff_dialect(data)
    if not dialect.encoding.startswith("utf-16") and b"\0" in data[:HEAD]:
        raise _Refused("not-text")
    rows = 0
    if whole:
        for _ in read_rows(data, dialect):
            rows += 1
            if rows >= MOST_ROWS:
                break
    if dialect.columns < 1 or (whole and not rows):
        raise _Refused("empty")
    return msgspec.structs.replace(
        facts,
        detected=facts.declared,
        parses=True if whole else None,
        encoding=dialect.encoding,
        delimiter=dialect.delimiter if dialect.columns > 1 else "",
        quote=dialect.quote,
        decimal=dialect.decimal,
        columns=dialect.columns,
        rows=rows,
    )


_CHECKS: dict[str, Check] = {
    **dict.fromkeys(("CSV", "TSV", "TAB"), _table),
    **dict.fromkeys(("JSON", "GEOJSON"), _json),
    **dict.fromkeys(("XML", "GML", "KML", "ATOM", "RSS", "SCHEMA_XML"), _xml),
    **dict.fromkeys(_RDF, _rdf),
    **dict.fromkeys(
        ("PDF", "PNG", "JPEG", "GIF", "TIFF", "GPKG", "PARQUET", "GZIP", "XLS", "XLSX", "DOCX",
         "PPTX", "ODS", "ODT", "KMZ", "SHP", "GTFS", "ZIP", *_SAME), _by_mark,
    ),
}  # fmt: skip
JUDGED = frozenset(_CHECKS)
"""The codes of the formats that can be judged."""
