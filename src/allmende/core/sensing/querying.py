# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Reading entities by a path and query options (OGC 18-088, 9.2 and 9.3).

One statement for a page and one for each relation that is expanded, all in one reading
transaction. What the subject may not see is as if it were not there: in paths, pages,
counts, expansions, and wherever a filter or an order leads through it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct, field

from allmende.core.platform import Platform
from allmende.core.sensing import querying_pages as pages
from allmende.core.sensing import querying_series as series
from allmende.core.sensing.querying_found import Found, Token, by_source, features_of, ids_of
from allmende.core.sensing.querying_places import Place, place
from allmende.core.sensing.querying_series import Plan, Scope
from allmende.core.sensing.querying_sight import Eyes, Look
from allmende.core.sensing.querying_through import has_lambda, resolved, sees_observations
from allmende.errors import LimitExceeded, NotFound
from allmende.model.sensing.entities import TYPES, EntityType, Kind, Link
from allmende.model.sensing.odata.options import Expand, Options
from allmende.model.sensing.odata.splitting import STREAMS, asks, atoms
from allmende.model.sensing.path import Path
from allmende.policy import Subject
from allmende.store import Connection
from allmende.store.connection import Row
from allmende.store.sensing import selecting, selecting_streams
from allmende.store.sensing.selecting import Layout, Query, Want

MAX_ENTITIES = 100_000
"""Entities of one answer, with those that are expanded."""
INLINE = 20_000
"""Observations of a page that are read without a worker thread."""


class Level(Struct):
    """Entities of one kind that stand at the same place of an answer, with their relations."""

    kind: Kind
    options: Options
    layout: Layout | None = None
    rows: list[Row] = field(default_factory=list)  # of entities
    found: Found = field(default_factory=Found)  # of observations
    branches: list[Branch] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.found) if self.kind == Kind.OBSERVATION else len(self.rows)


class Branch(Struct):
    """A relation: for each owner where its entities stand in the level below."""

    link: Link
    level: Level
    owned: dict[int, tuple[int, int]]  # owner → from, to
    after: dict[int, Token] = field(default_factory=dict)
    counts: dict[int, int] = field(default_factory=dict)


class Answer(Struct):
    """What a path and its options lead to."""

    level: Level
    many: bool
    count: int | None = None
    after: Token | None = None


class _Run:
    """One query while it is answered."""

    def __init__(self, look: Look) -> None:
        self.look = look
        self.left = MAX_ENTITIES

    def spend(self, number: int) -> None:
        """Counts entities of the answer."""
        self.left -= number
        if self.left < 0:
            raise LimitExceeded(
                f"The answer would have more than {MAX_ENTITIES} entities; ask for smaller pages "
                "or expand less.",
                f"Die Antwort hätte mehr als {MAX_ENTITIES} Objekte; bitte kleinere Seiten "
                "abfragen oder weniger ausklappen.",
            )


async def query(
    platform: Platform,
    subject: Subject,
    path: Path,
    options: Options,
    after: Token | None = None,
) -> Answer:
    """What is at a path. NotFound when there is nothing or it is hidden."""
    eyes = Eyes(subject)
    read = platform.store.read_slow if is_long(path, options) else platform.store.read
    return await read(_query, eyes, path, options, after)


def _query(db: Connection, eyes: Eyes, path: Path, options: Options, after: Token | None) -> Answer:
    run = _Run(eyes.look(db))
    where = place(run.look, path)
    if where.many:
        return _page(run, where, options, after)
    one = _one(run, where, options)
    if not len(one):
        raise NotFound(
            "There is no such entity, or it cannot be seen with this sign-in.",
            "Ein solches Objekt gibt es nicht, oder es ist mit dieser Anmeldung nicht zu sehen.",
        )
    return Answer(one, False)


def is_long(path: Path, options: Options) -> bool:
    """Whether it may take longer than a few milliseconds, so that a worker should do it."""
    if options.size + options.skip > INLINE or has_lambda(options.filter):
        return True
    if sees_observations(options.filter):
        return True
    if any(is_long(path, each.options) for each in options.expand):
        return True
    if path.last.entity.kind != Kind.OBSERVATION:
        return False
    rows = [each for each in atoms(options.filter) if not asks(each, STREAMS)]
    return not all(series.is_bound(each) for each in rows) or pages.is_long(options)


# --- pages and single entities -----------------------------------------------------------------


