# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A Python module with the types of a model and a client, in the standard library alone."""

from __future__ import annotations

import builtins
import keyword
import textwrap
from collections.abc import Iterator
from importlib.resources import files

from allmende.model.document import Entity, Field, FieldType, Model
from allmende.model.emit.place import Place, always_there, class_name, line, nested, title, words

_MARK = "# --- from here on it is copied ---\n"
_TYPES = {
    FieldType.STRING: "str",
    FieldType.INTEGER: "int",
    FieldType.NUMBER: "float",
    FieldType.BOOLEAN: "bool",
    FieldType.DATE: "_dt.date",
    FieldType.DATETIME: "_dt.datetime",
    FieldType.TIME: "_dt.time",
    FieldType.YEAR: "int",
    FieldType.URI: "str",
    FieldType.GEOMETRY: "Geometry",
    FieldType.OBJECT: "Any",
}
_TIMES = (FieldType.DATE, FieldType.DATETIME, FieldType.TIME)
_TAKEN = {"str", "int", "float", "bool", "dict", "list", "classmethod", "from_json", "to_json"}
_CLASSES = {"Feature", "Features", "ServerError", "Geometry", "Any", "T", "Callable", "Iterator",
            "Generic", "TypeVar", "Literal", "BASE", "COLLECTION", "MEDIA_TYPE"}  # fmt: skip


def emit(model: Model, place: Place) -> str:
    """The module: the dataclasses, the client of the main entity, and its machinery."""
    language = place.language
    runtime = files("allmende.model.emit").joinpath("client_runtime.py").read_text("utf-8")
    imports, _, machinery = runtime.partition(_MARK)[2].partition("\nT = TypeVar")
    imports = imports.replace("import json\n", "import datetime as _dt\nimport json\n")
    imports = imports.replace("import Any, Generic, T", "import Any, Generic, Literal, T")
    parts = [
        f'"""{_inert(words(model.title, language, model.id))} ({model.id} {model.version}).\n\n'
        f"Made from {place.model(model)}\nIt may be used without any condition.\n"
        '"""\n\nfrom __future__ import annotations\n',
        imports,
        f"BASE = {place.base!r}\nCOLLECTION = {(place.collection or model.id)!r}\n",
        "T = TypeVar" + machinery,
        *(_class(each, model, language) for each in model.entities),
        _opening(model.entity(place.entity)),
    ]
    return "\n".join(parts)


def _inert(text: str) -> str:
    """A text that can stand in a docstring."""
    return line(text).replace("\\", "\\\\").replace('"', "'")


def class_of(entity: Entity) -> str:
    """The name of an entity's dataclass."""
    found = class_name(entity.name)
    clash = found in _CLASSES or keyword.iskeyword(found) or hasattr(builtins, found)
    return found + "_" if clash else found


def attribute(field: Field) -> str:
    """The name of a field's attribute."""
    return field.name + "_" if keyword.iskeyword(field.name) or field.name in _TAKEN else field.name


def _class(entity: Entity, model: Model, language: str) -> str:
    about = _inert(words(entity.description, language) or title(entity, language))
    lines = [
        "",
        "@dataclass(kw_only=True)",
        f"class {class_of(entity)}:",
        f'    """{about}."""',
        "",
    ]
    fields = entity.plain
    for field in fields:
        for remark in textwrap.wrap(_remark(field, language), 96):
            lines.append(f"    # {remark}")
        lines.append(f"    {attribute(field)}: {_annotation(field, model)}")
    lines += ["    pass"] if not fields else []
    return "\n".join([*lines, "", *_from_json(entity, model), "", *_to_json(entity, model), ""])


def _remark(field: Field, language: str) -> str:
    parts = [words(field.title, language), words(field.description, language)]
    parts.append(f"[{field.unit}]" if field.unit else "")
    return line(" ".join(each for each in parts if each))


def _annotation(field: Field, model: Model) -> str:
    inner = nested(model, field)
    kind = class_of(inner) if inner else _TYPES[field.type]
    if field.codes and not field.open_codes and field.type is not FieldType.NUMBER:
        kind = f"Literal[{', '.join(repr(each.code) for each in field.codes)}]"
    kind = f"list[{kind}]" if field.many else kind
    return kind if always_there(field) else f"{kind} | None = None"


def _from_json(entity: Entity, model: Model) -> Iterator[str]:
    name = class_of(entity)
    yield "    @classmethod"
    yield f"    def from_json(cls, found: dict[str, Any]) -> {name}:"
    yield '        """The object from the properties of a feature."""'
    yield "        return cls("
    for field in entity.plain:
        yield f"            {attribute(field)}={_reading(field, model)},"
    yield "        )"


def _reading(field: Field, model: Model) -> str:
    key = repr(field.name)
    given = f"found[{key}]" if always_there(field) else f"found.get({key})"
    inner = nested(model, field)
    call = f"{class_of(inner)}.from_json" if inner else ""
    if field.type in _TIMES:
        call = f"{_TYPES[field.type]}.fromisoformat"
    if not call:
        return given
    value = f"[{call}(each) for each in found[{key}]]" if field.many else f"{call}(found[{key}])"
    return value if always_there(field) else f"None if {given} is None else {value}"


def _to_json(entity: Entity, model: Model) -> Iterator[str]:
    yield "    def to_json(self) -> dict[str, Any]:"
    yield '        """The properties of a feature; what has no value is left out."""'
    yield "        found: dict[str, Any] = {"
    for field in entity.plain:
        yield f"            {field.name!r}: {_writing(field, model)},"
    yield "        }"
    yield "        return {name: value for name, value in found.items() if value is not None}"


def _writing(field: Field, model: Model) -> str:
    own = f"self.{attribute(field)}"
    pattern = "{}"
    if nested(model, field):
        pattern = "{}.to_json()"
    elif field.type is FieldType.DATETIME:
        pattern = "_moment({})"
    elif field.type in _TIMES:
        pattern = "{}.isoformat()"
    if pattern == "{}":
        return own
    one = pattern.format("each")
    value = f"[{one} for each in {own}]" if field.many else pattern.format(own)
    return value if always_there(field) else f"None if {own} is None else {value}"


def _opening(entity: Entity) -> str:
    name = class_of(entity)
    return f'''
def _moment(given: _dt.datetime) -> str:
    """A time in UTC; one without a zone is taken for UTC."""
    if given.tzinfo is not None:
        given = given.astimezone(_dt.timezone.utc).replace(tzinfo=None)
    return given.isoformat(timespec="milliseconds") + "Z"


def connect(base: str = BASE, collection: str = COLLECTION, token: str = "") -> Features[{name}]:
    """The rows on the server."""
    address = f"{{base.rstrip('/')}}/ogc/collections/{{urllib.parse.quote(collection)}}/items"
    return Features(address, {name}.from_json, {name}.to_json, token=token)
'''
