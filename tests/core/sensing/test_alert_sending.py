# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Alerts on their way to programs: signed, tried again, confirmed by a broker, told once."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from queue import Queue
from typing import Any

import anyio
import pytest
from tests.core.sensing.test_alerts import ALERT, feel
from tests.core.sensing.test_rules import MEAN, READER, put, written
from tests.support.mosquitto import Mosquitto, find_broker
from tests.support.platforms import run_scenario, settings_for
from tests.support.sensing import START, thing

from allmende.core import sensing, worker
from allmende.core.platform import Platform
from allmende.core.sensing import alert_sending, alerts, deriving
from allmende.core.work import registry, working
from allmende.errors import InvalidInput, SourceUnavailable
from allmende.model.sensing.observation import Observation
from allmende.policy import SYSTEM
from allmende.store import jobs
from allmende.store.jobs import Job
from allmende.store.sensing import publishers

MINUTE = 60_000_000


class Hook(BaseHTTPRequestHandler):
    """Keeps heads and bodies; answers with the codes of its server, then with 204."""

    def do_POST(self) -> None:
        server: Any = self.server
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(server.codes.pop(0) if server.codes else 204)
        self.end_headers()
        server.came.put((dict(self.headers.items()), body))

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@pytest.fixture
def hook() -> Iterator[Any]:
    server: Any = HTTPServer(("127.0.0.1", 0), Hook)
    server.came, server.codes = Queue(), []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What has failed is tried again after a moment."""
    monkeypatch.setattr(worker, "RETRY_FIRST", 50_000)


async def came(queue: Queue[Any]) -> Any:
    return await anyio.to_thread.run_sync(lambda: queue.get(timeout=30))


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    while not await condition():
        await anyio.sleep(0.02)


async def sendings(platform: Platform, kind: str, state: Any = "waiting") -> list[Job]:
    found = await platform.store.read(jobs.jobs, state, None, 100)
    return [each for each in found if each.kind == kind]


def test_a_web_address_is_told_until_it_answers_and_can_check_who_speaks(
    engine: str, tmp_path: Path, hook: Any, impatient: None
) -> None:
    hook.codes = [500, 503, 302]
    target = f"http://127.0.0.1:{hook.server_port}/hook"
    tries: list[tuple[dict[str, str], bytes]] = []
    settings = settings_for(engine, tmp_path, harvest_private=True, alert_secret="open sesame")

    async def scenario(platform: Platform) -> None:
        made = await sensing.register(platform, SYSTEM, thing())
        await put(platform, "frost", ALERT.replace("MORE", f', "{target}"'))
        async with working(platform):
            await feel(platform, made.streams["air"], 0, -1.0)
            for _ in range(4):
                tries.append(await came(hook.came))

            async def noted() -> bool:
                return not await sendings(platform, alerts.WEBHOOK, None) or bool(
                    await sendings(platform, alerts.WEBHOOK, "done")
                )

            await until(noted)
        assert hook.came.empty()

    run_scenario(settings, scenario)
    assert len({head["webhook-id"] for head, _ in tries}) == 1
    assert json.loads(tries[-1][1])["state"] == "active"
    key = base64.b64decode(alert_sending.key(settings, target).removeprefix("whsec_"))
    for head, body in tries:
        signed = f"{head['webhook-id']}.{head['webhook-timestamp']}.".encode() + body
        wanted = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
        assert head["webhook-signature"] == f"v1,{wanted}"
    assert alert_sending.key(settings, target) != alert_sending.key(settings, target + "2")


def test_without_a_secret_nothing_is_signed(tmp_path: Path, hook: Any) -> None:
    target = f"http://127.0.0.1:{hook.server_port}/"

    async def scenario(platform: Platform) -> None:
        with pytest.raises(InvalidInput):
            alert_sending.key(platform.settings, target)
        await alert_sending.call(platform, {"id": "msg_1", "target": target, "message": {}})

    run_scenario(settings_for("sqlite", tmp_path, harvest_private=True), scenario)
    head, _ = hook.came.get(timeout=30)
    assert head["webhook-id"] == "msg_1"
    assert "webhook-signature" not in head


# --- MQTT -----------------------------------------------------------------------------------


class Listener:
    """A subscriber of a real broker, which keeps for it what comes while it is away."""

    def __init__(self, broker: Mosquitto, topic: str) -> None:
        from paho.mqtt.client import Client, MQTTv5
        from paho.mqtt.enums import CallbackAPIVersion
        from paho.mqtt.packettypes import PacketTypes
        from paho.mqtt.properties import Properties

        self.came: Queue[tuple[str, Any]] = Queue()
        ready = threading.Event()
        self.client = Client(CallbackAPIVersion.VERSION2, "listener", protocol=MQTTv5)
        self.client.reconnect_delay_set(1, 1)
        kept = Properties(PacketTypes.CONNECT)
        kept.SessionExpiryInterval = 600
        self.client.on_subscribe = lambda *_: ready.set()
        self.client.on_message = lambda _c, _d, message: self.came.put(
            (message.topic, json.loads(message.payload))
        )
        self.client.connect("127.0.0.1", broker.port, clean_start=False, properties=kept)
        self.client.subscribe(topic, qos=1)
        self.client.loop_start()
        assert ready.wait(30)

    def stop(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    program = find_broker()
    if program is None:
        pytest.skip("there is no mosquitto here")
    found = Mosquitto(program, tmp_path / "broker")
    found.start()
    yield found
    found.stop()


def test_a_broker_that_is_away_gets_the_alert_when_it_is_back(
    engine: str, tmp_path: Path, broker: Mosquitto, impatient: None
) -> None:
    settings = settings_for(engine, tmp_path, mqtt_broker=broker.address, mqtt_topic="city")

    async def scenario(platform: Platform) -> None:
        made = await sensing.register(platform, SYSTEM, thing())
        await put(platform, "frost", ALERT.replace("MORE", ', "mqtt:alerts/frost"'))
        listener = await anyio.to_thread.run_sync(Listener, broker, "city/alerts/#")
        await anyio.to_thread.run_sync(broker.stop)
        try:
            async with working(platform):
                await feel(platform, made.streams["air"], 0, -1.0)

                async def failed() -> bool:
                    return any(each.tries for each in await sendings(platform, alerts.PUBLISH))

                await until(failed)
                await anyio.to_thread.run_sync(broker.start)
                topic, said = await came(listener.came)
                await feel(platform, made.streams["air"], 1, 9.0)
                _, over = await came(listener.came)
        finally:
            await anyio.to_thread.run_sync(listener.stop)
        assert (topic, said["state"], over["state"]) == ("city/alerts/frost", "active", "over")
        assert said["since"] == over["since"] < over["until"]

    run_scenario(settings, scenario)


def test_a_broker_that_refuses_or_is_not_named_is_told(tmp_path: Path) -> None:
    program = find_broker()
    if program is None:
        pytest.skip("there is no mosquitto here")
    broker = Mosquitto(program, tmp_path / "broker", "allow_anonymous false")
    broker.start()
    arguments = {"id": "msg_1", "target": "alerts/x", "message": {"a": 1}}

    async def scenario(platform: Platform) -> None:
        with pytest.raises(SourceUnavailable):
            await alert_sending.publish(platform, arguments)

    try:
        run_scenario(settings_for("s", tmp_path, mqtt_broker=broker.address), scenario)
        run_scenario(settings_for("s", tmp_path), scenario)
    finally:
        broker.stop()


# --- restarts -------------------------------------------------------------------------------


def test_what_is_on_stays_on_over_a_restart(engine: str, tmp_path: Path) -> None:
    settings, air = settings_for(engine, tmp_path), 0
    states: list[tuple[bool, int]] = []

    async def begin(platform: Platform) -> None:
        nonlocal air
        made = await sensing.register(platform, SYSTEM, thing())
        air = made.streams["air"]
        await put(platform, "frost", ALERT.replace("MORE", ', "mqtt:frost"'))

    run_scenario(settings, begin)
    # frost below 0 °C, over above 2 °C: what lies between changes nothing
    for minute, celsius in enumerate((-1.0, 1.0, -3.0, 4.0, 1.0, -1.0)):

        async def step(platform: Platform, at: int = minute, value: float = celsius) -> None:
            await feel(platform, air, at, value)
            (alert,) = await alerts.listing(platform, READER)
            states.append((alert.active, len(await sendings(platform, alerts.PUBLISH))))

        run_scenario(settings, step)
    assert states == [(True, 1), (True, 1), (True, 1), (False, 2), (False, 2), (True, 3)]


def test_levels_with_hysteresis_go_on_over_a_restart(engine: str, tmp_path: Path) -> None:
    settings, air = settings_for(engine, tmp_path), 0

    async def begin(platform: Platform) -> None:
        nonlocal air
        air = (await sensing.register(platform, SYSTEM, thing())).streams["air"]
        await put(platform, "mean", MEAN.replace('over = "PT1H"', 'over = "PT1M"'))

    run_scenario(settings, begin)
    given = (9.0, 10.9, 11.1, 9.1, 8.9, 10.9)
    for minute, celsius in enumerate(given):

        async def step(platform: Platform, at: int = minute, value: float = celsius) -> None:
            time = START + at * MINUTE
            said = Observation(datastream=air, time=time, result=value)
            await sensing.observe(platform, SYSTEM, [said])
            await deriving.advance(platform)

        run_scenario(settings, step)

    async def look(platform: Platform) -> None:
        found = dict(await written(platform, "mean", "grade"))
        assert [found[minute] for minute in range(len(given))] == [
            "cold", "cold", "warm", "warm", "cold", "cold",
        ]  # fmt: skip

    run_scenario(settings, look)


def test_a_fault_behind_an_alert_tells_nobody_twice(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, air = settings_for(engine, tmp_path), 0

    def breaks(*_: Any) -> None:
        raise OSError("the process ends here")

    async def begin(platform: Platform) -> None:
        nonlocal air
        air = (await sensing.register(platform, SYSTEM, thing())).streams["air"]
        await put(platform, "frost", ALERT.replace("MORE", ', "mqtt:frost"'))
        with monkeypatch.context() as broken:
            broken.setattr(publishers, "advance", breaks)
            with pytest.raises(OSError, match="ends here"):
                await feel(platform, air, 0, -1.0)
        assert len(await sendings(platform, alerts.PUBLISH)) == 1

    async def again(platform: Platform) -> None:
        assert await deriving.advance(platform) == 1
        assert len(await sendings(platform, alerts.PUBLISH)) == 1
        (alert,) = await alerts.listing(platform, READER)
        assert (alert.active, alert.told) == (True, 2)

    run_scenario(settings, begin)
    run_scenario(settings, again)


def test_every_kind_of_message_has_somebody_who_sends_it() -> None:
    assert {alerts.WEBHOOK, alerts.PUBLISH, alerts.FORGET} <= registry().handlers.keys()
