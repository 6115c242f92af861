# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""CKAN from PyPI with PostgreSQL, Redis and a stub for Solr, asked over HTTP.

`python -m bench.peers.ckan` prints JSON with milliseconds per operation. Needs Debian's
postgresql-15, redis-server, libpq-dev and libmagic1; the first run makes a virtual
environment below bench/results/ for it.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.support.postgres import Cluster, find_binaries

from bench import synthetic
from bench.peers import solr_stub

HOME = Path(__file__).resolve().parents[1] / "results" / "peers" / "ckan"
PACKAGES = ["ckan[requirements]==2.12.0", "ckanext-dcat==2.4.4", "gunicorn"]
RECORDS = 200
WORDS = ("statistik", "bremen", "verkehr", "2014", "baum")


def main() -> None:
    """Measures and prints."""
    with ExitStack() as stack:
        address, token = stack.enter_context(_running())
        figures = measure(address, token)
    print(json.dumps(figures))


def measure(address: str, token: str) -> dict[str, float]:
    """Milliseconds per operation (median) over HTTP, one client, of any CKAN Action API."""
    call = _Client(address, token)
    if "bench" not in call.action("organization_list", {}):
        call.action("organization_create", {"name": "bench"})
    packages = [_package(number, entry) for number, entry in enumerate(synthetic.entries(RECORDS))]
    writes = [_milliseconds(lambda p=p: call.action("package_create", p)) for p in packages]
    names = [package["name"] for package in packages[:40]]
    search = {"q": "*:*", "rows": 20, "facet.field": ["organization", "tags"]}
    found = call.action("package_search", search)
    if found["count"] < RECORDS or len(found["results"]) != 20:
        sys.exit(f"{address} answers {found['count']} of {RECORDS}: nothing to compare")
    return {
        "package_create": statistics.median(writes),
        "package_show": _median(lambda n: call.action("package_show", {"id": n}), names),
        "package_search": _median(
            lambda w: call.action("package_search", {**search, "q": w}), list(WORDS) * 8
        ),
        "dataset.ttl": _median(lambda n: call.page(f"/dataset/{n}.ttl"), names),
        "catalog.ttl": _median(lambda _: call.page("/catalog.ttl?page=1"), list(range(5))),
        "dataset page": _median(lambda n: call.page(f"/dataset/{n}"), names),
        "search page": _median(lambda w: call.page(f"/dataset/?q={w}"), list(WORDS) * 4),
    }


def _package(number: int, entry: Any) -> dict[str, Any]:
    resource = entry.resource
    title = next(iter(resource.title.values()), "")
    return {
        "name": f"bench-{number}",
        "title": title,
        "notes": next(iter(resource.description.values()), ""),
        "owner_org": "bench",
        "tags": [
            {"name": word}
            for words in resource.keyword.values()
            for word in words
            if 2 <= len(word) <= 100 and word.replace(" ", "").replace("-", "").isalnum()
        ],
        "resources": [
            {"url": each.access_url[0], "format": (each.format or "").rpartition("/")[2]}
            for each in resource.distribution
            if each.access_url
        ],
    }


