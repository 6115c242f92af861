# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Which records lie in a box or a period: the distinct extents, each with its records.

Many records of a city share one box and one year, so comparing the distinct extents one by
one is faster than an R-tree in the database and needs no second copy.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Generic, TypeVar

from pyroaring import BitMap

E = TypeVar("E", bound=Hashable)


class Extents(Generic[E]):
    """Records by their extents (boxes or periods)."""

    def __init__(self, meets: Callable[[E, E], bool]) -> None:
        self._meets = meets
        self._records: dict[E, BitMap] = {}
        self._of: dict[int, tuple[E, ...]] = {}

    def put(self, key: int, extents: Iterable[E]) -> None:
        """Sets the extents of a record."""
        self.remove(key)
        kept = tuple(extents)
        if kept:
            self._of[key] = kept
        for extent in kept:
            records = self._records.get(extent)
            if records is None:
                records = self._records[extent] = BitMap()
            records.add(key)

    def remove(self, key: int) -> None:
        """Forgets a record."""
        for extent in self._of.pop(key, ()):
            records = self._records[extent]
            records.discard(key)
            if not records:
                del self._records[extent]

    def meeting(self, wanted: E) -> BitMap:
        """Records with at least one extent that meets the wanted one."""
        meets = self._meets
        return BitMap.union(
            BitMap(), *(found for extent, found in self._records.items() if meets(extent, wanted))
        )
