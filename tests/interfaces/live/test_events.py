# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Server-sent events from a real server to a real client: order, resuming, limits, the end."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
import uvicorn
from tests.support.platforms import run_scenario, settings_for
from tests.support.sensing import START, STEP, stream, thing
from tests.web.process import serving

from allmende.core import sensing
from allmende.core.platform import Platform
from allmende.core.settings import Settings
from allmende.model.sensing.observation import Flag, Observation
from allmende.policy import SYSTEM
from allmende.web import create_app

SECONDS = 20


class Events:
    """The events of a stream as a browser reads them: comments are passed over."""

    def __init__(self, answer: httpx2.Response) -> None:
        self.lines = answer.aiter_lines()
        self.comments = 0

    async def next(self) -> tuple[str, str, Any]:
        """Name, id and data of the next event."""
        name = number = ""
        data = None
        with anyio.fail_after(SECONDS):
            async for line in self.lines:
                if line.startswith(":"):
                    self.comments += 1
                field, _, value = line.partition(": ")
                if field == "event":
                    name = value
                elif field == "id":
                    number = value
                elif field == "data":
                    data = json.loads(value)
                elif not line and data is not None:
                    return name, number, data
        raise EOFError


class City:
    """A platform behind a real server."""

    def __init__(self, platform: Platform, base: str) -> None:
        self.platform, self.base = platform, base
        self.count = 0

    async def put(self, *idents: int, flag: int = 0) -> None:
        self.count += 1
        await sensing.observe(
            self.platform,
            SYSTEM,
            [
                Observation(
                    datastream=ident, time=START + self.count * STEP, result=self.count, flag=flag
                )
                for ident in idents
            ],
        )

    @asynccontextmanager
    async def listen(self, query: str = "", **headers: str) -> AsyncIterator[Events]:
        async with (
            httpx2.AsyncClient(base_url=self.base, timeout=SECONDS) as client,
            client.stream("GET", f"/events{query}", headers=headers) as answer,
        ):
            assert answer.status_code == 200, await answer.aread()
            assert answer.headers["content-type"].startswith("text/event-stream")
            assert answer.headers["cache-control"] == "no-store"
            yield Events(answer)

    @property
    def held(self) -> int:
        return sum(self.platform.caches.get("live", {}).values())

    async def until_held(self, wanted: int) -> None:
        with anyio.fail_after(SECONDS):
            while self.held != wanted:
                await anyio.sleep(0.02)


@asynccontextmanager
async def running(platform: Platform) -> AsyncIterator[City]:
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(create_app(platform), log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve([listener]))
    while not server.started:
        await anyio.sleep(0.01)
    try:
        yield City(platform, f"http://127.0.0.1:{listener.getsockname()[1]}")
    finally:
        server.should_exit = server.force_exit = True
        await task


def scenario_of(settings: Settings, scenario: Any) -> None:
    async def main(platform: Platform) -> None:
        async with running(platform) as city:
            await scenario(city)

    run_scenario(settings, main, 120)


def test_new_values_come_and_a_lost_connection_is_resumed(engine: str, tmp_path: Path) -> None:
    async def scenario(city: City) -> None:
        made = await sensing.register(city.platform, SYSTEM, thing("a", stream("x"), stream("y")))
        x, y = made.streams["x"], made.streams["y"]
        await city.put(x)
        async with city.listen(f"?datastream={x}") as events:
            name, seen, data = await events.next()
            assert (name, data) == ("ready", {"after": int(seen)})
            await city.put(y)
            await city.put(x, flag=Flag.SUSPECT)
            name, seen, data = await events.next()
            assert name == "observation"
            assert data == {
                "action": "created",
                "@iot.id": (x << 32) + 2,
                "datastream": x,
                "phenomenonTime": "2024-06-20T09:33:38Z",
                "result": 3.0,
                "quality": "suspect",
            }
        await city.until_held(0)  # the server has noticed that the client left
        await city.put(x)
        await sensing.remove(city.platform, SYSTEM, [(x << 32) + 1])
        await city.put(y)
        async with city.listen(f"?thing={made.thing}", **{"last-event-id": seen}) as events:
            assert (await events.next())[2] == {"after": int(seen)}
            later = [(await events.next())[2] for _ in range(3)]
        assert [(each["datastream"], each["action"]) for each in later] == [
            (x, "created"),
            (x, "deleted"),
            (y, "created"),
        ]
        assert later[0]["result"] == 4.0

    scenario_of(settings_for(engine, tmp_path, access_log=False, jobs=False), scenario)


