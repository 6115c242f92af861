# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""$batch as multipart/mixed (OGC 18-088 clause 11) and as JSON (OData 4.01)."""

from __future__ import annotations

import json
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from tests.interfaces.sensorthings.writers import Api, service, stream, thing, tree

from allmende.interfaces.sensorthings import multipart

pytestmark = pytest.mark.anyio


def http(line: str, body: Any = None, name: str = "", kind: str = "application/json") -> str:
    """A part with a request."""
    content = "" if body is None else json.dumps(body)
    ident = f"Content-ID: {name}\r\n" if name else ""
    head = f"Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n{ident}"
    return f"{head}\r\n{line} HTTP/1.1\r\nContent-Type: {kind}\r\n\r\n{content}\r\n"


def mixed(edge: str, *parts: str) -> str:
    return "".join(f"--{edge}\r\n{part}\r\n" for part in parts) + f"--{edge}--\r\n"


def change_set(*parts: str) -> str:
    return f"Content-Type: multipart/mixed; boundary=cs\r\n\r\n{mixed('cs', *parts)}"


async def send(api: Api, *parts: str) -> list[Message]:
    """The answers; those of a change set stand in a multipart."""
    headers = {"content-type": 'multipart/mixed; boundary="b 1"'}
    answer = await api.ask("POST", "$batch", content=mixed("b 1", *parts).encode(), headers=headers)
    assert answer.status_code == 200, answer.text
    whole = f"Content-Type: {answer.headers['content-type']}\r\n\r\n".encode() + answer.content
    found = message_from_bytes(whole)
    assert found.is_multipart()
    payload = found.get_payload()
    assert isinstance(payload, list)
    return payload


def read(part: Message) -> tuple[int, dict[str, str], Any]:
    """Status, headers and JSON of an answer."""
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    head, _, body = payload.partition(b"\r\n\r\n")
    line, *lines = head.decode().split("\r\n")
    headers = dict(each.lower().split(": ", 1) for each in lines)
    assert int(headers["content-length"]) == len(body.rstrip(b"\r\n"))
    return int(line.split()[1]), headers, json.loads(body) if body.strip() else None


async def test_requests_are_answered_alone(engine: str, tmp_path: Path) -> None:
    async with service(tmp_path, engine) as api:
        await tree(api)
        answers = await send(
            api,
            http("GET /Things(1)?$select=name"),
            http("POST Datastreams(1)/Observations", {"result": 1}, "neu"),
            http("GET http://127.0.0.1:8000/sensorthings/v1.1/Things(99)"),
            http("PATCH /sensorthings/v1.1/Things(1)", {"name": 7}),
            http("GET /../../metrics"),
            http("POST $batch"),
        )
        found = [read(each) for each in answers]
        assert [each[0] for each in found] == [200, 201, 404, 400, 404, 404]
        assert found[0][2] == {"name": "Linde"}
        assert found[1][1]["location"].endswith("observations(4294967297)")
        assert answers[1]["content-id"] == "neu"
        assert found[2][2]["type"] == "error"


async def test_a_change_set_is_done_whole_and_knows_names(engine: str, tmp_path: Path) -> None:
    async with service(tmp_path, engine) as api:
        [answer] = await send(
            api,
            change_set(
                http("POST /Things", thing(), "ding"),
                http("POST /$ding/Locations", {
                    "name": "Ort", "description": "x", "encodingType": "application/geo+json",
                    "location": {"type": "Point", "coordinates": [11, 50]}}),
                http("POST /Datastreams", stream(Thing={"@iot.id": "$ding"}), "strom"),
                http("POST /$strom/Observations", {"result": 4}),
                http("PATCH /$ding", {"description": "geändert"}),
                http("PATCH /$ding", [{"op": "replace", "path": "/name", "value": "Ulme"}],
                     kind="application/json-patch+json"),
            ),
        )  # fmt: skip
        inside = answer.get_payload()
        assert isinstance(inside, list)
        found = [read(each) for each in inside if isinstance(each, Message)]
        assert [each[0] for each in found] == [201, 201, 201, 201, 200, 200]
        made = (await api.values("Things", **{"$expand": "Datastreams/Observations,Locations"}))[0]
        assert (made["name"], made["description"]) == ("Ulme", "geändert")
        assert made["Datastreams"][0]["Observations"][0]["result"] == 4
        assert made["Locations"][0]["name"] == "Ort"


