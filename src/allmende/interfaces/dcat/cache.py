# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Encoded pages that are kept while the catalogue stays as it is."""

from collections import OrderedDict
from collections.abc import Hashable
from weakref import WeakKeyDictionary

from allmende.core.platform import Platform

MAX_BYTES = 32_000_000
MAX_ONE = MAX_BYTES // 4


class PageCache:
    """The pages used last, by key; all of one state of the catalogue, 32 MB at most."""

    def __init__(self) -> None:
        self.sequence = -1
        self.size = 0
        self.pages: OrderedDict[Hashable, bytes] = OrderedDict()

    def get(self, sequence: int, key: Hashable) -> bytes | None:
        """The page, if it was kept in this state of the catalogue."""
        if sequence != self.sequence or key not in self.pages:
            return None
        self.pages.move_to_end(key)
        return self.pages[key]

    def put(self, sequence: int, key: Hashable, page: bytes) -> None:
        """Keep a page; those of an older state and those not used for longest go."""
        if sequence != self.sequence:
            self.pages.clear()
            self.sequence, self.size = sequence, 0
        if len(page) > MAX_ONE or key in self.pages:
            return
        self.pages[key] = page
        self.size += len(page)
        while self.size > MAX_BYTES:
            _, old = self.pages.popitem(last=False)
            self.size -= len(old)


_CACHES: WeakKeyDictionary[Platform, PageCache] = WeakKeyDictionary()


def cache_of(platform: Platform) -> PageCache:
    """The kept pages of a platform."""
    return _CACHES.setdefault(platform, PageCache())
