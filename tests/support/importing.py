# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Orders of imports for tests."""

from __future__ import annotations

from typing import Any

from allmende.core import imports
from allmende.core.imports import Mapping, Material, Order, open_content
from allmende.model.document import Entity, Field

JENA = (11.6, 50.93)


def entity(*fields: Field, key: str = "") -> Entity:
    return Entity(name="Thing", key=[key] if key else [], fields=list(fields))


def mapping(text: str = "") -> Mapping:
    return imports.parse(text)


def order(data: str | bytes, given: Mapping, **more: Any) -> Order:
    body = data.encode() if isinstance(data, str) else data
    opened = open_content(Material(body, "file", given.read, near=more.get("near")))
    layer = opened.layer(given.read.layer)
    return Order(
        collection="things", layer=layer, format=opened.format, mapping=given, source="file", **more
    )
