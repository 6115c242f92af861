# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Observations by query options: pages in an order, counts, which datastreams have a match.

Everything here runs inside of one reading transaction. A filter is split: what it asks of
datastreams, features and groups is answered by the tables, ranges of time narrow what is
read, and the rest is looked at on columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from allmende.core.sensing.querying_sight import Look
from allmende.errors import InvalidInput, LimitExceeded
from allmende.model.sensing.entities import TYPES, Kind
from allmende.model.sensing.observation import split_id
from allmende.model.sensing.odata.binding import reference
from allmende.model.sensing.odata.evaluate import fold
from allmende.model.sensing.odata.masks import Part, mask
from allmende.model.sensing.odata.splitting import (
    STREAMS,
    Range,
    asks,
    atoms,
    common,
    rebased,
    replaced,
    time_range,
)
from allmende.model.sensing.odata.tree import (
    FALSE,
    NULL,
    Call,
    Constant,
    Members,
    Node,
    all_of,
    conjuncts,
    references,
)
from allmende.model.sensing.series import Columns
from allmende.store.sensing import reading, selecting, selecting_streams, streams
from allmende.store.sensing.selecting import Query

MAX_SORTED = 2_000_000
"""Observations that are sorted by something else than their time, or counted by a filter."""
MAX_SCANNED = 50_000_000
"""Observations that are looked at for one answer."""

_OBSERVATION = TYPES[Kind.OBSERVATION]


class Scope(Struct, frozen=True):
    """Which observations: of these datastreams (None: all), of a feature, or these ids."""

    streams: tuple[int, ...] | None = None
    feature: int | None = None
    ids: tuple[int, ...] | None = None


class Source(Struct, frozen=True):
    """A datastream with what is left of the filter for it."""

    id: int
    filter: Node | None
    range: Range
    multi: bool = False
    feature: int | None = None
    numbers: frozenset[int] | None = None


class Plan(Struct):
    """The datastreams to look at, by id."""

    sources: list[Source]
    by_id: dict[int, Source] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.by_id = {each.id: each for each in self.sources}


def planned(look: Look, scope: Scope, wanted: Node | None) -> Plan:
    """The datastreams a subject may read in which the filter can be true."""
    numbers: dict[int, set[int]] = {}
    idents = scope.streams
    if scope.ids is not None:
        for each in scope.ids:
            stream, number = split_id(each)
            numbers.setdefault(stream, set()).add(number)
        idents = tuple(numbers)
    if scope.feature is not None:
        idents = selecting_streams.of_feature(look.db, scope.feature)
        member = Members(reference(("FeatureOfInterest", "id"), _OBSERVATION), _set(scope.feature))
        wanted = member if wanted is None else Call("and", (wanted, member))
    if idents == ():
        return Plan([])
    node = None if wanted is None else fold(_answered(look, fold(wanted)))
    filters = _by_stream(look, idents, node)
    known = selecting_streams.about(look.db, list(filters))
    sources = []
    bounds = {id(rest): time_range(rest) for rest in filters.values()}
    for ident, rest in filters.items():
        if rest is not None and rest in (FALSE, NULL):
            continue
        kept = frozenset(numbers[ident]) if scope.ids is not None else None
        multi, feature = known[ident]
        sources.append(Source(ident, rest, bounds[id(rest)], multi, feature, kept))
    return Plan(sources)


def _set(ident: int) -> frozenset[int]:
    return frozenset({ident})


# --- the parts of a filter -------------------------------------------------------------------


def _answered(look: Look, node: Node) -> Node:
    """Conditions on features and groups become lists of ids."""

    def change(atom: Node) -> Node:
        if isinstance(atom, Members):
            return atom
        for name, kind in (("FeatureOfInterest", Kind.FEATURE), ("ObservationGroups", Kind.GROUP)):
            if asks(atom, (name,)):
                common(atom, 1)
                inner = Query(kind=kind, filter=rebased(atom, 1))
                ids = [row[0] for row in selecting.page(look.db, look.sight, inner)]
                return _members(look, kind, ids)
        return atom

    return replaced(node, change)


def _members(look: Look, kind: Kind, ids: list[int]) -> Node:
    if kind == Kind.FEATURE:
        return Members(reference(("FeatureOfInterest", "id"), _OBSERVATION), frozenset(ids))
    found = selecting_streams.members(look.db, ids)
    return Members(reference(("id",), _OBSERVATION), frozenset(found))


