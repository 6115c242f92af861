# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A model and a mapping for a layer that has none: proposed from its columns and first rows."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import msgspec
from msgspec import Struct

from allmende.core.imports.intake import Intake
from allmende.core.imports.mapping import FieldSource, Mapping, Place
from allmende.core.imports.plan import READ_HERE, reading_of
from allmende.core.imports.types import Layer, RawRow, ReadOptions
from allmende.errors import InvalidInput
from allmende.model.coerce import Reading
from allmende.model.document import Entity, Field, FieldType, GeometryType, Model, Text
from allmende.model.sniff.table import sniff_table
from allmende.model.sniff.types import MAX_ROWS, Note, Proposal, Use

KINDS = {
    1: GeometryType.POINT,
    2: GeometryType.LINESTRING,
    3: GeometryType.POLYGON,
    4: GeometryType.MULTIPOINT,
    5: GeometryType.MULTILINESTRING,
    6: GeometryType.MULTIPOLYGON,
}


class Proposed(Struct, kw_only=True):
    """What a person is to look at before the import."""

    model: Model
    mapping: Mapping
    notes: list[Text]
    rows: int  # looked at
    reasons: list[Note] = []  # the notes with their codes and fields


def propose(
    layer: Layer,
    name: str,
    options: ReadOptions,
    near: tuple[float, float] | None = None,
    title: Text | None = None,
) -> Proposed:
    """A model with the id `name`, and the mapping that fills it. Runs in a worker thread.

    InvalidInput when the layer has no rows: nothing says then what its columns hold.
    """
    names = [column.name for column in layer.columns]
    read = list(islice(layer.rows(), MAX_ROWS))
    if not read:
        raise _no_rows(layer)
    rows = [row for row in read if row.fault is None] or read
    told = msgspec.structs.replace(options, decimal=options.decimal or layer.decimal)
    found = sniff_table(
        ([row.cells.get(column) for column in names] for row in rows),
        header=names,
        name=name,
        near=near,
        reading=reading_of(told),
    )
    if options.date_order:  # somebody has said it
        found.notes = [each for each in found.notes if each.code != "ambiguous-date"]
    entity = found.model.entities[0]
    _nested(entity, found, rows, names)
    for each in entity.fields:  # rows after the sample may be without
        each.required = each.name in entity.key
        if each.personal:  # the model is for everybody, names of people are not
            each.codes, each.open_codes = [], False
    if layer.geometry:
        _with_geometry(entity, [row.geometry for row in rows if row.geometry])
    found.model.id = name
    if title:
        found.model.title = title
    mapping = _mapping(found, entity, names, options, by_columns=not layer.geometry)
    notes = [note.text for note in found.notes]
    return Proposed(
        model=found.model, mapping=mapping, notes=notes, rows=len(rows), reasons=found.notes
    )


def _no_rows(layer: Layer) -> InvalidInput:
    heading = ", ".join(column.name for column in layer.columns)[:200]
    if not heading:
        return InvalidInput(
            "The table holds no rows. Choose a file with data.",
            "Die Tabelle enthält keine Zeilen. Bitte wählen Sie eine Datei mit Daten.",
            code="import-no-rows",
        )
    return InvalidInput(
        f"The table has only a heading ({heading}) and no rows below it. Choose a file with data.",
        f"Die Tabelle hat nur eine Kopfzeile ({heading}) und keine Zeilen darunter. Bitte wählen "
        "Sie eine Datei mit Daten.",
        code="import-no-rows",
    )


def mapping_for(
    entity: Entity, layer: Layer, options: ReadOptions, near: tuple[float, float] | None = None
) -> Mapping:
    """A mapping for a collection that is there already. Runs in a worker thread."""
    found = propose(layer, "table", options, near).mapping
    known = {each.name for each in entity.fields}
    fields = {name: source for name, source in found.fields.items() if name in known}
    return msgspec.structs.replace(found, model="", fields=fields)


