# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The files that belong to the repository."""

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@cache
def tracked() -> tuple[Path, ...]:
    """Every file git knows, plus new ones that are not ignored, relative to the root."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    names = sorted({name for name in listed.split("\0") if name})
    return tuple(Path(name) for name in names if (ROOT / name).is_file())


def with_endings(*endings: str) -> list[Path]:
    """The repository's files whose names end in one of `endings`."""
    return [path for path in tracked() if path.name.endswith(endings)]


def text(path: Path) -> str:
    """The text of a file of the repository."""
    return (ROOT / path).read_text("utf-8")
