# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The database is held by others, the disk is full, the database server goes away."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import apsw
import psycopg
import pytest
from tests.faults.running import ROOT, Client, Place, place

from allmende.store.postgres import WRITER_LOCK
from allmende.store.sqlite import OBSERVATIONS_FILE
from allmende.store.store import SQLITE_FILE

MANY = 20_000


@contextmanager
def held(where: Place) -> Iterator[None]:
    """Somebody else writes for as long as the context is open."""
    if where.settings.database:
        with psycopg.connect(where.settings.database) as other:
            other.execute("select pg_advisory_xact_lock(%s)", (WRITER_LOCK,))
            yield
            other.rollback()
        return
    others = [
        apsw.Connection(str(where.settings.data / name))
        for name in (SQLITE_FILE, OBSERVATIONS_FILE)
    ]
    for other in others:
        other.set_busy_timeout(20_000)
        other.execute("begin immediate")
    try:
        yield
    finally:
        for other in others:
            other.close()


def test_a_database_that_is_held_is_told(engine: str, tmp_path: Path) -> None:
    where = place(engine, tmp_path)
    stream = where.streams[0]
    with where.serving(ALLMENDE_BUSY_SECONDS="0.5") as server, where.client(server) as client:
        assert client.observe(stream, 0, 1.0).status == 201
        with held(where):
            for answer in (
                client.observe(stream, 1, 2.0),
                client.observe_many(stream, [(1, 2.0), (2, 3.0)]),
            ):
                assert answer.is_refusal(503)
                assert "Another process" in answer.json["message"]
            assert client.count(stream) == 1
        assert client.observe(stream, 1, 2.0).status == 201
        assert client.count(stream) == 2
    assert not where.problems()


def test_who_waits_for_others_gets_through(engine: str, tmp_path: Path) -> None:
    where = place(engine, tmp_path)
    stream = where.streams[0]
    with where.serving(ALLMENDE_BUSY_SECONDS="60") as server, ThreadPoolExecutor(4) as pool:

        def write(second: int) -> int:
            with where.client(server) as client:
                return client.observe(stream, second, 1.0).status

        with closing(Client(server.port)) as anybody:
            assert anybody.ask("GET", f"{ROOT}/Things").status == 200  # it has started
        with held(where), where.client(server) as client:
            waiting = [pool.submit(write, second) for second in range(4)]
            for _ in range(20):
                assert client.ask("GET", f"{ROOT}/Datastreams({stream})").status == 200
            assert not any(each.done() for each in waiting)
        assert [each.result() for each in waiting] == [201] * 4
    assert len(where.stored()) == 4
    assert not where.problems()


def fill(client: Client, stream: int) -> tuple[set[int], bool]:
    """Writes until the server refuses: results that were acknowledged, whether it refused."""
    kept: set[int] = set()
    for start in range(0, MANY, 200):
        rows = [(start + n, float(start + n)) for n in range(200)]
        answer = client.observe_many(stream, rows)
        if answer.status != 201:
            assert answer.is_refusal(503)
            assert "disk" in answer.json["message"]
            return kept, fill_singly(client, stream, kept, start)
        kept |= {start + n for n in range(200)}
    return kept, False


def fill_singly(client: Client, stream: int, kept: set[int], start: int) -> bool:
    """A small write may still fit behind a large one that did not."""
    for second in range(start, start + 200):
        answer = client.observe(stream, second, float(second))
        if answer.status != 201:
            return answer.is_refusal(503)
        kept.add(second)
    return False


def test_a_full_disk_is_told_and_survived(tmp_path: Path) -> None:
    where = place("", tmp_path)
    stream = where.streams[0]
    with where.serving() as server, where.client(server) as client:
        assert client.observe(stream, MANY + 1, -1.0).status == 201
        largest = max(each.stat().st_size for each in where.settings.data.glob("*"))
        _, hard = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (largest + 50_000, hard))
        kept, refused = fill(client, stream)
        assert refused
        assert client.count(stream) == len(kept) + 1
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (hard, hard))
        assert client.observe(stream, MANY + 2, -2.0).status == 201
    found = {each.result for each in where.stored().values()}
    assert found == {-1.0, -2.0, *map(float, kept)}
    assert not where.problems()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may make a small disk")
def test_a_small_disk_is_told_and_survived(tmp_path: Path) -> None:
    libc = __import__("ctypes").CDLL(None, use_errno=True)
    (tmp_path / "disk").mkdir()
    target = str(tmp_path / "disk").encode()
    if libc.mount(b"tmpfs", target, b"tmpfs", 0, b"size=12m"):
        pytest.skip("this machine does not let root make a small disk")
    try:
        where = place("", tmp_path / "disk")
        stream = where.streams[0]
        with where.serving() as server, where.client(server) as client:
            ballast = tmp_path / "disk" / "ballast"
            free = os.statvfs(tmp_path / "disk")
            ballast.write_bytes(bytes(free.f_bavail * free.f_bsize - 300_000))
            kept, refused = fill(client, stream)
            assert refused
            ballast.unlink()
            assert client.observe(stream, MANY + 2, -2.0).status == 201
        found = {each.result for each in where.stored().values()}
        assert found == {-2.0, *map(float, kept)}
        assert not where.problems()
    finally:
        assert libc.umount2(target, 2) == 0


@pytest.mark.postgres
def test_a_database_server_that_drops_everybody(postgres_url: str, tmp_path: Path) -> None:
    where = place(postgres_url, tmp_path)
    stream = where.streams[0]
    kept = 0
    with where.serving() as server, where.client(server) as client:
        for turn in range(20):
            with psycopg.connect(postgres_url, autocommit=True) as other:
                other.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity "
                    "where application_name = 'allmende'"
                )
            answer = client.observe(stream, turn, float(turn))
            assert answer.status == 201 or answer.is_refusal(503)
            kept += answer.status == 201
            assert client.ask("GET", f"{ROOT}/Things").status in (200, 503)
        after = [client.observe(stream, 100 + n, -1.0).status for n in range(10)]
        assert after[-1] == 201
        assert client.count(stream) == kept + after.count(201)
    assert not where.problems()
