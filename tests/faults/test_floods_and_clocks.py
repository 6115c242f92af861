# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A hundred times the usual rate, clocks that jump, times and bodies that make no sense."""

from __future__ import annotations

import json
import textwrap
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.faults.running import ROOT, Answer, Client, Place, at, place
from tests.web.process import Server

OBSERVATIONS = f"{ROOT}/Observations"
MIB = 1024


def memory(server: Server) -> int:
    """Resident memory in KiB."""
    text = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(text.partition("VmRSS:")[2].split()[0])


def flood(where: Place, server: Server, clients: int, each: int) -> list[Answer]:
    """What many clients are told who all send at once."""
    answers: list[Answer] = []
    guard = threading.Lock()

    def work(number: int) -> None:
        stream = where.streams[number % len(where.streams)]
        with where.client(server) as client:
            for n in range(each):
                answer = client.observe(stream, number * each + n, 1.0)
                with guard:
                    answers.append(answer)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_a_hundred_times_the_rate_is_slowed_down(engine: str, tmp_path: Path) -> None:
    where = place(engine, tmp_path)
    with where.serving(ALLMENDE_SENSOR_WRITES_PER_MINUTE="60") as server:
        answers = flood(where, server, 10, 600)
        taken = [each for each in answers if each.status == 201]
        assert all(each.status == 201 or each.is_refusal(429) for each in answers)
        assert len(answers) == 6_000
        assert 60 <= len(taken) < 1_000
        with closing(Client(server.port)) as anybody:
            assert sum(anybody.count(stream) for stream in where.streams) == len(taken)
    assert not where.problems()


def test_more_clients_than_places_are_told(tmp_path: Path) -> None:
    where = place("", tmp_path)
    with where.serving(ALLMENDE_CONCURRENCY="4", ALLMENDE_WRITE_QUEUE="2") as server:
        flood(where, server, 8, 20)
        before = memory(server)
        answers = flood(where, server, 64, 60)
        assert all(each.status == 201 or each.is_refusal(503) for each in answers)
        assert memory(server) < before + 64 * MIB
        taken = sum(each.status == 201 for each in answers)
        assert taken
        with closing(Client(server.port)) as anybody:
            count = sum(anybody.count(stream) for stream in where.streams)
        assert count >= taken
        with where.client(server) as client:
            assert client.observe(where.streams[0], 500_000, 1.0).status == 201
    assert not where.problems()


JUMPING = textwrap.dedent("""
    import os, time
    from pathlib import Path

    real_ns, jump = time.time_ns, Path(os.environ["JUMP"])

    def time_ns():
        return real_ns() + int(jump.read_text() or 0) * 1_000_000_000

    time.time_ns = time_ns
    time.time = lambda: time_ns() / 1e9
""")


