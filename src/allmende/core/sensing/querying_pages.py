# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A page of observations in the order that was asked for.

By time, forwards or backwards, a page costs what it shows, of one datastream or of all. By
the id, the datastreams come one after the other. Any other order looks at everything.
"""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappush, heapreplace
from typing import TYPE_CHECKING

from allmende.core.sensing import querying_series as series
from allmende.core.sensing.querying_found import (
    Found,
    Token,
    checked_place,
    ended,
    last_by_time,
    picked,
)
from allmende.core.sensing.querying_series import Budget, Plan, Source
from allmende.core.sensing.querying_sight import Look
from allmende.core.sensing.querying_sorted import by_anything, by_id
from allmende.model.sensing.odata.options import Options
from allmende.model.sensing.odata.splitting import Range
from allmende.model.sensing.odata.tree import Node, Order, Reference
from allmende.model.sensing.series import Columns
from allmende.store.sensing import selecting_streams, state

if TYPE_CHECKING:
    pass

CHUNK = 1_000


def page(look: Look, plan: Plan, options: Options, after: Token | None) -> Found:
    """The observations of one page."""
    size = options.size
    if not plan.sources or not size:
        return Found()
    kind, descending = _kind(options.orderby)
    if kind == "other":
        return by_anything(look, plan, options, after)
    if kind == "id":
        return by_id(look, plan, options, descending, after)
    skip = 0 if after else options.skip
    place = checked_place(after, "t", 4)
    if len(plan.sources) == 1 or kind == "default":
        return _one_by_one(look, plan, descending, size, skip, place)
    return _by_time(look, plan, descending, size, skip, place)


def _kind(orderby: Sequence[Order]) -> tuple[str, bool]:
    """The way to sort: default, time, id or other, and whether downwards.

    Behind the time, the id in the same direction adds nothing.
    """
    if not orderby:
        return "default", False
    names = [_own(each.node) for each in orderby]
    first = orderby[0].descending
    if names == ["phenomenonTime"]:
        return "time", first
    if names == ["phenomenonTime", "id"] and orderby[1].descending == first:
        return "time", first
    return ("id", first) if names == ["id"] else ("other", first)


def _own(node: Node) -> str:
    """The name of a property of the observation itself; "" for anything else."""
    plain = isinstance(node, Reference) and not node.links and not node.inside
    return node.name if plain and isinstance(node, Reference) else ""


# --- by time ---------------------------------------------------------------------------------


def _one_by_one(
    look: Look, plan: Plan, descending: bool, size: int, skip: int, place: Token | None
) -> Found:
    """The datastreams one after the other, each by time."""
    found, budget, left = Found(), Budget(), size + 1
    for source in plan.sources:
        after = None
        if place is not None:
            if source.id < place[2]:
                continue
            after = (place[1], place[3]) if source.id == place[2] else None
        chunk = skip + left if source.filter is None else max(CHUNK, skip + left)
        for columns in series.walk(look, source, descending, after, chunk, budget):
            passed = min(skip, len(columns))
            skip -= passed
            taken = columns.part(passed, passed + left)
            if len(taken):
                found.add(source, taken)
                left -= len(taken)
            if not left:
                return ended(found, last_by_time)
    return found


def _by_time(
    look: Look, plan: Plan, descending: bool, size: int, skip: int, place: Token | None
) -> Found:
    """Observations of many datastreams, merged by time.

    The datastreams are looked at from the one on that is nearest to the beginning of the
    order, each only as far as it can still add something, until no further one can.
    """
    need, budget = size + skip + 1, Budget()
    near = _nearest(look, plan, descending, place)
    best: list[tuple[int, int, int]] = []  # a heap: the worst of the best is its first
    parts: list[tuple[Source, Columns]] = []
    sign = 1 if descending else -1
    for time, source in near:
        if len(best) == need and (sign * time, sign * source.id, FAR) < best[0]:
            break
        edge = sign * best[0][0] if len(best) == need else None
        inside = series.narrowed(source, _until(edge, descending))
        inside, after = _from(inside, descending, place)
        taken = 0
        for columns in series.walk(look, inside, descending, after, max(need, 100), budget):
            found = columns.part(0, need - taken)
            parts.append((source, found))
            _remember(best, need, sign, source.id, found)
            taken += len(found)
            if taken >= need:
                break
    return _merged(parts, descending, size, skip)


FAR = 2**62


def _nearest(
    look: Look, plan: Plan, descending: bool, place: Token | None
) -> list[tuple[int, Source]]:
    """The datastreams with the time of the first of their observations in the order."""
    states = state.of(look.db, list(plan.by_id))
    found = []
    for source in plan.sources:
        known = states.get(source.id)
        if known is None or known.first_time is None or known.last_time is None:
            continue
        first = max(known.first_time, source.range.start)
        last = min(known.last_time, source.range.end - 1)
        if place is not None and descending:
            last = min(last, place[1])
        elif place is not None:
            first = max(first, place[1])
        if first <= last:
            found.append((last if descending else first, source))
    return sorted(found, key=lambda each: (each[0], each[1].id), reverse=descending)


def _until(edge: int | None, descending: bool) -> Range:
    """What is not farther than a time."""
    if edge is None:
        return Range()
    return Range(start=edge) if descending else Range(end=edge + 1)


def _from(
    source: Source, descending: bool, place: Token | None
) -> tuple[Source, tuple[int, int] | None]:
    """The source behind a place; at the same time the datastreams come by their ids."""
    if place is None:
        return source, None
    _, time, stream, number = place
    if source.id == stream:
        return source, (time, number)
    later = (source.id > stream) is not descending
    if descending:
        return series.narrowed(source, Range(end=time + 1 if later else time)), None
    return series.narrowed(source, Range(start=time if later else time + 1)), None


def _remember(
    best: list[tuple[int, int, int]], need: int, sign: int, stream: int, found: Columns
) -> None:
    for time, number in zip(found.times.tolist(), found.numbers.tolist(), strict=True):
        key = (sign * time, sign * stream, sign * number)
        if len(best) < need:
            heappush(best, key)
        elif key > best[0]:
            heapreplace(best, key)
        else:
            return


def _merged(
    parts: Sequence[tuple[Source, Columns]], descending: bool, size: int, skip: int
) -> Found:
    import numpy as np

    if not parts:
        return Found()
    times = np.concatenate([columns.times for _, columns in parts])
    numbers = np.concatenate([columns.numbers for _, columns in parts])
    owners = np.repeat(np.arange(len(parts)), [len(columns) for _, columns in parts])
    streams = np.array([source.id for source, _ in parts])[owners]
    order = np.lexsort((numbers, streams, times))
    if descending:
        order = order[::-1]
    return picked(parts, owners, order, size, skip, "t")


# --- the latest ------------------------------------------------------------------------------


def is_latest(options: Options) -> bool:
    """Whether only the newest observation is wanted, as kept for every datastream."""
    return (
        options.size == 1
        and options.filter is None
        and not options.skip
        and _kind(options.orderby) == ("time", True)
    )


def latest(look: Look, plan: Plan) -> tuple[Found, dict[int, Token]]:
    """The newest observation of every datastream that has one, and where the older ones begin
    of those that have more.
    """
    found, after = Found(), {}
    for row in selecting_streams.latest(look.db, list(plan.by_id)):
        stream, n, *rest = row
        found.latest.append((plan.by_id[stream], tuple(rest)))
        if n > 1:
            after[stream] = ["t", rest[0], stream, rest[1]]
    return found, after


def is_long(options: Options) -> bool:
    """Whether an order needs more than the observations of the page."""
    return _kind(options.orderby)[0] in ("id", "other")
