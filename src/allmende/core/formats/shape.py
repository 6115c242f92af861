# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What an encoder has to know about the rows it gets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from msgspec import Struct

from allmende.model.document import CRS84, Entity, Field, FieldType, Text


class Row(Protocol):
    """A row as core.collections gives it; the geometry is WKB in CRS84."""

    @property
    def id(self) -> str:
        """The feature id."""

    @property
    def values(self) -> Mapping[str, Any]:
        """JSON values by field, without the geometry."""

    @property
    def geometry(self) -> bytes | None:
        """WKB (longitude, latitude, perhaps height) or None."""


class Shape(Struct, frozen=True, kw_only=True):
    """The columns of a result, and how its geometry is to be written."""

    name: str  # of the collection: layer, sheet, file
    entity: Entity
    fields: tuple[Field, ...]  # the columns, without the geometry
    geometry: Field | None = None  # None: rows have none, or it was left out
    crs: str = CRS84  # URI of the CRS that coordinates are written in
    language: str = "de"  # of titles for people
    title: Text = {}
    schema: str = ""  # address of the JSON Schema of the features

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(each.name for each in self.fields)

    @property
    def further(self) -> tuple[str, ...]:
        """Columns that hold geometries too; they are written in CRS84."""
        return tuple(each.name for each in self.fields if each.type is FieldType.GEOMETRY)


def shape_of(
    name: str,
    entity: Entity,
    *,
    fields: tuple[str, ...] | None = None,
    geometry: bool = True,
    crs: str = CRS84,
    language: str = "de",
    title: Text | None = None,
    schema: str = "",
) -> Shape:
    """The shape of rows of an entity: of these fields in its order, or of all."""
    wanted = [each for each in entity.plain if fields is None or each.name in fields]
    return Shape(
        name=name,
        entity=entity,
        fields=tuple(wanted),
        geometry=entity.geometry if geometry else None,
        crs=crs,
        language=language,
        title=title or {},
        schema=schema,
    )
