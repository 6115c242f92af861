# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Monthly partitions on PostgreSQL; SQLite needs none, its tables are sorted by stream and time."""

from __future__ import annotations

from collections.abc import Iterable
from weakref import WeakKeyDictionary

from allmende.model.sensing.calendar import month_start, next_month
from allmende.store.connection import Connection

_TABLES = ("observation", "block")
_known: WeakKeyDictionary[Connection, set[tuple[str, int]]] = WeakKeyDictionary()


def ready(db: Connection, table: str, months: Iterable[int]) -> None:
    """Makes the partitions of these months where they are missing."""
    if db.dialect.name != "postgres":
        return
    known = _known.setdefault(db, set())
    for month in months:
        if (table, month) not in known:
            if db.value("select to_regclass(:name)", name=f"obs.{table}_{month}") is None:
                _make(db, table, month)
            known.add((table, month))


def _make(db: Connection, table: str, month: int) -> None:
    """A partition; rows that lie in the one for all others keep it from being made."""
    start, end = month_start(month), month_start(next_month(month))
    if table == "block":
        condition, bounds = f"month = {month}", f"in ({month})"
    else:
        condition = f"time >= {start} and time < {end}"
        bounds = f"from ({start}) to ({end})"
    if db.value(f"select 1 from obs.{table}_other where {condition} limit 1"):
        return
    db.script(f"create table obs.{table}_{month} partition of obs.{table} for values {bounds}")


def drop(db: Connection, table: str, month: int) -> bool:
    """Drops the partition of a month with all its rows; False where there is none."""
    if db.dialect.name != "postgres" or table not in _TABLES:
        return False
    name = f"obs.{table}_{month}"
    if db.value("select to_regclass(:name)", name=name) is None:
        return False
    db.script(f"drop table {name}")
    _known.pop(db, None)
    return True


def is_empty(db: Connection, table: str, month: int) -> bool:
    """Whether there is a partition of the month, and no row in it."""
    if db.dialect.name != "postgres" or table not in _TABLES:
        return False
    name = f"obs.{table}_{month}"
    if db.value("select to_regclass(:name)", name=name) is None:
        return False
    return db.value(f"select 1 from {name} limit 1") is None
