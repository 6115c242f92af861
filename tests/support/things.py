# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A thing with a datastream for every visibility, and what writing to them must answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx2
from msgspec import Struct

from allmende.core.platform import Platform
from allmende.core.sensing import entities
from allmende.model.sensing.entities import Kind
from allmende.model.sensing.specs import MEASUREMENT
from allmende.policy import SYSTEM

ROOT = "/sensorthings/v1.1"
ABSENT = 987_654


class Pair(Struct):
    """Ids of a thing and its datastream."""

    thing: int
    stream: int


def stream_body(**links: Any) -> dict[str, Any]:
    described = {"name": "x", "description": "x", "definition": "https://example.org/x"}
    sensor = {"name": "x", "description": "x", "encodingType": "text/html", "metadata": "x"}
    return {
        "name": "x",
        "description": "x",
        "observationType": MEASUREMENT,
        "unitOfMeasurement": {"name": None, "symbol": None, "definition": None},
        "Sensor": sensor,
        "ObservedProperty": described,
        **links,
    }


async def add_things(
    platform: Platform, records: Mapping[str, tuple[Any, Any, Any]]
) -> dict[str, Pair]:
    """Things by name with the status and levels of the records."""
    made = {}
    for name, levels in records.items():
        body = {"name": f"matrix {name}", "description": "x", "@allmende.organisation": "jena"}
        body["Datastreams"] = [stream_body()]
        thing = await entities.create(platform, SYSTEM, Kind.THING, body)

        def close(db: Any, thing: int = thing, levels: tuple[Any, Any, Any] = levels) -> int:
            status, metadata, data = map(str, levels)
            for table, column in (("sense_thing", "id"), ("sense_datastream", "thing")):
                db.run(
                    f"update {table} set status = :status, metadata_access = :metadata, "
                    f"data_access = :data where {column} = :id",
                    status=status, metadata=metadata, data=data, id=thing,
                )  # fmt: skip
            found: int = db.value("select id from sense_datastream where thing = :id", id=thing)
            return found

        made[name] = Pair(thing, await platform.store.write(close))
    return made


async def attempts(client: httpx2.AsyncClient, pair: Pair) -> dict[str, int]:
    """Every way to write to a thing and its datastream, and the status that comes."""
    thing, stream = f"{ROOT}/Things({pair.thing})", f"{ROOT}/Datastreams({pair.stream})"
    link = {"@iot.id": pair.thing}
    party = {"role": "individual", "@allmende.organisation": "jena"}
    table = [{"Datastream": {"@iot.id": pair.stream}, "components": ["result"], "dataArray": [[1]]}]
    asked: dict[str, tuple[str, str, Any]] = {
        "path: patch": ("PATCH", thing, {"description": "y"}),
        "path: put": ("PUT", thing, {"name": "matrix", "description": "y"}),
        "path: patch stream": ("PATCH", stream, {"description": "y"}),
        "path: nested": ("PATCH", f"{stream}/Thing", {"description": "y"}),
        "path: make": ("POST", f"{thing}/Datastreams", stream_body()),
        "path: observe": ("POST", f"{stream}/Observations", {"result": 1}),
        "path: unlink": ("DELETE", f"{thing}/Party/$ref", None),
        "path: link": ("PUT", f"{thing}/Party/$ref", {"@iot.id": ABSENT}),
        "body: make": ("POST", f"{ROOT}/Datastreams", stream_body(Thing=link)),
        "body: own": ("POST", f"{ROOT}/Parties", {**party, "Things": [link]}),
        "table": ("POST", f"{ROOT}/CreateObservations", table),
        "path: delete": ("DELETE", thing, None),
    }
    found = {}
    for name, (method, path, body) in asked.items():
        answer = await client.request(method, path, json=body)
        found[name] = answer.status_code
        if name == "table" and answer.status_code == 201:
            found[name] = 201 if answer.json() != ["error"] else 0
    return found
