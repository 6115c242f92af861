# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Messages that were missed, asked for from a storage as The Things Stack documents it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from tests.sources.servers import QUICK, Site, running_site
from tests.support.lorawan import body
from tests.support.platforms import run_scenario, settings_for

from allmende.core import work
from allmende.core.fetch import Fetcher
from allmende.core.platform import Platform
from allmende.core.sensing import codecs, devices, devices_intake, devices_links, refilling
from allmende.core.sensing.devices_links import Links, StorageLink
from allmende.errors import SourceUnavailable
from allmende.policy import SYSTEM, Role, Subject
from allmende.sources.lorawan import storage, tts
from allmende.store import now

STEWARD = Subject(kind="user", id="u1", roles={"jena": frozenset({Role.STEWARD})})
NAME = "ttn_v3_uplink_noise"
KEY = "NNSXS.TEST"
MINUTE = 60_000_000
PATH = "/api/v3/as/applications/{}/devices/{}/packages/storage/uplink_message"


def message(counter: int, start: int, session: str = "AY0=") -> dict[str, Any]:
    """A message as the network has it; one a minute."""
    made: dict[str, Any] = msgspec.json.decode(body(NAME))
    time = datetime.fromtimestamp((start + counter * MINUTE) / 1e6, UTC)
    text = f"{time:%Y-%m-%dT%H:%M:%S.%f}123Z"
    made["received_at"] = made["uplink_message"]["received_at"] = text
    made["uplink_message"] |= {"f_cnt": counter, "session_key_id": session}
    return made


