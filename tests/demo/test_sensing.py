# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The measurements that come with the demo city."""

from __future__ import annotations

from pathlib import Path

from tests.support.platforms import run_scenario, settings_for

from allmende.core import sensing as measured
from allmende.core.platform import Platform
from allmende.demo import sensing
from allmende.policy import ANONYMOUS


def test_air_and_bicycles_are_there_for_everybody_and_nothing_comes_twice(
    engine: str, tmp_path: Path
) -> None:
    async def scenario(platform: Platform) -> None:
        assert await sensing.load(platform) == 52 + 1_920
        assert await sensing.load(platform) == 0
        states = await measured.latest(platform, ANONYMOUS)
        assert sorted(state.n for state in states.values() if state.n) == [1] * 52 + [480] * 4
        first = min(each for each, state in states.items() if state.n == 480)
        days = await measured.buckets(platform, ANONYMOUS, first, "day")
        assert [each.n for each in days] == [96] * 5

    run_scenario(settings_for(engine, tmp_path, catalogue="jena"), scenario)
