# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Observations against a plain list of them: whatever is done, both say the same."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from msgspec.structs import replace

from allmende.model.sensing import calendar, figures
from allmende.model.sensing.calendar import HOUR
from allmende.model.sensing.observation import Bucket, Flag, Observation
from allmende.store import Store
from allmende.store.connection import Connection
from allmende.store.sensing import blocks, journal, observations, reading, rollups, state
from allmende.store.store import session_opener

ZONE = "Europe/Berlin"
START = calendar.month_start(202403) + 29 * 24 * HOUR  # the clocks change in this week
STEP = 900_000_000


@pytest.fixture
def db(engine: str) -> Iterator[Connection]:
    Store.open(engine).close()
    session = session_opener(engine)(False)
    session.begin_write()
    yield session
    session.rollback()
    session.close()


@dataclass
class Plain:
    """What should be there: observations by id."""

    found: dict[int, Observation] = field(default_factory=dict)

    def of(self, stream: int) -> list[Observation]:
        mine = [each for each in self.found.values() if each.datastream == stream]
        return sorted(mine, key=lambda each: (each.time, each.number))

    def hours(self, stream: int) -> list[Bucket]:
        return self.buckets(stream, calendar.hour_of)

    def buckets(self, stream: int, start_of: object) -> list[Bucket]:
        by_start: dict[int, list[Observation]] = {}
        for each in self.of(stream):
            by_start.setdefault(start_of(each.time), []).append(each)  # type: ignore[operator]
        made = [figures.whole(each, start) for start, each in sorted(by_start.items())]
        return [each for each in made if each is not None]


def rounded(buckets: list[Bucket]) -> list[Bucket]:
    """Sums are added in another order."""
    return [replace(each, sum=None if each.sum is None else round(each.sum, 6)) for each in buckets]


def compare(db: Connection, plain: Plain, streams: range) -> None:
    for stream in streams:
        expected = plain.of(stream)
        assert list(reading.columns(db, stream).rows(stream)) == expected
        hours = reading.hours(db, stream, None, None)
        assert rounded(hours) == rounded(plain.hours(stream))
        days = plain.buckets(stream, lambda time: calendar.day_of(time, ZONE))
        assert rounded(reading.days(db, stream, None, None)) == rounded(days)
        known = state.get(db, stream)
        assert known.n == len(expected)
        assert known.observation == (expected[-1] if expected else None)
        assert known.first_time == (expected[0].time if expected else None)


RESULTS = (1.5, 20, -0.25, 1e-9, 12345.678, "on", True, None, [1, 2.5], {"a": [1]}, 2**60)


def some(chance: random.Random, stream: int) -> Observation:
    time = START + chance.randrange(-400, 400) * STEP
    return Observation(
        datastream=stream,
        time=time,
        result=chance.choice(RESULTS),
        end=time + STEP if chance.random() < 0.2 else None,
        result_time=time + 5 if chance.random() < 0.2 else None,
        flag=chance.choice(list(Flag)),
        rule="step" if chance.random() < 0.1 else "",
        parameters={"depth": 30} if chance.random() < 0.1 else None,
        valid=(time, time + 1) if chance.random() < 0.1 else None,
        quality={"q": 1} if chance.random() < 0.1 else None,
        feature=7 if chance.random() < 0.1 else None,
    )


