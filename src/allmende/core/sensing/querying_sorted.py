# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Observations in other orders than that of time: by the id, or by anything at all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from msgspec import DecodeError, Struct, json

from allmende.core.sensing import querying_series as series
from allmende.core.sensing.querying_found import (
    Found,
    Token,
    checked_place,
    ended,
    last_by_time,
    picked,
)
from allmende.core.sensing.querying_series import Budget, Plan, Source, stale
from allmende.core.sensing.querying_sight import Look
from allmende.model.sensing.observation import observation_id
from allmende.model.sensing.odata.evaluate import Lookup, compiled
from allmende.model.sensing.odata.masks import getter
from allmende.model.sensing.odata.options import Options
from allmende.model.sensing.odata.splitting import STREAMS, rebased
from allmende.model.sensing.odata.tree import Order, references
from allmende.model.sensing.series import Columns
from allmende.store.sensing import selecting
from allmende.store.sensing.selecting import Query

if TYPE_CHECKING:
    import numpy.typing as npt

MAX_MARK = 4_000
"""Characters of the values in a mark; behind longer ones, places are counted."""


def by_id(look: Look, plan: Plan, options: Options, descending: bool, after: Token | None) -> Found:
    """The datastreams by their ids, in each the observations by their numbers."""
    import numpy as np

    place = checked_place(after, "t", 4)
    skip = 0 if place else options.skip
    found, budget, left = Found(), Budget(), options.size + 1
    for source in reversed(plan.sources) if descending else plan.sources:
        if place is not None and (source.id > place[2] if descending else source.id < place[2]):
            continue
        columns = series.whole(look, source, budget)
        order = np.argsort(columns.numbers, kind="stable")
        columns = columns.taken(order[::-1] if descending else order)
        if place is not None and source.id == place[2]:
            numbers = columns.numbers
            kept = numbers < place[3] if descending else numbers > place[3]
            columns = columns.taken(kept.nonzero()[0])
        passed = min(skip, len(columns))
        skip -= passed
        taken = columns.part(passed, passed + left)
        left -= len(taken)
        if len(taken):
            found.add(source, taken)
        if not left:
            return ended(found, last_by_time)
    return found


def by_anything(look: Look, plan: Plan, options: Options, after: Token | None) -> Found:
    """All observations sorted by whatever was asked for; nulls come first.

    A page goes on behind the values and the id of the last observation before it, so that
    what is written meanwhile neither doubles nor hides any other.
    """
    import numpy as np

    size = len(options.orderby)
    place = _place(after, size) if after is not None and after[0] == "k" else None
    counted = None if place is not None else checked_place(after, "n", 2)
    skip = options.skip if after is None else counted[1] if counted is not None else 0
    budget = Budget(series.MAX_SORTED)
    parts = []
    for source in plan.sources:
        columns = series.whole(look, source, budget)
        if len(columns):
            parts.append((source, columns))
    if not parts:
        return Found()
    owners = np.repeat(np.arange(len(parts)), [len(columns) for _, columns in parts])
    values = [_values(look, parts, each) for each in options.orderby]
    ids = np.concatenate(
        [columns.numbers + observation_id(source.id, 0) for source, columns in parts]
    )
    order = _sorted(options.orderby, values, ids, place)
    found = picked(parts, owners, order, options.size, skip, "n")
    if found.after is not None:
        last = int(order[skip + options.size - 1])
        found.after = _mark(int(ids[last]), [each[last] for each in values]) or found.after
    return found


class _Place(Struct, frozen=True):
    """Where a page ended: the id of its last observation and the values it was sorted by."""

    ident: int
    values: tuple[Any, ...]


def _mark(ident: int, values: Sequence[Any]) -> Token | None:
    """The mark behind an observation; None when its values are too long for an address."""
    texts = [json.encode(each).decode() for each in values]
    return ["k", ident, *texts] if sum(map(len, texts)) <= MAX_MARK else None


def _place(after: Token, size: int) -> _Place:
    if len(after) != size + 2 or not isinstance(after[1], int):
        raise stale()
    _, ident, *texts = after
    try:
        found = [json.decode(each.encode()) for each in texts]
    except (AttributeError, DecodeError) as error:
        raise stale() from error
    return _Place(ident, tuple(_known(each) for each in found))


def _known(value: Any) -> Any:
    """A value as `_sortable` gives it, or several of them. Raises InvalidInput."""
    if isinstance(value, list) and value and isinstance(value[0], list):
        return tuple(_single(each) for each in value)
    return _single(value)


def _single(value: Any) -> tuple[int, Any]:
    match value:
        case [0, 0] | [1, bool() | int() | float()] | [2 | 3, str()]:
            return (value[0], value[1])
        case _:
            raise stale()


def _sorted(
    keys: Sequence[Order],
    values: Sequence[list[Any]],
    ids: npt.NDArray[Any],
    place: _Place | None,
) -> npt.NDArray[Any]:
    """Places of the observations in their order, of those behind the mark."""
    import numpy as np

    beyond, same = np.zeros(len(ids), bool), np.ones(len(ids), bool)
    columns = []
    for at, (key, each) in enumerate(zip(keys, values, strict=True)):
        distinct = set(each)
        if place is not None:
            if type(place.values[at][0]) is not type(each[0][0]):
                raise stale()
            distinct.add(place.values[at])
        ranks = {value: rank for rank, value in enumerate(sorted(distinct))}
        sign = -1 if key.descending else 1
        column = sign * np.array([ranks[value] for value in each], np.int64)
        columns.append(column)
        if place is not None:
            edge = sign * ranks[place.values[at]]
            beyond |= same & (column > edge)
            same &= column == edge
    order = np.lexsort((ids, *reversed(columns)))
    if place is None:
        return order
    beyond |= same & (ids > place.ident)
    return order[beyond[order]]


def _values(look: Look, parts: Sequence[tuple[Source, Columns]], key: Order) -> list[Any]:
    """The key's value for each observation, in a form that can be sorted."""
    if any(each.links for each in references(key.node)):
        return _of_streams(look, parts, key)
    values: list[Any] = []
    for source, columns in parts:
        read = compiled(key.node, _reader(source))
        values += [_sortable(read(row)) for row in columns.rows(source.id)]
    return values


def _reader(source: Source) -> Lookup:
    return lambda node: getter(node, source.feature)


def _sortable(value: Any) -> tuple[int, Any]:
    """Values of every type in one order: null, false and true, numbers, texts, the rest."""
    if value is None or (isinstance(value, float) and value != value):
        return (0, 0)
    if isinstance(value, bool | int | float):
        return (1, value)
    return (2, value) if isinstance(value, str) else (3, str(value))


def _of_streams(look: Look, parts: Sequence[tuple[Source, Columns]], key: Order) -> list[Any]:
    """What a key that asks the datastream says of each observation."""
    known: dict[int, Any] = {}
    for name, multi in zip(STREAMS, (False, True), strict=True):
        mine = [source.id for source, _ in parts if source.multi is multi]
        if not mine or any(each.links[0].name != name for each in references(key.node)):
            continue
        link = next(iter(references(key.node))).links[0]
        query = Query(kind=link.target, ids=mine, orderby=(Order(rebased(key.node, 1)),))
        for row in selecting.page(look.db, look.sight, query):
            known[row[0]] = tuple(_sortable(each) for each in row[1:])
    return [
        known.get(source.id, ((0, 0),)) for source, columns in parts for _ in range(len(columns))
    ]
