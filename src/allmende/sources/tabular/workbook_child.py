# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Reads one spreadsheet; runs in the confined process only."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from allmende.core.imports.plain import plain
from allmende.core.imports.types import damaged

BLOCK = 1_000


def answer(path: Path, request: dict[str, Any]) -> Iterator[Any]:
    """The heads of the sheets, or the rows of one."""
    import python_calamine as calamine

    try:
        with calamine.load_workbook(str(path)) as book:
            if request["do"] == "layers":
                yield from _heads(book, request)
            else:
                rows = _rows(book.get_sheet_by_name(request["layer"]))
                while block := list(islice(rows, BLOCK)):
                    yield block
    except (calamine.CalamineError, OSError) as error:
        raise damaged(str(error)) from error


def _heads(book: Any, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
    wanted = request["layer"]
    for name in book.sheet_names:
        if wanted and name != wanted:
            continue
        sheet = book.get_sheet_by_name(name)
        yield {
            "name": name,
            "rows": list(islice(_rows(sheet), request["head"])),
            "first": (sheet.start[0] if sheet.start else 0) + 1,
            "width": sheet.width,
            "height": sheet.height,
        }


def _rows(sheet: Any) -> Iterator[list[Any]]:
    """Cells from the first filled row and column on; empty ones are None."""
    for row in sheet.iter_rows():
        yield [plain(cell) if cell != "" else None for cell in row]
