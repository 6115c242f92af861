# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Records by names they were given elsewhere, and lists of ids and keys in an order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from allmende.model.filter import Filter
from allmende.store.catalogue import COLUMNS
from allmende.store.conditions import compile_filter
from allmende.store.connection import Connection

Column = Literal["updated", "created", "id"]


def save(db: Connection, key: int, aliases: Sequence[str]) -> None:
    """Replaces the other names of a record."""
    db.run("delete from search_alias where key = :key", key=key)
    for alias in aliases:
        db.run(
            "insert into search_alias (alias, key) values (:alias, :key) on conflict do nothing",
            alias=alias,
            key=key,
        )


def keys_of(db: Connection, alias: str) -> list[int]:
    """Keys of the records with this other name, the oldest first."""
    rows = db.rows("select key from search_alias where alias = :alias order by key", alias=alias)
    return [key for (key,) in rows]


def ids(db: Connection, condition: Filter, limit: int, offset: int, prefix: str = "") -> list[str]:
    """Ids of the records that the condition allows, in their order.

    Where a record has an alias with the prefix, the rest of the alias stands for its id.
    """
    where = compile_filter(condition, COLUMNS, db.dialect)
    rows = db.rows(
        "select resource.id, (select min(alias) from search_alias where key = resource.key "
        "and alias >= :first and alias < :end) "
        f"from resource where {where.sql} order by resource.id limit :limit offset :offset",
        limit=limit,
        offset=offset,
        first=prefix,
        end=prefix + "\U0010ffff" if prefix else "",
        **where.params,
    )
    return [alias[len(prefix) :] if alias else ident for ident, alias in rows]


def ordered(db: Connection, column: Column) -> list[int]:
    """Keys of all records by the time of their change or creation, or by their id."""
    name = COLUMNS[column]
    return [key for (key,) in db.rows(f"select key from resource order by {name}, key")]
