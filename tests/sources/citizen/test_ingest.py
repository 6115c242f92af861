# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What sensors of citizens send: stored, flagged, refused in plain words, never too much."""

import base64
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.citizens import bearer, client, person, sensor

from allmende.core import sensing
from allmende.core.platform import Platform
from allmende.core.sensing import citizens
from allmende.errors import InvalidInput
from allmende.model.sensing.moments import written
from allmende.policy import SYSTEM
from allmende.sources.citizen.reading import read
from allmende.store import now
from allmende.store.sensing import citizen_things

Run = Callable[[Callable[[Platform], Awaitable[None]]], None]
HOUR = 3_600_000_000

COMMUNITY = {
    "esp8266id": "1234567",
    "software_version": "NRZ-2024-135",
    "sensordatavalues": [
        {"value_type": "SDS_P1", "value": "12.35"},
        {"value_type": "SDS_P2", "value": "6.10"},
        {"value_type": "BME280_temperature", "value": "21.50"},
        {"value_type": "BME280_pressure", "value": "98765.43"},
        {"value_type": "GPS_lat", "value": "50.927456"},
        {"value_type": "GPS_lon", "value": "11.586123"},
        {"value_type": "signal", "value": "-67"},
    ],
}


async def stored(platform: Platform, thing: int | None, key: str) -> list[Any]:
    assert thing is not None
    streams = await platform.store.read(citizen_things.streams, thing)
    return await sensing.series(platform, SYSTEM, streams[key])


def test_values_of_an_own_program_are_stored_and_judged(run: Run) -> None:
    async def scenario(platform: Platform) -> None:
        made = await sensor(platform, await person(platform))
        async with client(platform) as http:
            answer = await http.post(
                "/ingest/citizen",
                json={"temperature": 21.5, "humidity": 300, "noise": 10, "colour": "red"},
                headers=bearer(made.key),
            )
        assert answer.status_code == 201, answer.text
        said = answer.json()
        assert said["taken"] == {"temperature": "good", "humidity": "bad", "noise": "suspect"}
        assert said["unknown"] == ["colour"]
        found = await stored(platform, made.sensor.thing, "humidity")
        assert [(each.result, each.rule) for each in found] == [(300, "valid-range")]
        again = await citizens.one(platform, await whose(platform, made), made.sensor.id)
        assert (again.taken, again.refused, again.problem) == (3, 0, None)

    run(scenario)


async def whose(platform: Platform, made: citizens.Made) -> Any:
    from allmende.policy import Role, Subject

    return Subject(
        kind="user", id=made.sensor.account, roles={"citizens": frozenset({Role.CITIZEN})}
    )


def test_the_firmware_of_sensor_community_sends_with_basic(run: Run) -> None:
    async def scenario(platform: Platform) -> None:
        made = await sensor(
            platform,
            await person(platform),
            kind="sensor-community",
            shown=("pm10", "pm2_5", "temperature", "pressure"),
            inside=(),
        )
        basic = base64.b64encode(f"sensor:{made.key}".encode()).decode()
        async with client(platform) as http:
            answer = await http.post(
                "/ingest/citizen",
                json=COMMUNITY,
                headers={"authorization": f"Basic {basic}", "x-sensor": "esp8266-1234567"},
            )
        assert answer.status_code == 201, answer.text
        assert set(answer.json()["taken"]) == {"pm10", "pm2_5", "temperature", "pressure"}
        assert answer.json()["unknown"] == ["GPS_lat", "GPS_lon", "signal"]
        pressure = await stored(platform, made.sensor.thing, "pressure")
        assert [each.result for each in pressure] == [pytest.approx(987.6543)]

    run(scenario)


def test_the_same_message_twice_is_stored_once(run: Run) -> None:
    async def scenario(platform: Platform) -> None:
        made = await sensor(platform, await person(platform))
        body = {"time": written(now() - HOUR), "temperature": 3}
        async with client(platform) as http:
            for _ in range(2):
                answer = await http.post("/ingest/citizen", json=body, headers=bearer(made.key))
                assert answer.status_code == 201
        assert len(await stored(platform, made.sensor.thing, "temperature")) == 1

    run(scenario)


