# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The files that come with the program: where they lie, what they hold, their bytes."""

from __future__ import annotations

import lzma
from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct

FOLDER = Path(__file__).parent
FILES = FOLDER / "files"

Box = tuple[float, float, float, float]


class Facts(Struct, frozen=True):
    """What was measured from a file when it was made: unpacked size, SHA-256, records, extent.

    `bbox` is west, south, east, north in degrees (EPSG:4326); `start` and `end` are ISO 8601.
    """

    bytes: int
    sha256: str
    records: int
    bbox: Box | None = None
    start: str | None = None
    end: str | None = None


@cache
def manifest() -> dict[str, Facts]:
    """The measured facts of every shipped file, by its path `dataset/name`."""
    return msgspec.json.decode((FILES / "manifest.json").read_bytes(), type=dict[str, Facts])


def content(path: str) -> bytes:
    """The unpacked bytes of one shipped file."""
    packed = FILES / f"{path}.xz"
    if packed.exists():
        return lzma.decompress(packed.read_bytes())
    return (FILES / path).read_bytes()
