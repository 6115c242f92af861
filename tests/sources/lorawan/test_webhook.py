# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The address of webhooks: who may, what is taken in, what is refused and why."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import time_ns
from typing import Any

import pytest
from tests.interfaces.support import Served, served
from tests.support.lorawan import body, changed, uplink

from allmende.core import sensing
from allmende.core.sensing import codecs, devices, devices_intake
from allmende.errors import Busy
from allmende.policy import ANONYMOUS, SYSTEM, Role, Subject
from allmende.sources.lorawan import webhook
from allmende.store.sensing import devices as rows
from allmende.store.sensing.uplinks import AHEAD

STEWARD = Subject(kind="user", id="u1", roles={"jena": frozenset({Role.STEWARD})})
NAME = "chirpstack_uplink_7"
TOPIC = "application/1/device/8cf95720000d4a69/event/up"


def scenario(
    folder: Path, work: Callable[[Served, dict[str, str]], Awaitable[None]], **settings: Any
) -> None:
    async def main() -> None:
        async with served(folder, webhook.routes, **settings) as made:
            platform = made.platform
            secret = await devices.create_source(
                platform, STEWARD, "net", "chirpstack", "jena", adopt=True
            )
            await devices.create_source(platform, STEWARD, "things", "tts", "jena", adopt=True)
            try:
                await work(made, {"x-allmende-secret": secret})
            finally:
                await codecs.close(platform)

    asyncio.run(main())


def test_a_message_is_taken_in_and_measured(tmp_path: Path) -> None:
    async def work(made: Served, headers: dict[str, str]) -> None:
        first = await made.client.post("/ingest/net?event=up", content=body(NAME), headers=headers)
        assert (first.status_code, first.json()["status"]) == (202, "accepted")
        again = await made.client.post("/ingest/net?event=up", content=body(NAME), headers=headers)
        assert (again.status_code, again.json()["status"]) == (200, "repeated")
        assert await devices_intake.drain(made.platform) == 1
        found = await sensing.latest(made.platform, ANONYMOUS, None)
        assert sorted(each.value or 0 for each in found.values()) == [-1145.6, -875.9, 20.6, 21.5]

    scenario(tmp_path, work)


def test_a_token_that_may_observe_is_enough(tmp_path: Path) -> None:
    async def work(made: Served, _: dict[str, str]) -> None:
        bearer = {"authorization": "Bearer contributor-jena"}
        answer = await made.client.post(
            "/ingest/things", content=body("ttn_v3_uplink_noise"), headers=bearer
        )
        assert answer.status_code == 202
        for name in ("contributor-other", "reader-jena"):
            bearer = {"authorization": f"Bearer {name}"}
            answer = await made.client.post("/ingest/things", content=b"{}", headers=bearer)
            assert answer.status_code == 404

    scenario(tmp_path, work)


def test_who_guesses_secrets_is_slowed_down(tmp_path: Path) -> None:
    async def work(made: Served, headers: dict[str, str]) -> None:
        wrong = {"x-allmende-secret": "ami_guess"}
        answers = [
            (await made.client.post("/ingest/net", content=b"{}", headers=wrong)).status_code
            for _ in range(5)
        ]
        assert answers == [404, 404, 404, 429, 429]
        good = await made.client.post("/ingest/net", content=body(NAME), headers=headers)
        assert good.status_code == 202

    scenario(tmp_path, work, signins_per_minute=3)


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [
        (b"{", 400, "JSON"),
        (b'{"deviceInfo": {"devEui": "1"}, "time": ""}', 400, "devEui"),
        (body("ttn_v3_uplink_noise"), 400, "deviceInfo is missing"),
        (changed(NAME, data="!"), 400, "base64"),
        (changed(NAME, fCnt=-1), 400, "counter is -1"),
        (changed(NAME, fCnt=2**32), 400, "counter is 4294967296"),
        (changed(NAME, fPort=256), 400, "port is 256"),
        (changed(NAME, time="9999-12-31T23:59:59Z"), 400, "1900 and 2100"),
        (changed(NAME, time="0001-01-01T00:00:00Z"), 400, "1900 and 2100"),
        (changed(NAME, devAddr="x" * 501), 400, "session is longer"),
        (b" " * 300_000, 413, "262144"),
    ],
)
def test_what_cannot_be_read_is_said_and_kept(
    tmp_path: Path, content: bytes, status: int, said: str
) -> None:
    async def work(made: Served, headers: dict[str, str]) -> None:
        answer = await made.client.post("/ingest/net", content=content, headers=headers)
        assert answer.status_code == status
        assert said in answer.text
        (kept,) = await devices.unreadable(made.platform, STEWARD, "net")
        assert kept.problem
        assert said in kept.problem["en"]
        assert not await devices.devices(made.platform, STEWARD)
        assert content.decode().startswith(kept.body)

    scenario(tmp_path, work)


