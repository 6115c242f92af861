# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Delivery of events after their commit: in order, at least once, to one worker at a time."""

from __future__ import annotations

import asyncio
import logging

from allmende.core.jobs import Subscriber
from allmende.core.platform import Platform
from allmende.core.trouble import described, outcome
from allmende.store import Connection, events, jobs, subscriptions
from allmende.store.events import Event
from allmende.store.subscriptions import Turn

SECOND = 1_000_000
LEASE = 60 * SECOND
HEARING_SECONDS = 45.0  # less than the lease, so that nobody else begins meanwhile
BATCH = 500
REST_FIRST = 5 * SECOND
REST_LONGEST = 300 * SECOND

log = logging.getLogger("allmende.jobs")


async def serve_subscriber(platform: Platform, worker: str, name: str, hear: Subscriber) -> None:
    """Tells a subscriber everything it has not heard; nothing when another worker does.

    A subscriber that raises, or takes longer than 45 s for a batch, hears it again later.
    """
    turn = await platform.store.write(subscriptions.take_turn, name, worker, LEASE)
    if turn is None:
        return
    try:
        error = await _tell(platform, turn, hear)
    except asyncio.CancelledError:
        await platform.store.write(subscriptions.end_turn, turn)
        raise
    rest = min(REST_FIRST * 2 ** min(turn.tries, 20), REST_LONGEST) if error else 0
    new, since = await platform.store.write(_end, turn, rest, error and described(error))
    if new and error:
        log.error("subscriber %s fails: %s", name, described(error), exc_info=error)
    if since is not None:
        log.info("subscriber %s works again", name)


async def _tell(platform: Platform, turn: Turn, hear: Subscriber) -> BaseException | None:
    sequence = turn.sequence
    while batch := await platform.store.read(events.events_after, sequence, BATCH):
        error = await outcome(_heard(platform, batch, hear))
        if error is not None:
            return error
        sequence = batch[-1].sequence
        if not await platform.store.write(subscriptions.advance, turn, sequence, LEASE):
            return None
    return None


async def _heard(platform: Platform, batch: list[Event], hear: Subscriber) -> None:
    async with asyncio.timeout(HEARING_SECONDS):
        await hear(platform, batch)


def _end(db: Connection, turn: Turn, rest: int, error: str | None) -> tuple[bool, int | None]:
    """Ends the turn; whether the failure is new, or since when it had failed."""
    subscriptions.end_turn(db, turn, rest)
    name = f"subscriber {turn.name}"
    if error is not None:
        return jobs.trouble(db, name, error), None
    return False, jobs.recovered(db, name)