def test_the_clock_of_the_server_jumps(engine: str, tmp_path: Path) -> None:
    where = place(engine, tmp_path)
    stream = where.streams[0]
    (tmp_path / "clock").mkdir()
    (tmp_path / "clock" / "sitecustomize.py").write_text(JUMPING)
    jump = tmp_path / "jump"
    jump.write_text("0")
    body = {"result": 1.0, "Datastream": {"@iot.id": stream}}
    told = []
    where_clock = {"PYTHONPATH": str(tmp_path / "clock"), "JUMP": str(jump)}
    with where.serving(**where_clock) as server, where.client(server) as client:
        for seconds in (0, 3_600, -7_200, 40 * 86_400, -86_400, 0):
            jump.write_text(str(seconds))
            for _ in range(5):
                answer = client.ask("POST", OBSERVATIONS, body)
                assert answer.status == 201, (seconds, answer)
                told.append(answer.json["@iot.id"])
            assert client.observe(stream, seconds // 3_600 + 100, 2.0).status == 201
            newest = client.ask(
                "GET",
                f"{ROOT}/Datastreams({stream})/Observations?$orderby=phenomenonTime desc".replace(
                    " ", "%20"
                ),
            ).json["value"]
            times = [each["phenomenonTime"] for each in newest]
            assert times == sorted(times, reverse=True)
    assert len(set(told)) == 30
    assert set(told) <= set(where.stored())
    assert not where.problems()


@pytest.mark.parametrize(
    ("time", "status"),
    [
        ("1970-01-01T00:00:00Z", 201),
        ("1969-12-31T23:59:59.999999Z", 201),
        ("2099-12-31T23:59:59Z", 201),
        ("0001-01-01T00:00:00Z", 400),
        ("9999-12-31T23:59:59Z", 400),
        ("2026-02-30T00:00:00Z", 400),
        ("2026-06-01T25:00:00Z", 400),
        ("gestern", 400),
        (1_780_000_000, 400),
    ],
)
def test_times_far_away(tmp_path: Path, time: Any, status: int) -> None:
    where = place("", tmp_path)
    stream = where.streams[0]
    with where.serving() as server, where.client(server) as client:
        assert client.observe(stream, 0, 1.0).status == 201
        body = {"phenomenonTime": time, "result": 2.0, "Datastream": {"@iot.id": stream}}
        answer = client.ask("POST", OBSERVATIONS, body)
        assert answer.status == status, answer
        assert client.observe(stream, 60, 3.0).status == 201
        assert client.count(stream) == 2 + (status == 201)
    assert not where.problems()


HOSTILE = [
    b"",
    b"{",
    b"[1]",
    b"null",
    b"\xff\xfe",
    b'{"result": NaN, "Datastream": {"@iot.id": 1}}',
    b'{"result": 1e999, "Datastream": {"@iot.id": 1}}',
    b'{"result": "warm", "Datastream": {"@iot.id": 1}}',
    b'{"result": 1, "Datastream": {"@iot.id": -1}}',
    b'{"result": 1, "Datastream": {"@iot.id": 99999999999999999999}}',
    b'{"result": 1, "Datastream": {"@iot.id": "1; drop table obs.state"}}',
    b'{"result": 1, "Datastream": {}}',
    b'{"Datastream": {"@iot.id": 1}}',
    b'{"result": 1, "Datastream": 1}',
    b"[" * 100_000,
    b'{"result": ' + b"[" * 5_000 + b"]" * 5_000 + b', "Datastream": {"@iot.id": 1}}',
    b'{"result": 1, "parameters": ' + json.dumps({"x": "y" * 100_000}).encode() + b"}",
]


@pytest.mark.parametrize("address", ["Observations", "CreateObservations", "$batch"])
def test_bodies_that_make_no_sense(tmp_path: Path, address: str) -> None:
    where = place("", tmp_path)
    stream = where.streams[0]
    with where.serving() as server, where.client(server) as client:
        for number, body in enumerate(HOSTILE):
            answer = client.ask("POST", f"{ROOT}/{address}", body)
            assert 400 <= answer.status < 500, (body[:60], answer)
            assert answer.json["message"]
            assert client.observe(stream, number, 1.0).status == 201
        assert client.count(stream) == len(HOSTILE)
    assert not where.problems()


def test_a_row_that_makes_no_sense_costs_no_other(engine: str, tmp_path: Path) -> None:
    where = place(engine, tmp_path)
    stream = where.streams[0]
    rows = [
        [at(0), 1.0],
        ["1970-01-01T00:00:00Z", 2.0],
        ["12345-01-01T00:00:00Z", 3.0],
        [at(1), "warm"],
        [at(2), {"a": [1]}],
        [at(3)],
        None,
        [at(4), 5.0],
    ]
    group = {
        "Datastream": {"@iot.id": stream},
        "components": ["phenomenonTime", "result"],
        "dataArray": rows,
    }
    with where.serving() as server, where.client(server) as client:
        answer = client.ask("POST", f"{ROOT}/CreateObservations", [group])
        assert answer.status == 201
        fine = [each != "error" for each in answer.json]
        assert fine == [True, True, False, False, False, False, False, True]
        assert client.count(stream) == 3
    assert not where.problems()
