# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""SPARQL over a catalogue multiplied from real records: load, memory, six queries, a change.

    python -m bench.sparql [COUNT]     # 18,000 datasets if not given

The queries Q1 to Q6 are those by which the engines were compared before one was chosen.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from allmende.core import catalogue, sparql
from allmende.core.catalogue import Entry
from allmende.core.platform import Platform
from allmende.core.settings import Settings
from allmende.errors import AllmendeError
from allmende.model.catalogue import Catalog, ResourceKind
from allmende.policy import ANONYMOUS, SYSTEM
from bench.figures import Figure, milliseconds_async, show
from bench.synthetic import ORGANISATION, entries

BATCH = 200
THEME = "http://publications.europa.eu/resource/authority/data-theme/TRAN"
CSV = "http://publications.europa.eu/resource/authority/file-type/CSV"
QUERIES: dict[str, tuple[str, float | None]] = {
    "Q1 datasets per publisher": (
        "SELECT ?p (COUNT(?d) AS ?n) { ?d a dcat:Dataset ; dct:publisher ?p } GROUP BY ?p",
        None,
    ),
    "Q2 theme and CSV, 50": (
        f"SELECT ?d ?t {{ ?d dcat:theme <{THEME}> ; dct:title ?t ; "
        f"dcat:distribution ?x . ?x dct:format <{CSV}> }} LIMIT 50",
        2.0,
    ),
    "Q3 one dataset with distributions": ("SELECT * { <IRI> ?p ?o . OPTIONAL { ?o ?q ?v } }", None),
    "Q4 title contains": (
        "SELECT ?d ?t { ?d a dcat:Dataset ; dct:title ?t . "
        'FILTER(CONTAINS(LCASE(?t), "verkehr")) } LIMIT 1000',
        None,
    ),
    "Q5 format by licence": (
        "SELECT ?f ?l (COUNT(*) AS ?n) { ?x a dcat:Distribution ; dct:format ?f ; dct:license ?l }"
        " GROUP BY ?f ?l",
        500.0,
    ),
    "Q6 newest 20": (
        "SELECT ?d ?m { ?d a dcat:Dataset ; dct:modified ?m } ORDER BY DESC(?m) LIMIT 20",
        None,
    ),
}


async def main(count: int) -> None:
    """Fills a platform, loads the store for SPARQL and measures."""
    with tempfile.TemporaryDirectory() as folder:
        async with Platform.open(Settings(data=Path(folder))) as platform:
            start = time.perf_counter()
            await _fill(platform, count)
            print(f"{count} datasets written in {time.perf_counter() - start:.1f} s")
            try:
                show(f"SPARQL over {count} datasets", await _measure(platform))
            finally:
                await sparql.close(platform)


async def _fill(platform: Platform, count: int) -> None:
    home = Catalog(title={"de": "Messkatalog"})
    root = Entry(kind=ResourceKind.CATALOG, resource=home, organisation=ORGANISATION, id="bench")
    await catalogue.put(platform, SYSTEM, root)
    left: Iterator[Entry] = entries(count)
    while batch := list(islice(left, BATCH)):
        for result in await catalogue.put_many(platform, SYSTEM, batch):
            if isinstance(result, AllmendeError):
                raise result


async def _measure(platform: Platform) -> list[Figure]:
    before = _memory("self")
    start = time.perf_counter()
    await sparql.start(platform)
    figures = [Figure("load", time.perf_counter() - start, "s")]
    state = sparql.state(platform)
    keeper = sparql._projection(platform)._link
    assert keeper is not None
    figures += [
        Figure("statements of the default graph", state.triples, ""),
        Figure("memory of the keeper", _memory(str(keeper.process.pid)), "MiB"),
        Figure("growth of the serving process", _memory("self") - before, "MiB"),
    ]
    iri = await _some_dataset(platform)
    for name, (text, target) in QUERIES.items():
        text = text.replace("<IRI>", f"<{iri}>")
        inside: list[float] = []

        async def run(text: str = text, inside: list[float] = inside) -> None:
            async with await sparql.query(platform, ANONYMOUS, text) as result:
                inside.append(result.seconds * 1000)

        whole = await milliseconds_async(run, runs=7)
        engine = sorted(inside)[len(inside) // 2]
        figures.append(Figure(f"{name}: engine", engine, "ms", target))
        figures.append(Figure(f"{name}: with everything", whole, "ms"))
    figures.append(Figure("query after a change (new process)", await _changed(platform), "ms"))
    return figures


async def _some_dataset(platform: Platform) -> str:
    async with await sparql.query(
        platform, ANONYMOUS, "SELECT ?d { ?d a dcat:Dataset } LIMIT 1", format="csv"
    ) as result:
        return (await result.read()).decode().splitlines()[1]


async def _changed(platform: Platform) -> float:
    """A change, seen by the query after it: the change itself, the fork, the query."""
    record = await anext(catalogue.each(platform, SYSTEM, kind=ResourceKind.DATASET))  # type: ignore[arg-type]
    times = []
    for number in range(7):
        entry = catalogue.entry_of(record)
        entry.expected_revision = None
        entry.resource.title = {"de": f"Geändert {number}"}
        await catalogue.put(platform, SYSTEM, entry)
        start = time.perf_counter()
        text = f'ASK {{ ?d dct:title "Geändert {number}"@de }}'
        async with await sparql.query(platform, ANONYMOUS, text) as result:
            assert b"true" in await result.read()
        times.append(time.perf_counter() - start)
    return sorted(times)[len(times) // 2] * 1000


def _memory(process: str) -> float:
    """Resident memory of a process in MiB."""
    for line in Path(f"/proc/{process}/status").read_text("ascii").splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 18_000))
