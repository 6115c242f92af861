# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Entities of SensorThings as rows: one statement for a page, one for each level of $expand.

Observations are no rows of a table like the others; see `reading` and core.sensing.querying.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from allmende.errors import InvalidInput
from allmende.model.sensing.entities import TYPES, Attribute, EntityType, Kind, Link
from allmende.model.sensing.odata.evaluate import fold
from allmende.model.sensing.odata.tree import Node, Order
from allmende.store.connection import Connection, Row
from allmende.store.sensing.expressing import Expressions
from allmende.store.sensing.frames import STREAMS, Frame, Sight, aliases

_SPANS = {
    "phenomenonTime": ("first_time", "last_time"),
    "resultTime": ("first_result_time", "last_result_time"),
}


class Want(Struct, frozen=True):
    """Which properties are needed, and of which links to one the ids."""

    attributes: tuple[str, ...] = ()
    ones: tuple[str, ...] = ()


class Query(Struct, frozen=True, kw_only=True):
    """Entities of a kind: which, in which order, from where on, what of them."""

    kind: Kind
    want: Want = Want()
    filter: Node | None = None
    orderby: tuple[Order, ...] = ()
    ids: Sequence[int] | None = None  # only these
    of: tuple[Link, int] | None = None  # only those this link leads to from this id
    skip: int = 0
    limit: int = 0  # 0: all
    after: tuple[Any, ...] | None = None  # keys and id of the entity before

    @property
    def entity(self) -> EntityType:
        """What is known of the kind."""
        return TYPES[self.kind]


class Layout:
    """Where in a row what stands: the id first, then properties, ids of links, keys.

    An interval takes two places. `keys` is where the values of the order begin.
    """

    def __init__(self, query: Query) -> None:
        entity = query.entity
        self.fields: dict[str, int] = {}
        place = 1
        for name in query.want.attributes:
            self.fields[name] = place
            place += 2 if name in _SPANS and entity.kind in STREAMS else 1
        self.ones = {name: place + at for at, name in enumerate(query.want.ones)}
        self.keys = place + len(self.ones)


class _Statement:
    """The parts of a select over entities."""

    def __init__(self, query: Query, sight: Sight, prefix: str = "x") -> None:
        self.query = query
        self.frame = Frame(query.entity, sight, aliases())
        self.sql = Expressions(sight.dialect, prefix)
        self.params = self.sql.params
        self.keys: list[tuple[str, bool]] = []
        self.texts: list[bool] = []
        self.where = [self.frame.where]
        self.owner = ""
        self._narrow()

    def _narrow(self) -> None:
        query, frame = self.query, self.frame
        if query.filter is not None:
            self.where.append(self.sql.condition(fold(query.filter), frame))
        if query.ids is not None:
            name = self.sql.bind(frame.sight.dialect.list_value(list(query.ids)))[1:]
            self.where.append(frame.sight.dialect.any_of(f"{frame.alias}.id", name))
        if query.of is not None:
            link, ident = query.of
            self.reached(link)
            self.where.append(f"{self.owner} = {self.sql.bind(ident)}")

    def reached(self, link: Link) -> None:
        """Only entities that a link to many leads to; `owner` is where it comes from."""
        alias = self.frame.alias
        if link.through:
            pair = next(self.frame.names)
            self.frame.joins.append(
                f"join {link.through} as {pair} on {pair}.{link.other} = {alias}.id"
            )
            self.owner = f"{pair}.{link.own}"
        else:
            self.owner = f"{alias}.{link.column}"

    def order(self) -> str:
        """The keys and, last, the id, which makes every order total. Nulls come first."""
        for each in self.query.orderby:
            term = self.sql.term(each.node, self.frame)
            for sql, is_text in self.sql.keys(term):
                self.keys.append((sql, each.descending))
                self.texts.append(is_text)
        parts = [self._sorted(sql, down) for sql, down in self.keys]
        return ", ".join([*parts, f"{self.frame.alias}.id"])

    def _sorted(self, sql: str, down: bool) -> str:
        if self.sql.on_postgres:
            return f"{sql} desc nulls last" if down else f"{sql} asc nulls first"
        return f"{sql} desc" if down else sql

    def columns(self) -> list[str]:
        """In the places that Layout tells."""
        entity, alias = self.query.entity, self.frame.alias
        found = [f"{alias}.id"]
        for name in self.query.want.attributes:
            attribute = entity.attribute(name)
            assert attribute is not None  # noqa: S101 - names come from the entity
            found += self._attribute(entity, attribute)
        for name in self.query.want.ones:
            link = entity.link(name)
            assert link is not None  # noqa: S101
            found.append(f"{alias}.{link.column}")
        return found + [sql for sql, _ in self.keys]

    def _attribute(self, entity: EntityType, attribute: Attribute) -> list[str]:
        alias = self.frame.alias
        if entity.kind in STREAMS and attribute.name in _SPANS:
            state = self.frame.state(alias)
            return [f"{state}.{each}" for each in _SPANS[attribute.name]]
        if entity.kind in STREAMS and attribute.name == "observedArea":
            return [f"case when {self.frame.sight.data(alias)} then {alias}.area end"]
        if attribute.personal:
            return [self.frame.sight.personal(alias, attribute.column)]
        return [f"{alias}.{attribute.column}"]

    def following(self, after: Sequence[Any]) -> str:
        """Condition: the entity comes after the one with these keys and this id."""
        *values, ident = after
        if len(values) != len(self.keys) or not isinstance(ident, int):
            raise _stale()
        for value, is_text in zip(values, self.texts, strict=True):
            if value is not None and isinstance(value, str) is not is_text:
                raise _stale()
        ways: list[str] = []
        same: list[str] = []
        for (sql, down), value in zip(self.keys, values, strict=True):
            beyond = self._beyond(sql, down, value)
            if beyond:
                ways.append(" and ".join([*same, beyond]))
            same.append(f"{sql} is null" if value is None else f"{sql} = {self.sql.bind(value)}")
        ways.append(" and ".join([*same, f"{self.frame.alias}.id > {self.sql.bind(ident)}"]))
        return "(" + " or ".join(f"({each})" for each in ways) + ")"

    def _beyond(self, sql: str, down: bool, value: Any) -> str:
        if value is None:
            return "" if down else f"{sql} is not null"
        if down:
            return f"({sql} < {self.sql.bind(value)} or {sql} is null)"
        return f"{sql} > {self.sql.bind(value)}"

    @property
    def all_params(self) -> dict[str, Any]:
        """Of the expressions and of the policy."""
        return {**self.params, **self.frame.sight.params}