@pytest.mark.parametrize(
    ("hours", "word"), [(-24 * 8, "älter als 7 Tage"), (1, "mehr als 2 Minuten in der Zukunft")]
)
def test_a_clock_that_is_wrong_is_told_in_ones_language(run: Run, hours: int, word: str) -> None:
    async def scenario(platform: Platform) -> None:
        subject = await person(platform)
        made = await sensor(platform, subject)
        async with client(platform) as http:
            answer = await http.post(
                "/ingest/citizen",
                json={"time": (now() + hours * HOUR) // 1_000_000, "temperature": 3},
                headers={**bearer(made.key), "accept-language": "de"},
            )
        assert answer.status_code == 422
        assert word in answer.json()["detail"]
        assert not await stored(platform, made.sensor.thing, "temperature")
        told = (await citizens.one(platform, subject, made.sensor.id)).problem
        assert told is not None
        assert word in told["de"]

    run(scenario)


@pytest.mark.parametrize("value", ["warm", None, True, [1], {"a": 1}, "21.5"])
def test_what_is_no_number_is_refused(run: Run, value: Any) -> None:
    async def scenario(platform: Platform) -> None:
        made = await sensor(platform, await person(platform))
        async with client(platform) as http:
            answer = await http.post(
                "/ingest/citizen",
                json={"temperature": value, "humidity": 50},
                headers=bearer(made.key),
            )
        assert answer.status_code == 201
        assert list(answer.json()["taken"]) == ["humidity"]
        assert not await stored(platform, made.sensor.thing, "temperature")

    run(scenario)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"{}", b'{"time": "soon", "temperature": 1}'])
def test_what_is_no_message_is_refused(run: Run, body: bytes) -> None:
    async def scenario(platform: Platform) -> None:
        made = await sensor(platform, await person(platform))
        async with client(platform) as http:
            answer = await http.post("/ingest/citizen", content=body, headers=bearer(made.key))
            assert answer.status_code == 400, answer.text
            large = await http.post(
                "/ingest/citizen", content=b" " * 70_000, headers=bearer(made.key)
            )
            assert large.status_code == 413

    run(scenario)


@pytest.mark.parametrize("header", [{}, {"authorization": "Basic eDp5"}, bearer("alc_" + "0" * 48)])
def test_without_a_key_nothing_is_taken(run: Run, header: dict[str, str]) -> None:
    async def scenario(platform: Platform) -> None:
        await sensor(platform, await person(platform))
        async with client(platform) as http:
            answer = await http.post("/ingest/citizen", json={"temperature": 1}, headers=header)
            assert answer.status_code == 401

    run(scenario)


def test_too_many_values_are_told_when_to_come_again(run: Run) -> None:
    async def scenario(platform: Platform) -> None:
        made = await sensor(platform, await person(platform))
        async with client(platform) as http:
            moment = now() // 1_000_000
            answers = [
                await http.post(
                    "/ingest/citizen",
                    json={"time": moment - at, "temperature": 1, "humidity": 2, "noise": 40},
                    headers=bearer(made.key),
                )
                for at in range(60)
            ]
        late = [each for each in answers if each.status_code == 429]
        assert late
        assert all(int(each.headers["retry-after"]) >= 1 for each in late)
        assert {each.status_code for each in answers} == {201, 429}

    run(scenario)


def test_a_key_opens_nothing_else(run: Run) -> None:
    async def scenario(platform: Platform) -> None:
        made = await sensor(platform, await person(platform))
        async with client(platform) as http:
            for path in ("/de/account", "/de/my-sensors/new", "/de/citizens"):
                answer = await http.get(path, headers=bearer(made.key))
                assert answer.status_code in (401, 403), path
            answer = await http.post(
                "/ogc/collections/trees/items",
                json={"type": "Feature"},
                headers=bearer(made.key),
            )
            assert answer.status_code in (403, 404, 405)

    run(scenario)


def test_renewed_and_ended_keys_are_useless(run: Run) -> None:
    from allmende.core.sensing import citizens_ending

    async def scenario(platform: Platform) -> None:
        subject = await person(platform)
        made = await sensor(platform, subject)

        async def send(key: str) -> int:
            answer = await http.post(
                "/ingest/citizen", json={"temperature": 1}, headers=bearer(key)
            )
            return answer.status_code

        async with client(platform) as http:
            assert await send(made.key) == 201
            fresh = await citizens.renew_key(platform, subject, made.sensor.id)
            assert await send(made.key) == 401
            assert await send(fresh) == 201
            await citizens_ending.end(platform, subject, made.sensor.id, erase=False)
            assert await send(fresh) == 401

    run(scenario)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), lambda each: (
    st.lists(each, max_size=5) | st.dictionaries(st.text(max_size=20), each, max_size=5)
)))  # fmt: skip
def test_any_json_is_a_message_or_a_reason(body: Any) -> None:
    for form in (body, {"sensordatavalues": body}, {"time": body, "temperature": 1}):
        with contextlib.suppress(InvalidInput):
            message = read(form)
            assert message.values or message.unknown or "sensordatavalues" in form
            assert not {"lat", "lon", "latitude", "longitude"} & set(message.values)