class Storage:
    """A server that answers as the reference of ApplicationUpStorage says."""

    def __init__(self, made: Site, messages: list[dict[str, Any]]) -> None:
        self.messages = sorted(messages, key=lambda each: each["received_at"])
        self.asked: list[dict[str, str]] = []
        self.failing = 0
        ids = message(0, 0)["end_device_ids"]
        names = (ids["application_ids"]["application_id"], ids["device_id"])
        made(PATH.format(*names))(self.answer)

    async def answer(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return JSONResponse({"code": 16, "message": "error:unauthenticated"}, 401)
        assert request.headers["accept"] == "text/event-stream"
        asked = dict(request.query_params)
        self.asked.append(asked)
        if self.failing:
            self.failing -= 1
            return JSONResponse({"code": 14}, 403)
        after, before = (datetime.fromisoformat(asked[name]) for name in ("after", "before"))
        assert asked["order"] == "received_at"
        found = [
            each
            for each in self.messages
            if after < datetime.fromisoformat(each["received_at"][:26] + "+00:00") < before
        ][: int(asked["limit"])]
        lines = [msgspec.json.encode({"result": each}).decode() for each in found]
        return PlainTextResponse("\n\n".join([*lines, ""]), media_type="text/event-stream")


Scenario = Callable[[Platform, Storage, int], Awaitable[None]]


def scenario(engine: str, folder: Path, monkeypatch: pytest.MonkeyPatch, run: Scenario) -> None:
    """A device that is heard since two hours, and whose network keeps 100 messages."""
    start = now() - 100 * MINUTE

    async def main(platform: Platform) -> None:
        await devices.create_source(platform, STEWARD, "net", "tts", "jena", adopt=True)
        with running_site() as made:
            keeps = Storage(made, [message(counter, start) for counter in range(100)])
            links = Links(storage=StorageLink(address=made.address))
            await devices_links.connect(platform, SYSTEM, "net", links)
            try:
                await run(platform, keeps, start)
            finally:
                await codecs.close(platform)

    monkeypatch.setenv("ALLMENDE_NETWORK_NET_KEY", KEY)
    run_scenario(settings_for(engine, folder), main)


async def hear(platform: Platform, start: int, *counters: int) -> None:
    """Messages that came by themselves."""
    (source,) = await devices.sources(platform, STEWARD)
    for counter in counters:
        uplink = tts.read(msgspec.json.encode(message(counter, start)))
        await devices_intake.receive(platform, source, uplink)
    await devices_intake.drain(platform)


async def run(platform: Platform, hours: int | None = None) -> refilling.Refilled:
    async with Fetcher(QUICK) as fetch:
        done = await refilling.refill(platform, hours=hours, fetch=fetch)
    await devices_intake.drain(platform)
    return done


async def results(platform: Platform) -> int:
    """Observations of the device's first stream."""
    (device,) = await devices.devices(platform, SYSTEM)
    return await platform.store.read(
        lambda db: db.value(
            "select max(n) from (select count(*) as n from obs.observation where datastream in "
            "(select id from sense_datastream where thing = :thing) group by datastream) as x",
            thing=device.thing,
        )
    )


def test_gaps_are_filled_once(engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def steps(platform: Platform, keeps: Storage, start: int) -> None:
        await hear(platform, start, 10, 11)
        assert (await run(platform)).devices == 0  # nothing is missing
        await hear(platform, start, 60)
        (device,) = await devices.devices(platform, STEWARD)
        assert device.lost == 48
        monkeypatch.setattr(storage, "PAGE", 30)
        done = await run(platform)
        assert (done.devices, done.problems) == (1, [])
        assert (done.found, done.taken) == (100, 97)
        assert len(keeps.asked) == 4
        (device,) = await devices.devices(platform, STEWARD)
        assert (device.lost, device.uplinks, device.counter) == (0, 100, 99)
        assert await devices.gaps(platform, STEWARD, device.id) == []
        assert await results(platform) == 100
        assert (await run(platform)).devices == 0

    scenario(engine, tmp_path, monkeypatch, steps)


def test_what_the_storage_does_not_have_is_asked_for_twice(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def steps(platform: Platform, keeps: Storage, start: int) -> None:
        keeps.messages = []
        await hear(platform, start, 10, 20)
        for expected in (1, 1, 0, 0):
            assert (await run(platform)).devices == expected
        first, second = keeps.asked
        assert first["after"] < second["after"]  # not all of it again
        await hear(platform, start, 22)
        keeps.messages = [message(21, start)]
        keeps.messages[0]["received_at"] = datetime.fromtimestamp(now() / 1e6 - 60, UTC).strftime(
            "%Y-%m-%dT%H:%M:%S.%fZ"
        )
        assert (await run(platform)).taken == 1
        assert (await run(platform)).devices in (0, 1)
        assert (await run(platform)).devices == 0

    scenario(engine, tmp_path, monkeypatch, steps)


def test_all_devices_are_asked_for_some_hours_as_often_as_one_likes(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def steps(platform: Platform, keeps: Storage, start: int) -> None:
        await hear(platform, start, 10)
        taken = [(await run(platform, hours=1)).taken for _ in range(2)]
        assert taken[0] in (59, 60)
        assert taken[1] == 0
        (device,) = await devices.devices(platform, STEWARD)
        await devices.retire(platform, STEWARD, device.id)
        assert (await run(platform, hours=1)).devices == 0

    scenario(engine, tmp_path, monkeypatch, steps)


def test_a_storage_that_refuses_is_asked_again(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def steps(platform: Platform, keeps: Storage, start: int) -> None:
        await hear(platform, start, 10, 20)
        keeps.failing = 1
        (problem,) = (await run(platform)).problems
        assert "403" in str(problem)
        monkeypatch.setenv("ALLMENDE_NETWORK_NET_KEY", "")
        (problem,) = (await run(platform)).problems
        assert "ALLMENDE_NETWORK_NET_KEY" in str(problem)
        monkeypatch.setenv("ALLMENDE_NETWORK_NET_KEY", KEY)
        assert (await run(platform)).taken > 8
        await hear(platform, start, 99)

        await devices_links.revoke(platform, STEWARD, "net")
        assert (await run(platform)).devices == 0

    scenario(engine, tmp_path, monkeypatch, steps)


def test_the_job_runs_by_itself_and_never_calls_the_intranet(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def steps(platform: Platform, keeps: Storage, start: int) -> None:
        registry = work.registry()
        assert registry.planned["refill"] == ("every 15m", refilling.JOB_KIND, {})
        await hear(platform, start, 10, 20)
        with pytest.raises(SourceUnavailable):
            await registry.handlers[refilling.JOB_KIND](platform, {})
        assert keeps.asked == []

    scenario(engine, tmp_path, monkeypatch, steps)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b'{"error": {"code": 7, "message": "no rights"}}', "no rights"),
        (b"<html>", "no message"),
        (b"[1]", "no message"),
        (b'{"result": "' + b"x" * 300_000 + b'"}', "no message"),
    ],
)
def test_answers_that_are_none(data: bytes, said: str) -> None:
    with pytest.raises(SourceUnavailable, match=said):
        list(storage.lines(data))


def test_lines_of_both_forms_are_read() -> None:
    assert list(storage.lines(b'\n\ndata: {"result": {"a": 1}}\n\n{"result": {"a": 2}}\n{}')) == [
        {"a": 1},
        {"a": 2},
    ]


def test_a_page_that_does_not_move_on_ends_the_run() -> None:
    async def main() -> None:
        with running_site() as made:
            line = msgspec.json.encode({"result": message(1, 0)}).decode()

            @made(PATH.format("app", "dev"))
            async def same(_: Request) -> Response:
                return PlainTextResponse("\n".join([line] * storage.PAGE))

            async with Fetcher(QUICK) as fetch:
                names = ("app", "dev")
                found = [
                    each
                    async for each in storage.stored(
                        fetch, made.address, KEY, names, "1970-01-01T00:00:00Z", "2030-01-01"
                    )
                ]
            assert len(found) == 2 * storage.PAGE
            assert len(made.log) == 2

    asyncio.run(main())
