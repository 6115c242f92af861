# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A small city that is read: two things, four datastreams, observations with known results."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.interfaces.sensorthings.writers import OM, UNIT, Api
from tests.interfaces.support import BASE, Served, served

from allmende.core import accounts
from allmende.interfaces.sensorthings import routes
from allmende.policy import SYSTEM

ROOT = f"{BASE}/sensorthings/v1.1"
POINT = {"type": "Point", "coordinates": [11.5, 50.9]}


def stream(name: str, observed: str, results: list[Any], **more: Any) -> dict[str, Any]:
    """A datastream with one observation a day from 2024-03-01 on."""
    return {
        "name": name,
        "description": f"the {name}",
        "observationType": f"{OM}OM_Measurement",
        "unitOfMeasurement": UNIT,
        "Sensor": {
            "name": f"sensor of {name}",
            "description": "a sensor",
            "encodingType": "text/html",
            "metadata": "http://example.org/sensor",
        },
        "ObservedProperty": {
            "name": observed,
            "description": observed,
            "definition": f"http://example.org/{observed}",
        },
        "Observations": [
            {"phenomenonTime": f"2024-03-{day:02d}T00:00:00Z", "result": result}
            for day, result in enumerate(results, 1)
        ],
        **more,
    }


THINGS: list[dict[str, Any]] = [
    {
        "name": "Lime tree",
        "description": "a tree in O'Brien street",
        "properties": {"species": "Tilia", "height": 12.5, "old": True, "at": {"no": [3, 4]}},
        "Locations": [
            {
                "name": "Market",
                "description": "the market place",
                "encodingType": "application/geo+json",
                "location": POINT,
            }
        ],
        "Datastreams": [
            stream("soil", "moisture", [3, 4], properties={"depth": 30}),
            stream("air", "temperature", [5, 6, 7.5]),
        ],
    },
    {
        "name": "Äpfelbaum",
        "description": "an apple tree",
        "properties": {"species": "Malus", "height": 4},
        "Locations": [
            {
                "name": "Park",
                "description": "the park",
                "encodingType": "application/geo+json",
                "location": {"type": "Point", "coordinates": [11.6, 50.95]},
            }
        ],
        "Datastreams": [
            stream("ground", "moisture", [30, 31, 32, 33]),
            stream("silent", "sap flow", []),
        ],
    },
]


class City(Api):
    """A client with the things of the city."""

    things: list[int]
    streams: dict[str, int]

    async def results(self, path: str = "Observations", **options: str) -> list[Any]:
        """Results of the observations at a path; options without their dollar sign."""
        return [each["result"] for each in await self.found(path, **options)]

    async def names(self, path: str, **options: str) -> list[str]:
        return [each["name"] for each in await self.found(path, **options)]

    async def found(self, path: str, **options: str) -> list[dict[str, Any]]:
        return await self.values(path, **{f"${name}": value for name, value in options.items()})

    async def pages(self, path: str, **options: str) -> list[list[dict[str, Any]]]:
        """All pages, by their links."""
        page = await self.get(path, **{f"${name}": value for name, value in options.items()})
        found = [page["value"]]
        while "@iot.nextLink" in page:
            assert len(found) < 50
            page = await self.get(page["@iot.nextLink"])
            found.append(page["value"])
        return found

    async def code(self, path: str, **options: str) -> int:
        params = {f"${name}": value for name, value in options.items()}
        return (await self.ask("GET", path, params=params or None)).status_code


async def fill(city: City) -> None:
    """Makes the things through the interface itself."""
    city.things, city.streams = [], {}
    for thing in THINGS:
        path = await city.make("Things", thing)
        city.things.append(int(path[len("Things(") : -1]))
        for each in await city.values(f"{path}/Datastreams"):
            city.streams[each["name"]] = each["@iot.id"]


@asynccontextmanager
async def city_in(engine: str, folder: Path, **settings: Any) -> AsyncIterator[City]:
    """The city on an engine."""
    database = engine if engine.startswith("postgresql") else ""
    async with served(folder / "data", routes, database=database, **settings) as made:
        yield await city_of(made)


async def city_of(made: Served) -> City:
    for organisation in ("jena", "other"):
        await accounts.save_organisation(made.platform, SYSTEM, organisation, {"de": organisation})
    city = City(made)
    await fill(city)
    return city
