# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Search over 18,000 datasets: analysis, loading, 20 hits with all facets, rebuilding.

python -m bench.search [--count 18000] [--database postgresql://…]
"""

from __future__ import annotations

import argparse
import time
import tracemalloc
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio

from allmende.core import catalogue, memory, search
from allmende.core.platform import Platform
from allmende.core.search import SearchQuery, projection_of
from allmende.core.settings import Settings
from allmende.policy import ANONYMOUS, SYSTEM
from allmende.projections.search import SearchIndex
from allmende.store.connection import Connection
from bench.figures import Figure, milliseconds_async, show
from bench.synthetic import entries

QUERIES: dict[str, SearchQuery] = {
    "everything, newest": SearchQuery(),
    "verkehr": SearchQuery(text="verkehr"),
    "daten (very common)": SearchQuery(text="daten"),
    "statistik bundesamt (common)": SearchQuery(text="statistik bundesamt"),
    "wahlbezirke potsdam": SearchQuery(text="wahlbezirke potsdam"),
    "a rare word": SearchQuery(text="paketautomaten jena 2014"),
    "theme and format": SearchQuery(
        text="strasse",
        facets={
            "format": ("CSV", "XLSX"),
            "theme": ("http://publications.europa.eu/resource/authority/data-theme/TRAN",),
        },
    ),
    "by title, page 500": SearchQuery(sort="title", offset=10_000),
    "a prefix (fallback)": SearchQuery(text="haltestell bussteig"),
    "a typing error": SearchQuery(text="verkerszeichen"),
}


async def measure(platform: Platform, count: int) -> list[Figure]:
    """Loads the records, then asks."""
    projection = projection_of(platform)
    made = list(entries(count))
    start = time.perf_counter()
    for entry in made:
        projection.analyse(entry)
    figures = [Figure("analysis", (time.perf_counter() - start) * 1000 / count, "ms a record", 1)]
    start = time.perf_counter()
    for place in range(0, count, 200):
        await catalogue.put_many(platform, SYSTEM, made[place : place + 200])
    rate = count / (time.perf_counter() - start)
    figures.append(
        Figure("records written with history and search", rate, "/s", 300, True, "CKAN", 10)
    )
    figures += await _memory(platform)
    memory.settled()
    for name, query in QUERIES.items():
        figures.append(await _asked(platform, name, query))
    start = time.perf_counter()
    for rebuild in platform.rebuilds:
        await rebuild(lambda *_: None)
    figures.append(Figure("rebuild", time.perf_counter() - start, "s", 30))
    return figures


async def _memory(platform: Platform) -> list[Figure]:
    """How long a new process needs until it can answer, and how much memory."""
    seconds: list[float] = []

    def fill(db: Connection) -> SearchIndex:
        start = time.perf_counter()
        index = SearchIndex()
        index.refresh(db)
        seconds.append(time.perf_counter() - start)
        return index

    await platform.store.read_slow(fill)
    tracemalloc.start()
    index = await platform.store.read_slow(fill)
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(index)
    return [
        Figure("filling the memory", seconds[0], "s", 0.5),
        Figure("memory", size / 2**20, "MiB"),
    ]


async def _asked(platform: Platform, name: str, query: SearchQuery) -> Figure:
    """The time of a query whose words were not asked for before."""
    index = projection_of(platform).index

    async def ask() -> None:
        index._matches.forget()
        await search.search(platform, ANONYMOUS, query)

    return Figure(
        f"20 hits, all facets: {name}",
        await milliseconds_async(ask),
        "ms",
        5,
        peer="CKAN",
        peer_value=31,
    )


async def run(count: int, database: str) -> None:
    memory.seldom()  # as the server does
    with TemporaryDirectory() as folder:
        settings = Settings(data=Path(folder), database=database)
        async with Platform.open(settings) as platform:
            projection_of(platform)
            figures = await measure(platform, count)
    show(f"Search, {count} records, {'PostgreSQL' if database else 'SQLite'}", figures)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=18_000)
    parser.add_argument("--database", default="")
    given = parser.parse_args()
    anyio.run(run, given.count, given.database)


if __name__ == "__main__":
    main()
