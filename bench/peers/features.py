# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""pygeoapi and TiPg from PyPI, QGIS Server from Debian, asked for features over HTTP.

`python -m bench.peers.features [NAME…]` prints JSON: per server, answers per CPU second of
the server and its database for each case of bench/feature_data.py, and memory. Needs Debian's
postgresql-15-postgis-3, libsqlite3-mod-spatialite, qgis-server and python3-qgis; the first
run makes virtual environments below bench/results/peers/.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import psycopg
from tests.support.postgres import SETTINGS, USER, Cluster, find_binaries

from bench.feature_client import CONNECTIONS, Paths, measure
from bench.feature_data import METRES, Ask
from bench.peers.feature_store import fill_geopackage, fill_postgis

HOME = Path(__file__).resolve().parents[1] / "results" / "peers"
DEBIAN = "/usr/bin/python3"  # its sqlite3 can load SpatiaLite, and it knows QGIS
PYGEOAPI = ("pygeoapi==0.21.0", "gunicorn", "psycopg2-binary", "geoalchemy2")
TIPG = ("tipg==1.6.1", "uvicorn[standard]")
LESS = {"less": {"filter": "is asked for the species only, because it has no CQL2"}}
PATIENCE = 60.0  # seconds until a server answers


class Place:
    """Where the data are: a GeoPackage and, when PostGIS is there, a database."""

    def __init__(self, folder: Path, port: int, database: str, postmaster: int) -> None:
        self.folder, self.port, self.database = folder, port, database
        self.postmaster = postmaster
        self.geopackage = folder / "bench.gpkg"


def main() -> None:
    """Measures and prints."""
    wanted = sys.argv[1:] or list(SERVERS)
    figures = {}
    with tempfile.TemporaryDirectory(prefix="feature-peers-") as name, ExitStack() as stack:
        place = stack.enter_context(_place(Path(name)))
        for server in wanted:
            try:
                figures[server] = SERVERS[server](place)
            except (RuntimeError, OSError, subprocess.CalledProcessError) as error:
                told = getattr(error, "stderr", None) or b""
                figures[server] = {"set-up": f"{error} {told.decode()[-600:]}".strip()}
                print(f"{server} is not measured: {figures[server]['set-up']}", file=sys.stderr)
    print(json.dumps(figures))


@contextmanager
def _place(folder: Path) -> Iterator[Place]:
    folder.chmod(0o755)
    binaries = find_binaries()
    if binaries is None:
        sys.exit("needs Debian's postgresql-15 and postgresql-15-postgis-3")
    (home := folder / "pg").mkdir()
    number = _port()  # TiPg wants a host and a port
    SETTINGS.update(listen_addresses="127.0.0.1", port=str(number), shared_buffers="512MB")
    os.environ["PGPORT"] = str(number)
    cluster = Cluster(binaries, home)
    cluster.start()
    try:
        database = cluster.create()
        with psycopg.connect(_address(number, database), autocommit=True) as db:
            fill_postgis(db)
        postmaster = int((home / "data" / "postmaster.pid").read_text().split()[0])
        place = Place(folder, number, database, postmaster)
        fill_geopackage(place.geopackage)
        yield place
    finally:
        cluster.stop()


def _address(port: int, database: str) -> str:
    return f"postgresql://{USER}@127.0.0.1:{port}/{database}"


# --- TiPg ---------------------------------------------------------------------------------------


def tipg(place: Place) -> dict[str, Any]:
    """TiPg on PostGIS; it knows no other CRS than that of the map."""
    home = _environment("tipg", TIPG)
    environment = {
        "DATABASE_URL": _address(place.port, place.database),
        "TIPG_DB_SCHEMAS": '["public"]',
        "TIPG_MAX_FEATURES_PER_QUERY": "10000",
    }
    port = _port()
    command = [str(home / "bin" / "uvicorn"), "tipg.main:app", "--no-access-log"]
    with _running([*command, "--port", str(port)], port, environment) as pid:
        without = {"metres": "TiPg gives CRS84 only"}
        return measure(port, [pid, place.postmaster], _tipg_path, without) | without


