# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A small collection of trees for tests of collections."""

from __future__ import annotations

import struct
from typing import Any

from allmende.core import collections
from allmende.core.collections import Change, CollectionEntry
from allmende.core.platform import Platform
from allmende.model.document import (
    Code,
    Entity,
    Field,
    FieldType,
    GeometryType,
    Model,
    Range,
    ValidTime,
    Visibility,
)
from allmende.policy import SYSTEM, Role, Subject


def point(x: float, y: float) -> bytes:
    return struct.pack("<BIdd", 1, 1, x, y)


TREE = Entity(
    name="Tree",
    title={"de": "Baum", "en": "Tree"},
    key=["number"],
    label="species",
    time=ValidTime(start="planted", end="felled"),
    fields=[
        Field(name="number", type=FieldType.INTEGER, required=True),
        Field(name="species", title={"de": "Art", "en": "Species"}),
        Field(
            name="height", type=FieldType.NUMBER, unit="m", plausible=Range(minimum=0, maximum=45)
        ),
        Field(name="planted", type=FieldType.YEAR, plausible=Range(minimum=1700, maximum=2030)),
        Field(name="felled", type=FieldType.DATE),
        Field(name="healthy", type=FieldType.BOOLEAN),
        Field(name="tags", many=True),
        Field(name="kind", codes=[Code(code="street"), Code(code="park")]),
        Field(name="note", visibility=Visibility.INTERNAL),
        Field(name="inspector", personal=True),
        Field(name="place", type=FieldType.GEOMETRY, geometry=GeometryType.POINT),
    ],
)
MODEL = Model(id="tree", title={"de": "Bäume", "en": "Trees"}, entities=[TREE])


def tree(number: int, **more: Any) -> Change:
    values = {
        "number": number,
        "species": ("Linde", "Eiche", "Ahorn")[number % 3],
        "height": float(number),
        "place": point(11.5 + number / 1000, 50.9),
    }
    return Change(values={**values, **more}, line=number)


def insider(*roles: Role, organisation: str = "city") -> Subject:
    return Subject(kind="user", id="u1", roles={organisation: frozenset(roles)})


async def plant(platform: Platform, count: int = 9, **more: Any) -> None:
    entry = CollectionEntry(id="trees", model=MODEL, organisation="city", **more)
    await collections.create(platform, SYSTEM, entry)
    changes = [tree(number) for number in range(1, count + 1)]
    done = await collections.write(platform, SYSTEM, "trees", changes, quarantine=count > 1000)
    assert (done.created, done.refused) == (count, [])
