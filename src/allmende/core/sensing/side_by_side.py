# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Figures of intervals of many datastreams side by side, as CSV and JSON.

grid = await side_by_side(platform, subject, Wanted(streams=(1, 2)), 3600.0, ("mean",))
body = as_json(grid)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from allmende.core.formats.cells import inert
from allmende.core.platform import Platform
from allmende.core.sensing import exporting
from allmende.core.sensing.exporting import Wanted
from allmende.core.sensing.grains import Grain
from allmende.core.sensing.means import Means, means_of
from allmende.core.sensing.reading import condition, figures_of
from allmende.errors import InvalidInput, LimitExceeded
from allmende.model.filter import Filter
from allmende.model.sensing.calendar import SECOND
from allmende.policy import Subject
from allmende.store import Connection
from allmende.store.sensing import state
from allmende.store.sensing.cataloguing import Head

if TYPE_CHECKING:
    from allmende.model.sensing.series import Ints

FIGURES = ("mean", "min", "max", "sum", "n")
"""What is told of an interval: `n` counts the usable numbers that the others are made of."""
MOST_CELLS = 2_000_000
"""Figures of one answer: intervals by datastreams by kinds of figures."""


class Grid(Struct, frozen=True):
    """Intervals with a number of at least one datastream, and the figures of each datastream.

    `starts` are the beginnings (µs UTC, rising); a column has a value for each, NaN (0 for n)
    where its datastream has no usable number.
    """

    starts: Ints
    heads: tuple[Head, ...]
    columns: tuple[dict[str, Any], ...]  # figure -> column, for each of the heads


async def side_by_side(
    platform: Platform, subject: Subject, wanted: Wanted, grain: Grain, named: Sequence[str]
) -> Grid:
    """Figures of the intervals that touch the period, by datastream.

    `grain` is a length in seconds (intervals count from 1970-01-01 UTC) or "day", "month",
    "year" of the city's time zone. NotFound when the subject sees none of the datastreams,
    InvalidInput for unknown figures, LimitExceeded above 200 datastreams or 2,000,000 figures.
    """
    unknown = [each for each in named if each not in FIGURES]
    if unknown or not named:
        raise InvalidInput(
            f"aggregate knows {', '.join(FIGURES)}, not “{''.join(unknown[:1])[:40]}”.",
            f"aggregate kennt {', '.join(FIGURES)}, nicht „{''.join(unknown[:1])[:40]}“.",
        )
    exporting.check(wanted)
    zone = platform.settings.timezone
    return await platform.store.read_slow(
        _grid, condition(subject), wanted, grain, tuple(dict.fromkeys(named)), zone
    )


def _grid(
    db: Connection, seen: Filter, wanted: Wanted, grain: Grain, named: Sequence[str], zone: str
) -> Grid:
    import numpy as np

    heads = exporting.heads_of(db, seen, wanted)
    extremes = "min" in named or "max" in named
    found = _figures(db, [each.id for each in heads], wanted, grain, zone, extremes)
    starts = found[0].starts
    if not all(np.array_equal(each.starts, starts) for each in found):
        starts = np.unique(np.concatenate([each.starts for each in found]))
    if len(starts) * len(heads) * len(named) > MOST_CELLS:
        raise LimitExceeded(
            f"These are more than {MOST_CELLS:,} figures; take longer intervals or less time.",
            f"Das sind mehr als {MOST_CELLS} Figuren; bitte längere Intervalle oder weniger Zeit.",
        )
    columns = tuple({name: _column(starts, each, name) for name in named} for each in found)
    return Grid(starts, tuple(heads), columns)


def _figures(
    db: Connection, idents: list[int], wanted: Wanted, grain: Grain, zone: str, extremes: bool
) -> list[Means]:
    if isinstance(grain, str):
        return [_of_period(db, each, wanted, grain, zone) for each in idents]
    known = [each for each in state.of(db, idents).values() if each.first_time is not None]
    first = min((each.first_time or 0 for each in known), default=0)
    last = max((each.last_time or 0 for each in known), default=0)
    start = first if wanted.start is None else max(wanted.start, first)
    end = last + 1 if wanted.end is None else min(wanted.end, last + 1)
    length = round(grain * SECOND)
    start, end = start - start % length, end + -end % length
    if (end - start) // length * len(idents) > 10 * MOST_CELLS:
        raise LimitExceeded(
            "These are too many intervals; take longer ones or less time.",
            "Das sind zu viele Intervalle; bitte längere oder weniger Zeit.",
        )
    found = means_of(db, idents, length, start, max(start, end), extremes=extremes)
    return [found[each] for each in idents]


def _of_period(db: Connection, ident: int, wanted: Wanted, grain: Grain, zone: str) -> Means:
    import numpy as np

    buckets = figures_of(db, ident, grain, wanted.start, wanted.end, zone)
    kept = [each for each in buckets if each.sum is not None]
    mean, low, high = (
        np.array([getattr(each, name) for each in kept], np.float64)
        for name in ("mean", "min", "max")
    )
    starts = np.array([each.start for each in kept], np.int64)
    return Means(starts, np.array([each.good for each in kept], np.int64), mean, low, high)


def _column(starts: Ints, found: Means, name: str) -> Any:
    import numpy as np

    values = found.mean * found.n if name == "sum" else getattr(found, name)
    if len(found.starts) == len(starts):
        return values
    column = np.zeros(len(starts), np.int64) if name == "n" else np.full(len(starts), np.nan)
    column[np.searchsorted(starts, found.starts)] = values
    return column


def as_json(grid: Grid) -> bytes:
    """`start` with the beginnings, and `series` with a list of figures for each of them."""
    encode = msgspec.json.encode
    series = []
    for head, columns in zip(grid.heads, grid.columns, strict=True):
        about = {
            "datastream": head.id,
            "thing": head.thing,
            "name": head.name,
            "property": head.property,
            "unit": msgspec.json.decode(head.unit),
        }
        series.append(about | {name: column.tolist() for name, column in columns.items()})
    return encode({"start": exporting.texts(grid.starts), "series": series})


def as_csv(grid: Grid) -> bytes:
    """A row for each interval, a column for each datastream and figure (RFC 4180, UTF-8)."""
    names, columns = ["start"], [exporting.texts(grid.starts)]
    for head, given in zip(grid.heads, grid.columns, strict=True):
        symbol = exporting.symbol(head)
        for figure, column in given.items():
            unit = f" [{symbol}]" if symbol and figure != "n" else ""
            names.append(exporting.quoted(inert(f"{head.name}{unit} {figure} ({head.id})")))
            columns.append([_cell(each) for each in column.tolist()])
    lines = [",".join(names), *map(",".join, zip(*columns, strict=True))]
    return ("\r\n".join(lines) + "\r\n").encode()


def _cell(value: float) -> str:
    return "" if value != value else repr(value).removesuffix(".0")
