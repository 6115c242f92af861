# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The client of Fraunhofer IOSB writes and reads here as at its own server."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import frost_sta_client as fsc
import geojson
import pytest
from jsonpatch import JsonPatch
from tests.interfaces.sensorthings.writers import OM, service
from tests.interfaces.support import listening

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.filterwarnings("ignore:furl.pathstr is deprecated:DeprecationWarning"),
]


def thing_and_stream(api: Any) -> tuple[Any, Any]:
    """Makes a thing at a place and a datastream of it."""
    place = fsc.Location(
        name="Platz",
        description="ein Ort",
        location=geojson.Point((11.5, 50.9)),
        encoding_type="application/geo+json",
    )
    thing = fsc.Thing(
        name="Linde", description="ein Baum", properties={"art": "Tilia"}, locations=[place]
    )
    api.create(thing)
    sensor = fsc.Sensor(name="Fühler", description="x", encoding_type="text/html", metadata="y")
    observed = fsc.ObservedProperty(
        name="Temperatur", definition="https://example.org/t", description="x"
    )
    unit = fsc.UnitOfMeasurement(name="degree Celsius", symbol="°C", definition="ucum:Cel")
    stream = fsc.Datastream(
        name="Luft",
        description="x",
        observation_type=f"{OM}OM_Measurement",
        unit_of_measurement=unit,
        thing=thing,
        sensor=sensor,
        observed_property=observed,
    )
    api.create(stream)
    return thing, stream


def write_and_read(address: str) -> dict[str, Any]:
    """What a program does with the client; runs in a thread."""
    api = fsc.SensorThingsService(address)
    original = api.execute

    def execute(method: str, url: Any, **more: Any) -> Any:
        headers = {**more.pop("headers", {}), "authorization": "Bearer contributor-jena"}
        return original(method, url, headers=headers, **more)

    api.execute = execute
    thing, stream = thing_and_stream(api)
    for hour in range(5):
        api.create(
            fsc.Observation(
                result=20 + hour,
                phenomenon_time=f"2024-05-01T0{hour}:00:00Z",
                datastream=stream,
            )
        )
    found = api.datastreams().find(stream.id)
    found.description = "geändert"
    api.update(found)
    api.patch(thing, JsonPatch([{"op": "add", "path": "/properties/alter", "value": 80}]))
    hot = found.get_observations().query().filter("result gt 21").orderby("result", "desc").list()
    results = [each.result for each in hot]
    told = {
        "results": results,
        "thing": api.things().find(thing.id).properties,
        "stream": api.datastreams().find(stream.id).description,
    }
    api.delete(hot.entities[0])
    told["left"] = len(found.get_observations().query().list().entities)
    api.delete(thing)
    told["things"] = len(api.things().query().list().entities)
    return told


async def test_frost_client(tmp_path: Path) -> None:
    async with service(tmp_path) as api, listening(api.served.app) as base:
        address = f"{base}/sensorthings/v1.1"
        told = await asyncio.to_thread(write_and_read, address)
    assert told == {
        "results": [24, 23, 22],
        "thing": {"art": "Tilia", "alter": 80},
        "stream": "geändert",
        "left": 4,
        "things": 0,
    }
