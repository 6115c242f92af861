# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A shelf: things by key, of which those not used for longest go when it is full."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Shelf(Generic[T]):
    """Things that weigh `limit` bytes at most together; a heavier one stands alone."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.size = 0
        self._things: OrderedDict[Hashable, tuple[T, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._things)

    def get(self, key: Hashable) -> T | None:
        """What was put there last, if it is still there."""
        found = self._things.get(key)
        if found is None:
            return None
        self._things.move_to_end(key)
        return found[0]

    def put(self, key: Hashable, thing: T, size: int) -> None:
        """Keeps a thing; others go until there is room."""
        self.drop(key)
        self._things[key] = thing, size
        self.size += size
        while self.size > self.limit and len(self._things) > 1:
            _, (_, gone) = self._things.popitem(last=False)
            self.size -= gone

    def drop(self, key: Hashable) -> None:
        """Forgets a thing."""
        found = self._things.pop(key, None)
        if found is not None:
            self.size -= found[1]