def _page(run: _Run, where: Place, options: Options, after: Token | None) -> Answer:
    if where.kind == Kind.OBSERVATION:
        return _observations(run, where.scope, options, after)
    wanted = _query_of(run, where.kind, options, of=where.of)
    total = selecting.count(run.look.db, run.look.sight, wanted) if options.count else None
    if not options.size:
        return Answer(Level(where.kind, options, Layout(wanted)), True, total)
    rows = selecting.page(run.look.db, run.look.sight, _sized(wanted, options, after))
    layout = Layout(wanted)
    following: Token | None = None
    if len(rows) > options.size:
        rows = rows[: options.size]
        following = [*rows[-1][layout.keys :], rows[-1][0]]
    level = Level(where.kind, options, layout, rows)
    return Answer(_expanded(run, level), True, total, following)


def _sized(wanted: Query, options: Options, after: Token | None) -> Query:
    from msgspec.structs import replace

    if after is not None:
        return replace(wanted, limit=options.size + 1, after=tuple(after))
    return replace(wanted, limit=options.size + 1, skip=options.skip)


def _query_of(
    run: _Run,
    kind: Kind,
    options: Options,
    *,
    of: tuple[Link, int] | None = None,
    ids: Sequence[int] | None = None,
) -> Query:
    return Query(
        kind=kind,
        want=wanted(TYPES[kind], options),
        filter=resolved(run.look, options.filter),
        orderby=options.orderby,
        of=of,
        ids=ids,
    )


def wanted(entity: EntityType, options: Options) -> Want:
    """The properties that are shown, and the links whose ids are needed."""
    names = [each.name for each in entity.attributes]
    if options.select:
        names = [name for name in names if name in options.select]
    links = [entity.link(each.name) for each in options.expand]
    ones = [link.name for link in links if link is not None and link.column and not link.many]
    return Want(tuple(names), tuple(ones))


def _observations(run: _Run, scope: Scope, options: Options, after: Token | None) -> Answer:
    plan = series.planned(run.look, scope, options.filter)
    total = series.count(run.look, plan) if options.count else None
    found = pages.page(run.look, plan, options, after)
    level = Level(Kind.OBSERVATION, options, found=found)
    return Answer(_expanded(run, level), True, total, found.after)


def _one(run: _Run, where: Place, options: Options) -> Level:
    """A single entity; options other than $select and $expand have no meaning for it."""
    bare = Options(select=options.select, expand=options.expand)
    if where.kind == Kind.OBSERVATION:
        plan = series.planned(run.look, Scope(ids=(where.id,)), None)
        level = Level(where.kind, bare, found=pages.page(run.look, plan, bare, None))
        return _expanded(run, level)
    return _by_ids(run, where.kind, [where.id], bare)


def _by_ids(run: _Run, kind: Kind, ids: Sequence[int], options: Options) -> Level:
    query = _query_of(run, kind, options, ids=ids)
    rows = selecting.page(run.look.db, run.look.sight, query)
    return _expanded(run, Level(kind, options, Layout(query), rows))


# --- $expand -------------------------------------------------------------------------------------


def _expanded(run: _Run, level: Level) -> Level:
    run.spend(len(level))
    if len(level):
        level.branches = [_branch(run, level, each) for each in level.options.expand]
    return level


def _branch(run: _Run, level: Level, asked: Expand) -> Branch:
    link = TYPES[level.kind].link(asked.name)
    assert link is not None  # noqa: S101 - options were bound
    if level.kind == Kind.OBSERVATION:
        return _of_observations(run, level, link, asked.options)
    if link.target == Kind.OBSERVATION:
        return _to_observations(run, level, link, asked.options)
    if link.many:
        return _many(run, link, [row[0] for row in level.rows], asked.options)
    assert level.layout is not None  # noqa: S101
    at = level.layout.ones[link.name]
    return _ones(run, link, {row[0]: row[at] for row in level.rows}, asked.options)


def _ones(run: _Run, link: Link, targets: dict[int, int | None], options: Options) -> Branch:
    """To one: the entities once each, however many owners they have."""
    ids = sorted({each for each in targets.values() if each is not None})
    level = _by_ids(run, link.target, ids, options) if ids else Level(link.target, options)
    at = {row[0]: place for place, row in enumerate(level.rows)}
    owned = {
        owner: (at[target], at[target] + 1) for owner, target in targets.items() if target in at
    }
    return Branch(link, level, owned)


