# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A service to write to, with two organisations, and what clients usually send."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
from tests.interfaces.support import BASE, Served, served

from allmende.core import accounts
from allmende.interfaces.sensorthings import ENCODERS, later, routes
from allmende.policy import SYSTEM

ROOT = "/sensorthings/v1.1"
OM = "http://www.opengis.net/def/observationType/OGC-OM/2.0/"
WRITER = "contributor-jena"
UNIT = {"name": "degree Celsius", "symbol": "°C", "definition": "ucum:Cel"}


class Api:
    """A client that writes as somebody."""

    def __init__(self, served: Served, who: str = WRITER) -> None:
        self.served, self.who = served, who

    def of(self, who: str) -> Api:
        return Api(self.served, who)

    async def ask(self, method: str, path: str, **more: Any) -> httpx2.Response:
        headers = dict(more.pop("headers", {}))
        if self.who:
            headers["authorization"] = f"Bearer {self.who}"
        address = path if path.startswith("http") else f"{ROOT}/{path}"
        return await self.served.client.request(method, address, headers=headers, **more)

    async def post(self, path: str, body: Any, status: int = 201) -> httpx2.Response:
        answer = await self.ask("POST", path, json=body)
        assert answer.status_code == status, f"{answer.status_code} {answer.text}"
        return answer

    async def make(self, path: str, body: Any) -> str:
        """Makes an entity; its path below the root."""
        answer = await self.post(path, body)
        address = str(answer.headers["location"])
        assert address.startswith(f"{BASE}{ROOT}/"), address
        return address.removeprefix(f"{BASE}{ROOT}/")

    async def get(self, path: str, **params: str) -> dict[str, Any]:
        answer = await self.ask("GET", path, params=params or None)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        found: dict[str, Any] = answer.json()
        return found

    async def values(self, path: str, **params: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.get(path, **params))["value"]
        return found

    async def status(self, method: str, path: str, body: Any = None, **more: Any) -> int:
        answer = await self.ask(method, path, json=body, **more)
        return answer.status_code


@asynccontextmanager
async def service(folder: Path, engine: str = "", **settings: Any) -> AsyncIterator[Api]:
    database = engine if engine.startswith("postgresql") else ""
    async with served(folder, routes, ENCODERS, database=database, **settings) as found:
        for organisation in ("jena", "other"):
            await accounts.save_organisation(
                found.platform, SYSTEM, organisation, {"de": organisation}
            )
        try:
            yield Api(found)
        finally:
            await later.close(found.platform)


def number(path: str) -> int:
    """The id in Things(1)."""
    return int(path.rpartition("(")[2].removesuffix(")"))


def thing(name: str = "Linde", **more: Any) -> dict[str, Any]:
    return {"name": name, "description": "ein Baum", **more}


def location(lon: float = 11.58, lat: float = 50.92, **more: Any) -> dict[str, Any]:
    return {
        "name": "Platz",
        "description": "ein Ort",
        "encodingType": "application/geo+json",
        "location": {"type": "Point", "coordinates": [lon, lat]},
        **more,
    }


def sensor(**more: Any) -> dict[str, Any]:
    return {
        "name": "Fühler",
        "description": "ein Fühler",
        "encodingType": "application/pdf",
        "metadata": "https://example.org/fuehler.pdf",
        **more,
    }


def observed(**more: Any) -> dict[str, Any]:
    return {
        "name": "Temperatur",
        "description": "der Luft",
        "definition": "http://vocab.nerc.ac.uk/collection/P07/current/CFSN0023/",
        **more,
    }


def stream(**more: Any) -> dict[str, Any]:
    return {
        "name": "Lufttemperatur",
        "description": "in zwei Metern",
        "unitOfMeasurement": UNIT,
        "observationType": f"{OM}OM_Measurement",
        "Sensor": sensor(),
        "ObservedProperty": observed(),
        **more,
    }


def multi(**more: Any) -> dict[str, Any]:
    return {
        "name": "Wetter",
        "description": "Temperatur und Regen",
        "unitOfMeasurements": [UNIT, {"name": None, "symbol": None, "definition": None}],
        "multiObservationDataTypes": [f"{OM}OM_Measurement", f"{OM}OM_TruthObservation"],
        "Sensor": sensor(),
        "ObservedProperties": [observed(), observed(name="Regen")],
        **more,
    }


def feature(lon: float = 11.6, lat: float = 50.9, **more: Any) -> dict[str, Any]:
    return {
        "name": "Krone",
        "description": "der Baumkrone",
        "encodingType": "application/geo+json",
        "feature": {"type": "Point", "coordinates": [lon, lat]},
        **more,
    }


async def tree(api: Api, **more: Any) -> tuple[str, str]:
    """A thing at a place with one datastream; their paths."""
    made = await api.make("Things", thing(Locations=[location()], **more))
    return made, await api.make(f"{made}/Datastreams", stream())
