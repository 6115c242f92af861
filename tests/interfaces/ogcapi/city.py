# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A small city behind the OGC API: trees, buildings, a table, and something hidden."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import shapely
import uvicorn
from msgspec import Struct
from starlette.routing import BaseRoute
from tests.interfaces.support import BASE, Served, served

from allmende.core import catalogue, collections
from allmende.core.catalogue import Entry
from allmende.core.collections import Change, CollectionEntry
from allmende.interfaces import ogcapi
from allmende.model.catalogue import Agent, Dataset, Distribution, Location, Period, ResourceKind
from allmende.model.document import (
    Code,
    Entity,
    Field,
    FieldType,
    GeometryType,
    Model,
    ValidTime,
    Visibility,
)
from allmende.policy import SYSTEM, Level, Status

TREES = 25
SPECIES = ("Tilia cordata", "Quercus robur", "Acer platanoides")
STEWARD = {"authorization": "Bearer steward-jena"}
READER = {"authorization": "Bearer reader-jena"}
STRANGER = {"authorization": "Bearer steward-other"}

TREE = Entity(
    name="Tree",
    title={"de": "Baum", "en": "Tree"},
    key=["number"],
    label="species",
    time=ValidTime(start="planted", end="felled"),
    fields=[
        Field(name="number", type=FieldType.INTEGER, required=True),
        Field(name="species", title={"de": "Art", "en": "Species"}),
        Field(name="height", type=FieldType.NUMBER, unit="m", minimum=0),
        Field(name="planted", type=FieldType.YEAR),
        Field(name="felled", type=FieldType.DATE),
        Field(name="inspected", type=FieldType.DATETIME),
        Field(name="healthy", type=FieldType.BOOLEAN),
        Field(
            name="kind",
            codes=[Code(code="street", title={"en": "Street"}), Code(code="park")],
        ),
        Field(name="tags", many=True),
        Field(name="note", visibility=Visibility.INTERNAL),
        Field(name="inspector", personal=True),
        Field(name="place", type=FieldType.GEOMETRY, geometry=GeometryType.POINT),
    ],
)
HOUSE = Entity(
    name="House",
    fields=[
        Field(name="floors", type=FieldType.INTEGER),
        Field(name="limit"),  # called like a parameter
        Field(name="shape", type=FieldType.GEOMETRY, geometry=GeometryType.POLYGON),
    ],
)
TABLE = Entity(name="Line", fields=[Field(name="text"), Field(name="sum", type=FieldType.NUMBER)])


def tree(number: int, **more: Any) -> Change:
    values: dict[str, Any] = {
        "number": number,
        "species": SPECIES[number % 3],
        "height": number + 0.5,
        "planted": 1950 + number,
        "inspected": f"2026-05-{number % 28 + 1:02d}T10:00:00.000Z",
        "healthy": number % 2 == 0,
        "kind": "street" if number % 5 else "park",
        "tags": ["a", f"t{number}"],
        "note": f"note {number}",
        "inspector": "Frau Muster",
        "place": shapely.to_wkb(shapely.Point(11.58 + number / 1000, 50.92 + number / 1000)),
    }
    return Change(values=values | more)


def house(number: int) -> Change:
    west = 11.58 + number / 1000
    shape = shapely.to_wkb(shapely.box(west, 50.92, west + 0.0005, 50.9203))
    return Change(values={"floors": number, "shape": shape}, id=f"h/{number}")


ENTRIES: Sequence[tuple[str, Entity, list[Change], dict[str, Any]]] = (
    (
        "trees",
        TREE,
        [tree(number) for number in range(1, TREES + 1)],
        {"style": {"color_by": "height", "classes": [
            {"below": 10, "color": "#0072b2"}, {"color": "#b5490f"},
        ]}},
    ),
    ("houses", HOUSE, [house(number) for number in range(1, 6)], {}),
    ("sums", TABLE, [Change(values={"text": "=1+1", "sum": -1.5}, id="1")], {}),
    (
        "secrets",
        TREE,
        [tree(1)],
        {"data_access": Level.INTERNAL, "legal_basis": "§ 1"},
    ),
)  # fmt: skip


class City(Struct):
    """The running API: `get` asks it, headers name the subject."""

    served: Served
    base: str = BASE

    async def get(self, path: str, **more: Any) -> httpx2.Response:
        return await self.served.client.get(path, **more)

    async def json(self, path: str, **more: Any) -> Any:
        answer = await self.get(path, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()


@asynccontextmanager
async def city(
    folder: Path,
    engine: str = "",
    routes: Callable[[], Sequence[BaseRoute]] = ogcapi.routes,
    **settings: Any,
) -> AsyncIterator[City]:
    """A city with its collections in a fresh store."""
    database = engine if engine.startswith("postgresql") else ""
    async with served(folder / "data", routes, database=database, **settings) as running:
        await fill(running)
        yield City(running, running.platform.settings.base_url)


async def fill(running: Served) -> None:
    platform = running.platform
    for ident, entity, changes, more in ENTRIES:
        described = Dataset(
            title={"de": ident.title(), "en": f"The {ident}"},
            description={"de": f"Beschreibung {ident}", "en": f"Description {ident}"},
            publisher=Agent(name={"de": "Stadt Jena"}),
            identifier=[f"urn:{ident}"],
            keyword={"de": ["Grün"]},
            license="http://dcat-ap.de/def/licenses/dl-by-de/2.0",
            spatial=[Location(bbox=["POLYGON ((11 50, 12 50, 12 51, 11 51, 11 50))"])],
            temporal=[Period(start="2020", end="2025-06-30")],
            distribution=[Distribution(download_url=[f"http://example.org/{ident}.csv"])],
        )
        await collections.create(
            platform,
            SYSTEM,
            CollectionEntry(
                id=ident,
                model=Model(id=f"model-{ident}", entities=[entity]),
                organisation="jena",
                dataset=described,
                **more,
            ),
        )
        await collections.write(platform, SYSTEM, ident, changes)
    await catalogue.put(
        platform,
        SYSTEM,
        Entry(
            kind=ResourceKind.DATASET,
            id="noise",
            resource=Dataset(title={"de": "Lärmkarte", "en": "Noise map"}),
            organisation="jena",
            status=Status.PUBLISHED,
            original_id="https://example.org/noise",
        ),
    )


def free_port() -> int:
    """A port nobody listens on; the address of the API has to be known before it runs."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@asynccontextmanager
async def listening(
    folder: Path, routes: Callable[[], Sequence[BaseRoute]] = ogcapi.routes, **settings: Any
) -> AsyncIterator[City]:
    """A city on a port of this machine, for foreign programs."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    async with city(folder, routes=routes, base_url=base, **settings) as found:
        config = uvicorn.Config(
            found.served.app, port=port, log_level="error", lifespan="off", ws="none"
        )
        server = uvicorn.Server(config)
        task = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        try:
            yield found
        finally:
            server.should_exit = True
            await task
