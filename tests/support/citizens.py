# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Citizens with sensors, and a client that speaks to the whole platform."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2

from allmende.core.platform import Platform
from allmende.core.sensing import citizens, citizens_joining
from allmende.core.sensing.citizens import Made, Wish
from allmende.core.signin import authenticate_session
from allmende.policy import SYSTEM, Role, Subject
from allmende.store import Connection
from allmende.web.app import Application
from allmende.web.rooms import rooms

BASE = "http://127.0.0.1:8000"
PASSWORD = "Wiesen gehören allen zusammen 1887"
EXACT = (11.586123, 50.927456)
ROOT = "/sensorthings/v1.1"
TABLES = (
    "sense_thing", "sense_location", "sense_feature", "sense_history", "sense_datastream",
)  # fmt: skip
DOORS = (
    "/Things?$expand=Locations,HistoricalLocations($expand=Locations),Datastreams",
    "/Locations?$expand=HistoricalLocations",
    "/HistoricalLocations?$expand=Locations",
    "/FeaturesOfInterest",
    "/Datastreams?$expand=Thing,Party,License",
    "/Observations?$expand=FeatureOfInterest",
    "/Parties",
)
STEWARD = Subject(kind="user", id="s", roles={"citizens": frozenset({Role.STEWARD})})
OTHER_STEWARD = Subject(kind="user", id="o", roles={"jena": frozenset({Role.STEWARD})})


async def person(platform: Platform, login: str = "erika@example.org") -> Subject:
    """Somebody who was invited and has joined."""
    code = await citizens_joining.invite(platform, SYSTEM)
    session = await citizens_joining.use(platform, code, PASSWORD, login=login)
    return await authenticate_session(platform, session.token)


def wish(**changes: Any) -> Wish:
    """A thermometer in Jena, told to about 100 m."""
    values: dict[str, Any] = {
        "kind": "program",
        "name": "Balkon",
        "longitude": EXACT[0],
        "latitude": EXACT[1],
        "detail": "100m",
        "licence": "cc-zero",
        "shown": ("temperature", "humidity"),
        "inside": ("noise",),
        "consent": True,
    }
    return Wish(**values | changes)


async def sensor(platform: Platform, subject: Subject, **changes: Any) -> Made:
    """A sensor somebody has registered."""
    return await citizens.register(platform, subject, wish(**changes))


@asynccontextmanager
async def client(platform: Platform) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of all addresses."""
    app = Application(platform.settings, rooms(), platform)
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url=BASE) as made:
        yield made


def bearer(key: str) -> dict[str, str]:
    """The header with a key."""
    return {"authorization": f"Bearer {key}"}


async def everything(platform: Platform) -> str:
    """What everybody can read of sensors, by SensorThings and by pages."""
    found = []
    async with client(platform) as http:
        for door in DOORS:
            answer = await http.get(ROOT + door)
            assert answer.status_code == 200, answer.text
            found.append(answer.text)
        for path in ("/de/things", "/de/map"):
            found.append((await http.get(path, headers={"accept": "text/html"})).text)
    return "\n".join(found)


async def rows_of(platform: Platform, table: str) -> str:
    def read(db: Connection) -> str:
        return str(db.rows(f"select * from {table}"))

    return await platform.store.read(read)


async def send(platform: Platform, key: str, **values: Any) -> int:
    async with client(platform) as http:
        answer = await http.post("/ingest/citizen", json=values, headers=bearer(key))
        return answer.status_code


def traces() -> tuple[str, ...]:
    """What would tell the place to about a metre."""
    return tuple(f"{each:.6f}"[:8] for each in EXACT)
