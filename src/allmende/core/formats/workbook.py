# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""XLSX: one sheet with the rows, one that explains the columns. Written row by row to disk."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from allmende.core.formats.cells import place_names, places, scalar
from allmende.core.formats.shape import Row, Shape
from allmende.errors import LimitExceeded
from allmende.model.document import Field, FieldType

MAX_ROWS = 1_048_575  # of a sheet, besides the line with the names
MAX_TEXT = 32_767  # characters of a cell
FIRST_DAY = "1900-03-01"  # spreadsheets disagree about earlier ones

_LABELS = {
    "de": ("Felder", ("Name", "Titel", "Einheit", "Beschreibung")),
    "en": ("Fields", ("Name", "Title", "Unit", "Description")),
}


class Workbook:
    """An XLSX file that grows; only the row at hand is in memory."""

    def __init__(self, path: Path, shape: Shape) -> None:
        import xlsxwriter

        options = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "tmpdir": str(path.parent),
        }
        self.shape = shape
        self.book = xlsxwriter.Workbook(str(path), options)
        self.day = self.book.add_format({"num_format": "yyyy-mm-dd"})
        self.moment = self.book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self.bold = self.book.add_format({"bold": True})
        self.sheet = self.book.add_worksheet(_sheet_name(shape.name))
        self.sheet.freeze_panes(1, 1)
        self.line = 0
        for place, name in enumerate(("id", *shape.names, *place_names(shape))):
            self.sheet.write_string(0, place, name, self.bold)

    def write(self, rows: Sequence[Row]) -> None:
        """Adds rows. Raises LimitExceeded when the sheet is full."""
        if self.line + len(rows) > MAX_ROWS:
            raise LimitExceeded(
                f"A sheet has at most {MAX_ROWS} rows. Take CSV, GeoPackage or Parquet.",
                f"Ein Tabellenblatt hat höchstens {MAX_ROWS} Zeilen. Bitte CSV, GeoPackage oder "
                "Parquet nehmen.",
            )
        for row, place in zip(rows, places(rows, self.shape), strict=True):
            self.line += 1
            self._cell(0, row.id)
            for number, field in enumerate(self.shape.fields, 1):
                self._value(number, row.values.get(field.name), field)
            for number, value in enumerate(place, len(self.shape.fields) + 1):
                self._cell(number, value)

    def close(self) -> None:
        """Writes the sheet about the columns and finishes the file."""
        name, labels = _LABELS.get(self.shape.language, _LABELS["en"])
        about = self.book.add_worksheet(name)
        language = self.shape.language
        for column, label in enumerate(labels):
            about.write_string(0, column, label, self.bold)
        for line, field in enumerate(self.shape.fields, 1):
            title, described = field.title.get(language, ""), field.description.get(language, "")
            for column, text in enumerate((field.name, title, field.unit, described)):
                about.write_string(line, column, text[:MAX_TEXT])
        self.book.close()

    def drop(self) -> None:
        """Gives the unfinished file up."""
        self.sheet.row_data_fh.close()

    def _value(self, column: int, value: Any, field: Field) -> None:
        known = value is not None and not field.many and str(value) >= FIRST_DAY
        if known and field.type is FieldType.DATE:
            self.sheet.write_datetime(self.line, column, date.fromisoformat(value), self.day)
        elif known and field.type is FieldType.DATETIME:
            moment = datetime.fromisoformat(value).replace(tzinfo=None)
            self.sheet.write_datetime(self.line, column, moment, self.moment)
        else:
            self._cell(column, scalar(value, field))

    def _cell(self, column: int, value: Any) -> None:
        if value is None:
            return
        if isinstance(value, bool):
            self.sheet.write_boolean(self.line, column, value)
        elif isinstance(value, int | float) and abs(value) < 1e15:
            self.sheet.write_number(self.line, column, value)
        else:
            self.sheet.write_string(self.line, column, str(value)[:MAX_TEXT])


def _sheet_name(name: str) -> str:
    """31 characters at most; ids of collections have no others a sheet may not have."""
    return name[:31] or "data"
