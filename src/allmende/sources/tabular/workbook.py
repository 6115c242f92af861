# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Spreadsheets: XLSX, XLSB, XLS and ODS, in a process of its own; every sheet is a layer."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from allmende.core.imports import confined
from allmende.core.imports.packed import Packed
from allmende.core.imports.types import Layer, Material, Opened, RawRow, counted, over
from allmende.sources.tabular.heading import (
    filled,
    first_row,
    is_named,
    name_columns,
    reach,
    surplus,
)

CHILD = "allmende.sources.tabular.workbook_child"
HEAD = 200  # rows of every sheet that are looked at first


def read(material: Material) -> Opened:
    """The sheets that are not empty."""
    if material.data.startswith(b"PK"):
        Packed(material.data, material.limits, material.name).check()
    found: list[Layer] = []
    with _laid_out(material) as path:
        asked: dict[str, Any] = {"do": "layers", "head": HEAD, "layer": material.options.layer}
        for told in confined.ask(CHILD, path, asked, material.limits, material.name):
            if len(found) == material.limits.layers:
                raise over("layers", material.limits.layers)
            if told["rows"]:
                found.append(_layer(told, material))
    return Opened("spreadsheet", found)


@contextmanager
def _laid_out(material: Material) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="allmende-") as name:
        path = Path(name) / "content"
        path.write_bytes(material.data)
        yield path


def _layer(told: dict[str, Any], material: Material) -> Layer:
    options, head, base = material.options, told["rows"], told["first"]
    start = options.skip or first_row(head)
    named = is_named(head[start:], options)
    heading = head[start] if named and start < len(head) else []
    if told["width"] > material.limits.columns:
        raise over("columns", material.limits.columns)
    width = max((reach(row) for row in head[start:]), default=0) if named else told["width"]
    columns = name_columns(heading, width, options)
    names = [column.name for column in columns]
    skip = start + (1 if named else 0)

    def rows() -> Iterator[RawRow]:
        for number, cells in enumerate(_cells(material, told["name"])):
            if number >= skip and filled(cells):
                yield _row(base + number, names, cells)

    return Layer(
        name=told["name"],
        columns=columns,
        rows=lambda: counted(rows(), material.limits),
        count=max(0, told["height"] - skip),
    )


def _row(line: int, names: list[str], cells: list[Any]) -> RawRow:
    found = dict(zip(names, cells, strict=False))
    if len(cells) > len(names) and (count := reach(cells)) > len(names):
        found |= {f"column_{at + 1}": cells[at] for at in range(len(names), count)}
        return RawRow(line, found, fault=surplus(line, count, len(names)))
    return RawRow(line, found)


def _cells(material: Material, sheet: str) -> Iterator[list[Any]]:
    asked: dict[str, Any] = {"do": "rows", "layer": sheet}
    with _laid_out(material) as path:
        for block in confined.ask(CHILD, path, asked, material.limits, material.name):
            yield from block
