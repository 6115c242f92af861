# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Many deadlines on one timer."""

import asyncio
import math

import pytest

from allmende.web.clock import clock

pytestmark = pytest.mark.anyio


async def _work(seconds: float, moves: tuple[float, ...] = ()) -> float:
    """Waits for ever with so much time; the deadlines it moves to. Seconds until the end."""
    watch, timeout = clock(), asyncio.timeout(None)
    begun = watch.loop.time()
    deadline = watch.start(timeout, begun + seconds)
    try:
        async with timeout:
            for each in moves:
                deadline.move(begun + each)
            await asyncio.Event().wait()
    except TimeoutError:
        assert timeout.expired()
    finally:
        watch.stop(deadline)
    return watch.loop.time() - begun


async def test_each_ends_at_its_own_time_whatever_the_order_they_began_in():
    ended = []

    async def noted(name: str, seconds: float, *moves: float) -> None:
        assert await _work(seconds, moves) >= (moves or (seconds,))[-1] - 0.01
        ended.append(name)

    await asyncio.gather(
        noted("late", 0.12),
        noted("early", 0.02),
        noted("moved later", 0.01, 0.18),
        noted("moved earlier", 9.0, 0.06),
    )
    assert ended == ["early", "moved earlier", "late", "moved later"]
    assert not clock().running


async def test_one_timer_serves_all():
    watch = clock()
    timeouts = [asyncio.timeout(None) for _ in range(50)]
    deadlines = [watch.start(each, watch.loop.time() + 30 + n) for n, each in enumerate(timeouts)]
    timer, due = watch.timer, watch.due
    for each in deadlines:
        each.move(each.when + 60)
    assert watch.timer is timer
    assert watch.due == due == deadlines[0].when - 60
    for each in deadlines:
        watch.stop(each)


async def test_a_stopped_clock_never_ends_the_work():
    watch, timeout = clock(), asyncio.timeout(None)
    deadline = watch.start(timeout, watch.loop.time() + 0.01)
    async with timeout:
        deadline.move(math.inf)
        await asyncio.sleep(0.05)
    assert not timeout.expired()
    assert watch.due == math.inf  # nothing is left to look at
    watch.stop(deadline)


def test_every_event_loop_has_its_own():
    async def mine():
        return clock()

    assert asyncio.run(mine()) is not asyncio.run(mine())
