# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Make the files of the demo city from raw copies of open data.

    python -m tools.build_demo RAW_FOLDER [--into src/allmende/demo/files]

The result depends on the raw files only: running it twice gives the same bytes. Files above
300 KB are stored as xz; `manifest.json` keeps size, checksum, number of records, bounding box
and period of every file as measured here from the unpacked bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import lzma
import sys
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from tools.demo import city, osm, sensors, trees
from tools.demo.formats import Built

DEFAULT = Path(__file__).parent.parent / "src/allmende/demo/files"
PACK_ABOVE, LARGEST_FILE, LARGEST_SUM = 300_000, 2_000_000, 8_000_000


def build(data: Path) -> Iterator[Built]:
    """Every file of the demo city, made from the raw files below `data`."""
    return chain(trees.build(data), city.build(data), osm.build(data), sensors.build(data))


def facts(made: Built) -> dict[str, Any]:
    """What the manifest says about one file."""
    told: dict[str, Any] = {
        "bytes": len(made.data),
        "sha256": hashlib.sha256(made.data).hexdigest(),
        "records": made.records,
    }
    if made.bbox:
        told["bbox"] = [round(value, 7) for value in made.bbox]
    if made.start:
        told |= {"start": made.start, "end": made.end}
    return told


def write(found: Iterable[Built], folder: Path) -> int:
    """Write files and manifest into `folder`, emptied before; give the bytes on disk."""
    for old in sorted(folder.rglob("*"), reverse=True):
        old.rmdir() if old.is_dir() else old.unlink()
    manifest, total = {}, 0
    for made in found:
        path = folder / made.path
        content = made.data
        if len(content) > PACK_ABOVE:
            content = lzma.compress(content, preset=9 | lzma.PRESET_EXTREME)
            path = path.with_name(path.name + ".xz")
        if len(content) > LARGEST_FILE:
            raise ValueError(f"{made.path} has {len(content)} bytes, allowed are {LARGEST_FILE}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        manifest[made.path] = facts(made)
        total += len(content)
    text = json.dumps(dict(sorted(manifest.items())), indent=1) + "\n"
    (folder / "manifest.json").write_text(text, encoding="utf-8")
    return total


def main(arguments: list[str]) -> int:
    """Build and say how much it was."""
    parser = argparse.ArgumentParser(description="Make the files of the demo city.")
    parser.add_argument("raw", type=Path, help="folder with the raw copies")
    parser.add_argument("--into", type=Path, default=DEFAULT, help="folder to write to")
    asked = parser.parse_args(arguments)
    total = write(build(asked.raw), asked.into)
    sys.stdout.write(f"{total:,} bytes in {asked.into}\n")
    return 0 if total <= LARGEST_SUM else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
