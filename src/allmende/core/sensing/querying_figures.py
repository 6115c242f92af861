# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Figures of intervals, and fewer points for charts, by the same paths and filters."""

from __future__ import annotations

from allmende.core.platform import Platform
from allmende.core.sensing import querying_series as series
from allmende.core.sensing.querying_places import place
from allmende.core.sensing.querying_series import Budget, Source
from allmende.core.sensing.querying_sight import Eyes, Look
from allmende.core.sensing.reading import Grain, figures_of
from allmende.errors import InvalidInput, LimitExceeded
from allmende.model.sensing import figures
from allmende.model.sensing.calendar import HOUR, SECOND, period_of
from allmende.model.sensing.entities import Kind
from allmende.model.sensing.observation import EARLIEST, LATEST, Bucket, Flag
from allmende.model.sensing.odata.tree import Node
from allmende.model.sensing.path import Path
from allmende.model.sensing.series import Columns
from allmende.model.sensing.thinning import thinned
from allmende.policy import Subject
from allmende.store import Connection

Bounds = tuple[int | None, int | None]

MAX_INTERVALS = 100_000
"""Intervals of one answer."""


async def intervals(
    platform: Platform,
    subject: Subject,
    path: Path,
    wanted: Node | None,
    grain: Grain,
) -> list[Bucket]:
    """Figures of the observations of one datastream that a filter finds, by intervals.

    `grain` is a length in seconds or "day", "month", "year" of the city's time zone.
    """
    zone = platform.settings.timezone
    eyes = Eyes(subject)
    return await platform.store.read_slow(_intervals, eyes, path, wanted, grain, zone)


def _intervals(
    db: Connection, eyes: Eyes, path: Path, wanted: Node | None, grain: Grain, zone: str
) -> list[Bucket]:
    look = eyes.look(db)
    source = _source(look, path, wanted)
    if source is None:
        return []
    bounds = _stored_range(source, grain, zone)
    if bounds is not None:
        found = figures_of(db, source.id, grain, *bounds, zone)
    else:
        found = _counted(series.whole(look, source, Budget()), grain, zone)
    if len(found) > MAX_INTERVALS:
        raise LimitExceeded(
            f"These are more than {MAX_INTERVALS} intervals; take longer ones or less time.",
            f"Das sind mehr als {MAX_INTERVALS} Intervalle; bitte längere oder weniger Zeit.",
        )
    return found


def _stored_range(source: Source, grain: Grain, zone: str) -> Bounds | None:
    """Beginning and end, if the filter asks for whole intervals, whose figures are kept."""
    if not series.is_range(source):
        return None
    start = None if source.range.start <= EARLIEST else source.range.start
    end = None if source.range.end >= LATEST else source.range.end
    if all(each is None or _begins(each, grain, zone) for each in (start, end)):
        return start, end
    return None


def _begins(time: int, grain: Grain, zone: str) -> bool:
    return _start_of(time, grain, zone) == time


def _start_of(time: int, grain: Grain, zone: str) -> int:
    if isinstance(grain, str):
        return time - time % HOUR if grain == "hour" else period_of(time, grain, zone)
    return time - time % round(grain * SECOND)


def _counted(columns: Columns, grain: Grain, zone: str) -> list[Bucket]:
    import numpy as np

    if not isinstance(grain, str):
        return figures.counted(columns, figures.steps(columns.times, round(grain * SECOND)))
    starts = [_start_of(time, grain, zone) for time in columns.times.tolist()]
    return figures.counted(columns, np.array(starts, np.int64))


async def points(
    platform: Platform, subject: Subject, path: Path, wanted: Node | None, number: int
) -> tuple[Source, Columns] | None:
    """At most `number` observations of one datastream that draw the same line.

    Results that are no numbers and those found to be bad are left out. None when there is
    nothing.
    """
    return await platform.store.read_slow(_points, Eyes(subject), path, wanted, number)


def _points(
    db: Connection, eyes: Eyes, path: Path, wanted: Node | None, number: int
) -> tuple[Source, Columns] | None:
    import numpy as np

    look = eyes.look(db)
    source = _source(look, path, wanted)
    if source is None:
        return None
    columns = series.whole(look, source, Budget())
    kept = ~np.isnan(columns.values) & (columns.flags != Flag.BAD)
    columns = columns.taken(kept.nonzero()[0])
    return source, columns.taken(thinned(columns.times, columns.values, number))


def _source(look: Look, path: Path, wanted: Node | None) -> Source | None:
    """The one datastream a path leads to."""
    where = place(look, path)
    streams = where.scope.streams
    if where.kind != Kind.OBSERVATION or not where.many or streams is None or len(streams) != 1:
        raise InvalidInput(
            "Figures and decimate are for one Datastream: Datastreams(1)/Observations?….",
            "Figuren und decimate gibt es für einen Datastream: Datastreams(1)/Observations?….",
        )
    plan = series.planned(look, where.scope, wanted)
    return plan.sources[0] if plan.sources else None