def page(db: Connection, sight: Sight, query: Query) -> list[Row]:
    """The rows of a query in its order, laid out as `Layout` says."""
    made = _Statement(query, sight)
    order = made.order()
    if query.after is not None:
        made.where.append(made.following(query.after))
    columns = ", ".join(made.columns())
    tail = ""
    if query.limit:
        tail += f" limit {query.limit:d}"
        tail += f" offset {query.skip:d}" if query.skip else ""
    elif query.skip:
        tail += f" limit {2**62:d} offset {query.skip:d}"
    where = " and ".join(each for each in made.where if each)
    sql = f"select {columns} from {made.frame.source} where {where} order by {order}{tail}"
    return db.rows(sql, **made.all_params)


def count(db: Connection, sight: Sight, query: Query) -> int:
    """How many entities a query finds, whatever its page."""
    made = _Statement(query, sight)
    where = " and ".join(each for each in made.where if each)
    return int(
        db.value(f"select count(*) from {made.frame.source} where {where}", **made.all_params)
    )


def grouped(
    db: Connection, sight: Sight, query: Query, link: Link, owners: Sequence[int], most: int
) -> dict[int, list[Row]]:
    """For each owner the rows a link leads to: each its own page of the query; at most `most`."""
    made = _Statement(query, sight)
    made.reached(link)
    name = made.sql.bind(db.dialect.list_value(list(owners)))[1:]
    made.where.append(db.dialect.any_of(made.owner, name))
    order = made.order()
    columns = [*made.columns(), made.owner]
    named = ", ".join(f"{sql} as c{at}" for at, sql in enumerate(columns))
    where = " and ".join(each for each in made.where if each)
    inner = (
        f"select {named}, row_number() over (partition by {made.owner} order by {order}) as rank_ "
        f"from {made.frame.source} where {where}"
    )
    outer = ", ".join(f"c{at}" for at in range(len(columns)))
    last = f" and rank_ <= {query.skip + query.limit:d}" if query.limit else ""
    rows = db.rows(
        f"select {outer} from ({inner}) as ranked where rank_ > {query.skip:d}{last} "
        f"order by c{len(columns) - 1}, rank_ limit {most:d}",
        **made.all_params,
    )
    found: dict[int, list[Row]] = {}
    for row in rows:
        found.setdefault(row[-1], []).append(row)
    return found


def counted(
    db: Connection, sight: Sight, query: Query, link: Link, owners: Sequence[int]
) -> dict[int, int]:
    """For each owner how many entities a link leads to; owners without any are left out."""
    made = _Statement(query, sight)
    made.reached(link)
    name = made.sql.bind(db.dialect.list_value(list(owners)))[1:]
    made.where.append(db.dialect.any_of(made.owner, name))
    where = " and ".join(each for each in made.where if each)
    rows = db.rows(
        f"select {made.owner}, count(*) from {made.frame.source} where {where} "
        f"group by {made.owner}",
        **made.all_params,
    )
    return dict(rows)


def step(db: Connection, sight: Sight, kind: Kind, ident: int, link: Link) -> int | None:
    """The id of the entity a link to one leads to from an entity, if it may be seen."""
    found = db.value(f"select {link.column} from {TYPES[kind].table} where id = :id", id=ident)
    if found is None or link.target == Kind.OBSERVATION:
        return None if found is None else int(found)
    return int(found) if visible(db, sight, link.target, int(found)) else None


def visible(db: Connection, sight: Sight, kind: Kind, ident: int) -> bool:
    """Whether the entity exists and may be seen."""
    return bool(page(db, sight, Query(kind=kind, ids=[ident])))


def truths(
    db: Connection, sight: Sight, query: Query, conditions: Sequence[Node]
) -> dict[int, tuple[bool | None, ...]]:
    """For each entity of a query, whatever its page, what each condition comes to."""
    made = _Statement(query, sight)
    tests = []
    for each in conditions:
        test = made.sql.condition(fold(each), made.frame)
        tests.append(f"case when {test} then 1 when not ({test}) then 0 end")
    where = " and ".join(each for each in made.where if each)
    columns = ", ".join([f"{made.frame.alias}.id", *tests])
    rows = db.rows(f"select {columns} from {made.frame.source} where {where}", **made.all_params)
    return {row[0]: tuple(None if each is None else bool(each) for each in row[1:]) for row in rows}


def _stale() -> InvalidInput:
    return InvalidInput(
        "The link to this page does not fit the query; start again at the first page.",
        "Der Verweis auf diese Seite passt nicht zur Abfrage; bitte bei der ersten Seite beginnen.",
    )
