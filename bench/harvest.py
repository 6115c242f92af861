# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Harvesting: the first run of a file, the same file again, and the file with one line more.

Everything is counted: reading, repairs, revisions, search. The engine is the one that
`allmende harvest` uses.

python -m bench.harvest [--count 3000]
"""

from __future__ import annotations

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio

from allmende.core import harvest
from allmende.core.platform import Platform
from allmende.core.settings import Settings
from allmende.policy import SYSTEM
from bench import synthetic
from bench.figures import Figure, show

ONE_MORE = '<urn:bench:more> <http://purl.org/dc/terms/title> "no record" .\n'


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=3_000)
    count = parser.parse_args().count
    with TemporaryDirectory(prefix="allmende-bench-") as name:
        figures = anyio.run(measure, Path(name), count)
    show(f"Harvest of {count:,} datasets", figures)


async def measure(folder: Path, count: int) -> list[Figure]:
    """Three runs of one source."""
    file = folder / "catalogue.nt"
    synthetic.write_ntriples(file, count)
    source = harvest.source_for(str(file), catalogue="bench", organisation="bench")
    async with Platform.open(Settings(data=folder / "data")) as platform:
        await harvest.define(platform, SYSTEM, source)
        first = await _rate(platform, source.id, count, "created")
        again = await _rate(platform, source.id, count, "unchanged")
        with file.open("a", encoding="utf-8") as more:
            more.write(ONE_MORE)
        changed = await _rate(platform, source.id, count, "unchanged")
    peer = "CKAN with its harvester"
    return [
        Figure("first harvest", first, "datasets/s", 300, more=True, peer=peer, peer_value=10),
        Figure("the same file again", again, "datasets/s", 3_000, more=True),
        Figure("file changed, records unchanged", changed, "datasets/s", more=True),
    ]


async def _rate(platform: Platform, source: str, count: int, expected: str) -> float:
    done = await harvest.execute(platform, SYSTEM, source, files=True)
    if getattr(done.counts, expected) != count:
        raise SystemExit(f"{expected} is {done.counts}, not {count}")
    return count / done.seconds


if __name__ == "__main__":
    main()
