# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""In which district a geometry lies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from allmende.core import collections
from allmende.core.platform import Platform
from allmende.errors import NotFound
from allmende.model.query import Query
from allmende.policy import Subject

MAX_DISTRICTS = 10_000


class Districts:
    """Areas with their names; `batch` says which state of them this is."""

    def __init__(self, names: Sequence[str], areas: Sequence[bytes], batch: int) -> None:
        import shapely

        self.batch = batch
        self.names = list(names)
        shapes = shapely.make_valid(shapely.from_wkb(list(areas))) if areas else []
        self._tree: Any = shapely.STRtree(shapes)

    def of(self, shapes: Sequence[bytes | None]) -> list[str | None]:
        """The district of each geometry (WKB): of a line or area the one a point on it lies in.

        On a border the first by name; None outside of all and for a missing geometry.
        """
        import shapely

        found: list[str | None] = [None] * len(shapes)
        if not self.names:
            return found
        read = shapely.from_wkb(list(shapes))
        spread = shapely.get_type_id(read) > 0
        read[spread] = shapely.point_on_surface(read[spread])
        asked, areas = self._tree.query(read, predicate="intersects")
        for index, area in zip(asked.tolist(), areas.tolist(), strict=True):
            name = self.names[area]
            before = found[index]
            found[index] = name if before is None else min(before, name)
        return found


async def districts(platform: Platform, subject: Subject, ident: str) -> Districts:
    """The districts of a collection as a subject sees them; none when it is not there."""
    try:
        seen = await collections.get(platform, subject, ident)
    except NotFound:
        return Districts([], [], 0)
    label = seen.entity.label or "name"
    if seen.entity.geometry is None or seen.entity.find(label) is None:
        return Districts([], [], 0)
    query = Query(collection=ident, fields=(label,), limit=MAX_DISTRICTS)
    found = (await collections.page(platform, subject, query)).rows
    named = [
        (str(row.values[label]), row.geometry)
        for row in found
        if row.values[label] and row.geometry
    ]
    return Districts([name for name, _ in named], [shape for _, shape in named], seen.batch)
