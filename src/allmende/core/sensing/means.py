# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Means of intervals of many datastreams as columns: for charts, comparisons and files.

The same figures as `buckets`, without an object for each interval: ten years of hours take as
long as one year of objects. Rows at hand, kept figures and the archive are read as one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from allmende.core.platform import Platform
from allmende.core.sensing.reading import condition
from allmende.errors import InvalidInput
from allmende.model.filter import Filter
from allmende.model.sensing.calendar import HOUR, SECOND, month_of
from allmende.model.sensing.observation import USABLE, Bucket
from allmende.model.sensing.series import Columns, joined
from allmende.policy import Subject
from allmende.store import Connection
from allmende.store.sensing import aggregates, archive, reading, state, streams

if TYPE_CHECKING:
    from allmende.model.sensing.series import Floats, Ints


class Means(Struct, frozen=True):
    """One datastream: beginnings of intervals (µs UTC), usable numbers in each, and figures.

    Without extremes there is nothing in `min` and `max`.
    """

    starts: Ints
    n: Ints
    mean: Floats
    min: Floats | None
    max: Floats | None


async def means(
    platform: Platform,
    subject: Subject,
    idents: Sequence[int],
    seconds: float,
    start: int,
    end: int,
) -> dict[int, Means]:
    """Figures of intervals of so many seconds that begin in [start, end), by datastream.

    Intervals count from 1970-01-01 UTC; those without a usable number are left out, and so are
    hidden datastreams. InvalidInput for intervals shorter than a second.
    """
    if seconds < 1:
        raise InvalidInput(
            "Intervals are a second at least.", "Intervalle dauern mindestens eine Sekunde."
        )
    length = round(seconds * SECOND)
    start, end = start - start % length, end + -end % length
    return await platform.store.read_slow(
        _means, condition(subject), list(idents), length, start, end
    )


def _means(
    db: Connection, seen: Filter, idents: list[int], length: int, start: int, end: int
) -> dict[int, Means]:
    visible = streams.seen(db, seen, idents) if idents else []
    return means_of(db, visible, length, start, end)


def means_of(
    db: Connection,
    visible: Sequence[int],
    length: int,
    start: int,
    end: int,
    *,
    extremes: bool = True,
) -> dict[int, Means]:
    """Figures of datastreams that the subject was found to see; times and length in µs."""
    parts = [each for ident in visible for each in archive.parts(db, ident, start, end)]
    old = archive.plain_of_many(db, parts, start, end)
    archived: dict[int, set[int]] = {}
    for each in parts:
        archived.setdefault(each.datastream, set()).add(each.month)
    found = {}
    for ident in visible:
        at_hand = reading.at_hand(db, ident, start, end)
        raw = joined([old[ident], at_hand]) if ident in old else at_hand
        made = _counted(raw, length, extremes)
        kept = _kept(db, ident, length, start, end, archived.get(ident, set()))
        found[ident] = _merged([_of_buckets(kept, length), made]) if kept else made
    return found


def _kept(
    db: Connection, stream: int, length: int, start: int, end: int, archived: set[int]
) -> list[Bucket]:
    """Hours whose observations are gone for good; none for intervals that hours do not fill."""
    gone = state.get(db, stream).raw_from
    if length % HOUR or gone <= start:
        return []
    hours = aggregates.read(db, stream, HOUR, start, min(end, gone))
    return [each for each in hours if month_of(each.start) not in archived and each.sum is not None]


def _counted(raw: Columns, length: int, extremes: bool) -> Means:
    import numpy as np

    table = np.zeros(256, np.bool_)
    table[sorted(USABLE)] = True
    fine = table[raw.flags] & ~np.isnan(raw.values)
    times, values = raw.times, raw.values
    if not fine.all():
        times, values = times[fine], values[fine]
    starts = times - times % length
    return _reduced(starts, None, values, *((values, values) if extremes else (None, None)))


def _of_buckets(kept: Sequence[Bucket], length: int) -> Means:
    import numpy as np

    starts = np.array([each.start - each.start % length for each in kept], np.int64)
    n = np.array([each.good for each in kept], np.int64)
    sums, low, high = (
        np.array([getattr(each, name) for each in kept], np.float64)
        for name in ("sum", "min", "max")
    )
    return _reduced(starts, n, sums, low, high)


def _merged(given: Sequence[Means]) -> Means:
    import numpy as np

    starts = np.concatenate([each.starts for each in given])
    order = np.argsort(starts, kind="stable")
    sums = np.concatenate([each.mean * each.n for each in given])
    n = np.concatenate([each.n for each in given])
    low, high = (_glued([getattr(each, name) for each in given], order) for name in ("min", "max"))
    return _reduced(starts[order], n[order], sums[order], low, high)


def _glued(given: Sequence[Floats | None], order: Ints) -> Floats | None:
    import numpy as np

    kept = [each for each in given if each is not None]
    return np.concatenate(kept)[order] if len(kept) == len(given) else None


def _reduced(
    starts: Ints, n: Ints | None, sums: Floats, low: Floats | None, high: Floats | None
) -> Means:
    """Figures of equal beginnings, which stand side by side; without `n` each counts one."""
    import numpy as np

    if not len(starts):
        return Means(starts, np.zeros(0, np.int64), sums, low, high)
    places = np.flatnonzero(np.diff(starts, prepend=starts[0] - 1))
    total = np.diff(places, append=len(starts)) if n is None else np.add.reduceat(n, places)
    return Means(
        starts[places],
        total,
        np.add.reduceat(sums, places) / total,
        None if low is None else np.minimum.reduceat(low, places),
        None if high is None else np.maximum.reduceat(high, places),
    )
