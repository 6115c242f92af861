# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Many clients of one process: one reader for all, and an end for those who are too slow."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import anyio
import pytest
from tests.interfaces.live.test_events import City, Events, scenario_of
from tests.support.platforms import run_scenario, settings_for
from tests.support.sensing import START, stream, thing

from allmende.core import sensing
from allmende.core.platform import Platform
from allmende.core.sensing import sharing
from allmende.interfaces.live import stream as sending
from allmende.model.sensing.observation import Observation
from allmende.model.sensing.specs import CATEGORY
from allmende.policy import ANONYMOUS, SYSTEM, Role, Subject
from allmende.store.sensing import journal

READER = Subject(kind="user", id="r", roles={"jena": frozenset({Role.READER})})


async def results(found: Any, wanted: int) -> list[Any]:
    """The first results somebody hears."""
    heard: list[Any] = []
    async for batch in found:
        heard += [each.observation.result for each in batch]
        if len(heard) >= wanted:
            return heard
    raise EOFError


def test_all_of_a_process_read_the_journal_once(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[int] = []
    real = journal.after

    def counted(*words: Any) -> Any:
        found = real(*words)
        reads.append(len(found))
        return found

    async def scenario(platform: Platform) -> None:
        spec = thing("one", stream("inside", access="internal"), stream("outside"))
        made = (await sensing.register(platform, SYSTEM, spec)).streams
        inside, outside = made["inside"], made["outside"]
        heard: dict[int, list[Any]] = {}

        async def listen(at: int) -> None:
            subject = READER if at % 2 else ANONYMOUS
            idents = [inside] if at in (3, 5) else None
            found = sensing.follow(platform, subject, idents=idents)
            heard[at] = await results(found, 3 if subject is ANONYMOUS or idents else 6)

        async with anyio.create_task_group() as tasks:
            for at in range(8):
                tasks.start_soon(listen, at)
            while len(members(platform)) < 8:
                await anyio.sleep(0.01)
            monkeypatch.setattr(journal, "after", counted)
            for result in range(3):
                given = [
                    Observation(datastream=each, time=START + result, result=float(each))
                    for each in (inside, outside)
                ]
                await sensing.observe(platform, SYSTEM, given)
        monkeypatch.setattr(journal, "after", real)
        assert sum(reads) == 6  # two entries of each commit, read for eight listeners once
        for at, found in heard.items():
            if at % 2 == 0:
                assert found == [outside] * 3
            elif at in (3, 5):
                assert found == [inside] * 3
            else:
                assert sorted(found) == [inside] * 3 + [outside] * 3
        assert not members(platform)

    run_scenario(settings_for(engine, tmp_path), scenario)


def members(platform: Platform) -> set[Any]:
    reader = platform.caches.get(sharing.CACHE)
    return reader.members if reader else set()


def test_who_joins_late_misses_nothing_and_hears_nothing_twice(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sharing, "MOST_AT_ONCE", 7)
    total = 120

    async def scenario(platform: Platform) -> None:
        made = await sensing.register(platform, SYSTEM, thing())
        air = made.streams["air"]
        heard: list[list[Any]] = []

        async def listen() -> None:
            heard.append(await results(sensing.follow(platform, ANONYMOUS, after=0), total))

        async with anyio.create_task_group() as tasks:
            for number in range(total):
                given = Observation(datastream=air, time=START + number, result=float(number))
                await sensing.observe(platform, SYSTEM, [given])
                if number % 20 == 0:
                    tasks.start_soon(listen)
        assert heard == [[float(number) for number in range(total)]] * 6

    run_scenario(settings_for(engine, tmp_path), scenario)


def test_a_reader_that_fails_is_told_and_begins_anew(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: Any) -> Any:
        raise OSError("the database is gone")

    async def scenario(platform: Platform) -> None:
        made = await sensing.register(platform, SYSTEM, thing())
        found = sensing.follow(platform, ANONYMOUS, after=0)
        assert await anext(found) == []
        with monkeypatch.context() as broken:
            broken.setattr(sharing, "entries_of", breaks)
            given = Observation(datastream=made.streams["air"], time=START, result=1.0)
            await sensing.observe(platform, SYSTEM, [given])
            with pytest.raises(OSError, match="gone"):
                await results(found, 1)
        assert await results(sensing.follow(platform, ANONYMOUS, after=0), 1) == [1.0]

    run_scenario(settings_for(engine, tmp_path), scenario)


# --- clients that do not read ---------------------------------------------------------------

LONG = "x" * 8_000


async def flood(city: City, ident: int, numbers: range) -> None:
    given = [
        Observation(datastream=ident, time=START + number, result=f"{number} {LONG}")
        for number in numbers
    ]
    await sensing.observe(city.platform, SYSTEM, given)


async def stalled(city: City) -> socket.socket:
    """A client that has asked and reads nothing of the answer."""
    port = int(city.base.rpartition(":")[2])
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    client.connect(("127.0.0.1", port))
    client.sendall(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
    await city.until_held(1)
    while not members(city.platform):
        await anyio.sleep(0.01)
    return client


def read_all(client: socket.socket) -> bytes:
    found = b""
    while part := client.recv(65_536):
        found += part
        if b"event: end" in found:
            break
    client.close()
    return found


def test_who_is_too_slow_is_told_and_resumes(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sharing, "MOST_WAITING", 200)

    async def scenario(city: City) -> None:
        spec = thing("one", stream("state", kind=CATEGORY))
        ident = (await sensing.register(city.platform, SYSTEM, spec)).streams["state"]
        client = await stalled(city)
        sent = 0
        while members(city.platform):
            await flood(city, ident, range(sent, sent + 50))
            sent += 50
            await anyio.sleep(0)
        text = (await anyio.to_thread.run_sync(read_all, client)).decode()
        assert 'event: end\ndata: {"reason":"slow"}' in text
        await city.until_held(0)
        seen = [line[4:] for line in text.splitlines() if line.startswith("id: ")][-1]
        heard = numbers(text)
        async with city.listen("?seconds=0", **{"last-event-id": seen}) as events:
            assert "lost" not in (await events.next())[2]
            while len(heard) < sent:
                heard.append(number_of(await events.next()))
        assert heard == list(range(sent))

    scenario_of(settings_for(engine, tmp_path, access_log=False, jobs=False), scenario)


def numbers(text: str) -> list[int]:
    return [
        int(json.loads(line[6:])["result"].split()[0])
        for line in text.splitlines()
        if line.startswith("data: ") and '"result":' in line and line.endswith("}")
    ]


def number_of(event: tuple[str, str, Any]) -> int:
    return int(event[2]["result"].split()[0])


def test_who_reads_nothing_makes_room_for_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "SEND_SECONDS", 0.2)

    async def scenario(city: City) -> None:
        spec = thing("one", stream("state", kind=CATEGORY))
        ident = (await sensing.register(city.platform, SYSTEM, spec)).streams["state"]
        client = await stalled(city)
        sent = 0
        while city.held:
            await flood(city, ident, range(sent, sent + 200))
            sent += 200
            await anyio.sleep(0.05)
        client.close()
        async with city.listen() as events:
            assert isinstance(events, Events)
            assert (await events.next())[0] == "ready"

    settings = settings_for("", tmp_path, access_log=False, jobs=False, live_connections=1)
    scenario_of(settings, scenario)
