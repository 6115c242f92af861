# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Deadlines of many requests on one timer.

A request moves its deadline with every part of its answer. A timer of the event loop for
each move costs more than the rest of the move; here a move is an assignment, and the one
timer, when it goes off, looks which deadlines have really passed.
"""

import asyncio
import threading
from math import inf

EARLY = 0.002  # seconds: event loops round to milliseconds, so a timer may be early


class Deadline:
    """When the work inside a timeout has to be done, in seconds of the loop's clock."""

    __slots__ = ("clock", "timeout", "when")

    def __init__(self, clock: "Clock", timeout: asyncio.Timeout, when: float) -> None:
        self.clock = clock
        self.timeout = timeout
        self.when = when

    def move(self, when: float) -> None:
        """Set another time; `inf` stops the clock. Nothing when it has passed already."""
        self.when = when
        if when < self.clock.due:
            self.clock.watch(when)


class Clock:
    """The deadlines of one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.running: set[Deadline] = set()
        self.due = inf
        self.timer: asyncio.TimerHandle | None = None

    def start(self, timeout: asyncio.Timeout, when: float) -> Deadline:
        """A deadline for a timeout that has none of its own; it is watched until `stop`."""
        deadline = Deadline(self, timeout, when)
        self.running.add(deadline)
        if when < self.due:
            self.watch(when)
        return deadline

    def stop(self, deadline: Deadline) -> None:
        """Forget a deadline."""
        self.running.discard(deadline)

    def watch(self, when: float) -> None:
        """Look at the deadlines then."""
        if self.timer is not None:
            self.timer.cancel()
        self.due, self.timer = when, self.loop.call_at(when, self._look)

    def _look(self) -> None:
        self.due, self.timer = inf, None
        now = self.loop.time()
        for each in [each for each in self.running if each.when <= now + EARLY]:
            self.running.discard(each)
            each.timeout.reschedule(now)
        following = min((each.when for each in self.running), default=inf)
        if following < inf:
            self.watch(following)


_here = threading.local()


def clock() -> Clock:
    """The clock of the running event loop."""
    loop = asyncio.get_running_loop()
    found: Clock | None = getattr(_here, "clock", None)
    if found is None or found.loop is not loop:
        found = _here.clock = Clock(loop)
    return found