def _by_stream(
    look: Look, idents: tuple[int, ...] | None, node: Node | None
) -> dict[int, Node | None]:
    """What is left of the filter for each datastream."""
    parts = conjuncts(node)
    about = [each for each in atoms(node) if asks(each, STREAMS)]
    if not about:
        seen = streams.seen(look.db, look.observed, idents)
        return dict.fromkeys(seen, node)
    whole = [each for each in parts if all(asks(atom, STREAMS) for atom in atoms(each))]
    mixed = all_of([each for each in parts if each not in whole])
    found: dict[int, Node | None] = {}
    for name, kind in zip(STREAMS, (Kind.DATASTREAM, Kind.MULTI_DATASTREAM), strict=True):
        found |= _narrowed(look, idents, name, kind, all_of(whole), mixed)
    allowed = streams.seen(look.db, look.observed, list(found))
    return {ident: found[ident] for ident in allowed}


def _narrowed(
    look: Look,
    idents: tuple[int, ...] | None,
    name: str,
    kind: Kind,
    whole: Node | None,
    mixed: Node | None,
) -> dict[int, Node | None]:
    """Datastreams of one kind: those that meet what asks only them, with the rest."""

    def seen_from(atom: Node) -> Node:
        common(atom, 1)
        return rebased(atom, 1) if asks(atom, (name,)) else NULL

    narrow = None if whole is None else replaced(whole, seen_from)
    tests = [each for each in atoms(mixed) if asks(each, (name,))]
    query = Query(kind=kind, filter=narrow, ids=idents)
    truths = selecting.truths(look.db, look.sight, query, [seen_from(each) for each in tests])
    found: dict[int, Node | None] = {}
    for ident, values in truths.items():
        known = dict(zip(tests, values, strict=True))
        found[ident] = None if mixed is None else fold(replaced(mixed, _known(known)))
    return found


def _known(values: dict[Node, bool | None]) -> Any:
    def change(atom: Node) -> Node:
        if not asks(atom, STREAMS):
            return atom
        value = values.get(atom)
        return NULL if value is None else Constant("boolean", value)

    return change


# --- reading ---------------------------------------------------------------------------------


class Budget:
    """How many observations may still be looked at."""

    def __init__(self, most: int = MAX_SCANNED) -> None:
        self.most = self.left = most

    def spend(self, number: int) -> None:
        """Raises LimitExceeded when it is used up."""
        self.left -= number
        if self.left < 0:
            raise LimitExceeded(
                f"The query would look at more than {self.most} observations; narrow it down by "
                "phenomenonTime or to fewer datastreams.",
                f"Die Abfrage müsste mehr als {self.most} Beobachtungen ansehen; bitte über "
                "phenomenonTime oder auf weniger Datastreams eingrenzen.",
            )


def matching(look: Look, source: Source, columns: Columns) -> Columns:
    """Those of the observations that the filter of the source finds."""
    if source.numbers is not None:
        import numpy as np

        kept = np.isin(columns.numbers, np.fromiter(source.numbers, np.int64))
        columns = columns.taken(kept.nonzero()[0])
    if is_exact(source.filter, columns):
        return columns
    kept = mask(source.filter, Part(source.id, columns, source.feature))
    return columns if kept.all() else columns.taken(kept.nonzero()[0])


def is_exact(node: Node | None, columns: Columns) -> bool:
    """Whether the range of time already says everything the filter does."""
    return columns.lasts is None and all(is_bound(each) for each in conjuncts(node))


def is_bound(node: Node) -> bool:
    """Whether a condition compares phenomenonTime with an instant and nothing else."""
    if not isinstance(node, Call) or node.name not in ("eq", "gt", "ge", "lt", "le"):
        return False
    asked = list(references(node))
    others = [fold(each) for each in node.args if each not in asked]
    return (
        len(asked) == 1
        and asked[0].name == "phenomenonTime"
        and not asked[0].links
        and len(others) == 1
        and isinstance(others[0], Constant)
        and others[0].kind == "time"
    )


def is_range(source: Source) -> bool:
    """Whether the source is nothing but a range of instants."""
    return source.numbers is None and all(is_bound(each) for each in conjuncts(source.filter))


