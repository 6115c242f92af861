# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a statement over entities reads from: a table, its relations, and what may be seen.

Every table that is joined brings the policy's condition with it, so that a hidden entity is
as if absent wherever a filter, an order or an $expand would lead through it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from allmende.model.filter import Filter, Nothing
from allmende.model.sensing.entities import TYPES, EntityType, Kind, Link
from allmende.store.conditions import compile_filter
from allmende.store.connection import Dialect
from allmende.store.sensing.streams import DATASET

GUARDED = ("organisation", "status", "metadata_access", "data_access")
STREAMS = (Kind.DATASTREAM, Kind.MULTI_DATASTREAM)
NOTHING = Nothing()
_MARK = "guarded__"


class Sight:
    """What a subject may see, as SQL for the columns of any table.

    `metadata` is for entities, `data` for what was observed, `personal` for what names people,
    which those see too who are `me`. Parameters are in `params`.
    """

    def __init__(
        self,
        metadata: Filter,
        data: Filter,
        dialect: Dialect,
        *,
        personal: Filter = NOTHING,
        me: str = "",
    ) -> None:
        self.dialect = dialect
        self._metadata, one = _compiled(metadata, dialect, "seen")
        self._data, other = _compiled(data, dialect, "told")
        self._personal, more = _compiled(personal, dialect, "named")
        self.params: dict[str, Any] = {**one, **other, **more, "me": me}

    def entity(self, alias: str) -> str:
        """Condition: the entity may be seen."""
        return self._metadata.replace(_MARK, alias)

    def data(self, alias: str) -> str:
        """Condition: what the stream observed may be seen."""
        return self._data.replace(_MARK, alias)

    def personal(self, alias: str, column: str) -> str:
        """A column that names people: null for whom it is none of their business."""
        seen = self._personal.replace(_MARK, alias)
        mine = f"(:me <> '' and {alias}.{column} = :me)"
        return f"(case when {seen} or {mine} then {alias}.{column} end)"


@lru_cache(maxsize=1_000)
def _compiled(tree: Filter, dialect: Dialect, prefix: str) -> tuple[str, dict[str, Any]]:
    columns = {name: f"{_MARK}.{name}" for name in GUARDED} | {"dataset": DATASET.format(_MARK)}
    found = compile_filter(tree, columns, dialect, prefix=prefix)
    return found.sql, found.params


class Frame:
    """One select's `from`: an entity's table as `alias` with the tables joined to it."""

    def __init__(self, entity: EntityType, sight: Sight, names: Iterator[str]) -> None:
        self.entity, self.sight, self.names = entity, sight, names
        self.alias = next(names)
        self.variable = ""  # of any and all, from whose entity the prefix leads here
        self.prefix: tuple[Link, ...] = ()
        self.parent: Frame | None = None
        self.joins: list[str] = []
        self.conditions = [own_condition(entity, self.alias), sight.entity(self.alias)]
        self._followed: dict[tuple[Link, ...], str] = {}
        self._states: dict[str, str] = {}

    @property
    def source(self) -> str:
        """The tables."""
        return " ".join([f"{self.entity.table} as {self.alias}", *self.joins])

    @property
    def where(self) -> str:
        """The conditions on the entity itself."""
        return " and ".join(each for each in self.conditions if each)

    def owner(self, links: tuple[Link, ...], variable: str = "") -> tuple[Frame, tuple[Link, ...]]:
        """The innermost frame that stands on the way, and the links from there."""
        size = len(self.prefix)
        if self.variable == variable and links[:size] == self.prefix:
            return self, links[size:]
        assert self.parent is not None  # noqa: S101 - variables are bound, paths begin somewhere
        return self.parent.owner(links, variable)

    def follow(self, links: tuple[Link, ...]) -> str:
        """The alias of the one entity at the end of links to one; null if there is none."""
        alias = self.alias
        done: tuple[Link, ...] = ()
        for link in links:
            done = (*done, link)
            if done not in self._followed:
                self._followed[done] = self._join(alias, link)
            alias = self._followed[done]
        return alias

    def _join(self, alias: str, link: Link) -> str:
        target, name = TYPES[link.target], next(self.names)
        on = [f"{name}.id = {alias}.{link.column}", own_condition(target, name)]
        on.append(self.sight.entity(name))
        self.joins.append(
            f"left join {target.table} as {name} on {' and '.join(each for each in on if each)}"
        )
        return name

    def state(self, alias: str) -> str:
        """The alias of what is known of a stream's observations, if they may be seen."""
        if alias not in self._states:
            name = self._states[alias] = next(self.names)
            self.joins.append(
                f"left join obs.state as {name} on {name}.datastream = {alias}.id "
                f"and {self.sight.data(alias)}"
            )
        return self._states[alias]

    def through(self, links: tuple[Link, ...], variable: str = "") -> Frame:
        """A frame for `exists`: the entities at the end of links, of which the last is to many.

        With a variable, paths from this variable begin there.
        """
        *ones, link = links
        here = self.follow(tuple(ones))
        inner = Frame(TYPES[link.target], self.sight, self.names)
        inner.parent = self
        inner.variable = variable or self.variable
        inner.prefix = () if variable else (*self.prefix, *links)
        if link.through:
            pair = next(self.names)
            inner.joins.append(
                f"join {link.through} as {pair} on {pair}.{link.other} = {inner.alias}.id"
            )
            inner.conditions.insert(0, f"{pair}.{link.own} = {here}.id")
        else:
            inner.conditions.insert(0, f"{inner.alias}.{link.column} = {here}.id")
        return inner


def own_condition(entity: EntityType, alias: str) -> str:
    """Datastreams of both kinds stand in one table."""
    if entity.kind in STREAMS:
        return f"{alias}.multi = {int(entity.kind == Kind.MULTI_DATASTREAM)}"
    return ""


def aliases() -> Iterator[str]:
    """Names for tables: t0, t1 …"""
    number = 0
    while True:
        yield f"t{number}"
        number += 1
