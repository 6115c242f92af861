# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Spreadsheets, read in a process of its own."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from allmende.core.imports import Limits, Material, ReadOptions, open_content
from allmende.errors import InvalidInput, LimitExceeded


def workbook(sheets: dict[str, list[list[object]]]) -> bytes:
    import xlsxwriter

    kept = io.BytesIO()
    book = xlsxwriter.Workbook(kept, {"in_memory": True})
    day = book.add_format({"num_format": "dd.mm.yyyy"})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for at, row in enumerate(rows):
            for column, cell in enumerate(row):
                if hasattr(cell, "isoformat"):
                    sheet.write_datetime(at, column, cell, day)
                else:
                    sheet.write(at, column, cell)
    book.close()
    return kept.getvalue()


def test_the_register_of_trees_is_read_completely(shared_data: Path) -> None:
    data = (shared_data / "trees/jena_baeume_2022-11.ods").read_bytes()
    layer = open_content(Material(data)).layer()
    rows = list(layer.rows())
    assert len(rows) == layer.count == 42_642
    first = rows[0].cells
    assert list(first) == [f"column_{n}" for n in range(1, 29)]
    assert first["column_1"] == 27_077
    assert first["column_4"] == "12"
    assert first["column_6"] == "2022-09-27"
    assert rows[-1].line == 42_642


def test_sheets_are_layers_and_dates_are_iso() -> None:
    from datetime import date

    data = workbook(
        {
            "Bäume": [["nr", "gepflanzt"], [1, date(2020, 3, 1)], [2, date(2021, 4, 2)]],
            "leer": [],
            "Bänke": [["nr", "holz"], [1, True]],
        }
    )
    opened = open_content(Material(data))
    assert [layer.name for layer in opened.layers] == ["Bäume", "Bänke"]
    with pytest.raises(InvalidInput, match="Bäume, Bänke"):
        opened.layer()
    rows = list(opened.layer("Bäume").rows())
    assert [(row.line, row.cells) for row in rows] == [
        (2, {"nr": 1, "gepflanzt": "2020-03-01"}),
        (3, {"nr": 2, "gepflanzt": "2021-04-02"}),
    ]


def test_titles_above_the_table_are_passed_over() -> None:
    data = workbook({"a": [["Statistik"], [], ["nr", "art", "jahr"], [1, "x", 2], [2, "y", 3]]})
    layer = open_content(Material(data)).layer()
    assert [column.name for column in layer.columns] == ["nr", "art", "jahr"]
    assert [row.line for row in layer.rows()] == [4, 5]


def test_a_packed_bomb_is_refused() -> None:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b" " * 5_000_000)
    with pytest.raises(LimitExceeded, match="unpacked_bytes"):
        open_content(Material(kept.getvalue(), limits=Limits(unpacked_bytes=1_000_000)))


def test_a_sheet_that_claims_to_be_endless_ends_only_its_process() -> None:
    cell = '<row r="{0}"><c r="{1}{0}"><v>1</v></c></row>'
    sheet = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        + cell.format(1, "A")
        + cell.format(1_048_576, "XFD")
        + "</sheetData></worksheet>"
    )
    kept = io.BytesIO()
    source = zipfile.ZipFile(io.BytesIO(workbook({"a": [[1]]})))
    with source, zipfile.ZipFile(kept, "w") as packed:
        for name in source.namelist():
            body = source.read(name)
            packed.writestr(name, sheet if name.endswith("sheet1.xml") else body)
    with pytest.raises(InvalidInput):
        open_content(Material(kept.getvalue(), limits=Limits(memory_bytes=1 << 30)))


def test_a_broken_workbook_says_so() -> None:
    with pytest.raises(InvalidInput, match="cannot be read"):
        open_content(Material(b"\xd0\xcf\x11\xe0" + b"x" * 600, "a.xls"))
    with pytest.raises(InvalidInput, match="cannot be read"):
        open_content(Material(b"PK\x03\x04broken", "a.xlsx"))


def test_one_table_alone_in_a_zip_is_read() -> None:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as packed:
        packed.writestr("a.csv", "nr;art\n1;x\n2;y\n")
    opened = open_content(Material(kept.getvalue(), options=ReadOptions()))
    assert opened.format == "csv"
    assert len(list(opened.layer().rows())) == 2
