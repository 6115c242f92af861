# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The tables of one collection: today's rows, superseded rows, the spatial index.

Columns that begin with an underscore are the platform's: number, id, revision, since when,
by which write, flags, raw values that could not be typed, hash, and two texts that are
made from the others (`_public`, `_shape`) so that an answer is joined and not built.
"""

from __future__ import annotations

from allmende.model.document import Entity, Field, FieldType
from allmende.store.collections.blobs import SRS
from allmende.store.connection import Connection, EngineName

SYSTEM = (
    "_fid", "_id", "_revision", "_since", "_batch", "_flags", "_extra", "_hash", "_public",
    "_shape",
)  # fmt: skip
ENDED = ("_until", "_ended_by", "_gone")

_SQLITE = {
    FieldType.INTEGER: "INTEGER",
    FieldType.YEAR: "INTEGER",
    FieldType.NUMBER: "DOUBLE",
    FieldType.BOOLEAN: "BOOLEAN",
    FieldType.DATE: "DATE",
    FieldType.DATETIME: "DATETIME",
}
_POSTGRES = {
    FieldType.INTEGER: "bigint",
    FieldType.YEAR: "bigint",
    FieldType.NUMBER: "double precision",
    FieldType.BOOLEAN: "smallint",
}


class Names:
    """The quoted names of a collection's tables and columns."""

    def __init__(self, ident: str, entity: Entity, engine: EngineName) -> None:
        self.engine = engine
        self.plain = ident.replace("-", "_")
        self.table = f'geo."{self.plain}"'
        self.past = f'geo."{self.plain}__past"'
        placed = entity.geometry
        self.geometry = f'"{placed.name}"' if placed else None
        self.index = f'geo."rtree_{self.plain}_{placed.name}"' if placed else None
        self.fields = tuple(each.name for each in entity.plain)

    @property
    def wkb(self) -> str:
        """Expression that gives the geometry as WKB (SQLite: as the blob around it)."""
        if self.geometry is None:
            return "null"
        return self.geometry if self.engine == "sqlite" else f"ST_AsBinary({self.geometry})"


def column_type(field: Field, engine: EngineName) -> str:
    """The SQL type of a plain field's column."""
    if engine == "sqlite":
        return "TEXT" if field.many else _SQLITE.get(field.type, "TEXT")
    return 'text collate "C"' if field.many else _POSTGRES.get(field.type, 'text collate "C"')


def make(db: Connection, ident: str, entity: Entity, title: str) -> None:
    """Makes the tables of a new collection."""
    names = Names(ident, entity, db.dialect.name)
    own = [f'"{each.name}" {column_type(each, names.engine)}' for each in entity.plain]
    if names.engine == "sqlite":
        _make_sqlite(db, names, entity, own, title)
    else:
        _make_postgres(db, names, own)


def drop(db: Connection, ident: str, entity: Entity) -> None:
    """Removes the tables of a collection with everything in them."""
    names = Names(ident, entity, db.dialect.name)
    if names.engine == "sqlite":
        for table in ("gpkg_extensions", "gpkg_geometry_columns", "gpkg_contents"):
            db.run(f"delete from geo.{table} where table_name = :name", name=names.plain)
        if names.index:
            db.script(f"drop table {names.index}")
    db.script(f"drop table {names.table}")
    db.script(f"drop table {names.past}")


def _make_sqlite(db: Connection, names: Names, entity: Entity, own: list[str], title: str) -> None:
    placed = entity.geometry
    kind = placed.geometry.value.upper() if placed else ""
    place = [f'"{placed.name}" {kind}'] if placed else []
    system = [
        "_id TEXT NOT NULL", "_revision INTEGER NOT NULL", "_since BIGINT NOT NULL",
        "_batch BIGINT NOT NULL", "_flags TEXT", "_extra TEXT", "_hash BLOB NOT NULL",
        "_public TEXT NOT NULL", "_shape TEXT",
    ]  # fmt: skip
    columns = ", ".join([*place, *own, *system])
    db.script(
        f"create table {names.table} (_fid INTEGER PRIMARY KEY NOT NULL, {columns});"
        f'create unique index geo."{names.plain}__id" on "{names.plain}" (_id);'
        f'create index geo."{names.plain}__batch" on "{names.plain}" (_batch);'
        f'create index geo."{names.plain}__flags" on "{names.plain}" (_fid) '
        "where _flags is not null;"
        f"create table {names.past} (_fid INTEGER NOT NULL, {columns}, _until BIGINT NOT NULL, "
        "_ended_by BIGINT NOT NULL, _gone INTEGER NOT NULL, PRIMARY KEY (_fid, _revision));"
        f'create index geo."{names.plain}__past_id" on "{names.plain}__past" (_id);'
        f'create index geo."{names.plain}__gone" on "{names.plain}__past" (_ended_by) '
        "where _gone = 1;"
    )
    _announce(db, names, kind, title)


def _announce(db: Connection, names: Names, kind: str, title: str) -> None:
    """Tells other programs about the table, as GeoPackage wants it."""
    identifier = title or names.plain
    if db.row("select 1 from geo.gpkg_contents where identifier = :i", i=identifier):
        identifier = f"{identifier} ({names.plain})"
    db.run(
        "insert into geo.gpkg_contents (table_name, data_type, identifier, srs_id) "
        "values (:name, :kind, :identifier, :srs)",
        name=names.plain,
        kind="features" if names.geometry else "attributes",
        identifier=identifier,
        srs=SRS if names.geometry else None,
    )
    if names.geometry is None or names.index is None:
        return
    column = names.geometry.strip('"')
    db.script(f"create virtual table {names.index} using rtree(id, minx, maxx, miny, maxy)")
    db.run(
        "insert into geo.gpkg_geometry_columns values (:name, :column, :kind, :srs, 2, 0)",
        name=names.plain,
        column=column,
        kind=kind,
        srs=SRS,
    )
    db.run(
        "insert into geo.gpkg_extensions values (:name, :column, 'gpkg_rtree_index', "
        "'http://www.geopackage.org/spec120/#extension_rtree', 'write-only')",
        name=names.plain,
        column=column,
    )


def _make_postgres(db: Connection, names: Names, own: list[str]) -> None:
    place = [f"{names.geometry} geometry"] if names.geometry else []
    text = 'text collate "C"'
    system = [
        f"_id {text} not null", "_revision bigint not null", "_since bigint not null",
        "_batch bigint not null", "_flags text", "_extra text", "_hash bytea not null",
        "_public text not null", "_shape text",
    ]  # fmt: skip
    columns = ", ".join([*place, *own, *system])
    db.script(
        f"create table {names.table} (_fid bigint primary key, {columns});"
        f'create unique index "{names.plain}__id" on {names.table} (_id);'
        f'create index "{names.plain}__batch" on {names.table} (_batch);'
        f'create index "{names.plain}__flags" on {names.table} (_fid) where _flags is not null;'
        f"create table {names.past} (_fid bigint not null, {columns}, _until bigint not null, "
        "_ended_by bigint not null, _gone smallint not null, primary key (_fid, _revision));"
        f'create index "{names.plain}__past_id" on {names.past} (_id);'
        f'create index "{names.plain}__gone" on {names.past} (_ended_by) where _gone = 1'
    )
    if names.geometry:
        db.script(
            f"alter table {names.table} add constraint in_{SRS} "
            f"check (ST_SRID({names.geometry}) = {SRS});"
            f'create index "{names.plain}__place" on {names.table} using gist ({names.geometry})'
        )
