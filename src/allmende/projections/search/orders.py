# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Records in the order of a value, kept sorted, so that a page needs no sorting."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator, Mapping
from itertools import islice

from pyroaring import BitMap

FEW = 16  # below 1/16 of all records, sorting the selection beats walking along all
BULK = 200  # from here on, sorting once is faster than inserting one by one


class Order:
    """Keys by a text value, ascending or descending, ties by key; records without one last."""

    def __init__(self, *, descending: bool = False) -> None:
        self._descending = descending
        self._values: dict[int, str] = {}
        self._with: list[tuple[str, int]] = []
        self._without: list[tuple[str, int]] = []

    def put_many(self, values: Mapping[int, str]) -> None:
        """Sets the values of records."""
        changed = {key: new for key, new in values.items() if self._values.get(key) != new}
        for key in changed:
            self.remove(key)
        self._values.update(changed)
        bulk = len(changed) > BULK
        for key, value in changed.items():
            if bulk:
                self._list(value).append((value, key))
            else:
                insort(self._list(value), (value, key))
        if bulk:
            self._with.sort()
            self._without.sort()

    def remove(self, key: int) -> None:
        """Forgets a record."""
        value = self._values.pop(key, None)
        if value is not None:
            target = self._list(value)
            del target[bisect_left(target, (value, key))]

    def page(self, selection: BitMap, offset: int, limit: int) -> list[int]:
        """Keys of a selection from an offset on."""
        if len(selection) * FEW < len(self._values):
            ordered = self._sorted_selection(selection)
        else:
            ordered = (key for _, key in self._all() if key in selection)
        return list(islice(ordered, offset, offset + limit))

    def _all(self) -> Iterator[tuple[str, int]]:
        yield from reversed(self._with) if self._descending else self._with
        yield from self._without

    def _sorted_selection(self, selection: BitMap) -> Iterator[int]:
        pairs = [(self._values[key], key) for key in selection if key in self._values]
        having = sorted((pair for pair in pairs if pair[0]), reverse=self._descending)
        yield from (key for _, key in having)
        yield from sorted(key for value, key in pairs if not value)

    def _list(self, value: str) -> list[tuple[str, int]]:
        return self._with if value else self._without