@pytest.mark.parametrize("seed", range(6))
def test_everything_done_in_any_order(db: Connection, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    plain = Plain()
    streams = range(1, 4)
    for _ in range(60):
        what = chance.random()
        if what < 0.5:
            given = [some(chance, chance.choice(streams)) for _ in range(chance.randrange(1, 30))]
            for each, stored in zip(given, observations.insert(db, given, ZONE), strict=True):
                assert stored.status == "created"
                number = stored.id & 0xFFFFFFFF
                plain.found[stored.id] = replace(each, number=number)
        elif what < 0.7 and plain.found:
            ident = chance.choice(list(plain.found))
            old = plain.found[ident]
            new = replace(some(chance, old.datastream), number=old.number)
            assert observations.change(db, ident, new, ZONE)
            plain.found[ident] = new
        elif what < 0.85 and plain.found:
            gone = chance.sample(list(plain.found), min(5, len(plain.found)))
            assert observations.delete(db, gone, ZONE) == len(gone)
            for each in gone:
                del plain.found[each]
        else:
            before = START + chance.randrange(-400, 400) * STEP
            blocks.seal(db, chance.choice(streams), before)
    compare(db, plain, streams)
    for ident, expected in plain.found.items():
        assert reading.one(db, ident) == expected


def test_windows_and_limits(db: Connection) -> None:
    given = [
        Observation(datastream=1, time=START + at * STEP, result=float(at)) for at in range(5_000)
    ]
    observations.insert(db, given, ZONE)
    blocks.seal(db, 1, START + 4_000 * STEP)
    late = [Observation(datastream=1, time=START + 10 * STEP + 1, result=0.5)]
    observations.insert(db, late, ZONE)
    every = [*given[:11], *late, *given[11:]]

    def results(**wanted: object) -> list[object]:
        return reading.columns(db, 1, **wanted).results()  # type: ignore[arg-type]

    assert results() == [each.result for each in every]
    assert results(limit=15) == [each.result for each in every[:15]]
    assert results(limit=1_500, descending=True) == [each.result for each in every[-1_500:]]
    window = {"start": START + 8 * STEP, "end": START + 12 * STEP}
    assert results(**window) == [8.0, 9.0, 10.0, 0.5, 11.0]
    assert results(**window, limit=2, descending=True) == [0.5, 11.0]
    assert reading.count(db, 1, None, None) == 5_001
    assert reading.count(db, 1, **window) == 5  # type: ignore[arg-type]
    assert reading.numbered(db, 1, 5_001, 1).results() == [0.5]
    assert reading.numbered(db, 1, 1, 3).results() == [0.0, 1.0, 2.0]


def test_what_comes_twice(db: Connection) -> None:
    one = Observation(datastream=1, time=START, result=1.0)
    (first,) = observations.insert(db, [one], ZONE)
    (again,) = observations.insert(db, [one], ZONE, "skip")
    assert (again.status, again.id) == ("repeated", first.id)
    other = replace(one, result=2.0)
    assert observations.insert(db, [other], ZONE, "skip")[0].status == "repeated"
    blocks.seal(db, 1, START + HOUR)
    (corrected,) = observations.insert(db, [other], ZONE, "correct")
    assert (corrected.status, corrected.id) == ("corrected", first.id)
    assert reading.columns(db, 1).results() == [2.0]
    assert [each.sum for each in reading.hours(db, 1, None, None)] == [2.0]
    twice = [replace(one, time=START + 1), replace(one, time=START + 1)]
    assert [each.status for each in observations.insert(db, twice, ZONE, "skip")] == [
        "created",
        "repeated",
    ]
    assert observations.insert(db, [one], ZONE)[0].status == "created"
    assert state.get(db, 1).n == 3


def test_the_journal_tells_what_happened(db: Connection) -> None:
    given = [Observation(datastream=1 + at % 2, time=START + at, result=1.0) for at in range(6)]
    stored = observations.insert(db, given, ZONE)
    observations.change(db, stored[0].id, replace(given[0], result=2.0, number=1), ZONE)
    observations.delete(db, [stored[1].id], ZONE)
    entries = [(each.action, each.datastream, each.number, each.n) for each in journal.after(db, 0)]
    assert entries == [
        (journal.CREATED, 1, 1, 3),
        (journal.CREATED, 2, 1, 3),
        (journal.CHANGED, 1, 1, 1),
        (journal.DELETED, 2, 1, 1),
    ]
    assert journal.prune(db, 1) == 3
    assert [each.action for each in journal.after(db, 0)] == [journal.DELETED]


def test_packed_hours_are_not_kept_twice(db: Connection) -> None:
    given = [
        Observation(datastream=1, time=START + at * STEP, result=float(at)) for at in range(400)
    ]
    observations.insert(db, given, ZONE)
    assert len(rollups.read(db, 1, rollups.HOURS, None, None)) == 100
    assert blocks.ripe(db, START + 300 * STEP, 0, 10) == [1]
    assert blocks.seal(db, 1, START + 300 * STEP) == 300
    assert len(rollups.read(db, 1, rollups.HOURS, None, None)) == 25
    assert len(reading.hours(db, 1, None, None)) == 100
    assert len(reading.hours(db, 1, START + 74 * HOUR, START + 76 * HOUR)) == 2


def test_a_day_of_the_clock_change_has_23_hours(db: Connection) -> None:
    given = [Observation(datastream=1, time=START + at * HOUR, result=1.0) for at in range(24 * 5)]
    observations.insert(db, given, ZONE)
    counts = {
        calendar.moment(each.start + 3 * HOUR).date().isoformat(): each.n
        for each in reading.days(db, 1, None, None)
    }
    assert counts["2024-03-31"] == 23
    assert counts["2024-04-01"] == 24


def test_what_is_older_than_the_kept_time_is_late(db: Connection) -> None:
    known = state.get(db, 1)
    known.raw_from = START
    state.put(db, [known])
    one = Observation(datastream=1, time=START - 1, result=1.0)
    assert observations.insert(db, [one], ZONE)[0].status == "late"
    assert len(reading.columns(db, 1)) == 0


def test_a_datastream_goes_with_all_it_has(db: Connection) -> None:
    observations.insert(db, [Observation(datastream=1, time=START, result=1.0)], ZONE)
    observations.remove_stream(db, 1)
    assert len(reading.columns(db, 1)) == 0
    assert reading.hours(db, 1, None, None) == []
    assert state.of(db, [1]) == {}
