# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""How the assets are: by kind and by district, with condition, age and, for insiders, money."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from starlette.responses import Response

from allmende.apps.assets import holding
from allmende.apps.assets.figures import (
    AXES,
    Axis,
    Chosen,
    Cube,
    Line,
    cube,
    lines,
    read,
    total,
    values_of,
)
from allmende.apps.assets.guest import guests
from allmende.apps.assets.pages import form
from allmende.apps.assets.pages.form import COLOURS, GRADES
from allmende.portal.addresses import with_query
from allmende.portal.map_values import Shown, label
from allmende.portal.markup import Said
from allmende.portal.page import Crumb, Page

BAR = 160  # width of a whole bar


@dataclass(frozen=True, slots=True)
class Number:
    """A number with the address of the list it counts; no address for nothing."""

    text: str
    address: str


@dataclass(frozen=True, slots=True)
class LineView:
    """A line of the table."""

    label: Shown
    count: Number
    share: str
    age: str
    grades: list[Number]
    bar: list[tuple[float, float, str]]  # begin, width, colour
    money: list[str]


@dataclass(frozen=True, slots=True)
class TableView:
    """The assets by one axis."""

    axis: str
    head: Shown
    lines: list[LineView]
    whole: LineView


async def overview(page: Page) -> Response:
    """The overview with its filter."""
    made = await cube(page.platform, page.subject)
    chosen = read(page.request.query_params)
    title = str(page.words("assets.title"))
    tables = [_table(page, made, chosen, axis) for axis in ("kind", "district")]
    return page.render(
        "assets/overview.html",
        title=title,
        crumbs=[Crumb(title)],
        controls=form.controls(page, made, chosen),
        tables=tables,
        count=total(lines(made, chosen, "kind")).sums.count,
        grades=[(form.said(page, made, "condition", each), COLOURS[each]) for each in GRADES],
        money=[_money_head(page, made, name) for name in made.money],
        filtered=chosen != Chosen(),
        on_map=form.map_address(page, chosen) if form.on_map(chosen) else "",
        due=page.at("/assets/due"),
        files=[(name, with_query(f"/assets.{name}", chosen.pairs())) for name in ("csv", "json")],
        collection=page.at("/collections/assets"),
        sources=await _sources(page, made),
        changed=page.words.moment(made.collection.changed),
        attribution=page.said(made.collection.attribution),
    )


@dataclass(frozen=True, slots=True)
class SourceView:
    """A register that assets come from, and on what its details are based."""

    kind: Shown
    title: Said
    address: str
    basis: list[Said]


async def _sources(page: Page, made: Cube) -> list[SourceView]:
    """The guests whose assets there are, as far as the subject sees their collections."""
    found = []
    kinds = set(values_of(made, "kind"))
    for guest in guests(page.platform.settings):
        seen = await holding.seen(page.platform, page.subject, guest.collection)
        if seen is None or guest.kind not in kinds:
            continue
        rules = (guest, guest.condition, guest.inspection)
        texts = [page.said(rule.basis) for rule in rules if rule is not None and rule.basis]
        address = page.at(f"/collections/{seen.id}")
        kind = form.said(page, made, "kind", guest.kind)
        found.append(SourceView(kind, page.said(seen.title), address, texts))
    return found


def _money_head(page: Page, made: Cube, name: str) -> Shown:
    field = made.collection.entity.find(name)
    return label(field, page) if field else Shown(name)


def _table(page: Page, made: Cube, chosen: Chosen, axis: Axis) -> TableView:
    found = lines(made, chosen, axis)
    if axis == "kind":
        found.sort(key=lambda each: -each.sums.count)
    whole = total(found)
    field = made.collection.entity.find(axis)
    views = []
    for line in found:
        there = with_axis(chosen, axis, line.value)
        views.append(
            _line(
                page, made, line, there, whole.sums.count, form.said(page, made, axis, line.value)
            )
        )
    everything = Shown(str(page.words("assets.whole")))
    return TableView(
        axis,
        label(field, page) if field else Shown(axis),
        views,
        _line(page, made, whole, chosen, whole.sums.count, everything),
    )


def with_axis(chosen: Chosen, axis: str, value: Any) -> Chosen:
    """The choice narrowed to one value."""
    return Chosen(**{**{name: getattr(chosen, name) for name in AXES}, axis: form.key(value)})


def _line(page: Page, made: Cube, line: Line, there: Chosen, whole: int, name: Shown) -> LineView:
    words, count = page.words, line.sums.count
    age = line.sums.age(datetime.now(UTC).year)
    return LineView(
        name,
        _number(page, count, there),
        words.percent(count, whole) if whole else "–",
        words.number(round(age)) if age is not None else "–",
        [_number(page, line.grades.get(g, 0), with_axis(there, "condition", g)) for g in GRADES],
        list(_bar(line)),
        [_money(page, line, each) for each in made.money],
    )


def _number(page: Page, count: int, there: Chosen) -> Number:
    return Number(page.words.number(count), form.list_address(page, there) if count else "")


def _bar(line: Line) -> list[tuple[float, float, str]]:
    found, begin = [], 0.0
    for grade in GRADES:
        width = BAR * line.grades.get(grade, 0) / line.sums.count if line.sums.count else 0.0
        if width:
            found.append((round(begin, 2), round(width, 2), COLOURS[grade]))
        begin += width
    return found


def _money(page: Page, line: Line, name: str) -> str:
    """The sum in whole euros with the number of assets that have a value."""
    if name not in line.sums.money:
        return "–"
    number, amount = line.sums.money[name]
    return str(
        page.words(
            "assets.money", sum=page.words.number(round(amount)), n=page.words.number(number)
        )
    )
