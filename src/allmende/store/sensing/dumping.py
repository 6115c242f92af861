# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Observations in a backup: the same frames as other tables; blocks as they are packed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO, Any

from allmende.model.sensing.calendar import month_of
from allmende.store.connection import Connection
from allmende.store.dump import chunks, frames, write_frame
from allmende.store.sensing import partitions
from allmende.store.sensing.state import COLUMNS

TABLES: dict[str, tuple[str, ...]] = {
    "obs.state": tuple(COLUMNS.split(", ")),
    "obs.observation": (
        "datastream", "time", "number", "value", "text", "flag", "lasts", "result_time", "extra",
    ),
    "obs.block": (
        "datastream", "month", "part", "n", "first_time", "last_time", "first_number",
        "last_number", "data",
    ),
    "obs.rollup": (
        "datastream", "grain", "start", "n", "good", "sum", "min", "max", "first_time", "first",
        "last_time", "last",
    ),
    "obs.aggregate": ("datastream", "grain", "month", "n", "first_time", "last_time", "data"),
    "obs.archived": (
        "datastream", "month", "file", "n", "first_time", "last_time", "first_number",
        "last_number",
    ),
    "obs.retained": (
        "sequence", "at", "datastream", "action", "first_time", "until", "n", "policy", "version",
    ),
    "obs.journal": ("sequence", "action", "datastream", "number", "n"),
}  # fmt: skip


def order(names: Iterable[str]) -> list[str]:
    """The names of a backup that belong to observations."""
    return [name for name in names if name in TABLES]


def dump_table(db: Connection, table: str, target: IO[bytes]) -> int:
    """Writes the column names and then the rows; the number of rows."""
    columns = TABLES[table]
    write_frame(target, list(columns))
    rows = 0
    for chunk in chunks(db.stream(f"select {', '.join(columns)} from {table}")):
        write_frame(target, chunk)
        rows += len(chunk)
    return rows


def load_table(db: Connection, table: str, source: IO[bytes]) -> int:
    """Inserts the rows of a dumped table; the number of rows."""
    read = frames(source)
    columns: list[str] = next(read)
    if not set(columns) <= set(TABLES[table]):
        raise ValueError(f"{table} has other columns here")
    values = ", ".join(f":{name}" for name in columns)
    statement = f"insert into {table} ({', '.join(columns)}) values ({values})"
    rows = 0
    for chunk in read:
        _make_room(db, table, columns, chunk)
        db.run_many(statement, [dict(zip(columns, row, strict=True)) for row in chunk])
        rows += len(chunk)
    if "sequence" in columns:
        db.dialect.restart_numbers(db, table)
    return rows


def _make_room(db: Connection, table: str, columns: list[str], chunk: list[Any]) -> None:
    if table == "obs.observation":
        at = columns.index("time")
        partitions.ready(db, "observation", {month_of(row[at]) for row in chunk})
    elif table == "obs.block":
        at = columns.index("month")
        partitions.ready(db, "block", {row[at] for row in chunk})
