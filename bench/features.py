# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Features of 200,000 trees and 50,000 buildings over HTTP, per CPU second of the server.

`allmende serve` on SQLite and on PostgreSQL beside pygeoapi, TiPg and QGIS Server, one worker
each, all asked for the same in the same run (bench/feature_data.py).

python -m bench.features [--no-peer] [--no-postgres]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote, urlencode

import anyio

from allmende.core import collections
from allmende.core.collections import Change, CollectionEntry
from allmende.core.platform import Platform
from allmende.core.settings import Settings
from allmende.model.document import Entity, Field, FieldType, GeometryType, Model
from allmende.policy import SYSTEM
from bench import feature_data
from bench.feature_client import measure
from bench.feature_data import CASES, KINDS, METRES, Ask
from bench.figures import RESULTS, Figure, show
from bench.server import served

BATCH = 1_000
SQLITE, POSTGRES = "Allmende, SQLite", "Allmende, PostgreSQL"
TYPES = {
    "integer": FieldType.INTEGER,
    "number": FieldType.NUMBER,
    "text": FieldType.STRING,
    "date": FieldType.DATE,
}
SHAPES = {"trees": GeometryType.POINT, "buildings": GeometryType.POLYGON}


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-peer", action="store_true")
    parser.add_argument("--no-postgres", action="store_true")
    options = parser.parse_args()
    with TemporaryDirectory(prefix="allmende-bench-") as name:
        found = {SQLITE: on_sqlite(Path(name))}
    if not options.no_postgres:
        found |= on_postgres()
    peers = {} if options.no_peer else peer_figures()
    show("Features of 200,000 trees", figures(found[SQLITE], peers))
    print(table(found | peers))
    kept = RESULTS / "features-by-server.json"
    kept.write_text(json.dumps(found | peers, indent=1), "utf-8")


# --- ours -------------------------------------------------------------------------------------


def on_sqlite(folder: Path) -> dict[str, Any]:
    """Figures of `allmende serve` on a new folder."""
    anyio.run(fill, Settings(data=folder))
    with served(folder) as (address, _, pid):
        return measure(int(address.rpartition(":")[2]), [pid], path)


def on_postgres() -> dict[str, Any]:
    """Figures of `allmende serve` on a cluster of its own, or none when there is no PostGIS."""
    import psycopg
    from tests.support.postgres import Cluster, find_binaries

    binaries = find_binaries()
    if binaries is None:
        print("PostgreSQL is not measured: it is not installed.")
        return {}
    with TemporaryDirectory(prefix="allmende-bench-pg-") as name, TemporaryDirectory() as data:
        Path(name).chmod(0o755)
        (folder := Path(name) / "pg").mkdir()
        cluster = Cluster(binaries, folder)
        cluster.start()
        try:
            url = cluster.url(cluster.create())
            anyio.run(fill, Settings(data=Path(data), database=url))
            with psycopg.connect(url, autocommit=True) as db:
                db.execute("vacuum analyze")
                db.execute("checkpoint")
            os.environ["ALLMENDE_DATABASE"] = url
            pid = int((folder / "data" / "postmaster.pid").read_text().split()[0])
            with served(Path(data)) as (address, _, server):
                port = int(address.rpartition(":")[2])
                return {POSTGRES: measure(port, [server, pid], path)}
        finally:
            os.environ.pop("ALLMENDE_DATABASE", None)
            cluster.stop()


async def fill(settings: Settings) -> None:
    """Makes the two collections."""
    async with Platform.open(settings) as platform:
        for name in KINDS:
            entry = CollectionEntry(id=name, model=_model(name), organisation="bench")
            await collections.create(platform, SYSTEM, entry)
            changes = list(_changes(name))
            for start in range(0, len(changes), BATCH):
                part = changes[start : start + BATCH]
                await collections.write(platform, SYSTEM, name, part)


def _model(name: str) -> Model:
    fields = [Field(name=each, type=TYPES[kind]) for each, kind in KINDS[name].items()]
    fields.append(Field(name="place", type=FieldType.GEOMETRY, geometry=SHAPES[name]))
    return Model(id=name, entities=[Entity(name="Thing", key=["number"], fields=fields)])


def _changes(name: str) -> Iterator[Change]:
    places, columns = feature_data.layer(name)
    for place, row in zip(places, zip(*columns.values(), strict=True), strict=True):
        values = dict(zip(columns, row, strict=True))
        yield Change(values=values | {"place": feature_data.wkb(place)})


def path(ask: Ask) -> str:
    """The address of a request."""
    start = f"/ogc/collections/{ask.layer}/items"
    if ask.number:
        return f"{start}/{ask.number}?f=geojson"
    asked: dict[str, object] = {"f": "geojson", "limit": ask.limit}
    if ask.box:
        asked["bbox"] = ",".join(map(str, ask.box))
    if ask.metres:
        asked |= {"crs": METRES, "bbox-crs": METRES}
    if ask.species:
        asked |= {"filter": ask.cql2, "filter-lang": "cql2-text"}
    return f"{start}?{urlencode(asked, quote_via=quote, safe=',:/')}"


# --- beside others ----------------------------------------------------------------------------


def peer_figures() -> dict[str, dict[str, Any]]:
    """Figures by server; what cannot run here is said and left out."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.peers.features"],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        print("The peers are not measured.")
        return {}
    return dict(json.loads(done.stdout.splitlines()[-1]))


def figures(own: dict[str, Any], peers: dict[str, dict[str, Any]]) -> list[Figure]:
    """Ours on SQLite beside the best of the peers for each kind of request."""
    made = []
    for name, case in CASES.items():
        said = (case.title, _number(own[name]), "answers/core-s", case.target)
        same = [each for each in peers if name not in peers[each].get("less", ())]
        best = max(same, key=lambda each: _number(peers[each].get(name)), default="")
        value = _number(peers[best].get(name)) if best else 0
        if value:
            made.append(Figure(*said, True, best, value, peer_measured=True))
        else:
            made.append(Figure(*said, more=True))
    made.append(Figure("memory of the server (PSS)", own["memory"], "MiB", 400))
    return made


def table(found: dict[str, dict[str, Any]]) -> str:
    """Every server beside every other one as a table in Markdown; reasons stand below it."""
    lines = [f"\n| answers per CPU second | {' | '.join(found)} |"]
    lines.append("|---|" + "---:|" * len(found))
    for name, case in CASES.items():
        cells = [_cell(each, name) for each in found.values()]
        lines.append(f"| {case.title} | {' | '.join(cells)} |")
    cells = [f"{each['memory']:.0f}" if "memory" in each else "–" for each in found.values()]
    lines.append(f"| memory of the server (PSS), MiB | {' | '.join(cells)} |")
    for server, each in found.items():
        said = {name: why for name, why in each.items() if isinstance(why, str)}
        lines += [f"\n{server}, {name}: {why}" for name, why in said.items()]
        lines += [f"\n\\* {server}, {name}: {why}" for name, why in each.get("less", {}).items()]
    return "\n".join(lines)


def _cell(figures: dict[str, Any], name: str) -> str:
    value = _number(figures.get(name))
    star = "\\*" if name in figures.get("less", ()) else ""
    return f"{value:,.{0 if value >= 100 else 1}f}{star}" if value else "–"


def _number(value: Any) -> float:
    return value if isinstance(value, float | int) else 0.0


if __name__ == "__main__":
    main()
