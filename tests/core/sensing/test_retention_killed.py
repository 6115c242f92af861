# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Whoever kills the program while observations go loses none of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.core.sensing.test_retention import NOW, ROOT, figures, filled, policy
from tests.support.platforms import run_scenario, settings_for
from tests.support.sensing import stream

from allmende.core import sensing
from allmende.core.maintenance import check
from allmende.core.platform import Platform
from allmende.core.sensing import archiving, retaining
from allmende.core.settings import Settings
from allmende.model.sensing.retention import Figures, Policy
from allmende.policy import ANONYMOUS, SYSTEM

CHILD = Path(__file__).with_name("retain_child.py")
STEPS = ("file begins", "file ended", "release begins", "drop ended", "release ended")


def killed(settings: Settings, step: str, count: int) -> bool:
    """Runs the child until it has said a step so often and kills it; False when it ended."""
    command = [sys.executable, str(CHILD), str(settings.data), settings.database, str(NOW)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        for line in child.stdout:
            count -= line.strip() == step
            if not count:
                child.kill()
                child.wait()
                return True
        assert child.wait() == 0
    return False


@pytest.mark.parametrize("then", ["archive", "delete"])
def test_nothing_is_lost_by_a_kill(engine: str, tmp_path: Path, then: Any) -> None:
    settings = settings_for(engine, tmp_path)
    rule: Policy = policy(days=10, then=then, figures=(Figures("hour"), Figures("day")))
    grains = ("hour", "day", "month")
    before: dict[int, Any] = {}

    async def fill(platform: Platform) -> None:
        found = await filled(platform, stream("air"), stream("soil"))
        for ident in found.values():
            before[ident] = (
                await sensing.series(platform, ANONYMOUS, ident),
                {grain: await figures(platform, ident, grain) for grain in grains},
            )
        await retaining.save(platform, SYSTEM, rule, "test")

    async def same(platform: Platform) -> None:
        for ident, (series, counted) in before.items():
            rest = await sensing.series(platform, ANONYMOUS, ident)
            assert rest == (series if then == "archive" else series[len(series) - len(rest) :])
            for grain, wanted in counted.items():
                assert await figures(platform, ident, grain) == wanted
        assert await check(platform) == []

    async def end(platform: Platform) -> None:
        await archiving.run(platform, moment=NOW)
        await same(platform)
        assert await retaining.log(platform, ANONYMOUS) != []

    run_scenario(settings, fill)
    steps = [each for each in STEPS if then == "archive" or not each.startswith("file")]
    assert killed(settings, steps[0], 2)
    for step in steps:
        run_scenario(settings, same)
        killed(settings, step, 2)
    run_scenario(settings, same)
    run_scenario(settings, end)
