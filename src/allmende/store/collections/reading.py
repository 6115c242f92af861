# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Reading rows of a collection: pages, counts, one row, its history, what has changed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import msgspec

from allmende.errors import InvalidInput
from allmende.model.document import Entity, FieldType
from allmende.model.query import Query
from allmende.store.collections.blobs import from_blob
from allmende.store.collections.selecting import Selection, encode_mark
from allmende.store.collections.tables import Names
from allmende.store.collections.types import (
    Parts,
    PastRow,
    Ready,
    Row,
    RowChange,
    RowRevision,
)
from allmende.store.connection import Connection, Dialect
from allmende.store.connection import Row as Cells

_SYSTEM = "_fid, _id, _revision, _since, _batch, _flags, _extra"
CHUNK = 1_000


def features(db: Connection, entity: Entity, query: Query) -> tuple[list[bytes], str]:
    """GeoJSON texts (UTF-8) of a page from the stored parts, and where the next page begins."""
    chosen = Selection(db.dialect, entity, query)
    rows = db.rows(chosen.sql(_feature(db.dialect, query.geometry)), **chosen.params)
    found = [row[0] for row in rows[: query.limit]]
    if found and isinstance(found[0], str):
        found = [each.encode() for each in found]
    return found, chosen.next(rows)


def ready(db: Connection, ident: str, row_id: str) -> Ready | None:
    """A row as its ready-made text."""
    row = db.row(_ready_statement(ident, db.dialect), id=row_id)
    return Ready(row[0], row[1], row[2], row[3], _encoded(row[4])) if row else None


@lru_cache(maxsize=2_000)
def _ready_statement(ident: str, dialect: Dialect) -> str:
    table = Names(ident, Entity(name=""), dialect.name).table
    return f"select _fid, _id, _revision, _since, {_feature(dialect)} from {table} where _id = :id"


def _feature(dialect: Dialect, geometry: bool = True) -> str:
    shape = "coalesce(_shape, 'null')" if geometry else "'null'"
    return dialect.as_bytes(
        f'\'{{"type":"Feature","id":\' || {dialect.json_text("_id")} || '
        f"',\"geometry\":' || {shape} || ',\"properties\":' || _public || '}}'"
    )


