# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Vector tiles of 200,000 trees and 50,000 buildings over HTTP, per CPU second of the server.

The 40 fullest tiles of zoom 14 (2,100 to 6,000 trees) with four fields. A tile is "made" when
it is not among the ready ones: more tiles are asked in turn than there is room for, so
each has gone before it is asked for again. "New fields" is a tile whose fields are
asked for in an order that was not asked for before; "kept" is a tile that is ready.

python -m bench.tiles [--no-peer]
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import anyio

from allmende.core import collections, tiles
from allmende.core.collections import Change, CollectionEntry
from allmende.core.platform import Platform
from allmende.core.settings import Settings
from allmende.model.document import Entity, Field, FieldType, GeometryType, Model
from allmende.policy import SYSTEM
from bench import tile_data
from bench.figures import Figure, milliseconds_async, show
from bench.server import memory, served
from bench.tile_data import FIELDS, ZOOM

TARGET = 2_000
BATCH = 1_000
ROUNDS = 6
IN_TURN = 6  # orders of fields: their tiles are more than the server keeps
ORDERS = [",".join(order) for order in itertools.permutations(FIELDS)]


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-peer", action="store_true")
    options = parser.parse_args()
    with TemporaryDirectory(prefix="allmende-bench-") as name:
        folder = Path(name)
        anyio.run(fill, folder)
        figures = ask(folder)
        figures += anyio.run(edit, folder)
    peer = {} if options.no_peer else peer_figures()
    show("Vector tiles of 200,000 trees", [_beside(each, peer) for each in figures])


# --- the data ---------------------------------------------------------------------------------


def _model(name: str, kind: GeometryType) -> Model:
    fields = [
        Field(name="number", type=FieldType.INTEGER, required=True),
        Field(name="species"),
        Field(name="height", type=FieldType.NUMBER),
        Field(name="planted", type=FieldType.YEAR),
        Field(name="kind"),
        Field(name="place", type=FieldType.GEOMETRY, geometry=kind),
    ]
    return Model(id=name, entities=[Entity(name="Thing", key=["number"], fields=fields)])


async def fill(folder: Path) -> None:
    """Makes the two collections."""
    async with Platform.open(Settings(data=folder)) as platform:
        for name, kind, found in (
            ("trees", GeometryType.POINT, tile_data.trees()),
            ("buildings", GeometryType.POLYGON, tile_data.buildings()),
        ):
            entry = CollectionEntry(id=name, model=_model(name, kind), organisation="bench")
            await collections.create(platform, SYSTEM, entry)
            places, columns = found
            changes = list(_changes(places, columns))
            for start in range(0, len(changes), BATCH):
                part = changes[start : start + BATCH]
                await collections.write(platform, SYSTEM, name, part)


def _changes(places: Any, columns: dict[str, list[Any]]) -> Iterator[Change]:
    rows = zip(*(columns[field] for field in FIELDS), strict=True)
    for number, (place, row) in enumerate(zip(places, rows, strict=True), 1):
        values = dict(zip(FIELDS, row, strict=True))
        yield Change(values={"number": number, "place": _wkb(place), **values})


def _wkb(place: Any) -> bytes:
    if place.ndim == 1:
        return struct.pack("<BIdd", 1, 1, *place)
    return struct.pack("<BIII", 1, 3, 1, len(place)) + bytes(place.astype("<f8").tobytes())


# --- asking -----------------------------------------------------------------------------------


def ask(folder: Path) -> list[Figure]:
    """Tiles from `allmende serve`."""
    with served(folder) as (address, _, pid):
        client = Client(int(address.rpartition(":")[2]), pid)
        before = memory(pid)
        start = time.perf_counter()
        client.tile("trees", *tile_data.fullest()[0], ORDERS[0])
        first = (time.perf_counter() - start) * 1000
        for order in ORDERS[:2]:
            client.tile("buildings", *tile_data.fullest()[0], order)
        return [
            client.fresh("tile of 6,000 trees, made", "ST_AsMVT trees", TARGET),
            client.fresh("tile of 6,000 trees, made and packed", "", None, "gzip"),
            client.made("trees", "tile of 6,000 trees, made, new fields", "", None),
            client.kept("trees", "tile of 6,000 trees, kept", "TiPg trees", TARGET),
            client.kept("trees", "tile of 6,000 trees, kept and packed", "", None, "gzip"),
            client.made("buildings", "tile of 1,500 buildings, made", "ST_AsMVT buildings", None),
            client.kept("buildings", "tile of 1,500 buildings, kept", "TiPg buildings", None),
            Figure("first tile, 200,000 rows are read", first, "ms"),
            Figure("memory for both collections", memory(pid) - before, "MiB"),
        ]


