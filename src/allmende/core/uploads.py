# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A file somebody uploads for a dataset: what it is by its content, what it says of itself.

kind = kind_of(data, "baeume.dat")         # CSV, text/csv, .csv; programs are refused
facts = await look(platform, data, kind)   # columns, rows, area, period, encoding, language
"""

from __future__ import annotations

import re
import time
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import anyio.to_thread
from msgspec import Struct, field
from msgspec.structs import replace

from allmende.core import imports
from allmende.core.imports import Layer, Limits, Material, ReadOptions, foreign
from allmende.core.imports.formats import SPREADSHEETS, as_utf8, settle
from allmende.core.imports.intake import Intake
from allmende.core.imports.packed import Packed
from allmende.core.platform import Platform
from allmende.errors import AllmendeError, InvalidInput
from allmende.model.document import Entity, FieldType
from allmende.model.query import Box
from allmende.projections.search.analysis import STOP_WORDS

HEAD = 65_536
LOOKED_AT = 50_000_000  # bytes of a file that is held in memory and looked into
ROWS = 200_000  # of a layer that are looked at
SECONDS = 20.0  # of looking
COLUMNS = 60  # that are named
SAMPLE = 3_000  # words that the language is told by
TIMES = (FieldType.DATE, FieldType.DATETIME, FieldType.YEAR)
CLEAR = 3  # times as many words of one language as of the other
_NAME = re.compile(r"[^a-z0-9._-]+")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


class Kind(Struct, frozen=True):
    """What content is: code of the EU file types, media type, ending of the name."""

    code: str
    media_type: str
    ending: str
    table: str = ""  # the format rows are read in
    packed: bool = False  # it lies in a ZIP file


class Facts(Struct, kw_only=True):
    """What a file says of itself; area in degrees (CRS84), dates ISO 8601."""

    rows: int | None = None
    columns: list[str] = field(default_factory=list)
    layers: list[str] = field(default_factory=list)
    box: Box | None = None
    start: str = ""
    end: str = ""
    encoding: str = ""
    language: str = ""


_TABLES = {
    "csv": Kind("CSV", "text/csv", "csv", "csv"),
    "xlsx": Kind(
        "XLSX", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx", "xlsx"
    ),
    "xlsb": Kind("XLSB", "application/vnd.ms-excel.sheet.binary.macroEnabled.12", "xlsb", "xlsb"),
    "xls": Kind("XLS", "application/vnd.ms-excel", "xls", "xls"),
    "ods": Kind("ODS", "application/vnd.oasis.opendocument.spreadsheet", "ods", "ods"),
    "geojson": Kind("GEOJSON", "application/geo+json", "geojson", "geojson"),
    "geojsonseq": Kind("GEOJSON", "application/geo+json-seq", "geojsons", "geojsonseq"),
    "esrijson": Kind("JSON", "application/json", "json", "esrijson"),
    "json": Kind("JSON", "application/json", "json", "json"),
    "ndjson": Kind("JSON", "application/x-ndjson", "ndjson", "ndjson"),
    "kml": Kind("KML", "application/vnd.google-earth.kml+xml", "kml", "kml"),
    "kmz": Kind("KMZ", "application/vnd.google-earth.kmz", "kmz", "kmz"),
    "gml": Kind("GML", "application/gml+xml", "gml", "gml"),
    "geopackage": Kind("GPKG", "application/geopackage+sqlite3", "gpkg", "geopackage"),
    "shapefile": Kind("SHP", "application/zip", "zip", "shapefile"),
    "flatgeobuf": Kind("", "application/flatgeobuf", "fgb", "flatgeobuf"),
    "parquet": Kind("PARQUET", "application/vnd.apache.parquet", "parquet", "parquet"),
}
_BEGINNINGS: tuple[tuple[bytes, Kind], ...] = (
    (b"%PDF-", Kind("PDF", "application/pdf", "pdf")),
    (b"\x89PNG\r\n", Kind("PNG", "image/png", "png")),
    (b"\xff\xd8\xff", Kind("JPEG", "image/jpeg", "jpg")),
    (b"GIF8", Kind("GIF", "image/gif", "gif")),
    (b"II*\0", Kind("TIFF", "image/tiff", "tif")),
    (b"MM\0*", Kind("TIFF", "image/tiff", "tif")),
    (b"{\\rtf", Kind("RTF", "application/rtf", "rtf")),
    (b"\x1f\x8b", Kind("GZIP", "application/gzip", "gz")),
)
_OFFICE = "application/vnd.openxmlformats-officedocument."
_MEMBERS = {
    "word/document.xml": Kind("DOCX", f"{_OFFICE}wordprocessingml.document", "docx"),
    "ppt/presentation.xml": Kind("PPTX", f"{_OFFICE}presentationml.presentation", "pptx"),
}
_PROGRAMS = (b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"\xfe\xed\xfa", b"#!")
_ZIP = Kind("ZIP", "application/zip", "zip")
_TEXTS: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (re.compile(r"\s*(@prefix|@base|PREFIX)\b"), Kind("RDF_TURTLE", "text/turtle", "ttl")),
    (re.compile(r"\s*(<\?xml[^>]*>\s*)?<rdf:RDF\b"), Kind("RDF_XML", "application/rdf+xml", "rdf")),
    (re.compile(r"\s*<!doctype html|\s*<html\b", re.I), Kind("HTML", "text/html", "html")),
    (re.compile(r"\s*<(\?xml|[A-Za-z])"), Kind("XML", "application/xml", "xml")),
)
TEXT = Kind("TXT", "text/plain", "txt")


def kind_of(data: bytes, name: str) -> Kind:
    """What the content is; the name decides nothing. InvalidInput for programs and no content."""
    if not data.strip(b" \t\r\n\0"):
        raise InvalidInput("The file is empty.", "Die Datei ist leer.", code="file-empty")
    if data.startswith(_PROGRAMS):
        raise _refused()
    for beginning, kind in _BEGINNINGS:
        if data.startswith(beginning):
            return kind
    material = Material(data, name)
    pattern, turtle = _TEXTS[0]
    if pattern.match(data[:HEAD].decode("utf-8", "replace")):
        return turtle
    try:
        table = settle(material)
    except InvalidInput:
        return _other(data, name)
    found = _TABLES.get(table, TEXT)
    if material.data is data or not data.startswith(b"PK"):
        return found
    return Kind(found.code, "application/zip", "zip", table, packed=True)


def kind_of_large(path: Path, name: str) -> Kind:
    """As `kind_of` for a file that is not held in memory: by its beginning and, of an archive,
    the names of its members. Rows of it are not looked at."""
    with path.open("rb") as source:
        head = source.read(HEAD)
    if head.startswith(b"PK"):
        return _large_archive(path)
    if head.lstrip()[:1] in (b"{", b"["):
        known = _TABLES["geojson" if b'"FeatureCollection"' in head else "json"]
    else:
        known = kind_of(head, name)
    return replace(known, table="")


def _large_archive(path: Path) -> Kind:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()[: Limits().members]
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise _refused() from error
    for member, table in SPREADSHEETS.items():
        if member in names:
            return replace(_TABLES[table], table="")
    if any(each.lower().endswith(".shp") for each in names):
        return replace(_TABLES["shapefile"], table="")
    return next((kind for member, kind in _MEMBERS.items() if member in names), _ZIP)


def _refused() -> InvalidInput:
    return InvalidInput(
        "Programs and files of unknown kind are not taken. Send data or a document.",
        "Programme und Dateien unbekannter Art werden nicht angenommen. Bitte senden Sie Daten "
        "oder ein Dokument.",
        code="file-type",
    )


def _other(data: bytes, name: str) -> Kind:
    """A document, an archive or a text that is no table."""
    if data.startswith(b"PK"):
        return _archive(data, name)
    if data.startswith(b"\xd0\xcf\x11\xe0") or foreign.binary(data) is not None:
        raise _refused()
    head = data[:HEAD]
    if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _refused()
    text = as_utf8(head)[0].decode("utf-8", "replace")
    return next((kind for pattern, kind in _TEXTS if pattern.match(text)), TEXT)


def _archive(data: bytes, name: str) -> Kind:
    inside = Packed(data, Limits(), name)
    for member, kind in _MEMBERS.items():
        if member in inside.names:
            return kind
    mime = inside.read("mimetype").strip() if "mimetype" in inside.names else b""
    if mime == b"application/vnd.oasis.opendocument.text":
        return Kind("ODT", mime.decode(), "odt")
    return _ZIP


def file_name(name: str, kind: Kind) -> str:
    """A plain file name with the ending of the content's kind."""
    bare = name.replace("\\", "/").rpartition("/")[2].casefold().translate(_UMLAUTS)
    stem = bare.rpartition(".")[0] or bare
    plain = _NAME.sub("-", stem).strip("-._") or "datei"
    while ".." in plain:
        plain = plain.replace("..", ".")
    return f"{plain[:80].rstrip('-._')}.{kind.ending}"


