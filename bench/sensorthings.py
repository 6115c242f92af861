# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""SensorThings over HTTP as people run it: `allmende serve`, one process, every write durable.

2,000 datastreams with a month of quarter-hourly values each for 200 of them. Clients send
ready-made requests over sockets that stay open, from the same machine.

python -m bench.sensorthings [--no-peer]
"""

from __future__ import annotations

import argparse
import json
import socket
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

import anyio

from allmende.core import people, sensing, tokens
from allmende.core.platform import Platform
from allmende.core.sensing import keeping
from allmende.core.settings import Settings
from allmende.policy import SYSTEM, Role, Scope
from bench import observations
from bench.figures import Figure, show
from bench.server import memory, served

ROOT = "/sensorthings/v1.1"
SECONDS = 4.0
ROWS = 1_000
RUNS = 15


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-peer", action="store_true")
    options = parser.parse_args()
    with TemporaryDirectory(prefix="allmende-bench-") as name:
        token = anyio.run(fill, Path(name))
        with served(Path(name)) as (address, _, pid):
            figures = ask(int(address.rpartition(":")[2]), token)
            figures.append(Figure("memory of the server", memory(pid), "MiB", 400))
    peer = {} if options.no_peer else peer_figures()
    show("SensorThings over HTTP", [_beside(each, peer) for each in figures])


async def fill(folder: Path) -> str:
    """Makes the datastreams with a month of values; the token of a writer."""
    async with Platform.open(Settings(data=folder)) as platform:
        long = await observations.things(platform, "long", observations.LONG)
        short = await observations.things(platform, "short", observations.SHORT)
        await observations.fill(platform, long, 33)
        await observations.fill(platform, short, 2)
        await keeping.pack_settled(platform, observations.START + 33 * 96 * observations.STEP)
        assert (await sensing.latest(platform, SYSTEM))[long[0]].n == 33 * 96
        await people.save_organisation(platform, SYSTEM, "jena", {"de": "Jena"})
        made = await tokens.create_token(
            platform,
            SYSTEM,
            name="bench",
            organisation="jena",
            role=Role.CONTRIBUTOR,
            scopes={Scope.SENSORS_WRITE},
        )
    return made.key


# --- asking ------------------------------------------------------------------------------


class Client:
    """A connection that sends bytes and reads answers with a Content-Length."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

        self.buffer = memoryview(bytearray(8_000_000))

    def send(self, request: bytes) -> tuple[int, bytes]:
        """Status and body."""
        self.socket.sendall(request)
        got, end = self._more(0), -1
        while end < 0:
            end = bytes(self.buffer[: min(got, 4_000)]).find(b"\r\n\r\n")
            got = got if end >= 0 else self._more(got)
        head = bytes(self.buffer[:end]).lower()
        place = head.find(b"content-length:")
        total = end + 4 + (int(head[place + 15 :].split(b"\r\n")[0]) if place >= 0 else 0)
        while got < total:
            got = self._more(got)
        return int(head[9:12]), bytes(self.buffer[end + 4 : total])

    def _more(self, got: int) -> int:
        count = self.socket.recv_into(self.buffer[got:])
        if not count:
            raise ConnectionError("the server has closed the connection")
        return got + count


def request(method: str, path: str, token: str = "", body: object = None) -> bytes:
    """A ready-made request."""
    data = b"" if body is None else json.dumps(body).encode()
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n"
    if token:
        head += f"Authorization: Bearer {token}\r\n"
    if data:
        head += f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n"
    return head.encode() + b"\r\n" + data


def ask(port: int, token: str) -> list[Figure]:
    """Everything that TARGETS and the users of other servers ask for."""
    found = []
    for clients, target in ((1, 1_500), (4, None), (16, 5_000)):
        rate = posts(port, token, clients)
        name = f"one observation a request, {clients} client{'s' if clients > 1 else ''}"
        found.append(Figure(name, rate, "observations/s", target, more=True))
    found.append(arrays(port, token, 1))
    found.append(arrays(port, token, 100))
    found += reads(port)
    return found


def _second(day: str, number: int) -> str:
    return f"{day}T{number // 3600:02d}:{number // 60 % 60:02d}:{number % 60:02d}Z"