class Client:
    """One connection to the server, and what the server has worked for it."""

    def __init__(self, port: int, pid: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.pid = pid
        self.places = tile_data.fullest()

    def tile(self, name: str, row: int, column: int, order: str, coding: str = "identity") -> int:
        """Bytes of a tile."""
        path = f"/ogc/collections/{name}/tiles/WebMercatorQuad/{ZOOM}/{row}/{column}"
        self.connection.request(
            "GET", f"{path}?properties={order}", headers={"accept-encoding": coding}
        )
        answer = self.connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            sys.exit(f"the server answers {answer.status}: {body[:300]!r}")
        return len(body)

    def fresh(
        self, title: str, peer: str, target: float | None, coding: str = "identity"
    ) -> Figure:
        """Tiles that are not ready, of fields that were asked for before."""
        places = [(order, place) for order in ORDERS[:IN_TURN] for place in self.places]
        used, count = 0.0, 0
        for _ in range(ROUNDS):
            size = sum(self.tile("trees", *place, order) for order, place in places)
            if size <= tiles.TILE_BYTES:
                sys.exit("the server can keep all these tiles")
            start = tile_data.seconds([self.pid])
            for order, place in places:
                self.tile("trees", *place, order, coding)
            used += tile_data.seconds([self.pid]) - start
            count += len(places)
        return Figure(title, count / used, "tiles/core-s", target, more=True, peer=peer)

    def made(self, name: str, title: str, peer: str, target: float | None) -> Figure:
        """Every tile is asked for once, with each of the orders that are still new."""

        def work() -> int:
            asked = [
                self.tile(name, *place, order)
                for order in ORDERS[IN_TURN:]
                for place in self.places
            ]
            return len(asked)

        return self._figure(title, work, peer, target)

    def kept(
        self, name: str, title: str, peer: str, target: float | None, coding: str = "identity"
    ) -> Figure:
        """The same tiles again and again."""
        for place in self.places:
            self.tile(name, *place, ORDERS[0], coding)

        def work() -> int:
            for _ in range(25):
                for place in self.places:
                    self.tile(name, *place, ORDERS[0], coding)
            return 25 * len(self.places)

        return self._figure(title, work, peer, target)

    def _figure(
        self, title: str, work: Callable[[], int], peer: str, target: float | None
    ) -> Figure:
        start = tile_data.seconds([self.pid])
        count = work()
        rate = count / (tile_data.seconds([self.pid]) - start)
        return Figure(title, rate, "tiles/core-s", target, more=True, peer=peer)


async def edit(folder: Path) -> list[Figure]:
    """From the end of an edit to the tile that shows it."""
    numbers = itertools.count(1)
    row, column = tile_data.fullest()[0]
    wanted = tiles.Asked(grid="WebMercatorQuad", zoom=ZOOM, row=row, column=column)
    async with Platform.open(Settings(data=folder)) as platform:
        seen = await collections.get(platform, SYSTEM, "trees")
        await tiles.cut(platform, SYSTEM, [seen], wanted)
        times = []

        async def once() -> None:
            values = {"number": next(numbers), "height": 1.5}
            await collections.write(platform, SYSTEM, "trees", [Change(values=values)])
            start = time.perf_counter()
            found = await collections.get(platform, SYSTEM, "trees")
            await tiles.cut(platform, SYSTEM, [found], wanted)
            times.append(time.perf_counter() - start)

        await milliseconds_async(once, runs=30)
    return [Figure("tile after an edit among 200,000 rows", sorted(times)[15] * 1000, "ms")]


def peer_figures() -> dict[str, float]:
    """Tiles per CPU second of the peers, or none when they cannot run here."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.peers.tiles"], capture_output=True, text=True, check=False
    )
    if done.returncode:
        print(f"TiPg and PostGIS are not measured: {done.stderr.strip()[-600:]}")
        return {}
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _beside(each: Figure, peer: dict[str, float]) -> Figure:
    known = peer.get(each.peer)
    said = (each.name, each.value, each.unit, each.target, each.more)
    return Figure(*said, each.peer, known, peer_measured=True) if known else Figure(*said)


if __name__ == "__main__":
    main()
