# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Rows as Arrow columns: GeoParquet 1.1, GeoPackage and FlatGeobuf are written from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from msgspec import json

from allmende.core.crs import crs, move_geometries
from allmende.core.formats.shape import Row, Shape
from allmende.model.document import CRS84, Field, FieldType, GeometryType

_NUMBERS: dict[FieldType, str] = {
    FieldType.INTEGER: "int64",
    FieldType.YEAR: "int32",
    FieldType.NUMBER: "float64",
    FieldType.BOOLEAN: "bool_",
}
_TIMES: dict[FieldType, Callable[[str], Any]] = {
    FieldType.DATE: date.fromisoformat,
    FieldType.DATETIME: lambda text: datetime.fromisoformat(text).astimezone(UTC),
    FieldType.TIME: time.fromisoformat,
}


class Columns:
    """Turns rows into Arrow batches of one schema and keeps what files want to know of all."""

    def __init__(self, shape: Shape, *, plain: bool) -> None:
        """With `plain` there are no lists and times of day: databases do not know them."""
        import pyarrow as pa

        self.shape, self.plain = shape, plain
        self.types: set[str] = set()
        self.box = [float("inf"), float("inf"), float("-inf"), float("-inf")]
        self.deep = self.gaps = False  # some have heights; some have no geometry
        self.geometry = _free("geometry", shape.names) if shape.geometry else ""
        columns = [(_free("id", shape.names), pa.string())]
        columns += [(each.name, self._type(each)) for each in shape.fields]
        if self.geometry:
            columns.append((self.geometry, pa.binary()))
        self.schema = pa.schema(columns)

    def batch(self, rows: Sequence[Row]) -> Any:
        """The rows as a pyarrow.RecordBatch."""
        import pyarrow as pa

        arrays = [pa.array([row.id for row in rows], pa.string())]
        for each in self.shape.fields:
            read = self._reader(each)
            values = [row.values.get(each.name) for row in rows]
            kept = [None if value is None else read(value) for value in values]
            arrays.append(pa.array(kept, self.schema.field(each.name).type))
        if self.geometry:
            arrays.append(pa.array(self._places(rows), pa.binary()))
        return pa.record_batch(arrays, schema=self.schema)

    def _places(self, rows: Sequence[Row]) -> list[bytes | None]:
        """The geometries as ISO WKB in the CRS of the shape, x before y."""
        import numpy as np
        import shapely

        found = shapely.from_wkb(np.array([row.geometry for row in rows], dtype=object))
        moved = move_geometries(found, CRS84, self.shape.crs)
        there = moved[~shapely.is_missing(moved) & ~shapely.is_empty(moved)]
        self.gaps = self.gaps or len(there) < len(moved)
        if len(there):
            self._note(there)
        wkb: list[bytes | None] = shapely.to_wkb(moved, flavor="iso").tolist()
        return wkb

    def _note(self, geometries: Any) -> None:
        import numpy as np
        import shapely

        west, south, east, north = shapely.total_bounds(geometries).tolist()
        low, high = self.box[:2], self.box[2:]
        self.box = [
            *(min(pair) for pair in zip(low, (west, south), strict=True)),
            *(max(pair) for pair in zip(high, (east, north), strict=True)),
        ]
        deep = shapely.has_z(geometries)
        self.deep = self.deep or bool(deep.any())
        numbers = shapely.get_type_id(geometries)
        for number, three in set(zip(numbers.tolist(), np.atleast_1d(deep).tolist(), strict=True)):
            self.types.add(_KINDS[number] + (" Z" if three else ""))

    def _type(self, each: Field) -> Any:
        import pyarrow as pa

        single = self._single(each)
        if not each.many:
            return single
        return pa.string() if self.plain else pa.list_(single)

    def _single(self, each: Field) -> Any:
        import pyarrow as pa

        if each.type in _NUMBERS:
            return getattr(pa, _NUMBERS[each.type])()
        if each.type is FieldType.DATE:
            return pa.date32()
        if each.type is FieldType.DATETIME:
            return pa.timestamp("ms", tz="UTC")
        if each.type is FieldType.TIME and not self.plain:
            return pa.time32("s")
        if each.type is FieldType.GEOMETRY and not self.plain:
            return pa.binary()
        return pa.string()

    def _reader(self, each: Field) -> Callable[[Any], Any]:
        single = self._read_single(each)
        if not each.many:
            return single
        if self.plain:
            return lambda values: json.encode(values).decode()
        return lambda values: [single(value) for value in values]

    def _read_single(self, each: Field) -> Callable[[Any], Any]:
        if each.type is FieldType.OBJECT:
            return lambda value: json.encode(value).decode()
        if each.type is FieldType.GEOMETRY:
            return _wkt if self.plain else bytes
        if each.type is FieldType.TIME and self.plain:
            return str
        return _TIMES.get(each.type, _same)


