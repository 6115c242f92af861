# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Table Schema and Data Packages (Frictionless, versions 1 and 2) as a model."""

from __future__ import annotations

from typing import Any

from allmende.model.bring.own import plain
from allmende.model.bring.types import (
    Brought,
    Names,
    Note,
    finished,
    note,
    put_pattern,
    text_of,
    wrong,
)
from allmende.model.document import Code, Entity, Field, FieldType, GeometryType, Model
from allmende.model.sniff.names import usable
from allmende.model.units import ucum

_TYPES = {
    "string": FieldType.STRING,
    "number": FieldType.NUMBER,
    "integer": FieldType.INTEGER,
    "boolean": FieldType.BOOLEAN,
    "object": FieldType.OBJECT,
    "array": FieldType.OBJECT,
    "list": FieldType.STRING,
    "date": FieldType.DATE,
    "time": FieldType.TIME,
    "datetime": FieldType.DATETIME,
    "year": FieldType.YEAR,
    "yearmonth": FieldType.STRING,
    "duration": FieldType.STRING,
    "geopoint": FieldType.GEOMETRY,
    "geojson": FieldType.GEOMETRY,
    "any": FieldType.STRING,
}
_LIMITED = (
    FieldType.INTEGER,
    FieldType.NUMBER,
    FieldType.YEAR,
    FieldType.DATE,
    FieldType.DATETIME,
    FieldType.TIME,
)


def bring_table_schema(data: bytes, *, name: str = "", language: str = "en") -> Brought:
    """The model in a Table Schema, a resource or a whole Data Package. InvalidInput."""
    root = plain(data)
    if not isinstance(root, dict):
        raise wrong("a Table Schema is an object", "ein Table Schema ist ein Objekt")
    notes: list[Note] = []
    names = Names()
    entities = [
        _entity(names.give(title), about, schema, notes, language)
        for title, about, schema in _schemas(root, name)
    ]
    if not entities:
        raise wrong("it has no list of fields", "es enthält keine Liste von Feldern")
    title = name or str(root.get("name") or "table")
    model = Model(
        id=usable(title).replace("_", "-")[:60].strip("-") or "table",
        title=text_of(root.get("title"), language),
        description=text_of(root.get("description"), language),
        entities=entities,
    )
    return finished(model, notes)