def _tipg_path(ask: Ask) -> str:
    start = f"/collections/public.{ask.layer}/items"
    if ask.number:
        return f"{start}/{ask.number}?f=geojson"
    return f"{start}?{_asked(ask, 'geojson', 'cql2-text')}"


# --- pygeoapi -----------------------------------------------------------------------------------


def pygeoapi_postgis(place: Place) -> dict[str, Any]:
    """pygeoapi with its provider for PostgreSQL."""
    data = {
        "host": "127.0.0.1",
        "port": place.port,
        "dbname": place.database,
        "user": USER,
        "password": "none",
        "search_path": ["public"],
    }
    known = {"name": "PostgreSQL", "data": data, "id_field": "number", "geom_field": "geom"}
    return _pygeoapi(place, known, [place.postmaster], _pygeoapi_path)


def pygeoapi_geopackage(place: Place) -> dict[str, Any]:
    """pygeoapi with its provider for GeoPackage.

    Of the filter it gets the species only, having no CQL; one connection, because two requests
    at a time end in errors.
    """
    known = {"name": "SQLiteGPKG", "data": str(place.geopackage), "id_field": "fid"}
    return _pygeoapi(place, known, [], _pygeoapi_plain_path, 1) | LESS


def _pygeoapi(
    place: Place,
    provider: dict[str, Any],
    others: list[int],
    paths: Paths,
    connections: int = CONNECTIONS,
) -> dict[str, Any]:
    home = _environment("pygeoapi", PYGEOAPI, python=DEBIAN)
    port = _port()
    settings = place.folder / f"{provider['name']}.yml"
    settings.write_text(json.dumps(_pygeoapi_settings(provider, port)))  # JSON is YAML
    described = settings.with_suffix(".openapi.yml")
    environment = {"PYGEOAPI_CONFIG": str(settings), "PYGEOAPI_OPENAPI": str(described)}
    making: list[str | Path] = [home / "bin" / "pygeoapi", "openapi", "generate", settings]
    subprocess.run(
        [*making, "--output-file", described],
        check=True,
        capture_output=True,
        env=os.environ | environment,
    )
    command = [str(home / "bin" / "gunicorn"), "-w", "1", "--threads", "4"]
    command += ["-b", f"127.0.0.1:{port}", "pygeoapi.flask_app:APP"]
    with _running(command, port, environment) as pid:
        return measure(port, [pid, *others], paths, connections=connections)


def _pygeoapi_settings(provider: dict[str, Any], port: int) -> dict[str, Any]:
    crs = ["http://www.opengis.net/def/crs/OGC/1.3/CRS84", METRES]
    extent = {"spatial": {"bbox": [11, 50, 12, 52], "crs": crs[0]}}
    layers = {
        name: {
            "type": "collection",
            "title": name,
            "description": name,
            "keywords": [name],
            "links": [],
            "extents": extent,
            "providers": [
                {"type": "feature", "table": name, "crs": crs, "storage_crs": crs[0]} | provider
            ],
        }
        for name in ("trees", "buildings")
    }
    return {
        "server": {
            "bind": {"host": "127.0.0.1", "port": port},
            "url": f"http://127.0.0.1:{port}",
            "mimetype": "application/json; charset=UTF-8",
            "encoding": "utf-8",
            "languages": ["en-US"],
            "limits": {"default_items": 10, "max_items": 10_000},
            "map": {"url": "http://127.0.0.1/", "attribution": ""},
        },
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": {
                "title": "bench",
                "description": "bench",
                "keywords": ["bench"],
                "terms_of_service": "none",
                "url": "http://127.0.0.1/",
            },
            "license": {"name": "none", "url": "http://127.0.0.1/"},
            "provider": {"name": "bench", "url": "http://127.0.0.1/"},
            "contact": {"name": "bench"},
        },
        "resources": layers,
    }


