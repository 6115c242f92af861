# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Limits: each has a setting, and the error names it."""

import asyncio
import math

import pytest

from allmende.core.operations import Operation
from allmende.core.settings import Settings
from allmende.web.clock import clock
from allmende.web.guard import host_is_known, known_hosts
from allmende.web.limits import Body, Limited
from allmende.web.refusals import RequestTooSlow


def refused(answer, status: int, setting: str) -> None:
    assert answer.status_code == status, answer.text
    assert setting in answer.json()["detail"]


def test_a_body_that_says_it_is_too_large(start):
    answer = start(body_limit=10).post("/change", content=b"x" * 11)
    refused(answer, 413, "body_limit")
    assert answer.headers["connection"] == "close"


def test_a_body_that_turns_out_too_large(start):
    def parts():
        yield b"x" * 6
        yield b"x" * 6

    refused(start(body_limit=10).post("/change", content=parts()), 413, "body_limit")


def test_a_route_may_take_more(start):
    client = start(body_limit=10, upload_limit=20)
    assert client.post("/upload", content=b"x" * 15).json() == {"bytes": 15}
    refused(client.post("/upload", content=b"x" * 21), 413, "upload_limit")


def test_a_route_that_does_not_read_the_body_does_not_care(start):
    assert start(body_limit=10).request("GET", "/thing", content=b"x" * 11).status_code == 200


def test_address(start):
    client = start(url_limit=100)
    assert client.get("/thing?q=" + "x" * 91).status_code == 200
    answer = client.get("/thing?q=" + "x" * 92)
    refused(answer, 414, "url_limit")
    assert answer.json()["code"] == "uri-too-long"


def test_headers(start):
    refused(start(header_count=8).get("/thing", headers={f"x-{n}": "" for n in range(9)}), 431,
            "header_count")  # fmt: skip
    refused(start(header_limit=200).get("/thing", headers={"x": "y" * 200}), 431, "header_limit")


def test_json_depth_and_values(start):
    client = start(json_depth=3, json_values=5)
    assert client.post("/json", content=b'[[["[[[[", 1, 2]]]').json() == {"got": [[["[[[[", 1, 2]]]}
    refused(client.post("/json", content=b"[[[[]]]]"), 413, "json_depth")
    refused(client.post("/json", content=b"[1,1,1,1,1,1,1]"), 413, "json_values")
    assert client.post("/json", content=b'[",,,,,,,,,"]').status_code == 200
    broken = client.post("/json", content=b'{"a": ')
    assert broken.status_code == 400
    assert client.post("/json", content=b'"\xff"').status_code == 400


def test_forms(start):
    client = start(form_fields=2, form_files=1, form_field_limit=1_000)
    assert client.post("/form", data={"a": "1", "b": "2"}).json() == {"fields": ["a", "b"]}
    refused(client.post("/form", data=dict.fromkeys("abc", "1")), 413, "form_fields 2")
    files = [("f", ("a.txt", b"1")), ("g", ("b.txt", b"2"))]
    refused(client.post("/form", files=files), 413, "form_files 1")
    parts = {"files": {"f": ("a.txt", b"1")}, "data": {"a": "x" * 1_001}}
    refused(client.post("/form", **parts), 413, "form_field_limit 1000")
    kind = {"content-type": "multipart/form-data; boundary=x"}
    assert client.post("/form", content=b"nonsense", headers=kind).status_code == 400


def test_the_time_until_the_answer(start):
    client = start(request_seconds=0.01)
    answer = client.get("/slow")
    refused(answer, 503, "request_seconds")
    assert answer.json()["code"] == "deadline-exceeded"
    assert client.app.state.cancelled
    assert "retry-after" in answer.headers


def test_the_silence_within_an_answer(start):
    answer = start(answer_seconds=0.01).get("/stalling")
    assert answer.status_code == 200  # it had begun; the server then cuts the connection
    assert answer.text == "first"


def test_places(start):
    client = start(concurrency=1, request_seconds=0.2)
    guard = client.app.stack.app.app.app.app
    guard.running = 1
    refused(client.get("/thing"), 503, "concurrency")
    assert client.get("/health").status_code == 200
    assert client.get("/metrics").status_code == 200
    guard.running = 0
    assert client.get("/thing").status_code == 200


def test_hosts(start):
    client = start(hosts=("daten.example.de",))
    for host in ("127.0.0.1:8000", "LOCALHOST", "daten.example.de:443", "[::1]:80", "10.0.0.7"):
        assert client.get("/thing", headers={"host": host}).status_code == 200, host
    for host in ("evil.example", "daten.example.de.evil.example", "[::1", "a b"):
        answer = client.get("/thing", headers={"host": host})
        assert answer.json()["code"] == "unknown-host", host
    assert host_is_known("anything", known_hosts(Settings(hosts=("*",))))


class Patience:
    """A route with the settings under test, and bodies of requests to it."""

    def __init__(self, **settings: float) -> None:
        self.settings = Settings(**settings)
        self.route = Limited(None, "/x", Operation(summary=""), self.settings, lambda *_: None)  # type: ignore[arg-type]

    def body(self, receive, timeout, seconds=60.0):
        watch = clock()
        deadline = watch.start(timeout, watch.loop.time() + seconds)
        return Body(self.route, {"headers": []}, receive, deadline)


@pytest.mark.anyio
async def test_a_silent_client_is_told_408():
    patience = Patience(body_seconds=0.01)

    async def silence():
        await asyncio.Event().wait()

    async with asyncio.timeout(None) as timeout:
        body = patience.body(silence, timeout)
        with pytest.raises(RequestTooSlow, match="body_seconds"):
            await body.receive()
        assert body.deadline.when < math.inf


@pytest.mark.anyio
async def test_a_trickling_client_has_no_more_time_than_its_bytes_buy():
    patience = Patience(body_seconds=10, body_rate=100)

    async def drop():
        return {"type": "http.request", "body": b"x" * 100, "more_body": True}

    async with asyncio.timeout(None) as timeout:
        body = patience.body(drop, timeout)
        await body.receive()
        assert body.size == 100
        assert body._patience(body.started) == 10  # never longer than body_seconds at a time
        assert body._patience(body.started + 5) == pytest.approx(6)  # 10 + 100/100 - 5
        assert body._patience(body.started + 12) < 0


@pytest.mark.anyio
async def test_the_clock_of_the_answer_stands_still_while_the_body_comes():
    patience = Patience(request_seconds=1, body_seconds=5)

    async def part():
        assert body.deadline.when == math.inf
        return {"type": "http.request", "body": b"", "more_body": False}

    async with asyncio.timeout(None) as timeout:
        body = patience.body(part, timeout, 1)
        await body.receive()
        assert body.deadline.when < math.inf
        assert body.done
