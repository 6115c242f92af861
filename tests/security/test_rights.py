# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Other accounts of the machine read neither the database nor a backup."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from allmende.core.backup import backup
from allmende.core.platform import Platform
from allmende.core.settings import Settings


@pytest.fixture(autouse=True)
def usual_mask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def rights(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.anyio
async def test_only_the_owner_reads_database_and_backup(tmp_path: Path) -> None:
    data, target = tmp_path / "data", tmp_path / "backup.tar.gz"
    async with Platform.open(Settings(data=data)) as platform:
        files = list(data.glob("allmende.sqlite*"))
        assert files
        assert {rights(path) for path in files} == {0o600}
        assert rights(data) == 0o700
        await backup(platform, target)
    assert rights(target) == 0o600
