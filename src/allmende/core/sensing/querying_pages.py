# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A page of observations in the order that was asked for.

By time, forwards or backwards, a page costs what it shows, of one datastream or of all. By
the id, the datastreams come one after the other. Any other order looks at everything.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import nlargest
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from allmende.core.sensing import querying_series as series
from allmende.core.sensing.querying_series import Budget, Plan, Source
from allmende.core.sensing.querying_sight import Look
from allmende.model.sensing.observation import EARLIEST, LATEST, observation_id
from allmende.model.sensing.odata.evaluate import Lookup, compiled
from allmende.model.sensing.odata.masks import getter
from allmende.model.sensing.odata.options import Options
from allmende.model.sensing.odata.splitting import STREAMS, Range, rebased
from allmende.model.sensing.odata.tree import Node, Order, Reference, references
from allmende.model.sensing.series import Columns, from_rows
from allmende.store.sensing import selecting, selecting_streams, state
from allmende.store.sensing.selecting import Query

if TYPE_CHECKING:
    import numpy.typing as npt

CHUNK = 1_000

Token = list[Any]
"""Where the next page begins: ["t", time, datastream, number] or ["n", how many were shown]."""


Row = tuple[Any, ...]
"""time, number, value, text, flag, lasts, result time, extra, as `from_rows` takes it."""


class Found(Struct):
    """A page: observations of datastreams, in their order, and where the next page begins.

    Instead of parts there may be the latest observation of each datastream as a row.
    """

    parts: list[tuple[Source, Columns]] = field(default_factory=list)
    latest: list[tuple[Source, Row]] = field(default_factory=list)
    after: Token | None = None
    size: int = 0

    def add(self, source: Source, columns: Columns) -> None:
        """Observations behind the others."""
        self.parts.append((source, columns))
        self.size += len(columns)

    def __len__(self) -> int:
        return self.size + len(self.latest)


def page(look: Look, plan: Plan, options: Options, after: Token | None) -> Found:
    """The observations of one page."""
    size = options.size
    if not plan.sources or not size:
        return Found()
    kind, descending = _kind(options.orderby)
    if kind == "other":
        return _sorted(look, plan, options, after)
    if kind == "id":
        return _by_id(look, plan, options, descending, after)
    skip = 0 if after else options.skip
    place = _place(after, "t", 4)
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


def _place(after: Token | None, kind: str, size: int) -> Token | None:
    if after is None:
        return None
    if len(after) != size or after[0] != kind or not all(isinstance(n, int) for n in after[1:]):
        raise series.stale()
    return after


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
        for columns in series.walk(look, source, descending, after, chunk):
            budget.spend(len(columns))
            passed = min(skip, len(columns))
            skip -= passed
            taken = columns.part(passed, passed + left)
            if len(taken):
                found.add(source, taken)
                left -= len(taken)
            if not left:
                return _ended(found, _last_by_time)
    return found


def _ended(found: Found, mark: Any) -> Found:
    """Without the one observation too many, which tells that there is a next page."""
    source, columns = found.parts.pop()
    found.size -= len(columns)
    if len(columns) > 1:
        found.add(source, columns.part(0, len(columns) - 1))
    if found.parts:
        found.after = mark(*found.parts[-1])
    return found


def _last_by_time(source: Source, columns: Columns) -> Token:
    return ["t", int(columns.times[-1]), source.id, int(columns.numbers[-1])]


def _by_time(
    look: Look, plan: Plan, descending: bool, size: int, skip: int, place: Token | None
) -> Found:
    """Observations of many datastreams, merged by time.

    Reads a window of time of all of them that surely holds enough, and widens it until it
    does.
    """
    need = size + skip + 1
    known = _spans(look, plan, descending, place)
    reach = _reach(known, descending, need)
    budget = Budget()
    while True:
        near = [each for each in known if each[1] >= reach] if descending else [
            each for each in known if each[0] <= reach
        ]  # fmt: skip
        window = Range(start=reach) if descending else Range(end=reach + 1)
        parts = _window(look, near, window, descending, place, budget, need)
        total = sum(len(columns) for _, columns in parts)
        if total >= need or (len(near) == len(known) and _is_all(known, reach, descending)):
            return _merged(parts, descending, size, skip)
        reach = _further(known, reach, descending)


Span = tuple[int, int, Source]


def _spans(look: Look, plan: Plan, descending: bool, place: Token | None) -> list[Span]:
    """First and last time of each datastream, cut to what can still come."""
    states = state.of(look.db, [each.id for each in plan.sources])
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
            found.append((first, last, source))
    return found