def _with_geometry(entity: Entity, shapes: list[bytes]) -> None:
    """The geometry the format has counts; columns with coordinates become plain numbers."""
    entity.fields = [each for each in entity.fields if each.type is not FieldType.GEOMETRY]
    kinds = {int.from_bytes(shape[1:5], "little") % 1000 for shape in shapes}
    kind = KINDS.get(kinds.pop(), GeometryType.ANY) if len(kinds) == 1 else GeometryType.ANY
    taken = {each.name for each in entity.fields}
    name = next(each for each in ("geometry", "shape", "place_shape") if each not in taken)
    title = {"de": "Geometrie", "en": "Geometry"}
    entity.fields.append(Field(name=name, type=FieldType.GEOMETRY, title=title, geometry=kind))


def _mapping(
    found: Proposal, entity: Entity, names: list[str], options: ReadOptions, *, by_columns: bool
) -> Mapping:
    known = {each.name for each in entity.fields}
    fields: dict[str, str | list[str] | FieldSource] = {}
    drop: dict[str, str] = {}
    place: dict[str, Any] = {}
    for use in found.columns:
        column = names[use.index]
        if use.part or _is_shape(entity, use):
            if by_columns:
                place["shape" if not use.part else use.part] = column
                place["crs"] = _crs(found.model, use)
            continue
        if not use.field or use.field not in known:
            drop[column] = _why(found, column)
            continue
        fields[use.field] = _source(column, use.reading, found.reading)
    read = _read(options, found.reading)
    return Mapping(model=found.model.id, read=read, place=Place(**place), fields=fields, drop=drop)


def _is_shape(entity: Entity, use: Use) -> bool:
    field = entity.find(use.field)
    return field is not None and field.type is FieldType.GEOMETRY


def _crs(model: Model, use: Use) -> str:
    field = model.entities[0].find(use.field)
    return field.crs if field and field.type is FieldType.GEOMETRY else ""


def _source(column: str, reading: Reading | None, base: Reading) -> str | FieldSource:
    """The column, with how its cells are written where that differs from the table."""
    own: dict[str, Any] = {
        name: value
        for name in READ_HERE
        if reading is not None and (value := getattr(reading, name)) != getattr(base, name)
    }
    own = {name: sorted(v) if isinstance(v, frozenset) else v for name, v in own.items()}
    return FieldSource(from_=column, **own) if own else column


def _read(options: ReadOptions, reading: Reading) -> ReadOptions:
    usual = Reading()
    own = {
        name: value
        for name in ("decimal", "date_order", "pivot", "epoch", "time_zone")
        if (value := getattr(reading, name)) != getattr(usual, name)
    }
    return msgspec.structs.replace(options, **own)


def _nested(entity: Entity, found: Proposal, rows: list[RawRow], names: list[str]) -> None:
    """Columns with lists or objects keep them as they are."""
    inside = {
        column
        for row in rows
        for column, cell in row.cells.items()
        if isinstance(cell, list | dict)
    }
    for use in found.columns:
        field = entity.find(use.field)
        if names[use.index] in inside and field is not None:
            entity.fields[entity.fields.index(field)] = Field(
                name=field.name, title=field.title, type=FieldType.OBJECT
            )
            use.reading = None


def _why(found: Proposal, column: str) -> str:
    told = [note.text for note in found.notes if note.field and note.field == column]
    return f"{told[0]['en']} / {told[0]['de']}" if told else "Not needed / nicht gebraucht"


def sample(
    entity: Entity, mapping: Mapping, layer: Layer, near: tuple[float, float] | None, most: int
) -> Iterator[tuple[int, dict[str, Any], list[str]]]:
    """Line, values and flags of the first rows as they would be stored, for a page to show."""
    intake = Intake(entity, mapping, layer, near)
    for change in islice(intake.take().changes, most):
        flags = [f"{each.field}:{each.code}" for each in change.flags]
        yield change.line, {**change.values, **change.extra}, flags
