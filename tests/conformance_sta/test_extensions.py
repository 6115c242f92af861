# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""req/batch-request, req/multi-datastream, req/data-array (18-088 clauses 11 to 13)."""

from __future__ import annotations

import json
import time
from email import message_from_bytes
from email.message import Message
from typing import Any

import httpx2
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
    stream,
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


def ask(sta: Service, *parts: str, **headers: str) -> httpx2.Response:
    kind = "multipart/mixed"
    return sta.ask(
        "POST",
        "$batch",
        content=mixed("outer", *parts).encode(),
        headers={"Content-Type": f"{kind}; boundary=outer", "Accept": kind, **headers},
    )


def send(sta: Service, *parts: str) -> list[Message]:
    return read(ask(sta, *parts))


def read(answer: httpx2.Response) -> list[Message]:
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
    gone = world.gone().removeprefix(sta.root)
    send(sta, change_set(part("POST /Things", thing("half"), "a"), part(f"DELETE {gone}")))
    assert sta.values("Things", filter=f"name eq '{RUN} half'") == []


@BATCH
def test_batch_request_names_in_bodies(sta: Service, world: World) -> None:
    """11.2: `$` and the Content-ID stand for what an earlier request of the set made."""
    links = {"Sensor": {"@iot.id": "$probe"}, "Thing": world.link(world.thing)}
    send(
        sta,
        change_set(
            part("POST /Sensors", sensor("probe"), "probe"),
            part("POST /Datastreams", stream("by name", **links), "made"),
        ),
    )
    (found,) = sta.values("Datastreams", filter=f"name eq '{RUN} by name'", expand="Sensor")
    assert found["Sensor"]["name"] == f"{RUN} probe"


@BATCH
def test_batch_request_changes_of_all_kinds(sta: Service, world: World) -> None:
    one, other = (sta.make("Things", thing(name)) for name in ("one", "other"))
    below = [each.removeprefix(sta.root) for each in (one, other)]
    (answer,) = send(
        sta,
        change_set(
            part(f"PATCH {below[0]}", {"description": "patched"}, "a"),
            part(f"DELETE {below[1]}", None, "b"),
        ),
    )
    inside = answer.get_payload()
    assert isinstance(inside, list)
    assert all(status(each) in (200, 204) for each in inside if isinstance(each, Message))
    assert sta.get(one)["description"] == "patched"
    assert sta.status(other) in (404, 410)


@BATCH
def test_batch_request_whole_addresses_and_order(sta: Service, world: World) -> None:
    """Answers come in the order of the requests; what fails alone hinders nothing."""
    answers = send(
        sta,
        part(f"GET {world.stream}"),
        part("GET /Nothings"),
        part("POST /Things", thing("in between")),
        part("GET /Sensors?$top=1"),
    )
    assert [status(each) // 100 for each in answers] == [2, 4, 2, 2]


@BATCH
def test_batch_request_later(sta: Service, world: World) -> None:
    """11.3: with Prefer: respond-async, a service may answer later, at a Location."""
    body = part("POST /Things", thing("later"))
    answer = ask(sta, body, Prefer="respond-async")
    until = time.monotonic() + 60
    while answer.status_code == 202:
        assert time.monotonic() < until
        address = answer.headers["location"]
        time.sleep(min(1.0, float(answer.headers.get("retry-after", "0.2"))))
        answer = sta.ask("GET", address)
        if answer.status_code == 202 and "location" not in answer.headers:
            answer.headers["location"] = address
    assert [status(each) for each in read(answer)] == [201]
    assert len(sta.values("Things", filter=f"name eq '{RUN} later'")) == 1


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


@requirement("multi-datastream/relations")
def test_multi_datastream_among_all_observations(sta: Service, world: World) -> None:
    address = sta.make("MultiDatastreams", multi(Thing=world.link(world.thing)))
    body = {"phenomenonTime": at(1), "resultTime": at(1), "result": [7, 8]}
    link = {"MultiDatastream": world.link(address)}
    made = sta.make("Observations", {**body, **link})
    found = sta.values(f"{address}/Observations", expand="MultiDatastream")
    assert [each["@iot.id"] for each in found] == [sta.get(made)["@iot.id"]]
    assert found[0]["MultiDatastream"]["name"] == f"{RUN} multi"


@requirement("multi-datastream/properties")
def test_multi_datastream_times_follow(sta: Service, world: World) -> None:
    address = sta.make(f"{world.thing}/MultiDatastreams", multi())
    for hour in (3, 5):
        sta.make(f"{address}/Observations", {"phenomenonTime": at(hour), "result": [1, 2]})
    begin, _, end = sta.get(address)["phenomenonTime"].partition("/")
    assert (begin[:13], end[:13]) == (at(3)[:13], at(5)[:13])


@requirement("multi-datastream/constraints")
def test_multi_datastream_order_of_properties(sta: Service, world: World) -> None:
    """The n-th result is of the n-th property, so their order is kept."""
    links = [world.link(sta.make("ObservedProperties", observed(name))) for name in "ba"]
    address = sta.make(f"{world.thing}/MultiDatastreams", multi(ObservedProperties=links))
    found = [each["@iot.id"] for each in sta.values(f"{address}/ObservedProperties")]
    assert found == [each["@iot.id"] for each in links]


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
def test_data_array_of_several_streams_and_pages(sta: Service, world: World) -> None:
    world.observe(world.other, 1, 77)
    mine = f"startswith(Datastream/name,'{RUN}') and result le 2 or result eq 77"
    page = sta.get("Observations", resultFormat="dataArray", filter=mine, top=2, count="true")
    rows = [len(group["dataArray"]) for group in page["value"]]
    links = {group["Datastream@iot.navigationLink"] for group in page["value"]}
    while link := page.get("@iot.nextLink"):
        page = sta.get(link)
        rows += [len(group["dataArray"]) for group in page["value"]]
        links |= {group["Datastream@iot.navigationLink"] for group in page["value"]}
    assert sum(rows) >= 4
    assert len(links) >= 2


@DATA_ARRAY
def test_data_array_creating_with_everything(sta: Service, world: World) -> None:
    ident = sta.get(world.feature)["@iot.id"]
    group = {
        "Datastream": world.link(world.other),
        "components": [
            "phenomenonTime",
            "resultTime",
            "result",
            "parameters",
            "FeatureOfInterest/id",
        ],
        "dataArray": [[at(15), at(16), 15.5, {"depth": 10}, ident]],
    }
    two = {**group, "dataArray": [[at(16), at(17), 16.5, {"depth": 20}, ident]]}
    first, second = sta.post("CreateObservations", [group, two]).json()
    found = sta.get(first, expand="FeatureOfInterest")
    assert found["resultTime"].startswith(at(16)[:-1])
    assert found["parameters"] == {"depth": 10}
    assert found["FeatureOfInterest"]["@iot.id"] == ident
    assert sta.get(second)["result"] == 16.5


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
