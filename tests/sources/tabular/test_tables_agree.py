# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The same table in every format and dialect is read as the same rows."""

from __future__ import annotations

import csv
import gzip
import io
import json
import lzma
from datetime import date
from typing import Any

import pytest
from tests.support.importing import entity, mapping

from allmende.core.imports import Material, open_content
from allmende.core.imports.intake import Intake
from allmende.core.unpack import unpack
from allmende.model.document import Field, FieldType

THING = entity(
    Field(name="nr", type=FieldType.INTEGER),
    Field(name="art"),
    Field(name="hoehe", type=FieldType.NUMBER),
    Field(name="am", type=FieldType.DATE),
    Field(name="steht", type=FieldType.BOOLEAN),
)
HEADING = ["nr", "art", "Höhe", "am", "steht"]
ROWS: list[list[Any]] = [
    [1, "Eiche, alt", 12.5, date(2020, 3, 1), True],
    [2, 'Linde "Greenspire"', 9.0, date(2021, 12, 31), False],
    [3, "Größe; Ahorn", 0.25, None, True],
]
EXPECTED = [
    {"nr": 1, "art": "Eiche, alt", "hoehe": 12.5, "am": "2020-03-01", "steht": True},
    {"nr": 2, "art": 'Linde "Greenspire"', "hoehe": 9.0, "am": "2021-12-31", "steht": False},
    {"nr": 3, "art": "Größe; Ahorn", "hoehe": 0.25, "steht": True},
]


def text(delimiter: str, encoding: str, *, german: bool) -> bytes:
    kept = io.StringIO()
    out = csv.writer(kept, delimiter=delimiter)
    out.writerow(HEADING)
    for nr, art, height, am, stands in ROWS:
        number = str(height).replace(".", ",") if german else str(height)
        day = "" if am is None else am.strftime("%d.%m.%Y") if german else am.isoformat()
        word = ("ja" if stands else "nein") if german else str(stands).lower()
        out.writerow([nr, art, number, day, word])
    return kept.getvalue().encode(encoding)


def workbook() -> bytes:
    import xlsxwriter

    kept = io.BytesIO()
    book = xlsxwriter.Workbook(kept, {"in_memory": True})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet("Bäume")
    sheet.write_row(0, 0, HEADING)
    for at, row in enumerate(ROWS, 1):
        for column, cell in enumerate(row):
            if isinstance(cell, date):
                sheet.write_datetime(at, column, cell, day)
            elif cell is not None:
                sheet.write(at, column, cell)
    book.close()
    return kept.getvalue()


def objects() -> list[dict[str, Any]]:
    return [
        {name: str(c) if isinstance(c, date) else c for name, c in zip(HEADING, row, strict=True)}
        for row in ROWS
    ]


FORMS = {
    "comma": lambda: text(",", "utf-8", german=False),
    "semicolon": lambda: text(";", "utf-8-sig", german=True),
    "tab": lambda: text("\t", "utf-16", german=True),
    "office": lambda: text(";", "cp1252", german=True),
    "xlsx": workbook,
    "json": lambda: json.dumps(objects()).encode(),
    "inside": lambda: json.dumps({"result": {"records": objects()}}).encode(),
    "lines": lambda: "\n".join(json.dumps(each) for each in objects()).encode(),
}
PACKED = {"plain": bytes, "gz": gzip.compress, "xz": lzma.compress}


@pytest.mark.parametrize("packed", PACKED)
@pytest.mark.parametrize("form", FORMS)
def test_every_format_and_dialect_gives_the_same_rows(form: str, packed: str) -> None:
    data = unpack(PACKED[packed](FORMS[form]()), 1_000_000, "table")
    intake = Intake(THING, mapping(), open_content(Material(data)).layer())
    chunk = intake.take()
    assert chunk.refusals == []
    assert [change.flags for change in chunk.changes] == [[], [], []]
    assert [change.values for change in chunk.changes] == EXPECTED
