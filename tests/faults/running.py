# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A platform with a few datastreams, served by the real program, and clients that write to it."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import anyio
from msgspec import Struct
from tests.web.process import Server, serving

from allmende.core import maintenance, people, sensing, tokens
from allmende.core.platform import Platform
from allmende.core.settings import Settings
from allmende.model.sensing.observation import Observation
from allmende.model.sensing.specs import PropertySpec, SensorSpec, StreamSpec, ThingSpec, Unit
from allmende.policy import SYSTEM, Role, Scope

ROOT = "/sensorthings/v1.1"
DAY = 86_400


class Place(Struct):
    """Where a platform keeps its data, and who may write there."""

    settings: Settings
    token: str
    streams: list[int]

    @contextmanager
    def serving(self, **more: str) -> Iterator[Server]:
        """The program, with settings as in the environment; its log is read and dropped."""
        given = {"ALLMENDE_ACCESS_LOG": "false", **more}
        if self.settings.database:
            given["ALLMENDE_DATABASE"] = self.settings.database
        with serving(self.settings.data, **given) as server:
            log = server.process.stderr
            assert log is not None
            reader = threading.Thread(target=lambda: [None for _ in log], daemon=True)
            reader.start()
            try:
                yield server
            finally:
                if server.process.poll() is None:
                    server.process.kill()
                reader.join()

    @contextmanager
    def client(self, server: Server) -> Iterator[Client]:
        """Somebody who may write."""
        with closing(Client(server.port, self.token)) as client:
            yield client

    def stored(self) -> dict[int, Observation]:
        """All observations by id, read without the program."""

        async def read() -> list[Observation]:
            async with Platform.open(self.settings) as platform:
                return [
                    each
                    for stream in self.streams
                    for each in await sensing.series(platform, SYSTEM, stream, None, None)
                ]

        return {each.datastream << 32 | (each.number or 0): each for each in anyio.run(read)}

    def problems(self) -> list[maintenance.Problem]:
        """What the platform finds wrong with itself; figures and counts have to fit the rows."""

        async def look() -> list[maintenance.Problem]:
            async with Platform.open(self.settings) as platform:
                found = await maintenance.check(platform)
                for stream in self.streams:
                    rows = await sensing.series(platform, SYSTEM, stream, None, None)
                    days = await sensing.buckets(platform, SYSTEM, stream, "day", None, None)
                    hours = await sensing.buckets(platform, SYSTEM, stream, "hour", None, None)
                    assert sum(each.n for each in days) == len(rows)
                    assert sum(each.n for each in hours) == len(rows)
                return found

        return anyio.run(look)


def place(engine: str, folder: Path, streams: int = 4) -> Place:
    """Makes the datastreams of one thing and a token that may write to them."""
    database = engine if engine.startswith("postgresql") else ""
    settings = Settings(data=folder / "data", database=database)

    async def make() -> tuple[str, list[int]]:
        async with Platform.open(settings) as platform:
            await people.save_organisation(platform, SYSTEM, "jena", {"de": "Jena"})
            made = await sensing.register(platform, SYSTEM, _thing(streams))
            token = await tokens.create_token(
                platform,
                SYSTEM,
                name="device",
                organisation="jena",
                role=Role.CONTRIBUTOR,
                scopes={Scope.SENSORS_WRITE},
            )
            return token.key, list(made.streams.values())

    return Place(settings, *anyio.run(make))


def _thing(count: int) -> ThingSpec:
    streams = tuple(
        StreamSpec(
            key=str(number),
            name=f"Temperature {number}",
            property=PropertySpec(definition="https://example.org/t", name="Temperature"),
            sensor=SensorSpec(key="probe", name="Probe"),
            unit=Unit(name="degree Celsius", symbol="°C", definition="Cel"),
        )
        for number in range(count)
    )
    return ThingSpec(key="station", name="Station", organisation="jena", streams=streams)


class Answer(Struct):
    """What the server said."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body."""
        return json.loads(self.body)

    def is_refusal(self, *codes: int) -> bool:
        """Whether it is one of these codes and says in how many seconds to come again."""
        return self.status in codes and int(self.headers["retry-after"]) > 0


class Client:
    """One connection that stays open."""

    def __init__(self, port: int, token: str = "", seconds: float = 60) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
        self.token = token

    def close(self) -> None:
        """Closes the connection."""
        self.connection.close()

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """One request; the body as JSON unless it is bytes."""
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        if data is not None:
            headers.setdefault("Content-Type", "application/json")
        if self.token:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        self.connection.request(method, path, data, headers)
        found = self.connection.getresponse()
        given = {name.lower(): value for name, value in found.getheaders()}
        return Answer(found.status, given, found.read())

    def observe(self, stream: int, second: int, result: Any) -> Answer:
        """Sends one observation."""
        body = {
            "phenomenonTime": at(second),
            "result": result,
            "Datastream": {"@iot.id": stream},
        }
        return self.ask("POST", f"{ROOT}/Observations", body)

    def observe_many(self, stream: int, rows: list[tuple[int, float]]) -> Answer:
        """Sends a data array."""
        group = {
            "Datastream": {"@iot.id": stream},
            "components": ["phenomenonTime", "result"],
            "dataArray": [[at(second), result] for second, result in rows],
        }
        return self.ask("POST", f"{ROOT}/CreateObservations", [group])

    def count(self, stream: int) -> int:
        """How many observations a datastream has."""
        path = f"{ROOT}/Datastreams({stream})/Observations?$top=1&$count=true"
        found: int = self.ask("GET", path).json["@iot.count"]
        return found


def at(second: int) -> str:
    """A moment in June 2026."""
    day, left = divmod(second, DAY)
    return f"2026-06-{1 + day:02d}T{left // 3600:02d}:{left // 60 % 60:02d}:{left % 60:02d}Z"


def ident(address: str) -> int:
    """The id at the end of an address."""
    return int(address.rpartition("(")[2].removesuffix(")"))
