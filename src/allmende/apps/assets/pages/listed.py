# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The assets behind a number of the overviews, one by one."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from starlette.responses import Response

from allmende.apps.assets.figures import NONE, Chosen, cube, read
from allmende.apps.assets.holding import ASSETS
from allmende.apps.assets.pages import form
from allmende.apps.assets.pages.due import day_of
from allmende.core import collections
from allmende.core.collections import Row
from allmende.model.document import Entity
from allmende.model.filter import Compare, Filter, IsNull, all_of
from allmende.model.query import MAX_OFFSET, Order, Query
from allmende.portal.map_rows import Pager, name_of
from allmende.portal.map_values import Shown, label, show
from allmende.portal.page import Crumb, Page
from allmende.portal.search_form import page_numbers

SIZE = 50
COLUMNS = (
    "kind", "district", "condition", "built_year", "last_inspection", "next_inspection_due",
    "responsible_unit", "status",
)  # fmt: skip
DUE = "next_inspection_due"


@dataclass(frozen=True, slots=True)
class LineView:
    """An asset."""

    name: str
    address: str
    on_map: str
    cells: list[Shown]


async def listed(page: Page) -> Response:
    """A page of the list, those due first."""
    made = await cube(page.platform, page.subject)
    chosen, query = read(page.request.query_params), page.request.query_params
    seen = {
        name: day.isoformat()
        for name in ("due_from", "due_to")
        if (day := day_of(query.get(name, ""))) is not None
    }
    if query.get("due") == NONE:
        seen["due"] = NONE
    where, cql = all_of(chosen.where(), _due(seen)), _due_cql(seen)
    count = await collections.count(
        page.platform, page.subject, Query(collection=ASSETS, where=where)
    )
    last = max(1, ceil(min(count, MAX_OFFSET) / SIZE))
    asked = query.get("page", "")
    current = (
        min(int(asked), last) if asked.isdecimal() and asked.isascii() and len(asked) < 8 else 1
    )
    current = max(current, 1)
    rows = await _rows(page, where, (current - 1) * SIZE)
    entity = made.collection.entity
    fields = [found for name in COLUMNS if (found := entity.find(name))]
    title = str(page.words("assets.list-title"))
    return page.render(
        "assets/list.html",
        title=title,
        crumbs=[Crumb(str(page.words("assets.title")), page.at("/assets")), Crumb(title)],
        controls=form.controls(page, made, chosen),
        seen=seen,
        count=count,
        columns=[label(each, page) for each in fields],
        lines=[_line(page, entity, row) for row in rows],
        pager=_pager(page, chosen, seen, current, last),
        files=form.files(chosen, cql),
        on_map=form.map_address(page, chosen) if form.on_map(chosen) and not seen else "",
        table=form.table_address(page, chosen) if form.on_map(chosen) and not seen else "",
        attribution=page.said(made.collection.attribution),
    )


def _due(seen: dict[str, str]) -> Filter:
    parts: list[Filter] = [IsNull(DUE)] if "due" in seen else []
    if "due_from" in seen:
        parts.append(Compare(DUE, ">=", seen["due_from"]))
    if "due_to" in seen:
        parts.append(Compare(DUE, "<=", seen["due_to"]))
    return all_of(*parts)


def _due_cql(seen: dict[str, str]) -> str:
    parts = [f'"{DUE}" IS NULL'] if "due" in seen else []
    for name, sign in (("due_from", ">="), ("due_to", "<=")):
        if name in seen:
            parts.append(f"\"{DUE}\" {sign} DATE('{seen[name]}')")
    return " AND ".join(parts)


async def _rows(page: Page, where: Filter, offset: int) -> list[Row]:
    query = Query(
        collection=ASSETS,
        where=where,
        order=(Order(DUE),),
        offset=offset,
        limit=SIZE,
        geometry=False,
    )
    return (await collections.page(page.platform, page.subject, query)).rows


def _line(page: Page, entity: Entity, row: Row) -> LineView:
    fields = [found for name in COLUMNS if (found := entity.find(name))]
    return LineView(
        _name(page, entity, row),
        form.row_address(page, row.id),
        page.at("/map", [("layer", ASSETS), ("feature", f"{ASSETS}/{row.id}")]),
        [show(each, row.values.get(each.name), page, entity) for each in fields],
    )


def _name(page: Page, entity: Entity, row: Row) -> str:
    """The name of an asset, else its kind and the number it has in its register."""
    kind = entity.find("kind")
    if kind is None or (entity.label and row.values.get(entity.label)):
        return name_of(row, entity, page)
    return f"{show(kind, row.values.get('kind'), page).text} {row.id.partition('~')[2]}"


def _pager(page: Page, chosen: Chosen, seen: dict[str, str], current: int, last: int) -> Pager:
    def address(number: int) -> str:
        more = {**seen, "page": str(number) if number > 1 else ""}
        return form.list_address(page, chosen, more)

    return Pager(
        current,
        last,
        [(each, address(each) if each else "") for each in page_numbers(current, last)],
        address(current - 1) if current > 1 else None,
        address(current + 1) if current < last else None,
    )