async def test_a_change_set_that_fails_changes_nothing(engine: str, tmp_path: Path) -> None:
    async with service(tmp_path, engine) as api:
        answers = await send(
            api,
            change_set(http("POST /Things", thing(), "a"), http("DELETE /Things(77)")),
            change_set(http("GET /Things")),
            change_set(http("POST /Things", thing("bleibt"))),
            change_set(http("POST /$weg/Datastreams", stream())),
        )
        assert [read(each)[0] for each in answers if not each.is_multipart()] == [404, 400, 404]
        assert [each["name"] for each in await api.values("Things")] == ["bleibt"]


async def test_json_batches(engine: str, tmp_path: Path) -> None:
    async with service(tmp_path, engine) as api:
        requests = [
            {"id": "1", "method": "post", "url": "Things", "body": thing(), "atomicityGroup": "g"},
            {
                "id": "2",
                "method": "post",
                "url": "$1/Datastreams",
                "body": stream(),
                "atomicityGroup": "g",
            },
            {"id": "3", "method": "get", "url": "Things?$select=name"},
            {
                "id": "4",
                "method": "post",
                "url": "Things",
                "body": thing("x"),
                "atomicityGroup": "h",
            },
            {"id": "5", "method": "patch", "url": "Things(99)", "body": {}, "atomicityGroup": "h"},
        ]
        answer = await api.post("$batch", {"requests": requests}, 200)
        found = {each["id"]: each for each in answer.json()["responses"]}
        assert [found[name]["status"] for name in "12345"] == [201, 201, 200, 404, 404]
        assert found["3"]["body"]["value"] == [{"name": "Linde"}]
        assert found["1"]["headers"]["location"].endswith("Things(1)")
        twice = [requests[2], requests[2]]
        await api.post("$batch", {"requests": twice}, 400)
        await api.post("$batch", {"requests": [{"id": "1"}]}, 400)


async def test_rights_are_those_of_each_request(tmp_path: Path) -> None:
    async with service(tmp_path) as api:
        await api.make("Things", {**thing(), "@allmende.access": "internal"})
        nobody = api.of("")
        answers = await send(
            nobody,
            http("GET /Things(1)"),
            http("POST /Things", thing()),
            change_set(http("POST /Things", thing())),
            change_set(http("PATCH /Things(1)", {"name": "x"})),
        )
        assert [read(each)[0] for each in answers] == [404, 401, 401, 401]
        stranger = api.of("contributor-other")
        answers = await send(stranger, change_set(http("PATCH /Things(1)", {"name": "x"})))
        assert read(answers[0])[0] == 404


BROKEN = {
    "no end": "--b\r\nContent-Type: application/http\r\n\r\nGET /Things HTTP/1.1\r\n\r\n",
    "no part": "--b--\r\n",
    "no http": mixed("b", "Content-Type: text/plain\r\n\r\nhallo"),
    "no request": mixed("b", "Content-Type: application/http\r\n\r\nhallo"),
    "bad header": mixed("b", "Content-Type application/http\r\n\r\nGET /Things HTTP/1.1"),
    "nothing": "",
}


@pytest.mark.parametrize("name", BROKEN)
async def test_broken_batches(name: str, tmp_path: Path) -> None:
    async with service(tmp_path) as api:
        headers = {"content-type": "multipart/mixed; boundary=b"}
        content = BROKEN[name].encode()
        answer = await api.ask("POST", "$batch", content=content, headers=headers)
        assert answer.status_code == 400, answer.text


async def test_most_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from allmende.interfaces.sensorthings import batch

    monkeypatch.setattr(multipart, "MOST_PARTS", 3)
    monkeypatch.setattr(batch, "MOST_PARTS", 3)
    async with service(tmp_path) as api:
        one = http("GET /Things")
        headers = {"content-type": "multipart/mixed; boundary=b"}
        two = change_set(http("POST /Things", thing()), http("POST /Things", thing()))
        for parts in ([one] * 4, [two, two]):
            content = mixed("b", *parts).encode()
            answer = await api.ask("POST", "$batch", content=content, headers=headers)
            assert answer.status_code == 413
        requests = [{"id": str(n), "method": "get", "url": "Things"} for n in range(4)]
        await api.post("$batch", {"requests": requests}, 413)
