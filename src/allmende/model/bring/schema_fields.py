# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""One property of a JSON Schema as a field."""

from __future__ import annotations

import re
from typing import Any

from allmende.model.bring.types import Note, note, put_pattern, text_of
from allmende.model.document import Code, Field, FieldType, GeometryType
from allmende.model.units import ucum

MAX_CODES = 5_000
_TYPES = {
    "string": FieldType.STRING,
    "integer": FieldType.INTEGER,
    "number": FieldType.NUMBER,
    "boolean": FieldType.BOOLEAN,
    "object": FieldType.OBJECT,
}
_FORMATS = {
    "date": FieldType.DATE,
    "date-time": FieldType.DATETIME,
    "datetime": FieldType.DATETIME,
    "uri": FieldType.URI,
    "url": FieldType.URI,
    "iri": FieldType.URI,
}
_PEOPLE = {"email", "idn-email", "phone"}
_ORDERED = (FieldType.INTEGER, FieldType.NUMBER, FieldType.YEAR)
_MEANING = re.compile(r"Model:\s?'\s?(https?://[^']+?)\s?'\.?\s*")
_UNIT = re.compile(r"Units?:\s?'\s?([^']+?)\s?'\.?\s*")
_ENUM = re.compile(r"Enum:\s?'([^']*)'\.?\s*")
_KIND = re.compile(r"\A(Property|Relationship|GeoProperty|LanguageProperty)\.\s*")
_NO_MEANING = re.compile(
    r"https?://schema\.org/(Text|Number|Boolean|DateTime|Datetime|Date|URL|Integer|Float)/?\Z", re.I
)


def scalar(name: str, schema: dict[str, Any], notes: list[Note], language: str) -> Field:
    """The field of a schema that is resolved and neither an array nor an entity inside."""
    field = Field(name=name, type=kind_of(schema))
    shape = schema.get("x-geometry")
    if shape:
        field.type, field.geometry = FieldType.GEOMETRY, GeometryType(shape)
    about(field, schema, language)
    if field.type is FieldType.OBJECT and "x-mixed" in schema:
        kinds = ", ".join(schema["x-mixed"])
        notes.append(
            note(
                "several-types",
                f"Values of several types ({kinds}): anything is allowed there.",
                f"Werte mehrerer Typen ({kinds}): dort ist alles erlaubt.",
                on=name,
            )
        )
    _rules(field, schema, notes)
    _codes(field, schema, notes)
    if _form(schema) in _PEOPLE or schema.get("x-personal") is True:
        field.personal = True
        notes.append(
            note(
                "personal",
                "May be personal data: not public until somebody says otherwise.",
                "Vielleicht personenbezogen: nicht öffentlich, bis jemand anders entscheidet.",
                on=name,
            )
        )
    return field


def kind_of(schema: dict[str, Any]) -> FieldType:
    """The type of the values; text for what only has text rules, else any JSON."""
    kinds = schema.get("type")
    if isinstance(kinds, list):
        kinds = [each for each in kinds if each != "null"]
        kinds = "number" if set(map(str, kinds)) == {"integer", "number"} else kinds
        kinds = kinds[0] if isinstance(kinds, list) and len(kinds) == 1 else kinds
    if kinds is None:
        kinds = _by_values(schema)
    if kinds == "string":
        return _FORMATS.get(_form(schema), FieldType.STRING)
    return _TYPES.get(kinds, FieldType.OBJECT) if isinstance(kinds, str) else FieldType.OBJECT


def _form(schema: dict[str, Any]) -> str:
    form = schema.get("format")
    return form if isinstance(form, str) else ""


def _by_values(schema: dict[str, Any]) -> str:
    values = schema.get("enum", [schema["const"]] if "const" in schema else [])
    if isinstance(values, list) and values:
        if all(isinstance(each, str) for each in values):
            return "string"
        if all(isinstance(each, int) and not isinstance(each, bool) for each in values):
            return "integer"
    textual = {"minLength", "maxLength", "pattern"} & schema.keys()
    return "string" if textual or _form(schema) in _FORMATS else "object"


