# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Subscribers hear every event in its order, at least once, on both engines."""

import asyncio
import logging
from collections.abc import Sequence
from functools import partial

import pytest
from tests.jobs.conftest import until, workers

from allmende.core import outbox, work
from allmende.core.jobs import Registry
from allmende.core.platform import Platform
from allmende.core.work import DAY
from allmende.store import Connection, events, now, subscriptions
from allmende.store.events import Event, emit


def emit_many(db: Connection, *idents: str) -> None:
    for ident in idents:
        emit(db, "test", "made", 1, ident)


class Ear:
    """A subscriber that remembers what it heard and may fail."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.inside = 0
        self.failures = 0

    async def hear(self, _platform: Platform, batch: Sequence[Event]) -> None:
        self.inside += 1
        assert self.inside == 1
        await asyncio.sleep(0)
        self.inside -= 1
        self.heard += [event.id for event in batch]
        if self.failures:
            self.failures -= 1
            raise ConnectionError("nobody is at home")

    async def has_heard(self, count: int) -> bool:
        return len(self.heard) >= count


def listening(ear: Ear, *, from_start: bool = True) -> Registry:
    registry = Registry()
    registry.subscribe("ear", ear.hear, from_start=from_start)
    return registry


def test_old_events_go_when_everybody_has_heard_them(run, monkeypatch) -> None:
    async def scenario(platform: Platform) -> None:
        store = platform.store
        with monkeypatch.context() as past:
            past.setattr(events, "now", lambda: now() - 401 * DAY)
            await store.write(emit_many, *"abcde")
        await store.write(emit_many, *"fg")
        first = await store.read(events.events_after, 0)
        await store.write(partial(subscriptions.subscribe, name="ear", from_start=True))
        await work.housekeeping(platform, {})
        assert await store.read(events.events_after, 0) == first

        turn = await store.write(subscriptions.take_turn, "ear", "me", DAY)
        assert turn is not None
        await store.write(subscriptions.advance, turn, first[2].sequence, DAY)
        assert await store.write(events.forget_old, now() - 400 * DAY, 2) == 2
        await work.housekeeping(platform, {})
        assert await store.read(events.events_after, 0) == first[3:]

        await store.write(subscriptions.advance, turn, first[-1].sequence, DAY)
        assert await store.write(events.forget_old, now() + DAY) == 3
        assert await store.read(events.events_after, 0) == first[-1:]  # the count goes on
        await store.write(emit_many, "h")
        assert await store.read(events.last_sequence) > first[-1].sequence

    run(scenario)


def test_events_are_heard_in_order_and_once(run, eager, monkeypatch) -> None:
    monkeypatch.setattr(outbox, "BATCH", 3)

    async def scenario(platform: Platform) -> None:
        ear = Ear()
        await platform.store.write(emit_many, *"abcdefg")
        async with (
            Platform.open(platform.settings) as other,
            workers([platform, other], listening(ear)),
        ):
            await until(lambda: ear.has_heard(7))
            await other.store.write(emit_many, *"hij")
            await until(lambda: ear.has_heard(10))
        assert "".join(ear.heard) == "abcdefghij"

    run(scenario)


def test_a_subscriber_goes_on_where_it_stopped(run, eager) -> None:
    async def scenario(platform: Platform) -> None:
        ear = Ear()
        await platform.store.write(emit_many, "before")
        async with workers([platform], listening(ear, from_start=False)):
            await until(lambda: _subscribed(platform))
            await platform.store.write(emit_many, "a")
            await until(lambda: ear.has_heard(1))
        await platform.store.write(emit_many, "b", "c")
        async with workers([platform], listening(ear, from_start=False)):
            await until(lambda: ear.has_heard(3))
        assert ear.heard == ["a", "b", "c"]

    run(scenario)


async def _subscribed(platform: Platform) -> bool:
    return bool(await platform.store.read(lambda db: db.value("select 1 from subscription")))


def test_a_failing_subscriber_hears_again_and_is_told_of_once(
    run, eager, monkeypatch, caplog
) -> None:
    monkeypatch.setattr(outbox, "REST_FIRST", 1)
    caplog.set_level(logging.INFO, "allmende.jobs")

    async def scenario(platform: Platform) -> None:
        ear = Ear()
        ear.failures = 2
        await platform.store.write(emit_many, "a", "b")
        async with workers([platform], listening(ear)):
            await until(lambda: ear.has_heard(6))
            await until(lambda: _recovered(caplog))
        assert ear.heard == ["a", "b"] * 3

    run(scenario)
    assert [record.getMessage() for record in caplog.records] == [
        "subscriber ear fails: ConnectionError: nobody is at home",
        "subscriber ear works again",
    ]


async def _recovered(caplog: pytest.LogCaptureFixture) -> bool:
    return "works again" in caplog.text


def test_a_failing_subscriber_does_not_hold_up_others(run, eager) -> None:
    async def scenario(platform: Platform) -> None:
        deaf, well = Ear(), Ear()
        deaf.failures = 1_000
        registry = listening(well)
        registry.subscribe("deaf", deaf.hear, from_start=True)
        await platform.store.write(emit_many, *"abc")
        async with workers([platform], registry):
            await until(lambda: well.has_heard(3))
            await until(lambda: deaf.has_heard(3))
        assert well.heard == ["a", "b", "c"]
        with pytest.raises(ValueError, match="deaf"):
            registry.subscribe("deaf", deaf.hear)

    run(scenario)
