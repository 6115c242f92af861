# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Figures of hours and days, kept with every observation in the same transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from allmende.model.sensing.observation import Bucket
from allmende.store.connection import Connection, Dialect, Params

HOURS, DAYS = 1, 2

_FIGURES = "start, n, good, sum, min, max, first_time, first, last_time, last"
_MERGE = (
    f"insert into obs.rollup as r (datastream, grain, {_FIGURES}) values (:datastream, :grain, "
    ":start, :n, :good, :sum, :min, :max, :first_time, :first, :last_time, :last) "
    "on conflict (datastream, grain, start) do update set n = r.n + excluded.n, "
    "good = r.good + excluded.good, "
    "sum = case when r.sum is null then excluded.sum when excluded.sum is null then r.sum "
    "else r.sum + excluded.sum end, "
    "min = case when excluded.min is null or r.min <= excluded.min then r.min "
    "else excluded.min end, "
    "max = case when excluded.max is null or r.max >= excluded.max then r.max "
    "else excluded.max end, "
    "first = case when excluded.first_time is null or r.first_time <= excluded.first_time "
    "then r.first else excluded.first end, "
    "last = case when excluded.last_time is null or r.last_time > excluded.last_time "
    "then r.last else excluded.last end, "
    "first_time = case when excluded.first_time is null or r.first_time <= excluded.first_time "
    "then r.first_time else excluded.first_time end, "
    "last_time = case when excluded.last_time is null or r.last_time > excluded.last_time "
    "then r.last_time else excluded.last_time end"
)
_SET = (
    f"insert into obs.rollup (datastream, grain, {_FIGURES}) values (:datastream, :grain, "
    ":start, :n, :good, :sum, :min, :max, :first_time, :first, :last_time, :last)"
)


def merge(db: Connection, rows: Sequence[Params]) -> None:
    """Adds figures of new observations to those of their intervals."""
    if len(rows) == 1:
        db.run(_MERGE, **rows[0])
    elif rows:
        db.run_many(_MERGE, rows)


def row_of(stream: int, grain: int, bucket: Bucket) -> dict[str, object]:
    """The parameters of `merge` for an interval."""
    return {
        "datastream": stream,
        "grain": grain,
        "start": bucket.start,
        "n": bucket.n,
        "good": bucket.good,
        "sum": bucket.sum,
        "min": bucket.min,
        "max": bucket.max,
        "first_time": bucket.first_time,
        "first": bucket.first,
        "last_time": bucket.last_time,
        "last": bucket.last,
    }


def replace(db: Connection, stream: int, grain: int, start: int, bucket: Bucket | None) -> None:
    """Sets the figures of an interval that were counted anew; None when nothing is left."""
    db.run(
        "delete from obs.rollup where datastream = :stream and grain = :grain and start = :start",
        stream=stream,
        grain=grain,
        start=start,
    )
    if bucket is not None:
        db.run(_SET, **row_of(stream, grain, bucket))


def read(
    db: Connection, stream: int, grain: int, start: int | None, end: int | None
) -> list[Bucket]:
    """The intervals that begin in [start, end), in their order."""
    rows = db.rows(
        f"select {_FIGURES} from obs.rollup where datastream = :stream and grain = :grain "
        "and start >= :start and start < :end order by start",
        stream=stream,
        grain=grain,
        start=-(2**62) if start is None else start,
        end=2**62 if end is None else end,
    )
    return [_bucket(found) for found in rows]


def forget_hours(db: Connection, stream: int, before: int) -> None:
    """Drops the hours before a time, which follow from what is packed."""
    db.run(
        "delete from obs.rollup where datastream = :stream and grain = :grain and start < :before",
        stream=stream,
        grain=HOURS,
        before=before,
    )


def remove(db: Connection, streams: Iterable[int], dialect: Dialect) -> None:
    """Drops all figures of datastreams."""
    where = dialect.any_of("datastream", "streams")
    db.run(f"delete from obs.rollup where {where}", streams=dialect.list_value(list(streams)))


def _bucket(found: tuple[object, ...]) -> Bucket:
    names = ("start", "n", "good", "sum", "min", "max", "first_time", "first", "last_time", "last")
    return Bucket(**dict(zip(names, found, strict=True)))  # type: ignore[arg-type]
