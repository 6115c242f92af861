# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""SensorThings over MQTT (OGC 18-088 clause 14), with Debian's Mosquitto."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from tests.conftest import missing
from tests.interfaces.sensorthings.writers import (
    Api,
    feature,
    location,
    number,
    service,
    stream,
    thing,
    tree,
)
from tests.interfaces.support import SUBJECTS
from tests.support.mosquitto import Mosquitto, find_broker

from allmende.core.sensing import telling
from allmende.errors import InvalidInput, NotAuthenticated
from allmende.interfaces.sensorthings import mqtt
from allmende.interfaces.sensorthings.mqtt import broker as broker_module
from allmende.interfaces.sensorthings.mqtt import receiving
from allmende.policy import Subject

pytestmark = pytest.mark.anyio
PATIENCE = 20.0


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    program = find_broker()
    if program is None:
        missing("mosquitto", "mosquitto is not installed (Debian: mosquitto)")
        return
    found = Mosquitto(program, tmp_path / "broker")
    found.start()
    yield found
    found.stop()


@pytest.fixture(autouse=True)
def tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    """The token of the settings is one of the tests."""

    async def authenticate(_platform: object, key: str) -> Subject:
        if key not in SUBJECTS:
            raise NotAuthenticated("unknown token")
        return SUBJECTS[key]

    monkeypatch.setattr(receiving, "authenticate_token", authenticate)
    monkeypatch.setattr(broker_module, "LONGEST_PAUSE", 1)