def whole(look: Look, source: Source, budget: Budget) -> Columns:
    """All observations of a source that its filter finds, by time."""
    columns = read(look, source)
    budget.spend(len(columns))
    return matching(look, source, columns)


def read(look: Look, source: Source) -> Columns:
    """What is stored in the range of a source."""
    start, end = source.range.start, source.range.end
    if source.numbers is not None and len(source.numbers) == 1:
        (number,) = source.numbers
        return reading.numbered(look.db, source.id, number, 1)
    return reading.columns(look.db, source.id, start, end)


def count(look: Look, plan: Plan) -> int:
    """How many observations a plan finds."""
    budget, total = Budget(), 0
    plain = [each.id for each in plan.sources if each.filter is None and each.numbers is None]
    if plain:
        total += selecting_streams.total(look.db, plain)
    for source in plan.sources:
        if source.filter is None and source.numbers is None:
            continue
        if source.numbers is None and _only_range(source):
            total += reading.count(look.db, source.id, source.range.start, source.range.end)
        else:
            total += len(whole(look, source, budget))
    return total


def _only_range(source: Source) -> bool:
    bounds = conjuncts(source.filter)
    return all(is_bound(each) for each in bounds) and all(
        isinstance(each, Call) and each.name in ("gt", "ge") for each in bounds
    )


def having(look: Look, condition: Node, idents: Sequence[int] | None = None) -> list[int]:
    """The datastreams with at least one observation that meets a condition."""
    scope = Scope(None if idents is None else tuple(idents))
    budget = Budget()
    plan = planned(look, scope, condition)
    return [each.id for each in plan.sources if len(whole(look, each, budget))]


def walk(
    look: Look,
    source: Source,
    descending: bool,
    after: tuple[int, int] | None,
    chunk: int,
    budget: Budget,
) -> Iterator[Columns]:
    """Matching observations in the order of time, chunk by chunk, from behind `after` on.

    Each chunk is in the direction of the walk. `after` is time and number.
    """
    start, end = source.range.start, source.range.end
    while True:
        if after is not None:
            start, end = (start, after[0] + 1) if descending else (max(start, after[0]), end)
        if source.numbers is not None:
            columns, last = read(look, source).between(start, end), True
        else:
            columns = reading.columns(
                look.db, source.id, start, end, descending=descending, limit=chunk
            )
            last = len(columns) < chunk
        budget.spend(len(columns))
        found = beyond(columns, descending, after)
        if not last and not len(found):
            chunk *= 4  # many observations at the same instant
            continue
        if not len(found):
            return
        at = 0 if descending else len(found) - 1
        after = (int(found.times[at]), int(found.numbers[at]))
        found = matching(look, source, found)
        if len(found):
            yield turned(found) if descending else found
        if last:
            return
        chunk = min(chunk * 2, 100_000)


def beyond(columns: Columns, descending: bool, after: tuple[int, int] | None) -> Columns:
    """Those that come behind the one with this time and number."""
    if after is None or not len(columns):
        return columns
    time, number = after
    if descending:
        kept = (columns.times < time) | ((columns.times == time) & (columns.numbers < number))
    else:
        kept = (columns.times > time) | ((columns.times == time) & (columns.numbers > number))
    return columns.taken(kept.nonzero()[0])


def turned(columns: Columns) -> Columns:
    """The same observations in the other direction."""
    import numpy as np

    return columns.taken(np.arange(len(columns) - 1, -1, -1))


def narrowed(source: Source, bounds: Range) -> Source:
    """The source with a smaller range of time."""
    return replace(source, range=source.range.meet(bounds))


def too_many_to_sort() -> LimitExceeded:
    """The error for an order that would need too many observations at once."""
    return LimitExceeded(
        f"More than {MAX_SORTED} observations would have to be sorted; narrow them down by "
        "phenomenonTime, or order by phenomenonTime.",
        f"Mehr als {MAX_SORTED} Beobachtungen wären zu sortieren; bitte über phenomenonTime "
        "eingrenzen oder nach phenomenonTime ordnen.",
    )


def stale() -> InvalidInput:
    """The error for a link to a page that does not fit."""
    return InvalidInput(
        "The link to this page does not fit the query; start again at the first page.",
        "Der Verweis auf diese Seite passt nicht zur Abfrage; bitte bei der ersten Seite beginnen.",
    )
