# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Reading, the group-committing writer and migrations, on both engines."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import anyio
import pytest

from allmende.errors import Busy, DeadlineExceeded, InvalidInput, LimitExceeded
from allmende.model.filter import And, Compare, Filter, In, IsNull, Like, Not, Or, matches
from allmende.store import Connection, Store
from allmende.store.conditions import compile_filter
from allmende.store.migrate import SchemaMismatch, migrate, migrations
from allmende.store.store import session_opener
from allmende.store.writer import Writer


@pytest.fixture
def store(engine: str) -> Iterator[Store]:
    opened = Store.open(engine)
    yield opened
    opened.close()


def add_event(db: Connection, ident: str) -> int:
    return int(
        db.value(
            "insert into event (at, topic, action, key, id) "
            "values (1, 'test', 'made', 1, :id) returning sequence",
            id=ident,
        )
    )


def event_ids(db: Connection) -> list[str]:
    return [row[0] for row in db.rows("select id from event order by sequence")]


def fail_after_insert(db: Connection) -> None:
    add_event(db, "half")
    raise ValueError("wrong")


def test_write_is_visible_to_the_next_read(store: Store) -> None:
    async def run() -> list[str]:
        await store.write(add_event, "a")
        return await store.read(event_ids)

    assert anyio.run(run) == ["a"]


def test_a_failing_unit_does_not_hurt_its_neighbours(store: Store) -> None:
    async def run() -> list[str]:
        errors = []

        async def attempt() -> None:
            try:
                await store.write(fail_after_insert)
            except ValueError as error:
                errors.append(str(error))

        async with anyio.create_task_group() as tasks:
            for number in range(20):
                tasks.start_soon(store.write, add_event, str(number))
                tasks.start_soon(attempt)
        assert errors == ["wrong"] * 20
        return await store.read(event_ids)

    assert sorted(anyio.run(run)) == sorted(str(number) for number in range(20))


def test_reads_cannot_write(store: Store) -> None:
    async def run() -> None:
        with pytest.raises(Exception, match=r"(?i)read.?only"):
            await store.read(add_event, "x")

    anyio.run(run)


def test_a_long_read_is_stopped(store: Store) -> None:
    endless = (
        "with recursive n (i) as (select 1 union all select i + 1 from n where i < 100000000) "
        "select count(*) from n"
    )

    async def run() -> None:
        with pytest.raises(DeadlineExceeded, match=r"0\.05 seconds"):
            await store.read(lambda db: db.value(endless), seconds=0.05)
        assert await store.read(lambda db: db.value("select 1")) == 1

    anyio.run(run)


def test_commit_listeners_are_told_after_the_commit(store: Store) -> None:
    told = threading.Event()

    async def run() -> None:
        undo = store.on_commit(told.set)
        await store.write(add_event, "a")
        await anyio.to_thread.run_sync(told.wait, 5)
        undo()

    anyio.run(run)
    assert told.is_set()


def test_a_full_queue_says_busy(engine: str) -> None:
    opener = session_opener(engine)
    with_schema = opener(False)
    migrate(with_schema)
    with_schema.close()
    gate = threading.Event()
    writer = Writer(lambda: opener(False), lambda: None, queue_limit=2)
    first = writer.submit(lambda db: gate.wait(10), ())
    while writer.waiting:
        pass
    waiting = [writer.submit(add_event, ("b",)), writer.submit(add_event, ("c",))]
    with pytest.raises(Busy):
        writer.submit(add_event, ("d",))
    gate.set()
    assert first.result(10)
    assert [future.result(10) for future in waiting]
    writer.close()
    with pytest.raises(Busy):
        writer.submit(add_event, ("e",))


def test_who_gave_up_or_is_gone_does_not_hold_up_others(engine: str) -> None:
    store = Store.open(engine)

    async def run(give_up: bool) -> asyncio.Future[int]:
        given_up = store.begin_write(add_event, "given up")
        if give_up:
            given_up.cancel()
            await store.write(add_event, "another")
        return given_up

    assert anyio.run(run, True).cancelled()
    for _ in range(5):  # the loop is closed before or while the writer wants to tell it
        anyio.run(run, False)
    assert anyio.run(store.write, add_event, "last")
    store.close()


