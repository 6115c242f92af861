# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Time as the program sees it; it stands still until a test turns it."""

from types import ModuleType

import pytest

from allmende.store import now

MINUTE = 60 * 1_000_000


class Clock:
    """Stands in for `store.now` (µs UTC)."""

    def __init__(self) -> None:
        self.now = now()

    def __call__(self) -> int:
        return self.now

    def turn(
        self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0
    ) -> None:
        """Sets the time forward, or back with negative numbers."""
        self.now += int((((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1_000_000)


def install(monkeypatch: pytest.MonkeyPatch, *modules: ModuleType) -> Clock:
    """Replaces the time in every module that looks at it."""
    clock = Clock()
    for module in modules:
        monkeypatch.setattr(module, "now", clock)
    return clock
