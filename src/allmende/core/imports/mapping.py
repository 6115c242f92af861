# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The mapping: how the columns of a source become the fields of a model, written as TOML.

See docs/reference/mapping.md. Unknown keys are refused, so that a slip of the pen fails
when the mapping is read.
"""

from __future__ import annotations

import tomllib
from typing import Any

import msgspec
from msgspec import Struct, field

from allmende.core.imports.types import ReadOptions
from allmende.errors import InvalidInput

MAX_BYTES = 500_000


class FieldSource(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Where a field's values come from, and what is done with them on the way, in this order.

    `between`, `split` and `digits` take a part of a text, `values` replaces values, `unit`
    (UCUM) is the unit the source uses where it is not the field's.
    """

    from_: str | list[str] = field(name="from", default="")
    join: str | None = None  # several columns in one text, with this between them
    between: list[str] = []  # two texts: what stands between them
    split: str = ""  # the separator of the parts of a text
    part: int = 1  # which part, counted from 1; -1 is the last
    digits: bool = False  # only what consists of digits counts
    values: dict[str, Any] = {}
    unit: str = ""
    separator: str = ""  # between the values of a field with many
    decimal: str = ""  # this and what follows: as in the table `read`, for this field
    date_order: str = ""
    pivot: int | None = None
    epoch: str = ""
    time_zone: str = ""
    true: list[str] = []
    false: list[str] = []
    missing: list[str] = []

    @property
    def columns(self) -> list[str]:
        """The columns to look in; the first that is there counts, with `join` all of them."""
        return [self.from_] if isinstance(self.from_, str) else self.from_


class Place(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Where the geometry comes from when the format has none: two columns or one with a shape."""

    x: str | list[str] = []
    y: str | list[str] = []
    shape: str | list[str] = []  # WKT, WKB in hexadecimal digits or GeoJSON
    crs: str = ""
    decimal: str = ""


class Identity(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What names a row where the model has no key."""

    columns: list[str] = []
    repeated: str = "refuse"  # or number: the second of the same gets ~2


class Mapping(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """The whole document."""

    title: str | dict[str, str] = ""
    model: str = ""  # id of the model
    entity: str = ""
    read: ReadOptions = ReadOptions()
    place: Place = Place()
    id: Identity = Identity()
    fields: dict[str, str | list[str] | FieldSource] = {}
    constants: dict[str, Any] = {}
    drop: dict[str, str] = {}  # column: why it is not taken
    rest: str = ""  # field of type object that takes every other column

    def sources(self) -> dict[str, FieldSource]:
        """The fields with their sources written out."""
        return {
            name: each if isinstance(each, FieldSource) else FieldSource(from_=each)
            for name, each in self.fields.items()
        }


def parse(text: str | bytes) -> Mapping:
    """The mapping in a TOML text. InvalidInput says where it is wrong."""
    if len(text) > MAX_BYTES:
        raise _wrong(f"it is longer than {MAX_BYTES} bytes")
    try:
        given = tomllib.loads(text.decode() if isinstance(text, bytes) else text)
        return convert(given)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _wrong(str(error)) from error


def convert(given: Any) -> Mapping:
    """The mapping in plain values, as they stand in TOML or JSON. InvalidInput."""
    try:
        found = msgspec.convert(given, Mapping)
    except msgspec.ValidationError as error:
        raise _wrong(str(error)) from error
    if found.id.repeated not in ("refuse", "number"):
        raise _wrong("id.repeated is refuse or number")
    for name, source in found.sources().items():
        if source.part == 0 or len(source.between) not in (0, 2):
            raise _wrong(f"fields.{name}: part begins at 1, between holds two texts")
    return found


def write(mapping: Mapping) -> str:
    """The mapping as TOML, as a person would write it."""
    plain = msgspec.to_builtins(mapping)
    lines: list[str] = []
    tables: list[tuple[str, dict[str, Any]]] = []
    for name, value in plain.items():
        if isinstance(value, dict):
            tables.append((name, value))
        else:
            lines.append(f"{_key(name)} = {_value(value)}")
    for name, table in tables:
        if table:
            lines += ["", f"[{_key(name)}]"]
            lines += [f"{_key(key)} = {_value(value)}" for key, value in table.items()]
    return "\n".join(lines) + "\n"


def _key(name: str) -> str:
    bare = name.replace("_", "").replace("-", "")
    return name if bare.isalnum() and bare.isascii() else _value(name)


def _value(value: Any) -> str:
    if isinstance(value, dict):
        inside = ", ".join(f"{_key(key)} = {_value(each)}" for key, each in value.items())
        return f"{{ {inside} }}"
    if isinstance(value, list):
        return f"[{', '.join(_value(each) for each in value)}]"
    return msgspec.json.encode(value).decode()


def _wrong(detail: str) -> InvalidInput:
    return InvalidInput(
        f"The mapping cannot be used: {detail}.",
        f"Die Zuordnung ist nicht verwendbar: {detail}.",
        code="import-mapping",
    )
