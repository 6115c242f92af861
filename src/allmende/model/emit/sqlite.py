# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Table definitions for SQLite that make a GeoPackage 1.3 (OGC 12-128r18) with its rules.

A pattern cannot be checked, because SQLite alone has no regular expressions; it stands in a
remark. Lists and objects are JSON text. Geometries are GeoPackage blobs in EPSG:4326.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from allmende.model.document import Entity, Field, FieldType, GeometryType, Model
from allmende.model.emit.place import Place, line, title, words
from allmende.model.emit.tables import free_name, is_json, name, string, target, value

_TYPES = {
    FieldType.STRING: "text",
    FieldType.INTEGER: "integer",
    FieldType.NUMBER: "double",
    FieldType.BOOLEAN: "boolean",
    FieldType.DATE: "date",
    FieldType.DATETIME: "datetime",
    FieldType.TIME: "text",
    FieldType.YEAR: "integer",
    FieldType.URI: "text",
    FieldType.OBJECT: "text",
}
_WGS84 = (
    'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],'
    'PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433],AUTHORITY["EPSG","4326"]]'
)
_HEAD = f"""pragma application_id = 1196444487;
pragma user_version = 10300;

create table if not exists gpkg_spatial_ref_sys (
    srs_name text not null,
    srs_id integer primary key,
    organization text not null,
    organization_coordsys_id integer not null,
    definition text not null,
    description text
);
insert or ignore into gpkg_spatial_ref_sys values
    ('Undefined cartesian SRS', -1, 'NONE', -1, 'undefined', null),
    ('Undefined geographic SRS', 0, 'NONE', 0, 'undefined', null),
    ('WGS 84 geodetic', 4326, 'EPSG', 4326, {string(_WGS84)}, null);
create table if not exists gpkg_contents (
    table_name text not null primary key,
    data_type text not null,
    identifier text unique,
    description text default '',
    last_change datetime not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    min_x double,
    min_y double,
    max_x double,
    max_y double,
    srs_id integer references gpkg_spatial_ref_sys (srs_id)
);
create table if not exists gpkg_geometry_columns (
    table_name text not null unique references gpkg_contents (table_name),
    column_name text not null,
    geometry_type_name text not null,
    srs_id integer not null references gpkg_spatial_ref_sys (srs_id),
    z tinyint not null,
    m tinyint not null,
    primary key (table_name, column_name)
);
"""


def emit(model: Model, place: Place) -> str:
    """A script that makes an empty GeoPackage with a table for each entity."""
    about = line(f"{words(model.title, place.language, model.id)}, {model.id} {model.version}")
    parts = [f"-- {about}\n{_HEAD}"]
    parts += [_table(each, model, place.language) for each in model.entities]
    return "\n".join(parts)


def _table(entity: Entity, model: Model, language: str) -> str:
    lines = [f"{name(free_name(entity, 'fid'))} integer primary key autoincrement not null"]
    remarks = [""]
    for field in entity.fields:
        lines.append(_column(field, model, first=field is entity.geometry))
        remarks.append(line(_note(field, language)))
    if entity.key:
        lines.append(f"unique ({', '.join(name(each) for each in entity.key)})")
        remarks.append("")
    commas = [","] * (len(lines) - 1) + [""]
    rows = zip(lines, commas, remarks, strict=True)
    body = "\n".join(
        f"    {line}{comma}" + (f"  -- {note}" if note else "") for line, comma, note in rows
    )
    return f"create table {name(entity.name)} (\n{body}\n);\n{_registered(entity, language)}"


def _note(field: Field, language: str) -> str:
    parts = [title(field, language) if field.title else "", field.unit]
    parts.append(f"pattern {field.pattern}" if field.pattern else "")
    return ", ".join(each for each in parts if each)


def _registered(entity: Entity, language: str) -> str:
    placed = entity.geometry
    values = [
        string(entity.name),
        "'features'" if placed and not placed.many else "'attributes'",
        string(entity.name),
        string(words(entity.description, language)),
        "4326" if placed else "0",
    ]
    columns = "table_name, data_type, identifier, description, srs_id"
    text = f"insert into gpkg_contents ({columns}) values\n    ({', '.join(values)});\n"
    if placed and not placed.many:
        kind = _geometry(placed)
        text += (
            f"insert into gpkg_geometry_columns values\n    ({values[0]}, {string(placed.name)}, "
            f"{string(kind)}, 4326, 0, 0);\n"
        )
    return text


def _geometry(field: Field) -> str:
    return "GEOMETRY" if field.geometry is GeometryType.ANY else field.geometry.upper()


def _column(field: Field, model: Model, *, first: bool) -> str:
    """A column; a GeoPackage has one geometry in a table, others are plain blobs."""
    spatial = _geometry(field) if first else "blob"
    kind = "text" if field.many else _TYPES.get(field.type) or spatial
    parts = [name(field.name), kind, *(["not null"] if field.required else [])]
    parts += [f"check ({rule})" for rule in _rules(name(field.name), field)]
    found = target(model, field)
    if found:
        parts.append(f"references {name(found[0].name)} ({name(found[1].name)})")
    return " ".join(parts)


def _rules(column: str, field: Field) -> Iterator[str]:
    """Conditions that are true or, without a value, unknown."""
    if is_json(field):
        yield f"json_valid({column})"
        return
    match field.type:
        case FieldType.GEOMETRY:
            yield f"typeof({column}) in ('blob', 'null')"
        case FieldType.BOOLEAN:
            yield f"{column} in (0, 1)"
        case FieldType.INTEGER | FieldType.YEAR:
            yield f"typeof({column}) in ('integer', 'null')"
        case FieldType.NUMBER:
            yield f"typeof({column}) in ('real', 'integer', 'null')"
        case FieldType.DATE:
            yield f"{column} = date({column}, '+0 days')"
        case FieldType.DATETIME:
            yield f"{column} is null or datetime({column}) is not null"
        case FieldType.TIME:
            yield f"{column} = time({column})"
    yield from _limits(column, field)


def _limits(column: str, field: Field) -> Iterator[str]:
    limits: tuple[tuple[str, str, Any], ...] = (
        (column, ">=", field.minimum),
        (column, "<=", field.maximum),
        (f"length({column})", ">=", field.min_length),
        (f"length({column})", "<=", field.max_length),
    )
    for left, sign, limit in limits:
        if limit is not None:
            yield f"{left} {sign} {value(limit)}"
    if field.codes and not field.open_codes:
        yield f"{column} in ({', '.join(value(each.code) for each in field.codes)})"
