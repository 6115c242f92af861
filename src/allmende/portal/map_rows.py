# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Rows of collections for pages: one row as a list of facts, many as a table with pages."""

from dataclasses import dataclass, replace
from math import ceil
from typing import Any
from urllib.parse import quote

from allmende.core import collections
from allmende.core.collections import Collection, Row
from allmende.errors import NotFound
from allmende.model import unreadable
from allmende.model.check_rows import CODES
from allmende.model.document import Entity, Field, FieldType
from allmende.model.query import MAX_OFFSET, Box, Order, Query
from allmende.portal.map_filter import Form
from allmende.portal.map_state import State, View
from allmende.portal.map_values import Shown, is_number, label, measured, show, unit
from allmende.portal.page import Page
from allmende.portal.search_form import page_numbers

MAX_COLUMNS = 40
BESIDE_A_MAP = 8  # columns; a map needs its room
GROWN = 0.0008  # degrees a point's box is widened by, so that one sees where it is


@dataclass(frozen=True, slots=True)
class Fact:
    """A field of a row with its value."""

    label: Shown
    value: Shown
    name: str
    description: str
    flags: list[str]
    changed: bool = False
    before: Shown | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """The head of a column; `address` sorts by it, `direction` says that it is sorted so."""

    label: Shown
    unit: str
    number: bool
    address: str
    direction: str


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the table."""

    id: str
    name: str
    address: str
    cells: list[Shown]
    on_map: str
    box: str
    flagged: bool


@dataclass(frozen=True, slots=True)
class Pager:
    """Numbers and addresses of pages."""

    current: int
    last: int
    numbers: list[tuple[int | None, str]]
    previous: str | None
    next: str | None


@dataclass(frozen=True, slots=True)
class Table:
    """One page of rows."""

    columns: list[Column]
    lines: list[Line]
    total: int
    first: int
    pager: Pager
    left_out: int
    fields: list[Field]

    @property
    def last(self) -> int:
        """Number of the last row on this page."""
        return self.first + len(self.lines) - 1


def row_path(collection: str, row: str) -> str:
    """The path of a row's page, without language."""
    return f"/collections/{quote(collection)}/rows/{quote(row, safe='')}"


def name_of(row: Row, entity: Entity, page: Page) -> str:
    """What a person knows the row by, else its id."""
    field = entity.find(entity.label) if entity.label else None
    value = row.values.get(entity.label) if field else None
    return show(field, value, page, entity).text if field and value is not None else row.id


def facts(
    values: dict[str, Any], flags: list[str], entity: Entity, page: Page, older: Any = None
) -> list[Fact]:
    """The fields of a row that have a value or a flag; `older` marks what has changed since."""
    found = []
    for each in entity.plain:
        value = values.get(each.name)
        said = [flag_text(page, flag) for flag in flags if flag.partition(":")[0] == each.name]
        changed = older is not None and older.get(each.name) != value
        if value is None and not said and not changed:
            continue
        description = page.said(each.description).text
        shown = measured(each, value, page, entity)
        before = measured(each, older.get(each.name), page, entity) if changed else None
        fact = Fact(label(each, page), shown, each.name, description, said, changed, before)
        found.append(fact)
    return found


async def with_places(page: Page, collection: Collection, ids: list[str]) -> dict[str, str]:
    """Rows by id with their place: `12 (Länge 11,58, Breite 50,93)`."""
    from allmende.model.shapes import read_wkb

    query = Query(collection=collection.id, ids=tuple(ids), limit=max(1, len(ids)))
    found = {}
    for row in (await collections.page(page.platform, page.subject, query)).rows:
        if row.geometry is not None:
            west, south, east, north = read_wkb(row.geometry).box
            lon, lat = (page.words.exact(round(n / 2, 5)) for n in (west + east, south + north))
            said = page.words("map.place-of", id=row.id, lon=lon, lat=lat)
            found[row.id] = str(said)
    return found


def flag_text(page: Page, flag: str) -> str:
    """What a flag `field:code` means."""
    code = flag.partition(":")[2]
    said = CODES.get(code) or unreadable.CODES.get(code)
    return page.said(said).text if said else code


