# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A query as one statement: conditions, order, and where the next page begins.

A page ends with a mark that holds the sort values and the number of its last row, so the
next page costs no more than the first, however deep, and rows that come or go in between
neither repeat nor hide others.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from allmende.errors import InvalidInput, LimitExceeded
from allmende.model.document import CRS84, Entity, FieldType, ValidTime
from allmende.model.filter import Everything, Filter
from allmende.model.geometry import spatial_prefilter
from allmende.model.query import MAX_OFFSET, Box, Interval, Query
from allmende.store.collections.tables import Names
from allmende.store.conditions import Column, compile_filter
from allmende.store.connection import Dialect, Row

SYSTEM_SEEN = (
    "_fid", "_id", "_revision", "_since", "_batch", "_flags", "_extra", "_public", "_shape"
)  # fmt: skip

MAX_WORDS = 10
MAX_ORDER = 5
MAX_IDS = 1_000


class Selection:
    """The statement of a query over the fields of an entity (those the subject sees)."""

    def __init__(self, dialect: Dialect, entity: Entity, query: Query) -> None:
        self.names = Names(query.collection, entity, dialect.name)
        self.params: dict[str, Any] = {}
        self._dialect = dialect
        self._entity = entity
        self._query = query
        self._columns = {each.name: f'"{each.name}"' for each in entity.fields}
        self._order = _order(query, self._columns)
        self._mark = _read_mark(query.after, len(self._order)) if query.after else None
        self._conditions = self._where()

    def sql(self, columns: str, *, limited: bool = True) -> str:
        """The statement for these columns; with a limit it asks for one row more."""
        keys = "".join(f", {column}" for column, _ in self._order)
        ordered = "".join(
            f"{column} is null, {column}{' desc' if down else ''}, " for column, down in self._order
        )
        conditions = [*self._conditions, *self._later()]
        text = f"select {columns}{keys}, _fid from {self._from()}"
        if conditions:
            text += " where " + " and ".join(conditions)
        text += f" order by {ordered}_fid"
        if limited:
            self.params["page_limit"] = self._query.limit + 1
            text += " limit :page_limit"
        if self._query.offset:
            if self._query.offset > MAX_OFFSET:
                raise _too_deep()
            self.params["page_offset"] = self._query.offset
            text += " offset :page_offset" if limited else " limit -1 offset :page_offset"
        return text

    def count_sql(self, most: int = 0) -> str:
        """The statement that counts, at most to `most` when that is given."""
        where = " where " + " and ".join(self._conditions) if self._conditions else ""
        names = self.names
        boxed = self._query.bbox is not None and len(self._conditions) == 1
        if boxed and names.geometry and names.index and self._query.as_of is None:
            outlined = self._query.outline is not None
            short = self._dialect.count_in_box(
                names.geometry, names.table, names.index, outlined=outlined
            )
            if short:
                return short
        if not most:
            return f"select count(*) from {self._from()}{where}"
        self.params["page_limit"] = most
        inner = f"select 1 as one from {self._from()}{where} limit :page_limit"
        return f"select count(*) from ({inner}) as found"

    def next(self, rows: Sequence[Row]) -> str:
        """The mark of the page after the one that these rows (one more than it has) begin."""
        if len(rows) <= self._query.limit:
            return ""
        last = rows[self._query.limit - 1]
        keys = len(self._order) + 1
        return encode_mark(last[-keys:])

    def _from(self) -> str:
        if self._query.as_of is None:
            return self.names.table
        own = [f'"{each.name}"' for each in self._entity.fields]
        columns = ", ".join([*own, *SYSTEM_SEEN])
        self.params["as_of"] = self._query.as_of
        return (
            f"(select {columns} from {self.names.table} where _since <= :as_of union all "
            f"select {columns} from {self.names.past} "
            "where _since <= :as_of and _until > :as_of) as state"
        )

    def _where(self) -> list[str]:
        query = self._query
        conditions = []
        if not isinstance(query.where, Everything):
            conditions += self._filtered(query.where)
        if query.ids is not None:
            conditions.append(self._by_ids(query.ids))
        if query.bbox is not None:
            conditions.append(self._in_box(query.bbox, query.bbox_crs))
        if query.time is not None and self._entity.time is not None:
            conditions += self._during(query.time, self._entity.time)
        conditions += self._with_words(query.text)
        return conditions

    def _filtered(self, tree: Filter) -> list[str]:
        """The filter; where it asks for a place, the spatial index looks first."""
        typed: dict[str, str | Column] = {
            each.name: Column(f'"{each.name}"', each.type, each.many)
            for each in self._entity.fields
        }
        typed.setdefault("id", Column("_id", FieldType.STRING))
        found = compile_filter(tree, typed, self._dialect, prefix="w")
        self.params |= found.params
        conditions = [f"({found.sql})"]
        placed = self._entity.geometry
        if placed and self.names.index is not None and self._query.as_of is None:
            box = spatial_prefilter(tree, placed.name)
            near = self._dialect.near_box(self.names.index) if box else ""
            if box and near:
                sides = ("near_w", "near_s", "near_e", "near_n")
                self.params |= dict(zip(sides, box, strict=True))
                conditions.insert(0, near)
        return conditions

    def _by_ids(self, ids: tuple[str, ...]) -> str:
        if len(ids) > MAX_IDS:
            raise LimitExceeded(
                f"At most {MAX_IDS} ids can be asked for at once.",
                f"Es können höchstens {MAX_IDS} Kennungen auf einmal abgefragt werden.",
            )
        self.params["ids"] = self._dialect.list_value(list(ids))
        return self._dialect.any_of("_id", "ids")

    def _in_box(self, box: Box, crs: str) -> str:
        if self.names.geometry is None or self.names.index is None:
            return "1 = 0"
        if crs != CRS84:
            raise ValueError("boxes are in CRS84 here")
        west, south, east, north = box
        self.params |= {"west": west, "south": south, "east": east, "north": north}
        index = None if self._query.as_of is not None else self.names.index
        outline = self._query.outline
        if outline is not None:
            self.params["outline"] = self._dialect.outline_value(outline.wkb)
            inside = outline.inside or (1.0, 1.0, 0.0, 0.0)  # nothing lies in that
            self.params |= dict(zip(("in_w", "in_s", "in_e", "in_n"), inside, strict=True))
        return self._dialect.in_box(
            self.names.geometry, self.names.table, index, outlined=outline is not None
        )

    def _during(self, wanted: Interval, time: ValidTime) -> list[str]:
        """Rows whose span meets the wanted one; what is missing is open."""
        conditions = []
        start, end = time.start, time.end
        if wanted.start and end:
            self.params["from_time"] = self._instant(end, wanted.start, last=False)
            conditions.append(f'("{end}" is null or "{end}" >= :from_time)')
        if wanted.end and start:
            self.params["to_time"] = self._instant(start, wanted.end, last=True)
            conditions.append(f'("{start}" is null or "{start}" <= :to_time)')
        return conditions

    def _instant(self, name: str, text: str, *, last: bool) -> str | int:
        """A moment in the precision of a field: year, date or date and time."""
        field = self._entity.find(name)
        kind = field.type if field else FieldType.DATE
        if kind is FieldType.YEAR:
            return int(text[:4])
        if kind is FieldType.DATE:
            return text[:10]
        if len(text) == 10:
            return f"{text}T23:59:59.999Z" if last else f"{text}T00:00:00.000Z"
        return text if "." in text else f"{text.removesuffix('Z')}.{'999' if last else '000'}Z"

    def _with_words(self, text: str) -> list[str]:
        """Every word stands in one of the text fields, in large or small letters."""
        fields = [
            f'"{each.name}"'
            for each in self._entity.plain
            if each.type in (FieldType.STRING, FieldType.URI)
        ]
        words = text.split()[:MAX_WORDS]
        if words and not fields:
            return ["1 = 0"]
        joined = " || ' ' || ".join(f"coalesce({name}, '')" for name in fields)
        found = []
        for number, word in enumerate(words):
            plain = word.lower()
            for char in "\\%_":
                plain = plain.replace(char, f"\\{char}")
            self.params[f"word_{number}"] = f"%{plain}%"
            found.append(f"{self._dialect.lowered(joined)} like :word_{number} escape '\\'")
        return found

    def _later(self) -> list[str]:
        """Only rows after the mark of the page before."""
        if self._mark is None:
            return []
        *values, fid = self._mark
        self.params["mark_fid"] = fid
        condition = "_fid > :mark_fid"
        for number in reversed(range(len(values))):
            column, down = self._order[number]
            value = values[number]
            if value is None:
                condition = f"({column} is null and {condition})"
                continue
            self.params[f"mark_{number}"] = value
            compare = "<" if down else ">"
            condition = (
                f"({column} {compare} :mark_{number} or {column} is null "
                f"or ({column} = :mark_{number} and {condition}))"
            )
        return [condition]


