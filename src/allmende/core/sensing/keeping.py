# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What is done with observations in the background: packing what is settled, tidying up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allmende.core.platform import Platform
from allmende.model.sensing import calendar
from allmende.model.sensing.calendar import DAY
from allmende.store import now
from allmende.store.sensing import blocks, journal, upkeep

JOB_KIND = "observations"
SETTLED = 2 * DAY
"""Observations older than this (µs) are packed; what comes later than that is packed again."""
ENTRIES_KEPT = 1_000_000
"""Entries of the journal that followers can still read."""
STREAMS_AT_ONCE = 500


async def keep(platform: Platform, _arguments: Mapping[str, Any]) -> None:
    """Packs settled observations, forgets old entries of the journal, gives back free pages."""
    await pack_settled(platform, now() - SETTLED)
    await platform.store.write(journal.prune, ENTRIES_KEPT)
    await platform.store.write(upkeep.give_back)


async def pack_settled(platform: Platform, before: int) -> int:
    """Packs what lies before a time (µs UTC), a datastream at a time; how many observations."""
    total = 0
    over = calendar.month_start(calendar.month_of(before))
    while True:
        ripe = await platform.store.read_slow(blocks.ripe, before, over, STREAMS_AT_ONCE)
        for stream in ripe:
            total += await platform.store.write(blocks.seal, stream, before)
        if len(ripe) < STREAMS_AT_ONCE:
            return total
