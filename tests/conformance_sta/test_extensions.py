# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""req/batch-request, req/multi-datastream, req/data-array (18-088 clauses 11 to 13)."""

from __future__ import annotations

import json
from email import message_from_bytes
from email.message import Message
from typing import Any

from tests.conformance_sta.service import (
    OM,
    RESULTS,
    RUN,
    UNIT,
    Service,
    World,
    at,
    observed,
    requirement,
    sensor,
    thing,
)

BATCH = requirement("batch-request/batch-request")


def part(line: str, body: Any = None, name: str = "") -> str:
    content = "" if body is None else json.dumps(body)
    named = f"Content-ID: {name}\r\n" if name else ""
    return (
        f"Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n{named}\r\n"
        f"{line} HTTP/1.1\r\nContent-Type: application/json\r\n\r\n{content}\r\n"
    )


def mixed(edge: str, *parts: str) -> str:
    return "".join(f"--{edge}\r\n{each}\r\n" for each in parts) + f"--{edge}--\r\n"


def change_set(*parts: str) -> str:
    return f"Content-Type: multipart/mixed; boundary=inner\r\n\r\n{mixed('inner', *parts)}"


def send(sta: Service, *parts: str) -> list[Message]:
    answer = sta.ask(
        "POST",
        "$batch",
        content=mixed("outer", *parts).encode(),
        headers={"Content-Type": "multipart/mixed; boundary=outer", "Accept": "multipart/mixed"},
    )
    assert answer.status_code in (200, 202), answer.text
    head = f"Content-Type: {answer.headers['content-type']}\r\n\r\n".encode()
    found = message_from_bytes(head + answer.content).get_payload()
    assert isinstance(found, list)
    return [each for each in found if isinstance(each, Message)]


def status(found: Message) -> int:
    payload = found.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return int(payload.split()[1])


@BATCH
def test_batch_request_alone(sta: Service, world: World) -> None:
    below = world.thing.removeprefix(sta.root).strip("/")
    answers = send(sta, part(f"GET /{below}?$select=name"), part("GET /Things(987654321)"))
    assert [status(each) for each in answers] == [200, 404]
    payload = answers[0].get_payload(decode=True)
    assert isinstance(payload, bytes)
    assert f"{RUN} thing".encode() in payload


@BATCH
def test_batch_request_change_set_with_names(sta: Service, world: World) -> None:
    place = {
        **thing("batch place"),
        "encodingType": "application/geo+json",
        "location": {"type": "Point", "coordinates": [11, 50]},
    }
    (answer,) = send(
        sta,
        change_set(
            part("POST /Things", thing("batch"), "made"),
            part("POST /$made/Locations", place, "place"),
        ),
    )
    inside = answer.get_payload()
    assert isinstance(inside, list)
    assert [status(each) for each in inside if isinstance(each, Message)] == [201, 201]
    (found,) = sta.values("Things", filter=f"name eq '{RUN} batch'", expand="Locations")
    assert found["Locations"][0]["name"] == f"{RUN} batch place"


@BATCH
def test_batch_request_change_set_is_whole(sta: Service, world: World) -> None:
    send(
        sta, change_set(part("POST /Things", thing("half"), "a"), part("DELETE /Things(987654321)"))
    )
    assert sta.values("Things", filter=f"name eq '{RUN} half'") == []


def multi(**more: Any) -> dict[str, Any]:
    return {
        **thing("multi"),
        "unitOfMeasurements": [UNIT, UNIT],
        "multiObservationDataTypes": [f"{OM}OM_Measurement"] * 2,
        "Sensor": sensor(),
        "ObservedProperties": [observed("one"), observed("two")],
        **more,
    }


@requirement("multi-datastream/properties")
def test_multi_datastream_properties(sta: Service, world: World) -> None:
    found = sta.get(sta.make(f"{world.thing}/MultiDatastreams", multi()))
    assert found["unitOfMeasurements"] == [UNIT, UNIT]
    assert found["multiObservationDataTypes"] == [f"{OM}OM_Measurement"] * 2
    assert found["observationType"] == f"{OM}OM_ComplexObservation"


@requirement("multi-datastream/relations")
def test_multi_datastream_relations(sta: Service, world: World) -> None:
    address = sta.make(f"{world.thing}/MultiDatastreams", multi())
    assert sta.get(f"{address}/Thing")["name"] == f"{RUN} thing"
    assert sta.get(f"{address}/Sensor")["name"] == f"{RUN} sensor"
    names = [each["name"] for each in sta.values(f"{address}/ObservedProperties")]
    assert sorted(names) == [f"{RUN} one", f"{RUN} two"]
    made = sta.make(f"{address}/Observations", {"phenomenonTime": at(1), "result": [1.5, 2.5]})
    assert sta.get(made)["result"] == [1.5, 2.5]
    assert sta.get(f"{made}/MultiDatastream")["name"] == f"{RUN} multi"


@requirement("multi-datastream/constraints")
def test_multi_datastream_constraints(sta: Service, world: World) -> None:
    address = sta.make(f"{world.thing}/MultiDatastreams", multi())
    wrong = {"phenomenonTime": at(1), "result": [1.5]}
    sta.post(f"{address}/Observations", wrong, 400, 409, 422)
    sta.post(f"{address}/Observations", {**wrong, "result": 1.5}, 400, 409, 422)
    short = multi(unitOfMeasurements=[UNIT])
    sta.post(f"{world.thing}/MultiDatastreams", short, 400, 409, 422)


DATA_ARRAY = requirement("data-array/data-array")


@DATA_ARRAY
def test_data_array_reading(sta: Service, world: World) -> None:
    (found,) = sta.values(
        f"{world.stream}/Observations", resultFormat="dataArray", orderby="phenomenonTime asc"
    )
    assert found["Datastream@iot.navigationLink"]
    names = found["components"]
    rows = [dict(zip(names, row, strict=True)) for row in found["dataArray"]]
    assert [row["result"] for row in rows] == RESULTS
    assert rows[1]["phenomenonTime"].startswith("2025-03-01T01:00:00")
    chosen = sta.values(
        f"{world.stream}/Observations", resultFormat="dataArray", select="result", top=2
    )
    assert chosen[0]["components"] == ["result"]
    assert len(chosen[0]["dataArray"]) == 2


@DATA_ARRAY
def test_data_array_creating(sta: Service, world: World) -> None:
    target = {"@iot.id": sta.get(world.other)["@iot.id"]}
    group = {
        "Datastream": target,
        "components": ["phenomenonTime", "result"],
        "dataArray@iot.count": 3,
        "dataArray": [[at(11), 11], ["never", 12], [at(13), 13]],
    }
    answer = sta.post("CreateObservations", [group])
    first, wrong, last = answer.json()
    assert wrong.startswith("error")
    assert [sta.get(each)["result"] for each in (first, last)] == [11, 13]