def _many(run: _Run, link: Link, owners: Sequence[int], options: Options) -> Branch:
    look = run.look
    query = _query_of(run, link.target, options)
    from msgspec.structs import replace

    layout = Layout(query)
    branch = Branch(link, Level(link.target, options, layout), {})
    if options.count:
        branch.counts = selecting.counted(look.db, look.sight, query, link, owners)
    if not options.size:
        return branch
    sized = replace(query, limit=options.size + 1, skip=options.skip)
    groups = selecting.grouped(look.db, look.sight, sized, link, owners, run.left + 1)
    rows = branch.level.rows
    for owner, found in groups.items():
        if len(found) > options.size:
            found.pop()
            last = found[-1]
            branch.after[owner] = [*last[layout.keys : -1], last[0]]
        branch.owned[owner] = (len(rows), len(rows) + len(found))
        rows += found
    _expanded(run, branch.level)
    return branch


# --- observations in $expand -------------------------------------------------------------------


def _to_observations(run: _Run, level: Level, link: Link, options: Options) -> Branch:
    look, owners = run.look, [row[0] for row in level.rows]
    if not link.many:
        return _observed_ones(run, level, link, options)
    if link.through:
        members = selecting_streams.members_by_group(look.db, owners)
        scopes = {owner: Scope(ids=tuple(members.get(owner, ()))) for owner in owners}
    elif link.column == "feature":
        scopes = {owner: Scope(feature=owner) for owner in owners}
    else:
        return _of_streams(run, link, owners, options)
    branch = Branch(link, Level(Kind.OBSERVATION, options), {})
    for owner, scope in scopes.items():
        _append(run, branch, owner, series.planned(look, scope, options.filter))
    _expanded(run, branch.level)
    return branch


def _of_streams(run: _Run, link: Link, owners: Sequence[int], options: Options) -> Branch:
    """Observations of datastreams; the latest of each come from what is kept of it."""
    branch = Branch(link, Level(Kind.OBSERVATION, options), {})
    plan = series.planned(run.look, Scope(streams=tuple(owners)), options.filter)
    if pages.is_latest(options) and not options.count:
        found, branch.after = pages.latest(run.look, plan)
        branch.level.found = found
        branch.owned = {source.id: (at, at + 1) for at, (source, _) in enumerate(found.latest)}
    else:
        for source in plan.sources:
            _append(run, branch, source.id, Plan([source]))
    _expanded(run, branch.level)
    return branch


def _append(run: _Run, branch: Branch, owner: int, plan: Plan) -> None:
    """Adds the page of one owner to the level."""
    found, options = branch.level.found, branch.level.options
    if options.count:
        branch.counts[owner] = series.count(run.look, plan)
    mine = pages.page(run.look, plan, options, None)
    if mine.after is not None:
        branch.after[owner] = mine.after
    begin = len(found)
    for source, columns in mine.parts:
        found.add(source, columns)
    branch.owned[owner] = (begin, begin + len(mine))
    if len(found) > run.left:
        run.spend(len(found))


def _observed_ones(run: _Run, level: Level, link: Link, options: Options) -> Branch:
    """Subject and Object of relations."""
    assert level.layout is not None  # noqa: S101
    at = level.layout.ones[link.name]
    targets = {row[0]: row[at] for row in level.rows if row[at] is not None}
    bare = Options(select=options.select, expand=options.expand, top=10_000)
    plan = series.planned(run.look, Scope(ids=tuple(set(targets.values()))), None)
    found = pages.page(run.look, plan, bare, None)
    places = {ident: place for place, ident in enumerate(ids_of(found))}
    owned = {
        owner: (places[ident], places[ident] + 1)
        for owner, ident in targets.items()
        if ident in places
    }
    return Branch(link, _expanded(run, Level(Kind.OBSERVATION, options, found=found)), owned)


def _of_observations(run: _Run, level: Level, link: Link, options: Options) -> Branch:
    """What observations belong to: owners are their ids."""
    rows: list[tuple[int, Any]] = []
    if link.through:
        return _many(run, link, ids_of(level.found), options)
    for source, columns in by_source(level.found):
        numbers = [(source.id << 32) | number for number in columns.numbers.tolist()]
        if link.name == "FeatureOfInterest":
            features = features_of(source, columns)
            rows += zip(numbers, features, strict=True)
        elif source.multi is (link.target == Kind.MULTI_DATASTREAM):
            rows += [(number, source.id) for number in numbers]
    return _ones(run, link, dict(rows), options)
