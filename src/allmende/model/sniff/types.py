# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What sniffing proposes, and why."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, field

from allmende.model.coerce import Reading
from allmende.model.document import Model, Text

MAX_COLUMNS = 2_000
"""Columns of a table; those after it are not looked at."""
MAX_ROWS = 5_000
"""Rows that are looked at."""


class Note(Struct, frozen=True, kw_only=True):
    """A reason or a doubt for the person who decides; `field` is empty for the whole table."""

    code: str
    text: Text
    field: str = ""
    example: str = ""  # the cell that made the doubt


class Use(Struct, kw_only=True):
    """What becomes of a column of the table."""

    index: int
    header: str
    field: str = ""  # of the entity; empty: the column is left out
    part: Literal["", "x", "y"] = ""  # the column is one coordinate of the geometry `field`
    reading: Reading | None = None  # how its cells are written, where not as in the table


class Proposal(Struct, kw_only=True):
    """A model for a table and how the table is read with it; a person has the last word."""

    model: Model
    reading: Reading
    columns: list[Use]
    header: bool  # the first row names the columns
    notes: list[Note] = field(default_factory=list)
    rows: int = 0  # looked at
    complete: bool = True  # no row was left over


def note(code: str, en: str, de: str, *, on: str = "", example: str = "") -> Note:
    """A note in two languages."""
    return Note(code=code, field=on, text={"en": en, "de": de}, example=example)