def posts(port: int, token: str, clients: int) -> float:
    """Observations a second that so many clients get stored, one in each request."""
    counts = [0] * clients
    until = time.monotonic() + SECONDS

    def work(place: int) -> None:
        client = Client(port)
        bodies = [
            request(
                "POST",
                f"{ROOT}/Observations",
                token,
                {
                    "phenomenonTime": _second(f"2026-11-{1 + place:02d}", n),
                    "result": 20 + n % 90 / 10,
                    "Datastream": {"@iot.id": 1 + (place * 97 + n) % 2_000},
                },
            )
            for n in range(4_000)
        ]
        ready.wait()
        while time.monotonic() < until:
            status, body = client.send(bodies[counts[place] % len(bodies)])
            if status != 201:
                raise RuntimeError(f"{status}: {body[:300]!r}")
            counts[place] += 1

    ready = threading.Barrier(clients + 1)
    threads = [threading.Thread(target=work, args=(place,)) for place in range(clients)]
    for each in threads:
        each.start()
    ready.wait()
    start = time.monotonic()
    until = start + SECONDS
    for each in threads:
        each.join()
    return sum(counts) / (time.monotonic() - start)


def arrays(port: int, token: str, streams: int) -> Figure:
    """Observations a second in requests of 1,000 in data arrays."""
    client = Client(port)
    times = []
    for turn in range(10):
        groups = [
            {
                "Datastream": {"@iot.id": 1 + stream},
                "components": ["phenomenonTime", "result"],
                "dataArray@iot.count": ROWS // streams,
                "dataArray": [
                    [
                        _second(f"2025-{turn + 1:02d}-01", n),
                        n / 10,
                    ]
                    for n in range(ROWS // streams)
                ],
            }
            for stream in range(streams)
        ]
        ready = request("POST", f"{ROOT}/CreateObservations", token, groups)
        start = time.perf_counter()
        status, body = client.send(ready)
        times.append(time.perf_counter() - start)
        if status != 201 or b"error" in body:
            raise RuntimeError(f"{status}: {body[:300]!r}")
    name = (
        f"data array of {ROWS:,} observations of {streams} datastream{'s' if streams > 1 else ''}"
    )
    return Figure(name, ROWS / statistics.median(times), "observations/s", 50_000, more=True)


def reads(port: int) -> list[Figure]:
    """What is asked for most."""
    month = quote(
        "phenomenonTime ge 2024-01-01T00:00:00Z and phenomenonTime lt 2024-02-01T00:00:00Z"
    )
    latest = "$expand=Observations($orderby=phenomenonTime%20desc;$top=1)"
    asked = {
        ("a month of one datastream (2,976), JSON", 4.0): (
            f"{ROOT}/Datastreams(3)/Observations?$filter={month}&$top=10000"
        ),
        ("the same as data array", None): (
            f"{ROOT}/Datastreams(3)/Observations?$filter={month}&$top=10000&$resultFormat=dataArray"
        ),
        ("latest value of 2,000 datastreams", 30.0): f"{ROOT}/Datastreams?$top=2000&{latest}",
        ("latest value of 100 datastreams", None): f"{ROOT}/Datastreams?$top=100&{latest}",
        ("the ten newest observations of all", None): (
            f"{ROOT}/Observations?$orderby=phenomenonTime%20desc&$top=10"
        ),
        ("one datastream", None): f"{ROOT}/Datastreams(7)",
        ("things with their places", None): f"{ROOT}/Things?$expand=Locations",
    }
    client, found = Client(port), []
    for (name, target), path in asked.items():
        times = []
        for turn in range(RUNS):
            start = time.perf_counter()
            status, body = client.send(request("GET", path))
            if turn > 1:
                times.append((time.perf_counter() - start) * 1000)
            if status != 200:
                raise RuntimeError(f"{path}: {status}: {body[:300]!r}")
        print(f"{name}: {len(body):,} bytes, least {min(times):.2f} ms", file=sys.stderr)
        found.append(Figure(name, statistics.median(times), "ms", target))
    return found


def peer_figures() -> dict[str, float]:
    """django-ogc-sensorthings' figures, or none when it cannot run here."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.peers.sensorthings"],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        print(f"The peer is not measured: {done.stderr.strip()[-300:]}")
        return {}
    found: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def _beside(figure: Figure, peer: dict[str, float]) -> Figure:
    from dataclasses import replace

    if figure.name not in peer:
        return figure
    name = "django-ogc-sensorthings"
    return replace(figure, peer=name, peer_value=peer[figure.name], peer_measured=True)


if __name__ == "__main__":
    main()
