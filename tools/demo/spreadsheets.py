# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Readers for the two office formats among the raw files, with the standard library only."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def ods_rows(path: Path, columns: int) -> Iterator[list[str]]:
    """The rows of the first sheet as texts; dates are ISO, numbers as the file stores them."""
    with zipfile.ZipFile(path) as archive, archive.open("content.xml") as content:
        for _, element in ElementTree.iterparse(content):  # noqa: S314  our own raw copy
            if element.tag == _TABLE + "table-row":
                row = _ods_cells(element, columns)
                element.clear()
                if any(row):
                    yield row


def _ods_cells(element: ElementTree.Element, columns: int) -> list[str]:
    row: list[str] = []
    for cell in element:
        value = cell.get(_OFFICE + "date-value") or cell.get(_OFFICE + "value")
        text = value or "\n".join("".join(part.itertext()) for part in cell.findall(_TEXT + "p"))
        repeat = int(cell.get(_TABLE + "number-columns-repeated", "1"))
        row += [text] * min(repeat, columns - len(row))
    return row + [""] * (columns - len(row))


def xlsx_cells(path: Path) -> Iterator[tuple[str, str, str]]:
    """Address, value and formula of every filled cell of the first sheet, in file order."""
    with zipfile.ZipFile(path) as archive:
        shared = [
            "".join(text.text or "" for text in item.iter(_SHEET + "t"))
            for item in ElementTree.fromstring(archive.read("xl/sharedStrings.xml"))  # noqa: S314
        ]
        sheet = ElementTree.fromstring(archive.read("xl/worksheets/sheet1.xml"))  # noqa: S314
    for cell in sheet.iter(_SHEET + "c"):
        value = cell.findtext(_SHEET + "v")
        if value is not None:
            text = shared[int(value)] if cell.get("t") == "s" else value
            yield cell.get("r", ""), text, cell.findtext(_SHEET + "f") or ""
