# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""CSV in all its dialects (RFC 4180 and what people write instead)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from itertools import islice
from typing import Any

from msgspec.structs import replace

from allmende.core.imports.types import (
    Fault,
    Layer,
    Material,
    Opened,
    RawRow,
    counted,
    over,
    said,
    unreadable,
)
from allmende.model.document import Text
from allmende.model.sniff.dialect import Dialect, sniff_dialect
from allmende.sources.tabular.heading import is_named, name_columns, reach, surplus, usual_width

LOOKED_AT = 200
SURPLUS = 50  # cells beyond the last column that are kept to be looked at
OPEN_LINES = 20  # lines of one row from which a quotation mark was forgotten
KEPT = 1_000  # characters of a cell of such a row
LINE_CELLS = 10  # a line is at most as long as so many of the largest cells


def read(material: Material) -> Opened:
    """The one table of the text."""
    options = material.options
    dialect = sniff_dialect(material.data)
    dialect = replace(
        dialect,
        encoding=options.encoding or dialect.encoding,
        delimiter=options.delimiter or dialect.delimiter,
        skip=options.skip or dialect.skip,
    )
    table = _Table(material, dialect)
    head = _head(table)
    named = is_named(head, options)
    width = usual_width(head)
    if width > material.limits.columns:
        raise over("columns", material.limits.columns)
    heading = head[0] if named and head else []
    columns = name_columns(heading, max(len(heading), width), options)
    names = [column.name for column in columns]

    def rows() -> Iterator[RawRow]:
        return counted(_rows(table, named, names), material.limits)

    notes = [_read_as(dialect, named), *(note.text for note in dialect.notes)]
    layer = Layer("table", columns, rows, notes=notes, decimal=dialect.decimal)
    return Opened("csv", [layer])


class _Table:
    """The lines of a text, decoded while they are read: never the whole of it at once."""

    def __init__(self, material: Material, dialect: Dialect) -> None:
        self.data, self.dialect = material.data, dialect
        self.longest = LINE_CELLS * material.limits.cell_chars
        try:
            self._opened()
        except LookupError as error:
            en, de = "the encoding is not known", "die Kodierung ist unbekannt"
            told = dialect.encoding
            raise unreadable(material.name, f"{en}: {told}", f"{de}: {told}") from error

    def _opened(self) -> io.TextIOWrapper:
        source = io.BytesIO(self.data)
        return io.TextIOWrapper(source, self.dialect.encoding, errors="replace", newline="")

    def _lines(self) -> Iterator[str]:
        """The lines. LimitExceeded for one that no table has."""
        stream, first = self._opened(), True
        while line := stream.readline(self.longest + 1):
            if len(line) > self.longest:
                raise over("line_chars", self.longest)
            yield line.lstrip("\ufeff") if first else line
            first = False

    def reader(self) -> Any:
        """The rows, each a list of cells; csv.Error for a broken one."""
        dialect = self.dialect
        lines = islice(self._lines(), dialect.skip, None)
        return csv.reader(lines, delimiter=dialect.delimiter, quotechar=dialect.quote)


def _read_as(dialect: Dialect, named: bool) -> Text:
    return said(
        f"Read as {dialect.encoding}, separator {dialect.delimiter!r}, "
        f"{'with' if named else 'without'} a heading.",
        f"Gelesen als {dialect.encoding}, Trennzeichen {dialect.delimiter!r}, "
        f"{'mit' if named else 'ohne'} Kopfzeile.",
    )


def _head(table: _Table) -> list[list[str]]:
    found: list[list[str]] = []
    reader = table.reader()
    while len(found) < LOOKED_AT:
        try:
            row = next(reader, None)
        except csv.Error:
            continue
        if row is None:
            break
        if any(cell.strip() for cell in row):
            found.append(row)
    return found


def _rows(table: _Table, named: bool, names: list[str]) -> Iterator[RawRow]:
    reader, skip = table.reader(), table.dialect.skip
    above = named
    while True:
        line = skip + reader.line_num + 1  # where the row begins; it may have several lines
        try:
            row = next(reader, None)
        except csv.Error as error:
            yield _broken(line, str(error))
            continue
        if row is None:
            return
        if not any(cell.strip() for cell in row):
            continue
        if above:
            above = False
            continue
        yield _row(line, names, row, skip + reader.line_num)


def _row(line: int, names: list[str], row: list[str], last: int) -> RawRow:
    """A row. One with too many cells, or with a quotation mark that stays open, has a fault."""
    cells: dict[str, Any] = dict(zip(names, row, strict=False))
    if last - line >= OPEN_LINES and len(row) < len(names):
        return RawRow(line, {name: each[:KEPT] for name, each in cells.items()}, fault=_open(line))
    if len(row) == len(names) or (count := reach(row)) <= len(names):
        return RawRow(line, cells)
    for at in range(len(names), min(count, len(names) + SURPLUS)):
        cells[f"column_{at + 1}"] = row[at]
    return RawRow(line, cells, fault=surplus(line, count, len(names)))


def _open(line: int) -> Fault:
    return Fault(
        "open-quote",
        said(
            f"A quotation mark in line {line} is not closed, so that the lines after it were "
            "taken for one text. Close it or delete it.",
            f"Ein Anführungszeichen in Zeile {line} ist nicht geschlossen; die Zeilen danach "
            "gelten deshalb als ein Text. Bitte schließen oder löschen Sie es.",
        ),
    )


def _broken(line: int, detail: str) -> RawRow:
    return RawRow(
        line,
        {},
        fault=Fault(
            "broken-line",
            said(
                f"Line {line} cannot be read: {detail}.",
                f"Zeile {line} ist nicht lesbar: {detail}.",
            ),
        ),
    )
