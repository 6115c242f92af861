# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Only a server changes how often Python looks for rings of objects."""

import gc
from collections.abc import Iterator

import pytest

from allmende.core import memory


@pytest.fixture
def usual() -> Iterator[tuple[int, int, int]]:
    before = gc.get_threshold()
    yield before
    gc.set_threshold(*before)
    gc.unfreeze()


def test_other_processes_keep_python_s_ways(usual: tuple[int, int, int]) -> None:
    memory.settled()
    assert gc.get_freeze_count() == 0
    assert gc.get_threshold() == usual


def test_a_server_looks_seldom_and_not_at_what_stays(usual: tuple[int, int, int]) -> None:
    memory.seldom()
    assert gc.get_threshold() == (memory.YOUNG, memory.OLDER, memory.OLDER)
    memory.settled()
    assert gc.get_freeze_count() > 0
