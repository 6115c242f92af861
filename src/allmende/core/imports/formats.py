# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Which format content is in: told by the content, and by the name only where it must be."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

import msgspec

from allmende.core.imports import foreign
from allmende.core.imports.foreign import Foreign
from allmende.core.imports.packed import Packed
from allmende.core.imports.types import Material, unreadable
from allmende.errors import InvalidInput

HEAD = 65_536
MAGIC = (
    (b"fgb\x03fgb", "flatgeobuf"),
    (b"PAR1", "parquet"),
)
COMPOUND = b"\xd0\xcf\x11\xe0"  # files of older office programs
MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
XML = (
    (re.compile(rb"<(\w+:)?kml[\s>]"), "kml"),
    (re.compile(rb"<(\w+:)?(FeatureCollection|featureMembers?|ValueCollection)[\s>]"), "gml"),
    (re.compile(rb"opengis\.net/(gml|wfs)"), "gml"),
)
SPREADSHEETS = {"xl/workbook.xml": "xlsx", "xl/workbook.bin": "xlsb"}
ODS = b"application/vnd.oasis.opendocument.spreadsheet"


class _Shape(msgspec.Struct):
    type: msgspec.Raw = msgspec.Raw(b"")
    features: msgspec.Raw = msgspec.Raw(b"")
    geometryType: msgspec.Raw = msgspec.Raw(b"")


GEOMETRIES = (
    *(b"Feature", b"FeatureCollection", b"Point", b"LineString", b"Polygon", b"MultiPoint"),
    *(b"MultiLineString", b"MultiPolygon", b"GeometryCollection"),
)


def settle(material: Material) -> str:
    """The format of the content, which is unpacked when it lies alone in a ZIP file.

    InvalidInput when it is none that is read.
    """
    if material.options.format:
        return material.options.format
    data = material.data
    for magic, name in MAGIC:
        if data.startswith(magic):
            return name
    if data.startswith(COMPOUND):
        _refuse(material, foreign.office(data))
        return "xls"
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _packed(material)
    if data.startswith(b"SQLite format 3\0"):
        return _database(material)
    if not data.strip(b" \t\r\n\0\xef\xbb\xbf\xff\xfe"):
        raise _is(material, foreign.EMPTY)
    _refuse(material, foreign.binary(data))
    return _text(material)


def _is(material: Material, found: Foreign) -> InvalidInput:
    return unreadable(material.name, found.en, found.de)


def _refuse(material: Material, found: Foreign | None) -> None:
    """InvalidInput when the content was found to be something else than a table."""
    if found is not None:
        raise _is(material, found)


def _packed(material: Material) -> str:
    inside = Packed(material.data, material.limits, material.name)
    names = inside.names
    for name, spreadsheet in SPREADSHEETS.items():
        if name in names:
            return spreadsheet
    kind = inside.read("mimetype").strip() if "mimetype" in names else b""
    if kind == ODS:
        return "ods"
    _refuse(material, foreign.packed(names, kind))
    if not names:
        raise _is(material, foreign.EMPTY)
    endings = [PurePosixPath(name).suffix.lower() for name in names]
    if ".kml" in endings:
        return "kmz"
    if ".shp" in endings:
        return "shapefile"
    if len(names) == 1:
        material.data, material.name = inside.read(names[0]), names[0]
        if not material.data.startswith(b"PK\x03\x04"):
            return settle(material)
    raise unreadable(
        material.name,
        "the ZIP holds several files; give one of them",
        "das ZIP enthält mehrere Dateien; geben Sie eine davon an",
    )


def _database(material: Material) -> str:
    marked = material.data[68:72] in (b"GPKG", b"GP10", b"GP11")
    if marked or b"gpkg_contents" in material.data[:HEAD]:
        return "geopackage"
    raise unreadable(
        material.name, "the database is no GeoPackage", "die Datenbank ist kein GeoPackage"
    )


def _text(material: Material) -> str:
    head = material.data[:HEAD]
    if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _is(material, foreign.UNKNOWN)
    text = as_utf8(head)[0]
    first = text.lstrip()[:1]
    if first == b"<":
        return _xml(material, text)
    if first == b"\x1e":
        return "geojsonseq"
    if first in (b"{", b"["):
        return _json(material)
    _refuse(material, foreign.text(material.data))
    return "csv"


def _xml(material: Material, head: bytes) -> str:
    for pattern, name in XML:
        if pattern.search(head):
            return name
    _refuse(material, foreign.web_page(head.decode("utf-8", "replace")))
    root = re.search(rb"<(?:\w+:)?([A-Za-z][\w.-]{0,60})[\s/>]", head)
    kind = root[1].decode("ascii", "replace") if root else "?"
    raise unreadable(
        material.name,
        f"it is XML of the kind {kind}; KML and GML are read. Ask the source for CSV, GeoJSON or "
        "GeoPackage",
        f"sie ist XML der Art {kind}; gelesen werden KML und GML. Bitte fragen Sie die Quelle nach "
        "CSV, GeoJSON oder GeoPackage",
    )


def _json(material: Material) -> str:
    data = as_utf8(material.data, material.options.encoding)[0]
    try:
        return _shape_of(data)
    except msgspec.DecodeError:
        line = data.strip().partition(b"\n")[0].strip()
        try:
            return "geojsonseq" if _shape_of(line) == "geojson" else "ndjson"
        except msgspec.DecodeError as error:
            raise unreadable(
                material.name, f"broken JSON, {error}", f"fehlerhaftes JSON, {error}"
            ) from error


def _shape_of(data: bytes) -> str:
    """geojson, esrijson or json. DecodeError when it is not one JSON value."""
    try:
        if data.lstrip()[:1] == b"[":
            msgspec.json.decode(data, type=list[msgspec.Raw])
            return "json"
        found = msgspec.json.decode(data, type=_Shape)
    except RecursionError as error:
        raise msgspec.DecodeError("it is nested too deeply") from error
    if bytes(found.type).strip(b'"') in GEOMETRIES:
        return "geojson"
    if bytes(found.features) and b'"attributes"' in bytes(found.features)[:HEAD]:
        return "esrijson"
    return "json"


def as_utf8(data: bytes, encoding: str = "") -> tuple[bytes, str]:
    """The text as UTF-8 without mark, and the encoding it was in: as told, by mark, or guessed.

    UTF-8 when it can be, else Windows-1252, which German offices use.
    """
    for mark, name in MARKS:
        if data.startswith(mark):
            encoding = encoding or name
    if encoding:
        try:
            return data.decode(encoding, "replace").lstrip("\ufeff").encode(), encoding
        except LookupError as error:
            en, de = "the encoding is not known", "die Kodierung ist unbekannt"
            raise unreadable("", f"{en}: {encoding}", f"{de}: {encoding}") from error
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":  # a piece cut within a letter
            return data, "utf-8"
        return data.decode("cp1252", "replace").encode(), "cp1252"
    return data, "utf-8"