def test_a_clock_that_is_wrong_once_does_not_shut_a_device_out(tmp_path: Path) -> None:
    async def work(made: Served, headers: dict[str, str]) -> None:
        for count, time in ((7, "2099-01-01T00:00:00Z"), (8, "2026-10-01T12:00:00Z")):
            content = changed(NAME, fCnt=count, time=time)
            answer = await made.client.post("/ingest/net", content=content, headers=headers)
            assert (answer.status_code, answer.json()["status"]) == (202, "accepted")
        await devices_intake.drain(made.platform)
        (device,) = await devices.devices(made.platform, STEWARD)
        assert device.last_seen <= (time_ns() + AHEAD * 1_000) // 1_000
        kept = await devices.messages(made.platform, STEWARD, device.id)
        assert sorted(each.state for each in kept) == ["done", "quarantined"]

    scenario(tmp_path, work)


def test_a_network_speaks_only_for_devices_of_its_organisation(tmp_path: Path) -> None:
    async def work(made: Served, headers: dict[str, str]) -> None:
        platform = made.platform
        await made.client.post("/ingest/net", content=changed(NAME, fCnt=1), headers=headers)
        for ident, organisation, wanted in (("others", "other", 409), ("more", "jena", 202)):
            secret = await devices.create_source(
                platform, SYSTEM, ident, "chirpstack", organisation
            )
            answer = await made.client.post(
                f"/ingest/{ident}",
                content=changed(NAME, fCnt=2),
                headers={"x-allmende-secret": secret},
            )
            assert answer.status_code == wanted
        (kept,) = await devices.unreadable(platform, SYSTEM, "others")
        assert kept.problem
        assert "another organisation" in kept.problem["en"]
        others = await platform.store.read(rows.source, "others")
        assert others is not None
        assert await webhook.handle(platform, others, TOPIC, changed(NAME, fCnt=3)) is None
        (device,) = await devices.devices(platform, STEWARD)
        assert device.counter == 2

    scenario(tmp_path, work)


def test_a_place_that_is_none_and_names_that_steer_terminals_do_no_harm(tmp_path: Path) -> None:
    async def work(made: Served, headers: dict[str, str]) -> None:
        info = {"devEui": "8cf95720000d4a69", "deviceName": "a\nb\x1b[31m"}
        content = changed(
            NAME, deviceInfo=info, location={"latitude": 1e308, "longitude": 4}, fCnt=5
        )
        answer = await made.client.post("/ingest/net", content=content, headers=headers)
        assert answer.status_code == 202
        (device,) = await devices.devices(made.platform, STEWARD)
        assert device.name == "a b [31m"
        (kept,) = await devices.messages(made.platform, STEWARD, device.id)
        assert kept.uplink.place is None

    scenario(tmp_path, work)


def test_other_events_are_noted(tmp_path: Path) -> None:
    async def work(made: Served, headers: dict[str, str]) -> None:
        answer = await made.client.post(
            "/ingest/net?event=join", content=body(NAME), headers=headers
        )
        assert (answer.status_code, answer.json()["status"]) == (200, "noted")
        assert await devices_intake.drain(made.platform) == 0

    scenario(tmp_path, work)


def test_a_source_has_its_rate(tmp_path: Path) -> None:
    async def work(made: Served, headers: dict[str, str]) -> None:
        answers = [
            await made.client.post("/ingest/net", content=changed(NAME, fCnt=each), headers=headers)
            for each in range(3)
        ]
        assert [each.status_code for each in answers] == [202, 202, 429]
        assert int(answers[-1].headers["retry-after"]) > 0

    scenario(tmp_path, work, sensor_writes_per_minute=2)


def test_too_much_that_waits_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices_intake, "MOST_WAITING", 1)

    async def work(made: Served, headers: dict[str, str]) -> None:
        await made.client.post("/ingest/net", content=changed(NAME, fCnt=1), headers=headers)
        answer = await made.client.post(
            "/ingest/net", content=changed(NAME, fCnt=2), headers=headers
        )
        assert answer.status_code == 503
        assert answer.headers["retry-after"]

    scenario(tmp_path, work)


def test_messages_by_mqtt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(made: Served, headers: dict[str, str]) -> None:
        secret = headers["x-allmende-secret"]
        source = await devices.open_source(made.platform, ANONYMOUS, "net", secret)
        topic = "application/1/device/8cf95720000d4a69/event/up"
        assert await webhook.handle(made.platform, source, topic, body(NAME)) == uplink(NAME)
        assert await webhook.handle(made.platform, source, topic, b"{") is None
        assert await webhook.handle(made.platform, source, "other", b"{}") is None
        assert len(await devices.unreadable(made.platform, STEWARD, "net")) == 2
        monkeypatch.setattr(devices_intake, "MOST_WAITING", 1)
        with pytest.raises(Busy):
            await webhook.handle(made.platform, source, topic, body(NAME))

    scenario(tmp_path, work)


def test_messages_are_worked_through_in_the_background(tmp_path: Path) -> None:
    async def work(made: Served, headers: dict[str, str]) -> None:
        async with devices_intake.working(made.platform):
            await made.client.post("/ingest/net", content=body(NAME), headers=headers)
            for _ in range(500):
                found = await sensing.latest(made.platform, SYSTEM, None)
                if len(found) == 4:
                    break
                await asyncio.sleep(0.01)
            assert len(found) == 4

    scenario(tmp_path, work)