def box_of(row: Row) -> Box | None:
    """The box around a row's geometry; points get some ground around them."""
    if row.geometry is None:
        return None
    from allmende.model.shapes import read_wkb

    shape = read_wkb(row.geometry)
    if shape.empty:
        return None
    west, south, east, north = shape.box
    if east - west < GROWN and north - south < GROWN:
        return west - GROWN, south - GROWN / 2, east + GROWN, north + GROWN / 2
    return shape.box


def columns_of(entity: Entity, most: int = MAX_COLUMNS) -> list[Field]:
    """The fields of a table: the label first, no objects, at most so many."""
    plain = [each for each in entity.plain if each.type is not FieldType.OBJECT]
    plain.sort(key=lambda each: each.name != entity.label)
    return plain[:most]


def order_of(state: State, entity: Entity) -> tuple[Order, ...]:
    """What `sort` says: a field, with a hyphen before it for descending."""
    name = state.sort.removeprefix("-")
    field = entity.find(name)
    if field is None or field.many or field.type in (FieldType.OBJECT, FieldType.GEOMETRY):
        return ()
    return (Order(name, state.sort.startswith("-")),)


async def table(
    page: Page,
    collection: Collection,
    state: State,
    form: Form,
    path: str,
    *,
    most: int = MAX_COLUMNS,
    as_of: int | None = None,
) -> Table:
    """The page of rows that the state asks for, with addresses on the page `path`."""
    fields = columns_of(collection.entity, most)
    query = Query(
        collection=collection.id,
        where=form.where,
        bbox=state.bbox if collection.entity.geometry else None,
        order=order_of(state, collection.entity),
        limit=state.size,
        as_of=as_of,
    )
    total = await collections.count(page.platform, page.subject, query)
    last = max(1, ceil(min(total, MAX_OFFSET) / state.size))
    state = replace(state, page=min(state.page, last))
    query = _at(query, (state.page - 1) * state.size)
    found = await collections.page(page.platform, page.subject, query)

    def address(number: int) -> str:
        return page.at(path, state.with_page(number))

    return Table(
        columns=[_column(each, state, page, path) for each in fields],
        lines=[_line(row, fields, collection, state, page) for row in found.rows],
        total=total,
        first=query.offset + 1,
        pager=_pager(state.page, last, address),
        left_out=len(columns_of(collection.entity, 10_000)) - len(fields),
        fields=fields,
    )


def _at(query: Query, offset: int) -> Query:
    from msgspec.structs import replace as changed

    return changed(query, offset=offset)


def _pager(current: int, last: int, address: Any) -> Pager:
    return Pager(
        current,
        last,
        [(each, address(each) if each else "") for each in page_numbers(current, last)],
        address(current - 1) if current > 1 else None,
        address(current + 1) if current < last else None,
    )


def _column(each: Field, state: State, page: Page, path: str) -> Column:
    direction = {each.name: "ascending", f"-{each.name}": "descending"}.get(state.sort, "")
    sort = f"-{each.name}" if direction == "ascending" else each.name
    address = page.at(path, replace(state, sort=sort, page=1).pairs())
    return Column(label(each, page), unit(each), is_number(each), address, direction)


def _line(row: Row, fields: list[Field], collection: Collection, state: State, page: Page) -> Line:
    entity = collection.entity
    box = box_of(row)
    on_map = ""
    if box:
        layers = state.layers if collection.id in state.layers else (collection.id, *state.layers)
        middle = View((box[1] + box[3]) / 2, (box[0] + box[2]) / 2, 17)
        chosen = replace(
            state, layers=layers, chosen=((collection.id, row.id),), view=state.view or middle
        )
        on_map = page.at("/map", chosen.pairs())
    return Line(
        id=row.id,
        name=name_of(row, entity, page),
        address=page.at(row_path(collection.id, row.id)),
        cells=[show(each, row.values.get(each.name), page, entity) for each in fields],
        on_map=on_map,
        box="[" + ",".join(f"{each:.6f}" for each in box) + "]" if box else "",
        flagged=bool(row.flags),
    )


async def find(page: Page, collection: str, row: str) -> Row | None:
    """A row, or None when it is not there."""
    try:
        return await collections.row(page.platform, page.subject, collection, row)
    except NotFound:
        return None
