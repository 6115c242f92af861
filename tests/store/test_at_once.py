# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Small writes in the thread that asks: as durable, as fenced in and as visible as all others."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from allmende.errors import InvalidInput
from allmende.store import Connection, Store
from allmende.store import at_once as module
from allmende.store.store import session_opener

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the disk of the machine is."""
    monkeypatch.setattr(module, "LONGEST_SECONDS", 3_600.0)


async def rested(store: Store) -> None:
    """Until the writer's thread has nothing more to do or to tell."""
    while not store.writer.idle:
        await asyncio.sleep(0.001)


@pytest.fixture
async def store(engine: str) -> AsyncIterator[Store]:
    opened = Store.open(engine)
    yield opened
    opened.close()


def add(db: Connection, ident: str) -> str:
    db.run(
        "insert into event (at, topic, action, key, id) values (1, 'test', 'made', 1, :id)",
        id=ident,
    )
    return threading.current_thread().name


def idents(db: Connection) -> list[str]:
    return [row[0] for row in db.rows("select id from event order by sequence")]


async def test_a_small_write_is_seen_by_everybody_and_told(store: Store) -> None:
    told: list[str] = []
    store.on_commit(lambda: told.append("commit"))
    thread = await store.begin_small_write(add, "a")
    here = threading.current_thread().name
    assert thread == (here if store.engine == "sqlite" else "allmende-writer")
    assert await store.read(idents) == ["a"]
    await store.write(lambda db: None)  # the writer has finished what it had to tell
    assert len(told) >= 1


async def test_an_error_stores_nothing_and_is_the_callers(store: Store) -> None:
    def wrong(db: Connection) -> None:
        add(db, "half")
        raise InvalidInput("wrong", "falsch")

    with pytest.raises(InvalidInput):
        await store.begin_small_write(wrong)
    await store.begin_small_write(add, "after")
    assert await store.read(idents) == ["after"]


async def test_while_the_writer_works_it_waits_for_its_turn(store: Store) -> None:
    gate = threading.Event()
    before = store.begin_write(lambda db: gate.wait(30))
    small = store.begin_small_write(add, "b")
    assert not small.done()
    gate.set()
    await before
    assert await small == "allmende-writer"


async def test_while_another_process_writes_the_event_loop_does_not_wait(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    other = session_opener(tmp_path)(False)
    try:
        other.begin_write()
        small = store.begin_small_write(add, "c")
        assert not small.done()
        other.rollback()
        assert await small == "allmende-writer"
    finally:
        other.close()
        store.close()


async def test_a_slow_disk_gets_a_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONGEST_SECONDS", -1.0)
    monkeypatch.setattr(module, "REST_SECONDS", 3_600.0)
    store = Store.open(tmp_path)
    try:
        assert await store.begin_small_write(add, "first") == threading.current_thread().name
        assert await store.begin_small_write(add, "second") == "allmende-writer"
        assert await store.read(idents) == ["first", "second"]
    finally:
        store.close()


async def test_the_log_is_tidied_up_by_the_writer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CHECKPOINT_PAGES", 20)
    store = Store.open(tmp_path)
    try:
        threads = [await store.begin_small_write(add, str(number)) for number in range(60)]
        assert {"allmende-writer", threading.current_thread().name} == set(threads)
        assert await store.read(idents) == [str(number) for number in range(60)]
    finally:
        store.close()


def remembered(db: Connection, found: list[Any]) -> None:
    if db.kept is not None:
        found.append(dict(db.kept))
        db.kept["known"] = True


async def test_what_is_remembered_is_forgotten_with_any_change(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    found: list[Any] = []
    changes = [
        lambda: store.begin_small_write(add, "by the session itself"),
        lambda: store.write(add, "by the writer"),
    ]
    try:
        await store.begin_small_write(remembered, found)
        await store.begin_small_write(remembered, found)
        assert found == [{}, {"known": True}]
        for change in changes:
            await change()
            await rested(store)
            found.clear()
            await store.begin_small_write(remembered, found)
            assert found == [{}]
        other = session_opener(tmp_path)(False)
        other.begin_write()
        add(other, "by another process")
        other.commit()
        other.close()
        found.clear()
        await store.begin_small_write(remembered, found)
        assert found == [{}]
    finally:
        store.close()


async def test_what_a_failed_write_remembered_is_forgotten(tmp_path: Path) -> None:
    def wrong(db: Connection, found: list[Any]) -> None:
        remembered(db, found)
        raise InvalidInput("wrong", "falsch")

    store = Store.open(tmp_path)
    found: list[Any] = []
    try:
        with pytest.raises(InvalidInput):
            await store.begin_small_write(wrong, found)
        await store.begin_small_write(remembered, found)
        assert found == [{}, {}]
    finally:
        store.close()
