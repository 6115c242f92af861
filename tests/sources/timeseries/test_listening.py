# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Brokers of others that the running platform listens to, and secrets of sources."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from starlette.testclient import TestClient
from tests.portal import city
from tests.sources.servers import running_site
from tests.support.mosquitto import Mosquitto, find_broker
from tests.support.platforms import run_scenario, settings_for
from tests.web.process import call

from allmende.core import people, sensing
from allmende.core.platform import Platform
from allmende.core.sensing import importing_again, importing_serving
from allmende.core.sensing.importing import Order
from allmende.core.sensing.importing_again import Repeat
from allmende.core.sensing.importing_mapping import access_of
from allmende.core.sensing.importing_serving import Listener
from allmende.errors import InvalidInput, NotAllowed
from allmende.interfaces.sensorthings.mqtt.broker import Broker
from allmende.policy import ANONYMOUS, SYSTEM, Role, Subject
from allmende.store import now
from allmende.store.sensing import listeners as rows
from allmende.web.app import Application
from allmende.web.rooms import rooms

STRANGER = Subject(kind="user", id="x", roles={"gera": frozenset({Role.STEWARD})})
MAPPING = {
    "source": "haus",
    "thing": {"id": "{@topic[1]}"},
    "time": {"from": "ts"},
    "streams": {"co2": {"from": "co2", "property": "carbon-dioxide"}},
}
SECOND = 1_000_000


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing_serving, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(importing_serving, "AGAIN_SECONDS", 0.05)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    program = find_broker()
    if program is None:
        pytest.skip("there is no mosquitto here")
    found = Mosquitto(program, tmp_path / "broker")
    found.start()
    yield found
    found.stop()


def order(**more: Any) -> Order:
    return Order(kind="json", organisation="jena", options=MAPPING, **more)


def send(broker: Mosquitto, *values: Any, topic: str = "haus/kueche") -> None:
    """Publishes values of carbon dioxide, a second apart; bytes as they are."""
    from paho.mqtt import publish

    at = now() // SECOND - 10_000
    publish.multiple(
        [
            (
                topic,
                value if isinstance(value, bytes) else json.dumps({"ts": at + value, "co2": value}),
                1,
                False,
            )
            for value in values
        ],
        port=broker.port,
    )


async def told(platform: Platform, condition: Callable[[Listener], bool]) -> Listener:
    """The only listener, as soon as it is so."""
    while True:
        (found,) = await platform.store.read(rows.listing)
        if condition(found):
            return found
        await anyio.sleep(0.02)


async def values(platform: Platform) -> list[Any]:
    streams = await sensing.latest(platform, SYSTEM, None)
    return [
        each.result
        for stream in streams
        for each in await sensing.series(platform, SYSTEM, stream, None, None)
    ]


async def off(work: Callable[..., Any], *words: Any) -> Any:
    return await anyio.to_thread.run_sync(lambda: work(*words))


def test_messages_come_in_through_restarts_of_both(
    engine: str, tmp_path: Path, broker: Mosquitto
) -> None:
    settings = settings_for(engine, tmp_path)
    address = f"{broker.address}/haus/%23"

    async def first(platform: Platform) -> None:
        async with importing_serving.running(platform, Broker):
            await importing_serving.plan(platform, SYSTEM, address, order())
            await told(platform, lambda each: each.connected)
            await off(send, broker, 400, 401)
            await told(platform, lambda each: each.messages == 2)
            await off(broker.stop)
            await told(platform, lambda each: not each.connected)
            await off(broker.start)
            await told(platform, lambda each: each.connected)
            await off(send, broker, 402)
            found = await told(platform, lambda each: each.messages == 3)
        assert (found.results, found.refused, found.problem) == (3, 0, None)
        assert await values(platform) == [400.0, 401.0, 402.0]
        await told(platform, lambda each: not each.connected)

    async def second(platform: Platform) -> None:
        async with importing_serving.running(platform, Broker):
            found = await told(platform, lambda each: each.messages == 6)
            assert (found.results, found.refused) == (5, 1)
            assert found.problem is not None
            assert await values(platform) == [400.0, 401.0, 402.0, 403.0, 404.0]
            assert await importing_serving.stop(platform, SYSTEM, found)
            assert not await importing_serving.stop(platform, SYSTEM, found)

    run_scenario(settings, first)
    send(broker, 403, b"{ no json", 404)  # while the platform is away
    run_scenario(settings, second)


