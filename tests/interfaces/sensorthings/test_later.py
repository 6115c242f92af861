# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Batches that are answered later: Prefer: respond-async (OData 4.0 Protocol §11.6)."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.interfaces.sensorthings.test_batch import http, mixed
from tests.interfaces.sensorthings.writers import ROOT, Api, service, thing, tree
from tests.interfaces.support import BASE

from allmende.core.sensing import batches
from allmende.interfaces.sensorthings import batch, later

pytestmark = pytest.mark.anyio

LATER = {"prefer": "respond-async"}


def request(ident: str, method: str = "GET", url: str = "Things", **more: Any) -> dict[str, Any]:
    return {"id": ident, "method": method, "url": url, **more}


async def send(api: Api, *requests: dict[str, Any], **headers: str) -> httpx2.Response:
    body = {"requests": list(requests)}
    return await api.ask("POST", "$batch", json=body, headers={**LATER, **headers})


async def fetch(api: Api, address: str, **headers: str) -> httpx2.Response:
    """Asks for the answer until it is there."""
    while True:
        answer = await api.ask("GET", address, headers=headers)
        if answer.status_code != 202:
            return answer
        assert answer.headers["location"] == address
        assert int(answer.headers["retry-after"]) > 0
        await asyncio.sleep(0.01)


async def test_json_is_answered_later(engine: str, tmp_path: Path) -> None:
    async with service(tmp_path, engine) as api:
        await tree(api)
        group = {"atomicityGroup": "g", "headers": {"content-type": "application/json"}}
        answer = await send(
            api,
            request("a", "POST", "Things", body=thing("made"), **group),
            request("b", "POST", "$a/Datastreams", body={"name": "incomplete"}, **group),
            request("c", "POST", "Things", body=thing("alone")),
            request("d", url="Things?$select=name&$orderby=id"),
        )
        assert answer.status_code == 202
        assert answer.headers["preference-applied"] == "respond-async"
        assert answer.headers["location"].startswith(f"{BASE}{ROOT}/$batch/")
        assert answer.content == b""
        told = await fetch(api, answer.headers["location"])
        assert (told.status_code, told.headers["asyncresult"]) == (200, "200")
        found = told.json()["responses"]
        assert [each["status"] for each in found] == [400, 400, 201, 200]
        assert [each["name"] for each in found[3]["body"]["value"]] == ["Linde", "alone"]


async def test_multipart_is_answered_later(engine: str, tmp_path: Path) -> None:
    async with service(tmp_path, engine) as api:
        await tree(api)
        answer = await api.ask(
            "POST",
            "$batch",
            content=mixed("b", http("GET /Things(1)"), http("GET /Nothing")).encode(),
            headers={"content-type": "multipart/mixed; boundary=b", **LATER},
        )
        assert answer.status_code == 202
        told = await fetch(api, answer.headers["location"])
        assert told.headers["content-type"].startswith("multipart/mixed; boundary=")
        assert told.content.count(b"HTTP/1.1 200 OK") == told.content.count(b"HTTP/1.1 404") == 1
        whole = await fetch(api, answer.headers["location"], accept="application/http")
        assert whole.headers["content-type"] == "application/http"
        assert whole.content.startswith(b"HTTP/1.1 200 OK\r\n")
        assert whole.content.endswith(told.content)


async def test_only_who_sent_it_gets_the_answer(engine: str, tmp_path: Path) -> None:
    async with service(tmp_path, engine) as api:
        answer = await send(api, request("a"))
        address = answer.headers["location"]
        await fetch(api, address)
        for who in ("", "contributor-other", "administrator-jena"):
            assert (await api.of(who).ask("GET", address)).status_code == 404
            assert (await api.of(who).ask("DELETE", address)).status_code == 404
        assert (await api.ask("GET", address)).status_code == 200
        assert (await api.ask("DELETE", address)).status_code == 204
        assert (await api.ask("GET", address)).status_code == 404
        assert (await api.ask("DELETE", address)).status_code == 404
        assert (await api.ask("GET", f"{ROOT}/$batch/../$batch/x")).status_code == 404


async def test_who_is_not_signed_in_is_answered_at_once(tmp_path: Path) -> None:
    async with service(tmp_path) as api:
        answer = await send(api.of(""), request("a"))
        assert answer.status_code == 200
        assert answer.json()["responses"][0]["status"] == 200
        waited = await send(api, request("a"), prefer="return=minimal")
        assert waited.status_code == 200
        mixed_case = await send(api, request("a"), prefer="wait=5, Respond-Async")
        assert mixed_case.status_code == 202
        await fetch(api, mixed_case.headers["location"])


