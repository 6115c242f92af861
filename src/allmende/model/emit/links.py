# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""How the entities of a model hang together."""

from __future__ import annotations

from msgspec import Struct

from allmende.model.document import Model
from allmende.model.emit.place import nested


class Link(Struct, frozen=True):
    """An entity that lies inside another, or that another refers to."""

    source: str
    target: str
    name: str
    inside: bool
    many: bool
    required: bool


def links(model: Model) -> list[Link]:
    """Every link between two entities of the model, in the order of the fields."""
    known = {each.name for each in model.entities}
    found = []
    for entity in model.entities:
        for field in entity.fields:
            inner = nested(model, field)
            other = inner.name if inner else field.reference
            if other in known:
                made = Link(
                    entity.name, other, field.name, inner is not None, field.many, field.required
                )
                found.append(made)
    return found