_KINDS = (
    "Point", "LineString", "LinearRing", "Polygon", "MultiPoint", "MultiLineString",
    "MultiPolygon", "GeometryCollection",
)  # fmt: skip


def _same(value: Any) -> Any:
    return value


def _wkt(value: bytes) -> str:
    import shapely

    return str(shapely.to_wkt(shapely.from_wkb(value), rounding_precision=8))


def _free(name: str, taken: Sequence[str]) -> str:
    """The name, with underscores before it while a field is called so."""
    while name.lower() in {each.lower() for each in taken}:
        name = "_" + name
    return name


class Parquet:
    """GeoParquet 1.1: WKB with the metadata `geo`."""

    def __init__(self, path: Path, shape: Shape) -> None:
        from pyarrow import parquet

        self.columns = Columns(shape, plain=False)
        # without the Arrow schema readers find `geo` where they look for it
        self.file = parquet.ParquetWriter(
            path, self.columns.schema, compression="zstd", store_schema=False
        )

    def write(self, rows: Sequence[Row]) -> None:
        """Adds rows as one group."""
        self.file.write_batch(self.columns.batch(rows))

    def close(self) -> None:
        """Writes the metadata and finishes the file."""
        if self.columns.geometry:
            self.file.add_key_value_metadata({"geo": json.encode(self._about()).decode()})
        self.file.close()

    def drop(self) -> None:
        """Gives the unfinished file up."""
        self.file.close()

    def _about(self) -> dict[str, Any]:
        about: dict[str, Any] = {
            "encoding": "WKB",
            "geometry_types": sorted(self.columns.types),
        }
        if self.columns.shape.crs != CRS84:
            import pyproj

            about["crs"] = pyproj.CRS(crs(self.columns.shape.crs).short).to_json_dict()
        if self.columns.types:
            about["bbox"] = self.columns.box
        name = self.columns.geometry
        return {"version": "1.1.0", "primary_column": name, "columns": {name: about}}


class Vector:
    """GeoPackage or FlatGeobuf: the rows are collected in an Arrow file, then GDAL writes."""

    def __init__(self, path: Path, shape: Shape, driver: str) -> None:
        import pyarrow as pa

        self.path, self.driver = path, driver
        self.columns = Columns(shape, plain=True)
        self.between = path.with_suffix(".arrow")
        self.file = pa.ipc.new_stream(str(self.between), self.columns.schema)

    def write(self, rows: Sequence[Row]) -> None:
        """Adds rows."""
        self.file.write_batch(self.columns.batch(rows))

    def close(self) -> None:
        """Has GDAL write the file."""
        import pyarrow as pa
        import pyogrio

        self.file.close()
        placed = bool(self.columns.geometry)
        with pa.OSFile(str(self.between)) as file, pa.ipc.open_stream(file) as rows:
            pyogrio.write_arrow(
                rows,
                str(self.path),
                layer=self.columns.shape.name.replace("-", "_"),
                driver=self.driver,
                geometry_name=self.columns.geometry if placed else None,
                geometry_type=self._kind() if placed else None,
                crs=_system(self.columns.shape.crs) if placed else None,
                **self._options(),
            )
        self.between.unlink()

    def drop(self) -> None:
        """Gives the unfinished file up."""
        self.file.close()

    def _options(self) -> dict[str, str]:
        """FlatGeobuf has no index over features without a place."""
        unplaced = self.columns.gaps or not self.columns.geometry
        return {"SPATIAL_INDEX": "NO"} if unplaced and self.driver == "FlatGeobuf" else {}

    def _kind(self) -> str:
        """The type of the layer: the model's, or any when it has several."""
        field = self.columns.shape.geometry
        if field is None or field.geometry is GeometryType.ANY:
            return "Unknown"
        return f"{field.geometry} Z" if self.columns.deep else str(field.geometry)


def _system(uri: str) -> str:
    """A CRS as files name it, whose coordinates are always x before y."""
    named = crs(uri)
    return "EPSG:4326" if named.authority == "OGC" else named.short
