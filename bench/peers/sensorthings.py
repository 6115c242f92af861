# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""django-ogc-sensorthings from PyPI on PostgreSQL, asked what bench.sensorthings asks ours.

`python -m bench.peers.sensorthings` prints JSON of figures under the same names. The
project is as the README of the package says, with data arrays and a larger $top; durable
commits, a pool of connections, no sign-in, one uvicorn worker for each core. Needs
Debian's postgresql-15; the first run makes a virtual environment below bench/results/. What
the package refuses or answers wrongly is left out and said on stderr. An order by
phenomenonTime is one of these (500), so it is asked by resultTime, which is the same here.
"""

from __future__ import annotations

import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import quote

from tests.support.postgres import SETTINGS, USER, Cluster, find_binaries

from bench.peers.tiles import _port
from bench.sensorthings import ROWS, RUNS, SECONDS

HOME = Path(__file__).resolve().parents[1] / "results" / "peers" / "django-ogc-sensorthings"
PACKAGES = ["django-ogc-sensorthings==1.2.0", "psycopg[binary,pool]", "uvicorn[standard]"]
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
LONGEST = 30_000
"""Milliseconds after which a question is not asked once more."""
ROOT = "/sensorthings/v1.1"

PROJECT = """
import os
from uuid import UUID

SECRET_KEY = "bench"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "urls"
USE_TZ = True
INSTALLED_APPS = [
    "sensorthings.versions.v1_1",
    "sensorthings.versions.v1_1.backends.django",
    "sensorthings.versions.v1_1.extensions.dataarray",
]
DATABASES = {"default": {
    "ENGINE": "django.db.backends.postgresql", "HOST": "127.0.0.1",
    "NAME": os.environ["PEER_NAME"], "USER": os.environ["PEER_USER"],
    "PORT": os.environ["PEER_PORT"],
    "OPTIONS": {"pool": True},
}}
SENSORTHINGS_V1_1_SERVICE_URL = "http://127.0.0.1/sensorthings"
SENSORTHINGS_V1_1_BACKEND_ADAPTER = (
    "sensorthings.versions.v1_1.backends.django.adapter.DjangoBackendAdapter"
)
SENSORTHINGS_V1_1_ID_TYPE = UUID
SENSORTHINGS_V1_1_ID_DELIMITER = "'"
SENSORTHINGS_V1_1_MAX_TOP = 10_000
"""

ADDRESSES = """
from django.urls import include, path

urlpatterns = [path("sensorthings/", include("sensorthings.versions.v1_1.urls"))]
"""

SERVER = """
import os

os.environ["DJANGO_SETTINGS_MODULE"] = "project"
from django.core.asgi import get_asgi_application

application = get_asgi_application()
"""

FILL = """
import os, sys

os.environ["DJANGO_SETTINGS_MODULE"] = "project"
import django

django.setup()
from django.core.management import call_command
from django.db import connection
from sensorthings.versions.v1_1.backends.django import models as m

call_command("migrate", verbosity=0)
point = {"type": "Point", "coordinates": [11.58, 50.92]}
geo = "application/geo+json"
sensor = m.Sensor.objects.create(
    name="Probe", description="", encoding_type="application/pdf", metadata="x")
seen = [
    m.ObservedProperty.objects.create(
        name="Temperature", definition=f"https://example.org/t{n}", description="")
    for n in range(10)
]
unit = {"name": "degree Celsius", "symbol": "°C", "definition": "Cel"}
streams = []
for number in range(200):
    thing = m.Thing.objects.create(name=f"thing {number}", description="")
    streams += m.Datastream.objects.bulk_create([
        m.Datastream(
            name=f"Temperature {n}", description="", unit_of_measurement=unit, thing=thing,
            observation_type=m.Datastream.OM_MEASUREMENT, sensor=sensor,
            observed_property=seen[n])
        for n in range(10)
    ])
feature = m.FeatureOfInterest.objects.create(
    name="here", description="", encoding_type=geo, feature=point)
