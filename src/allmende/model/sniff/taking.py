# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A column of a table, and how its cells are tried as one type."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from msgspec import Struct, field

from allmende.model.coerce import Reading, Unreadable, reader
from allmende.model.document import Field, FieldType
from allmende.model.sniff.types import Note, note

ENOUGH = 0.95
"""Share of the cells that have to be readable as a type for it to be proposed."""


class Column(Struct):
    """The cells of a column and what was found out about it."""

    index: int
    header: str
    name: str
    cells: list[Any]  # without missing ones
    missing: int
    type: FieldType = FieldType.STRING
    unit: str = ""
    reading: Reading = field(default_factory=Reading)
    values: list[Any] = field(default_factory=list)  # as far as they could be read
    notes: list[Note] = field(default_factory=list)

    @property
    def texts(self) -> list[str]:
        """The cells that are text."""
        return [cell for cell in self.cells if isinstance(cell, str)]


def take(column: Column, kind: FieldType, reading: Reading | None = None) -> bool:
    """Reads the cells as this type; false, and nothing is changed, when too few can be."""
    return take_best(column, kind, [reading or column.reading])


def take_best(column: Column, kind: FieldType, readings: Iterable[Reading]) -> bool:
    """The same with the reading that leaves the fewest cells unread, the first of equal ones."""
    best: _Tried | None = None
    for reading in readings:
        tried = _try(column, kind, reading)
        if tried and (best is None or len(tried.bad) < len(best.bad)):
            best = tried
        if best and not best.bad:
            break
    if best is None:
        return False
    column.type, column.reading, column.values = kind, best.reading, best.values
    if best.bad:
        column.notes.append(_unread(column, kind, best.bad))
    return True


class _Tried(Struct):
    reading: Reading
    values: list[Any]
    bad: list[tuple[Any, Unreadable]]


def _try(column: Column, kind: FieldType, used: Reading) -> _Tried | None:
    """What the cells are with this reading; None when too few can be read."""
    read = reader(Field(name=column.name, type=kind, unit=column.unit, crs="EPSG:0"), used)
    values, bad = [], []
    for cell in column.cells:
        try:
            values.append(read(cell))
        except Unreadable as error:
            bad.append((cell, error))
            if len(bad) > (1 - ENOUGH) * len(column.cells):
                return None
    return _Tried(used, values, bad)


def mostly(texts: list[str], form: re.Pattern[str]) -> bool:
    """Whether nearly all texts have a form."""
    return sum(bool(form.match(each)) for each in texts) >= ENOUGH * len(texts)


def _unread(column: Column, kind: FieldType, bad: list[tuple[Any, Unreadable]]) -> Note:
    cell = str(bad[0][0])[:40]
    return note(
        "some-unreadable",
        f"{len(bad)} of {len(column.cells)} cells cannot be read as {kind}, such as “{cell}”.",
        f"{len(bad)} von {len(column.cells)} Zellen sind nicht als {kind} lesbar, etwa „{cell}“.",
        on=column.name,
    )