def test_a_platform_that_cannot_keeps_the_message(
    tmp_path: Path, broker: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    from allmende.core.sensing import importing
    from allmende.errors import Busy

    real, failures = importing.register, [Busy("full", "voll"), Busy("full", "voll")]

    async def register(*words: Any) -> Any:
        if failures:
            raise failures.pop()
        return await real(*words)

    monkeypatch.setattr(importing, "register", register)

    async def scenario(platform: Platform) -> None:
        async with importing_serving.running(platform, Broker):
            await importing_serving.plan(platform, SYSTEM, f"{broker.address}/haus/+", order())
            await told(platform, lambda each: each.connected)
            await off(send, broker, 400)
            found = await told(platform, lambda each: each.messages == 1)
        assert (found.results, found.refused, failures) == (1, 0, [])

    run_scenario(settings_for("s", tmp_path), scenario)


def test_who_may_have_it_listen(engine: str, tmp_path: Path) -> None:
    address = "mqtt://127.0.0.1:1/haus/%23"

    async def scenario(platform: Platform) -> None:
        for subject in (ANONYMOUS, STRANGER):
            with pytest.raises(NotAllowed):
                await importing_serving.plan(platform, subject, address, order())
        with pytest.raises(InvalidInput):
            await importing_serving.plan(platform, SYSTEM, "mqtt://u:p@h/x", order())
        missing = order(password="env:ALLMENDE_SOURCE_MISSING")
        with pytest.raises(InvalidInput):
            await importing_serving.plan(platform, SYSTEM, address, missing)
        made = await importing_serving.plan(platform, SYSTEM, address, order())
        assert await importing_serving.planned(platform, STRANGER) == []
        assert len(await importing_serving.planned(platform, SYSTEM)) == 1
        with pytest.raises(NotAllowed):
            await importing_serving.stop(platform, STRANGER, made)

    run_scenario(settings_for(engine, tmp_path), scenario)


def test_the_command_and_the_page_of_health(tmp_path: Path) -> None:
    mapping = tmp_path / "haus.toml"
    mapping.write_text(
        'kind = "json"\npassword = "env:ALLMENDE_SOURCE_HAUS"\n[time]\nfrom = "ts"\n'
        '[streams.co2]\nproperty = "carbon-dioxide"\n',
        "utf-8",
    )
    words = ("observe", "mqtt://me@127.0.0.1:1/haus/%23", "--mapping", mapping, "--json")
    place = ("--data", tmp_path / "data", "--organisation", "jena")
    assert call(*words, "--always", *place).returncode == 2
    secret = {"ALLMENDE_SOURCE_HAUS": "open sesame"}
    done = call(*words, "--always", *place, **secret)
    assert done.returncode == 0, done.stderr
    settings = city.settings(tmp_path)

    async def look(platform: Platform) -> None:
        (found,) = await platform.store.read(rows.listing)
        assert "sesame" not in found.arrangement + found.address
        await people.save_organisation(platform, SYSTEM, "jena", {"de": "Jena"})
        roles = {"jena": frozenset({Role.STEWARD})}
        await people.create_account(
            platform, SYSTEM, city.LOGIN, "Ada Beispiel", city.PASSWORD, roles
        )
        wrong = {"en": "No <JSON>.", "de": "Kein <JSON>."}
        await platform.store.write(rows.note_messages, found.id, 2, 1, 1, wrong)

    run_scenario(settings, look)
    with TestClient(Application(settings, rooms()), base_url=city.BASE) as client:
        assert "mqtt://me@" not in client.get("/en/devices/health").text
        form = {"login": city.LOGIN, "password": city.PASSWORD, "next": "/de/account"}
        client.post("/de/login", data=form, headers={"origin": city.BASE})
        page = client.get("/en/devices/health").text
    assert "mqtt://me@127.0.0.1:1/haus/%23" in page
    assert "not connected" in page
    assert "No &lt;JSON&gt;." in page
    assert json.loads(call(*words, "--stop", *place, **secret).stdout) == {"stopped": 1}
    assert call(*words, "--stop", *place, **secret).returncode == 1


# --- secrets of addresses that are fetched --------------------------------------------------


def test_headers_of_a_source_are_sent_to_its_host_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    csv = "Zeit;Luftdruck [hPa]\n2024-05-01T00:00Z;990,5\n"
    key = tmp_path / "key"
    key.write_text("from a file\n", "utf-8")
    monkeypatch.setenv("ALLMENDE_SOURCE_KEY", "open sesame")
    monkeypatch.setenv("ALLMENDE_SOURCE_OTHER_FILE", str(key))
    headers = {
        "X-Api-Key": "env:ALLMENDE_SOURCE_KEY",
        "Authorization": "env:ALLMENDE_SOURCE_OTHER",
        "Accept-Language": "de",
    }
    with running_site() as site, running_site() as other:
        target = other.serve("/data.csv", csv, "text/csv")
        source = site.serve("/data.csv", csv, "text/csv")
        moved = site.address + "/moved.csv"

        async def redirect(_request: Any) -> Any:
            from starlette.responses import RedirectResponse

            return RedirectResponse(target)

        site("/moved.csv")(redirect)
        given = Order(kind="csv", organisation="jena", headers=headers)

        async def scenario(platform: Platform) -> None:
            for address in (source, moved):
                repeat = Repeat(address=address, order=given, rule="every 1h")
                schedule = await importing_again.plan(platform, SYSTEM, repeat)
                assert "sesame" not in json.dumps(dict(schedule.arguments))
                await importing_again.work(platform, schedule.arguments)

        run_scenario(settings_for("s", tmp_path, harvest_private=True, harvest_pause=0), scenario)
        for asked in site.headers:
            assert asked["x-api-key"] == "open sesame"
            assert asked["authorization"] == "from a file"
            assert asked["accept-language"] == "de"
        (elsewhere,) = other.headers
        assert "x-api-key" not in elsewhere
        assert "authorization" not in elsewhere


@pytest.mark.parametrize(
    "options",
    [
        {"headers": {"X-Api-Key": "in plain text"}},
        {"headers": {"authorization": "Bearer x"}},
        {"headers": {"A b": "x"}},
        {"headers": {"Accept": "a\r\nHost: b"}},
        {"headers": {f"X-{n}": "x" for n in range(21)}},
        {"headers": "x"},
        {"password": "in plain text"},
    ],
)
def test_secrets_do_not_stand_in_descriptions(options: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        access_of(options)
