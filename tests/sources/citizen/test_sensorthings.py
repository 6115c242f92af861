# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the key of a citizen's sensor may do by SensorThings: add results to its own, no more."""

from collections.abc import Awaitable, Callable
from typing import Any

from tests.support.citizens import EXACT, bearer, client, person, sensor

from allmende.core import sensing
from allmende.core.platform import Platform
from allmende.core.sensing.citizens import Made
from allmende.model.sensing.observation import Flag, Observation
from allmende.policy import SYSTEM
from allmende.store.sensing import citizen_things

Run = Callable[[Callable[[Platform], Awaitable[None]]], None]
ROOT = "/sensorthings/v1.1"
FEATURE = {
    "name": "here",
    "description": "",
    "encodingType": "application/geo+json",
    "feature": {"type": "Point", "coordinates": list(EXACT)},
}


async def streams(platform: Platform, made: Made) -> dict[str, int]:
    assert made.sensor.thing is not None
    return await platform.store.read(citizen_things.streams, made.sensor.thing)


async def stored(platform: Platform, made: Made, key: str) -> list[Observation]:
    return await sensing.series(platform, SYSTEM, (await streams(platform, made))[key])


async def ask(platform: Platform, made: Made, method: str, path: str, body: Any) -> tuple[int, Any]:
    async with client(platform) as http:
        answer = await http.request(method, ROOT + path, json=body, headers=bearer(made.key))
        return answer.status_code, answer.text


def test_results_are_added_and_judged(run: Run) -> None:
    async def scenario(platform: Platform) -> None:
        made = await sensor(platform, await person(platform))
        own = await streams(platform, made)
        path = f"/Datastreams({own['temperature']})/Observations"
        for result in (20, 45, 999):
            status, text = await ask(platform, made, "POST", path, {"result": result})
            assert status == 201, text
        body = {"result": 40, "Datastream": {"@iot.id": own["noise"]}}
        assert (await ask(platform, made, "POST", "/Observations", body))[0] == 201
        flags = [each.flag for each in await stored(platform, made, "temperature")]
        assert flags == [Flag.GOOD, Flag.GOOD, Flag.BAD]
        assert len(await stored(platform, made, "noise")) == 1

    run(scenario)


def test_nothing_but_a_result_and_its_time_is_taken(run: Run) -> None:
    async def scenario(platform: Platform) -> None:
        made = await sensor(platform, await person(platform))
        stream = (await streams(platform, made))["temperature"]
        path = f"/Datastreams({stream})/Observations"
        for more, status in (
            ({"FeatureOfInterest": {"@iot.id": 1}}, 400),
            ({"FeatureOfInterest": FEATURE}, 403),
            ({"parameters": {"lat": EXACT[1]}}, 400),
            ({"resultQuality": str(EXACT[1])}, 400),
            ({"validTime": "2026-01-01T00:00:00Z/2026-01-02T00:00:00Z"}, 400),
            ({"phenomenonTime": "2020-01-01T00:00:00Z"}, 400),
            ({"phenomenonTime": "2090-01-01T00:00:00Z"}, 400),
        ):
            found = await ask(platform, made, "POST", path, {"result": 1, **more})
            assert found[0] == status, (more, found)
        table = [
            {
                "Datastream": {"@iot.id": stream},
                "components": ["result", "FeatureOfInterest/id"],
                "dataArray": [[1, 1]],
            }
        ]
        _, text = await ask(platform, made, "POST", "/CreateObservations", table)
        assert "error" in text
        assert not await stored(platform, made, "temperature")

    run(scenario)


def test_many_at_once_are_too_many(run: Run) -> None:
    async def scenario(platform: Platform) -> None:
        made = await sensor(platform, await person(platform))
        stream = (await streams(platform, made))["temperature"]
        table = [
            {
                "Datastream": {"@iot.id": stream},
                "components": ["result"],
                "dataArray": [[each] for each in range(150)],
            }
        ]
        status, text = await ask(platform, made, "POST", "/CreateObservations", table)
        assert status == 429 or "error" in text
        assert len(await stored(platform, made, "temperature")) <= 100

    run(scenario)


def test_other_datastreams_and_entities_are_closed(run: Run) -> None:
    async def scenario(platform: Platform) -> None:
        made = await sensor(platform, await person(platform))
        other = await sensor(platform, await person(platform, "max@example.org"), name="Garten")
        for key, stream in (await streams(platform, other)).items():
            body = {"result": 1, "Datastream": {"@iot.id": stream}}
            status, _ = await ask(platform, made, "POST", "/Observations", body)
            assert status in (400, 403, 404), key
            assert not await stored(platform, other, key)
        path = f"/Things({made.sensor.thing})"
        for door, body in (
            ("/Things", {"name": "x", "description": ""}),
            ("/FeaturesOfInterest", FEATURE),
            (f"{path}/Locations", FEATURE),
            ("/Parties", {"role": "individual"}),
        ):
            status, text = await ask(platform, made, "POST", door, body)
            assert status in (400, 403), (door, text)

    run(scenario)


def test_nothing_is_changed_or_deleted(run: Run) -> None:
    async def scenario(platform: Platform) -> None:
        made = await sensor(platform, await person(platform))
        stream = (await streams(platform, made))["temperature"]
        await ask(platform, made, "POST", f"/Datastreams({stream})/Observations", {"result": 20})
        ident = (await stored(platform, made, "temperature"))[0].id
        for method in ("PATCH", "PUT", "DELETE"):
            for path in (
                f"/Things({made.sensor.thing})",
                f"/Datastreams({stream})",
                f"/Observations({ident})",
                "/Locations(1)",
                "/FeaturesOfInterest(1)",
                "/Parties(1)",
                "/Licenses(1)",
            ):
                status, text = await ask(platform, made, method, path, {"description": "x"})
                assert status in (400, 403), (method, path, text)
        assert [each.result for each in await stored(platform, made, "temperature")] == [20]

    run(scenario)