def test_two_processes_never_share_a_sequence(engine: str) -> None:
    stores = [Store.open(engine) for _ in range(2)]

    def write(store: Store) -> list[int]:
        async def run() -> list[int]:
            return [await store.write(add_event, "x") for _ in range(25)]

        return anyio.run(run)

    with ThreadPoolExecutor(2) as pool:
        numbers = [n for part in pool.map(write, stores) for n in part]
    for store in stores:
        store.close()
    assert len(set(numbers)) == 50


def test_migrations_apply_once_and_notice_changes(engine: str) -> None:
    opener = session_opener(engine)
    session = opener(False)
    names = [migration.name for migration in migrate(session)]
    assert names == [migration.name for migration in migrations(session.dialect.name)]
    assert migrate(session) == []
    session.run("update schema_migration set checksum = 'x' where number = 1")
    with pytest.raises(SchemaMismatch, match="changed"):
        migrate(session)
    session.run("delete from schema_migration where number = 1")
    session.run("insert into schema_migration values (9999, 'later', 'x', 0)")
    with pytest.raises(SchemaMismatch, match="newer"):
        migrate(session)
    session.close()


def test_both_engines_have_the_same_migrations() -> None:
    sqlite = [(m.number, m.name) for m in migrations("sqlite")]
    assert sqlite == [(m.number, m.name) for m in migrations("postgres")]
    assert len({number for number, _ in sqlite}) == len(sqlite)


RECORDS: list[dict[str, str | int | None]] = [
    {"topic": "a", "action": "made", "key": 1},
    {"topic": "b%", "action": "made", "key": 2},
    {"topic": "ab", "action": "gone", "key": 3},
    {"topic": "A", "action": "gone", "key": 4},
]

FILTERS: list[Filter] = [
    Compare("topic", "=", "a"),
    Compare("key", ">=", 3),
    Compare("key", "<>", 3),
    In("topic", ("a", "ab")),
    In("topic", ()),
    Like("topic", "a%"),
    Like("topic", "b\\%"),
    Like("topic", "_b"),
    Not(Compare("action", "=", "made")),
    IsNull("topic"),
    And((Compare("action", "=", "made"), Compare("key", ">", 1))),
    Or((Compare("key", "=", 1), Compare("key", "=", 4))),
    And(()),
    Or(()),
]


@pytest.mark.parametrize("tree", FILTERS, ids=str)
def test_sql_and_python_agree_on_filters(store: Store, tree: Filter) -> None:
    def insert(db: Connection) -> None:
        db.run_many(
            "insert into event (at, topic, action, key, id) values (0, :topic, :action, :key, 'x')",
            RECORDS,
        )

    def select(db: Connection) -> list[int]:
        columns = {"topic": "topic", "action": "action", "key": "key"}
        condition = compile_filter(tree, columns, db.dialect)
        sql = f"select key from event where {condition.sql} order by key"
        return [row[0] for row in db.rows(sql, **condition.params)]

    async def run() -> list[int]:
        await store.write(insert)
        return await store.read(select)

    assert anyio.run(run) == [r["key"] for r in RECORDS if matches(tree, r)]


def test_filters_refuse_unknown_fields_and_deep_nesting(store: Store) -> None:
    async def run() -> None:
        dialect = await store.read(lambda db: db.dialect)
        with pytest.raises(InvalidInput, match="no field"):
            compile_filter(Compare("key; drop table event", "=", 1), {"key": "key"}, dialect)
        tree: Filter = Compare("key", "=", 1)
        for _ in range(70):
            tree = Not(tree)
        with pytest.raises(LimitExceeded, match="64"):
            compile_filter(tree, {"key": "key"}, dialect)

    anyio.run(run)
