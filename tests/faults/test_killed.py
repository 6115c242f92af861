# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The process is killed while clients write: nothing acknowledged is lost, nothing is doubled."""

from __future__ import annotations

import http.client
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.faults.running import Client, Place, ident, place
from tests.web.process import Server

ALL = 10_000
CLIENTS = 4
ROWS = 100
Send = Callable[[Client, int, int], dict[int, float]]
"""Sends what begins with a number to a datastream; ids that are acknowledged, with values."""


def one(client: Client, stream: int, number: int) -> dict[int, float]:
    answer = client.observe(stream, number, float(number))
    assert answer.status == 201, answer
    return {ident(answer.headers["location"]): float(number)}


def many(client: Client, stream: int, number: int) -> dict[int, float]:
    rows = [(number + n, float(number + n)) for n in range(ROWS)]
    answer = client.observe_many(stream, rows)
    assert answer.status == 201, answer
    return dict(zip(map(ident, answer.json), (value for _, value in rows), strict=True))


class Flood:
    """Clients that write to one datastream each until everything is sent or the server dies."""

    def __init__(self, place: Place, server: Server, send: Send) -> None:
        self.place, self.server, self.send = place, server, send
        self.killed_after, self.killed = ALL + 1, False
        self.acknowledged: dict[int, float] = {}
        self.enough = threading.Event()
        self.guard = threading.Lock()
        self.failed: list[BaseException] = []

    def run(self, left: dict[int, list[int]], kill_after: int = ALL + 1) -> None:
        self.killed_after = kill_after
        threads = [threading.Thread(target=self._work, args=each) for each in left.items()]
        for each in threads:
            each.start()
        if kill_after <= ALL:
            assert self.enough.wait(20), (len(self.acknowledged), self.failed)
            self.killed = not self.failed
            self.server.process.send_signal(signal.SIGKILL)
        for each in threads:
            each.join()
        assert not self.failed, self.failed

    def _work(self, stream: int, numbers: list[int]) -> None:
        try:
            with self.place.client(self.server) as client:
                for number in numbers:
                    self._note(self.send(client, stream, number))
        except (OSError, http.client.HTTPException) as error:
            if not self.killed:
                self.failed.append(error)
                self.enough.set()
        except AssertionError as error:
            self.failed.append(error)
            self.enough.set()

    def _note(self, done: dict[int, float]) -> None:
        with self.guard:
            self.acknowledged |= done
            if len(self.acknowledged) >= self.killed_after:
                self.enough.set()


@pytest.mark.parametrize(("send", "step"), [(one, 1), (many, ROWS)], ids=["single", "arrays"])
def test_nothing_acknowledged_is_lost(engine: str, tmp_path: Path, send: Send, step: int) -> None:
    where = place(engine, tmp_path, CLIENTS)
    each = ALL // CLIENTS
    wanted = {
        stream: list(range(at * each, (at + 1) * each, step))
        for at, stream in enumerate(where.streams)
    }
    with where.serving() as server:
        flood = Flood(where, server, send)
        flood.run(wanted, kill_after=ALL // 3)
    assert ALL // 3 <= len(flood.acknowledged) < ALL
    kept = where.stored()
    values = {key: found.result for key, found in kept.items()}
    assert flood.acknowledged.items() <= values.items()
    assert len(set(values.values())) == len(values)
    assert len(values) <= len(flood.acknowledged) + CLIENTS * step
    assert not where.problems()
    known = set(values.values())
    left = {
        stream: [number for number in numbers if number not in known]
        for stream, numbers in wanted.items()
    }
    with where.serving() as server:
        again = Flood(where, server, send)
        again.run(left)
        with where.client(server) as client:
            assert [client.count(stream) for stream in where.streams] == [each] * CLIENTS
        assert server.stop(signal.SIGTERM) == 0
    assert sorted(found.result for found in where.stored().values()) == list(map(float, range(ALL)))
    assert not where.problems()
