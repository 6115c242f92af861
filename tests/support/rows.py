# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Collections for the policy matrix: one row each, with a public, an internal, a personal field."""

from __future__ import annotations

import struct
from collections.abc import Iterable

from allmende.core import collections
from allmende.core.collections import Change, CollectionEntry
from allmende.core.platform import Platform
from allmende.model.document import Entity, Field, FieldType, GeometryType, Model, Visibility
from allmende.policy import SYSTEM

PLACE = (11.5861, 50.9272)
TILE = "15/10980/17438"  # zoom, row, column in WebMercatorQuad; the place lies in it
FIELDS = ("open", "inner", "personal")


def model_of(name: str) -> Model:
    """A model whose title names the record it belongs to."""
    fields = [
        Field(name="title"),
        Field(name="inner", visibility=Visibility.INTERNAL, title={"de": "field inner"}),
        Field(name="personal", personal=True, title={"de": "field personal"}),
        Field(name="place", type=FieldType.GEOMETRY, geometry=GeometryType.POINT),
    ]
    entity = Entity(name="Thing", title={"de": "Ding"}, key=["title"], fields=fields)
    return Model(id=name, title={"de": f"matrix {name}"}, entities=[entity])


async def add_collections(platform: Platform, names: Iterable[str]) -> None:
    """A collection for each dataset."""
    for name in names:
        entry = CollectionEntry(id=name, model=model_of(name), organisation="jena")
        await collections.create(platform, SYSTEM, entry)
        values = {
            "title": f"matrix {name}",
            "inner": "secret inner",
            "personal": "secret personal",
            "place": struct.pack("<BIdd", 1, 1, *PLACE),
        }
        await collections.write(platform, SYSTEM, name, [Change(values=values)])