class Listener:
    """A client that notes what comes."""

    def __init__(self, broker: Mosquitto, *topics: str) -> None:
        self.heard: list[tuple[str, Any]] = []
        self.ready = asyncio.Event()
        loop = asyncio.get_running_loop()
        self.client = Client(CallbackAPIVersion.VERSION2, client_id="test", protocol=MQTTv5)
        self.client.reconnect_delay_set(1, 1)
        self.client.on_connect = lambda client, *_: client.subscribe([(t, 1) for t in topics])
        self.client.on_subscribe = lambda *_: loop.call_soon_threadsafe(self.ready.set)

        def take(_client: Any, _data: Any, message: Any) -> None:
            told = (message.topic, json.loads(message.payload))
            loop.call_soon_threadsafe(self.heard.append, told)

        self.client.on_message = take
        kept = Properties(PacketTypes.CONNECT)  # what is published while it is away, too
        kept.SessionExpiryInterval = 600
        self.client.connect_async("127.0.0.1", broker.port, clean_start=False, properties=kept)
        self.client.loop_start()

    async def say(self, topic: str, body: Any) -> None:
        payload = body if isinstance(body, bytes) else json.dumps(body).encode()
        await asyncio.to_thread(self.client.publish(topic, payload, 1).wait_for_publish, PATIENCE)

    def at(self, topic: str) -> list[Any]:
        return [body for place, body in self.heard if place == topic]

    def stop(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


@asynccontextmanager
async def listening(broker: Mosquitto, *topics: str) -> AsyncIterator[Listener]:
    found = Listener(broker, *topics)
    try:
        await asyncio.wait_for(found.ready.wait(), PATIENCE)
        yield found
    finally:
        found.stop()


async def until(condition: Any) -> None:
    """Waits for something to become true."""
    async with asyncio.timeout(PATIENCE):
        while not await condition():
            await asyncio.sleep(0.02)


async def observed(api: Api, path: str) -> list[Any]:
    found = await api.values(f"{path}/Observations", **{"$orderby": "phenomenonTime"})
    return [each["result"] for each in found]


def settings(broker: Mosquitto, **more: Any) -> dict[str, Any]:
    return {"mqtt_broker": broker.address, "mqtt_token": "contributor-jena", **more}


async def test_clients_publish_observations(
    engine: str, tmp_path: Path, broker: Mosquitto, caplog: pytest.LogCaptureFixture
) -> None:
    async with service(tmp_path, engine, **settings(broker, mqtt_message=2_000)) as api:
        _, path = await tree(api)
        async with mqtt.running(api.served.platform), listening(broker, "x") as client:
            await until_there(api, client, path)
            large = {"result": 99, "parameters": {"x": "y" * 3_000}}
            await client.say(f"v1.1/{path}/Observations", large)
            await client.say("v1.1/Observations", {"result": 2, "Datastream": {"@iot.id": 1}})
            for bad in (b"{", {"result": "viel"}, [1], {}, {"result": 1, "@iot.selfLink": "x"}):
                await client.say(f"v1.1/{path}/Observations", bad)
            await client.say("v1.1/Datastreams(99)/Observations", {"result": 1})
            await client.say("v1.1/Things/Observations", {"result": 1})
            body = {
                "result": 3,
                "phenomenonTime": "2100-01-01T00:00:00Z",
                "FeatureOfInterest": feature(),
            }
            await client.say(
                f"v1.1/{path}/Observations", {**body, "phenomenonTime": "2050-01-01T00:00:00Z"}
            )

            async def three() -> bool:
                return await observed(api, path) == [1, 2, 3]

            await until(three)
        assert "is not taken" in caplog.text


async def until_there(api: Api, client: Listener, path: str) -> None:
    """Publishes a first observation until the platform, which is just connecting, has one."""

    async def one() -> bool:
        if not await observed(api, path):
            await client.say(f"v1.1/{path}/Observations", {"result": 1})
            await asyncio.sleep(0.2)
        return bool(await observed(api, path))

    await until(one)
    for extra in (await api.values(f"{path}/Observations"))[1:]:
        await api.ask("DELETE", f"Observations({extra['@iot.id']})")


async def test_updates_are_published_at_every_topic(
    engine: str, tmp_path: Path, broker: Mosquitto
) -> None:
    chosen = settings(broker, mqtt_select=("result", "phenomenonTime+result", "name"))
    async with (
        service(tmp_path, engine, **chosen) as api,
        listening(broker, "v1.1/#") as client,
        mqtt.running(api.served.platform),
    ):

        async def turn() -> bool:
            found = await api.served.platform.store.read(
                lambda db: db.value("select count(*) from sense_publisher")
            )
            return bool(found)

        await until(turn)
        made, path = await tree(api)
        body = {"result": 7, "phenomenonTime": "2024-01-01T00:00:00Z"}
        seen = await api.make(f"{path}/Observations", body)

        async def told() -> bool:
            return bool(client.at(f"v1.1/{path}/phenomenonTime"))

        await until(told)
        whole = await api.get(seen)
        for topic in ("Observations", f"{path}/Observations", f"{made}/{path}/Observations"):
            assert client.at(f"v1.1/{topic}") == [whole], topic
        assert client.at("v1.1/FeaturesOfInterest(1)/Observations") == [whole]
        assert client.at(f"v1.1/{path}/Observations?$select=result") == [{"result": 7}]
        both = f"v1.1/{path}/Observations?$select=phenomenonTime,result"
        assert client.at(both) == [{"phenomenonTime": body["phenomenonTime"], "result": 7}]
        assert client.at(f"v1.1/{made}/Datastreams?$select=name") == [{"name": "Lufttemperatur"}]
        assert client.at(f"v1.1/{made}/Datastreams")[0]["@iot.id"] == number(path)
        assert client.at("v1.1/Things")[0]["name"] == "Linde"

        await api.ask("PATCH", made, json={"description": "geändert"})
        await api.ask("PATCH", seen, json={"result": 8})
        await api.make(f"{made}/Locations", location(12, 51, name="dort"))

        async def changed() -> bool:
            return bool(client.at(f"v1.1/{seen}/result")) and bool(client.at("v1.1/Locations(2)"))

        await until(changed)
        assert client.at(f"v1.1/{made}/description") == [{"description": "geändert"}]
        assert client.at(f"v1.1/{made}/name") == []
        assert client.at(f"v1.1/{seen}/result") == [{"result": 8}]
        assert client.at(f"v1.1/{made}")[-1]["description"] == "geändert"
        assert len(client.at(f"v1.1/{made}/HistoricalLocations")) == 2


async def test_only_what_is_public_is_published(tmp_path: Path, broker: Mosquitto) -> None:
    async with (
        service(tmp_path, **settings(broker)) as api,
        listening(broker, "v1.1/#") as client,
        mqtt.running(api.served.platform),
    ):
        closed = {"@allmende.access": "internal"}
        shared = await api.make("Sensors", {**stream()["Sensor"], **closed})
        hidden = await api.make("Things", thing("Geheim", Locations=[location()], **closed))
        path = await api.make(f"{hidden}/Datastreams", stream(name="Geheim"))
        await api.make(f"{path}/Observations", {"result": 41})
        _, fine = await tree(api)
        await api.ask("PATCH", fine, json={"Sensor": {"@iot.id": number(shared)}})
        await api.make(f"{fine}/Observations", {"result": 42})

        async def told() -> bool:
            return bool(client.at("v1.1/Observations"))

        await until(told)
        assert [each["result"] for each in client.at("v1.1/Observations")] == [42]
        text = json.dumps(client.heard)
        assert "Geheim" not in text
        assert not [topic for topic, _ in client.heard if topic.startswith(f"v1.1/{shared}")]
        assert not [topic for topic, _ in client.heard if hidden in topic]


async def test_nothing_is_lost_while_the_broker_is_away(tmp_path: Path, broker: Mosquitto) -> None:
    async with service(tmp_path, **settings(broker)) as api:
        _, path = await tree(api)
        platform = api.served.platform
        topic = f"v1.1/{path}/Observations?$select=result"
        async with mqtt.running(platform), listening(broker, topic) as client:
            await until_there(api, client, path)
            await asyncio.to_thread(broker.stop)
            for result in range(100, 120):
                await api.make(f"{path}/Observations", {"result": result})
            await asyncio.to_thread(broker.start)
            await api.make(f"{path}/Observations", {"result": 120})

            async def back() -> bool:
                return {"result": 120} in client.at(topic)

            await until(back)
        heard = {each["result"] for each in client.at(topic)}
        assert heard >= set(range(100, 121))


async def test_what_happened_while_nobody_published_is_told_later(
    engine: str, tmp_path: Path, broker: Mosquitto
) -> None:
    async with service(tmp_path, engine, **settings(broker)) as api:
        _, path = await tree(api)
        platform = api.served.platform
        topic = f"v1.1/{path}/Observations?$select=result"
        turn = await telling.take_turn(platform, mqtt.NAME, "before")
        assert turn is not None
        await telling.end_turn(platform, turn)
        for result in range(30):
            await api.make(f"{path}/Observations", {"result": result})
        async with listening(broker, topic) as client, mqtt.running(platform):

            async def all_told() -> bool:
                return len(client.at(topic)) >= 30

            await until(all_told)
            assert [each["result"] for each in client.at(topic)] == list(range(30))


async def test_one_process_at_a_time_has_the_turn(engine: str, tmp_path: Path) -> None:
    async with service(tmp_path, engine) as api:
        platform = api.served.platform
        first = await telling.take_turn(platform, "x", "one")
        assert first is not None
        assert await telling.take_turn(platform, "x", "two") is None
        assert await telling.take_turn(platform, "x", "one") is not None
        await tree(api)
        news = await telling.news(platform, first)
        assert {each.kind for each in news.entities} >= {"Thing", "Datastream", "Sensor"}
        after = await telling.advance(platform, first, news)
        assert after is not None
        assert (await telling.news(platform, after)).entities == []
        await telling.end_turn(platform, after)
        second = await telling.take_turn(platform, "x", "two")
        assert second is not None
        assert second.event == after.event
        assert await telling.advance(platform, after, news) is None


def secrets_in(tmp_path: Path) -> tuple[Path, Path, Path]:
    """A key, a certificate of this machine, and a file with the password of allmende."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-keyout", str(key), "-out", str(certificate), "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=IP:127.0.0.1"),
        ],
        check=True,
        capture_output=True,
    )
    passwords = tmp_path / "passwords"
    passwords.touch(mode=0o600)
    subprocess.run(
        ["mosquitto_passwd", "-b", str(passwords), "allmende", "geheim"],
        check=True,
        capture_output=True,
    )
    return key, certificate, passwords


async def test_a_broker_with_passwords_and_tls(tmp_path: Path) -> None:
    program = find_broker()
    if program is None:
        missing("mosquitto", "mosquitto is not installed (Debian: mosquitto)")
        return
    key, certificate, passwords = secrets_in(tmp_path)
    found = Mosquitto(
        program,
        tmp_path / "broker",
        "allow_anonymous false",
        f"password_file {passwords}",
        f"certfile {certificate}",
        f"keyfile {key}",
    )
    found.start()
    try:
        right = {
            "mqtt_broker": found.address.replace("mqtt:", "mqtts:"),
            "mqtt_user": "allmende",
            "mqtt_password": "geheim",
            "mqtt_authorities": str(certificate),
        }
        for changes, expected in (({}, True), ({"mqtt_password": "falsch"}, False)):
            async with service(tmp_path / str(expected), **{**right, **changes}) as api:
                client = broker_module.Broker(api.served.platform.settings)
                client.start()
                try:
                    async with asyncio.timeout(PATIENCE if expected else 2):
                        await client.connected.wait()
                except TimeoutError:
                    assert not expected
                    assert client.troubled
                finally:
                    await asyncio.to_thread(client.stop)
                assert client.troubled != expected
    finally:
        found.stop()


async def test_the_root_names_the_broker(tmp_path: Path) -> None:
    more = {
        "mqtt_broker": "mqtt://broker:1883",
        "mqtt_token": "x",
        "mqtt_public": "mqtts://city.example",
    }
    async with service(tmp_path, **more) as api:
        told = (await api.get(""))["serverSettings"]
        assert told[mqtt.CREATE] == {"endpoints": ["mqtts://city.example"]}
        assert told[mqtt.UPDATES] == {"endpoints": ["mqtts://city.example"]}
        assert mqtt.CREATE in told["conformance"]
    async with service(tmp_path / "2") as api:
        told = (await api.get(""))["serverSettings"]
        assert mqtt.CREATE not in told
        assert mqtt.CREATE not in told["conformance"]


@pytest.mark.parametrize("wrong", ["broker", "http://b", "mqtt://", "mqtt://u:p@b", "mqtt://b:x"])
def test_addresses_of_brokers(wrong: str) -> None:
    assert broker_module.address("mqtts://b") == ("b", 8883, True)
    assert broker_module.address("mqtt://b:77") == ("b", 77, False)
    with pytest.raises(InvalidInput):
        broker_module.address(wrong)
