# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Observations in other orders than that of time: by the id, or by anything at all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

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
    """All observations sorted by whatever was asked for; nulls come first."""
    import numpy as np

    place = checked_place(after, "n", 2)
    skip = options.skip if place is None else place[1]
    budget = Budget(series.MAX_SORTED)
    parts = []
    for source in plan.sources:
        columns = series.whole(look, source, budget)
        if len(columns):
            parts.append((source, columns))
    if not parts:
        return Found()
    owners = np.repeat(np.arange(len(parts)), [len(columns) for _, columns in parts])
    keys = [_ranks(look, parts, each) for each in options.orderby]
    ids = np.concatenate(
        [columns.numbers + observation_id(source.id, 0) for source, columns in parts]
    )
    order = np.lexsort((ids, *reversed(keys)))
    return picked(parts, owners, order, options.size, skip, "n")


def _ranks(look: Look, parts: Sequence[tuple[Source, Columns]], key: Order) -> npt.NDArray[Any]:
    """Numbers in the order of the key's values over all parts."""
    import numpy as np

    values: list[Any] = []
    outside = [each for each in references(key.node) if each.links]
    if outside:
        values = _of_streams(look, parts, key)
    else:
        for source, columns in parts:
            read = compiled(key.node, _reader(source))
            values += [_sortable(read(row)) for row in columns.rows(source.id)]
    ranks = {value: rank for rank, value in enumerate(sorted(set(values)))}
    found = np.array([ranks[value] for value in values], np.int64)
    return -found if key.descending else found


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