def _pygeoapi_path(ask: Ask) -> str:
    start = f"/collections/{ask.layer}/items"
    if ask.number:
        return f"{start}/{ask.number}?f=json"
    return f"{start}?{_asked(ask, 'json', 'cql-text')}"


def _pygeoapi_plain_path(ask: Ask) -> str:
    return _pygeoapi_path(ask._replace(species="")) + _equal(ask)


# --- QGIS Server --------------------------------------------------------------------------------


def qgis(place: Place) -> dict[str, Any]:
    """QGIS Server on a GeoPackage; of the filter it gets the species only, having no CQL2."""
    project = place.folder / "bench.qgs"
    quiet = {"QT_QPA_PLATFORM": "offscreen", "XDG_RUNTIME_DIR": str(place.folder)}
    writer = Path(__file__).with_name("qgis_project.py")
    subprocess.run(
        [DEBIAN, writer, place.geopackage, project],
        check=True,
        capture_output=True,
        env=os.environ | quiet,
    )
    port = _port()
    command = ["qgis_mapserver", "-l", "2", "-p", str(project), f"127.0.0.1:{port}"]
    with _running(command, port, quiet) as pid:
        return measure(port, [pid], _qgis_path) | LESS


def _qgis_path(ask: Ask) -> str:
    start = f"/wfs3/collections/{ask.layer}/items"
    if ask.number:
        return f"{start}/{ask.number}.json"
    asked = _asked(ask._replace(species=""), "", "").replace("/EPSG/0/", "/EPSG/9.6.2/")
    return f"{start}.json?{asked}{_equal(ask)}"


SERVERS: Mapping[str, Callable[[Place], dict[str, Any]]] = {
    "pygeoapi 0.21, PostGIS": pygeoapi_postgis,
    "pygeoapi 0.21, GeoPackage": pygeoapi_geopackage,
    "TiPg 1.6.1, PostGIS": tipg,
    "QGIS Server, GeoPackage": qgis,
}


# --- running ------------------------------------------------------------------------------------


def _asked(ask: Ask, ending: str, language: str) -> str:
    """The parameters that all of them share."""
    asked: dict[str, object] = {"limit": ask.limit}
    if ending:
        asked["f"] = ending
    if ask.box:
        asked["bbox"] = ",".join(map(str, ask.box))
    if ask.metres:
        asked |= {"crs": METRES, "bbox-crs": METRES}
    if ask.species:
        asked |= {"filter": ask.cql2, "filter-lang": language}
    return urlencode(asked, quote_via=quote, safe=",:/")


def _equal(ask: Ask) -> str:
    """The part of the filter that is a parameter for servers without CQL2."""
    return "&species=" + quote(ask.species, safe="") if ask.species else ""


def _environment(name: str, packages: tuple[str, ...], python: str = sys.executable) -> Path:
    """A virtual environment with these packages, made once."""
    home, done = HOME / name, HOME / name / ".ready"
    if not done.exists():
        print(f"installing {packages[0]}", file=sys.stderr)
        subprocess.run([python, "-m", "venv", str(home)], check=True, capture_output=True)
        pip: list[str | Path] = [home / "bin" / "pip", "install", "--quiet", *packages]
        subprocess.run(pip, check=True, capture_output=True)
        done.touch()
    return home


def _port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def _running(command: list[str], port: int, environment: Mapping[str, str]) -> Iterator[int]:
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, env=os.environ | environment, stdout=log, stderr=log)
        try:
            until = time.monotonic() + PATIENCE
            while not _answers(port):
                if process.poll() is not None or time.monotonic() > until:
                    log.seek(0)
                    raise RuntimeError(f"it does not answer: {log.read()[-1500:].decode()}")
                time.sleep(0.2)
            yield process.pid
        finally:
            process.terminate()
            process.wait(20)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", "/")
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


if __name__ == "__main__":
    main()
