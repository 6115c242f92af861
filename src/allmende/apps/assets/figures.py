# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The assets counted: by kind, district and condition, as far as a subject may see them.

All rows are read once after each change and kept as sums by what can be filtered; a view
then adds up some hundred sums instead of all rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from msgspec import Struct, field

from allmende.apps.assets.holding import ASSETS
from allmende.core import collections
from allmende.core.collections import Collection
from allmende.core.platform import Platform
from allmende.model.filter import Compare, Filter, IsNull, all_of
from allmende.model.query import Query
from allmende.policy import Subject

NONE = "none"
EVERY = "all"
IN_USE = "in-use"
AXES = ("kind", "district", "condition", "status", "responsible_unit", "ownership")
MONEY = ("acquisition_value", "replacement_value", "yearly_cost")
MAX_VALUE = 200
CACHE = "assets.cube"

Axis = Literal["kind", "district", "condition", "status", "responsible_unit", "ownership"]
Cell = tuple[Any, ...]
"""The values of AXES."""


class Chosen(Struct, frozen=True, kw_only=True):
    """What is asked for; empty for all, NONE for assets without a value."""

    kind: str = ""
    district: str = ""
    condition: str = ""
    status: str = IN_USE
    responsible_unit: str = ""
    ownership: str = ""

    def pairs(self) -> list[tuple[str, str]]:
        """The query of an address."""
        values = [(name, str(getattr(self, name))) for name in AXES]
        return [
            (name, value)
            for name, value in values
            if value and not (name == "status" and value == IN_USE)
        ]

    def where(self) -> Filter:
        """The filter over the collection."""
        parts: list[Filter] = []
        for name in AXES:
            value = getattr(self, name)
            if value == NONE:
                parts.append(IsNull(name))
            elif value and not (name == "status" and value == EVERY):
                parts.append(Compare(name, "=", int(value) if name == "condition" else value))
        return all_of(*parts)

    def takes(self, cell: Cell) -> bool:
        """Whether the assets of a cell are meant."""
        for name, value in zip(AXES, cell, strict=True):
            wanted = getattr(self, name)
            if not wanted or (name == "status" and wanted == EVERY):
                continue
            if wanted != (NONE if value is None else str(value)):
                return False
        return True


def read(query: Mapping[str, str]) -> Chosen:
    """The choice in an address; what cannot be read is passed over."""
    values = {name: query.get(name, "").strip()[:MAX_VALUE] for name in AXES}
    values["status"] = values["status"] or IN_USE
    if values["condition"] not in ("", NONE, "1", "2", "3", "4", "5"):
        values["condition"] = ""
    return Chosen(**values)


class Sums(Struct):
    """Assets of a cell, those whose year is known with the sum of years, and money."""

    count: int = 0
    dated: int = 0
    years: int = 0
    money: dict[str, tuple[int, float]] = field(default_factory=dict)

    def add(self, other: Sums) -> None:
        """Adds the sums of another cell."""
        self.count += other.count
        self.dated += other.dated
        self.years += other.years
        for name, (number, total) in other.money.items():
            before = self.money.get(name, (0, 0.0))
            self.money[name] = (before[0] + number, before[1] + total)

    def age(self, year: int) -> float | None:
        """The average age in years, of those whose year is known."""
        return year - self.years / self.dated if self.dated else None


class Cube(Struct):
    """All sums of one state of the collection as one level of people sees it."""

    collection: Collection
    cells: dict[Cell, Sums]
    due: dict[tuple[Cell, str | None], int]  # cell and day of the next inspection
    newest: str  # day of the newest inspection; empty when none is known
    money: tuple[str, ...]  # the fields of MONEY that may be seen


class Line(Struct):
    """The assets of one kind or district."""

    value: Any
    sums: Sums
    grades: dict[int | None, int]


async def cube(platform: Platform, subject: Subject) -> Cube:
    """The sums as the subject may see them. NotFound when the assets are hidden from it."""
    seen = await collections.get(platform, subject, ASSETS)
    kept: dict[Any, tuple[Any, Cube]] = platform.caches.setdefault(CACHE, {})
    state = (seen.number, seen.batch)
    known = kept.get(seen.levels)
    if known is not None and known[0] == state:
        return known[1]
    made = await _counted(platform, subject, seen)
    kept[seen.levels] = (state, made)
    return made


async def _counted(platform: Platform, subject: Subject, seen: Collection) -> Cube:
    money = tuple(name for name in MONEY if seen.entity.find(name))
    wanted = (*AXES, "built_year", "last_inspection", "next_inspection_due", *money)
    fields = tuple(name for name in wanted if seen.entity.find(name))
    query = Query(collection=ASSETS, fields=fields, geometry=False, limit=0)
    made = Cube(seen, {}, {}, "", money)
    async for rows in collections.each(platform, subject, query):
        for row in rows:
            _count(made, row.values)
    return made


def _count(made: Cube, values: Mapping[str, Any]) -> None:
    cell = tuple(values.get(name) for name in AXES)
    sums = made.cells.get(cell)
    if sums is None:
        sums = made.cells[cell] = Sums()
    sums.count += 1
    year = values.get("built_year")
    if year is not None:
        sums.dated += 1
        sums.years += year
    made.newest = max(made.newest, values.get("last_inspection") or "")
    for name in made.money:
        if values[name] is not None:
            number, total = sums.money.get(name, (0, 0.0))
            sums.money[name] = (number + 1, total + values[name])
    key = (cell, values.get("next_inspection_due"))
    made.due[key] = made.due.get(key, 0) + 1


def lines(made: Cube, chosen: Chosen, axis: Axis) -> list[Line]:
    """The chosen assets by the values of an axis, those without a value last."""
    found: dict[Any, Line] = {}
    at, grade_at = AXES.index(axis), AXES.index("condition")
    for cell, sums in made.cells.items():
        if not chosen.takes(cell):
            continue
        line = found.setdefault(cell[at], Line(cell[at], Sums(), {}))
        line.sums.add(sums)
        grade = cell[grade_at]
        line.grades[grade] = line.grades.get(grade, 0) + sums.count
    return sorted(found.values(), key=lambda each: (each.value is None, str(each.value)))


def total(found: Iterable[Line]) -> Line:
    """All lines together."""
    whole = Line(None, Sums(), {})
    for line in found:
        whole.sums.add(line.sums)
        for grade, count in line.grades.items():
            whole.grades[grade] = whole.grades.get(grade, 0) + count
    return whole


def values_of(made: Cube, axis: Axis) -> list[Any]:
    """The values that occur, None last."""
    at = AXES.index(axis)
    return sorted({cell[at] for cell in made.cells}, key=lambda each: (each is None, str(each)))


def due(made: Cube, chosen: Chosen) -> Iterator[tuple[str | None, str | None, int]]:
    """District, day of the next inspection, and how many of the chosen assets."""
    at = AXES.index("district")
    for (cell, day), count in made.due.items():
        if chosen.takes(cell):
            yield cell[at], day, count