def _reach(known: Sequence[Span], descending: bool, need: int) -> int:
    """A time within which there are surely as many observations as are needed, if it can be
    told from the latest ones; else near to it.
    """
    if not known:
        return 0
    if descending:
        return nlargest(need, (last for _, last, _ in known))[-1]
    return -nlargest(need, (-first for first, _, _ in known))[-1]


def _is_all(known: Sequence[Span], reach: int, descending: bool) -> bool:
    if descending:
        return all(first >= reach for first, _, _ in known)
    return all(last <= reach for _, last, _ in known)


def _further(known: Sequence[Span], reach: int, descending: bool) -> int:
    """A window four times as long, at least an hour."""
    hour = 3_600_000_000
    if descending:
        newest = max(last for _, last, _ in known)
        return max(newest - max(hour, 4 * (newest - reach)), EARLIEST)
    oldest = min(first for first, _, _ in known)
    return min(oldest + max(hour, 4 * (reach - oldest)), LATEST)


def _window(
    look: Look,
    near: Sequence[Span],
    window: Range,
    descending: bool,
    place: Token | None,
    budget: Budget,
    need: int,
) -> list[tuple[Source, Columns]]:
    parts = []
    for _, _, source in near:
        inside = series.narrowed(source, window)
        columns = series.read(look, inside)
        budget.spend(len(columns))
        columns = series.matching(look, source, _beyond(source, columns, descending, place))
        if len(columns) > need:
            size = len(columns)
            columns = columns.part(size - need, size) if descending else columns.part(0, need)
        if len(columns):
            parts.append((source, columns))
    return parts


def _beyond(source: Source, columns: Columns, descending: bool, place: Token | None) -> Columns:
    """What comes behind a place; at the same time the datastreams come by their ids."""
    if place is None:
        return columns
    _, time, stream, number = place
    if source.id == stream:
        return series.beyond(columns, descending, (time, number))
    later = (source.id > stream) is not descending
    if descending:
        kept = columns.times <= time if later else columns.times < time
    else:
        kept = columns.times >= time if later else columns.times > time
    return columns.taken(kept.nonzero()[0])


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
    return _picked(parts, owners, order, size, skip, "t")


def _picked(
    parts: Sequence[tuple[Source, Columns]],
    owners: npt.NDArray[Any],
    order: npt.NDArray[Any],
    size: int,
    skip: int,
    kind: str,
) -> Found:
    """A page of an order over all parts; neighbours of one datastream stay together."""
    import numpy as np

    firsts = np.cumsum([0] + [len(columns) for _, columns in parts])
    wanted = order[skip : skip + size]
    found = Found()
    begins = np.flatnonzero(np.diff(owners[wanted], prepend=-1)).tolist()
    for begin, end in zip(begins, [*begins[1:], len(wanted)], strict=True):
        at = int(owners[wanted[begin]])
        source, columns = parts[at]
        found.add(source, columns.taken(wanted[begin:end] - firsts[at]))
    if skip + size < len(order) and found.parts:
        found.after = ["n", skip + size] if kind == "n" else _last_by_time(*found.parts[-1])
    return found


# --- by id and by anything -------------------------------------------------------------------


def _by_id(
    look: Look, plan: Plan, options: Options, descending: bool, after: Token | None
) -> Found:
    """The datastreams by their ids, in each the observations by their numbers."""
    import numpy as np

    place = _place(after, "t", 4)
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
            return _ended(found, _last_by_time)
    return found


def _sorted(look: Look, plan: Plan, options: Options, after: Token | None) -> Found:
    """All observations sorted by whatever was asked for; nulls come first."""
    import numpy as np

    place = _place(after, "n", 2)
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
    return _picked(parts, owners, order, options.size, skip, "n")


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


def by_source(found: Found) -> Iterator[tuple[Source, Columns]]:
    """All observations as columns."""
    yield from found.parts
    for source, row in found.latest:
        yield source, from_rows([row])


def ids(found: Found) -> list[int]:
    """The ids of observations."""
    return [
        observation_id(source.id, number)
        for source, columns in by_source(found)
        for number in columns.numbers.tolist()
    ]


def features(source: Source, columns: Columns) -> list[int | None]:
    """The feature of interest of each observation."""
    if not columns.extras:
        return [source.feature] * len(columns)
    return [
        source.feature if row.feature is None else row.feature for row in columns.rows(source.id)
    ]