def _encoded(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode()


def parts(db: Connection, entity: Entity, query: Query) -> tuple[list[Parts], str]:
    """Stored public properties and geometries of a page, and where the next page begins."""
    chosen = Selection(db.dialect, entity, query)
    place = chosen.names.wkb if query.geometry else "null"
    rows = db.rows(chosen.sql(f"_id, _public, {place}"), **chosen.params)
    take = from_blob if db.dialect.name == "sqlite" else _same
    found = [Parts(row[0], row[1], take(row[2])) for row in rows[: query.limit]]
    return found, chosen.next(rows)


def page(db: Connection, entity: Entity, query: Query) -> tuple[list[Row], str]:
    """Typed rows of a page, and where the next page begins."""
    chosen = Selection(db.dialect, entity, query)
    reader = _Reader(db, chosen.names.wkb, entity, query)
    rows = db.rows(chosen.sql(reader.columns), **chosen.params)
    return [reader.row(row) for row in rows[: query.limit]], chosen.next(rows)


def each(db: Connection, entity: Entity, query: Query) -> Iterator[list[Row]]:
    """All rows in chunks; `limit` 0 means all."""
    chosen = Selection(db.dialect, entity, query)
    reader = _Reader(db, chosen.names.wkb, entity, query)
    chunk: list[Row] = []
    for found in db.stream(chosen.sql(reader.columns, limited=query.limit > 0), **chosen.params):
        chunk.append(reader.row(found))
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def mark(fid: int) -> str:
    """The mark of a page that begins after a row, in the order of numbers."""
    return encode_mark((fid,))


def count(db: Connection, entity: Entity, query: Query, most: int = 0) -> int:
    """How many rows a query finds; counting ends at `most` when that is given."""
    chosen = Selection(db.dialect, entity, query)
    return int(db.value(chosen.count_sql(most), **chosen.params))


def ids(db: Connection, entity: Entity, query: Query) -> list[tuple[int, str]]:
    """Numbers and ids of all rows a query finds, by number."""
    chosen = Selection(db.dialect, entity, query)
    rows = db.rows(chosen.sql("_fid, _id", limited=False), **chosen.params)
    return [(row[0], row[1]) for row in rows]


def one(db: Connection, entity: Entity, query: Query) -> Row | None:
    """The row with the id of the query."""
    found, _ = page(db, entity, query)
    return found[0] if found else None


def history(db: Connection, entity: Entity, ident: str, row_id: str) -> list[RowRevision]:
    """All states of a row, newest first."""
    query = Query(collection=ident, ids=(row_id,))
    names = Selection(db.dialect, entity, query).names
    reader = _Reader(db, names.wkb, entity, query)
    cause = ", ".join(
        f"(select b.{name} from geo.row_batch as b where b.number = t._batch)"
        for name in ("actor", "source", "reason")
    )
    today = db.rows(
        f"select {reader.columns}, null, 0, {cause} from {names.table} as t where t._id = :id",
        id=row_id,
    )
    before = db.rows(
        f"select {reader.columns}, _until, _gone, {cause} from {names.past} as t "
        "where t._id = :id order by t._fid desc, t._revision desc",
        id=row_id,
    )
    return [_revision(reader, found) for found in [*today, *before]]


def past(db: Connection, ident: str, entity: Entity) -> list[PastRow]:
    """All superseded states of a collection."""
    query = Query(collection=ident)
    names = Selection(db.dialect, entity, query).names
    reader = _Reader(db, names.wkb, entity, query)
    found = db.rows(
        f"select {reader.columns}, _until, _ended_by, _gone from {names.past} "
        "order by _fid, _revision"
    )
    return [PastRow(reader.row(cells), cells[-3], cells[-2], cells[-1]) for cells in found]


def changes(
    db: Connection, ident: str, entity: Entity, after: tuple[int, int], limit: int
) -> list[RowChange]:
    """What happened to rows after a place (batch, fid) of the feed, oldest first."""
    names = Selection(db.dialect, entity, Query(collection=ident)).names
    later = "({0} > :batch or ({0} = :batch and _fid > :fid))"
    found = db.rows(
        f"select _batch, _fid, _id, case when _revision = 1 then 'created' else 'updated' end, "
        f"_since from {names.table} where {later.format('_batch')} "
        "union all select _ended_by, _fid, _id, 'deleted', _until "
        f"from {names.past} where _gone = 1 and {later.format('_ended_by')} "
        "order by 1, 2 limit :limit",
        batch=after[0],
        fid=after[1],
        limit=limit,
    )
    return [RowChange(*row) for row in found]


def flagged(db: Connection, ident: str, entity: Entity) -> list[tuple[str, str]]:
    """Ids and flags (JSON) of all rows that have some."""
    names = Selection(db.dialect, entity, Query(collection=ident)).names
    rows = db.rows(f"select _id, _flags from {names.table} where _flags is not null order by _fid")
    return [(row[0], row[1]) for row in rows]


def filled(db: Connection, ident: str, entity: Entity) -> dict[str, int]:
    """How many rows have a value, by field."""
    names = Selection(db.dialect, entity, Query(collection=ident)).names
    fields = [each.name for each in entity.fields]
    counts = ", ".join(f'count("{name}")' for name in fields)
    row = db.row(f"select {counts} from {names.table}") if fields else ()
    return dict(zip(fields, row or (), strict=True))


class _Reader:
    """Turns cells into rows: which columns are read and how each becomes a value."""

    def __init__(self, db: Connection, wkb: str, entity: Entity, query: Query) -> None:
        known = {each.name for each in entity.plain}
        placed = entity.geometry
        wanted = set(query.fields) if query.fields is not None else known
        unknown = wanted - known - ({placed.name} if placed else set())
        if unknown:
            raise _unknown(sorted(unknown)[0], sorted(known))
        self._fields = [each for each in entity.plain if each.name in wanted]
        self._names = [each.name for each in self._fields]
        self._known = known | ({placed.name} if placed else set())
        quoted = "".join(f', "{name}"' for name in self._names)
        self.columns = f"{_SYSTEM}, {wkb if query.geometry else 'null'}{quoted}"
        self._sqlite = db.dialect.name == "sqlite"
        self._odd = [
            (index, each.type is FieldType.BOOLEAN and not each.many)
            for index, each in enumerate(self._fields)
            if each.many or each.type in (FieldType.BOOLEAN, FieldType.OBJECT)
        ]

    def row(self, cells: Cells) -> Row:
        """The row of one line of the answer."""
        values = list(cells[8 : 8 + len(self._names)])
        for index, truth in self._odd:
            if values[index] is not None:
                found = values[index]
                values[index] = bool(found) if truth else msgspec.json.decode(found)
        fid, row_id, revision, since, batch, flags, extra, place = cells[:8]
        return Row(
            fid,
            row_id,
            revision,
            since,
            batch,
            self._seen_flags(flags) if flags else [],
            dict(zip(self._names, values, strict=True)),
            from_blob(place) if self._sqlite else _same(place),
            self._seen_extra(extra) if extra else {},
        )

    def _seen_flags(self, text: str) -> list[str]:
        """Flags of fields that may be seen."""
        flags: list[str] = msgspec.json.decode(text)
        return [each for each in flags if each.partition(":")[0] in self._known]

    def _seen_extra(self, text: str) -> dict[str, Any]:
        extra: dict[str, Any] = msgspec.json.decode(text)
        return {name: value for name, value in extra.items() if name in self._known}


def _revision(reader: _Reader, cells: Cells) -> RowRevision:
    until, gone, actor, source, reason = cells[-5:]
    row = reader.row(cells)
    return RowRevision(
        number=row.revision,
        since=row.since,
        until=until,
        actor=actor or "",
        source=source or "",
        reason=reason or "",
        deleted=bool(gone),
        values=row.values,
        geometry=row.geometry,
    )


def _same(wkb: Any) -> bytes | None:
    return None if wkb is None else bytes(wkb)


def _unknown(name: str, known: list[str]) -> InvalidInput:
    return InvalidInput(
        f"There is no field “{name}”; known are: {', '.join(known)}.",
        f"Es gibt kein Feld „{name}“; bekannt sind: {', '.join(known)}.",
        code="unknown-field",
    )
