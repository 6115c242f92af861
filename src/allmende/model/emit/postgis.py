# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Table definitions for PostgreSQL with PostGIS: native types, rules as CHECK, comments."""

from __future__ import annotations

from collections.abc import Iterator

from allmende.model.document import Entity, Field, FieldType, GeometryType, Model
from allmende.model.emit.place import Place, line, title, words
from allmende.model.emit.tables import free_name, name, string, target, value

_TYPES = {
    FieldType.STRING: "text",
    FieldType.INTEGER: "bigint",
    FieldType.NUMBER: "double precision",
    FieldType.BOOLEAN: "boolean",
    FieldType.DATE: "date",
    FieldType.DATETIME: "timestamp with time zone",
    FieldType.TIME: "time",
    FieldType.YEAR: "integer",
    FieldType.URI: "text",
    FieldType.OBJECT: "jsonb",
}


def emit(model: Model, place: Place) -> str:
    """A script that makes a table for each entity, in the schema that is current."""
    about = line(f"{words(model.title, place.language, model.id)}, {model.id} {model.version}")
    parts = [f"-- {about}\ncreate extension if not exists postgis;\n"]
    for entity in model.entities:
        parts.append(_table(entity))
        parts += _comments(entity, place.language)
    parts += [line for each in model.entities for line in _references(each, model)]
    return "\n".join(parts)


def _table(entity: Entity) -> str:
    own = name(free_name(entity, "fid"))
    lines = [f"{own} bigint generated always as identity primary key"]
    lines += [_column(each) for each in entity.fields]
    if entity.key:
        lines.append(f"unique ({', '.join(name(each) for each in entity.key)})")
    table, body = name(entity.name), ",\n    ".join(lines)
    text = f"create table {table} (\n    {body}\n);\n"
    if entity.geometry and not entity.geometry.many:
        text += f"create index on {table} using gist ({name(entity.geometry.name)});\n"
    return text


def _column(field: Field) -> str:
    kind = _geometry(field) if field.type is FieldType.GEOMETRY else _TYPES[field.type]
    parts = [name(field.name), kind + ("[]" if field.many else "")]
    parts += ["not null"] if field.required else []
    parts += [f"check ({rule})" for rule in _rules(name(field.name), field)]
    return " ".join(parts)


def _geometry(field: Field) -> str:
    kind = "Geometry" if field.geometry is GeometryType.ANY else str(field.geometry)
    return f"geometry({kind}, 4326)"


def _rules(column: str, field: Field) -> Iterator[str]:
    """Conditions; of a list, every element has to meet the limits."""
    cast = f"::{_TYPES[field.type]}" if field.type in _TYPES else ""
    every = f"all ({column})"
    for sign, turned, limit in ((">=", "<=", field.minimum), ("<=", ">=", field.maximum)):
        if limit is not None:
            said = value(limit) + (cast if isinstance(limit, str) else "")
            yield f"{said} {turned} {every}" if field.many else f"{column} {sign} {said}"
    if field.codes and not field.open_codes:
        codes = ", ".join(value(each.code) for each in field.codes)
        yield f"{column} <@ array[{codes}]{cast}[]" if field.many else f"{column} in ({codes})"
    if not field.many:
        yield from _text_rules(column, field)


def _text_rules(column: str, field: Field) -> Iterator[str]:
    if field.pattern:
        yield f"{column} ~ {string(f'^(?:{field.pattern})$')}"
    if field.min_length is not None:
        yield f"length({column}) >= {field.min_length}"
    if field.max_length is not None:
        yield f"length({column}) <= {field.max_length}"


def _comments(entity: Entity, language: str) -> Iterator[str]:
    table = name(entity.name)
    about = words(entity.description, language) or title(entity, language)
    yield f"comment on table {table} is {string(about)};"
    for field in entity.fields:
        parts = [title(field, language) if field.title else ""]
        parts.append(words(field.description, language))
        said = ": ".join(each for each in parts if each) + (
            f" [{field.unit}]" if field.unit else ""
        )
        if said:
            yield f"comment on column {table}.{name(field.name)} is {string(said.strip())};"
    yield ""


def _references(entity: Entity, model: Model) -> Iterator[str]:
    for field in entity.fields:
        found = target(model, field)
        if found:
            other, key = name(found[0].name), name(found[1].name)
            yield (
                f"alter table {name(entity.name)} add foreign key ({name(field.name)}) "
                f"references {other} ({key}) deferrable initially deferred;\n"
            )
