# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Reads one Parquet file; runs in the confined process only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from allmende.core.imports.plain import plain
from allmende.core.imports.types import damaged, unreadable
from allmende.model.shapes import point

BLOCK = 1_000
TYPES = {
    "bool": "boolean",
    "string": "string",
    "large_string": "string",
    "date32[day]": "date",
    "float": "number",
    "double": "number",
}


def answer(path: Path, request: dict[str, Any]) -> Iterator[Any]:
    """Layers or rows."""
    import pyarrow
    from pyarrow import parquet

    try:
        file = parquet.ParquetFile(path, memory_map=False)
        placed, crs, encoding = _geo(file)
        if request["do"] == "layers":
            yield _layer(file, placed, crs)
        else:
            yield from _rows(file, placed, encoding)
    except (pyarrow.ArrowException, OSError) as error:
        raise damaged(str(error)) from error


def _geo(file: Any) -> tuple[str, str, str]:
    """Geometry column, its CRS and encoding (GeoParquet 1.1, "Metadata")."""
    held = (file.schema_arrow.metadata or {}).get(b"geo")
    if not held:
        return "", "", ""
    try:
        geo = msgspec.json.decode(held)
        name = geo["primary_column"]
        column = geo["columns"][name]
    except (msgspec.DecodeError, KeyError, TypeError):
        return "", "", ""
    return name, _crs(column), str(column.get("encoding", "WKB"))


def _crs(column: dict[str, Any]) -> str:
    """Missing means OGC:CRS84, null means unknown; else PROJJSON with an id."""
    if "crs" not in column:
        return "OGC:CRS84"
    ident = (column["crs"] or {}).get("id") or {}
    return f"{ident['authority']}:{ident['code']}" if {"authority", "code"} <= set(ident) else ""


def _layer(file: Any, placed: str, crs: str) -> dict[str, Any]:
    columns = []
    for field in file.schema_arrow:
        if field.name != placed:
            of = str(field.type)
            known = TYPES.get(of, "integer" if of.lstrip("u").startswith("int") else "")
            columns.append((field.name, "datetime" if of.startswith("timestamp") else known))
    return {
        "columns": columns,
        "geometry": bool(placed),
        "crs": crs,
        "count": file.metadata.num_rows,
    }


def _rows(file: Any, placed: str, encoding: str) -> Iterator[dict[str, Any]]:
    for batch in file.iter_batches(batch_size=BLOCK):
        found = {name: batch.column(name).to_pylist() for name in batch.schema.names}
        shapes = found.pop(placed, None) or [None] * batch.num_rows
        yield {
            "names": list(found),
            "geometry": [_wkb(shape, encoding) for shape in shapes],
            "cells": [[plain(value) for value in values] for values in found.values()],
        }


def _wkb(shape: Any, encoding: str) -> bytes | None:
    if shape is None or isinstance(shape, bytes):
        return shape
    if encoding == "point":
        return point(shape["x"], shape["y"])
    raise unreadable(
        "",
        f"geometries in the encoding {encoding} are not read; write WKB",
        f"Geometrien in der Kodierung {encoding} werden nicht gelesen; schreiben Sie WKB",
    )
