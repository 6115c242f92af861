# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Letting observations go: into figures that stay, into the archive, or for good.

Invariants
- What belongs to a month of a datastream happens in one transaction: figures, deletion, the
  note of what is archived, `raw_from`, count, and the public log.
- An archived month is deleted here only when it still says what its file says.
- Figures of traces are made from what is told of them: a day is the sum of its hours that were
  not suppressed, so that nothing can be worked out by subtraction.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from allmende.model.sensing import calendar, figures, retention
from allmende.model.sensing.calendar import DAY, HOUR, month_of, month_start, next_month
from allmende.model.sensing.observation import Bucket
from allmende.model.sensing.packing import pack
from allmende.model.sensing.retention import Described, Policy, Rule
from allmende.model.sensing.series import Columns
from allmende.store.connection import Connection, now
from allmende.store.sensing import (
    aggregates,
    archive,
    archive_files,
    blocks,
    observations,
    partitions,
    reading,
    rollups,
    state,
)
from allmende.store.sensing.state import FROM_EVER, State

Action = Literal["deleted", "archived", "figures", "expired"]
YEAR = 365 * DAY


class Filed(Struct, frozen=True):
    """A month of a datastream that was written into a file: the file, and what it says."""

    file: str
    mark: bytes


class Due(Struct, frozen=True):
    """What a rule wants to do with a datastream: everything before `until` goes."""

    datastream: int
    action: Action
    first_time: int
    until: int
    n: int
    policy: str
    version: int


def cut(policy: Policy, moment: int, zone: str) -> int | None:
    """The time before which single observations go: the beginning of a month for the archive,
    of a local day for deletion, of an hour for what is kept for hours. None: nothing goes."""
    raw = policy.raw
    if policy.hold or raw is None:
        return None
    if policy.then == "archive":
        return month_start(month_of(moment - raw))
    if policy.hours is not None:
        return calendar.hour_of(moment - raw)
    return calendar.day_of(moment - raw, zone)


def release(
    db: Connection,
    of: Described,
    rule: Rule,
    until: int,
    zone: str,
    filed: Filed | None = None,
) -> int:
    """Lets the observations at hand before `until` go; how many.

    With `filed` they are archived, and nothing happens when the file says something else.
    """
    known = state.get(db, of.id)
    columns = reading.at_hand(db, of.id, None, until)
    if filed is not None and not _is_filed(db, filed, columns):
        return 0
    if len(columns):
        _figures(db, of, rule.policy, columns, until, zone)
        _drop(db, of.id, until)
        if filed is not None:
            archive.put(db, _part(of.id, month_of(until - 1), filed.file, columns))
    if until > known.raw_from:
        known.raw_from = until
    known.sealed = max(known.sealed, until)
    rollups.forget_hours(db, of.id, until)
    observations.restate(db, known)
    if len(columns):
        first = int(columns.times[0])
        log(db, of.id, "archived" if filed else "deleted", first, until, len(columns), rule)
    return len(columns)


def _is_filed(db: Connection, filed: Filed, columns: Columns) -> bool:
    there = db.archive is not None and (db.archive / filed.file).is_file()
    return there and archive_files.mark(columns) == filed.mark


def _part(stream: int, month: int, file: str, columns: Columns) -> archive.Part:
    return archive.Part(
        stream,
        month,
        file,
        len(columns),
        int(columns.times[0]),
        int(columns.times[-1]),
        int(columns.numbers.min()),
        int(columns.numbers.max()),
    )


def _figures(
    db: Connection, of: Described, policy: Policy, columns: Columns, until: int, zone: str
) -> None:
    """Makes the figures that stay."""
    hours = figures.counted(columns, figures.steps(columns.times, HOUR))
    told = retention.shown(hours, policy.least, of.type)
    if policy.years("hour") != "no":
        aggregates.merge(db, of.id, HOUR, told)
    if policy.least:
        _told_days(db, of.id, told, columns, until, zone)
    if policy.then == "delete" and policy.years("day") == "no":
        roll_up(db, of.id, policy, calendar.day_of(until, zone), zone)


def _told_days(
    db: Connection, stream: int, told: list[Bucket], columns: Columns, until: int, zone: str
) -> None:
    """Days that are over become the sum of the hours that are told."""
    days = figures.merged(told, lambda time: calendar.day_of(time, zone))
    aggregates.merge(db, stream, DAY, days)
    over = calendar.day_of(until, zone)
    first = calendar.day_of(int(columns.times[0]), zone)
    collected = {each.start: each for each in aggregates.read(db, stream, DAY, first, over)}
    for each in rollups.read(db, stream, rollups.DAYS, first, over):
        rollups.replace(db, stream, rollups.DAYS, each.start, collected.get(each.start))


