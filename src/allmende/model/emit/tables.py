# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the table definitions for SQLite and PostgreSQL have in common."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from allmende.model.document import Entity, Field, FieldType, Model


def name(text: str) -> str:
    """An SQL identifier, quoted."""
    return '"' + text.replace('"', '""') + '"'


def string(text: str) -> str:
    """An SQL string literal; PostgreSQL cannot hold the character 0."""
    return "'" + text.replace("'", "''").replace("\x00", "") + "'"


def value(given: Any) -> str:
    """An SQL literal of a number, text or truth."""
    if isinstance(given, bool):
        return "true" if given else "false"
    return string(given) if isinstance(given, str) else repr(given)


def free_name(entity: Entity, wanted: str) -> str:
    """A name for a column of ours that no field has (names differ by more than their case)."""
    taken = {each.name.lower() for each in entity.fields}
    while wanted in taken:
        wanted += "_"
    return wanted


def column_names(entity: Entity) -> Iterable[tuple[str, Field]]:
    """Every field with its quoted column name."""
    return ((name(each.name), each) for each in entity.fields)


def target(model: Model, field: Field) -> tuple[Entity, Field] | None:
    """The entity of the model a field refers to, and its one key field of the same type."""
    found = next((each for each in model.entities if each.name == field.reference), None)
    if found is None or field.many or len(found.key) != 1:
        return None
    key = found.find(found.key[0])
    return (found, key) if key and key.type is field.type and not key.many else None


def is_json(field: Field) -> bool:
    """Whether a value is no plain one."""
    return field.many or field.type is FieldType.OBJECT
