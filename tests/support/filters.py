# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Rows of every type and a table with them, for tests of filters."""

from typing import Any

from allmende.model.document import FieldType
from allmende.model.filter import (
    Filter,
)
from allmende.model.shapes import read_geojson
from allmende.store.collections.blobs import to_blob
from allmende.store.conditions import Column, compile_filter

FIELDS = {
    "name": (FieldType.STRING, "text"),
    "other": (FieldType.STRING, "text"),
    "height": (FieldType.NUMBER, "double precision"),
    "pieces": (FieldType.INTEGER, "bigint"),
    "alive": (FieldType.BOOLEAN, "smallint"),
    "planted": (FieldType.DATE, "text"),
    "seen": (FieldType.DATETIME, "text"),
    "built": (FieldType.YEAR, "bigint"),
    "opens": (FieldType.TIME, "text"),
    "details": (FieldType.OBJECT, "text"),
}
ROWS: list[dict[str, Any]] = [
    {"name": "Linde", "other": "linde", "height": 12.5, "pieces": 3, "alive": True,
     "planted": "2024-02-29", "seen": "2024-02-29T12:00:00.000Z", "built": 2024,
     "opens": "08:30:00", "details": {"a": 1}, "tags": ["a", "b"]},
    {"name": "Ölweide", "other": "OLWEIDE", "height": -7.0, "pieces": 0, "alive": False,
     "planted": "2023-12-31", "seen": "2024-01-01T00:00:00.000Z", "built": 1999,
     "opens": "00:00:00", "details": {}, "tags": []},
    {"name": "100 % _Straße\\", "other": "100 % _STRASSE\\", "height": 0.1, "pieces": -7,
     "alive": True, "planted": "1850-01-01", "seen": "1999-12-31T23:59:59.999Z",
     "built": 850, "opens": "23:59:59", "details": None, "tags": ["b", 1, True, 2.5]},
    {"name": "", "other": "København", "height": 1e6, "pieces": 9, "alive": None,
     "planted": None, "seen": "2024-02-28T23:59:59.999Z", "built": None, "opens": None,
     "details": None, "tags": None},
    dict.fromkeys([*FIELDS, "tags"]),
]  # fmt: skip
SHAPES: list[Any] = [
    {"type": "Point", "coordinates": [1, 1]},
    {"type": "Point", "coordinates": [2, 2, 100]},
    {"type": "LineString", "coordinates": [[0, 0], [3, 3]]},
    {"type": "Polygon", "coordinates": [[[0, 0], [2, 0], [2, 2], [0, 2], [0, 0]]]},
    # a bow tie, which is not valid
    {"type": "Polygon", "coordinates": [[[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]]]},
    {"type": "MultiPoint", "coordinates": [[1, 1], [179.5, 0]]},
    {
        "type": "GeometryCollection",
        "geometries": [
            {"type": "Point", "coordinates": [1, 1]},
            {"type": "LineString", "coordinates": [[5, 5], [6, 6]]},
        ],
    },
    None,
]


def encoded(row: dict[str, Any]) -> dict[str, Any]:
    import msgspec

    def one(value: Any) -> Any:
        if isinstance(value, bool):
            return int(value)
        return msgspec.json.encode(value).decode() if isinstance(value, list | dict) else value

    return {name: one(value) for name, value in row.items()}


def prepare(db: Any) -> None:
    exact = ' collate "C"' if db.dialect.name == "postgres" else ""
    columns = {name: sql + (exact if sql == "text" else "") for name, (_, sql) in FIELDS.items()}
    listed = ", ".join(f'"{name}" {sql}' for name, sql in columns.items())
    db.run(f"create table tree (id integer primary key, {listed}, tags text)")
    places = ", ".join(f":{name}" for name in [*FIELDS, "tags"])
    for number, row in enumerate(ROWS):
        db.run(f"insert into tree values ({number}, {places})", **encoded(row))
    kind = "blob" if db.dialect.name == "sqlite" else "geometry"
    db.run(f"create table place (id integer primary key, geom {kind}, area {kind})")
    for number, each in enumerate(SHAPES):
        shape = read_geojson(each) if each else None
        value, place = shape and shape.wkb, "ST_GeomFromWKB(cast(:shape as bytea), 4326)"
        if db.dialect.name == "sqlite":
            value, place = shape and to_blob(shape.wkb, shape.box), ":shape"
        db.run(f"insert into place values (:id, {place}, {place})", id=number, shape=value)


COLUMNS: dict[str, str | Column] = {
    **{name: Column(f'"{name}"', kind) for name, (kind, _) in FIELDS.items()},
    "tags": Column("tags", FieldType.STRING, many=True),
    "geom": Column("geom", FieldType.GEOMETRY),
    "area": Column("area", FieldType.GEOMETRY),
}


def found(db: Any, tree: Filter, table: str = "tree") -> list[int]:
    condition = compile_filter(tree, COLUMNS, db.dialect)
    sql = f"select id from {table} where {condition.sql} order by id"
    return [row[0] for row in db.rows(sql, **condition.params)]