def _schemas(root: dict[str, Any], name: str) -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Name, resource and schema of every table."""
    if isinstance(root.get("fields"), list):
        return [(usable(name) or "table", root, root)]
    listed = root.get("resources") if isinstance(root.get("resources"), list) else [root]
    found = []
    for each in listed or []:
        schema = each.get("schema") if isinstance(each, dict) else None
        if isinstance(schema, dict) and isinstance(schema.get("fields"), list):
            found.append((str(each.get("name") or "table"), each, schema))
    return found


def _entity(
    name: str, about: dict[str, Any], schema: dict[str, Any], notes: list[Note], language: str
) -> Entity:
    entity = Entity(name=name, title=text_of(about.get("title"), language))
    entity.description = text_of(about.get("description"), language)
    names = Names()
    called: dict[str, str] = {}
    for each in schema["fields"]:
        if isinstance(each, dict):
            field = _field(each, names, notes, language)
            called[str(each.get("name"))] = field.name
            entity.fields.append(field)
    entity.key = [called[each] for each in _listed(schema.get("primaryKey")) if each in called]
    foreign = schema.get("foreignKeys")
    for link in foreign if isinstance(foreign, list) else []:
        _link(link, entity, called)
    iri = schema.get("rdfType")
    entity.iri = iri if isinstance(iri, str) else ""
    return entity


def _link(link: Any, entity: Entity, called: dict[str, str]) -> None:
    target = link.get("reference") if isinstance(link, dict) else None
    own = _listed(link.get("fields")) if isinstance(link, dict) else []
    if isinstance(target, dict) and len(own) == 1:
        field = entity.find(called.get(own[0], ""))
        if field:
            field.reference = str(target.get("resource") or entity.name)


def _listed(value: Any) -> list[str]:
    return (
        [str(each) for each in value] if isinstance(value, list) else [str(value)] if value else []
    )


def _field(each: dict[str, Any], names: Names, notes: list[Note], language: str) -> Field:
    written = str(each.get("name") or "field")
    field = Field(name=names.give(written))
    if field.name != written:
        notes.append(
            note(
                "renamed",
                f"“{written[:80]}” cannot be a name here and is called “{field.name}”.",
                f"„{written[:80]}“ geht hier nicht als Name und heißt „{field.name}“.",
                on=field.name,
            )
        )
    kind = str(each.get("type") or "string")
    field.type = _TYPES.get(kind, FieldType.STRING)
    if kind == "string" and each.get("format") == "uri":
        field.type = FieldType.URI
    field.geometry = GeometryType.POINT if kind == "geopoint" else GeometryType.ANY
    field.many = kind == "list"
    field.title = text_of(each.get("title"), language)
    field.description = text_of(each.get("description"), language)
    field.iri = each["rdfType"] if isinstance(each.get("rdfType"), str) else ""
    unit = each.get("unit")
    field.unit = (ucum(unit) or unit) if isinstance(unit, str) else ""
    field.personal = kind == "string" and each.get("format") == "email"
    _constraints(field, each, notes)
    _remarks(field, each, kind, notes)
    return field


def _constraints(field: Field, each: dict[str, Any], notes: list[Note]) -> None:
    rules = each.get("constraints")
    rules = rules if isinstance(rules, dict) else {}
    field.required = rules.get("required") is True
    if field.type in _LIMITED:
        for name in ("minimum", "maximum"):
            limit = rules.get(name)
            numeric = isinstance(limit, int | float) and not isinstance(limit, bool)
            if numeric or isinstance(limit, str):
                setattr(field, name, _limit(field, limit))
    if field.type in (FieldType.STRING, FieldType.URI):
        for name, word in (("min_length", "minLength"), ("max_length", "maxLength")):
            count = rules.get(word)
            setattr(field, name, count if type(count) is int else None)
        pattern = rules.get("pattern")
        if isinstance(pattern, str):  # it holds for the whole text already
            put_pattern(field, f"^(?:{pattern})$", notes)
    codes = rules.get("enum") or each.get("categories")
    if isinstance(codes, list) and field.type in (FieldType.STRING, FieldType.INTEGER):
        field.codes = [code for given in codes if (code := _code(given, field.type))]


def _limit(field: Field, limit: Any) -> Any:
    if isinstance(limit, str) and field.type in (
        FieldType.INTEGER,
        FieldType.NUMBER,
        FieldType.YEAR,
    ):
        try:
            return float(limit) if field.type is FieldType.NUMBER else int(limit)
        except ValueError:
            return None
    return limit


def _code(given: Any, kind: FieldType) -> Code | None:
    label = given.get("label") if isinstance(given, dict) else ""
    value = given.get("value") if isinstance(given, dict) else given
    title = {"en": label} if isinstance(label, str) and label else {}
    if kind is FieldType.INTEGER and type(value) is int:
        return Code(code=value, title=title)
    return Code(code=str(value), title=title) if isinstance(value, str | int | float) else None


def _remarks(field: Field, each: dict[str, Any], kind: str, notes: list[Note]) -> None:
    """What the import of rows has to know and a model cannot say."""
    for word in ("decimalChar", "groupChar", "trueValues", "falseValues", "missingValues"):
        if each.get(word):
            notes.append(_reading(field.name, f"{word} = {each[word]}"))
    form = each.get("format")
    if form and form not in ("default", "any") and kind in ("date", "time", "datetime", "geopoint"):
        notes.append(_reading(field.name, f"format = {form}"))
    if kind not in _TYPES:
        notes.append(
            note(
                "unknown-type",
                f"The type {kind[:40]} is not known; it is taken as text.",
                f"Der Typ {kind[:40]} ist nicht bekannt; er gilt als Text.",
                on=field.name,
            )
        )


def _reading(name: str, what: str) -> Note:
    return note(
        "reading",
        f"In the file its cells are written with {what[:100]}: say so when rows are imported.",
        f"In der Datei gilt {what[:100]}: bitte beim Einlesen der Zeilen angeben.",
        on=name,
    )
