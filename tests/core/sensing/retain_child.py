# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Does what the rules of retention say and tells of every step, to be killed in the middle.

python retain_child.py DATA DATABASE MOMENT
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import anyio

from allmende.core.platform import Platform
from allmende.core.sensing import archiving
from allmende.core.settings import Settings
from allmende.store.sensing import archive_files, releasing


def telling(name: str, function: Any) -> Any:
    """The same function, which says when it begins and when it has ended."""

    def call(*given: Any) -> Any:
        print(f"{name} begins", flush=True)
        found = function(*given)
        print(f"{name} ended", flush=True)
        return found

    return call


async def main(data: str, database: str, moment: str) -> None:
    """Runs once."""
    releasing.release = telling("release", releasing.release)
    releasing._drop = telling("drop", releasing._drop)
    archive_files.write = telling("file", archive_files.write)
    async with Platform.open(Settings(data=Path(data), database=database)) as platform:
        await archiving.run(platform, moment=int(moment))
        print("done", flush=True)


if __name__ == "__main__":
    anyio.run(main, *sys.argv[1:])
