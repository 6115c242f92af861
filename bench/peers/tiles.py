# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""TiPg from PyPI on PostGIS, and PostGIS' own ST_AsMVT without a server.

`python -m bench.peers.tiles` prints JSON with tiles per CPU second of server and database.
Needs Debian's postgresql-15-postgis-3; the first run makes a virtual environment below
bench/results/ for TiPg.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

import psycopg
from tests.support.postgres import SETTINGS, USER, Cluster, find_binaries

from bench import tile_data

HOME = Path(__file__).resolve().parents[1] / "results" / "peers" / "tipg"
PACKAGES = ["tipg==1.6.1", "uvicorn[standard]"]
ROUNDS = 3
LAYERS = ("trees", "buildings")


def main() -> None:
    """Measures and prints."""
    binaries = find_binaries()
    if binaries is None:
        sys.exit("needs Debian's postgresql-15 and postgresql-15-postgis-3")
    with tempfile.TemporaryDirectory(prefix="tipg-peer-") as name, ExitStack() as stack:
        Path(name).chmod(0o755)
        (folder := Path(name) / "pg").mkdir()
        number = _port()  # TiPg wants a host and a port
        SETTINGS.update(listen_addresses="127.0.0.1", port=str(number), shared_buffers="1GB")
        os.environ["PGPORT"] = str(number)
        cluster = Cluster(binaries, folder)
        cluster.start()
        stack.callback(cluster.stop)
        database = cluster.create()
        address = f"postgresql://{USER}@127.0.0.1:{number}/{database}"
        with psycopg.connect(address, autocommit=True) as db:
            _fill(db)
            figures = {f"ST_AsMVT {name}": _direct(db, name) for name in LAYERS}
        postmaster = int((folder / "data" / "postmaster.pid").read_text().split()[0])
        port, server = stack.enter_context(_tipg(address))
        figures |= {f"TiPg {name}": _asked(port, name, [postmaster, server]) for name in LAYERS}
    print(json.dumps(figures))


def _fill(db: psycopg.Connection[Any]) -> None:
    db.execute("create extension if not exists postgis")
    for name, kind, found in (
        ("trees", "Point", tile_data.trees()),
        ("buildings", "Polygon", tile_data.buildings()),
    ):
        db.execute(
            f"create table {name} (id integer primary key, geom geometry({kind}, 4326), "
            "species text, height float8, planted integer, kind text)"
        )
        places, columns = found
        rows = zip(*(columns[field] for field in tile_data.FIELDS), strict=True)
        with db.cursor().copy(f"copy {name} from stdin") as copy:
            for number, (place, row) in enumerate(zip(places, rows, strict=True)):
                copy.write_row((number + 1, _ewkb(place), *row))
        db.execute(f"create index on {name} using gist (geom)")
        db.execute(f"create table {name}_web as select * from {name}")
        db.execute(
            f"alter table {name}_web alter geom type geometry({kind}, 3857) "
            "using st_transform(geom, 3857)"
        )
        db.execute(f"create index on {name}_web using gist (geom)")
    db.execute("vacuum analyze")


def _ewkb(place: Any) -> str:
    if place.ndim == 1:
        return struct.pack("<BIIdd", 1, 0x20000001, 4326, *place).hex()
    head = struct.pack("<BIIII", 1, 0x20000003, 4326, 1, len(place))
    return (head + place.astype("<f8").tobytes()).hex()


def _direct(db: psycopg.Connection[Any], name: str) -> float:
    """ST_AsMVT on geometries stored in EPSG:3857, without any server."""
    pid = db.info.backend_pid
    db.execute("set max_parallel_workers_per_gather = 0")
    db.execute("set jit = off")
    query = (
        "select st_asmvt(q, 'layer', 4096, 'geom') from (select id, species, height, planted, "
        "kind, st_asmvtgeom(geom, st_tileenvelope(%(z)s, %(x)s, %(y)s), 4096, 64) as geom "
        f"from {name}_web where geom && st_tileenvelope(%(z)s, %(x)s, %(y)s)) as q"
    )

    def tile(row: int, column: int) -> int:
        found = db.execute(query, {"z": tile_data.ZOOM, "x": column, "y": row}).fetchone()
        return len(found[0]) if found else 0

    return _rate(tile, [pid])


def _rate(tile: Callable[[int, int], int], pids: list[int]) -> float:
    """Tiles per CPU second, each of the fullest tiles three times after a first round."""
    places = tile_data.fullest()
    for place in places:
        if not tile(*place):
            sys.exit("the peer answers with an empty tile: nothing to compare")
    start = tile_data.seconds(pids)
    for _ in range(ROUNDS):
        for place in places:
            tile(*place)
    return ROUNDS * len(places) / (tile_data.seconds(pids) - start)


def _asked(port: int, name: str, pids: list[int]) -> float:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    fields = ",".join(tile_data.FIELDS)

    def tile(row: int, column: int) -> int:
        connection.request(
            "GET",
            f"/collections/public.{name}/tiles/WebMercatorQuad/{tile_data.ZOOM}/{column}/{row}"
            f"?properties={fields}&buffer=64&limit=20000",
        )
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            sys.exit(f"TiPg answers {answer.status}: {body[:300]!r}")
        return len(body)

    return _rate(tile, pids)


def _port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def _tipg(database: str) -> Iterator[tuple[int, int]]:
    if not (HOME / "bin" / "uvicorn").exists():
        subprocess.run([sys.executable, "-m", "venv", str(HOME)], check=True)
        subprocess.run(
            [HOME / "bin" / "pip", "install", "--quiet", *PACKAGES],
            check=True,
            capture_output=True,
        )
    port = _port()
    environment = {
        **os.environ,
        "DATABASE_URL": database,
        "TIPG_DB_SCHEMAS": '["public"]',
        "TIPG_MAX_FEATURES_PER_TILE": "20000",
    }
    command = [str(HOME / "bin" / "uvicorn"), "tipg.main:app", "--port", str(port)]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [*command, "--no-access-log"], env=environment, stdout=log, stderr=log
        )
        try:
            _wait(port, process, log)
            yield port, process.pid
        finally:
            process.terminate()
            process.wait(20)


def _wait(port: int, process: subprocess.Popen[bytes], log: IO[bytes]) -> None:
    for _ in range(240):
        if process.poll() is not None:
            log.seek(0)
            sys.exit(f"TiPg ends by itself: {log.read()[-1500:].decode()}")
        try:
            http.client.HTTPConnection("127.0.0.1", port, timeout=30).request("GET", "/")
        except OSError:
            time.sleep(0.25)
        else:
            return
    sys.exit("TiPg does not answer")


if __name__ == "__main__":
    main()