class _Client:
    def __init__(self, address: str, token: str) -> None:
        self.address, self.token = address, token

    def action(self, name: str, body: dict[str, Any]) -> Any:
        request = urllib.request.Request(  # noqa: S310 - this machine only
            f"{self.address}/api/3/action/{name}",
            json.dumps(body).encode(),
            {"Authorization": self.token, "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            return json.load(answer)["result"]

    def page(self, path: str) -> bytes:
        with urllib.request.urlopen(self.address + path, timeout=60) as answer:  # noqa: S310
            return bytes(answer.read())


def _milliseconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return (time.perf_counter() - start) * 1000


def _median(call: Callable[[Any], object], values: list[Any]) -> float:
    for value in values[:2]:
        call(value)
    return statistics.median(_milliseconds(lambda v=v: call(v)) for v in values)


@contextmanager
def _running() -> Iterator[tuple[str, str]]:
    binaries = find_binaries()
    if binaries is None or shutil.which("redis-server") is None:
        sys.exit("needs Debian's postgresql-15 and redis-server")
    _install()
    with tempfile.TemporaryDirectory(prefix="ckan-peer-") as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "pg").mkdir()
        cluster = Cluster(binaries, folder / "pg")
        cluster.start()
        stack.callback(cluster.stop)
        redis = stack.enter_context(
            _process(["redis-server", "--save", "", "--port", str(port := _port())])
        )
        config = _configure(folder, cluster.url(cluster.create()), port)
        token = _prepare(config)
        web = stack.enter_context(_serve(config, http := _port()))
        _wait(f"http://127.0.0.1:{http}/api/3/action/status_show", web, redis)
        yield f"http://127.0.0.1:{http}", token


def _install() -> None:
    if (HOME / "bin" / "ckan").exists():
        return
    subprocess.run([sys.executable, "-m", "venv", str(HOME)], check=True)
    subprocess.run([HOME / "bin" / "pip", "install", "--quiet", *PACKAGES], check=True)


def _configure(folder: Path, database: str, redis_port: int) -> Path:
    config = folder / "ckan.ini"
    subprocess.run(
        [HOME / "bin" / "ckan", "generate", "config", str(config)], check=True, capture_output=True
    )
    settings = {
        "sqlalchemy.url": database,
        "ckan.site_url": "http://127.0.0.1",
        "solr_url": solr_stub.serve(),
        "ckan.redis.url": f"redis://127.0.0.1:{redis_port}/0",
        "ckan.plugins": "activity dcat structured_data",
        "ckan.storage_path": str(folder / "storage"),
    }
    lines = [
        line
        for line in config.read_text().splitlines()
        if line.partition("=")[0].strip() not in settings
    ]
    start = lines.index("[app:main]") + 1
    lines[start:start] = [f"{key} = {value}" for key, value in settings.items()]
    config.write_text("\n".join(lines))
    return config


def _prepare(config: Path) -> str:
    def ckan(*words: str) -> str:
        command = [str(HOME / "bin" / "ckan"), "-c", str(config), *words]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"ckan {' '.join(words)} failed: {done.stdout[-2000:]}{done.stderr[-2000:]}")
        return done.stdout

    ckan("db", "init")
    ckan("db", "upgrade", "-p", "activity")
    password = "bench-password-1"  # noqa: S105 - of a server that lives for a minute
    ckan("user", "add", "bench", "email=bench@example.org", f"password={password}")
    ckan("sysadmin", "add", "bench")
    output = ckan("user", "token", "add", "bench", "bench")
    return output.strip().splitlines()[-1].strip()


@contextmanager
def _serve(config: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    app = config.parent / "wsgi.py"
    app.write_text(
        "from ckan.config.middleware import make_app\n"
        "from ckan.cli import CKANConfigLoader\n"
        f"application = make_app(CKANConfigLoader({str(config)!r}).get_config())\n"
    )
    command = [str(HOME / "bin" / "gunicorn"), "-w", "1", "-b", f"127.0.0.1:{port}"]
    with _process([*command, "wsgi:application"], cwd=config.parent) as process:
        yield process


@contextmanager
def _process(command: list[str], cwd: Path | None = None) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        command, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


def _port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait(address: str, *processes: subprocess.Popen[bytes]) -> None:
    for _ in range(120):
        if any(process.poll() is not None for process in processes):
            sys.exit("a server of the peer ended by itself")
        try:
            with urllib.request.urlopen(address, timeout=5):  # noqa: S310
                return
        except OSError:
            time.sleep(0.5)
    sys.exit(f"{address} did not answer")


if __name__ == "__main__":
    os.environ.setdefault("PYTHONWARNINGS", "ignore")
    main()
