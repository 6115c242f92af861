# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Which results of a source are new, which are there already, and which differ.

Read once per stream and batch, so that reading a whole file again costs little.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import anyio.to_thread
from msgspec import Struct

from allmende.core.platform import Platform
from allmende.core.sensing.reading import columns, latest, visible_streams
from allmende.model.sensing.observation import Observation
from allmende.model.sensing.series import NONE, Columns
from allmende.policy import Subject


class Sorted(Struct):
    """Positions of observations: `new` are at times that have none; `others` may be there."""

    given: Sequence[Observation]
    new: list[int]
    others: list[int]
    repeated: int = 0


async def sort_out(platform: Platform, subject: Subject, given: Sequence[Observation]) -> Sorted:
    """Sorts observations by what is stored. What the subject cannot read is left to judge later.

    Of two for one time of a stream the later one is among the others. A forecast that was
    issued before the one that is stored counts as repeated.
    """
    streams: dict[int, list[int]] = defaultdict(list)
    for at, each in enumerate(given):
        streams[each.datastream].append(at)
    found = Sorted(given, [], [])
    seen = set(await visible_streams(platform, subject, list(streams)))
    states = await latest(platform, subject, list(seen))
    for stream, places in streams.items():
        if stream not in seen:
            found.others += places
            continue
        stored = None
        times = [given[at].time for at in places]
        state = states.get(stream)
        if state is not None and state.last_time is not None and min(times) <= state.last_time:
            stored = await columns(platform, subject, stream, min(times), max(times) + 1)
        if stored is None or len(places) < 1_000:
            _judge(found, places, stored)
        else:
            await anyio.to_thread.run_sync(_judge, found, places, stored)
    return found


def _judge(found: Sorted, places: list[int], stored: Columns | None) -> None:
    there = {} if stored is None else {int(time): at for at, time in enumerate(stored.times)}
    met: set[int] = set()
    for at in places:
        each = found.given[at]
        if each.time in met:
            found.others.append(at)
            continue
        met.add(each.time)
        place = there.get(each.time)
        if place is None or stored is None:
            found.new.append(at)
        elif _is_known(each, stored, place):
            found.repeated += 1
        else:
            found.others.append(at)


def _is_known(each: Observation, stored: Columns, at: int) -> bool:
    """Whether it says what is stored, or is a forecast that was overtaken."""
    if each.result_time is not None and stored.result_times is not None:
        issued = int(stored.result_times[at])
        if issued != NONE and issued > each.result_time:
            return True
    result = each.result
    if isinstance(result, bool) or not isinstance(result, int | float):
        return False
    lasts = NONE if stored.lasts is None else int(stored.lasts[at])
    length = NONE if each.end is None else each.end - each.time
    return float(stored.values[at]) == result and lasts == length