table = m.Observation._meta.db_table
with connection.cursor() as db:
    for part, days in ((streams[:200], 33), (streams[200:], 2)):
        db.execute(
            f"insert into {table} (id, phenomenon_time_begin, result_time, result, "
            "datastream_id, feature_of_interest_id) "
            "select gen_random_uuid(), t, t, round((12 + random() * 9)::numeric, 2), s, %s "
            "from generate_series(timestamptz '2024-01-01 00:00Z', timestamptz '2024-01-01 00:00Z'"
            " + %s * interval '1 day' - interval '15 minutes', interval '15 minutes') as t, "
            "unnest(%s::uuid[]) as s",
            [feature.id, days, [each.id for each in part]])
    db.execute("vacuum analyze")
print("\\n".join(str(each.id) for each in streams))
print(feature.id)
"""


def main() -> None:
    """Measures and prints."""
    binaries = find_binaries()
    if binaries is None:
        sys.exit("needs Debian's postgresql-15")
    _install()
    with tempfile.TemporaryDirectory(prefix="sta-peer-") as name, ExitStack() as stack:
        Path(name).chmod(0o755)
        (folder := Path(name) / "pg").mkdir()
        number = _port()
        SETTINGS.update(
            DURABLE, listen_addresses="127.0.0.1", port=str(number), shared_buffers="1GB"
        )
        os.environ["PGPORT"] = str(number)
        cluster = Cluster(binaries, folder)
        cluster.start()
        stack.callback(cluster.stop)
        for file, text in (
            ("project", PROJECT),
            ("urls", ADDRESSES),
            ("server", SERVER),
            ("fill", FILL),
        ):
            (Path(name) / f"{file}.py").write_text(text)
        database = {"PEER_NAME": cluster.create(), "PEER_USER": USER, "PEER_PORT": str(number)}
        environment = {**os.environ, **database}
        *streams, feature = _run(Path(name), environment)
        port = stack.enter_context(_served(Path(name), environment))
        print(json.dumps(_ask(port, streams, feature)))


class Client:
    """A connection that stays open; it understands the chunks that uvicorn sends."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def send(self, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        """Status and body."""
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        self.connection.request(method, f"{ROOT}/{path}", body, headers)
        answer = self.connection.getresponse()
        return answer.status, answer.read()


def _install() -> None:
    if not (HOME / "bin" / "uvicorn").exists():
        subprocess.run([sys.executable, "-m", "venv", str(HOME)], check=True)
        subprocess.run(
            [HOME / "bin" / "pip", "install", "--quiet", *PACKAGES],
            check=True,
            capture_output=True,
        )


def _run(folder: Path, environment: dict[str, str]) -> list[str]:
    done = subprocess.run(
        [HOME / "bin" / "python", "fill.py"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(done.stderr[-1500:])
    return done.stdout.split()


@contextmanager
def _served(folder: Path, environment: dict[str, str]) -> Iterator[int]:
    port = _port()
    workers = str(os.cpu_count() or 1)
    command = [HOME / "bin" / "uvicorn", "server:application", "--port", str(port)]
    process = subprocess.Popen(
        [*command, "--workers", workers, "--no-access-log", "--log-level", "error"],
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
    )
    try:
        for _ in range(240):
            try:
                Client(port).send("GET", "Sensors")
                break
            except OSError:
                time.sleep(0.25)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def _ask(port: int, streams: list[str], feature: str) -> dict[str, float]:
    asked: dict[str, Callable[[], float]] = {
        f"one observation a request, {clients} client{'s' if clients > 1 else ''}": (
            lambda clients=clients: _posts(port, streams, feature, clients)
        )
        for clients in (1, 4, 16)
    }
    for count in (1, 100):
        name = f"data array of {ROWS:,} observations of {count} datastream{'s' * (count > 1)}"
        asked[name] = lambda count=count: _arrays(port, streams[:count], feature)
    month = quote(
        "phenomenonTime ge 2024-01-01T00:00:00Z and phenomenonTime lt 2024-02-01T00:00:00Z"
    )
    latest = "$expand=Observations($orderby=resultTime%20desc;$top=1)"
    of_one = f"Datastreams('{streams[2]}')/Observations?$filter={month}&$top=10000"
    for name, path, count in (
        ("a month of one datastream (2,976), JSON", of_one, 2_976),
        ("the same as data array", f"{of_one}&$resultFormat=dataArray", 0),
        ("latest value of 2,000 datastreams", f"Datastreams?$top=2000&{latest}", 2_000),
        ("latest value of 100 datastreams", f"Datastreams?$top=100&{latest}", 100),
        (
            "the ten newest observations of all",
            "Observations?$orderby=resultTime%20desc&$top=10",
            10,
        ),
        ("one datastream", f"Datastreams('{streams[6]}')", 0),
        ("things with their places", "Things?$expand=Locations", 100),
    ):
        asked[name] = lambda path=path, count=count: _reads(port, path, count)
    figures = {}
    for name, measure in asked.items():
        try:
            figures[name] = measure()
        except (RuntimeError, OSError) as error:
            print(f"left out: {name}: {error}", file=sys.stderr)
    return figures


def _body(stream: str, feature: str, day: int, n: int) -> dict[str, object]:
    moment = f"2026-11-{day:02d}T{n // 3600:02d}:{n // 60 % 60:02d}:{n % 60:02d}Z"
    return {
        "phenomenonTime": moment,
        "resultTime": moment,
        "result": 20 + n % 90 / 10,
        "Datastream": {"@iot.id": stream},
        "FeatureOfInterest": {"@iot.id": feature},
    }


def _posts(port: int, streams: list[str], feature: str, clients: int) -> float:
    counts, failed = [0] * clients, []
    until = 0.0

    def work(place: int) -> None:
        client = Client(port)
        bodies = [
            json.dumps(
                _body(streams[(place * 97 + n) % len(streams)], feature, 1 + place, n)
            ).encode()
            for n in range(4_000)
        ]
        ready.wait()
        while time.monotonic() < until:
            status, body = client.send("POST", "Observations", bodies[counts[place] % len(bodies)])
            if status != 201:
                failed.append(f"{status}: {body[:300]!r}")
                return
            counts[place] += 1

    ready = threading.Barrier(clients + 1)
    threads = [threading.Thread(target=work, args=(place,)) for place in range(clients)]
    for each in threads:
        each.start()
    until = time.monotonic() + 60
    ready.wait()
    start = time.monotonic()
    until = start + SECONDS
    for each in threads:
        each.join()
    if failed:
        raise RuntimeError(failed[0])
    return sum(counts) / (time.monotonic() - start)


def _arrays(port: int, streams: list[str], feature: str) -> float:
    client, times = Client(port), []
    each = ROWS // len(streams)
    for turn in range(10):
        groups = [
            {
                "Datastream": {"@iot.id": stream},
                "components": ["phenomenonTime", "resultTime", "result", "FeatureOfInterest/id"],
                "dataArray@iot.count": each,
                "dataArray": [
                    [
                        body["phenomenonTime"],
                        body["resultTime"],
                        body["result"],
                        feature,
                    ]
                    for body in (_body(stream, feature, turn + 1, n) for n in range(each))
                ],
            }
            for stream in streams
        ]
        ready = json.dumps(groups).encode()
        start = time.perf_counter()
        status, answer = client.send("POST", "CreateObservations", ready)
        times.append(time.perf_counter() - start)
        if status != 201 or b"error" in answer:
            raise RuntimeError(f"{status}: {answer[:300]!r}")
    return ROWS / statistics.median(times)


def _reads(port: int, path: str, count: int) -> float:
    client = Client(port)
    times: list[float] = []
    client.send("GET", path)  # warm
    while len(times) < RUNS - 2 and sum(times) < LONGEST:
        start = time.perf_counter()
        status, body = client.send("GET", path)
        times.append((time.perf_counter() - start) * 1000)
        if status != 200:
            raise RuntimeError(f"{status}: {body[:300]!r}")
    if count and (found := len(json.loads(body)["value"])) != count:
        raise RuntimeError(f"{found} entities instead of {count}")
    return statistics.median(times)


if __name__ == "__main__":
    main()
