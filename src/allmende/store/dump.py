# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The truth in a form that both engines read: rows of every table as MessagePack.

What can be rebuilt is left out. Because the form does not depend on the engine, a dump of
SQLite is loaded into PostgreSQL and the other way round.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import IO, Any

import msgspec

from allmende.store.connection import Connection, Row
from allmende.store.migrate import applied_checksums

BOOKKEEPING = frozenset({"schema_migration", "spatial_ref_sys"})  # the last is PostGIS's
REBUILDABLE_PREFIXES = ("search_", "resource_facet", "resource_box")
CHUNK = 500

_LENGTH_BYTES = 4
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode


def schema_number(db: Connection) -> int:
    """Number of the newest migration of the database."""
    return max(applied_checksums(db), default=0)


def tables(db: Connection) -> list[str]:
    """Tables that hold the truth, referenced ones before those that refer to them."""
    names = [row[0] for row in db.rows(db.dialect.tables())]
    return [name for name in names if name not in BOOKKEEPING and not is_rebuildable(name)]


def is_rebuildable(table: str) -> bool:
    """Whether a table belongs to a projection."""
    return table.startswith(REBUILDABLE_PREFIXES) and table not in KEPT


KEPT = frozenset({"search_miss"})


def dump_table(db: Connection, table: str, target: IO[bytes]) -> int:
    """Writes the column names and then the rows in chunks; the number of rows."""
    names = [row[0] for row in db.rows(db.dialect.columns(), name=table)]
    write_frame(target, names)
    listed = ", ".join(f'"{name}"' for name in names)
    rows = 0
    for chunk in chunks(db.stream(f'select {listed} from "{table}"')):
        write_frame(target, chunk)
        rows += len(chunk)
    return rows


def load_table(db: Connection, table: str, source: IO[bytes]) -> int:
    """Inserts the rows of a dumped table; the number of rows."""
    read = frames(source)
    names: list[str] = next(read)
    _known_columns(db, table, names)
    listed = ", ".join(f'"{name}"' for name in names)
    values = ", ".join(f":{name}" for name in names)
    rows = 0
    for chunk in read:
        db.run_many(
            f'insert into "{table}" ({listed}) values ({values})',
            [dict(zip(names, row, strict=True)) for row in chunk],
        )
        rows += len(chunk)
    db.dialect.restart_numbers(db, table)
    return rows


def is_empty(db: Connection) -> bool:
    """Whether no table of the truth has a row."""
    return not any(db.row(f'select 1 from "{table}" limit 1') for table in tables(db))


def _known_columns(db: Connection, table: str, names: list[str]) -> None:
    known = {row[0] for row in db.rows(db.dialect.columns(), name=table)}
    unknown = set(names) - known
    if unknown:
        raise ValueError(f"table {table} has no columns {sorted(unknown)}")


def chunks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """The rows in lists of at most 500."""
    iterator = iter(rows)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk


def write_frame(target: IO[bytes], value: Any) -> None:
    """Writes one value with its length before it."""
    packed = _encode(value)
    target.write(len(packed).to_bytes(_LENGTH_BYTES, "big") + packed)


def frames(source: IO[bytes]) -> Iterator[Any]:
    """The values of a dumped table, one after the other."""
    while header := source.read(_LENGTH_BYTES):
        yield _decode(source.read(int.from_bytes(header, "big")))
