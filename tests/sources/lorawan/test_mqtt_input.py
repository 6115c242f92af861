# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Messages of networks that come by MQTT, with Debian's Mosquitto as the broker."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from tests.conftest import missing
from tests.support.lorawan import body, changed
from tests.support.mosquitto import Mosquitto, find_broker
from tests.support.platforms import settings_for

from allmende.core.platform import Platform
from allmende.core.sensing import codecs, devices, devices_intake, devices_links, devices_mqtt
from allmende.core.sensing.devices_links import BrokerLink, Links, StorageLink
from allmende.errors import Busy, InvalidInput, NotAllowed, NotFound
from allmende.interfaces.sensorthings.mqtt import broker as broker_module
from allmende.interfaces.sensorthings.mqtt.broker import Broker
from allmende.policy import ANONYMOUS, SYSTEM, Role, Subject
from allmende.sources.lorawan import webhook

pytestmark = pytest.mark.anyio
PATIENCE = 30.0
STEWARD = Subject(kind="user", id="u1", roles={"jena": frozenset({Role.STEWARD})})
EUI = "70b3d57ed0056c1d"
UP = f"application/1/device/{EUI}/event/up"
SOIL = "chirpstack_uplink_7"


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
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits long in the tests."""
    monkeypatch.setattr(broker_module, "LONGEST_PAUSE", 1)
    monkeypatch.setattr(devices_mqtt, "LOOK_SECONDS", 0.2)
    monkeypatch.setattr(devices_mqtt, "AGAIN_SECONDS", 0.2)


@asynccontextmanager
async def platform_with(
    engine: str, folder: Path, kind: str = "chirpstack", link: BrokerLink | None = None, **more: Any
) -> AsyncIterator[Platform]:
    """A platform with a source that listens."""
    settings = msgspec.structs.replace(settings_for(engine, folder), **more)
    async with Platform.open(settings) as platform:
        await devices.create_source(platform, STEWARD, "net", kind, "jena", adopt=True)
        if link is not None:
            await devices_links.connect(platform, SYSTEM, "net", Links(broker=link))
        try:
            yield platform
        finally:
            await codecs.close(platform)


def city(engine: str, folder: Path, broker: Mosquitto, **more: Any) -> Any:
    link = BrokerLink(topic=devices_links.TOPICS["chirpstack"])
    return platform_with(engine, folder, link=link, mqtt_broker=broker.address, **more)


def listening(platform: Platform, handle: Any = webhook.handle) -> Any:
    return devices_mqtt.running(platform, Broker, handle)


async def say(broker: Mosquitto, topic: str, *messages: bytes) -> None:
    """Publishes as a network would and returns when the broker has it."""
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    try:
        for each in messages:
            await asyncio.to_thread(client.publish(topic, each, 1).wait_for_publish, PATIENCE)
    finally:
        client.disconnect()
        client.loop_stop()


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await condition():
            await asyncio.sleep(0.05)


async def counters(platform: Platform) -> list[int | None]:
    """The counters of all messages that were taken in."""
    await devices_intake.drain(platform)
    found = await devices.devices(platform, SYSTEM)
    kept = [each for one in found for each in await devices.messages(platform, SYSTEM, one.id)]
    return sorted(each.uplink.counter or 0 for each in kept)


async def subscribed(platform: Platform, broker: Mosquitto) -> None:
    """Returns when the platform listens: a first message has come."""

    async def there() -> bool:
        if not await counters(platform):
            await say(broker, UP, changed(SOIL, fCnt=1))
        return bool(await counters(platform))

    await until(there)


async def test_messages_of_both_networks_are_taken_in(
    engine: str, tmp_path: Path, broker: Mosquitto
) -> None:
    async with city(engine, tmp_path, broker) as platform:
        await devices.create_source(platform, STEWARD, "things", "tts", "jena", adopt=True)
        link = BrokerLink(topic=devices_links.TOPICS["tts"])
        async with listening(platform):
            await subscribed(platform, broker)
            await devices_links.connect(platform, SYSTEM, "things", Links(broker=link))
            topic = "v3/app@ttn/devices/probe-1/up"

            async def both() -> bool:
                await say(broker, topic, body("ttn_v3_uplink_noise"))
                await devices_intake.drain(platform)
                return len(await devices.devices(platform, SYSTEM)) == 2

            await until(both)
            await say(broker, topic, b"{", body(SOIL))
            await say(broker, "v3/app@ttn/devices/probe-1/down/sent", b"x")
            await say(broker, UP, changed(SOIL, fCnt=2), changed(SOIL, fCnt=2))

            async def done() -> bool:
                aside = await devices.unreadable(platform, STEWARD, "things")
                return len(aside) == 2 and 2 in await counters(platform)

            await until(done)
        sources = {each.id: each for each in await devices.sources(platform, STEWARD)}
        assert sources["things"].refused == 2
        assert sources["net"].refused == 0


async def test_nothing_is_lost_while_broker_or_platform_are_away(
    engine: str, tmp_path: Path, broker: Mosquitto
) -> None:
    async with city(engine, tmp_path, broker) as platform:
        async with listening(platform):
            await subscribed(platform, broker)
            await asyncio.to_thread(broker.stop)
            await asyncio.to_thread(broker.start)
            await say(broker, UP, changed(SOIL, fCnt=2))
        await say(broker, UP, *(changed(SOIL, fCnt=count) for count in range(3, 30)))
        await asyncio.to_thread(broker.stop)
        async with listening(platform):
            await asyncio.sleep(0.5)
            await asyncio.to_thread(broker.start)
            await say(broker, UP, changed(SOIL, fCnt=30))

            async def all_there() -> bool:
                (device,) = await devices.devices(platform, SYSTEM)
                return device.uplinks == 30

            await until(all_there)
            (device,) = await devices.devices(platform, SYSTEM)
            assert device.lost == 0


async def test_a_message_is_acknowledged_only_when_it_is_durable(
    engine: str, tmp_path: Path, broker: Mosquitto
) -> None:
    refused = 0

    async def busy(*_: Any) -> None:
        nonlocal refused
        refused += 1
        raise Busy("later", "später")

    async with city(engine, tmp_path, broker) as platform:
        async with listening(platform):
            await subscribed(platform, broker)
        async with listening(platform, busy):
            await say(broker, UP, changed(SOIL, fCnt=2))

            async def often() -> bool:
                return refused > 12

            await until(often)  # more often than a message that fails is tried
        assert await counters(platform) == [1]
        async with listening(platform):

            async def there() -> bool:
                return await counters(platform) == [1, 2]

            await until(there)
        assert await devices.unreadable(platform, STEWARD, "net") == []


async def test_a_message_at_which_the_platform_fails_is_set_aside(
    tmp_path: Path, engine: str, broker: Mosquitto, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(platform: Platform, source: Any, topic: str, payload: bytes) -> None:
        if b'"fCnt":7' in payload:
            raise RuntimeError("broken")
        await webhook.handle(platform, source, topic, payload)

    async with city(engine, tmp_path, broker) as platform, listening(platform, broken):
        await subscribed(platform, broker)
        await say(broker, UP, changed(SOIL, fCnt=7), changed(SOIL, fCnt=2))

        async def aside() -> bool:
            return bool(await devices.unreadable(platform, STEWARD, "net"))

        async def after() -> bool:
            return await counters(platform) == [1, 2]

        await until(aside)
        await until(after)  # what comes behind the broken message is not held up
        (kept,) = await devices.unreadable(platform, STEWARD, "net")
        assert kept.problem
        assert "failed" in kept.problem["en"]
    assert "RuntimeError: broken" in caplog.text


def secured(folder: Path) -> Mosquitto:
    """A broker with a certificate of its own that knows one name and password."""
    program, passwd, openssl = (
        find_broker(),
        shutil.which("mosquitto_passwd"),
        shutil.which("openssl"),
    )
    if not program or not passwd or not openssl:
        missing("mosquitto", "mosquitto, mosquitto_passwd and openssl are needed")
        raise AssertionError
    folder.mkdir()
    command = (
        f"{openssl} req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
        f"-keyout {folder}/key.pem -out {folder}/cert.pem -subj /CN=localhost "
        "-addext subjectAltName=DNS:localhost"
    )
    subprocess.run(command.split(), check=True, capture_output=True)
    subprocess.run(
        [passwd, "-b", "-c", str(folder / "names"), "app@ttn", "s3cret"],
        check=True, capture_output=True,
    )  # fmt: skip
    for name in ("key.pem", "names"):
        (folder / name).chmod(0o644)
    return Mosquitto(
        program, folder, "allow_anonymous false", f"password_file {folder}/names",
        f"certfile {folder}/cert.pem", f"keyfile {folder}/key.pem",
    )  # fmt: skip


async def test_a_source_may_have_a_broker_of_its_own(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker = secured(tmp_path / "other")
    broker.start()
    (tmp_path / "password").write_text("s3cret\n")
    monkeypatch.setenv("ALLMENDE_NETWORK_NET_PASSWORD_FILE", str(tmp_path / "password"))
    link = BrokerLink(
        topic="v3/+/devices/+/up",
        address=f"mqtts://localhost:{broker.port}",
        user="app@ttn",
        version="3.1.1",
        authorities=str(tmp_path / "other" / "cert.pem"),
    )
    try:
        async with platform_with(engine, tmp_path, "tts", link) as platform, listening(platform):

            async def there() -> bool:
                await asyncio.to_thread(publish_secured, broker, tmp_path)
                return bool(await counters(platform))

            await until(there)
    finally:
        broker.stop()


def publish_secured(broker: Mosquitto, folder: Path) -> None:
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
    client.username_pw_set("app@ttn", "s3cret")
    client.tls_set(str(folder / "other" / "cert.pem"))
    client.connect("localhost", broker.port)
    client.loop_start()
    topic = "v3/app@ttn/devices/probe-1/up"
    client.publish(topic, body("ttn_v3_uplink_noise"), 1).wait_for_publish(PATIENCE)
    client.disconnect()
    client.loop_stop()


async def test_a_revoked_source_is_heard_no_more(
    engine: str, tmp_path: Path, broker: Mosquitto
) -> None:
    async with city(engine, tmp_path, broker) as platform, listening(platform):
        await subscribed(platform, broker)
        secret = await devices.create_source(platform, STEWARD, "other", "chirpstack", "jena")
        await devices_links.revoke(platform, STEWARD, "other")
        for who, shown in ((ANONYMOUS, secret), (STEWARD, ""), (ANONYMOUS, "")):
            with pytest.raises(NotFound):
                await devices.open_source(platform, who, "other", shown)
        with pytest.raises(NotFound):
            await devices_links.connect(platform, SYSTEM, "other", Links())
        await devices_links.revoke(platform, STEWARD, "net")
        await asyncio.sleep(1)
        await say(broker, UP, changed(SOIL, fCnt=2))
        await asyncio.sleep(0.5)
        assert await counters(platform) == [1]


async def test_who_may_connect_and_what_is_no_link(engine: str, tmp_path: Path) -> None:
    async with platform_with(engine, tmp_path) as platform:
        with pytest.raises(NotAllowed):
            await devices_links.connect(platform, STEWARD, "net", Links())
        with pytest.raises(NotFound):
            await devices_links.revoke(platform, ANONYMOUS, "net")
        for topic in ("", "a/#/b", "a+/b", "x" * 600, "a/\0"):
            links = Links(broker=BrokerLink(topic=topic))
            with pytest.raises(InvalidInput, match="topic"):
                await devices_links.connect(platform, SYSTEM, "net", links)
        for address in ("host", "http://host", "mqtt://u:p@host", "mqtt://host:99999", "mqtt://"):
            links = Links(broker=BrokerLink(topic="a/#", address=address))
            with pytest.raises(InvalidInput, match="mqtts"):
                await devices_links.connect(platform, SYSTEM, "net", links)
        links = Links(storage=StorageLink(address="https://eu1.example"))
        with pytest.raises(InvalidInput, match="https"):
            await devices_links.connect(platform, SYSTEM, "net", links)  # it is no tts


def test_secrets_stand_in_the_environment_or_a_file(tmp_path: Path) -> None:
    assert devices_links.secret_of("my-net", "KEY", {}) == ""
    assert devices_links.secret_of("my-net", "KEY", {"ALLMENDE_NETWORK_MY_NET_KEY": " a "}) == "a"
    file = tmp_path / "key"
    environ = {"ALLMENDE_NETWORK_MY_NET_KEY_FILE": str(file), "ALLMENDE_NETWORK_MY_NET_KEY": "a"}
    with pytest.raises(InvalidInput, match="cannot be read"):
        devices_links.secret_of("my-net", "KEY", environ)
    file.write_text("b\n")
    assert devices_links.secret_of("my-net", "KEY", environ) == "b"