def about(field: Field, schema: dict[str, Any], language: str) -> None:
    """Title, description, meaning and unit, also as the Smart Data Models write them."""
    described = schema.get("description")
    described = described if isinstance(described, str) else ""
    ngsi = schema.get("x-ngsi")
    ngsi = ngsi if isinstance(ngsi, dict) else {}
    meant, unit = _MEANING.search(described), _UNIT.search(described)
    iri = str(schema.get("x-ogc-definition") or ngsi.get("model") or (meant[1] if meant else ""))
    iri = iri.strip().strip("'\"")
    if re.match(r"https?://\S+\Z", iri) and not _NO_MEANING.match(iri):
        field.iri = iri
    written = schema.get("x-ogc-unit") or schema.get("units") or schema.get("unit")
    written = written or ngsi.get("units") or (unit[1] if unit else "")
    field.unit = _unit(written)
    for form in (_KIND, _MEANING, _UNIT, _ENUM):
        described = form.sub("", described)
    field.title = text_of(schema.get("title"), language)
    field.description = text_of(described, language)


def _unit(written: Any) -> str:
    """The UCUM code, or what is written when it already looks like one."""
    text = written.strip() if isinstance(written, str) else ""
    code = ucum(text) or ucum(re.sub(r"\s*\(.*\)", "", text))
    return code or (text if re.fullmatch(r"[A-Za-z0-9./%\[\]{}*^-]{1,12}", text) else "")


def _rules(field: Field, schema: dict[str, Any], notes: list[Note]) -> None:
    if field.type in _ORDERED:
        for name, step in (("minimum", 1), ("maximum", -1)):
            limit, open_end = _limit(schema, name)
            if limit is not None and open_end and field.type is FieldType.INTEGER:
                limit = int(limit) + step if limit == int(limit) else limit
            elif limit is not None and open_end:
                notes.append(_exclusive(field.name, limit))
            setattr(field, name, limit)
    if field.type in (FieldType.DATE, FieldType.DATETIME, FieldType.TIME):
        for name in ("minimum", "maximum"):
            limit = schema.get(f"format{name.capitalize()}")
            setattr(field, name, limit if isinstance(limit, str) else None)
    if field.type in (FieldType.STRING, FieldType.URI):
        field.min_length = _count(schema.get("minLength"))
        field.max_length = _count(schema.get("maxLength"))
        put_pattern(field, schema.get("pattern"), notes)


def _limit(schema: dict[str, Any], name: str) -> tuple[int | float | None, bool]:
    """A limit and whether it does not belong to the range: boolean in draft 4, else a number."""
    limit = _number(schema.get(name))
    exclusive = schema.get(f"exclusive{name.capitalize()}")
    if exclusive is True:
        return limit, True
    other = _number(exclusive)
    if other is None:
        return limit, False
    stronger = limit is None or (other >= limit if name == "minimum" else other <= limit)
    return (other, True) if stronger else (limit, False)


def _number(value: Any) -> int | float | None:
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    return value if plain and abs(value) < 1e300 else None


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _exclusive(name: str, limit: float) -> Note:
    return note(
        "exclusive-limit",
        f"The limit {limit} itself is not allowed there; here it is.",
        f"Die Grenze {limit} selbst ist dort ausgeschlossen, hier gehört sie dazu.",
        on=name,
    )


def _codes(field: Field, schema: dict[str, Any], notes: list[Note]) -> None:
    values = schema.get("enum", [schema["const"]] if "const" in schema else [])
    if not isinstance(values, list) or not values or field.type is FieldType.OBJECT:
        return
    kind = int if field.type is FieldType.INTEGER else str
    kept = [each for each in values if isinstance(each, kind) and not isinstance(each, bool)]
    if field.type in (FieldType.STRING, FieldType.INTEGER) and kept and len(kept) <= MAX_CODES:
        field.codes = [Code(code=each) for each in dict.fromkeys(kept)]
        field.pattern = ""
    elif len(kept) > MAX_CODES:
        notes.append(
            note(
                "long-code-list",
                f"The code list has more than {MAX_CODES} entries and is left out.",
                f"Die Codeliste hat mehr als {MAX_CODES} Einträge und entfällt.",
                on=field.name,
            )
        )
