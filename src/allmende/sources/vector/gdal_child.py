# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Reads one file with GDAL; runs in the confined process only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from allmende.core.imports.plain import plain
from allmende.core.imports.types import damaged

BLOCK = 1_000
ALL = 4_096  # columns; more are refused by the asking side
TYPES = {
    "OFTInteger": "integer",
    "OFTInteger64": "integer",
    "OFTReal": "number",
    "OFTDate": "date",
    "OFTDateTime": "datetime",
    "OFTTime": "time",
    "OFTString": "string",
}
PLAIN_KINDS = {base + step for base in range(1, 8) for step in (0, 1000)}


def answer(path: Path, request: dict[str, Any]) -> Iterator[Any]:
    """The drivers there are, the layers of a file, or the rows of a layer. InvalidInput."""
    import pyogrio
    from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError

    if request["do"] == "drivers":
        yield sorted(pyogrio.list_drivers())
        return
    try:
        yield from _layers(path, request) if request["do"] == "layers" else _rows(path, request)
    except (DataLayerError, DataSourceError, FeatureError, FieldError) as error:
        raise damaged(str(error).rpartition(": ")[2].partition("; ")[0]) from error


def _layers(path: Path, request: dict[str, Any]) -> Iterator[Any]:
    import pyogrio

    for name, kind in pyogrio.list_layers(path):
        info = pyogrio.read_info(path, layer=name, encoding=request["encoding"] or None)
        columns = zip(info["fields"], info["ogr_types"], info["ogr_subtypes"], strict=True)
        yield {
            "name": name,
            "geometry": kind is not None,
            "crs": info["crs"] or "",
            "count": info["features"] if info["features"] >= 0 else None,
            "columns": [
                (field, "boolean" if sub == "OFSTBoolean" else TYPES.get(of, ""))
                for field, of, sub in columns
            ],
        }


def _rows(path: Path, request: dict[str, Any]) -> Iterator[Any]:
    from pyogrio.raw import open_arrow

    with open_arrow(
        path,
        layer=request["layer"],
        encoding=request["encoding"] or None,
        return_fids=True,
        batch_size=BLOCK,
        use_pyarrow=True,
    ) as (meta, reader):
        placed = meta["geometry_name"] or "wkb_geometry"
        ident = meta["fid_column"] or "OGC_FID"
        for batch in reader:
            found = {name: batch.column(name).to_pylist() for name in batch.schema.names}
            shapes = found.pop(placed, [None] * batch.num_rows)
            ids = found.pop(ident, [None] * batch.num_rows)
            fields = [name for name in meta["fields"]]
            yield {
                "ids": ids,
                "geometry": [_two_or_three(shape) for shape in shapes],
                "cells": [[plain(value) for value in found[name]] for name in fields],
            }


def _two_or_three(shape: bytes | None) -> bytes | None:
    """The geometry without measures, as ISO WKB; None when it is empty."""
    if not shape:
        return None
    if shape[0] == 1 and int.from_bytes(shape[1:5], "little") in PLAIN_KINDS:
        return shape
    import shapely

    found = shapely.from_wkb(shape)
    if found is None or found.is_empty:
        return None
    packed: bytes = shapely.to_wkb(found, output_dimension=3, byte_order=1, flavor="iso")
    return packed