def _order(query: Query, columns: Mapping[str, str]) -> list[tuple[str, bool]]:
    if len(query.order) > MAX_ORDER:
        raise InvalidInput(
            f"At most {MAX_ORDER} sort keys are possible.",
            f"Es sind höchstens {MAX_ORDER} Sortierschlüssel möglich.",
        )
    found = []
    for each in query.order:
        column = columns.get(each.field) or ("_id" if each.field == "id" else None)
        if column is None:
            raise InvalidInput(
                f"There is no field “{each.field}” to sort by.",
                f"Es gibt kein Feld „{each.field}“, nach dem sortiert werden kann.",
                code="unknown-field",
            )
        found.append((column, each.descending))
    return found


def encode_mark(values: Sequence[Any]) -> str:
    """The mark of a row: its sort values and its number."""
    return base64.urlsafe_b64encode(msgspec.json.encode(tuple(values))).decode().rstrip("=")


def _read_mark(text: str, keys: int) -> list[Any]:
    try:
        values = msgspec.json.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error, msgspec.DecodeError):
        values = None
    good = isinstance(values, list) and len(values) == keys + 1
    if not good or not all(each is None or isinstance(each, str | int | float) for each in values):
        raise _bad_mark()
    if not isinstance(values[-1], int) or isinstance(values[-1], bool):
        raise _bad_mark()
    return list(values)


def _bad_mark() -> InvalidInput:
    return InvalidInput(
        "The address of this page is damaged; please begin with the first page.",
        "Die Adresse dieser Seite ist beschädigt; bitte beginnen Sie mit der ersten Seite.",
        code="bad-page",
    )


def _too_deep() -> LimitExceeded:
    return LimitExceeded(
        f"Only the first {MAX_OFFSET} rows can be reached by page number; follow the next links.",
        f"Nur die ersten {MAX_OFFSET} Zeilen sind über Seitenzahlen erreichbar; bitte folgen Sie "
        "den Verweisen auf die nächste Seite.",
    )
