# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A running hub for the tests of this folder."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.interfaces.piveau.hub import hub
from tests.interfaces.support import Served


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Served]:
    """A hub with the empty catalogue `demo`."""
    async with hub(tmp_path) as made:
        yield made
