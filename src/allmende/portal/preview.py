# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The first rows of a file as a table: CSV, GeoJSON and KML. Pure functions on bytes.

The bytes may be the beginning of a larger file; a row that is cut off is left out. What
cannot be read as a table gives None and never an error.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any
from xml.etree import ElementTree

MAX_BYTES = 262_144  # of the beginning of a file that are looked at
MAX_ROWS = 12
MAX_COLUMNS = 14
MAX_CELL = 80  # characters
DELIMITERS = ",;\t|"

_NUMBER = re.compile(r"-?[\d.,\s]*\d\Z")
_FEATURES = re.compile(r'"features"\s*:\s*\[')
_KML_TAIL = re.compile(rb"</(?:\w+:)?Placemark>")


@dataclass(frozen=True, slots=True)
class Column:
    """The head of a column; `number` when all shown cells are numbers."""

    name: str
    number: bool


@dataclass(frozen=True, slots=True)
class Table:
    """The beginning of a file; `left_out` counts the columns that are not shown."""

    columns: list[Column]
    rows: list[list[str]]
    left_out: int


def preview(data: bytes, format: str, *, whole: bool = False) -> Table | None:
    """A table of at most MAX_ROWS × MAX_COLUMNS from `CSV`, `TSV`, `GeoJSON` or `KML` bytes.

    `whole` says that the bytes are the whole file, so its last line is complete.
    """
    data, whole = data[:MAX_BYTES], whole and len(data) <= MAX_BYTES
    match format.upper():
        case "CSV" | "TSV":
            return _csv(data, whole)
        case "GEOJSON":
            return _records(_geojson(_text(data)))
        case "KML":
            return _records(_kml(data))
    return None


def _text(data: bytes) -> str:
    """Decoded by mark, else as UTF-8, else as Windows-1252, which never fails here."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.start >= len(data) - 3:  # only the cut at the end
            return data[: error.start].decode("utf-8-sig")
        return data.decode("cp1252", "replace")


def _csv(data: bytes, whole: bool) -> Table | None:
    text = _text(data)
    if "\0" in text:
        return None
    if not whole:
        text = text[: max(text.rfind("\n"), 0)]
    lines = text.lstrip().splitlines()
    if not lines:
        return None
    delimiter = max(DELIMITERS, key=lambda sign: (lines[0].count(sign), sign == ","))
    try:
        rows = list(islice(_rows(text.lstrip(), delimiter), MAX_ROWS + 1))
    except csv.Error:
        return None
    return _table(rows[0], rows[1:]) if len(rows) > 1 else None


def _rows(text: str, delimiter: str) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    return (row for row in reader if any(cell.strip() for cell in row))


def _geojson(text: str) -> Iterator[dict[str, Any]]:
    """Properties of the features, each with a word about its geometry."""
    start = _FEATURES.search(text)
    if start is None:
        return
    decoder, at = json.JSONDecoder(), start.end()
    for _ in range(MAX_ROWS):
        while at < len(text) and text[at] in ", \t\r\n":
            at += 1
        try:
            feature, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            return
        if not isinstance(feature, dict):
            return
        yield _feature(feature)


def _feature(feature: dict[str, Any]) -> dict[str, Any]:
    properties = feature.get("properties")
    row = dict(properties) if isinstance(properties, dict) else {}
    geometry = feature.get("geometry")
    if isinstance(geometry, dict):
        row["geometry"] = _geometry(geometry)
    return row


def _geometry(geometry: dict[str, Any]) -> str:
    kind, place = str(geometry.get("type", "")), geometry.get("coordinates")
    if kind == "Point" and isinstance(place, list) and len(place) >= 2:
        return "Point " + ", ".join(_shown(number) for number in place[:2])
    return kind


def _kml(data: bytes) -> Iterator[dict[str, Any]]:
    """Name, description and extended data of the placemarks; a document type is refused."""
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        return
    parser: ElementTree.XMLPullParser[ElementTree.Element] = ElementTree.XMLPullParser(["end"])
    found = 0
    try:
        parser.feed(_until_last(data))
        for event in parser.read_events():
            element = event[-1]
            if isinstance(element, ElementTree.Element) and _local(element) == "Placemark":
                yield dict(_placemark(element))
                found += 1
                if found == MAX_ROWS:
                    return
    except ElementTree.ParseError:
        return


def _until_last(data: bytes) -> bytes:
    """The bytes up to the last complete placemark."""
    ends = [match.end() for match in _KML_TAIL.finditer(data)]
    return data[: ends[-1]] if ends else b""


def _placemark(element: ElementTree.Element) -> Iterator[tuple[str, str]]:
    for part in element.iter():
        name = _local(part)
        if name in ("name", "description") and part.text and part.text.strip():
            yield name, part.text
        elif name == "SimpleData":
            yield part.get("name", ""), part.text or ""
        elif name == "Data":
            value = next((child.text for child in part if _local(child) == "value"), "")
            yield part.get("name", ""), value or ""


def _local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _records(rows: Iterable[dict[str, Any]]) -> Table | None:
    found = list(rows)
    names = list(dict.fromkeys(name for row in found for name in row))
    if "geometry" in names:
        names = [name for name in names if name != "geometry"] + ["geometry"]
    if not names:
        return None
    return _table(names, [[_shown(row.get(name)) for name in names] for row in found])


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _table(head: list[str], rows: list[list[str]]) -> Table:
    width = max(len(head), *(len(row) for row in rows)) if rows else len(head)
    shown = min(width, MAX_COLUMNS)
    cells = [[_cut(cell) for cell in (row + [""] * width)[:shown]] for row in rows[:MAX_ROWS]]
    columns = [
        Column(_cut(name) or str(number), _numeric([row[number - 1] for row in cells]))
        for number, name in enumerate((head + [""] * width)[:shown], 1)
    ]
    return Table(columns, cells, width - shown)


def _cut(cell: str) -> str:
    line = " ".join(cell.split())
    return line if len(line) <= MAX_CELL else line[: MAX_CELL - 1] + "…"


def _numeric(cells: list[str]) -> bool:
    filled = [cell for cell in cells if cell]
    return bool(filled) and all(_NUMBER.match(cell) for cell in filled)
