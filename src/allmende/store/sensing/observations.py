# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Writing observations: row, latest, figures and journal in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from allmende.errors import Conflict
from allmende.model.sensing import calendar, figures
from allmende.model.sensing.calendar import HOUR, hour_of, month_of
from allmende.model.sensing.observation import USABLE, Bucket, Observation, observation_id
from allmende.model.sensing.series import extra_of, value_of
from allmende.store.connection import Connection, now
from allmende.store.sensing import archive, blocks, journal, partitions, reading, rollups, state
from allmende.store.sensing.state import State

Repeated = Literal["add", "skip", "correct"]
"""What to do with an observation of a time at which the datastream has one already.

add      it is another observation
skip     it is ignored
correct  it is ignored when it says the same, else it takes the place of the first
"""

_INSERT = (
    "insert into obs.observation (datastream, time, number, value, text, flag, lasts, "
    "result_time, extra) values (:datastream, :time, :number, :value, :text, :flag, :lasts, "
    ":result_time, :extra)"
)


class Stored(Struct, frozen=True):
    """What became of an observation."""

    id: int
    status: Literal["created", "repeated", "corrected", "late"]


def insert(
    db: Connection, given: Sequence[Observation], zone: str, repeated: Repeated = "add"
) -> list[Stored]:
    """Stores observations of any datastreams, in any order; what became of each.

    `late` ones lie before the time from which single observations are kept, and are not.
    """
    if len(given) == 1:
        known = {given[0].datastream: state.get(db, given[0].datastream)}
    else:
        known = state.of(db, list({each.datastream for each in given}))
    batch = _Batch(db, zone, known)
    for each in given:
        batch.take(each, repeated)
    batch.write()
    return batch.stored


class _Batch:
    """Observations that are written together."""

    def __init__(self, db: Connection, zone: str, states: dict[int, State]) -> None:
        self.db, self.zone, self.states = db, zone, states
        self.rows: list[dict[str, Any]] = []
        self.hours: dict[tuple[int, int], Bucket] = {}
        self.runs: dict[int, list[int]] = {}  # datastream: first number, how many
        self.times: set[tuple[int, int]] = set()
        self.stored: list[Stored] = []

    def take(self, given: Observation, repeated: Repeated) -> None:
        stream, time = given.datastream, given.time
        known = self.states.get(stream)
        if known is None:
            known = self.states[stream] = State(stream)
        if time < known.raw_from:
            self.stored.append(Stored(0, "late"))
            return
        if repeated != "add" and self._present(known, given, repeated):
            return
        number = known.next
        value, text = value_of(given.result)
        extra = extra_of(given)
        lasts = None if given.end is None else given.end - time
        self.rows.append(
            {
                "datastream": stream,
                "time": time,
                "number": number,
                "value": value,
                "text": text,
                "flag": given.flag,
                "lasts": lasts,
                "result_time": given.result_time,
                "extra": extra,
            }
        )
        known.next, known.n = number + 1, known.n + 1
        self.runs.setdefault(stream, [number, 0])[1] += 1
        _tally(self.hours, stream, given, value)
        _advance(known, given, number, value, text, lasts, extra)
        self.stored.append(Stored(observation_id(stream, number), "created"))
        if repeated != "add":
            self.times.add((stream, time))

    def _present(self, known: State, given: Observation, repeated: Repeated) -> bool:
        """Whether there is an observation of this time; then it is dealt with."""
        stream, time = given.datastream, given.time
        if (stream, time) in self.times:
            self.write()
        elif known.last_time is None or time > known.last_time:
            return False
        found = reading.columns(self.db, stream, time, time + 1)
        if not len(found):
            return False
        old = next(iter(found.rows(stream)))
        same = old.result == given.result and old.end == given.end
        if repeated == "skip" or same:
            self.stored.append(Stored(old.id, "repeated"))
            return True
        self.write()
        change(self.db, old.id, replace(given, number=old.number), self.zone)
        self.states[stream] = state.get(self.db, stream)
        self.stored.append(Stored(old.id, "corrected"))
        return True

    def write(self) -> None:
        """Writes what was taken so far."""
        if not self.rows:
            return
        db = self.db
        partitions.ready(db, "observation", {month_of(row["time"]) for row in self.rows})
        if len(self.rows) == 1:
            db.run(_INSERT, **self.rows[0])
        else:
            db.run_many(_INSERT, self.rows)
        rollups.merge(db, self._figures())
        moment = now()
        for stream in self.runs:
            self.states[stream].seen = moment
        state.put(db, [self.states[stream] for stream in self.runs])
        runs = [(stream, first, n) for stream, (first, n) in self.runs.items()]
        journal.note_all(db, journal.CREATED, runs)
        self.rows, self.hours, self.runs = [], {}, {}

    def _figures(self) -> list[dict[str, object]]:
        """Rows of the hours that are not packed, and of all days."""
        days: dict[tuple[int, int], Bucket] = {}
        rows = []
        for (stream, hour), bucket in self.hours.items():
            if hour >= self.states[stream].sealed:
                rows.append(rollups.row_of(stream, rollups.HOURS, bucket))
            day = calendar.day_of(hour, self.zone)
            found = days.get((stream, day))
            if found is None:
                days[stream, day] = replace(bucket, start=day)
            else:
                figures.add(found, bucket)
        rows += [rollups.row_of(key[0], rollups.DAYS, each) for key, each in days.items()]
        return rows