def test_values_of_one_commit_share_a_number_that_comes_last(tmp_path: Path) -> None:
    async def scenario(city: City) -> None:
        made = await sensing.register(city.platform, SYSTEM, thing())
        ident = made.streams["air"]
        many = [Observation(datastream=ident, time=START + n, result=n) for n in range(3)]
        async with city.listen() as events:
            await events.next()
            await sensing.observe(city.platform, SYSTEM, many)
            found = [await events.next() for _ in many]
        assert [data["result"] for _, _, data in found] == [0, 1, 2]
        assert [bool(number) for _, number, _ in found] == [False, False, True]

    scenario_of(settings_for("", tmp_path, access_log=False, jobs=False), scenario)


def test_who_missed_too_much_is_told(tmp_path: Path) -> None:
    async def scenario(city: City) -> None:
        made = await sensing.register(city.platform, SYSTEM, thing())
        for _ in range(5):
            await city.put(made.streams["air"])
        await city.platform.store.write(
            lambda db: db.run("delete from obs.journal where sequence < 4")
        )
        async with city.listen("?after=1&seconds=0") as events:
            assert (await events.next())[2] == {"after": 1, "lost": True, "oldest": 4}
            assert [(await events.next())[1] for _ in range(2)] == ["4", "5"]
            with pytest.raises(EOFError):  # it ends when it has caught up
                await events.next()
        async with city.listen("?after=77&seconds=0") as events:
            assert (await events.next())[2] == {"after": 5, "lost": True}

    scenario_of(settings_for("", tmp_path, access_log=False, jobs=False), scenario)


def test_silence_is_filled_with_comments(tmp_path: Path) -> None:
    async def scenario(city: City) -> None:
        async with city.listen("?seconds=4") as events:
            await events.next()
            with pytest.raises(EOFError):
                await events.next()
            assert events.comments >= 1

    settings = settings_for("", tmp_path, access_log=False, jobs=False, answer_seconds=2.0)
    scenario_of(settings, scenario)


def test_closed_values_are_as_if_absent(tmp_path: Path) -> None:
    async def scenario(city: City) -> None:
        shut = await sensing.register(city.platform, SYSTEM, thing("shut", access="restricted"))
        seen = await sensing.register(city.platform, SYSTEM, thing("open"))
        await city.put(shut.streams["air"], seen.streams["air"])
        async with city.listen("?after=0&seconds=0") as events:
            await events.next()
            assert (await events.next())[2]["datastream"] == seen.streams["air"]
            with pytest.raises(EOFError):
                await events.next()
        async with httpx2.AsyncClient(base_url=city.base) as client:
            for query in (f"datastream={shut.streams['air']}", f"thing={shut.thing}", "property=9"):
                assert (await client.get(f"/events?{query}")).status_code == 404

    scenario_of(settings_for("", tmp_path, access_log=False, jobs=False), scenario)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("datastream=x", 400),
        ("thing=1,,2,three", 400),
        ("after=-1", 400),
        ("after=newest", 400),
        ("seconds=soon", 400),
        ("datastream=" + ",".join(map(str, range(201))), 413),
        ("datastream=999999999999999999", 404),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, query: str, status: int) -> None:
    async def scenario(platform: Platform) -> None:
        transport = httpx2.ASGITransport(create_app(platform))
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            answer = await client.get(f"/events?{query}")
            assert answer.status_code == status, answer.text
            head = await client.head("/events")
            assert head.headers["content-type"].startswith("text/event-stream")

    run_scenario(settings_for("", tmp_path, access_log=False, jobs=False), scenario)


def test_too_many_streams_are_refused_and_a_closed_one_makes_room(tmp_path: Path) -> None:
    async def scenario(city: City) -> None:
        async with city.listen() as one, city.listen() as two:
            await one.next()
            await two.next()
            async with httpx2.AsyncClient(base_url=city.base) as client:
                answer = await client.get("/events")
            assert answer.status_code == 429
            assert answer.headers["retry-after"] == "30"
        await city.until_held(0)
        async with city.listen() as again:
            await again.next()

    settings = settings_for("", tmp_path, access_log=False, jobs=False)
    from msgspec.structs import replace

    for limit in ("live_connections", "live_per_address"):
        scenario_of(replace(settings, **{limit: 2}), scenario)


def test_streams_end_with_the_server(tmp_path: Path) -> None:
    with serving(tmp_path) as server, server.connect() as client:
        client.sendall(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        found = b""
        while b"event: ready" not in found:
            found += client.recv(4_096)
        server.process.send_signal(signal.SIGTERM)
        while client.recv(4_096):
            pass
        assert server.process.wait(15) == 0  # less than graceful_seconds
