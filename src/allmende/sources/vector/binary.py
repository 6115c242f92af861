# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""GeoPackage, Shapefile and FlatGeobuf by GDAL, in a process of its own.

GDAL knows only the one driver of the format that the content's first bytes name, so no file
can lead it to other files or addresses.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

from allmende.core.imports import confined
from allmende.core.imports.packed import Packed
from allmende.core.imports.types import (
    Column,
    Layer,
    Limits,
    Material,
    Opened,
    RawRow,
    counted,
    over,
    unreadable,
)
from allmende.model.document import FieldType

DRIVERS = {"geopackage": "GPKG", "shapefile": "ESRI Shapefile", "flatgeobuf": "FlatGeobuf"}
ENDINGS = {"geopackage": ".gpkg", "flatgeobuf": ".fgb"}
PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg", ".qix")
CHILD = "allmende.sources.vector.gdal_child"
ENVIRONMENT = {
    "CPL_CURL_ENABLE_VSIMEM": "NO",
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": "{none}",
    "GDAL_PAM_ENABLED": "NO",
    "GDAL_HTTP_MAX_RETRY": "0",
    "OGR_STROKE_CURVE": "TRUE",
    "PROJ_NETWORK": "OFF",
    "SHAPE_RESTORE_SHX": "YES",
}


def read(material: Material) -> Opened:
    """The layers of the file; for a ZIP those of every Shapefile inside."""
    kind = _kind(material)
    found: list[Layer] = []
    for stem in _stems(material, kind):
        with _laid_out(material, kind, stem) as path:
            request = _request(material, kind, "layers")
            for told in confined.ask(CHILD, path, request, material.limits, material.name):
                if len(found) == material.limits.layers:
                    raise over("layers", material.limits.layers)
                found.append(_layer(told, material, kind, stem))
    if not found:
        raise unreadable(material.name, "it holds no layer", "sie enthält keine Ebene")
    return Opened(kind, found)


def _kind(material: Material) -> str:
    if material.data.startswith(b"PK"):
        return "shapefile"
    return "flatgeobuf" if material.data.startswith(b"fgb") else "geopackage"


def _stems(material: Material, kind: str) -> list[str]:
    """Names of the Shapefiles in a ZIP, without ending; one empty name for other formats."""
    if kind != "shapefile":
        return [""]
    names = Packed(material.data, material.limits, material.name).names
    return [name[:-4] for name in names if name.lower().endswith(".shp")]


@contextmanager
def _laid_out(material: Material, kind: str, stem: str) -> Iterator[Path]:
    """The content as a file in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="allmende-") as name:
        folder = Path(name)
        if kind != "shapefile":
            path = folder / f"content{ENDINGS[kind]}"
            path.write_bytes(material.data)
            yield path
            return
        inside = Packed(material.data, material.limits, material.name)
        wanted = [
            each
            for each in inside.names
            if each[:-4] == stem and PurePosixPath(each).suffix.lower() in PARTS
        ]
        inside.unpack(folder, wanted, "content")
        if not (folder / "content.dbf").exists():
            raise unreadable(
                material.name,
                f"{stem}.dbf is missing beside {stem}.shp",
                f"{stem}.dbf fehlt neben {stem}.shp",
            )
        yield folder / "content.shp"


@cache
def drivers() -> tuple[str, ...]:
    """The names of all drivers of GDAL on this machine."""
    request: dict[str, Any] = {"do": "drivers"}
    with tempfile.TemporaryDirectory(prefix="allmende-") as folder:
        return tuple(next(confined.ask(CHILD, Path(folder) / "none", request, Limits(), "GDAL")))


def environment(driver: str) -> dict[str, str]:
    """What the process is started with: every driver but one is switched off."""
    others = ",".join(name for name in drivers() if name != driver)
    return {**ENVIRONMENT, "GDAL_SKIP": others}


def _request(material: Material, kind: str, do: str, **more: Any) -> dict[str, Any]:
    return {
        "do": do,
        "encoding": material.options.encoding,
        "environment": environment(DRIVERS[kind]),
        **more,
    }


def _layer(told: dict[str, Any], material: Material, kind: str, stem: str) -> Layer:
    if len(told["columns"]) > material.limits.columns:
        raise over("columns", material.limits.columns)
    names = [name for name, _ in told["columns"]]

    def rows() -> Iterator[RawRow]:
        request = _request(material, kind, "rows", layer=told["name"])
        line = 0
        with _laid_out(material, kind, stem) as path:
            for block in confined.ask(CHILD, path, request, material.limits, material.name):
                for ident, geometry, *cells in zip(
                    block["ids"], block["geometry"], *block["cells"], strict=True
                ):
                    line += 1
                    named = dict(zip(names, cells, strict=True))
                    given = str(ident) if kind == "geopackage" else ""
                    if given:
                        named.setdefault("fid", ident)
                    yield RawRow(line, named, geometry=geometry, id=given)

    columns = [Column(name, FieldType(kind) if kind else None) for name, kind in told["columns"]]
    if kind == "geopackage" and "fid" not in names:
        columns.insert(0, Column("fid", FieldType.INTEGER))
    return Layer(
        name=PurePosixPath(stem).name or told["name"],
        columns=columns,
        rows=lambda: counted(rows(), material.limits),
        geometry=told["geometry"],
        crs=told["crs"],
        count=told["count"],
    )
