# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Reading series and figures. Whoever may not see a datastream sees none of its observations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from allmende.core.platform import Platform
from allmende.errors import NotFound
from allmende.model.filter import Filter, all_of
from allmende.model.sensing import calendar, figures
from allmende.model.sensing.calendar import HOUR, SECOND, Period
from allmende.model.sensing.observation import Bucket, Observation, split_id
from allmende.model.sensing.series import Columns
from allmende.policy import ANONYMOUS, Subject, read_condition
from allmende.store import Connection
from allmende.store.sensing import reading, state, streams
from allmende.store.sensing.state import State

INLINE = 20_000
"""Observations that are read at once in the event loop; more are read in a worker thread."""

Grain = float | Literal["hour", "day", "month", "year"]


def condition(subject: Subject) -> Filter:
    """What a datastream must fulfil so that the subject may read its observations."""
    return _FOR_ALL if subject is ANONYMOUS else _condition(subject)


def _condition(subject: Subject) -> Filter:
    return all_of(read_condition(subject, "metadata"), read_condition(subject, "data"))


_FOR_ALL = _condition(ANONYMOUS)


async def visible_streams(
    platform: Platform, subject: Subject, idents: Sequence[int] | None = None
) -> list[int]:
    """Which of the datastreams (of all, when None) the subject may read, by id."""
    return await platform.store.read(streams.seen, condition(subject), idents)


async def observation(platform: Platform, subject: Subject, ident: int) -> Observation:
    """The observation with this id. NotFound when there is none or it is hidden."""
    found = await platform.store.read(_observation, condition(subject), ident)
    if found is None:
        raise NotFound(
            f"There is no observation with the id {ident}.",
            f"Es gibt keine Beobachtung mit der Kennung {ident}.",
        )
    return found


def _observation(db: Connection, seen: Filter, ident: int) -> Observation | None:
    if not 0 < ident < 2**53 or not streams.seen(db, seen, [split_id(ident)[0]]):
        return None
    return reading.one(db, ident)


async def columns(
    platform: Platform,
    subject: Subject,
    stream: int,
    start: int | None = None,
    end: int | None = None,
    *,
    descending: bool = False,
    limit: int = 0,
) -> Columns:
    """Observations of [start, end), µs UTC, in the order of time; see `Columns`.

    With a limit only that many, the last ones if descending. NotFound when the datastream
    is hidden.
    """
    short = 0 < limit <= INLINE
    read = platform.store.read if short else platform.store.read_slow
    return await read(_columns, condition(subject), stream, start, end, descending, limit)


def _columns(
    db: Connection,
    seen: Filter,
    stream: int,
    start: int | None,
    end: int | None,
    descending: bool,
    limit: int,
) -> Columns:
    _require(db, seen, stream)
    return reading.columns(db, stream, start, end, descending=descending, limit=limit)


def _require(db: Connection, seen: Filter, stream: int) -> None:
    if not streams.seen(db, seen, [stream]):
        raise NotFound(
            f"There is no datastream with the id {stream}.",
            f"Es gibt keinen Datenstrom mit der Kennung {stream}.",
        )


async def series(
    platform: Platform,
    subject: Subject,
    stream: int,
    start: int | None = None,
    end: int | None = None,
    *,
    descending: bool = False,
    limit: int = 0,
    skip: int = 0,
) -> list[Observation]:
    """Observations of [start, end) by time, newest first if descending."""
    wanted = limit + skip if limit else 0
    found = await columns(
        platform, subject, stream, start, end, descending=descending, limit=wanted
    )
    rows = list(found.rows(stream))
    if descending:
        rows.reverse()
    return rows[skip:]


async def latest(
    platform: Platform, subject: Subject, idents: Sequence[int] | None = None
) -> dict[int, State]:
    """What is known of datastreams (all, when None) with their latest observation, by id."""
    return await platform.store.read(_latest, condition(subject), idents)


def _latest(db: Connection, seen: Filter, idents: Sequence[int] | None) -> dict[int, State]:
    return state.of(db, streams.seen(db, seen, idents))


async def buckets(
    platform: Platform,
    subject: Subject,
    stream: int,
    grain: Grain,
    start: int | None = None,
    end: int | None = None,
) -> list[Bucket]:
    """Figures of the intervals that touch [start, end), of each as a whole; no empty ones.

    `grain` is a length in seconds (intervals count from 1970-01-01 UTC), "hour", or "day",
    "month", "year" in the city's time zone.
    """
    zone = platform.settings.timezone
    return await platform.store.read_slow(
        _buckets, condition(subject), stream, grain, start, end, zone
    )


def _buckets(
    db: Connection,
    seen: Filter,
    stream: int,
    grain: Grain,
    start: int | None,
    end: int | None,
    zone: str,
) -> list[Bucket]:
    _require(db, seen, stream)
    return figures_of(db, stream, grain, start, end, zone)


def figures_of(
    db: Connection, stream: int, grain: Grain, start: int | None, end: int | None, zone: str
) -> list[Bucket]:
    """Figures of a datastream whose observations the subject was found to see."""
    if grain == "hour":
        return reading.hours(db, stream, start, end)
    if isinstance(grain, str):
        return _periods(db, stream, grain, start, end, zone)
    length = round(grain * SECOND)
    start = None if start is None else start - start % length
    end = None if end is None else end + -end % length
    if length % HOUR == 0:
        hours = reading.hours(db, stream, start, end)
        return figures.merged(hours, lambda time: time - time % length)
    found = reading.columns(db, stream, start, end)
    return figures.counted(found, figures.steps(found.times, length))


def _periods(
    db: Connection, stream: int, period: Period, start: int | None, end: int | None, zone: str
) -> list[Bucket]:
    start = None if start is None else calendar.period_of(start, period, zone)
    if end is not None and calendar.period_of(end, period, zone) != end:
        end = calendar.next_period(calendar.period_of(end, period, zone), period, zone)
    days = reading.days(db, stream, start, end)
    if period == "day":
        return days
    parts = sorted([*reading.months(db, stream, start, end), *days], key=lambda each: each.start)
    return figures.merged(parts, lambda time: calendar.period_of(time, period, zone))
