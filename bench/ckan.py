# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""CKAN's Action API, asked in the same way here and of CKAN itself, over HTTP.

The same calls with the same 200 datasets: once with nothing else in our catalogue, as in
CKAN's, and once beside 18,000 others.

python -m bench.ckan [--count 18000] [--no-peer]
"""

from __future__ import annotations

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio

from allmende.core import accounts, catalogue
from allmende.core.platform import Platform
from allmende.core.settings import Settings
from allmende.policy import SYSTEM, Role, Scope
from bench import synthetic
from bench.figures import Figure, show
from bench.peers import ckan
from bench.server import BATCH, peer_figures, served

TARGETS = {"package_create": 10.0, "package_search": 5.0}
CALLS = ("package_create", "package_show", "package_search")


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=18_000)
    parser.add_argument("--no-peer", action="store_true")
    options = parser.parse_args()
    found = {count: _measured(count) for count in (0, options.count)}
    peer = {} if options.no_peer else peer_figures()
    figures = [
        Figure(
            f"{name}, {count + ckan.RECORDS:,} datasets",
            found[count][name],
            "ms",
            TARGETS.get(name),
            peer=f"CKAN 2.12 {name}, {ckan.RECORDS} datasets" if peer else "",
            peer_value=peer.get(name),
            peer_measured=bool(peer),
        )
        for count in found
        for name in CALLS
    ]
    show("CKAN Action API", figures)


def _measured(count: int) -> dict[str, float]:
    with TemporaryDirectory(prefix="allmende-bench-") as name:
        folder = Path(name)
        token = anyio.run(_fill, folder, count)
        with served(folder, ALLMENDE_WRITES_PER_MINUTE="100000") as (address, _, _):
            return ckan.measure(address, token)


async def _fill(folder: Path, count: int) -> str:
    """Other datasets in the catalogue, and a token that may write."""
    async with Platform.open(Settings(data=folder)) as platform:
        for ident in ("bench", synthetic.ORGANISATION):
            await accounts.save_organisation(platform, SYSTEM, ident, {"de": ident})
        entries = list(synthetic.entries(count))
        for place in range(0, count, BATCH):
            await catalogue.put_many(platform, SYSTEM, entries[place : place + BATCH])
        scopes = {Scope.CATALOGUE_READ, Scope.CATALOGUE_WRITE}
        made = await accounts.create_token(platform, SYSTEM, "b", "bench", Role.STEWARD, scopes)
        return made.key


if __name__ == "__main__":
    main()