# --- looking inside -------------------------------------------------------------------------


async def look(platform: Platform, data: bytes, kind: Kind, name: str) -> Facts:
    """What the content says of itself; what cannot be read says nothing. Never fails for that."""
    facts = Facts()
    if kind.media_type.startswith("text/"):
        facts.encoding = as_utf8(data[:HEAD])[1].removesuffix("-sig")
    if not kind.table or len(data) > LOOKED_AT:
        return facts
    near = imports.near(platform)
    material = Material(data, name, near=near)
    try:
        await anyio.to_thread.run_sync(_look, material, near, facts)
    except AllmendeError as error:
        if error.status >= 500:
            raise
    return facts


def _look(material: Material, near: tuple[float, float] | None, facts: Facts) -> None:
    opened = imports.open_content(material)
    facts.layers = [each.name for each in opened.layers][:COLUMNS]
    layer = max(opened.layers, key=lambda each: each.count or 0)
    facts.columns = [each.name for each in layer.columns][:COLUMNS]
    proposed = imports.propose(layer, "file", ReadOptions(), near)
    entity = proposed.model.entities[0]
    _walk(Intake(entity, proposed.mapping, layer, near), entity, layer, facts)


def _walk(intake: Intake, entity: Entity, layer: Layer, facts: Facts) -> None:
    """Counts, area, period and language over the first rows."""
    ends = time.monotonic() + SECONDS
    times = [each.name for each in entity.plain if each.type in TIMES]
    texts = [each.name for each in entity.plain if each.type is FieldType.STRING]
    span, area = _Span(), _Area()
    words: Counter[str] = Counter()
    whole = True
    for chunk in intake:
        for change in chunk.changes:
            span.add(change.values.get(name) for name in times)
            if sum(words.values()) < SAMPLE:
                words.update(_words(change.values.get(name) for name in texts))
        if entity.geometry is not None:
            area.add([each.values.get(entity.geometry.name) for each in chunk.changes])
        if intake.rows >= ROWS or time.monotonic() > ends:
            whole = False
            break
    facts.rows = intake.rows if whole else layer.count
    facts.start, facts.end = span.found
    facts.box = area.found
    facts.language = _language(words)


