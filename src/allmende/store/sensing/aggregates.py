# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Figures that stay when the observations behind them are deleted: packed by month."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import msgspec

from allmende.model.sensing import figures
from allmende.model.sensing.calendar import DAY, month_of
from allmende.model.sensing.observation import Bucket
from allmende.store.connection import Connection

MONTH = 30 * DAY
"""Stands for months of the city's time zone, whatever their length."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Bucket]).decode


def put(db: Connection, stream: int, grain: int, month: int, buckets: Sequence[Bucket]) -> None:
    """Keeps the figures of a month (UTC, by the beginning of the interval); grain in µs."""
    db.run(
        "delete from obs.aggregate where datastream = :stream and grain = :grain "
        "and month = :month",
        stream=stream,
        grain=grain,
        month=month,
    )
    if buckets:
        db.run(
            "insert into obs.aggregate (datastream, grain, month, n, first_time, last_time, data) "
            "values (:stream, :grain, :month, :n, :first, :last, :data)",
            stream=stream,
            grain=grain,
            month=month,
            n=len(buckets),
            first=buckets[0].start,
            last=buckets[-1].start,
            data=zlib.compress(_encode(list(buckets)), 6),
        )


def merge(db: Connection, stream: int, grain: int, buckets: Sequence[Bucket]) -> None:
    """Adds figures of observations that are not in those kept yet."""
    months: dict[int, list[Bucket]] = {}
    for each in buckets:
        months.setdefault(month_of(each.start), []).append(each)
    for month, new in months.items():
        kept = _of_month(db, stream, grain, month)
        whole = sorted([*kept, *new], key=lambda each: each.start)
        put(db, stream, grain, month, figures.merged(whole, lambda time: time))


def forget(db: Connection, stream: int, grain: int, before: int) -> int:
    """Drops the months that lie before the one of a time wholly; how many intervals."""
    where = "datastream = :stream and grain = :grain and month < :month"
    values = {"stream": stream, "grain": grain, "month": month_of(before)}
    n = db.value(f"select sum(n) from obs.aggregate where {where}", **values)
    if n:
        db.run(f"delete from obs.aggregate where {where}", **values)
    return int(n or 0)


def _of_month(db: Connection, stream: int, grain: int, month: int) -> list[Bucket]:
    data = db.value(
        "select data from obs.aggregate where datastream = :stream and grain = :grain "
        "and month = :month",
        stream=stream,
        grain=grain,
        month=month,
    )
    return [] if data is None else _decode(zlib.decompress(data))


def read(
    db: Connection, stream: int, grain: int, start: int | None, end: int | None
) -> list[Bucket]:
    """The figures of intervals that begin in [start, end)."""
    rows = db.rows(
        "select data from obs.aggregate where datastream = :stream and grain = :grain "
        "and month >= :first and month <= :last order by month",
        stream=stream,
        grain=grain,
        first=0 if start is None else month_of(start),
        last=999_999 if end is None else month_of(end),
    )
    found = [bucket for (data,) in rows for bucket in _decode(zlib.decompress(data))]
    return [
        each
        for each in found
        if (start is None or each.start >= start) and (end is None or each.start < end)
    ]


def grains(db: Connection, stream: int) -> list[int]:
    """The lengths of intervals (µs) of which figures are kept."""
    rows = db.rows(
        "select distinct grain from obs.aggregate where datastream = :stream order by grain",
        stream=stream,
    )
    return [found[0] for found in rows]
