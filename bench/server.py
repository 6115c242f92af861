# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The whole program as people run it: `allmende serve` on a catalogue of 18,000 datasets.

Load, single write, start-up, memory, pages of 100, single records and HTML pages over
HTTP with one client, beside CKAN asked in the same way.

python -m bench.server [--count 18000] [--no-peer]
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio
import httpx2

from allmende.core import catalogue
from allmende.core.platform import Platform
from allmende.core.settings import Settings
from allmende.model.catalogue import Catalog, ResourceKind
from allmende.policy import SYSTEM
from bench import synthetic
from bench.figures import Figure, milliseconds, milliseconds_async, show

SYNTAXES = ("ttl", "rdf", "jsonld", "nt", "trig")
WORDS = ("statistik", "bremen", "verkehr", "2014", "baum")
BATCH = 200


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=18_000)
    parser.add_argument("--no-peer", action="store_true")
    options = parser.parse_args()
    with TemporaryDirectory(prefix="allmende-bench-") as name:
        folder = Path(name)
        figures = anyio.run(fill, folder, options.count)
        figures += serve_and_ask(folder)
    peer = {} if options.no_peer else peer_figures()
    show(f"Server with {options.count:,} datasets", [_beside(each, peer) for each in figures])


async def fill(folder: Path, count: int) -> list[Figure]:
    """Loads the catalogue in batches, then writes single records with revision and search."""
    async with Platform.open(Settings(data=folder)) as platform:
        home = catalogue.Entry(
            kind=ResourceKind.CATALOG,
            resource=Catalog(title={"de": "Messkatalog"}),
            organisation=synthetic.ORGANISATION,
            id="bench",
        )
        await catalogue.put(platform, SYSTEM, home)
        entries = list(synthetic.entries(count))
        start = time.perf_counter()
        for place in range(0, count, BATCH):
            await catalogue.put_many(platform, SYSTEM, entries[place : place + BATCH])
        rate = count / (time.perf_counter() - start)
        singles = iter(synthetic.entries(200))

        async def write() -> None:
            entry = next(singles)
            entry.original_id, entry.resource.iri = f"single {entry.original_id}", None
            await catalogue.put(platform, SYSTEM, entry)

        single = await milliseconds_async(write, runs=150)
    return [
        Figure("bulk load, search and revisions included", rate, "datasets/s", 300, more=True),
        Figure("write one dataset, durable", single, "ms", 10, peer="package_create"),
    ]


def serve_and_ask(folder: Path) -> list[Figure]:
    """Starts the server as a process of its own and asks it over HTTP."""
    with served(folder) as (address, first, pid), httpx2.Client(base_url=address) as client:
        figures = [Figure("start to first answer", first, "s", 2)]
        client.get("/datasets.json", params={"q": "jena"}).raise_for_status()
        figures += [_page(client, syntax) for syntax in SYNTAXES]
        some = client.get("/datasets.json", params={"limit": 40}).json()["items"]
        names = [each["id"] for each in some]
        figures += [
            _asked(
                client, "one dataset as Turtle", _each("/datasets/{}.ttl", names), "dataset.ttl"
            ),
            _asked(client, "one dataset as page", _each("/de/datasets/{}", names), "dataset page"),
            _asked(
                client,
                "search, 20 hits and all facets, JSON",
                _each("/datasets.json?limit=20&q={}", WORDS),
                "package_search",
                target=5,
            ),
            _asked(client, "search page", _each("/de/datasets?q={}", WORDS), "search page"),
            Figure("memory of the server", memory(pid), "MiB", 400),
        ]
    return figures


def _each(template: str, values: list[str] | tuple[str, ...]) -> Iterator[str]:
    while True:
        for value in values:
            yield template.format(value)


def _page(client: httpx2.Client, syntax: str) -> Figure:
    pages = iter(range(1, 1000))

    def fetch() -> None:
        path = f"/catalogues/bench.{syntax}"
        client.get(path, params={"page": next(pages), "limit": 100}).raise_for_status()

    value = milliseconds(fetch, runs=15)
    peer = "catalog.ttl" if syntax == "ttl" else ""
    return Figure(f"page of 100 datasets, .{syntax}, not cached", value, "ms", 100, peer=peer)


def _asked(
    client: httpx2.Client,
    name: str,
    paths: Iterator[str],
    peer: str,
    target: float | None = None,
) -> Figure:
    value = milliseconds(lambda: client.get(next(paths)).raise_for_status(), runs=60)
    return Figure(name, value, "ms", target, peer=peer)


@contextmanager
def served(folder: Path, **environment: str) -> Iterator[tuple[str, float, int]]:
    """A running `allmende serve`: its address, seconds to the first answer, process id."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = [str(Path(sys.executable).parent / "allmende"), "serve", "--data", str(folder)]
    start = time.perf_counter()
    process = subprocess.Popen(
        [*command, "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **environment},
    )
    try:
        while True:
            try:
                httpx2.get(f"{address}/de/", timeout=30).raise_for_status()
                break
            except httpx2.ConnectError:
                if process.poll() is not None or time.perf_counter() - start > 60:
                    sys.exit("the server does not start")
                time.sleep(0.01)
        yield address, time.perf_counter() - start, process.pid
    finally:
        process.terminate()
        process.wait(30)


def memory(pid: int) -> float:
    """Resident memory of a process in MiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def peer_figures() -> dict[str, float]:
    """CKAN's figures, or none when it cannot run here."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.peers.ckan"], capture_output=True, text=True, check=False
    )
    if done.returncode:
        print(f"CKAN is not measured: {done.stderr.strip()[-300:]}")
        return {}
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _beside(each: Figure, peer: dict[str, float]) -> Figure:
    if not each.peer or each.peer not in peer:
        return Figure(each.name, each.value, each.unit, each.target, each.more)
    return Figure(
        each.name,
        each.value,
        each.unit,
        each.target,
        each.more,
        f"CKAN 2.12 {each.peer}",
        peer[each.peer],
        peer_measured=True,
    )


if __name__ == "__main__":
    main()