def roll_up(db: Connection, stream: int, policy: Policy, before: int, zone: str) -> int:
    """Drops the days before one, into their months when these are kept; how many days."""
    gone = rollups.read(db, stream, rollups.DAYS, None, before)
    if not gone:
        return 0
    if policy.years("month") != "no":
        by_month = figures.merged(gone, lambda time: calendar.period_of(time, "month", zone))
        aggregates.merge(db, stream, aggregates.MONTH, by_month)
    db.run(
        "delete from obs.rollup where datastream = :stream and grain = :grain and start < :before",
        stream=stream,
        grain=rollups.DAYS,
        before=before,
    )
    return len(gone)


def _drop(db: Connection, stream: int, until: int) -> None:
    """Deletes what is at hand before a time; a block that lies across it is cut."""
    db.run(
        "delete from obs.observation where datastream = :stream and time < :until",
        stream=stream,
        until=until,
    )
    db.run(
        "delete from obs.block where datastream = :stream and month <= :month "
        "and last_time < :until",
        stream=stream,
        month=month_of(until),
        until=until,
    )
    for each in blocks.listed(db, stream, None, until):
        rest = blocks.load(db, each).between(until, None)
        db.run(
            "update obs.block set n = :n, first_time = :first_time, first_number = :first, "
            "last_number = :last, data = :data where datastream = :stream and month = :month "
            "and part = :part",
            stream=stream,
            month=each.month,
            part=each.part,
            n=len(rest),
            first_time=int(rest.times[0]),
            first=int(rest.numbers.min()),
            last=int(rest.numbers.max()),
            data=pack(rest),
        )


def age(db: Connection, stream: int, rule: Rule, moment: int, zone: str) -> int:
    """Lets figures go that are older than their rule says, whole months of them; how many."""
    policy = rule.policy
    if policy.hold or policy.raw is None:
        return 0
    total = 0
    for grain, kept in (("hour", HOUR), ("month", aggregates.MONTH)):
        before = _older(policy.years(grain), moment)  # type: ignore[arg-type]
        if before is not None:
            total += aggregates.forget(db, stream, kept, before)
    before = _older(policy.years("day"), moment)
    if before is not None and policy.then == "delete":
        month = calendar.period_of(before, "month", zone)
        total += roll_up(db, stream, policy, min(month, state.get(db, stream).raw_from), zone)
        aggregates.forget(db, stream, DAY, before)
    if total:
        log(db, stream, "figures", before or 0, moment, total, rule)
    return total


def _older(years: int | Literal["no"] | None, moment: int) -> int | None:
    return None if years is None or years == "no" else moment - years * YEAR


def expire(db: Connection, stream: int, rule: Rule, moment: int) -> int:
    """Takes out of the archive what is older than its rule says; how many observations."""
    policy = rule.policy
    if policy.hold or policy.archive_years is None:
        return 0
    before = month_start(month_of(moment - policy.archive_years * YEAR))
    gone = [each for each in archive.parts(db, stream, None, before) if each.last_time < before]
    for each in gone:
        archive.forget(db, stream, each.month)
    if not gone:
        return 0
    n = sum(each.n for each in gone)
    observations.restate(db, state.get(db, stream))
    log(db, stream, "expired", gone[0].first_time, before, n, rule)
    return n


def months_due(known: State, until: int) -> list[int]:
    """Ends of the steps in which everything before `until` goes, a month each."""
    if known.first_time is None or known.first_time >= until:
        return []
    begin = max(known.first_time, known.raw_from if known.raw_from > FROM_EVER else -(2**62))
    found, month = [], month_of(begin)
    while month_start(month) < until:
        month = next_month(month)
        found.append(min(month_start(month), until))
    return found


def at_hand_before(db: Connection, stream: int, until: int) -> tuple[int, int | None]:
    """How many observations at hand lie before a time, and the time of the first."""
    recent = db.row(
        "select count(*), min(time) from obs.observation where datastream = :stream "
        "and time < :until",
        stream=stream,
        until=until,
    )
    total, first = recent or (0, None)
    for each in blocks.listed(db, stream, None, until):
        inside = each.last_time < until
        total += each.n if inside else len(blocks.load(db, each).between(None, until))
        first = each.first_time if first is None else min(first, each.first_time)
    return int(total), first


def drop_partitions(db: Connection, months: Sequence[int]) -> int:
    """Drops partitions of these months that are empty now (PostgreSQL); how many."""
    dropped = 0
    for month in months:
        for table in ("observation", "block"):
            if partitions.is_empty(db, table, month):
                dropped += partitions.drop(db, table, month)
    return dropped


def log(
    db: Connection, stream: int, action: Action, first: int, until: int, n: int, rule: Rule
) -> None:
    """Writes into the public log."""
    db.run(
        "insert into obs.retained (at, datastream, action, first_time, until, n, policy, version) "
        "values (:at, :stream, :action, :first, :until, :n, :policy, :version)",
        at=now(),
        stream=stream,
        action=action,
        first=first,
        until=until,
        n=n,
        policy=rule.policy.id,
        version=rule.version,
    )