class _Span:
    """The first and the last day of values."""

    def __init__(self) -> None:
        self.found = ("", "")

    def add(self, values: Iterable[Any]) -> None:
        for value in values:
            text = str(value)[:10] if value is not None else ""
            if re.match(r"(1[5-9]|20)\d\d(-|\Z)", text):
                start, end = self.found
                self.found = (min(start or text, text), max(end, text))


class _Area:
    """The box around geometries (WKB)."""

    def __init__(self) -> None:
        self.found: Box | None = None

    def add(self, shapes: list[Any]) -> None:
        import numpy as np
        import shapely

        given = [each for each in shapes if isinstance(each, bytes)]
        if not given:
            return
        west, south, east, north = shapely.total_bounds(
            shapely.from_wkb(np.array(given, dtype=object), on_invalid="ignore")
        ).tolist()
        if west != west or not (west >= -180 and east <= 180 and south >= -90 and north <= 90):
            return
        box = (round(west, 5), round(south, 5), round(east, 5), round(north, 5))
        old = self.found or box
        self.found = (
            min(old[0], box[0]),
            min(old[1], box[1]),
            max(old[2], box[2]),
            max(old[3], box[3]),
        )


def _words(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        if isinstance(value, str):
            yield from re.findall(r"[^\W\d_]{2,}", value.casefold())[:200]


def _language(words: Counter[str]) -> str:
    """`de` or `en` when the small words of one are clearly more; else empty."""
    counts = {tag: sum(words[word] for word in stop) for tag, stop in STOP_WORDS.items()}
    counts["de"] += sum(n for word, n in words.items() if re.search("[äöüß]", word))
    first, second = sorted(counts, key=lambda tag: -counts[tag])[:2]
    return first if counts[first] >= max(CLEAR, CLEAR * counts[second]) else ""
