# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Collections in a backup: the same frames as other tables, geometry as WKB.

The register comes first; from it the tables of rows are made when a backup is read.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO, Any

import msgspec

from allmende.model.document import Entity
from allmende.store.collections.blobs import from_blob, measure
from allmende.store.collections.tables import ENDED, SYSTEM, Names, make
from allmende.store.connection import Connection
from allmende.store.dump import chunks, frames, write_frame

REGISTER = "geo.collection"
BOOKS: dict[str, tuple[str, ...]] = {
    REGISTER: (
        "number", "id", "dataset", "organisation", "model", "model_version", "entity", "style",
        "last_fid", "batch", "rows", "west", "south", "east", "north", "period_start",
        "period_end", "created", "changed", "mapping",
    ),
    "geo.row_batch": (
        "number", "collection", "run", "at", "actor", "source", "reason", "created", "updated",
        "unchanged", "deleted", "refused", "flagged",
    ),
    "geo.row_quarantine": (
        "key", "collection", "batch", "source", "line", "id", "findings", "raw",
    ),
}  # fmt: skip
_ROWS, _PAST = "rows/", "past/"


def tables(db: Connection) -> list[str]:
    """Names of everything that is dumped: the books, then rows and past rows by collection."""
    idents = [row[0] for row in db.rows("select id from geo.collection order by number")]
    return [*BOOKS, *(kind + ident for ident in idents for kind in (_ROWS, _PAST))]


def order(names: Iterable[str]) -> list[str]:
    """The names of a backup that belong to collections, the register first."""
    known = [name for name in names if name in BOOKS or name.startswith((_ROWS, _PAST))]
    return sorted(known, key=lambda name: (name != REGISTER, name not in BOOKS))


def dump_table(db: Connection, table: str, target: IO[bytes]) -> int:
    """Writes the column names and then the rows; the number of rows."""
    if table in BOOKS:
        columns, listed, place = list(BOOKS[table]), ", ".join(BOOKS[table]), None
        source = table
    else:
        names, columns, place = _plan(db, table)
        quoted = [f'"{each}"' for each in columns]
        if place is not None:
            quoted[place] = names.wkb
        listed, source = ", ".join(quoted), _table(names, table)
    write_frame(target, columns)
    rows = 0
    blobs = place is not None and db.dialect.name == "sqlite"
    for chunk in chunks(db.stream(f"select {listed} from {source}")):
        write_frame(target, [_bare(row, place) if blobs else row for row in chunk])
        rows += len(chunk)
    return rows


def load_table(db: Connection, table: str, source: IO[bytes]) -> int:
    """Inserts the rows of a dumped table; the number of rows.

    The register makes the tables of its collections.
    """
    read = frames(source)
    columns: list[str] = next(read)
    place = None
    if table in BOOKS:
        if not set(columns) <= set(BOOKS[table]):
            raise ValueError(f"{table} has other columns here")
        into, values = table, [f":p{index}" for index in range(len(columns))]
    else:
        names, known, place = _plan(db, table)
        if set(columns) != set(known):
            raise ValueError(f"{table} has other columns here")
        place = columns.index(known[place]) if place is not None else None
        into, values = _table(names, table), [f":p{index}" for index in range(len(columns))]
        if place is not None:
            values[place] = db.dialect.geometry(f"p{place}")
    listed = ", ".join(f'"{each}"' for each in columns)
    statement = f"insert into {into} ({listed}) values ({', '.join(values)})"
    rows = 0
    for chunk in read:
        db.run_many(statement, [_parameters(db, row, place) for row in chunk])
        rows += len(chunk)
    _after(db, table)
    return rows


def _plan(db: Connection, name: str) -> tuple[Names, list[str], int | None]:
    """Names, columns and the index of the geometry among them."""
    kind, _, ident = name.partition("/")
    text = db.value("select entity from geo.collection where id = :id", id=ident)
    if text is None:
        raise ValueError(f"there is no collection {ident}")
    entity = msgspec.json.decode(text, type=Entity)
    columns = [each.name for each in entity.fields] + list(SYSTEM)
    if kind == "past":
        columns += ENDED
    placed = entity.geometry
    place = columns.index(placed.name) if placed else None
    return Names(ident, entity, db.dialect.name), columns, place


def _table(names: Names, name: str) -> str:
    return names.past if name.startswith(_PAST) else names.table


def _bare(row: tuple[Any, ...], place: int | None) -> list[Any]:
    values = list(row)
    if place is not None:
        values[place] = from_blob(values[place])
    return values


def _parameters(db: Connection, row: list[Any], place: int | None) -> dict[str, Any]:
    values = {f"p{index}": value for index, value in enumerate(row)}
    if place is not None and row[place] is not None:
        wkb = bytes(row[place])
        values[f"p{place}"] = db.dialect.geometry_value(wkb, measure(wkb)[0])
    return values


def _after(db: Connection, name: str) -> None:
    if name == REGISTER:
        for ident, text in db.rows("select id, entity from geo.collection order by number"):
            make(db, ident, msgspec.json.decode(text, type=Entity), ident)
    if name in BOOKS:
        db.dialect.restart_numbers(db, name)
    if name.startswith(_ROWS) and db.dialect.name == "sqlite":
        fill_index(db, _plan(db, name)[0])


def fill_index(db: Connection, names: Names) -> None:
    """Makes the spatial index of SQLite anew from the geometries."""
    if names.index is None:
        return
    db.run(f"delete from {names.index}")
    for chunk in chunks(db.stream(f"select _fid, {names.geometry} from {names.table}")):
        found = [(fid, measure(from_blob(blob) or b"")[0]) for fid, blob in chunk if blob]
        db.run_many(
            f"insert into {names.index} (id, minx, maxx, miny, maxy) values (:i, :w, :e, :s, :n)",
            [
                {"i": fid, "w": box[0], "e": box[2], "s": box[1], "n": box[3]}
                for fid, box in found
                if box is not None
            ],
        )