def _tally(
    hours: dict[tuple[int, int], Bucket], stream: int, given: Observation, value: float | None
) -> None:
    """Adds an observation to the figures of its hour."""
    time = given.time
    usable = given.flag in USABLE
    if not usable:
        value = None
    key = (stream, time - time % HOUR)
    found = hours.get(key)
    if found is None:
        hours[key] = figures.single(value, time, key[1], usable)
    else:
        figures.take(found, value, time, usable)


def _advance(
    known: State,
    given: Observation,
    number: int,
    value: float | None,
    text: str | None,
    lasts: int | None,
    extra: str | None,
) -> None:
    """Moves the span of the datastream, and its latest observation when this is it."""
    time = given.time
    if known.first_time is None or time < known.first_time:
        known.first_time = time
    told = given.result_time
    if told is not None:
        if known.first_result_time is None or told < known.first_result_time:
            known.first_result_time = told
        if known.last_result_time is None or told > known.last_result_time:
            known.last_result_time = told
    if known.last_time is None or time >= known.last_time:
        known.last_time, known.latest = time, number
        known.value, known.text, known.flag = value, text, given.flag
        known.lasts, known.result_time, known.extra = lasts, told, extra


def change(db: Connection, ident: int, to: Observation, zone: str) -> bool:
    """Puts another observation in the place of one; it keeps its id. False when there is none."""
    old = _opened(db, ident)
    if old is None:
        return False
    if to.time < state.get(db, old.datastream).raw_from:
        raise Conflict(
            "Of that time only aggregates are kept; the observation cannot move there.",
            "Aus jener Zeit bleiben nur Zusammenfassungen; dorthin lässt sich die Beobachtung "
            "nicht verschieben.",
        )
    _delete_row(db, old)
    value, text = value_of(to.result)
    partitions.ready(db, "observation", [month_of(to.time)])
    db.run(
        _INSERT,
        datastream=old.datastream,
        time=to.time,
        number=old.number,
        value=value,
        text=text,
        flag=to.flag,
        lasts=None if to.end is None else to.end - to.time,
        result_time=to.result_time,
        extra=extra_of(to),
    )
    _refresh(db, old.datastream, {old.time, to.time}, zone)
    journal.note(db, journal.CHANGED, old.datastream, old.number)
    return True


def delete(db: Connection, idents: Iterable[int], zone: str) -> int:
    """Deletes observations; how many there were."""
    touched: dict[int, set[int]] = {}
    for ident in idents:
        old = _opened(db, ident)
        if old is None:
            continue
        _delete_row(db, old)
        journal.note(db, journal.DELETED, old.datastream, old.number)
        touched.setdefault(old.datastream, set()).add(old.time)
    total = 0
    for stream, times in touched.items():
        total += _refresh(db, stream, times, zone)
    return total


def remove_stream(db: Connection, stream: int) -> None:
    """Deletes everything of a datastream."""
    for table in ("observation", "block", "aggregate", "archived"):
        db.run(f"delete from obs.{table} where datastream = :stream", stream=stream)
    rollups.remove(db, [stream], db.dialect)
    state.remove(db, stream)
    journal.note(db, journal.DELETED, stream, 0, 0)


def _opened(db: Connection, ident: int) -> Observation | None:
    """An observation that is sure to lie among the recent rows."""
    old = reading.one(db, ident)
    if old is None:
        return None
    if archive.holds(db, old.datastream, old.time):
        raise Conflict(
            "The observation is in the archive and no longer changes.",
            "Die Beobachtung liegt im Archiv und ändert sich nicht mehr.",
        )
    block = blocks.holding(db, old.datastream, old.number)
    if block is not None:
        blocks.open_up(db, block)
    return old


def _delete_row(db: Connection, old: Observation) -> None:
    db.run(
        "delete from obs.observation where datastream = :stream and time = :time "
        "and number = :number",
        stream=old.datastream,
        time=old.time,
        number=old.number,
    )


def _refresh(db: Connection, stream: int, times: set[int], zone: str) -> int:
    """Counts the hours and days of these times anew, and the state; rows fewer than before."""
    known = state.get(db, stream)
    for hour in {hour_of(time) for time in times}:
        if hour >= known.sealed:
            _recount(db, stream, rollups.HOURS, hour, hour + HOUR)
    for day in {calendar.day_of(time, zone) for time in times}:
        _recount(db, stream, rollups.DAYS, day, calendar.next_period(day, "day", zone))
    before = known.n
    restate(db, known)
    return before - known.n


def _recount(db: Connection, stream: int, grain: int, start: int, end: int) -> None:
    import numpy as np

    found = reading.columns(db, stream, start, end)
    starts = np.full(len(found), start, np.int64)
    counted = figures.counted(found, starts)
    rollups.replace(db, stream, grain, start, counted[0] if counted else None)


def restate(db: Connection, known: State) -> None:
    """Count, span and latest observation as they are now."""
    stream = known.datastream
    rows = db.row(
        "select count(*), min(time) from obs.observation where datastream = :stream",
        stream=stream,
    )
    packed = db.row(
        "select sum(n), min(first_time) from obs.block where datastream = :stream", stream=stream
    )
    parts = [each for each in (rows, packed, archive.size(db, stream)) if each and each[0]]
    known.n = int(sum(each[0] for each in parts))
    known.first_time = min((each[1] for each in parts), default=None)
    known.last_time = known.latest = known.value = known.text = known.extra = None
    known.lasts = known.result_time = None
    known.flag = 0
    last = reading.columns(db, stream, descending=True, limit=1)
    for newest in last.rows(stream):
        value, text = value_of(newest.result)
        lasts = None if newest.end is None else newest.end - newest.time
        _advance(known, newest, newest.number, value, text, lasts, extra_of(newest))
    state.put(db, [known])
