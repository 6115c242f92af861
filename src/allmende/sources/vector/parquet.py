# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Parquet and GeoParquet 1.x, in a process of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from allmende.core.imports import confined
from allmende.core.imports.types import (
    Column,
    Layer,
    Material,
    Opened,
    RawRow,
    counted,
    over,
    unreadable,
)
from allmende.model.document import FieldType

CHILD = "allmende.sources.vector.parquet_child"


@contextmanager
def _laid_out(material: Material) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="allmende-") as name:
        path = Path(name) / "content.parquet"
        path.write_bytes(material.data)
        yield path


def read(material: Material) -> Opened:
    """The one layer of the file."""
    with _laid_out(material) as path:
        asked = {"do": "layers", "columns": material.limits.columns}
        told = next(confined.ask(CHILD, path, asked, material.limits, material.name), None)
    if told is None:
        raise unreadable(material.name, "it holds nothing", "sie enthält nichts")
    if len(told["columns"]) > material.limits.columns:
        raise over("columns", material.limits.columns)

    def rows() -> Iterator[RawRow]:
        line = 0
        with _laid_out(material) as path:
            asked: dict[str, Any] = {"do": "rows"}
            for block in confined.ask(CHILD, path, asked, material.limits, material.name):
                for geometry, *cells in zip(block["geometry"], *block["cells"], strict=True):
                    line += 1
                    yield RawRow(
                        line, dict(zip(block["names"], cells, strict=True)), geometry=geometry
                    )

    layer = Layer(
        name="rows",
        columns=[Column(name, FieldType(of) if of else None) for name, of in told["columns"]],
        rows=lambda: counted(rows(), material.limits),
        geometry=told["geometry"],
        crs=told["crs"],
        count=told["count"],
    )
    return Opened("parquet", [layer])
