# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Figures of intervals, counted from columns: n, sum, smallest, largest, first, last."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from allmende.model.sensing.observation import USABLE, Bucket, Observation
from allmende.model.sensing.series import Columns, is_number

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]

_USABLE = sorted(USABLE)


def single(value: float | None, time: int, start: int, usable: bool) -> Bucket:
    """The figures of one observation; `value` is None when it is no usable number."""
    moment = None if value is None else time
    return Bucket(
        start=start,
        n=1,
        good=int(usable),
        sum=value,
        min=value,
        max=value,
        first_time=moment,
        first=value,
        last_time=moment,
        last=value,
    )


def take(to: Bucket, value: float | None, time: int, usable: bool) -> None:
    """Adds one observation, which came after those in `to`."""
    to.n += 1
    to.good += usable
    if value is None:
        return
    if to.sum is None or to.min is None or to.max is None:
        to.sum = to.min = to.max = to.first = to.last = value
        to.first_time = to.last_time = time
        return
    to.sum += value
    if value < to.min:
        to.min = value
    if value > to.max:
        to.max = value
    if to.first_time is None or time < to.first_time:
        to.first_time, to.first = time, value
    if to.last_time is None or time >= to.last_time:
        to.last_time, to.last = time, value


def counted(columns: Columns, starts: Ints) -> list[Bucket]:
    """The figures by interval; `starts` is the beginning of the interval of each observation."""
    import numpy as np

    if not len(columns):
        return []
    places = np.flatnonzero(np.diff(starts, prepend=starts[0] - 1))
    usable = np.isin(columns.flags, _USABLE)
    numeric = usable & ~np.isnan(columns.values)
    if numeric.all():
        return _all_numbers(columns, starts, places)
    totals = np.add.reduceat(np.ones(len(starts), np.int64), places).tolist()
    good = np.add.reduceat(usable.astype(np.int64), places).tolist()
    found = [
        Bucket(start=start, n=n, good=ok, sum=None, min=None, max=None)
        for start, n, ok in zip(starts[places].tolist(), totals, good, strict=True)
    ]
    _fill(found, columns, numeric, np.cumsum(np.isin(np.arange(len(starts)), places)) - 1)
    return found


def _all_numbers(columns: Columns, starts: Ints, places: Ints) -> list[Bucket]:
    """The same when every observation is a usable number, which is the usual case."""
    import numpy as np

    values, times = columns.values, columns.times
    ends = np.append(places[1:], len(starts)) - 1
    found = (
        starts[places],
        ends - places + 1,
        np.add.reduceat(values, places),
        np.minimum.reduceat(values, places),
        np.maximum.reduceat(values, places),
        times[places],
        values[places],
        times[ends],
        values[ends],
    )
    return [
        Bucket(
            start=start,
            n=n,
            good=n,
            sum=total,
            min=low,
            max=high,
            first_time=first_time,
            first=first,
            last_time=last_time,
            last=last,
        )
        for start, n, total, low, high, first_time, first, last_time, last in zip(
            *(each.tolist() for each in found), strict=True
        )
    ]


def _fill(found: list[Bucket], columns: Columns, numeric: Any, owner: Ints) -> None:
    """Sets the figures that need a number."""
    import numpy as np

    values, times, owner = columns.values[numeric], columns.times[numeric], owner[numeric]
    if not len(values):
        return
    places = np.flatnonzero(np.diff(owner, prepend=-1))
    ends = np.append(places[1:], len(values)) - 1
    figures = zip(
        owner[places].tolist(),
        np.add.reduceat(values, places).tolist(),
        np.minimum.reduceat(values, places).tolist(),
        np.maximum.reduceat(values, places).tolist(),
        times[places].tolist(),
        values[places].tolist(),
        times[ends].tolist(),
        values[ends].tolist(),
        strict=True,
    )
    for at, total, low, high, first_time, first, last_time, last in figures:
        bucket = found[at]
        bucket.sum, bucket.min, bucket.max = total, low, high
        bucket.first_time, bucket.first = first_time, first
        bucket.last_time, bucket.last = last_time, last


def steps(times: Ints, grain: int) -> Ints:
    """Beginnings of intervals of a fixed length (µs) that count from 1970-01-01 UTC."""
    return times - times % grain


def merged(buckets: Iterable[Bucket], start_of: Callable[[int], int]) -> list[Bucket]:
    """Figures of longer intervals from those of shorter ones in the order of time."""
    found: list[Bucket] = []
    for each in buckets:
        start = start_of(each.start)
        if found and found[-1].start == start:
            add(found[-1], each)
        else:
            found.append(
                Bucket(
                    start=start,
                    n=each.n,
                    good=each.good,
                    sum=each.sum,
                    min=each.min,
                    max=each.max,
                    first_time=each.first_time,
                    first=each.first,
                    last_time=each.last_time,
                    last=each.last,
                )
            )
    return found


def add(to: Bucket, more: Bucket) -> None:
    """Adds the figures of observations that are not in `to` yet."""
    to.n += more.n
    to.good += more.good
    if more.sum is None or more.min is None or more.max is None:
        return
    if to.sum is None or to.min is None or to.max is None:
        to.sum, to.min, to.max = more.sum, more.min, more.max
        to.first_time, to.first = more.first_time, more.first
        to.last_time, to.last = more.last_time, more.last
        return
    to.sum += more.sum
    to.min, to.max = min(to.min, more.min), max(to.max, more.max)
    if _before(more.first_time, to.first_time):
        to.first_time, to.first = more.first_time, more.first
    if not _before(more.last_time, to.last_time):
        to.last_time, to.last = more.last_time, more.last


def _before(one: int | None, other: int | None) -> bool:
    return one is not None and (other is None or one < other)


def whole(found: Sequence[Observation], start: int) -> Bucket | None:
    """The figures of all of these observations; None when there is none."""
    total: Bucket | None = None
    for each in found:
        usable = each.flag in USABLE
        value = float(each.result) if usable and is_number(each.result) else None  # type: ignore[arg-type]
        if total is None:
            total = single(value, each.time, start, usable)
        else:
            take(total, value, each.time, usable)
    return total
