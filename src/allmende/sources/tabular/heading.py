# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Where a table begins, whether its first row is a heading, and what its columns are called."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from allmende.core.imports.types import Column, Fault, ReadOptions, said
from allmende.model.document import FieldType
from allmende.model.sniff.header import has_header

LOOKED_AT = 50
FEW = 3  # rows of which the first alone says how wide the table is
NEARLY_ALL = 0.8
DBASE = re.compile(r"(\w{1,11}),([CNDLFM]),(\d{1,3})(?:,(\d{1,2}))?\Z")
DBASE_TYPES = {
    "C": FieldType.STRING,
    "M": FieldType.STRING,
    "N": FieldType.NUMBER,
    "F": FieldType.NUMBER,
    "D": FieldType.DATE,
    "L": FieldType.BOOLEAN,
}

Cells = Sequence[Any]


def filled(row: Cells) -> int:
    """How many cells hold something."""
    return sum(1 for cell in row if cell is not None and str(cell).strip())


def reach(row: Cells) -> int:
    """How many cells there are up to the last one that holds something."""
    return next((at for at in range(len(row), 0, -1) if filled(row[at - 1 : at])), 0)


def usual_width(rows: Sequence[Cells]) -> int:
    """The length of the first row, or another one that nearly all rows below it have.

    Some rows with too many cells do not make the table wider.
    """
    first = len(rows[0]) if rows else 0
    if len(rows) <= FEW:
        return first
    width, often = Counter(len(row) for row in rows[1:]).most_common(1)[0]
    return width if often >= NEARLY_ALL * (len(rows) - 1) else first


def first_row(rows: Sequence[Cells]) -> int:
    """Where the table begins below titles and remarks: at the first row that is wide enough."""
    widths = [filled(row) for row in rows[:LOOKED_AT]]
    there = [at for at, width in enumerate(widths) if width]
    usual = Counter(widths[at] for at in there).most_common(1)
    if not usual or usual[0][0] < 2:
        return there[0] if there else 0
    if usual[0][0] == 2:
        titled = len(there) > 2 and widths[there[0]] == 1 and filled(rows[there[0]][:1])
        return there[1] if titled and widths[there[1]] == 2 else there[0]
    enough = max(2, (usual[0][0] + 1) // 2)
    return next((at for at, width in enumerate(widths) if width >= enough), 0)


def is_named(rows: Sequence[Cells], options: ReadOptions) -> bool:
    """Whether the first row is a heading: as told, by the names that are wanted, or by its look."""
    if options.header is not None or not rows:
        return bool(options.header)
    width = usual_width(rows)
    rows = [row[:width] for row in rows]
    if options.names:
        found = {str(cell).strip() for cell in rows[0] if cell is not None}
        return len(found & set(options.names)) * 2 >= len(options.names)
    return has_header(rows)


def name_columns(heading: Cells, width: int, options: ReadOptions) -> list[Column]:
    """The columns: by the heading, as told, else column_1, column_2 …; no name twice.

    A heading of dBase (`name,C,20`) gives the type as well.
    """
    columns: list[Column] = []
    seen: Counter[str] = Counter()
    names = [] if heading else options.names
    for at in range(max(width, len(names))):
        given = names[at] if at < len(names) else _text(heading, at)
        column = _column(given or f"column_{at + 1}")
        seen[column.name] += 1
        if seen[column.name] > 1:
            column.name = f"{column.name}_{seen[column.name]}"
        columns.append(column)
    return columns


def surplus(line: int, cells: int, columns: int) -> Fault:
    """Why a row with more cells than the table has columns is not taken."""
    return Fault(
        "surplus-cells",
        said(
            f"Line {line} has {cells} cells, the table has {columns} columns: a separator stands "
            "inside a text. Put the text in quotation marks, or delete the cells that are too "
            "many.",
            f"Zeile {line} hat {cells} Zellen, die Tabelle hat {columns} Spalten: In einem Text "
            "steht ein Trennzeichen. Setzen Sie den Text in Anführungszeichen, oder löschen Sie "
            "die überzähligen Zellen.",
        ),
    )


def _column(given: str) -> Column:
    dbase = DBASE.match(given)
    if dbase is None:
        return Column(" ".join(given.split()))
    kind = DBASE_TYPES[dbase[2]]
    whole = kind is FieldType.NUMBER and dbase[2] == "N" and not int(dbase[4] or 0)
    return Column(dbase[1], FieldType.INTEGER if whole else kind)


def _text(heading: Cells, at: int) -> str:
    cell = heading[at] if at < len(heading) else None
    return "" if cell is None else str(cell).strip()