async def test_what_cannot_be_read_is_refused_at_once(tmp_path: Path) -> None:
    async with service(tmp_path) as api:
        answer = await api.ask("POST", "$batch", content=b"{", headers=LATER)
        assert answer.status_code == 400
        twice = await send(api, request("a"), request("a"))
        assert twice.status_code == 400


async def test_there_is_a_most_for_each(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "MOST_EACH", 2)
    async with service(tmp_path, engine) as api:
        addresses = [(await send(api, request("a"))).headers["location"] for _ in range(2)]
        refused = await send(api, request("a"))
        assert refused.status_code == 429
        assert refused.headers["retry-after"]
        assert (await send(api.of("reader-jena"), request("a"))).status_code == 202
        for each in addresses:
            await fetch(api, each)
        assert (await api.ask("DELETE", addresses[0])).status_code == 204
        assert (await send(api, request("a"))).status_code == 202


async def test_answers_are_kept_for_a_time(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with service(tmp_path, engine) as api:
        address = (await send(api, request("a"))).headers["location"]
        assert (await fetch(api, address)).status_code == 200
        monkeypatch.setattr(batches, "KEPT_SECONDS", -1)
        assert (await api.ask("GET", address)).status_code == 404
        await send(api, request("b"))  # forgets what is too old
        monkeypatch.setattr(batches, "KEPT_SECONDS", 3_600)
        assert (await api.ask("GET", address)).status_code == 404


class Gate:
    """Holds a batch between its requests."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reached, self.opened = asyncio.Event(), asyncio.Event()
        monkeypatch.setattr(batch, "_sent", self.sent)
        self.done: list[str] = []

    async def sent(self, _request: object, asked: batch.Asked) -> batch.Told:
        self.done.append(asked.target)
        self.reached.set()
        await self.opened.wait()
        return batch.Told(200)


async def test_it_can_be_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with service(tmp_path) as api:
        gate = Gate(monkeypatch)
        address = (await send(api, request("a"), request("b", url="Sensors"))).headers["location"]
        await gate.reached.wait()
        assert (await api.ask("GET", address)).status_code == 202
        assert (await api.ask("DELETE", address)).status_code == 204
        gate.opened.set()
        while api.served.platform.caches["sensorthings-batches"]:
            await asyncio.sleep(0.01)
        assert gate.done == ["Things"]
        assert (await api.ask("GET", address)).status_code == 404


async def test_given_up_at_another_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(later, "BEAT_SECONDS", 0.0)
    async with service(tmp_path) as api:
        gate = Gate(monkeypatch)
        address = (await send(api, request("a"), request("b", url="Sensors"))).headers["location"]
        await gate.reached.wait()
        running = api.served.platform.caches.pop("sensorthings-batches")  # as if elsewhere
        assert (await api.ask("DELETE", address)).status_code == 204
        gate.opened.set()
        await asyncio.wait(list(running.values()))
        assert gate.done == ["Things"]


async def test_the_program_stops_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with service(tmp_path) as api:
        gate = Gate(monkeypatch)
        address = (await send(api, request("a"))).headers["location"]
        await gate.reached.wait()
        await later.close(api.served.platform)
        answer = await api.ask("GET", address)
        assert answer.status_code == 409
        assert answer.json()["reason"] == "batch-interrupted"
        await later.close(api.served.platform)


async def test_a_process_has_places_and_a_batch_has_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(later, "MOST_RUNNING", 1)
    monkeypatch.setattr(later, "MOST_SECONDS", 0.2)
    async with service(tmp_path) as api:
        gate = Gate(monkeypatch)
        address = (await send(api, request("a"))).headers["location"]
        await gate.reached.wait()
        assert (await send(api, request("b"))).status_code == 429
        answer = await fetch(api, address)
        assert (answer.status_code, answer.headers["asyncresult"]) == (200, "503")
        assert answer.json()["reason"] == "deadline-exceeded"


async def test_the_answers_have_a_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "MOST_BYTES", 10)
    async with service(tmp_path) as api:
        requests = [request("a"), request("b", "POST", "Things", body=thing("never"))]
        group = request("c", "POST", "Things", body=thing("never"), atomicityGroup="g")
        answer = await api.ask("POST", "$batch", json={"requests": [*requests, group]})
        assert [each["status"] for each in answer.json()["responses"]] == [200, 413, 413]
        assert await api.values("Things") == []
